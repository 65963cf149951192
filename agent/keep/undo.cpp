// SPDX-License-Identifier: MIT
#include "envkeep/keep/undo.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/keep/aside.hpp"
#include "keep/undo_after.hpp"
#include "keep/undo_compare.hpp"
#include "keep/undo_modes.hpp"
#include "keep/undo_paths.hpp"
#include "keep/undo_reach.hpp"
#include "keep/undo_words.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Seen;

// Whether a change can be taken back.
struct Verdict {
    enum class Kind { nothing, step, rest, conflict };
    Kind kind = Kind::nothing;
    std::string conflict;
};

Verdict nothing() {
    return {};
}

Verdict step() {
    return {.kind = Verdict::Kind::step, .conflict = {}};
}

Verdict conflict(std::string reason) {
    return {.kind = Verdict::Kind::conflict, .conflict = std::move(reason)};
}

bool is_link_to(const Seen& seen, const std::string& target) {
    return seen.status.kind == Kind::link && seen.target == target;
}

class UndoPlanner {
  public:
    UndoPlanner(const store::RunRecord& run,
                const Reach& reach,
                system::FileReader& files,
                const std::vector<std::string>& others)
        : run_(run),
          reach_(reach),
          files_(files),
          others_(others),
          why_not_(why_not_to_undo(run, reach, files)),
          paths_(reach, files),
          after_(paths_, files) {
        for (std::size_t i = 0; i < run.items.size(); ++i) {
            const store::RunRecord::Item& item = run.items[i];
            if (!why_not_[i].empty()) {
                continue;
            }
            if (item.change.kind == Change::Kind::copied && is_aside(item.change.path)) {
                copied_aside_.insert(item.change.other);
                origin_of_.emplace(item.change.path, item.change.other);
            } else if (item.change.kind == Change::Kind::moved) {
                aside_of_[item.change.other] = item.change.path;
            } else if (item.change.kind == Change::Kind::removed_link) {
                link_of_[item.change.path] = item.change.text;
            }
        }
    }

    [[nodiscard]] UndoPlan plan() {
        UndoPlan plan{.run = run_};
        for (std::size_t i = run_.items.size(); i-- > 0;) {
            const store::RunRecord::Item& item = run_.items[i];
            if (!is_here(item.change)) {
                ++plan.not_here;
                continue;
            }
            // What cannot be looked at is told, and the run stays one that is to be undone.
            Result<Verdict> judged = why_not_[i].empty() ? judge(item) : conflict(why_not_[i]);
            Verdict verdict =
                judged ? *std::move(judged) : conflict(std::move(judged.error().message));
            if (verdict.kind != Verdict::Kind::nothing) {
                plan.steps.push_back(
                    {.change = item.change,
                     .what = what_undoing_does(item.change, verdict.kind == Verdict::Kind::rest),
                     .conflict = std::move(verdict.conflict),
                     .is_rest = verdict.kind == Verdict::Kind::rest});
            }
        }
        plan.modes_that_stay = std::move(modes_that_stay_);
        return plan;
    }

  private:
    // A home is gone with its container; what a journal says of the store never concerns a home.
    [[nodiscard]] bool is_here(const Change& change) const {
        return run_.is_of_this_container ||
               (change.is_in_store && !change.path.starts_with(run_.run.home + '/'));
    }

    Result<Verdict> judge(const store::RunRecord::Item& item) {
        switch (item.change.kind) {
            case Change::Kind::made_folder:
                return made_folder(item.change);
            case Change::Kind::made_file:
                return made_file(item.change);
            case Change::Kind::made_link:
                return made_link(item.change);
            case Change::Kind::replaced_link:
                return replaced_link(item.change);
            case Change::Kind::moved:
                return moved(item);
            case Change::Kind::copied:
                return copied(item.change);
            case Change::Kind::replaced_file:
                return replaced_file(item.change);
            case Change::Kind::set_mode:
                return set_mode(item.change);
            case Change::Kind::removed_link:
                return removed_link(item.change);
        }
        return nothing();
    }

    // As `release`, which leaves the store's side to them.
    Verdict take_away(const Change& change) {
        if (brought_to_store(change) && !others_.empty()) {
            return conflict(
                fmt::format("it stays where it is: other sessions may have links to it ({})",
                            fmt::join(others_, "; ")));
        }
        after_.will_be_gone(change.path);
        return step();
    }

