// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/system/inspector.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace envkeep::python {

// The folders of one machine and the Pythons in them, each looked at once, however often it is
// asked for: where Python asks the file system for hundreds of names, this asks once.
class Folders {
  public:
    explicit Folders(const system::Inspector& machine) : machine_(machine) {}

    [[nodiscard]] const system::Inspector& machine() const { return machine_; }

    // Sorted by name; empty if there is no such folder. Stays valid as long as this does.
    [[nodiscard]] const std::vector<system::Entry>& in(const std::string& folder);

    // Whether anything has that name there, a link that leads nowhere too.
    [[nodiscard]] bool names(const std::string& folder, std::string_view name) {
        return find(folder, name) != nullptr;
    }

    // Of what has that name there, links followed; absent if nothing has.
    [[nodiscard]] system::Kind kind_of(const std::string& folder, std::string_view name);

    [[nodiscard]] bool has_file(const std::string& folder, std::string_view name) {
        return kind_of(folder, name) == system::Kind::file;
    }

    [[nodiscard]] bool has_folder(const std::string& folder, std::string_view name) {
        return kind_of(folder, name) == system::Kind::folder;
    }

    // Whether it is one, links followed; what it lies in is not listed for that.
    [[nodiscard]] bool is_folder(const std::string& path);

    // read_environment of that program. Stays valid as long as this does.
    [[nodiscard]] const Environment& environment_of(const std::string& program);

  private:
    [[nodiscard]] const system::Entry* find(const std::string& folder, std::string_view name);

    const system::Inspector& machine_;
    std::unordered_map<std::string, std::vector<system::Entry>> listed_;
    std::unordered_map<std::string, bool> is_folder_;
    std::unordered_map<std::string, Environment> environments_;  // by program
};

}  // namespace envkeep::python
