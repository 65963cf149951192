// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/keep/plan.hpp"
#include "keep/make_plan_conflict.hpp"
#include "keep/make_plan_packed.hpp"
#include "keep/make_plan_rules.hpp"
#include "keep/make_plan_sources.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Place;

Wish wish_of(manifest::OnConflict on_conflict) {
    switch (on_conflict) {
        case manifest::OnConflict::store:
            return Wish::store;
        case manifest::OnConflict::home:
            return Wish::home;
        case manifest::OnConflict::stop:
            return Wish::stop;
        case manifest::OnConflict::by_table:
            break;
    }
    return Wish::by_table;
}

std::string_view word_for(Form form) {
    switch (form) {
        case Form::link:
            return "link";
        case Form::copy:
            return "copy";
        case Form::packed:
            return "packed";
        case Form::folder:
            return "folder";
    }
    return "";
}

// A row tells the worst that is known of its keeps.
int weight(model::KeepState state) {
    switch (state) {
        case model::KeepState::conflict:
            return 3;
        case model::KeepState::waits_for_store:
            return 2;
        case model::KeepState::to_do:
            return 1;
        case model::KeepState::in_order:
            break;
    }
    return 0;
}

model::KeepState state_of(const Decision& decision) {
    if (!decision.tasks.empty()) {
        return model::KeepState::to_do;
    }
    return decision.waits_for_store.empty() ? model::KeepState::in_order
                                            : model::KeepState::waits_for_store;
}

class Planner {
  public:
    Planner(const Wanted& wanted, const Observation& observation, const PlanContext& context)
        : wanted_(wanted),
          observation_(observation),
          context_(context),
          writes_(context.absolute) {}

    model::Plan make() {
        plan_.findings = wanted_.findings;
        plan_.keeps.reserve(wanted_.keeps.size() + wanted_.rows.size());
        take_former_links_away();
        for (std::size_t i = 0; i < wanted_.keeps.size(); ++i) {
            add(wanted_.keeps[i], observation_.keeps.at(i));
        }
        add_row_of_dotfiles();
        plan_.keeps.insert(plan_.keeps.end(), wanted_.rows.begin(), wanted_.rows.end());
        plan_.conflicts.insert(
            plan_.conflicts.begin(), wanted_.conflicts.begin(), wanted_.conflicts.end());
        for (const model::Conflict& conflict : plan_.conflicts) {
            plan_.findings.push_back(conflict_finding(conflict));
        }
        add_findings(std::move(to_tell_), plan_.findings);
        return std::move(plan_);
    }

  private:
    void add(const WantedKeep& keep, const KeepSeen& as_seen) {
        const KeepSeen seen = after_replacement(keep, as_seen);
        Case one{.keep = keep,
                 .seen = seen,
                 .wish = wish_of(keep.on_conflict),
                 .store_is_read_only = context_.store_is_read_only,
                 .place = context_.absolute(keep.place)};
        if (const auto take = taken_side(one.place)) {
            one.wish = *take == Take::home ? Wish::home : Wish::store;
            one.is_taken = true;
        }
        if (is_blocked(keep.place)) {
            add_row(one, model::KeepState::conflict);
            return;
        }
        Decision decision = decide(one);
        if (const std::string other = writes_.other_in(one, decision); !other.empty()) {
            decision.conflict = source_conflict(one, other);
        }
        if (decision.conflict) {
            plan_.conflicts.push_back(*std::move(decision.conflict));
            if (keep.form == Form::folder) {
                blocked_.insert(keep.place);
            }
            add_row(one, model::KeepState::conflict);
            return;
        }
        if (!decision.waits_for_store.empty()) {
            to_tell_.waiting.push_back(keep.subject + ": " + decision.waits_for_store);
        }
        if (decision.puts_excluded_aside) {
            say_excluded(keep);
        }
        if (decision.leaves_mount_point) {
            to_tell_.mount_points.push_back(one.place);
        }
        if (!seen.leads_out.empty()) {
            to_tell_.leading_out.push_back(keep.subject + ": " + quoted(keep.target) +
                                           " leads to " + quoted(seen.leads_out));
        }
        if (keep.form == Form::packed && brings_it(decision)) {
            plan_.findings.push_back(packed_finding(one));
        }
        writes_.note(one, decision);
        add_row(one, state_of(decision));
        if (keep.form == Form::packed && decision.tasks.empty()) {
            plan_.keeps[*row_].note = packed_note(one);
        }
        add_steps(one, std::move(decision));
    }

