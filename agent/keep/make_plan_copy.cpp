// SPDX-License-Identifier: MIT
#include "keep/make_plan_conflict.hpp"
#include "keep/make_plan_packed.hpp"
#include "keep/make_plan_rules.hpp"

#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;

void add_copy(const Case& one, std::string why, bool is_in_store, Decision& decision) {
    // Of a packed one these have places of their own, and come back there.
    decision.puts_excluded_aside = one.seen.holds_left_out && one.keep.form != Form::packed;
    decision.add(model::CopyIn{.from = one.keep.source,
                               .to = one.keep.place,
                               .seen = one.seen.home,
                               .old_target = one.seen.target,
                               .is_in_store = is_in_store && !one.seen.holds_left_out,
                               .file_bound = bound(one, Kind::file),
                               .folder_bound = bound(one, Kind::folder),
                               .leaves_out = one.keep.leaves_out,
                               .modes = {},
                               .merges = one.keep.merges,
                               .is_packed = one.keep.form == Form::packed},
                 std::move(why));
}

Decision where_the_copied_home_wins(const Case& one) {
    Decision decision;
    if (one.store_is_read_only) {
        decision.conflict =
            choice_conflict(one, "the home's is to win, but the store can only be read");
    } else if (one.seen.store.kind == Kind::link && one.seen.home.kind != Kind::link) {
        decision.conflict =
            move_conflict(one, "the home's is to win, but the store's is a link", one.keep.target);
    } else {
        add_home_wins(one, decision);
        if (one.seen.store_has_more) {
            add_copy(one, "lacks something that the store holds", true, decision);
        }
    }
    return decision;
}

// We put a copy there in this session: what changed since, and where?
Decision where_our_copy_stands(const Case& one) {
    Decision decision;
    if (one.is_taken && one.wish == Wish::home) {
        return where_the_copied_home_wins(one);
    }
    if (one.keep.merges && !one.is_taken && !one.seen.has_version_beside) {
        return decision;  // `save` unites them; what others wrote comes with the next session
    }
    if (one.is_taken || one.seen.home_as_restored) {
        add_copy(
            one, one.is_taken ? "the store's is to win" : "the store's is newer", false, decision);
    } else if (one.seen.store_as_restored) {
        return decision;  // `save` writes it back
    } else if (one.wish == Wish::home) {
        return where_the_copied_home_wins(one);
    } else if (one.wish == Wish::store) {
        add_copy(one, "differs from the store's, which wins", false, decision);
    } else {
        decision.conflict =
            choice_conflict(one, "both it and the store's were changed since it was copied");
    }
    return decision;
}

// Nothing in the store. A link of ours to nothing would only block the name; one that a pattern or
// a folder's listing found is kept as what it is.
Decision where_only_a_link_stands(const Case& one) {
    Decision decision;
    if (one.seen.link == LinkKind::right) {
        decision.add(
            model::MoveAside{
                .place = one.keep.place, .seen = one.seen.home, .old_target = one.seen.target},
            "leads to nothing in the store any more");
    } else if (one.keep.may_be_missing && one.seen.link == LinkKind::foreign) {
        if (one.store_is_read_only) {
            decision.waits_for_store = "only in the home, and the store can only be read";
        } else {
            add_seed(one, decision);
        }
    }
    return decision;
}

Decision where_a_link_stands_for_copy(const Case& one) {
    Decision decision;
    const bool is_ours = one.seen.link == LinkKind::right || one.seen.link == LinkKind::older_store;
    if (!one.has_store()) {
        return where_only_a_link_stands(one);
    }
    if (is_ours) {
        add_copy(one, "is a link of ours where a copy is wanted", true, decision);
    } else if (one.seen.was_copied_here) {
        return where_our_copy_stands(one);
    } else if (one.is_taken && one.wish == Wish::home && !one.seen.store_target.empty()) {
        return where_the_copied_home_wins(one);
    } else if (one.wish == Wish::stop) {
        decision.conflict = choice_conflict(
            one, "it " + words_for_link(one) + ", and the manifest says 'on_conflict: stop'");
    } else if (one.wish != Wish::home || one.seen.link == LinkKind::dangling) {
        add_copy(one, words_for_link(one), false, decision);
    }
    return decision;
}

// The image or an earlier session left something there.
Decision where_something_stands(const Case& one) {
    Decision decision;
    const bool are_folders =
        one.seen.home.kind == Kind::folder && one.seen.store.kind == Kind::folder;
    if (one.seen.sameness == Sameness::home_is_subset) {
        add_copy(one, "lacks something that the store holds", true, decision);
    } else if (one.wish == Wish::home) {
        return where_the_copied_home_wins(one);
    } else if (one.wish == Wish::stop) {
        decision.conflict = choice_conflict(
            one, "it differs from the store's, and the manifest says 'on_conflict: stop'");
    } else if (are_folders) {
        if (one.wish != Wish::store && !one.store_is_read_only) {
            add_missing(one, decision);
        }
        if (one.store_is_read_only && !one.seen.missing_in_store.empty()) {
            decision.waits_for_store =
                "what only the home had went aside, and the store can only be read";
        }
        add_copy(one, "differs from the store's, which wins", false, decision);
    } else if (one.wish == Wish::store || !one.seen.changed_in_session) {
        add_copy(one, "differs from the store's, which wins", false, decision);
    } else if (one.keep.merges) {
        return decision;  // `save` unites them
    } else {
        decision.conflict =
            choice_conflict(one, "it was changed in this session and differs from the store's");
    }
    return decision;
}

Decision decide_by_table(const Case& one) {
    Decision decision;
    if (one.seen.sameness == Sameness::same) {
        return decision;
    }
    if (one.seen.home.kind == Kind::link) {
        return where_a_link_stands_for_copy(one);
    }
    if (one.seen.home.kind == Kind::absent) {
        if (one.has_store()) {
            add_copy(one, "not there yet", true, decision);
        }
        return decision;
    }
    if (!one.has_store()) {
        if (one.store_is_read_only) {
            decision.waits_for_store = "only in the home, and the store can only be read";
        } else {
            add_seed(one, decision);
        }
        return decision;
    }
    return one.seen.was_copied_here ? where_our_copy_stands(one) : where_something_stands(one);
}

}  // namespace

Decision decide_copy(const Case& one) {
    Decision decision = decide_by_table(one);
    // A copy of it would be its text; only what a pattern or a listing found is kept so.
    if (one.seen.store.kind == Kind::link && !one.keep.may_be_missing && brings_it(decision)) {
        return {.conflict = move_conflict(one,
                                          "the store's is a link, and what it leads to is not "
                                          "envkeep's",
                                          one.keep.target)};
    }
    return decision;
}

}  // namespace envkeep::keep
