// SPDX-License-Identifier: MIT
#include "envkeep/store/backups.hpp"
#include "envkeep/store/trees.hpp"
#include "store/backup_index.hpp"
#include "store/run_id.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;

// A copy that lies in the store, and where.
struct Held {
    Backup backup;
    std::string at;
};

Result<bool> is_there(const Place& place, system::FileReader& files) {
    ENVKEEP_TRY(const system::Status status, files.status(place));
    return status.kind != Kind::absent;
}

// The folder of a run whose index is lost is one backup: nobody can tell its parts.
Result<Held> whole_folder(const Store& store, const BackupRun& run, system::FileReader& files) {
    const Place folder = backup_folder(store, run.id);
    ENVKEEP_TRY(const TreeCount count, count_tree(folder, {}, files));
    return Held{.backup = {.run = run.id,
                           .path = files.absolute(folder),
                           .at = files.absolute(folder),
                           .bytes = count.bytes,
                           .files = count.files,
                           .made = run.made},
                .at = {}};
}

Result<std::vector<Held>> held_in(const Store& store,
                                  const BackupRun& run,
                                  system::FileReader& files) {
    std::vector<Held> held;
    if (!run.has_folder) {
        return held;
    }
    for (const BackupLine& line : run.lines) {
        const auto place = backup_place(store, run.id, line.at);
        if (!line.held_by.empty() || !place) {
            continue;
        }
        ENVKEEP_TRY(const bool exists, is_there(*place, files));
        if (exists) {
            held.push_back({.backup = {.run = run.id,
                                       .path = line.path,
                                       .at = files.absolute(*place),
                                       .bytes = line.bytes,
                                       .files = line.files,
                                       .made = run.made},
                            .at = line.at});
        }
    }
    if (!run.has_index) {
        ENVKEEP_TRY(Held folder, whole_folder(store, run, files));
        held.push_back(std::move(folder));
    }
    return held;
}

// A folder of what a run took aside in the store itself: the version before a save, the side that
// 'take home' replaced.
struct AsideFolder {
    Backup backup;
    Place place;
};

Result<std::vector<AsideFolder>> asides_in(system::RootId root, system::FileReader& files) {
    std::vector<AsideFolder> found;
    const Place folder = Place{.root = root, .path = {}}.child(names::aside);
    const auto entries = files.list(folder);
    if (!entries && entries.error().kind == ErrorKind::not_found) {
        return found;
    }
    ENVKEEP_CHECK(entries);
    for (const system::Entry& entry : *entries) {
        const std::string run = entry.name.substr(0, entry.name.find('.'));
        const auto made = time_of_run(run);
        if (!made || entry.kind != Kind::folder) {
            continue;
        }
        const Place place = folder.child(entry.name);
        ENVKEEP_TRY(const TreeCount count, count_tree(place, {}, files));
        found.push_back({.backup = {.run = run,
                                    .path = files.absolute(place),
                                    .at = files.absolute(place),
                                    .bytes = count.bytes,
                                    .files = count.files,
                                    .made = *made},
                         .place = place});
    }
    return found;
}

Result<std::vector<AsideFolder>> asides_in_store(const Store& store, system::FileReader& files) {
    ENVKEEP_TRY(std::vector<AsideFolder> found, asides_in(store.root, files));
    ENVKEEP_TRY(std::vector<AsideFolder> beside, asides_in(store.base, files));
    std::ranges::move(beside, std::back_inserter(found));
    return found;
}

// When a copy was last needed: by its own run, or by a later one that found the same bytes there.
using LastNeeded = std::map<std::pair<std::string, std::string>, WallTime>;

LastNeeded last_needed(const std::vector<BackupRun>& runs) {
    LastNeeded times;
    for (const BackupRun& run : runs) {
        for (const BackupLine& line : run.lines) {
            WallTime& time = times[{line.held_by.empty() ? run.id : line.held_by, line.at}];
            time = std::max(time, run.made);
        }
    }
    return times;
}

class Removal {
  public:
    Removal(const Store& store,
            WallTime oldest,
            system::FileReader& files,
            system::FileWriter& writer)
        : store_(store), oldest_(oldest), files_(files), writer_(writer) {}