    // What stood in a folder that a packed keep replaces is aside by then.
    KeepSeen after_replacement(const WantedKeep& keep, KeepSeen seen) const {
        const bool is_in_replaced = std::ranges::any_of(replaced_, [&](const Place& one) {
            return one.root == keep.place.root && one != keep.place &&
                   keep.place.path.is_within(one.path);
        });
        if (is_in_replaced && seen.obstacle == Obstacle::none) {
            seen.home = {};
            seen.target.clear();
            seen.link = LinkKind::right;
            seen.sameness = Sameness::unknown;
            seen.was_copied_here = false;
            seen.was_linked_here = false;
            seen.changed_in_session = false;
        }
        return seen;
    }

    std::optional<Take> taken_side(std::string path) const {
        while (!context_.take.empty() && !path.empty()) {
            if (const auto take = context_.take.find(path); take != context_.take.end()) {
                return take->second;
            }
            path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        }
        return std::nullopt;
    }

    // Below a folder that could not be made, nothing can be.
    bool is_blocked(const Place& place) const {
        for (Place up = place; !blocked_.empty() && !up.path.is_root();) {
            up = up.parent();
            if (blocked_.contains(up)) {
                return true;
            }
        }
        return false;
    }

    void add_steps(const Case& one, Decision decision) {
        if (decision.tasks.empty()) {
            return;
        }
        const WantedKeep& keep = one.keep;
        if (one.seen.parent_link && made_.insert(one.seen.parent_link->place).second) {
            const ParentLink& link = *one.seen.parent_link;
            emptied_.emplace(link.place, next_group_);
            add_step(next_group_++,
                     model::ReplaceLinkByFolder{.place = link.place, .old_target = link.target},
                     context_.absolute(link.place),
                     "is a link into the store, and " + keep.subject + " has its place below it");
        }
        make_parents(keep, keep.place.root, one.seen.missing_parents, 0755);
        if (writes_source(keep, decision)) {
            make_parents(keep, keep.source.root, one.seen.missing_store_parents, 0700);
        }
        const std::size_t group = group_for(keep, decision);
        for (Task& task : decision.tasks) {
            const bool is_packed =
                keep.form == Form::packed && std::holds_alternative<model::CopyIn>(task.action);
            if (is_packed || std::holds_alternative<model::ReplaceLinkByFolder>(task.action)) {
                emptied_.emplace(keep.place, group);
            }
            if (is_packed) {
                replaced_.insert(keep.place);
            }
            if (keep.origin == Origin::dotfiles) {
                task.why += ", by what was fetched last";
            }
            add_step(group,
                     std::move(task.action),
                     task.below.empty() ? keep.subject : keep.subject + '/' + task.below,
                     std::move(task.why));
        }
    }

    // Where a link of ours becomes a folder, the links below it belong to the same change: a run
    // that is cut short must not leave the folder without them.
    std::size_t group_for(const WantedKeep& keep, const Decision& decision) {
        const bool is_simple =
            std::all_of(decision.tasks.begin(), decision.tasks.end(), [&](const Task& task) {
                return model::place_of(task.action) == keep.place &&
                       (std::holds_alternative<model::MakeLink>(task.action) ||
                        std::holds_alternative<model::MakeFolder>(task.action));
            });
        for (Place up = keep.place; is_simple && !emptied_.empty() && !up.path.is_root();) {
            up = up.parent();
            if (const auto known = emptied_.find(up); known != emptied_.end()) {
                return known->second;
            }
        }
        return next_group_++;
    }

    static bool writes_source(const WantedKeep& keep, const Decision& decision) {
        return std::any_of(decision.tasks.begin(), decision.tasks.end(), [&](const Task& task) {
            return model::place_of(task.action) == keep.source;
        });
    }

