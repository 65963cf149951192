// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/keep/undo.hpp"
#include "keep/apply_move.hpp"
#include "keep/apply_work.hpp"
#include "keep/undo_compare.hpp"
#include "keep/undo_paths.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Place;
using system::Status;

class Undoing {
  public:
    Undoing(const UndoPlan& plan,
            store::Journal& journal,
            system::FileReader& files,
            system::FileWriter& writer,
            std::function<void()> renew)
        : files_(files),
          work_{.files = files,
                .writer = writer,
                .journal = journal,
                .aside = AsidePlaces(journal.run().id, files, writer),
                .renew = std::move(renew)},
          paths_(plan.reach, files) {}

    Result<void> take_back(const UndoStep& step) {
        const Change& change = step.change;
        switch (change.kind) {
            case Change::Kind::made_folder:
                return remove_folder(change);
            case Change::Kind::made_file:
                return remove_file(change);
            case Change::Kind::made_link:
                return remove_link(change);
            case Change::Kind::replaced_link:
                return replace_link(change);
            case Change::Kind::moved:
                return put_back(change, step.is_rest);
            case Change::Kind::copied:
                return take_away_copy(change);
            case Change::Kind::replaced_file:
                return put_content_back(change);
            case Change::Kind::set_mode:
                return set_mode_back(change);
            case Change::Kind::removed_link:
                return make_link(change);
        }
        return {};
    }

    [[nodiscard]] std::string take_note() { return std::exchange(work_.note, {}); }

