// SPDX-License-Identifier: MIT
#include "envkeep/keep/undo.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/keep/aside.hpp"
#include "keep/undo_after.hpp"
#include "keep/undo_compare.hpp"
#include "keep/undo_paths.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Seen;

// Whether a change can be taken back: a step with `what` or with a conflict; neither if there is
// nothing to take back.
struct Verdict {
    std::string what;
    std::string conflict;
    bool is_rest = false;
};

Verdict nothing() {
    return {};
}

Verdict step(std::string what) {
    return {.what = std::move(what)};
}

Verdict conflict(const std::string& what, const std::string& reason) {
    return {.what = what, .conflict = reason};
}

bool is_link_to(const Seen& seen, const std::string& target) {
    return seen.status.kind == Kind::link && seen.target == target;
}

class Planner {
  public:
    Planner(const store::RunRecord& run,
            const std::vector<system::RootId>& roots,
            system::FileReader& files)
        : run_(run), files_(files), paths_(run.run, roots, files), after_(paths_, files) {
        for (const store::RunRecord::Item& item : run.items) {
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
        for (auto one = run_.items.rbegin(); one != run_.items.rend(); ++one) {
            const store::RunRecord::Item& item = *one;
            if (!is_here(item.change)) {
                ++plan.not_here;
                continue;
            }
            Verdict verdict = judge(item);
            if (!verdict.what.empty()) {
                plan.steps.push_back({.change = item.change,
                                      .what = std::move(verdict.what),
                                      .conflict = std::move(verdict.conflict),
                                      .is_rest = verdict.is_rest});
            }
        }
        return plan;
    }

  private:
    // A home is gone with its container; what a journal says of the store never concerns a home.
    [[nodiscard]] bool is_here(const Change& change) const {
        return run_.is_of_this_container ||
               (change.is_in_store && !change.path.starts_with(run_.run.home + '/'));
    }

    Verdict judge(const store::RunRecord::Item& item) {
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

    Verdict made_folder(const Change& change) {
        const std::string what = fmt::format("remove the folder {}", quoted(change.path));
        const Seen seen = after_.look(change.path);
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (seen.status.kind != Kind::folder) {
            return is_back(change.path) ? nothing()
                                        : conflict(what, "something else stands there now");
        }
        if (!after_.is_empty_folder(change.path)) {
            return is_back(change.path) ? nothing()
                                        : conflict(what, "it holds other things by now, and stays");
        }
        after_.will_be_gone(change.path);
        return step(what);
    }

    Verdict made_file(const Change& change) {
        const std::string what = fmt::format("remove the empty file {}", quoted(change.path));
        const Seen seen = after_.look(change.path);
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (seen.status.kind != Kind::file || seen.status.size != 0) {
            return conflict(what, "it was written to since, and stays");
        }
        after_.will_be_gone(change.path);
        return step(what);
    }

    Verdict made_link(const Change& change) {
        const std::string what = fmt::format("remove the link {}", quoted(change.path));
        const Seen seen = after_.look(change.path);
        if (seen.status.kind == Kind::absent) {
            return nothing();
        }
        if (!is_link_to(seen, change.text)) {
            return is_back(change.path) ? nothing()
                                        : conflict(what, "something else stands there now");
        }
        after_.will_be_gone(change.path);
        return step(what);
    }

    // What made room at a place was put back there by an undoing that did not come to its end.
    [[nodiscard]] bool is_back(const std::string& place) {
        const auto link = link_of_.find(place);
        if (link != link_of_.end() && is_link_to(after_.look(place), link->second)) {
            return true;
        }
        const auto aside = aside_of_.find(place);
        return aside != aside_of_.end() && after_.look(aside->second).status.kind == Kind::absent;
    }

    Verdict replaced_link(const Change& change) {
        const std::string what = fmt::format(
            "let the link {} lead to {} again", quoted(change.path), quoted(change.other));
        const Seen seen = after_.look(change.path);
        if (is_link_to(seen, change.other)) {
            return nothing();
        }
        if (!is_link_to(seen, change.text)) {
            return conflict(what, "it changed since");
        }
        after_.will_be_link(change.path, change.other);
        return step(what);
    }

    Verdict removed_link(const Change& change) {
        const std::string what =
            fmt::format("make the link {} to {} again", quoted(change.path), quoted(change.text));
        const Seen seen = after_.look(change.path);
        if (is_link_to(seen, change.text)) {
            return nothing();
        }
        if (seen.status.kind != Kind::absent) {
            return conflict(what, "something else stands there now");
        }
        after_.will_be_link(change.path, change.text);
        return step(what);
    }

    Verdict moved(const store::RunRecord::Item& item) {
        const Change& change = item.change;
        const std::string what = fmt::format("put back {}", quoted(change.other));
        const Kind aside = after_.look(change.path).status.kind;
        const Kind there = after_.look(change.other).status.kind;
        if (aside == Kind::absent) {
            return there != Kind::absent
                       ? nothing()
                       : conflict(what, fmt::format("{} is gone", quoted(change.path)));
        }
        if (there == Kind::absent) {
            return move_back(change, what);
        }
        // What it went aside for stands there unchanged, and goes aside itself.
        const Result<Digest> came = change.text.empty() ? Digest{} : content_of(change.other);
        if (!change.text.empty() && came && came->text() == change.text) {
            return move_back(change, what);
        }
        if (item.is_done) {
            return conflict(
                what,
                fmt::format("something else stands there now; it is in {}", quoted(change.path)));
        }
        // Killed in the middle of moving a folder, or before it moved at all.
        const bool is_half =
            aside == Kind::folder && there == Kind::folder && copied_aside_.contains(change.other);
        return is_half
                   ? Verdict{.what = fmt::format("put back the rest of {}", quoted(change.other)),
                             .is_rest = true}
                   : nothing();
    }

    // What was made real from a copy leaves the home for a link again: whatever came to it since
    // would be out of sight, so all of it must be where the link will lead.
    Verdict move_back(const Change& change, const std::string& what) {
        const auto origin = origin_of_.find(change.other);
        if (origin != origin_of_.end() && !is_held_at(change.path, origin->second)) {
            return conflict(what,
                            fmt::format("{} changed since: {} does not hold all that is in it, so "
                                        "it stays",
                                        quoted(change.path),
                                        quoted(origin->second)));
        }
        after_.will_be_moved(change.path, change.other);
        return step(what);
    }

    [[nodiscard]] bool is_held_at(const std::string& part, const std::string& whole) {
        const auto one = after_.now_at(part);
        const auto other = after_.now_at(whole);
        return one && other && is_held_by(*one, *other, files_).value_or(false);
    }

    Verdict copied(const Change& change) {
        const std::string what = fmt::format("take away the copy {}", quoted(change.path));
        // The whole copy of a folder that was moved in parts is only there after a kill.
        if (is_aside(change.path) || after_.look(change.path).status.kind == Kind::absent) {
            return nothing();
        }
        if (!is_held_at(change.path, change.other)) {
            if (is_back(change.path)) {
                return nothing();
            }
            return conflict(what,
                            fmt::format("{} does not hold all that is in it, so it stays",
                                        quoted(change.other)));
        }
        after_.will_be_gone(change.path);
        return step(what);
    }

    Verdict replaced_file(const Change& change) {
        const std::string what =
            fmt::format("put back the earlier content of {}", quoted(change.path));
        if (change.other.empty()) {
            return conflict(
                what, "no version of it is kept: this home had saved it, or all of it was merged");
        }
        const Result<Digest> earlier = content_of(change.other);
        if (!earlier) {
            return conflict(what, earlier.error().message);
        }
        const Result<Digest> content = content_of(change.path);
        if (content && *content == *earlier) {
            return nothing();
        }
        if (!content || content->text() != change.text) {
            return conflict(
                what, fmt::format("it changed since; that content is in {}", quoted(change.other)));
        }
        after_.will_be_copied(change.other, change.path);
        return step(what);
    }

    Verdict set_mode(const Change& change) {
        const std::string what = fmt::format(
            "set the mode of {} back to {}", quoted(change.path), octal(change.old_mode));
        const Seen seen = after_.look(change.path);
        if (seen.status.kind == Kind::absent || seen.status.kind == Kind::link) {
            return conflict(what, "it is no longer there");
        }
        const auto later = modes_.find(change.path);
        const std::uint32_t mode = later == modes_.end() ? seen.status.mode : later->second;
        if (mode == change.old_mode) {
            return nothing();
        }
        if (mode != change.new_mode) {
            return conflict(what, fmt::format("its mode was changed since, to {}", octal(mode)));
        }
        modes_[change.path] = change.old_mode;
        return step(what);
    }

    [[nodiscard]] Result<Digest> content_of(const std::string& path) {
        const std::optional<system::Place> place = after_.now_at(path);
        if (!place) {
            return failure(ErrorKind::not_found, fmt::format("{} is gone", quoted(path)));
        }
        return files_.digest(*place);
    }

    const store::RunRecord& run_;
    system::FileReader& files_;
    Paths paths_;
    After after_;
    std::map<std::string, std::uint32_t> modes_;    // of paths whose mode will be set back
    std::set<std::string> copied_aside_;            // places of which a whole copy was made aside
    std::map<std::string, std::string> origin_of_;  // such a copy -> the place
    std::map<std::string, std::string> link_of_;    // place -> where the link led that was removed
    std::map<std::string, std::string> aside_of_;   // place -> where what stood there was moved to
};

}  // namespace

Result<UndoPlan> plan_undo(const store::RunRecord& run,
                           system::FileReader& files,
                           const std::vector<system::RootId>& roots) {
    UndoPlan plan = Planner(run, roots, files).plan();
    plan.roots = roots;
    return plan;
}

}  // namespace envkeep::keep
