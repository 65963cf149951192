// SPDX-License-Identifier: MIT
#include "engine/adopt_cures.hpp"

#include "engine/read_through.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

system::Kind kind_at(const World& world, const std::string& absolute) {
    const std::size_t slash = absolute.rfind('/');
    const auto parent = world.files.open_root(slash == 0 ? "/" : absolute.substr(0, slash));
    const auto name = RelPath::parse(absolute.substr(slash + 1));
    if (!parent || !name) {
        return system::Kind::absent;
    }
    const auto status = world.files.status({.root = *parent, .path = *name});
    return status ? status->kind : system::Kind::absent;
}

bool is_file_or_folder(system::Kind kind) {
    return kind == system::Kind::file || kind == system::Kind::folder;
}

// At the path or below it: moving that away would take the mount along, or fail.
bool holds_mount(const World& world, const std::string& absolute) {
    const auto mounts = world.machine.mounts();
    return !mounts || std::ranges::any_of(*mounts, [&](const system::Mount& mount) {
        return mount.point == absolute || mount.point.starts_with(absolute + "/");
    });
}

std::string move_away(const std::string& path) {
    return fmt::format("mv -nT {} {}", shell_quoted(path), shell_quoted(path + ".old"));
}

// The place by its real name, if a link stands on the way to it.
std::string behind_links(const World& world, const std::string& place) {
    const std::size_t slash = place.rfind('/');
    const auto parent = world.files.real_path(slash == 0 ? "/" : place.substr(0, slash));
    if (!parent || *parent == place.substr(0, slash)) {
        return {};
    }
    return (*parent == "/" ? "" : *parent) + place.substr(slash);
}

}  // namespace

std::vector<std::string> cures_without_entry(const World& world,
                                             const model::Conflict& conflict,
                                             const std::string& adopt,
                                             const std::string& again) {
    if (holds_mount(world, conflict.place)) {
        return {};
    }
    if (const std::string real = behind_links(world, conflict.place); !real.empty()) {
        return {fmt::format("{} {}", adopt, shell_quoted(real))};
    }
    if (conflict.commands.size() == 1 && conflict.commands.front().starts_with("${EDITOR")) {
        return {};  // the entry cannot be carried out, whatever stands there
    }
    const system::Kind here = kind_at(world, conflict.place);
    if (here == system::Kind::absent || conflict.source.empty()) {
        return {};
    }
    const bool is_stored = is_file_or_folder(kind_at(world, conflict.source));
    if (is_file_or_folder(here)) {
        return is_stored ? std::vector{move_away(conflict.place) + " && " + again,
                                       move_away(conflict.source) + " && " + again}
                         : std::vector<std::string>{};
    }
    return {move_away(conflict.place) + (is_stored ? " && " + again : "")};
}

}  // namespace envkeep::engine