    // Several keeps may need the same folder; one that fails must not take the others along, so
    // each has a group of its own.
    void make_parents(const WantedKeep& keep,
                      system::RootId root,
                      const std::vector<RelPath>& folders,
                      std::uint32_t mode) {
        for (const RelPath& folder : folders) {
            Place place{.root = root, .path = folder};
            if (made_.insert(place).second) {
                const std::string path = context_.absolute(place);
                add_step(next_group_++,
                         model::MakeFolder{.place = std::move(place), .mode = mode},
                         path,
                         "needed for " + keep.subject);
            }
        }
    }

    void add_step(std::size_t group, model::Action action, std::string subject, std::string why) {
        plan_.steps.push_back({.group = group,
                               .action = std::move(action),
                               .subject = std::move(subject),
                               .why = std::move(why)});
    }

    void take_former_links_away() {
        for (const FormerLink& link : wanted_.former_links) {
            add_step(
                next_group_++,
                model::MoveAside{.place = link.place, .seen = link.seen, .old_target = link.target},
                link.subject,
                "neither the manifest nor the repository has it any more");
        }
    }

    void add_row_of_dotfiles() {
        if (wanted_.dotfiles) {
            model::KeepRow row = *wanted_.dotfiles;
            const bool is_to_do =
                dotfiles_state_ == model::KeepState::in_order && !wanted_.former_links.empty();
            row.state = is_to_do ? model::KeepState::to_do : dotfiles_state_;
            row.note = counted(dotfiles_, "link") + ", by what was fetched last";
            plan_.keeps.push_back(std::move(row));
        }
        if (!missing_.empty()) {
            plan_.findings.push_back({.id = "dotfiles-not-linked",
                                      .severity = model::Severity::warning,
                                      .subject = "dotfiles",
                                      .title = "'link:' names what the repository does not have",
                                      .evidence = missing_,
                                      .fix = {.text = "correct its path, or take it out"}});
        }
    }

    void add_row(const Case& one, model::KeepState state) {
        if (one.keep.origin == Origin::dotfiles) {
            ++dotfiles_;
            if (!one.has_store() && one.seen.obstacle == Obstacle::none) {
                missing_.push_back(one.keep.subject + ": there is no " + one.keep.target);
            }
            dotfiles_state_ = weight(state) > weight(dotfiles_state_) ? state : dotfiles_state_;
            return;
        }
        if (row_.has_value() && row_group_ == one.keep.group) {
            model::KeepRow& row = plan_.keeps[*row_];
            row.state = weight(state) > weight(row.state) ? state : row.state;
            return;
        }
        row_ = plan_.keeps.size();
        row_group_ = one.keep.group;
        plan_.keeps.push_back(
            {.subject = one.keep.subject,
             .place = one.place,
             .source = one.keep.target,
             .how = std::string(one.keep.merges ? "merge" : word_for(one.keep.form)),
             .state = state,
             .note = {}});
    }

    void say_excluded(const WantedKeep& keep) {
        model::Finding finding{
            .id = "keep-excluded",
            .severity = model::Severity::info,
            .subject = keep.subject,
            .title = "what 'exclude' names is not in the store; it goes aside in this home",
            .fix = {.text = "take it out of .envkeep-aside if you need it in this session"}};
        for (const RelPath& path : keep.leaves_out) {
            finding.evidence.push_back(keep.subject + '/' + path.text());
        }
        if (finding.evidence.empty()) {
            finding.title = "what has a name like envkeep's own is not in the store; it goes aside";
        }
        plan_.findings.push_back(std::move(finding));
    }

    const Wanted& wanted_;
    const Observation& observation_;
    const PlanContext& context_;
    model::Plan plan_;
    std::set<Place> blocked_;
    std::set<Place> made_;
    std::map<Place, std::size_t> emptied_;  // links that become folders: their groups
    std::set<Place> replaced_;              // by packed keeps that are brought
    SourceWrites writes_;
    KeepsToTell to_tell_;
    model::KeepState dotfiles_state_ = model::KeepState::in_order;
    std::size_t dotfiles_ = 0;
    std::vector<std::string> missing_;  // of dotfiles
    std::optional<std::size_t> row_;
    std::size_t row_group_ = 0;
    std::size_t next_group_ = 0;
};

}  // namespace

model::Plan make_plan(const Wanted& wanted,
                      const Observation& observation,
                      const PlanContext& context) {
    return Planner(wanted, observation, context).make();
}

}  // namespace envkeep::keep