    Result<Verdict> made_folder(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (seen.status.kind != Kind::folder) {
            return nothing_if_back(change.path, "something else stands there now");
        }
        ENVKEEP_TRY(const bool is_empty, after_.is_empty_folder(change.path));
        if (!is_empty) {
            return nothing_if_back(change.path, "it holds other things by now, and stays");
        }
        return take_away(change);
    }

    Result<Verdict> made_file(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (seen.status.kind != Kind::file || seen.status.size != 0) {
            return conflict("it was written to since, and stays");
        }
        return take_away(change);
    }

    Result<Verdict> made_link(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (!is_link_to(seen, change.text)) {
            return nothing_if_back(change.path, "something else stands there now");
        }
        // Else nothing would stand there: a later run put in order what this one, killed, had
        // begun.
        if (const auto aside = aside_of_.find(change.path); aside != aside_of_.end()) {
            ENVKEEP_TRY(const Seen before, after_.look(aside->second));
            if (before.status.kind == Kind::absent) {
                return conflict(fmt::format("what stood there before is not in {} any more",
                                            quoted(aside->second)));
            }
        }
        after_.will_be_gone(change.path);
        return step();
    }

    // What made room at a place was put back there by an undoing that did not come to its end.
    [[nodiscard]] Result<bool> is_back(const std::string& place) {
        const auto link = link_of_.find(place);
        if (link != link_of_.end()) {
            ENVKEEP_TRY(const Seen seen, after_.look(place));
            if (is_link_to(seen, link->second)) {
                return true;
            }
        }
        const auto aside = aside_of_.find(place);
        if (aside == aside_of_.end()) {
            return false;
        }
        ENVKEEP_TRY(const Seen seen, after_.look(aside->second));
        return seen.status.kind == Kind::absent;
    }

    Result<Verdict> nothing_if_back(const std::string& place, std::string reason) {
        ENVKEEP_TRY(const bool is_back_there, is_back(place));
        return is_back_there ? nothing() : conflict(std::move(reason));
    }

    Result<Verdict> replaced_link(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (is_link_to(seen, change.other)) {
            return nothing();
        }
        if (!is_link_to(seen, change.text)) {
            return conflict("it changed since");
        }
        after_.will_be_link(change.path, change.other);
        return step();
    }

    Result<Verdict> removed_link(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (is_link_to(seen, change.text)) {
            return nothing();
        }
        if (seen.status.kind != Kind::absent) {
            return conflict("something else stands there now");
        }
        after_.will_be_link(change.path, change.text);
        return step();
    }

    Result<Verdict> moved(const store::RunRecord::Item& item) {
        const Change& change = item.change;
        ENVKEEP_TRY(const Seen aside, after_.look(change.path));
        ENVKEEP_TRY(const Seen there, after_.look(change.other));
        if (aside.status.kind == Kind::absent) {
            return there.status.kind != Kind::absent
                       ? nothing()
                       : conflict(fmt::format("{} is gone", quoted(change.path)));
        }
        if (there.status.kind == Kind::absent) {
            return move_back(change);
        }
        // What it went aside for stands there unchanged, and goes aside itself.
        if (!change.text.empty() && there.status.kind == Kind::file) {
            ENVKEEP_TRY(const Digest came, content_of(change.other));
            if (came.text() == change.text) {
                return move_back(change);
            }
        }
        if (item.is_done) {
            return nothing_if_back(
                change.path,
                fmt::format("something else stands there now; it is in {}", quoted(change.path)));
        }
        // Killed in the middle of moving a folder, or before it moved at all.
        const bool is_half = aside.status.kind == Kind::folder &&
                             there.status.kind == Kind::folder &&
                             copied_aside_.contains(change.other);
        return is_half ? Verdict{.kind = Verdict::Kind::rest, .conflict = {}} : nothing();
    }

    // What was made real from a copy leaves the home for a link again: whatever came to it since
    // would be out of sight, so all of it must be where the link will lead.
    Result<Verdict> move_back(const Change& change) {
        if (const auto origin = origin_of_.find(change.other); origin != origin_of_.end()) {
            ENVKEEP_TRY(const bool is_held, is_held_at(change.path, origin->second));
            if (!is_held) {
                return conflict(
                    fmt::format("{} changed since: {} does not hold all that is in it, so it stays",
                                quoted(change.path),
                                quoted(origin->second)));
            }
        }
        after_.will_be_moved(change.path, change.other);
        return step();
    }

