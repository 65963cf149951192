// SPDX-License-Identifier: MIT
#include "python/version_of.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_config = 64U << 10U;

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 3 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "3.11" for "3.11", "3.11.4", "3.11.0rc1" and "3.11.0.final.0".
std::optional<std::string> major_and_minor(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, '.');
    if (parts.size() < 2 || !is_number(parts[0]) || !is_number(parts[1])) {
        return std::nullopt;
    }
    return std::string(parts[0]) + '.' + std::string(parts[1]);
}

// "3.11" for "python3.11"; none for "python3", "python3.11-config" and other programs.
std::optional<std::string> version_in_name(std::string_view name) {
    constexpr std::string_view prefix = "python";
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view version = name.substr(prefix.size());
    return std::count(version.begin(), version.end(), '.') == 1 ? major_and_minor(version)
                                                                : std::nullopt;
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::optional<std::string> version_in_config(const std::string& prefix,
                                             const system::Machine& machine) {
    const auto text = machine.read_fact(prefix + "/pyvenv.cfg", largest_config);
    if (!text) {
        return std::nullopt;
    }
    for (const std::string_view line : split(*text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string_view key = trimmed(line.substr(0, equals));
        if (key == "version" || key == "version_info") {
            return major_and_minor(trimmed(line.substr(equals + 1)));
        }
    }
    return std::nullopt;
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
