// SPDX-License-Identifier: MIT
#include "keep/clean_up_leftovers.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/keep/aside.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "keep/own_names.hpp"
#include "keep/undo_compare.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {

using store::Change;
using system::Kind;
using system::Place;

Leftovers::Leftovers(const store::RunRecord& run,
                     const std::set<std::string>& contested,
                     const Reach& reach,
                     Access access)
    : run_(run),
      contested_(contested),
      reach_(reach),
      files_(access.files),
      writer_(access.writer),
      paths_(reach, access.files) {}

void Leftovers::clean_up() {
    for (const store::RunRecord::Item& item : run_.items) {
        if (!run_.is_of_this_container && !item.change.is_in_store) {
            continue;
        }
        if (!is_within_reach(item.change, run_, reach_)) {
            tell_out_of_reach(item.change);
            continue;
        }
        if (!item.is_done) {
            clean_up_after(item.change);
        }
        tell_aside(item);
    }
}

// The run of another home here is cleaned up from there.
void Leftovers::tell_out_of_reach(const Change& change) {
    const bool is_of_this_home = std::ranges::any_of(
        reach_.home, [&](const Reach::Folder& home) { return home.path == run_.run.home; });
    if (is_of_this_home) {
        told_.push_back(fmt::format(
            "the journal names {}, with which envkeep has nothing to do: nothing was done there",
            quoted(change.path)));
    }
}

void Leftovers::clean_up_after(const Change& change) {
    if (change.kind == Change::Kind::moved) {
        clean_up_aside(change.path);
        remove_link_waiting_at(change);
        return;
    }
    if (change.kind == Change::Kind::removed_link || change.kind == Change::Kind::replaced_file) {
        clean_up_aside(change.other);
    }
    if (change.kind == Change::Kind::removed_link) {
        remove_link_on_its_way_out(change);
    }
    for_temporaries(
        change.path,
        [&](const Place& temporary) { return is_ours(change, temporary); },
        [&](const Place& temporary) { return is_kept_now(change, temporary); });
}

// The folders of a run aside hold nothing else: what is half made there is ours.
void Leftovers::clean_up_aside(const std::string& path) {
    const Result<Place> aside = paths_.place_of(path);
    if (is_aside(path) && aside) {
        for_temporaries(
            path, [](const Place&) { return true; }, [](const Place&) { return false; });
        remove_half_made_folders(*aside);
    }
}

// In a folder that was moved piece by piece, one is made before what is to go into it.
void Leftovers::remove_half_made_folders(const Place& folder) {
    const Result<std::vector<system::Entry>> entries = files_.list(folder);
    if (!entries) {
        return;
    }
    for (const system::Entry& entry : *entries) {
        const Place place = folder.child(entry.name);
        if (entry.kind != Kind::folder) {
            continue;
        }
        if (!is_own_name(entry.name)) {
            remove_half_made_folders(place);
        } else if (writer_.remove_empty_folder(place)) {
            removed_.push_back(
                fmt::format("{} was half made, and is removed", quoted(files_.absolute(place))));
        }
    }
}

void Leftovers::remove_link_on_its_way_out(const Change& removed) {
    const Result<Place> aside = paths_.place_of(removed.other);
    if (is_aside(removed.other) && aside && is_link_to(*aside, removed.text)) {
        remove(*aside);
    }
}

// The link that was to change places with what still stands in the home.
void Leftovers::remove_link_waiting_at(const Change& moved) {
    const auto link = std::ranges::find_if(run_.items, [&](const auto& item) {
        return item.change.kind == Change::Kind::made_link && item.change.path == moved.other;
    });
    const Result<system::Seen> there = paths_.look(moved.other);
    if (link == run_.items.end() || !there || there->status.kind == Kind::absent ||
        (there->status.kind == Kind::link && there->target == link->change.text)) {
        return;
    }
    const Result<Place> aside = paths_.place_of(moved.path);
    if (aside && is_link_to(*aside, link->change.text)) {
        remove(*aside);
    }
}

void Leftovers::tell_aside(const store::RunRecord::Item& item) {
    const Change& change = item.change;
    const bool is_copy = change.kind == Change::Kind::copied && is_aside(change.path);
    // What was moved out of such a folder is where it belongs.
    const bool went_aside = change.kind == Change::Kind::moved && !is_aside(change.other);
    if (!went_aside && !is_copy) {
        return;
    }
    const Result<system::Seen> seen = paths_.look(change.path);
    if (seen && seen->status.kind == Kind::absent) {
        return;
    }
    if (is_copy) {
        told_.push_back(
            fmt::format("a whole copy of {} is in {}", quoted(change.other), quoted(change.path)));
        return;
    }
    told_.push_back(fmt::format("{}{} is in {}",
                                quoted(change.other),
                                item.is_done ? "" : ", or a part of it,",
                                quoted(change.path)));
}

