// SPDX-License-Identifier: MIT
// Programs go on writing while a tree is compared or copied, and until it has gone aside. So what
// came aside is compared with the store once more, when nobody finds it under its name any longer.
#include "envkeep/core/text.hpp"
#include "keep/apply_actions.hpp"
#include "keep/observe_trees.hpp"
#include "keep/own_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Place;
using system::Status;

// Clocks of file systems tick every few milliseconds, and those of two may be a little apart.
constexpr std::chrono::seconds margin{2};

// A copy keeps size and time of change, to the nanosecond where both file systems know them; and
// nobody has touched the original since the copy came to rest.
bool is_untouched(const Status& original, const Status& copy) {
    const bool is_fine =
        original.modified != std::chrono::floor<std::chrono::seconds>(original.modified);
    return is_fine && original.size == copy.size && original.modified == copy.modified &&
           original.changed + margin < copy.changed;
}

// Of things that are no two folders.
Result<TreeComparison> compare_single(const Place& aside,
                                      const Place& held,
                                      system::FileReader& files) {
    ENVKEEP_TRY(const system::Seen one, files.look(aside));
    ENVKEEP_TRY(const system::Seen other, files.look(held));
    Difference both{.home_target = one.target, .store_target = other.target};
    ENVKEEP_TRY(both.home, files.status(aside));
    ENVKEEP_TRY(both.store, files.status(held));
    TreeComparison found;
    if (both.home.kind == Kind::absent || both.home.kind == Kind::other) {
        return found;
    }
    if (both.store.kind == Kind::absent) {
        found.missing_in_store.push_back(std::move(both));
        return found;
    }
    bool is_same = both.home.kind == both.store.kind;
    if (is_same && both.home.kind == Kind::link) {
        is_same = both.home_target == both.store_target;
    } else if (is_same && !is_untouched(both.home, both.store)) {
        ENVKEEP_TRY(is_same, files.has_same_bytes(aside, held));
    }
    if (!is_same) {
        found.differing.push_back(std::move(both));
    }
    return found;
}

Result<TreeComparison> compare(const Place& aside,
                               const Place& held,
                               const std::vector<RelPath>& leaves_out,
                               system::FileReader& files) {
    ENVKEEP_TRY(const Status here, files.status(aside));
    ENVKEEP_TRY(const Status there, files.status(held));
    if (here.kind != Kind::folder || there.kind != Kind::folder) {
        return compare_single(aside, held, files);
    }
    const std::vector<Status> nothing_above;
    const IsKnownSame is_known_same = [](const Place&, const Status& one, const Status& other) {
        return is_untouched(one, other);
    };
    return compare_trees(
        {.home = aside, .store = held, .leaves_out = leaves_out, .above_source = nothing_above},
        is_known_same,
        files);
}

}  // namespace

// Gives whether the store holds all of it, so that no backup is needed.
bool Actions::settle(const Settling& what) {
    auto compared = compare(what.aside, what.brought.to, what.brought.leaves_out, work_.files);
    if (!compared) {
        say_changed(what, fmt::format("could not be compared: {}", compared.error().message));
        return false;
    }
    for (const Difference& missing : compared->missing_in_store) {
        say_settled(what, missing.path, take_over_new(what, missing));
    }
    for (const Difference& differing : compared->differing) {
        say_settled(what, differing.path, take_over_newer(what, differing));
    }
    return compared->missing_in_store.empty() && compared->differing.empty() &&
           !compared->holds_left_out;
}

Result<void> Actions::take_over_new(const Settling& what, const Difference& missing) {
    ENVKEEP_CHECK(check_may_change(what));
    const Place from = what.aside.joined(missing.path);
    const Place to = what.target.joined(missing.path);
    if (missing.home.kind == Kind::link) {
        Change change = changed(Change::Kind::made_link, to);
        change.text = missing.home_target;
        return journaled(
            work_, {change}, [&] { return work_.writer.make_link(to, missing.home_target); });
    }
    const std::vector<RelPath> left_out = paths_below(what.brought.leaves_out, missing.path);
    return copy_new(from,
                    to,
                    {.file_bound = what.brought.file_bound,
                     .folder_bound = what.brought.folder_bound,
                     .leaves_out = [&](const RelPath& below) {
                         return std::ranges::find(left_out, below) != left_out.end() ||
                                is_own_name(below.name());
                     }});
}

