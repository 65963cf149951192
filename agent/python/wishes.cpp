// SPDX-License-Identifier: MIT
#include "python/wishes.hpp"

#include "envkeep/python/module_path.hpp"
#include "python/version_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace envkeep::python {
namespace {

constexpr int first_with_safe_path = 11;
constexpr int first_with_numbers = 7;

// As strtol() reads it.
bool is_zero(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
    if (text.starts_with('+') || text.starts_with('-')) {
        text.remove_prefix(1);
    }
    return !text.empty() && text.find_first_not_of('0') == std::string_view::npos;
}

// CPython's _Py_get_env_flag(): the number 0 counts as not set, and any other text as set.
bool is_flag_set(const Environment& environment, const std::string& value) {
    const int minor = minor_of(environment.version);
    const bool counts_numbers = minor == 0 || minor >= first_with_numbers;
    return !value.empty() && !(counts_numbers && is_zero(value));
}

}  // namespace

std::string variable(const Launch& launch, const std::string& name) {
    const auto found = launch.variables.find(name);
    return found == launch.variables.end() ? std::string() : found->second;
}

Wishes wishes_of(const Environment& environment, const Launch& launch) {
    Options options = options_of(launch.arguments);
    const bool knows_safe_path = minor_of(environment.version) >= first_with_safe_path;
    Wishes wishes;
    wishes.ignores_variables = options.ignores_variables || options.is_isolated;
    const auto is_set = [&](const std::string& name) {
        return !wishes.ignores_variables && !variable(launch, name).empty();
    };
    wishes.has_no_user_site = options.has_no_user_site || options.is_isolated ||
                              (!wishes.ignores_variables &&
                               is_flag_set(environment, variable(launch, "PYTHONNOUSERSITE")));
    wishes.leaves_out_unsafe =
        options.is_isolated ||
        (knows_safe_path && (options.leaves_out_unsafe || is_set("PYTHONSAFEPATH")));
    wishes.options = std::move(options);
    return wishes;
}

// site.py asks os.environ itself: -E does not hide these.
std::string user_site_of(const Environment& environment, const Launch& launch) {
    if (environment.version.empty()) {
        return {};
    }
    std::string base = variable(launch, "PYTHONUSERBASE");
    if (base.empty()) {
        std::string home =
            launch.variables.contains("HOME") ? variable(launch, "HOME") : launch.passwd_home;
        while (home.ends_with('/')) {
            home.pop_back();
        }
        base = home + "/.local";
    }
    return fmt::format("{}/lib/{}/site-packages", base, environment.library_name());
}

bool uses_user_site(const Environment& environment, const Launch& launch) {
    const Wishes wishes = wishes_of(environment, launch);
    return !wishes.options.has_no_site && !wishes.has_no_user_site && launch.has_one_identity &&
           (!environment.is_virtual() || environment.virtual_config->has_system_site);
}

}  // namespace envkeep::python
