// SPDX-License-Identifier: MIT
#include "engine/layer_place.hpp"

#include "engine/image_names.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/snapshot/check_pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace envkeep::engine {
namespace {

// A packed keep, unless a link into the store still stands there.
bool is_taken_by_snapshots(const World& world,
                           const Session& session,
                           const keep::WantedKeep& keep) {
    if (keep.form != keep::Form::packed) {
        return false;
    }
    const Result<system::Seen> seen = world.files.look(keep.place);
    return !seen || seen->status.kind != system::Kind::link ||
           !is_path_within(seen->target, session.store.base_path);
}

// As scopes have it: below the home as it really lies.
std::string scope_path(const World& world,
                       const Session& session,
                       const snapshot::Scope& scope,
                       const system::Place& place) {
    const std::string path = without_slash(world.files.absolute(place));
    const std::string typed = without_slash(session.home_path);
    return place.root == session.home ? scope.home + path.substr(typed.size()) : path;
}

std::string below_home(const Session& session, const std::string& path) {
    const std::string home = session.home_path + '/';
    return path.starts_with(home) ? path.substr(home.size()) : without_slash(path);
}

// Whoever is not root can change, and bring back, only what is theirs: the home, and what the image
// gives its user beside it, as Jupyter's do with /opt/conda.
std::vector<std::string> own_roots(const World& world, const std::string& home) {
    std::vector<std::string> roots{home};
    const Result<system::RootId> opt = world.files.open_root("/opt");
    if (!opt) {
        return roots;
    }
    const system::Place folder{.root = *opt, .path = {}};
    for (const system::Entry& entry :
         world.files.list(folder).value_or(std::vector<system::Entry>{})) {
        const Result<system::Status> status = world.files.status(folder.child(entry.name));
        if (status && status->kind == system::Kind::folder &&
            status->uid == world.machine.effective_uid()) {
            roots.push_back("opt/" + entry.name);
        }
    }
    return roots;
}

std::optional<WallTime> known_start(const Session& session) {
    return session.image_until == WallTime{} ? std::nullopt : std::optional(session.image_until);
}

// What is written after the clock was set back has times from before the session: its beginning
// goes back as far as the container's start, which is told by the clock of now.
void follow_clock(const Session& session, snapshot::LayerState& state) {
    const std::optional<WallTime> start = known_start(session);
    if (start && state.container_start && *start < *state.container_start) {
        const auto back = *state.container_start - *start;
        state.session_began -= back;
        if (state.image_until) {
            *state.image_until -= back;
        }
    }
    if (start && (!state.container_start || *start < *state.container_start)) {
        state.container_start = start;
    }
}

}  // namespace

std::string without_slash(std::string path) {
    path.erase(0, path.find_first_not_of('/'));
    return path;
}

Result<void> check_has_trees(const World& world, bool writes) {
    if (world.trees == nullptr ||
        (writes && (world.writer == nullptr || world.tree_writer == nullptr))) {
        return failure(ErrorKind::unsupported,
                       "a captured machine is only looked at",
                       "run it without --root");
    }
    return {};
}

snapshot::Shelf shelf_of(const World& world, const Session& session) {
    return {.store = session.store,
            .files = world.files,
            .reader = *world.trees,
            .writer = world.writer,
            .tree_writer = world.tree_writer};
}

Result<snapshot::Scope> scope_of(const World& world, const Session& session) {
    snapshot::Scope scope;
    ENVKEEP_TRY(const std::string home, world.files.real_path(session.home_path));
    ENVKEEP_TRY(const std::string store, world.files.real_path(session.store.base_path));
    scope.home = without_slash(home);
    scope.stores = {without_slash(store)};
    scope.roots = world.machine.effective_uid() == 0 ? snapshot::usual_roots(scope.home)
                                                     : own_roots(world, scope.home);
    ENVKEEP_TRY(const keep::Wanted wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = are_modes_honoured(world, session)},
                              world.files));
    scope.excluded = session.manifest.snapshot.exclude;
    for (const manifest::Keep& keep : session.manifest.keeps) {
        for (const std::string& pattern :
             keep.how == manifest::How::packed ? keep.exclude : std::vector<std::string>{}) {
            const std::string path = absolute_of(session, keep.path);
            scope.excluded.push_back(below_home(session, path) + '/' + pattern);
        }
    }
    for (const std::string& folder : session.manifest.snapshot.include) {
        scope.roots.push_back(without_slash(folder));
    }
    ENVKEEP_TRY(const std::vector<system::Mount> mounts, world.machine.mounts());
    for (const system::Mount& mount : mounts) {
        if (mount.point != "/") {
            scope.mounts.push_back(without_slash(mount.point));
        }
    }
    std::ranges::sort(scope.mounts);
    scope.mounts.erase(std::unique(scope.mounts.begin(), scope.mounts.end()), scope.mounts.end());
    std::erase_if(scope.roots, [&](const std::string& root) {
        return std::ranges::any_of(
            scope.mounts, [&](const std::string& mount) { return is_path_within(root, mount); });
    });
    for (const keep::WantedKeep& keep : wanted.keeps) {
        if (keep.form == keep::Form::folder) {
            continue;
        }
        const bool is_taken = is_taken_by_snapshots(world, session, keep);
        (is_taken ? scope.roots : scope.kept)
            .push_back(scope_path(world, session, scope, keep.place));
    }
    scope.roots = snapshot::without_nested(std::move(scope.roots));
    return scope;
}

