// SPDX-License-Identifier: MIT
#include "engine/make_real.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <atomic>

namespace envkeep::engine {
namespace {

using store::Change;

Result<std::uint64_t> size_of(const World& world, const system::Place& place) {
    std::atomic<std::uint64_t> bytes{0};
    const std::vector<system::WalkError> errors =
        world.walker.walk(place, 1, [&](const system::WalkEntry& entry) {
            bytes += entry.status.kind == system::Kind::file ? entry.status.size : 0;
            return true;
        });
    if (!errors.empty()) {
        return tl::unexpected(errors.front().error);
    }
    return bytes.load();
}

Result<void> check_fits(const World& world, const keep::WantedKeep& keep) {
    ENVKEEP_TRY(const std::uint64_t bytes, size_of(world, keep.source));
    ENVKEEP_TRY(const system::Space space, world.files.space(keep.place.root));
    if (bytes < space.free) {
        return {};
    }
    return failure(ErrorKind::no_space,
                   fmt::format("{} has {} in the store, and this disk has {} left",
                               keep.subject,
                               human_size(bytes),
                               human_size(space.free)),
                   fmt::format("it stays linked; its files are in {}", quoted(keep.target)));
}

// Does one change between its two lines in the journal.
Result<void> journaled(store::Journal& journal,
                       const Change& change,
                       const std::function<Result<void>()>& act) {
    ENVKEEP_TRY(const std::size_t number, journal.intend(change));
    if (Result<void> acted = act(); !acted) {
        ENVKEEP_CHECK(journal.gave_up(number));
        return acted;
    }
    return journal.done(number);
}

// The copy and the link change places in one step: nobody finds the place empty. `staged` holds
// the link then. unsupported or cross_device, and nothing done, where the kernel cannot.
Result<void> swap_in(const World& world,
                     const keep::WantedKeep& keep,
                     const system::Place& staged) {
    ENVKEEP_CHECK(world.writer->exchange(staged, keep.place));
    Result<void> removed = world.writer->remove_link(staged, keep.target);
    if (!removed && removed.error().kind == ErrorKind::conflict) {
        // Something else stood there by then.
        ENVKEEP_CHECK(world.writer->exchange(staged, keep.place));
        return removed;
    }
    return {};  // a link that stays aside is no reason to fail
}

Result<void> swap_journaled(const World& world,
                            const keep::WantedKeep& keep,
                            store::Journal& journal,
                            const system::Place& staged) {
    const std::string place_path = world.files.absolute(keep.place);
    const std::string staged_path = world.files.absolute(staged);
    ENVKEEP_TRY(const std::size_t first,
                journal.intend_all(
                    {{.kind = Change::Kind::removed_link,
                      .path = place_path,
                      .other = staged_path,
                      .text = keep.target},
                     {.kind = Change::Kind::moved, .path = place_path, .other = staged_path}}));
    if (Result<void> swapped = swap_in(world, keep, staged); !swapped) {
        ENVKEEP_CHECK(journal.gave_up(first));
        ENVKEEP_CHECK(journal.gave_up(first + 1));
        return swapped;
    }
    return journal.done_all(first, 2);
}

bool means_no_exchange(const Result<void>& outcome) {
    return !outcome && (outcome.error().kind == ErrorKind::unsupported ||
                        outcome.error().kind == ErrorKind::cross_device);
}

}  // namespace

bool is_our_link(const World& world, const keep::WantedKeep& keep) {
    const Result<system::Seen> seen = world.files.look(keep.place);
    return seen && seen->status.kind == system::Kind::link && seen->target == keep.target;
}

Result<void> make_real(const World& world, const keep::WantedKeep& keep, const UnderClaim& under) {
    ENVKEEP_CHECK(check_fits(world, keep));
    store::Journal& journal = under.journal;
    // One that is lost is found out by whoever changes the store next.
    const system::CopyOptions options{
        .before_each = [&] { static_cast<void>(under.claim.renew()); }};
    const system::Place folder = system::Place{.root = keep.place.root, .path = {}}
                                     .child(store::names::aside)
                                     .child(journal.run().id)
                                     .child("real");
    const system::Place staged{.root = folder.root, .path = folder.path.joined(keep.place.path)};
    const std::string place_path = world.files.absolute(keep.place);
    const std::string staged_path = world.files.absolute(staged);
    ENVKEEP_CHECK(world.writer->make_folders(staged.parent(), 0700));
    ENVKEEP_CHECK(journaled(journal,
                            {.kind = Change::Kind::copied,
                             .path = staged_path,
                             .other = world.files.absolute(keep.source)},
                            [&] {
                                return world.writer->copy(keep.source, staged, options, {})
                                    .map([](const system::CopyReport&) {});
                            }));
    Result<void> swapped = swap_journaled(world, keep, journal, staged);
    if (!means_no_exchange(swapped)) {
        return swapped;
    }
    ENVKEEP_CHECK(
        journaled(journal,
                  {.kind = Change::Kind::removed_link, .path = place_path, .text = keep.target},
                  [&] { return world.writer->remove_link(keep.place, keep.target); }));
    Result<void> moved = journaled(
        journal, {.kind = Change::Kind::moved, .path = place_path, .other = staged_path}, [&] {
            return world.writer->move(staged, keep.place);
        });
    if (!moved) {
        // The link comes back: the place must not stay empty.
        static_cast<void>(world.writer->make_link(keep.place, keep.target));
    }
    return moved;
}

}  // namespace envkeep::engine