    Result<BackupRemoval> remove(const std::vector<BackupRun>& runs) {
        BackupRemoval removal;
        for (const BackupRun& run : runs) {
            if (!run.problem.empty()) {
                removal.problems.push_back(run.problem);
            }
        }
        if (!removal.problems.empty()) {
            return removal;
        }
        const LastNeeded needed = last_needed(runs);
        for (const BackupRun& run : runs) {
            if (run.made >= oldest_) {
                continue;
            }
            ENVKEEP_TRY(const auto held, held_in(store_, run, files_));
            const bool has_needed = is_any_needed(run, needed);
            for (const Held& one : held) {
                if (has_needed && (one.at.empty() || is_needed(run, one.at, needed))) {
                    continue;
                }
                ENVKEEP_TRY(const Place place, backup_place(store_, run.id, one.at));
                ENVKEEP_CHECK(writer_.remove_own_tree(place));
                removal.removed.push_back(one.backup);
            }
            if (!has_needed) {
                ENVKEEP_CHECK(remove_run(run));
            }
        }
        return removal;
    }

  private:
    [[nodiscard]] bool is_needed(const BackupRun& run,
                                 const std::string& at,
                                 const LastNeeded& needed) const {
        // With what is in it, and what it is in: no index of ours names one copy within another,
        // but a damaged one may.
        for (std::size_t end = at.find('/');; end = at.find('/', end + 1)) {
            const auto last = needed.find({run.id, at.substr(0, end)});
            if (last != needed.end() && last->second >= oldest_) {
                return true;
            }
            if (end == std::string::npos) {
                break;
            }
        }
        const std::string below = at + '/';
        auto one = needed.lower_bound({run.id, below});
        const auto is_below = [&] {
            return one != needed.end() && one->first.first == run.id &&
                   one->first.second.starts_with(below);
        };
        while (is_below() && one->second < oldest_) {
            ++one;
        }
        return is_below();
    }

    // Also by lines of later runs alone, where this run's own index lost its line.
    [[nodiscard]] bool is_any_needed(const BackupRun& run, const LastNeeded& needed) const {
        return std::any_of(needed.lower_bound({run.id, ""}), needed.end(), [&](const auto& one) {
            return one.first.first == run.id && one.second >= oldest_;
        });
    }

    // What is left of a run none of whose copies is needed: empty folders, half copies, the index.
    Result<void> remove_run(const BackupRun& run) {
        ENVKEEP_TRY(const bool has_folder, is_there(backup_folder(store_, run.id), files_));
        if (has_folder) {
            ENVKEEP_CHECK(writer_.remove_own_tree(backup_folder(store_, run.id)));
        }
        const Place index = backup_index(store_, run.id);
        ENVKEEP_TRY(const system::Status status, files_.status(index));
        if (status.kind == Kind::file) {
            ENVKEEP_CHECK(writer_.remove_file(index, status));
        }
        return {};
    }

    const Store& store_;
    WallTime oldest_;
    system::FileReader& files_;
    system::FileWriter& writer_;
};

}  // namespace

Result<std::vector<Backup>> list_backups(const Store& store, system::FileReader& files) {
    ENVKEEP_TRY(const auto runs, read_backup_runs(store, files));
    std::vector<Backup> backups;
    for (const BackupRun& run : runs) {
        ENVKEEP_TRY(auto held, held_in(store, run, files));
        for (Held& one : held) {
            backups.push_back(std::move(one.backup));
        }
    }
    ENVKEEP_TRY(auto asides, asides_in_store(store, files));
    for (AsideFolder& aside : asides) {
        backups.push_back(std::move(aside.backup));
    }
    return backups;
}

Result<std::vector<Backup>> list_asides(system::RootId root, system::FileReader& files) {
    ENVKEEP_TRY(auto found, asides_in(root, files));
    std::vector<Backup> asides;
    for (AsideFolder& aside : found) {
        asides.push_back(std::move(aside.backup));
    }
    return asides;
}

Result<BackupRemoval> remove_backups(const Store& store,
                                     std::chrono::milliseconds older_than,
                                     WallTime now,
                                     system::FileReader& files,
                                     system::FileWriter& writer) {
    ENVKEEP_TRY(const auto runs, read_backup_runs(store, files));
    const WallTime oldest = now - older_than;
    ENVKEEP_TRY(BackupRemoval removal, Removal(store, oldest, files, writer).remove(runs));
    ENVKEEP_TRY(auto asides, asides_in_store(store, files));
    for (AsideFolder& aside : asides) {
        if (aside.backup.made < oldest) {
            ENVKEEP_CHECK(writer.remove_own_tree(aside.place));
            removal.removed.push_back(std::move(aside.backup));
        }
    }
    return removal;
}

}  // namespace envkeep::store
