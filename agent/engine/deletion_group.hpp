// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct CondaPrefix {
    std::string path;          // without its first '/', as all paths here
    bool has_changes = false;  // conda itself installed or removed something in this session
};

struct Landmarks {
    std::string home;
    bool has_dpkg = false;
    std::vector<CondaPrefix> prefixes;
    std::vector<std::string> used_sites;  // site directories of Python that the session changed
};

// What dpkg says of itself: it goes with the packages of apt.
[[nodiscard]] bool is_database_of_apt(const std::string& path);

// Whose a path was that is there no more and in no list of a package: told by where it lay. A
// removal comes back with what it made room for, or not at all.
[[nodiscard]] snapshot::Group group_of_deletion(const std::string& path,
                                                const Landmarks& landmarks);

// "/usr/local", "/etc/apt", "/root/work": two names deep.
[[nodiscard]] std::string folder_of_group(const std::string& path);

}  // namespace envkeep::engine
