// SPDX-License-Identifier: MIT
#include "engine/init_binary.hpp"

#include "engine/read_through.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/version.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

constexpr std::uint64_t largest_program = 256U << 20U;

struct Installed {
    system::Place place;
    system::Status status;
    std::string version;  // empty: none there, or it bears none
};

Result<Installed> installed_at(const World& world, const system::Place& place) {
    Installed installed{.place = place};
    ENVKEEP_TRY(installed.status, world.files.status(place));
    if (installed.status.kind == system::Kind::absent) {
        return installed;
    }
    ENVKEEP_TRY(const std::string bytes, world.files.read_file(place, largest_program));
    installed.version = version_in_program(bytes).value_or("unknown");
    return installed;
}

system::Place previous_of(const store::Store& store) {
    return store.place("bin/envkeep.previous");
}

// The one in place becomes the previous one; a previous one makes room, since two versions are
// kept.
Result<void> keep_as_previous(const World& world,
                              const store::Store& store,
                              const Installed& installed) {
    ENVKEEP_TRY(const system::Status old, world.files.status(previous_of(store)));
    ENVKEEP_TRY(
        auto report,
        world.writer->copy(
            installed.place,
            previous_of(store),
            {},
            old.kind == system::Kind::absent ? std::nullopt : std::optional<system::Status>(old)));
    static_cast<void>(report);
    return {};
}

Result<void> refuse_older(const World& world, const Installed& installed) {
    if (installed.version.empty() || compare_versions(version(), installed.version) >= 0) {
        return {};
    }
    return failure(ErrorKind::usage,
                   fmt::format("the store holds envkeep {}, which is newer than this {}",
                               installed.version,
                               version()),
                   fmt::format("run {} instead, or go back one version with 'init --rollback'",
                               quoted(world.files.absolute(installed.place))));
}

// What makes room for this program, and what is said of it. Another build of the same version is no
// version to go back to: an earlier one stays.
Result<std::string> make_room(const World& world,
                              const store::Store& store,
                              const Installed& installed) {
    if (installed.status.kind == system::Kind::absent) {
        return fmt::format("{} is in place", version());
    }
    ENVKEEP_TRY(const Installed previous, installed_at(world, previous_of(store)));
    if (installed.version == version() && !previous.version.empty()) {
        return fmt::format("{} in place of another {}; {} stays as envkeep.previous",
                           version(),
                           installed.version,
                           previous.version);
    }
    ENVKEEP_CHECK(keep_as_previous(world, store, installed));
    return fmt::format(
        "{} in place of {}, which is kept as envkeep.previous", version(), installed.version);
}

// Where a file system keeps no modes the kernel's answer counts, not ours.
Result<bool> make_executable(const World& world, const system::Place& place) {
    ENVKEEP_TRY(const system::Status now, world.files.status(place));
    return (now.mode & 0700U) != 0700U && world.writer->set_mode(place, now, 0755).has_value();
}

}  // namespace

Result<void> check_binary(const World& world, const store::Store& store) {
    if (!world.own_binary) {
        return failure(ErrorKind::unsupported, "cannot find the running program's own file");
    }
    ENVKEEP_TRY(const Installed installed, installed_at(world, store.place(store::names::binary)));
    return refuse_older(world, installed);
}

Result<BinaryChange> install_binary(const World& world, const store::Store& store) {
    BinaryChange change;
    if (!world.own_binary) {
        return failure(ErrorKind::unsupported, "cannot find the running program's own file");
    }
    ENVKEEP_TRY(const Installed installed, installed_at(world, store.place(store::names::binary)));
    ENVKEEP_TRY(const system::Place own, real_place(world.files, *world.own_binary));
    ENVKEEP_TRY(const system::Status own_status, world.files.status(own));
    const bool is_there = installed.status.kind != system::Kind::absent;
    if (is_there) {
        ENVKEEP_TRY(const bool is_same,
                    installed.status.is_same_file(own_status)
                        ? Result<bool>(true)
                        : world.files.has_same_bytes(own, installed.place));
        if (is_same) {
            change.note = fmt::format("{} is in place", version());
            ENVKEEP_TRY(const bool was_mended, make_executable(world, installed.place));
            if (was_mended) {
                change.changed.push_back(
                    fmt::format("made {} executable", world.files.absolute(installed.place)));
            }
            return change;
        }
        ENVKEEP_CHECK(refuse_older(world, installed));
    }
    ENVKEEP_TRY(change.note, make_room(world, store, installed));
    ENVKEEP_CHECK(world.writer->copy(
        own,
        installed.place,
        {.file_bound = 0755},
        is_there ? std::optional<system::Status>(installed.status) : std::nullopt));
    ENVKEEP_CHECK(make_executable(world, installed.place));
    change.changed.push_back(
        fmt::format("installed {} {}", world.files.absolute(installed.place), version()));
    return change;
}

Result<BinaryChange> roll_back_binary(const World& world, const store::Store& store) {
    ENVKEEP_TRY(const Installed installed, installed_at(world, store.place(store::names::binary)));
    ENVKEEP_TRY(const Installed previous, installed_at(world, previous_of(store)));
    if (previous.status.kind == system::Kind::absent) {
        return failure(ErrorKind::not_found,
                       "the store holds no earlier version",
                       fmt::format("{} appears when a newer version is installed",
                                   quoted(world.files.absolute(previous.place))));
    }
    const system::Place spare = store.place("bin/.envkeep.rollback");
    ENVKEEP_TRY(const system::Status left, world.files.status(spare));
    ENVKEEP_CHECK(world.writer->copy(
        previous.place,
        spare,
        {},
        left.kind == system::Kind::absent ? std::nullopt : std::optional<system::Status>(left)));
    ENVKEEP_CHECK(keep_as_previous(world, store, installed));
    ENVKEEP_CHECK(world.writer->copy(spare,
                                     installed.place,
                                     {},
                                     installed.status.kind == system::Kind::absent
                                         ? std::nullopt
                                         : std::optional<system::Status>(installed.status)));
    ENVKEEP_TRY(const system::Status done, world.files.status(spare));
    ENVKEEP_CHECK(world.writer->remove_file(spare, done));
    return BinaryChange{
        .note = fmt::format(
            "back to {}; {} is kept as envkeep.previous", previous.version, installed.version),
        .changed = {fmt::format(
            "installed {} {}", world.files.absolute(installed.place), previous.version)}};
}

}  // namespace envkeep::engine