// Where the store's is no copy of this run, another session may have changed it: the newer one
// wins.
Result<void> Actions::take_over_newer(const Settling& what, const Difference& differing) {
    const bool are_files = differing.home.kind == Kind::file && differing.store.kind == Kind::file;
    if (!are_files) {
        return failure(ErrorKind::conflict, "another kind of thing stands in its place");
    }
    if (!is_copied_now(what.original.joined(differing.path)) &&
        differing.home.modified <= differing.store.modified) {
        return failure(ErrorKind::conflict, "the store's is newer");
    }
    ENVKEEP_CHECK(check_may_change(what));
    const Place to = what.target.joined(differing.path);
    ENVKEEP_TRY(const Status standing, work_.files.status(to));
    ENVKEEP_TRY(const bool is_as_held,
                work_.files.has_same_bytes(to, what.brought.to.joined(differing.path)));
    if (!is_as_held) {
        return failure(ErrorKind::conflict, "its copy was changed again");
    }
    return replace_in_store({.from = what.aside.joined(differing.path),
                             .to = to,
                             .from_seen = differing.home,
                             .to_seen = standing,
                             .bound = what.brought.file_bound});
}

Result<void> Actions::check_may_change(const Settling& what) const {
    if (what.target.root == home_ || !may_change_store_ || may_change_store_()) {
        return {};
    }
    return failure(ErrorKind::busy, "the store cannot be changed just now");
}

void Actions::say_settled(const Settling& what, const RelPath& below, const Result<void>& taken) {
    const std::string subject = work_.files.absolute(what.original.joined(below));
    const std::string aside = work_.files.absolute(what.aside.joined(below));
    say_changed(
        what,
        taken
            ? fmt::format("{}: what was written last is there", subject)
            : fmt::format(
                  "{}: {}; what was written last is in {}", subject, taken.error().message, aside));
}

void Actions::say_changed(const Settling& what, std::string evidence) {
    const std::string subject = work_.files.absolute(what.place);
    const auto told = std::ranges::find_if(findings_, [&](const model::Finding& finding) {
        return finding.id == "keep-changed-meanwhile" && finding.subject == subject;
    });
    if (told != findings_.end()) {
        told->evidence.push_back(std::move(evidence));
        return;
    }
    findings_.push_back(
        {.id = "keep-changed-meanwhile",
         .severity = model::Severity::warning,
         .subject = subject,
         .title = "a program wrote there while it was taken over",
         .evidence = {std::move(evidence)},
         .fix = {.text = "nothing is lost: all that stood there is aside and backed up; look at "
                         "what is named, best when that program is not running"}});
}

bool Actions::is_copied_now(const Place& original) const {
    return std::ranges::any_of(brought_, [&](const Brought& one) {
        return one.from.root == original.root && original.path.is_within(one.from.path);
    });
}

bool Actions::settle_all(const Gone& gone) {
    if (gone.is_in_store) {
        const auto seed = std::ranges::find(brought_, gone.place, &Brought::from);
        const Brought whole = seed != brought_.end()
                                  ? *seed
                                  : Brought{.to = gone.source, .leaves_out = gone.leaves_out};
        return settle({.aside = gone.aside,
                       .place = gone.place,
                       .original = gone.place,
                       .target = gone.target,
                       .brought = whole});
    }
    for (const Brought& one : brought_) {
        if (one.from.root != gone.place.root || !one.from.path.is_within(gone.place.path)) {
            continue;
        }
        const RelPath below = one.from.path.below(gone.place.path);
        static_cast<void>(settle({.aside = gone.aside.joined(below),
                                  .place = gone.place,
                                  .original = one.from,
                                  .target = gone.target.joined(below),
                                  .brought = one}));
    }
    return false;
}

}  // namespace envkeep::keep
