// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/inspector.hpp"

#include <string>
#include <string_view>
#include <vector>

// Paths as text. None of these looks at a file system, but those that take a machine.
namespace envkeep::python {

// "/usr" of "/usr/bin"; empty of "/usr", so that a walk upwards ends there.
[[nodiscard]] std::string parent_of(std::string_view path);

[[nodiscard]] std::string_view name_of(std::string_view path);

// Python's os.path.join for two: an absolute name stands for itself.
[[nodiscard]] std::string joined(std::string_view folder, std::string_view name);

// Python's os.path.abspath: from that folder on, without ".", ".." and double slashes.
[[nodiscard]] std::string absolute(std::string_view folder, std::string_view path);

// Absolute folders of such a list, each once, in their order: PATH.
[[nodiscard]] std::vector<std::string> absolute_folders(std::string_view list);

// Links followed; absent also for what cannot be looked at.
[[nodiscard]] system::Kind kind_at(const system::Inspector& machine, const std::string& path);

[[nodiscard]] inline bool is_file(const system::Inspector& machine, const std::string& path) {
    return kind_at(machine, path) == system::Kind::file;
}

[[nodiscard]] inline bool is_folder(const system::Inspector& machine, const std::string& path) {
    return kind_at(machine, path) == system::Kind::folder;
}

}  // namespace envkeep::python
