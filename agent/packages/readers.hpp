// SPDX-License-Identifier: MIT
#pragma once

#include "packages/places.hpp"
#include "packages/taking.hpp"

#include <string>
#include <string_view>
#include <vector>

// The readers of each domain: they add what they find to the inventory.
namespace envkeep::packages {

void take_base(Taking& taking, const std::vector<Prefix>& prefixes);
void take_python(Taking& taking, const std::vector<Prefix>& prefixes);
// Needs what take_python found, to see which of conda's packages lie below pip's.
void take_conda(Taking& taking, const std::vector<Prefix>& prefixes);
void take_apt(Taking& taking);
void take_npm(Taking& taking, const std::vector<Prefix>& prefixes);
void take_jupyter(Taking& taking, const std::vector<Prefix>& prefixes);
void take_r(Taking& taking, const std::vector<Prefix>& prefixes);
void take_code(Taking& taking);
void take_tools(Taking& taking, const std::vector<Prefix>& prefixes);
void take_cargo(Taking& taking);
void take_models(Taking& taking);

// Where these look, as far as the folders are there or not.
[[nodiscard]] std::vector<std::string> module_folders(Taking& taking,
                                                      const std::vector<Prefix>& prefixes);
[[nodiscard]] std::vector<std::string> jupyter_folders(Taking& taking,
                                                       const std::vector<Prefix>& prefixes);
[[nodiscard]] std::vector<std::string> r_libraries(Taking& taking,
                                                   const std::vector<Prefix>& prefixes);

// Every distribution of a site directory.
void take_site(Taking& taking, const Spot& site, const Prefix& prefix);

// What the text of `/var/lib/dpkg/status` (or a file of status.d) names, with extended_states;
// half-installed packages give notes too. Origin is not set.
struct AptPackages {
    std::vector<Package> packages;
    std::vector<Note> notes;
};

[[nodiscard]] AptPackages parse_dpkg_status(std::string_view status, std::string_view extended);

// "2.36" of "GNU C Library (...) stable release version 2.36."; empty where it is not in there.
[[nodiscard]] std::string libc_version_in(std::string_view library);
// "x86_64" by the head of an ELF file; empty for what is none.
[[nodiscard]] std::string machine_in_elf(std::string_view head);

}  // namespace envkeep::packages