void Leftovers::for_temporaries(const std::string& path,
                                const std::function<bool(const Place&)>& is_ours,
                                const std::function<bool(const Place&)>& is_kept_now) {
    const Result<Place> place = paths_.place_of(path);
    if (!place || place->path.is_root()) {
        return;
    }
    const Result<std::vector<system::Entry>> entries = files_.list(place->parent());
    if (!entries) {
        return;
    }
    for (const system::Entry& entry : *entries) {
        // Those of other runs are theirs to finish, or to be told with them.
        if (!system::is_temporary_of(entry.name, place->path.name()) ||
            !system::is_temporary_of_run(entry.name, run_.run.id)) {
            continue;
        }
        const Place temporary = place->parent().child(entry.name);
        if (is_ours(temporary)) {
            remove(temporary);
        } else if (!is_kept_now(temporary)) {
            told_.push_back(
                fmt::format("{} is half made or half removed: look at it, then remove it or rename "
                            "it to {}",
                            quoted(files_.absolute(temporary)),
                            quoted(path)));
        }
    }
}

bool Leftovers::is_ours(const Change& change, const Place& temporary) {
    switch (change.kind) {
        // Of a home that is gone with its container this may be the only copy.
        case Change::Kind::copied:
            return run_.is_of_this_container &&
                   (!contested_.contains(change.path) || is_begun_from(temporary, change.other));
        case Change::Kind::replaced_link:
            return is_link_to(temporary, change.text) || is_link_to(temporary, change.other);
        case Change::Kind::made_link:
        case Change::Kind::removed_link:
            return is_link_to(temporary, change.text);
        case Change::Kind::made_file: {
            return is_empty_file(temporary);
        }
        case Change::Kind::replaced_file:
            return is_empty_file(temporary) ||
                   (run_.is_of_this_container && is_old_or_new(change, temporary));
        case Change::Kind::made_folder:
        case Change::Kind::moved:
        case Change::Kind::set_mode:
            break;
    }
    return false;
}

// The new bytes whole; or the old ones, which are kept elsewhere; or, while the old ones still
// stand in their place, new ones cut short.
bool Leftovers::is_old_or_new(const Change& replaced, const Place& temporary) {
    const Result<Digest> content = files_.digest(temporary);
    if (content && content->text() == replaced.text) {
        return true;
    }
    const Result<Place> path = paths_.place_of(replaced.path);
    const Result<Place> kept = paths_.place_of(replaced.other);
    if (replaced.other.empty() || !path || !kept) {
        return false;
    }
    return files_.has_same_bytes(temporary, *kept).value_or(false) ||
           files_.has_same_bytes(*path, *kept).value_or(false);
}

// The file that was replaced, on its way to where it is kept; or new bytes cut short, which cannot
// be told from it for sure.
bool Leftovers::is_kept_now(const Change& change, const Place& temporary) {
    const Result<Place> kept = paths_.place_of(change.other);
    if (change.kind != Change::Kind::replaced_file || change.other.empty() || !kept ||
        !writer_.make_folders(kept->parent(), 0700) || !writer_.move(temporary, *kept)) {
        return false;
    }
    told_.push_back(fmt::format("what stood at {}, or a part of what was to replace it, is in {}",
                                quoted(change.path),
                                quoted(change.other)));
    return true;
}

bool Leftovers::is_empty_file(const Place& place) {
    const Result<system::Status> seen = files_.status(place);
    return seen && seen->kind == Kind::file && seen->size == 0;
}

bool Leftovers::is_link_to(const Place& place, const std::string& target) {
    const Result<system::Seen> seen = files_.look(place);
    return seen && seen->status.kind == Kind::link && seen->target == target;
}

bool Leftovers::is_begun_from(const Place& temporary, const std::string& original) {
    const Result<Place> whole = paths_.place_of(original);
    return whole && is_begun_copy_of(temporary, *whole, files_).value_or(false);
}

void Leftovers::remove(const Place& temporary) {
    const std::string path = files_.absolute(temporary);
    if (const Result<void> removed = writer_.remove_own_tree(temporary); !removed) {
        told_.push_back(fmt::format(
            "{} is half made, and cannot be removed: {}", quoted(path), removed.error().message));
        return;
    }
    removed_.push_back(fmt::format("{} was half made, and is removed", quoted(path)));
}

}  // namespace envkeep::keep
