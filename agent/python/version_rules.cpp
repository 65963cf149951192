// SPDX-License-Identifier: MIT
#include "python/version_rules.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace envkeep::python {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 3 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string> major_and_minor(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, '.');
    if (parts.size() < 2 || !is_number(parts[0]) || !is_number(parts[1])) {
        return std::nullopt;
    }
    return std::string(parts[0]) + '.' + std::string(parts[1]);
}

std::optional<std::string> version_in_name(std::string_view name) {
    constexpr std::string_view prefix = "python";
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view version = name.substr(prefix.size());
    return std::count(version.begin(), version.end(), '.') == 1 ? major_and_minor(version)
                                                                : std::nullopt;
}

int minor_of(std::string_view version) {
    int minor = 0;
    if (version.starts_with("3.")) {
        static_cast<void>(
            std::from_chars(version.data() + 2, version.data() + version.size(), minor));
    }
    return minor;
}

ConfigText parse_config(std::string_view text) {
    ConfigText config;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string key = lower_case(trimmed(line.substr(0, equals)));
        const std::string_view value = trimmed(line.substr(equals + 1));
        if (key == "home") {
            config.home = value;
        } else if ((key == "version" || key == "version_info") && config.version.empty()) {
            config.version = value;
        } else if (key == "include-system-site-packages") {
            config.has_system_site = lower_case(value) == "true";
        } else if (key == "uv") {
            config.is_of_uv = true;
        }
    }
    return config;
}

}  // namespace envkeep::python
