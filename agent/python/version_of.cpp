// SPDX-License-Identifier: MIT
#include "python/version_of.hpp"

#include "python/paths.hpp"
#include "python/version_rules.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_venv_config = 64U << 10U;

std::optional<std::string> version_in_config(const std::string& prefix,
                                             const system::Machine& machine) {
    const auto text = machine.read_fact(prefix + "/pyvenv.cfg", largest_venv_config);
    if (!text) {
        return std::nullopt;
    }
    return major_and_minor(parse_config(*text).version);
}

// Folders of other versions may be left over; only the installed one has its standard library.
std::optional<std::string> version_in_library(const std::string& prefix,
                                              const system::Machine& machine) {
    std::vector<std::string> versions;
    for (const std::string& name : machine.names_in(prefix + "/lib")) {
        auto version = version_in_name(name);
        if (version && machine.exists(fmt::format("{}/lib/{}/os.py", prefix, name))) {
            versions.push_back(*std::move(version));
        }
    }
    return versions.size() == 1 ? std::optional(versions.front()) : std::nullopt;
}

}  // namespace

std::optional<std::string> version_of(const std::string& path,
                                      const std::string& real,
                                      const system::Machine& machine) {
    if (auto version = version_in_name(name_of(real))) {
        return version;
    }
    if (auto version = version_in_config(parent_of(parent_of(path)), machine)) {
        return version;
    }
    return version_in_library(parent_of(parent_of(real)), machine);
}

}  // namespace envkeep::python
