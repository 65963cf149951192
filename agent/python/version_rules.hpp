// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

// Versions of Python as names and texts tell them.
namespace envkeep::python {

// "3.11" for "3.11", "3.11.4", "3.11.0rc1" and "3.11.0.final.0".
[[nodiscard]] std::optional<std::string> major_and_minor(std::string_view text);

// "3.11" for "python3.11"; none for "python3", "python3.11-config" and other programs.
[[nodiscard]] std::optional<std::string> version_in_name(std::string_view name);

// The 11 of "3.11"; 0 for what is no such version. Every version here is one of Python 3.
[[nodiscard]] int minor_of(std::string_view version);

// What pyvenv.cfg says (PEP 405; Lib/site.py, venv()).
struct ConfigText {
    std::string home;
    std::string version;          // as written, of `version` or `version_info`; may be empty
    bool has_system_site = true;  // where it is silent
    bool is_of_uv = false;

    friend bool operator==(const ConfigText&, const ConfigText&) = default;
};

[[nodiscard]] ConfigText parse_config(std::string_view text);

}  // namespace envkeep::python
