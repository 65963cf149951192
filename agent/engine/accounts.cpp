// SPDX-License-Identifier: MIT
#include "engine/accounts.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <cstddef>
#include <set>

namespace envkeep::engine {
namespace {

constexpr std::uint64_t largest_accounts = std::uint64_t{16} << 20U;

std::set<std::string_view> names_in(std::string_view text) {
    std::set<std::string_view> names;
    for (const std::string_view line : split(text, '\n')) {
        names.insert(line.substr(0, line.find(':')));
    }
    return names;
}

// The lines of `accounts` whose password is said to be in `shadow`, which does not have it.
std::vector<std::vector<std::string_view>> lacking(std::string_view accounts,
                                                   std::size_t fields,
                                                   std::string_view shadow) {
    std::vector<std::vector<std::string_view>> found;
    std::set<std::string_view> known = names_in(shadow);
    for (const std::string_view line : split(accounts, '\n')) {
        std::vector<std::string_view> parts = split(line, ':');
        const bool is_account =
            parts.size() == fields && !parts[0].empty() && parts[0].find_first_of("+-") != 0;
        if (is_account && parts[1] == "x" && known.insert(parts[0]).second) {
            found.push_back(std::move(parts));
        }
    }
    return found;
}

Result<void> complete(const World& world,
                      const char* accounts,
                      const char* shadow,
                      std::string (*missing)(std::string_view, std::string_view)) {
    ENVKEEP_TRY(const system::RootId root, world.files.open_root("/"));
    ENVKEEP_TRY(const RelPath accounts_path, RelPath::parse(accounts));
    ENVKEEP_TRY(const RelPath shadow_path, RelPath::parse(shadow));
    const system::Place place{.root = root, .path = shadow_path};
    ENVKEEP_TRY(const std::string known,
                world.files.read_file({.root = root, .path = accounts_path}, largest_accounts));
    ENVKEEP_TRY(const std::string there, world.files.read_file(place, largest_accounts));
    std::string lines = missing(known, there);
    if (lines.empty()) {
        return {};
    }
    if (!there.empty() && !there.ends_with('\n')) {
        lines.insert(0, 1, '\n');
    }
    return world.writer->append(place, lines);
}

}  // namespace

std::string missing_shadow_lines(std::string_view passwd, std::string_view shadow) {
    constexpr std::size_t fields = 7;
    std::string lines;
    for (const std::vector<std::string_view>& account : lacking(passwd, fields, shadow)) {
        lines += std::string(account[0]) + ":!:::::::\n";
    }
    return lines;
}

std::string missing_gshadow_lines(std::string_view group, std::string_view gshadow) {
    constexpr std::size_t fields = 4;
    std::string lines;
    for (const std::vector<std::string_view>& one : lacking(group, fields, gshadow)) {
        lines += std::string(one[0]) + ":!::" + std::string(one[3]) + '\n';
    }
    return lines;
}

void complete_accounts(const World& world,
                       const snapshot::Layer& layer,
                       const std::vector<snapshot::LayerStep>& steps) {
    const auto has_step = [&](std::string_view path) {
        return std::ranges::any_of(steps, [&](const snapshot::LayerStep& step) {
            return layer.entries[step.entry].path == path;
        });
    };
    if (world.machine.effective_uid() != 0) {
        return;
    }
    // An image without these files keeps passwords elsewhere.
    if (has_step("etc/passwd")) {
        static_cast<void>(complete(world, "etc/passwd", "etc/shadow", missing_shadow_lines));
    }
    if (has_step("etc/group")) {
        static_cast<void>(complete(world, "etc/group", "etc/gshadow", missing_gshadow_lines));
    }
}

}  // namespace envkeep::engine
