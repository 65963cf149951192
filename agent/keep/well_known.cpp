// SPDX-License-Identifier: MIT
#include "keep/well_known.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/secret_paths.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace envkeep::keep {
namespace {

using manifest::Preset;

constexpr std::string_view ssh_folder = ".ssh";

}  // namespace

Preset preset_of_name(std::string_view name) {
    if (name == ssh_folder) {
        return Preset::ssh;
    }
    return store::is_secret_name(name) ? Preset::secrets : Preset::none;
}

Preset well_known_preset(std::string_view below_home) {
    std::string_view name;
    for (std::string_view rest = below_home; !rest.empty();) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        name = rest.substr(0, end);
        if (name == ssh_folder) {
            return Preset::ssh;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return store::is_secret_path(below_home) ? Preset::secrets : preset_of_name(name);
}

std::vector<RelPath> well_known_below(std::string_view below_home) {
    const auto is_below = [&](std::string_view secret) {
        return secret.size() > below_home.size() && secret[below_home.size()] == '/' &&
               secret.starts_with(below_home);
    };
    std::vector<RelPath> found;
    // What is below "a" stands together, but not right behind it: "a", "a-b", "a/b".
    const std::span<const std::string_view> known = store::secret_paths();
    for (auto at = std::ranges::lower_bound(known, below_home);
         at != known.end() && at->starts_with(below_home);
         ++at) {
        if (!is_below(*at)) {
            continue;
        }
        if (auto path = RelPath::parse(at->substr(below_home.size() + 1))) {
            found.push_back(*std::move(path));
        }
    }
    return found;
}

}  // namespace envkeep::keep
