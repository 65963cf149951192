// SPDX-License-Identifier: MIT
// A packed keep is the home's own: snapshots bring it. Only what the store has from the time
// before, and no snapshot holds yet, is brought from there.
#include "keep/make_plan_packed.hpp"

#include "envkeep/core/text.hpp"
#include "keep/make_plan_conflict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {
namespace {

using system::Kind;

bool is_our_link(const Case& one) {
    return one.seen.home.kind == Kind::link &&
           (one.seen.link == LinkKind::right || one.seen.link == LinkKind::older_store);
}

// The home's own, by a snapshot, by what was brought before, or by the user's word.
bool is_settled(const Case& one) {
    if (one.seen.captured.value_or(false)) {
        return true;
    }
    const bool is_there = one.seen.home.kind != Kind::absent;
    return is_there && (one.seen.was_copied_here || (one.wish == Wish::home && !one.is_taken));
}

// As a user types it: "envkeep adopt --packed .local".
std::string adopt_command(const Case& one) {
    const std::string& subject = one.keep.subject;
    return "envkeep adopt --packed " +
           shell_quoted(subject.starts_with("~/") ? subject.substr(2) : subject);
}

}  // namespace

Decision decide_packed(const Case& one) {
    Decision decision;
    if (!one.has_store()) {
        // A link of ours to nothing would only block the name.
        if (one.seen.home.kind == Kind::link && one.seen.link == LinkKind::right) {
            decision.add(
                model::MoveAside{
                    .place = one.keep.place, .seen = one.seen.home, .old_target = one.seen.target},
                "leads to nothing of its own in the store any more");
        }
        return decision;
    }
    if (is_settled(one) && !is_our_link(one) && !one.is_taken) {
        return decision;
    }
    if (one.seen.store.kind == Kind::link) {
        decision.conflict = move_conflict(
            one, "the store's is a link, and what it leads to is not envkeep's", one.keep.target);
        return decision;
    }
    return decide_copy(one);
}

bool brings_it(const Decision& decision) {
    return std::ranges::any_of(decision.tasks, [](const Task& task) {
        return std::holds_alternative<model::CopyIn>(task.action);
    });
}

model::Finding packed_finding(const Case& one) {
    return {.id = "keep-packed-by-copy",
            .severity = model::Severity::info,
            .subject = one.keep.subject,
            .title = "is brought from the store by copy: no snapshot holds it yet",
            .evidence = {one.keep.target},
            .fix = {.commands = {adopt_command(one)},
                    .text = "that takes a snapshot, which brings it at the speed of the disk from "
                            "then on; until then changes to it end with this container"}};
}

std::string packed_note(const Case& one) {
    if (!one.seen.captured) {
        return {};
    }
    if (!one.has_store()) {
        return *one.seen.captured ? "" : "not captured yet: 'envkeep snapshot'";
    }
    return *one.seen.captured
               ? fmt::format("the store still holds a version of its own: '{}' puts it away",
                             adopt_command(one))
               : fmt::format("not captured yet: '{}'", adopt_command(one));
}

}  // namespace envkeep::keep
