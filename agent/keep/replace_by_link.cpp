// SPDX-License-Identifier: MIT
#include "keep/replace_by_link.hpp"

#include "envkeep/core/text.hpp"
#include "keep/apply_move.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Place;

Change old_change(Work& work, const Replacement& wanted, const Place& aside) {
    const std::string path = work.files.absolute(wanted.place);
    if (!wanted.keeps_old) {
        return {.kind = Change::Kind::removed_link,
                .path = path,
                .other = work.files.absolute(aside),  // on its way out
                .text = wanted.old_target};
    }
    return {.kind = Change::Kind::moved, .path = work.files.absolute(aside), .other = path};
}

Error now_aside(Work& work, const Replacement& wanted, const Place& aside, Error error) {
    work.is_half_done = true;
    error.hint = fmt::format("what stood at {} is at {} now",
                             quoted(work.files.absolute(wanted.place)),
                             quoted(work.files.absolute(aside)));
    return error;
}

// Only after the exchange it is certain what stood there. The new thing stays aside if it was
// another one: nobody has looked yet at what may have been done to it in between.
Result<void> check_what_came_out(Work& work, const Replacement& wanted, const Place& aside) {
    Result<void> is_it = check_still(work.files, aside, wanted.seen, wanted.old_target);
    if (is_it) {
        return is_it;
    }
    if (!work.writer.exchange(wanted.place, aside)) {
        return tl::unexpected(now_aside(work, wanted, aside, std::move(is_it).error()));
    }
    return is_it;
}

Result<void> move_and_make(Work& work, const Replacement& wanted, const Place& aside) {
    ENVKEEP_CHECK(move_apart(work, wanted.place, aside, wanted.seen, wanted.old_target));
    Result<void> made = wanted.make(wanted.place);
    if (!made && !merge_into(aside, wanted.place, work.files, work.writer)) {
        return tl::unexpected(now_aside(work, wanted, aside, std::move(made).error()));
    }
    return made;
}

Result<void> swap_in(Work& work, const Replacement& wanted, const Place& aside) {
    ENVKEEP_CHECK(wanted.make(aside));
    const Result<system::Status> made = work.files.status(aside);
    if (!made) {
        ENVKEEP_CHECK(wanted.discard(aside));
        return tl::unexpected(made.error());
    }
    Result<void> swapped = work.writer.exchange(wanted.place, aside);
    if (swapped) {
        return check_what_came_out(work, wanted, aside);
    }
    // A call that reports an error may have done its work (a lost answer of a server): what is
    // aside is only ours to take away if it is the very thing that we made.
    const Result<system::Status> standing = work.files.status(aside);
    if (!standing || !standing->is_same_file(*made)) {
        return tl::unexpected(now_aside(work, wanted, aside, std::move(swapped).error()));
    }
    ENVKEEP_CHECK(wanted.discard(aside));
    const ErrorKind kind = swapped.error().kind;
    if (kind != ErrorKind::cross_device && kind != ErrorKind::unsupported) {
        return swapped;
    }
    return move_and_make(work, wanted, aside);
}

}  // namespace

Result<Place> replace(Work& work, const Replacement& wanted) {
    ENVKEEP_CHECK(check_still(work.files, wanted.place, wanted.seen, wanted.old_target));
    ENVKEEP_TRY(const Place aside, work.aside.take(wanted.place));
    const std::vector<Change> changes{old_change(work, wanted, aside), wanted.made};
    const Result<void> replaced = journaled(work, changes, [&]() -> Result<void> {
        ENVKEEP_CHECK(swap_in(work, wanted, aside));
        if (!wanted.keeps_old) {
            // The place is as it shall be: a link that stays aside is no reason to fail.
            static_cast<void>(work.writer.remove_link(aside, wanted.old_target));
        }
        return {};
    });
    if (!replaced || !wanted.keeps_old) {
        work.aside.give_back(aside);
    }
    ENVKEEP_CHECK(replaced);
    return aside;
}

Replacement by_link(Work& work,
                    const Place& place,
                    const system::Status& seen,
                    const std::string& target) {
    return {
        .place = place,
        .seen = seen,
        .made = {.kind = Change::Kind::made_link,
                 .path = work.files.absolute(place),
                 .text = target},
        .make = [&work, target](const Place& spot) { return work.writer.make_link(spot, target); },
        .discard = [&work,
                    target](const Place& spot) { return work.writer.remove_link(spot, target); }};
}

}  // namespace envkeep::keep
