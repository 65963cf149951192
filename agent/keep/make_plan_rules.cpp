// SPDX-License-Identifier: MIT
#include "keep/make_plan_rules.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/keep/modes.hpp"
#include "keep/make_plan_conflict.hpp"
#include "keep/make_plan_empty.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;

std::string_view word_for(Kind kind) {
    return kind == Kind::folder ? "folder" : "file";
}

// What the manifest says it is; `absent` if it does not say.
Kind kind_wanted(const WantedKeep& keep) {
    switch (keep.kind) {
        case manifest::KeepKind::file:
            return Kind::file;
        case manifest::KeepKind::folder:
            return Kind::folder;
        case manifest::KeepKind::any:
            break;
    }
    return Kind::absent;
}

bool is_other_kind(Kind kind, Kind wanted) {
    return wanted != Kind::absent && (kind == Kind::file || kind == Kind::folder) && kind != wanted;
}

std::optional<model::Conflict> conflict_of_kinds(const Case& one) {
    const Kind wanted = kind_wanted(one.keep);
    if (is_other_kind(one.seen.store.kind, wanted)) {
        return move_conflict(one,
                             fmt::format("the store holds a {} where the manifest wants a {}",
                                         word_for(one.seen.store.kind),
                                         word_for(wanted)),
                             one.keep.target);
    }
    if (!one.has_store() && is_other_kind(one.seen.home.kind, wanted)) {
        return move_conflict(one,
                             fmt::format("a {} stands where the manifest wants a {}",
                                         word_for(one.seen.home.kind),
                                         word_for(wanted)),
                             one.place);
    }
    return std::nullopt;
}

// A pattern or a folder listing found it, and it cannot be kept: it stays where it is.
bool is_left_local(const Case& one) {
    return one.keep.may_be_missing && !one.has_store() &&
           (one.seen.obstacle == Obstacle::special || one.seen.obstacle == Obstacle::mount_point);
}

// Home -> store. Of a link its text is copied.
model::Action taking_over(const Case& one, const Difference& difference) {
    return model::Seed{
        .from = one.keep.place.joined(difference.path),
        .to = one.keep.source.joined(difference.path),
        .seen = difference.home,
        .leaves_out = paths_below(one.keep.leaves_out, difference.path),
        // The home's files get their modes before they are copied (see add_modes), each its
        // own: one bound for all would take from a `.pub` what only a key must not have.
        .file_bound = 07777U,
        .folder_bound = bound(one, Kind::folder)};
}

void add_difference(const Case& one, const Difference& difference, Decision& decision) {
    const std::string why = "the home's is to win";
    const Place store = one.keep.source.joined(difference.path);
    if (difference.home.kind == Kind::file && difference.store.kind == Kind::file) {
        decision.add(model::CopyBack{.from = one.keep.place.joined(difference.path),
                                     .to = store,
                                     .from_seen = difference.home,
                                     .to_seen = difference.store,
                                     .bound = bound(one, Kind::file),
                                     .merges = one.keep.merges},
                     why,
                     difference.path.text());
        return;
    }
    decision.add(
        model::MoveAside{
            .place = store, .seen = difference.store, .old_target = difference.store_target},
        why,
        difference.path.text());
    decision.add(taking_over(one, difference), why, difference.path.text());
}

Decision decide_by_form(const Case& one) {
    switch (one.keep.form) {
        case Form::link:
            return decide_link(one);
        case Form::copy:
            return decide_copy(one);
        case Form::packed:
            return decide_packed(one);
        case Form::folder:
            break;
    }
    return decide_folder(one);
}

// The source is there only under another name: it is copied to its own first.
Decision decide_with_fallback(const Case& one) {
    Decision decision;
    if (one.store_is_read_only) {
        decision.waits_for_store = "not in the store, and the store can only be read";
        return decision;
    }
    decision = decide_by_form(one);
    if (!decision.conflict) {
        decision.tasks.insert(decision.tasks.begin(),
                              {.action = model::Seed{.from = *one.keep.fallback,
                                                     .to = one.keep.source,
                                                     .seen = one.seen.store},
                               .why = fmt::format("only {} is in the store so far",
                                                  quoted(one.keep.fallback->path.name()))});
    }
    return decision;
}

}  // namespace

std::uint32_t bound(const Case& one, Kind kind) {
    return one.keep.preset == manifest::Preset::none
               ? 07777U
               : bound_of(one.keep.preset, one.keep.place.path, kind, true);
}

Decision decide(const Case& one) {
    if (one.seen.obstacle != Obstacle::none) {
        Decision decision;
        if (!is_left_local(one)) {
            decision.conflict = obstacle_conflict(one);
        }
        decision.leaves_mount_point =
            !decision.conflict && one.seen.obstacle == Obstacle::mount_point;
        return decision;
    }
    if (one.keep.form == Form::folder) {
        return decide_folder(one);
    }
    if (auto conflict = conflict_of_kinds(one)) {
        Decision decision;
        decision.conflict = std::move(conflict);
        return decision;
    }
    if (one.keep.origin != Origin::keep && !one.has_store() && one.seen.link != LinkKind::right) {
        return {};
    }
    return one.seen.uses_fallback ? decide_with_fallback(one) : decide_by_form(one);
}

std::string words_for_link(const Case& one) {
    switch (one.seen.link) {
        case LinkKind::right:
            return "is a link of ours";
        case LinkKind::older_store:
            return "points to an older place of ours: " + quoted(one.seen.target);
        case LinkKind::foreign:
            return "points elsewhere: " + quoted(one.seen.target);
        case LinkKind::dangling:
            return "points to nothing: " + quoted(one.seen.target);
    }
    return {};
}

void add_seed(const Case& one, Decision& decision) {
    decision.add(taking_over(one, {.path = {}, .home = one.seen.home}), "not in the store yet");
}

void add_missing(const Case& one, Decision& decision) {
    if (one.keep.origin != Origin::keep && !one.is_taken) {
        return;
    }
    for (const Difference& missing : one.seen.missing_in_store) {
        decision.add(taking_over(one, missing), "only the home has it", missing.path.text());
    }
}

void add_home_wins(const Case& one, Decision& decision) {
    const Kind home = one.seen.home.kind;
    if (home == Kind::folder && one.seen.store.kind == Kind::folder) {
        add_missing(one, decision);
        for (const Difference& difference : one.seen.differing) {
            add_difference(one, difference, decision);
        }
        return;
    }
    add_difference(one,
                   {.path = {},
                    .home = one.seen.home,
                    .store = one.seen.store,
                    .home_target = one.seen.target,
                    .store_target = one.seen.store_target},
                   decision);
}

void add_empty_source(const Case& one, Decision& decision) {
    const std::string why = "nothing is kept yet";
    const bool is_file =
        one.keep.kind == manifest::KeepKind::file ||
        (one.keep.kind == manifest::KeepKind::any && is_file_by_name(one.keep.place.path.name()));
    if (is_file) {
        decision.add(model::MakeFile{.place = one.keep.source, .mode = 0600}, why);
    } else {
        decision.add(
            model::MakeFolder{.place = one.keep.source, .mode = 0755 & bound(one, Kind::folder)},
            why);
    }
}

}  // namespace envkeep::keep
