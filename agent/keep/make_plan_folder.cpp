// SPDX-License-Identifier: MIT
#include "keep/make_plan_conflict.hpp"
#include "keep/make_plan_rules.hpp"

namespace envkeep::keep {
namespace {

using system::Kind;

constexpr std::uint32_t usual_mode = 0755;

Decision where_a_link_stands_for_folder(const Case& one) {
    Decision decision;
    const bool is_ours = one.seen.link == LinkKind::right || one.seen.link == LinkKind::older_store;
    const bool is_to_stay =
        one.wish == Wish::stop || (one.wish == Wish::home && one.seen.link == LinkKind::foreign);
    if (!is_ours && is_to_stay) {
        decision.conflict =
            choice_conflict(one, "it " + words_for_link(one) + ", and a folder belongs there");
        return decision;
    }
    decision.add(model::ReplaceLinkByFolder{.place = one.keep.place,
                                            .old_target = one.seen.target,
                                            .is_ours = is_ours,
                                            .mode = usual_mode},
                 is_ours ? "what is below it is linked one by one" : words_for_link(one));
    return decision;
}

Decision where_a_file_stands(const Case& one) {
    Decision decision;
    const bool is_asked_for = one.wish == Wish::home || one.wish == Wish::stop;
    if (is_asked_for || (one.seen.changed_in_session && one.wish != Wish::store)) {
        decision.conflict =
            move_conflict(one, "it is a file, and a folder belongs there", one.place);
        return decision;
    }
    decision.add(model::MoveAside{.place = one.keep.place, .seen = one.seen.home},
                 "is a file where a folder belongs");
    decision.add(model::MakeFolder{.place = one.keep.place, .mode = usual_mode},
                 "what is below it is linked one by one");
    return decision;
}

}  // namespace

Decision decide_folder(const Case& one) {
    Decision decision;
    switch (one.seen.home.kind) {
        case Kind::absent:
            decision.add(model::MakeFolder{.place = one.keep.place, .mode = usual_mode},
                         "not there yet");
            break;
        case Kind::link:
            return where_a_link_stands_for_folder(one);
        case Kind::file:
            return where_a_file_stands(one);
        case Kind::folder:
        case Kind::other:
            break;
    }
    return decision;
}

}  // namespace envkeep::keep
