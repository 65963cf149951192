// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/keep/merge.hpp"
#include "keep/apply_actions.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Place;

// A link of this name says that this home itself saved these bytes to that path: then they are a
// copy that envkeep made, and the next save need not keep them. (The version that a session finds
// is kept once; else a shell history would be kept anew every minute.)
Place mark_of(system::RootId home, const std::string& path, const Digest& content) {
    const std::string name = digest_of(path + '\0' + content.text()).text();
    return Place{.root = home, .path = {}}.child(store::names::aside).child("saved").child(name);
}

// Without the mark one version more is kept: nothing to report.
void set_mark(const Place& mark, const Place& mark_before, system::FileWriter& writer) {
    if (mark != mark_before && !writer.move(mark_before, mark) &&
        writer.make_folders(mark.parent(), 0700)) {
        static_cast<void>(writer.make_link(mark, "saved by this home"));
    }
}

}  // namespace

Result<void> Actions::carry_out(const model::CopyBack& action) {
    if (action.from_seen.kind == Kind::link && action.to_seen.kind == Kind::link) {
        return copy_link_back(action);
    }
    ENVKEEP_CHECK(check_still(work_.files, action.from, action.from_seen, {}));
    if (action.merges) {
        ENVKEEP_CHECK(put_journals_aside(action.to));
    }
    if (action.to_seen.kind == Kind::absent) {
        ENVKEEP_CHECK(copy_new(action.from, action.to, {.file_bound = action.bound}));
    } else {
        ENVKEEP_CHECK(check_still(work_.files, action.to, action.to_seen, {}));
        ENVKEEP_CHECK(replace_in_store(action));
    }
    records_.copied(action.from, action.to);
    brought_.push_back({.from = action.from, .to = action.to, .file_bound = action.bound});
    return {};
}

// SQLite would apply them to the database that comes, whose they are not.
Result<void> Actions::put_journals_aside(const Place& database) {
    for (const std::string_view suffix : journal_suffixes) {
        const Place journal =
            database.parent().child(std::string(database.path.name()).append(suffix));
        ENVKEEP_TRY(const system::Status seen, work_.files.status(journal));
        if (seen.kind == Kind::file) {
            ENVKEEP_CHECK(carry_out(model::MoveAside{.place = journal, .seen = seen}));
        }
    }
    return {};
}

// The text before is in the journal.
Result<void> Actions::copy_link_back(const model::CopyBack& action) {
    ENVKEEP_TRY(const std::string here, work_.files.read_link(action.from));
    ENVKEEP_TRY(const std::string there, work_.files.read_link(action.to));
    Change change = changed(Change::Kind::replaced_link, action.to);
    change.other = there;
    change.text = here;
    ENVKEEP_CHECK(journaled(
        work_, {change}, [&] { return work_.writer.replace_link(action.to, there, here); }));
    records_.copied(action.from, action.to);
    return {};
}

Result<void> Actions::replace_in_store(const model::CopyBack& action) {
    ENVKEEP_TRY(const system::Status standing, work_.files.status(action.to));
    ENVKEEP_TRY(const Digest old_content, work_.files.digest(action.to));
    ENVKEEP_TRY(const Digest new_content, work_.files.digest(action.from));
    Change change = changed(Change::Kind::replaced_file, action.to);
    change.text = new_content.text();
    const Place old_mark = mark_of(home_, change.path, old_content);
    ENVKEEP_TRY(const system::Status mark, work_.files.status(old_mark));

    std::optional<Place> kept;
    if (mark.kind == Kind::absent && !action.holds_old) {
        ENVKEEP_TRY(kept, work_.aside.take(action.to));
        change.other = work_.files.absolute(*kept);
    }
    const Result<void> replaced = journaled(work_, {change}, [&]() -> Result<void> {
        ENVKEEP_CHECK(work_.writer.copy(action.from,
                                        action.to,
                                        {.file_bound = action.bound, .replaced_goes_to = kept},
                                        standing));
        return {};
    });
    if (!replaced && kept) {
        work_.aside.give_back(*kept);
    }
    ENVKEEP_CHECK(replaced);
    if (kept) {
        remark(work_, fmt::format("the version before is in {}", printable(change.other)));
    }
    set_mark(mark_of(home_, change.path, new_content), old_mark, work_.writer);
    return {};
}

}  // namespace envkeep::keep
