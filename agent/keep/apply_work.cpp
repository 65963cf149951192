// SPDX-License-Identifier: MIT
#include "keep/apply_work.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Status;

// Setting modes moves the time of change, so that is not looked at. Overlayfs gives a thing of the
// image another device and inode number when it is first changed.
bool is_what_was_seen(const Status& now, const Status& seen) {
    if (now.kind != seen.kind) {
        return false;
    }
    if (now.device == seen.device && now.inode != seen.inode) {
        return false;
    }
    if (now.kind == Kind::file) {
        return now.size == seen.size && now.modified == seen.modified;
    }
    return now.is_same_file(seen) || (now.modified == seen.modified && now.uid == seen.uid &&
                                      now.gid == seen.gid && now.mode == seen.mode);
}

tl::unexpected<Error> changed(system::FileReader& files, const system::Place& place) {
    return failure(ErrorKind::conflict,
                   fmt::format("{} changed since the plan was made", quoted(files.absolute(place))),
                   "run 'envkeep plan' to see what is there now");
}

}  // namespace

Result<void> journaled(Work& work,
                       const std::vector<store::Change>& changes,
                       const std::function<Result<void>()>& change) {
    ENVKEEP_TRY(const std::size_t first, work.journal.intend_all(changes));
    work.is_half_done = false;
    Result<void> outcome = change();
    if (outcome) {
        tell_done(work, first, changes.size());
        return outcome;
    }
    for (std::size_t i = 0; i < changes.size() && !work.is_half_done; ++i) {
        // If this cannot be written either, the change is looked at before it is believed.
        static_cast<void>(work.journal.gave_up(first + i));
    }
    return outcome;
}

void remark(Work& work, const std::string& text) {
    work.note += work.note.empty() ? text : "; " + text;
}

void tell_done(Work& work, std::size_t first, std::size_t count) {
    const Result<void> told = work.journal.done_all(first, count);
    if (!told) {
        remark(work, "done, but " + told.error().message);
    }
}

Result<void> check_still(system::FileReader& files,
                         const system::Place& place,
                         const Status& seen,
                         const std::string& target) {
    if (seen.kind == Kind::link) {
        ENVKEEP_TRY(const system::Seen now, files.look(place));
        if (now.status.kind != Kind::link || now.target != target) {
            return changed(files, place);
        }
        return {};
    }
    ENVKEEP_TRY(const Status now, files.status(place));
    if (!is_what_was_seen(now, seen)) {
        return changed(files, place);
    }
    return {};
}

Result<bool> has_parents(Work& work, const system::Place& place) {
    const system::Place parent = place.parent();
    if (parent.path.is_root() || parent == work.known_folder) {
        return true;
    }
    ENVKEEP_TRY(const Status seen, work.files.status(parent));
    if (seen.kind == Kind::absent) {
        return false;
    }
    work.known_folder = parent;
    return true;
}

Result<void> make_parents(Work& work, const system::Place& place, bool is_in_store) {
    std::vector<system::Place> missing;
    for (system::Place below = place;; below = below.parent()) {
        ENVKEEP_TRY(const bool is_there, has_parents(work, below));
        if (is_there) {
            break;
        }
        missing.push_back(below.parent());
    }
    std::ranges::reverse(missing);
    for (const system::Place& folder : missing) {
        // Folders aside are closed. In the store one holds what came from a home that may be, too.
        const std::string path = work.files.absolute(folder);
        const bool is_closed = is_in_store || is_aside(path + '/');
        const std::uint32_t mode = is_closed ? 0700 : 0755;
        const store::Change change{
            .kind = store::Change::Kind::made_folder, .is_in_store = is_in_store, .path = path};
        ENVKEEP_CHECK(
            journaled(work, {change}, [&] { return work.writer.make_folder(folder, mode); }));
    }
    return {};
}

}  // namespace envkeep::keep
