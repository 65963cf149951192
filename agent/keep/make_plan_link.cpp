// SPDX-License-Identifier: MIT
#include "keep/make_plan_conflict.hpp"
#include "keep/make_plan_rules.hpp"

#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;

constexpr const char* only_read = "the store can only be read";

void add_replacement(const Case& one, std::string why, bool is_in_store, Decision& decision) {
    decision.add(model::ReplaceByLink{.place = one.keep.place,
                                      .seen = one.seen.home,
                                      .target = one.keep.target,
                                      .is_in_store = is_in_store},
                 std::move(why));
}

// Whether the source is there or may be made; else the decision says why nothing is done.
bool has_source(const Case& one, Decision& decision) {
    if (one.has_store()) {
        return true;
    }
    if (one.store_is_read_only) {
        decision.waits_for_store = std::string("not in the store, and ") + only_read;
        return false;
    }
    add_empty_source(one, decision);
    return true;
}

Decision where_nothing_stands(const Case& one) {
    Decision decision;
    if (!one.has_store() && one.keep.may_be_missing) {
        return decision;
    }
    if (has_source(one, decision)) {
        decision.add(model::MakeLink{.place = one.keep.place, .target = one.keep.target},
                     "not there yet");
    }
    return decision;
}

Decision where_our_link_stands(const Case& one) {
    Decision decision;
    const bool is_right = one.seen.link == LinkKind::right;
    if (!one.has_store() && one.keep.may_be_missing) {
        // What it led to was removed from the store; a dangling link would block the name.
        if (is_right) {
            decision.add(
                model::MoveAside{
                    .place = one.keep.place, .seen = one.seen.home, .old_target = one.seen.target},
                "leads to nothing in the store any more");
        }
        return decision;
    }
    if (!has_source(one, decision)) {
        return decision;
    }
    if (is_right) {
        return decision;
    }
    decision.add(model::ReplaceLink{.place = one.keep.place,
                                    .old_target = one.seen.target,
                                    .new_target = one.keep.target,
                                    .is_ours = true},
                 words_for_link(one));
    return decision;
}

Decision where_another_link_stands(const Case& one) {
    Decision decision;
    if (!one.has_store() && one.keep.may_be_missing) {
        return decision;
    }
    if (one.wish == Wish::stop) {
        decision.conflict = choice_conflict(
            one, "it " + words_for_link(one) + ", and the manifest says 'on_conflict: stop'");
        return decision;
    }
    if (one.wish == Wish::home && one.seen.link == LinkKind::foreign) {
        return decision;
    }
    if (has_source(one, decision)) {
        decision.add(model::ReplaceLink{.place = one.keep.place,
                                        .old_target = one.seen.target,
                                        .new_target = one.keep.target,
                                        .is_ours = false},
                     words_for_link(one));
    }
    return decision;
}

Decision where_only_the_home_has_it(const Case& one) {
    Decision decision;
    if (one.store_is_read_only) {
        decision.waits_for_store = std::string("only in the home, and ") + only_read;
        return decision;
    }
    add_seed(one, decision);
    add_replacement(one, "its content is in the store now", true, decision);
    return decision;
}

Decision where_the_linked_home_wins(const Case& one) {
    Decision decision;
    if (one.store_is_read_only) {
        decision.conflict =
            choice_conflict(one, std::string("the home's is to win, but ") + only_read);
    } else if (one.seen.store.kind == Kind::link) {
        decision.conflict =
            move_conflict(one, "the home's is to win, but the store's is a link", one.keep.target);
    } else {
        add_home_wins(one, decision);
        add_replacement(one, "its content is in the store now", true, decision);
    }
    return decision;
}

// Two folders of which neither side was asked to win.
Decision where_folders_differ(const Case& one) {
    Decision decision;
    if (one.store_is_read_only) {
        if (!one.seen.missing_in_store.empty()) {
            decision.waits_for_store =
                std::string("what only the home had went aside, and ") + only_read;
        }
    } else if (one.wish != Wish::store) {
        add_missing(one, decision);
    }
    return decision;
}

Decision where_both_have_it(const Case& one) {
    Decision decision;
    const bool is_held =
        one.seen.sameness == Sameness::same || one.seen.sameness == Sameness::home_is_subset;
    if (is_held) {
        add_replacement(one, "the store holds the same", true, decision);
    } else if (one.wish == Wish::home) {
        return where_the_linked_home_wins(one);
    } else if (one.wish == Wish::stop) {
        decision.conflict = choice_conflict(
            one, "it differs from the store's, and the manifest says 'on_conflict: stop'");
    } else if (one.seen.home.kind == Kind::folder && one.seen.store.kind == Kind::folder) {
        decision = where_folders_differ(one);
        add_replacement(one, "differs from the store's, which wins", false, decision);
    } else if (one.wish == Wish::store || !one.seen.changed_in_session) {
        add_replacement(one, "differs from the store's, which wins", false, decision);
    } else if (one.seen.was_linked_here && one.seen.store_as_restored && !one.store_is_read_only) {
        add_home_wins(one, decision);
        add_replacement(one, "a program put a file in place of the link", true, decision);
    } else {
        decision.conflict =
            choice_conflict(one, "it was changed in this session and differs from the store's");
    }
    return decision;
}

}  // namespace

Decision decide_link(const Case& one) {
    switch (one.seen.home.kind) {
        case Kind::absent:
            return where_nothing_stands(one);
        case Kind::link:
            return one.seen.link == LinkKind::right || one.seen.link == LinkKind::older_store
                       ? where_our_link_stands(one)
                       : where_another_link_stands(one);
        case Kind::file:
        case Kind::folder:
        case Kind::other:
            break;
    }
    return one.has_store() ? where_both_have_it(one) : where_only_the_home_has_it(one);
}

}  // namespace envkeep::keep