  private:
    [[nodiscard]] static tl::unexpected<Error> changed(const std::string& path) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} changed since the undoing was planned", quoted(path)));
    }

    // Empty for what is no link.
    Result<std::string> target_of(const Place& place, const Status& seen) {
        return seen.kind == Kind::link ? files_.read_link(place) : Result<std::string>({});
    }

    // Moves what stands at `place` aside. What `is_expected` then finds to be another thing than
    // was looked at before comes back.
    Result<void> move_aside(const Change& change,
                            const Place& place,
                            const Status& seen,
                            const std::function<Result<bool>(const Place&)>& is_expected) {
        ENVKEEP_TRY(const std::string target, target_of(place, seen));
        ENVKEEP_TRY(const Place aside, work_.aside.take(place));
        const Change moved{.kind = Change::Kind::moved,
                           .is_in_store = change.is_in_store,
                           .path = files_.absolute(aside),
                           .other = change.path};
        Result<void> done = journaled(work_, {moved}, [&]() -> Result<void> {
            ENVKEEP_CHECK(move_apart(work_, place, aside, seen, target));
            if (is_expected(aside).value_or(false)) {
                return {};
            }
            work_.is_half_done = !merge_into(aside, place, files_, work_.writer).has_value();
            return changed(change.path);
        });
        if (!done) {
            work_.aside.give_back(aside);
            return done;
        }
        remark(work_, fmt::format("was moved to {}", printable(moved.path)));
        return {};
    }

    Result<void> remove_folder(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_TRY(const Status seen, files_.status(place));
        if (seen.kind == Kind::absent) {
            return {};  // one of ours, gone with the last that was in it
        }
        const auto is_empty = [&](const Place& folder) -> Result<bool> {
            ENVKEEP_TRY(const std::vector<system::Entry> entries, files_.list(folder));
            return entries.empty();
        };
        ENVKEEP_TRY(const bool may_go, is_empty(place));
        return may_go ? move_aside(change, place, seen, is_empty) : changed(change.path);
    }

    Result<void> remove_file(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_TRY(const Status seen, files_.status(place));
        const auto is_empty = [&](const Place& file) -> Result<bool> {
            ENVKEEP_TRY(const Status now, files_.status(file));
            return now.kind == Kind::file && now.size == 0;
        };
        ENVKEEP_TRY(const bool may_go, is_empty(place));
        return may_go ? move_aside(change, place, seen, is_empty) : changed(change.path);
    }

    Result<void> take_away_copy(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_TRY(const Place original, paths_.place_of(change.other));
        ENVKEEP_TRY(const Status seen, files_.status(place));
        const auto is_copy = [&](const Place& copy) { return is_held_by(copy, original, files_); };
        ENVKEEP_TRY(const bool may_go, is_copy(place));
        return may_go ? move_aside(change, place, seen, is_copy) : changed(change.path);
    }

    Result<void> remove_link(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        const Change removed{.kind = Change::Kind::removed_link,
                             .is_in_store = change.is_in_store,
                             .path = change.path,
                             .text = change.text};
        return journaled(
            work_, {removed}, [&] { return work_.writer.remove_link(place, change.text); });
    }

    Result<void> make_link(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_CHECK(make_parents(work_, place, change.is_in_store));
        const Change made{.kind = Change::Kind::made_link,
                          .is_in_store = change.is_in_store,
                          .path = change.path,
                          .text = change.text};
        return journaled(work_, {made}, [&] { return work_.writer.make_link(place, change.text); });
    }

    Result<void> replace_link(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        const Change replaced{.kind = Change::Kind::replaced_link,
                              .is_in_store = change.is_in_store,
                              .path = change.path,
                              .other = change.text,
                              .text = change.other};
        return journaled(work_, {replaced}, [&] {
            return work_.writer.replace_link(place, change.text, change.other);
        });
    }

    Result<void> move_aside_what_came(const Change& change, const Place& place) {
        ENVKEEP_TRY(const Status seen, files_.status(place));
        if (seen.kind == Kind::absent) {
            return {};
        }
        const auto is_it = [&](const Place& file) -> Result<bool> {
            return files_.digest(file).map(
                [&](const Digest& digest) { return digest.text() == change.text; });
        };
        ENVKEEP_TRY(const bool may_go, is_it(place));
        const Change there{.is_in_store = change.is_in_store, .path = change.other};
        return may_go ? move_aside(there, place, seen, is_it) : changed(change.other);
    }

    Result<void> put_back(const Change& change, bool is_rest) {
        ENVKEEP_TRY(const Place from, paths_.place_of(change.path));
        ENVKEEP_TRY(const Place to, paths_.place_of(change.other));
        ENVKEEP_TRY(const system::Seen seen, files_.look(from));
        ENVKEEP_CHECK(make_parents(work_, to, change.is_in_store));
        if (!change.text.empty()) {
            ENVKEEP_CHECK(move_aside_what_came(change, to));
        }
        const Change moved{.kind = Change::Kind::moved,
                           .is_in_store = change.is_in_store,
                           .path = change.other,
                           .other = change.path};
        Result<void> done = journaled(work_, {moved}, [&] {
            return is_rest ? merge_into(from, to, files_, work_.writer)
                           : move_apart(work_, from, to, seen.status, seen.target);
        });
        if (done) {
            work_.aside.give_back(from);
        }
        if (done && is_aside(change.other)) {
            remark(work_, fmt::format("was moved to {}", printable(change.other)));
        }
        return done;
    }

    Result<void> put_content_back(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_TRY(const Place kept, paths_.place_of(change.other));
        ENVKEEP_TRY(const Status standing, files_.status(place));
        ENVKEEP_TRY(const Digest content, files_.digest(place));
        ENVKEEP_TRY(const Digest earlier, files_.digest(kept));
        if (content.text() != change.text) {
            return changed(change.path);
        }
        ENVKEEP_TRY(const Place aside, work_.aside.take(place));
        const Change replaced{.kind = Change::Kind::replaced_file,
                              .is_in_store = change.is_in_store,
                              .path = change.path,
                              .other = files_.absolute(aside),
                              .text = earlier.text()};
        Result<void> done = journaled(work_, {replaced}, [&]() -> Result<void> {
            ENVKEEP_CHECK(work_.writer.copy(place, aside, {}, std::nullopt));
            ENVKEEP_CHECK(work_.writer.copy(kept, place, {}, standing));
            return {};
        });
        if (!done) {
            work_.aside.give_back(aside);
            return done;
        }
        remark(work_, fmt::format("the later content is in {}", printable(replaced.other)));
        return {};
    }

    Result<void> set_mode_back(const Change& change) {
        ENVKEEP_TRY(const Place place, paths_.place_of(change.path));
        ENVKEEP_TRY(const Status seen, files_.status(place));
        if (seen.mode != change.new_mode) {
            return changed(change.path);
        }
        const Change set{.kind = Change::Kind::set_mode,
                         .is_in_store = change.is_in_store,
                         .path = change.path,
                         .old_mode = change.new_mode,
                         .new_mode = change.old_mode};
        return journaled(
            work_, {set}, [&] { return work_.writer.set_mode(place, seen, change.old_mode); });
    }

    system::FileReader& files_;
    Work work_;
    Paths paths_;
};

}  // namespace

model::Outcome apply_undo(const UndoPlan& plan,
                          store::Journal& journal,
                          system::FileReader& files,
                          system::FileWriter& writer,
                          const std::function<Result<void>()>& before_each) {
    const auto ask = [&] { return before_each ? before_each() : Result<void>{}; };
    // A step that takes long goes on; the next one finds out.
    Undoing undoing(plan, journal, files, writer, [&] { static_cast<void>(ask()); });
    model::Outcome outcome;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const UndoStep& step = plan.steps[i];
        model::StepOutcome& done = outcome.steps.emplace_back(model::StepOutcome{.step = i});
        if (!step.conflict.empty()) {
            done.result = model::StepResult::skipped;
            done.error = Error{.kind = ErrorKind::conflict, .message = step.conflict, .hint = {}};
            continue;
        }
        Result<void> taken = ask();
        if (taken) {
            taken = undoing.take_back(step);
        }
        if (!taken) {
            done.result = model::StepResult::failed;
            done.error = std::move(taken).error();
        }
        done.note = undoing.take_note();
    }
    outcome.run = journal.is_begun() ? journal.run().id : std::string{};
    return outcome;
}

}  // namespace envkeep::keep