Result<snapshot::Roots> roots_of(const World& world,
                                 const Session& session,
                                 const std::string& home_then) {
    ENVKEEP_TRY(const system::RootId machine, world.files.open_root("/"));
    return snapshot::Roots{
        .machine = machine, .home = session.home, .home_then = without_slash(home_then)};
}

snapshot::CaptureTools capture_tools(const World& world) {
    constexpr unsigned most = 16;
    return {.files = world.files,
            .reader = *world.trees,
            .walker = world.walker,
            .threads = std::clamp(world.machine.cores(), 1U, most)};
}

std::string profile_of(const World& world, const Session& session) {
    if (!session.manifest.snapshot.profile.empty()) {
        return session.manifest.snapshot.profile;
    }
    const std::vector<std::string> names = image_names(world.machine);
    std::string profile = names.empty() ? std::string("unknown") : names.front();
    std::ranges::replace_if(
        profile,
        [](char byte) {
            const auto is_in = [&](char from, char to) { return byte >= from && byte <= to; };
            return !is_in('a', 'z') && !is_in('A', 'Z') && !is_in('0', '9') && byte != '.' &&
                   byte != '-';
        },
        '_');
    constexpr std::size_t longest = 100;
    profile.resize(std::min(profile.size(), longest));
    return profile.starts_with('.') ? '_' + profile : profile;
}

bool is_wanted(const manifest::Manifest& manifest, const snapshot::Group& group) {
    const manifest::Packages rules = manifest.packages.value_or(manifest::Packages{});
    const auto policy = [&] {
        switch (group.domain) {
            case snapshot::Domain::apt:
                return rules.apt;
            case snapshot::Domain::python:
                return rules.python;
            case snapshot::Domain::conda:
                return rules.conda;
            case snapshot::Domain::npm:
                return rules.npm;
            case snapshot::Domain::files:
            case snapshot::Domain::jupyter:
                break;
        }
        return manifest::PackagePolicy::keep;
    };
    return policy() == manifest::PackagePolicy::keep;
}

Result<snapshot::LayerState> layer_state_of(const World& world, const Session& session) {
    std::optional<snapshot::LayerState> state =
        snapshot::load_layer_state(session.home, session.container, world.files);
    if (state) {
        follow_clock(session, *state);
    }
    if (state && state->store_id == session.store.id) {
        return *std::move(state);
    }
    snapshot::LayerState fresh{.container = session.container,
                               .store_id = session.store.id,
                               .session_began = container_began(session),
                               .container_start = known_start(session)};
    if (state) {
        fresh.image = state->image;
        fresh.apt_key = state->apt_key;
        fresh.session_began = state->session_began;
        fresh.container_start = state->container_start;
        fresh.image_until = state->image_until;
        fresh.disk = state->disk;
    } else if (!snapshot::has_layer_state(session.home, world.files)) {
        fresh.image_until = fresh.session_began;
    }
    return fresh;
}

Result<snapshot::Snapshot> named_snapshot(const snapshot::SnapshotList& list,
                                          const std::string& id) {
    Result<snapshot::Snapshot> found = snapshot::find_snapshot(list, id);
    if (!found && found.error().kind == ErrorKind::not_found) {
        found.error().kind = ErrorKind::usage;
    }
    return found;
}

Result<void> check_packs(const World& world, const Session& session, const snapshot::Layer& layer) {
    const system::Place folder = session.store.place(store::names::packs);
    for (const std::string& pack : layer.packs) {
        if (const Result<void> sound = snapshot::check_pack(folder, pack, *world.trees); !sound) {
            return failure(
                sound.error().kind == ErrorKind::not_found ? ErrorKind::busy : ErrorKind::io,
                fmt::format("pack {} of the store is gone or damaged: {}",
                            quoted(pack),
                            sound.error().message),
                "take the snapshot again: it stores anew what lies there");
        }
    }
    return {};
}

WallTime container_began(const Session& session) {
    constexpr std::chrono::seconds clock_slack{2};
    return session.container_start - clock_slack;
}

snapshot::LayerContext layer_context(const World& world, const snapshot::LayerState& state) {
    return {.image_until = state.image_until,
            .may_set_owners = world.machine.effective_uid() == 0,
            .user = world.machine.effective_uid()};
}

}  // namespace envkeep::engine
