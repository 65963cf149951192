// SPDX-License-Identifier: MIT
#include "engine/adopt_check.hpp"

#include "engine/manifest_edit.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::engine {
namespace {

// What the store holds of a place in the home already: left by an entry that was taken out by hand.
bool is_stored(const World& world, const Session& session, const std::string& absolute) {
    const std::string home = session.home_path + "/";
    const auto below =
        RelPath::parse(absolute.starts_with(home) ? absolute.substr(home.size()) : std::string());
    if (session.store.id.empty() || !below || below->is_root()) {
        return false;
    }
    const system::Place folder = session.store.place(store::names::home);
    const auto status =
        world.files.status({.root = folder.root, .path = folder.path.joined(*below)});
    return status && status->kind != system::Kind::absent;
}

// What comes with a working copy, by a link at the place itself or at a folder above it.
Result<void> refuse_linked(const World& world,
                           const Session& session,
                           const std::string& typed,
                           const std::string& absolute) {
    const std::string copies = fmt::format("{}/{}", session.store.path, store::names::repositories);
    for (std::string path = absolute; path.rfind('/') > 0; path.resize(path.rfind('/'))) {
        const Result<system::RootId> parent =
            world.files.open_root(path.substr(0, path.rfind('/')));
        const Result<RelPath> name = RelPath::parse(path.substr(path.rfind('/') + 1));
        const auto seen = parent && name ? world.files.look({.root = *parent, .path = *name})
                                         : Result<system::Seen>(system::Seen{});
        if (seen && is_path_within(seen->target, copies)) {
            const std::string linked = shell_quoted(manifest_path_of(session, path));
            return failure(
                ErrorKind::usage,
                fmt::format("{} is linked to the working copy {} already",
                            quoted(typed),
                            quoted(seen->target + absolute.substr(path.size()))),
                fmt::format("it comes with the repository to each session; to keep it apart from "
                            "that: envkeep release {} && envkeep adopt {}",
                            linked,
                            linked));
        }
    }
    return {};
}

// What each container's image brings of its own, and another one differently.
bool is_in_a_system_folder(const std::string& absolute) {
    static constexpr std::array<std::string_view, 11> folders{
        "etc", "usr", "bin", "sbin", "lib", "lib64", "boot", "proc", "sys", "dev", "run"};
    const std::string_view first = split(std::string_view(absolute).substr(1), '/').front();
    return std::ranges::find(folders, first) != folders.end();
}

}  // namespace

Result<void> check_path(const World& world, const Session& session, const std::string& typed) {
    const std::string absolute = absolute_of(session, typed);
    if (absolute == session.home_path || absolute == "/") {
        return failure(ErrorKind::usage,
                       fmt::format("{} cannot be kept as a whole", quoted(typed)),
                       "name the files and folders in it: envkeep adopt .ssh .jupyter");
    }
    if (absolute == session.store.base_path ||
        absolute.starts_with(session.store.base_path + "/")) {
        return failure(
            ErrorKind::usage,
            fmt::format("{} lies in the store already", quoted(typed)),
            is_path_within(session.home_path, session.store.base_path)
                ? "this home survives by itself, as the store does: nothing is to be done"
                : "name the place in the home where it shall appear");
    }
    if (is_in_a_system_folder(absolute) && !absolute.starts_with(session.home_path + "/") &&
        find_keep(session, typed) == nullptr) {
        return failure(
            ErrorKind::usage,
            fmt::format("{} belongs to the system that the image brings", quoted(absolute)),
            "a link there would break sessions on other images; if you mean it, write it "
            "into the manifest yourself");
    }
    const std::size_t slash = absolute.rfind('/');
    const Result<system::RootId> parent =
        world.files.open_root(slash == 0 ? "/" : absolute.substr(0, slash));
    if (!parent) {
        return failure(ErrorKind::not_found,
                       fmt::format("there is no {}", quoted(absolute)),
                       "relative paths start at the home, not at the current folder");
    }
    ENVKEEP_TRY(RelPath name, RelPath::parse(absolute.substr(slash + 1)));
    ENVKEEP_TRY(const system::Seen seen,
                world.files.look({.root = *parent, .path = std::move(name)}));
    if (find_keep(session, typed) == nullptr) {
        ENVKEEP_CHECK(refuse_linked(world, session, typed, absolute));
    }
    const bool is_others_link = seen.status.kind == system::Kind::link &&
                                !is_path_within(seen.target, session.store.base_path) &&
                                find_keep(session, typed) == nullptr;
    if (is_others_link) {
        return failure(ErrorKind::usage,
                       fmt::format("{} is a link to {}", quoted(typed), quoted(seen.target)),
                       "adopt keeps what is in a place and not where a link leads: adopt that, or "
                       "write an entry with 'to:' into the manifest, by which each start links it");
    }
    if (seen.status.kind == system::Kind::absent && find_keep(session, typed) == nullptr &&
        !is_stored(world, session, absolute)) {
        return failure(
            ErrorKind::not_found,
            fmt::format("there is no {}", quoted(absolute)),
            "relative paths start at the home, not at the current folder; to keep a name "
            "that does not exist yet, write it into the manifest");
    }
    return {};
}

}  // namespace envkeep::engine
