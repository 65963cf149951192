// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <map>
#include <string>
#include <string_view>

// What decides, domain by domain, whether a snapshot's files fit another image.
namespace envkeep::packages {

// Words: "machine", "libc", "release", "apt", "lab", "r", "node", and with a place "python PLACE",
// "conda PLACE", "npm PLACE". A key that is missing is not known.
using Keys = std::map<std::string, std::string>;

// 16 digits of the BLAKE3 of dpkg's status as it is now: asked for at the start of a session this
// is the image's. Empty where there is none.
[[nodiscard]] std::string dpkg_status_digest(system::FileReader& files);

// The program that a command of that name starts, as an absolute path; empty if there is none.
[[nodiscard]] std::string program_on_path(const system::Machine& machine, std::string_view name);

// `dpkg_status` as it was in the image, before anything was restored or installed. `node` runs the
// modules of places that have no Node.js of their own.
[[nodiscard]] Keys keys_of(const Inventory& inventory,
                           const std::string& dpkg_status,
                           const std::string& node = {});

struct Fit {
    bool fits = true;
    std::string reason;  // why not: "made for Python 3.10, here is 3.11"

    friend bool operator==(const Fit&, const Fit&) = default;
};

// Whether what a snapshot holds of that domain and place (see Package) can be restored as files
// where `now` holds. Kernels and kinds that only carry data always fit.
[[nodiscard]] Fit fits(const Keys& then, const Keys& now, Domain domain, std::string_view place);

}  // namespace envkeep::packages