    [[nodiscard]] Result<bool> is_held_at(const std::string& part, const std::string& whole) {
        ENVKEEP_TRY(const auto one, after_.now_at(part));
        ENVKEEP_TRY(const auto other, after_.now_at(whole));
        return one && other ? is_held_by(*one, *other, files_) : false;
    }

    Result<Verdict> copied(const Change& change) {
        // The whole copy of a folder that was moved in parts is only there after a kill.
        if (is_aside(change.path)) {
            return nothing();
        }
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        ENVKEEP_TRY(const bool is_held, is_held_at(change.path, change.other));
        if (!is_held) {
            return nothing_if_back(change.path,
                                   fmt::format("{} does not hold all that is in it, so it stays",
                                               quoted(change.other)));
        }
        return take_away(change);
    }

    Result<Verdict> replaced_file(const Change& change) {
        if (change.other.empty()) {
            return conflict(
                "no version of it is kept: this home had saved it, or all of it was merged");
        }
        ENVKEEP_TRY(const Digest earlier, content_of(change.other));
        const Result<Digest> content = content_of(change.path);
        if (content && *content == earlier) {
            return nothing();
        }
        if (!content || content->text() != change.text) {
            return conflict(fmt::format("{}; that content is in {}",
                                        content ? "it changed since" : content.error().message,
                                        quoted(change.other)));
        }
        after_.will_be_copied(change.other, change.path);
        return step();
    }

    Result<Verdict> set_mode(const Change& change) {
        ENVKEEP_TRY(const Seen seen, after_.look(change.path));
        if (seen.status.kind == Kind::absent || seen.status.kind == Kind::link) {
            return conflict("it is no longer there");
        }
        const auto later = modes_.find(change.path);
        const std::uint32_t mode = later == modes_.end() ? seen.status.mode : later->second;
        if (mode == change.old_mode) {
            return nothing();
        }
        if (mode != change.new_mode) {
            return conflict(fmt::format("its mode was changed since, to {}", octal(mode)));
        }
        ENVKEEP_TRY(const std::optional<system::Place> place, after_.now_at(change.path));
        if (place) {
            ENVKEEP_TRY(const bool opens, opens_to_others(change, mode, *place, reach_, files_));
            if (opens) {
                modes_that_stay_.push_back(change);
                return nothing();
            }
        }
        modes_[change.path] = change.old_mode;
        return step();
    }

    [[nodiscard]] Result<Digest> content_of(const std::string& path) {
        ENVKEEP_TRY(const std::optional<system::Place> place, after_.now_at(path));
        if (!place) {
            return failure(ErrorKind::not_found, fmt::format("{} is gone", quoted(path)));
        }
        return files_.digest(*place);
    }

    const store::RunRecord& run_;
    const Reach& reach_;
    system::FileReader& files_;
    const std::vector<std::string>& others_;
    std::vector<std::string> why_not_;  // of each item of the run
    std::vector<Change> modes_that_stay_;
    Paths paths_;
    After after_;
    std::map<std::string, std::uint32_t> modes_;    // of paths whose mode will be set back
    std::set<std::string> copied_aside_;            // places of which a whole copy was made aside
    std::map<std::string, std::string> origin_of_;  // such a copy -> the place
    std::map<std::string, std::string> link_of_;    // place -> where the link led that was removed
    std::map<std::string, std::string> aside_of_;   // place -> where what stood there was moved to
};

}  // namespace

bool brought_to_store(const Change& change) {
    return change.is_in_store &&
           (change.kind == Change::Kind::copied || change.kind == Change::Kind::made_file ||
            change.kind == Change::Kind::made_folder);
}

UndoPlan plan_undo(const store::RunRecord& run,
                   const Reach& reach,
                   system::FileReader& files,
                   const std::vector<std::string>& others) {
    UndoPlan plan = UndoPlanner(run, reach, files, others).plan();
    plan.reach = reach;
    return plan;
}

}  // namespace envkeep::keep
