// SPDX-License-Identifier: MIT
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/trees.hpp"
#include "store/backup_index.hpp"
#include "store/run_id.hpp"

#include <fmt/format.h>

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

// What cannot be looked at hides nothing else.
struct Looked {
    std::vector<Held> held;
    std::vector<std::string> problems;
};

Looked held_in(const Store& store, const BackupRun& run, system::FileReader& files) {
    Looked looked;
    if (!run.has_folder) {
        return looked;
    }
    for (const BackupLine& line : run.lines) {
        const auto place = backup_place(store, run.id, line.at);
        if (!line.held_by.empty() || !place) {
            continue;
        }
        const Result<bool> exists = is_there(*place, files);
        if (!exists) {
            looked.problems.push_back(exists.error().message);
        } else if (*exists) {
            looked.held.push_back({.backup = {.run = run.id,
                                              .path = line.path,
                                              .at = files.absolute(*place),
                                              .bytes = line.bytes,
                                              .files = line.files,
                                              .made = run.made},
                                   .at = line.at});
        }
    }
    if (!run.has_index) {
        if (Result<Held> folder = whole_folder(store, run, files)) {
            looked.held.push_back(*std::move(folder));
        } else {
            looked.problems.push_back(std::move(folder).error().message);
        }
    }
    return looked;
}

// A folder of what a run took aside in the store itself: the version before a save, the side that
// 'take home' replaced.
struct AsideFolder {
    Backup backup;
    Place place;
};

struct AsideFolders {
    std::vector<AsideFolder> found;
    std::vector<std::string> problems;
};

void add_asides_in(system::RootId root, system::FileReader& files, AsideFolders& all) {
    const Place folder = Place{.root = root, .path = {}}.child(names::aside);
    const auto entries = files.list(folder);
    if (!entries) {
        if (entries.error().kind != ErrorKind::not_found) {
            all.problems.push_back(entries.error().message);
        }
        return;
    }
    for (const system::Entry& entry : *entries) {
        const std::string run = entry.name.substr(0, entry.name.find('.'));
        const auto made = time_of_run(run);
        if (!made || entry.kind != Kind::folder) {
            continue;
        }
        const Place place = folder.child(entry.name);
        const Result<TreeCount> count = count_tree(place, {}, files);
        if (!count) {
            all.problems.push_back(count.error().message);
            continue;
        }
        all.found.push_back({.backup = {.run = run,
                                        .path = files.absolute(place),
                                        .at = files.absolute(place),
                                        .bytes = count->bytes,
                                        .files = count->files,
                                        .made = *made},
                             .place = place});
    }
}

AsideFolders asides_in_store(const Store& store, system::RootId home, system::FileReader& files) {
    AsideFolders all;
    add_asides_in(store.root, files, all);
    // Where the store lies in the home, what went aside there went aside in the home.
    if (store.base != home) {
        add_asides_in(store.base, files, all);
    }
    return all;
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
            const RemovalRules& rules,
            system::FileReader& files,
            system::FileWriter& writer)
        : store_(store),
          rules_(rules),
          oldest_(rules.now - rules.older_than),
          files_(files),
          writer_(writer) {}

    Result<BackupRemoval> remove() && {
        ENVKEEP_TRY(const auto runs, read_backup_runs(store_, files_));
        for (const BackupRun& run : runs) {
            if (!run.problem.empty()) {
                removal_.problems.push_back(run.problem);
            }
        }
        if (removal_.problems.empty()) {
            remove_copies(runs);
        }
        remove_asides();
        return std::move(removal_);
    }

  private:
    void remove_copies(const std::vector<BackupRun>& runs) {
        const LastNeeded needed = last_needed(runs);
        for (const BackupRun& run : runs) {
            if (run.made < oldest_ && !is_over_) {
                note(remove_from(run, needed));
            }
        }
    }

    Result<void> remove_from(const BackupRun& run, const LastNeeded& needed) {
        Looked looked = held_in(store_, run, files_);
        const bool has_needed = is_any_needed(run, needed);
        for (Held& one : looked.held) {
            if (has_needed && (one.at.empty() || is_needed(run, one.at, needed))) {
                continue;
            }
            ENVKEEP_TRY(const Place place, backup_place(store_, run.id, one.at));
            ENVKEEP_CHECK(remove_tree(place));
            removal_.removed.push_back(std::move(one.backup));
        }
        if (!looked.problems.empty()) {
            std::ranges::move(looked.problems, std::back_inserter(removal_.problems));
            return {};  // with the index, which tells of it
        }
        return has_needed ? Result<void>{} : remove_run(run);
    }

    // Of a run that was killed between taking it aside and what was to stand there instead, it may
    // be all there is.
    void remove_asides() {
        AsideFolders asides = asides_in_store(store_, rules_.home, files_);
        std::ranges::move(asides.problems, std::back_inserter(removal_.problems));
        for (AsideFolder& aside : asides.found) {
            if (aside.backup.made >= oldest_ || is_over_) {
                continue;
            }
            const auto ended = has_ended(store_.place(names::journal), aside.backup.run, files_);
            if (!ended || !*ended) {
                removal_.kept.push_back(
                    fmt::format("{}: run {} did not come to its end, so this may be all there is "
                                "of it; 'envkeep undo {}' puts it back",
                                aside.backup.at,
                                aside.backup.run,
                                aside.backup.run));
                continue;
            }
            const Result<void> removed = remove_tree(aside.place);
            if (removed) {
                removal_.removed.push_back(std::move(aside.backup));
            }
            note(removed);
        }
    }

    Result<void> remove_tree(const Place& place) {
        if (rules_.before_each) {
            const Result<void> may = rules_.before_each();
            is_over_ = !may;
            ENVKEEP_CHECK(may);
        }
        return writer_.remove_own_tree(place);
    }

    void note(const Result<void>& done) {
        if (!done) {
            removal_.problems.push_back(done.error().message);
        }
    }

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
            ENVKEEP_CHECK(remove_tree(backup_folder(store_, run.id)));
        }
        const Place index = backup_index(store_, run.id);
        ENVKEEP_TRY(const system::Status status, files_.status(index));
        if (status.kind == Kind::file) {
            ENVKEEP_CHECK(writer_.remove_file(index, status));
        }
        return {};
    }

    const Store& store_;
    const RemovalRules& rules_;
    WallTime oldest_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    BackupRemoval removal_;
    bool is_over_ = false;
};

void add(AsideFolders asides, BackupList& list) {
    for (AsideFolder& aside : asides.found) {
        list.backups.push_back(std::move(aside.backup));
    }
    std::ranges::move(asides.problems, std::back_inserter(list.problems));
}

}  // namespace

BackupList list_backups(const Store& store, system::RootId home, system::FileReader& files) {
    BackupList list;
    const auto runs = read_backup_runs(store, files);
    if (!runs) {
        list.problems.push_back(runs.error().message);
    }
    for (const BackupRun& run : runs.value_or(std::vector<BackupRun>{})) {
        if (!run.problem.empty()) {
            list.problems.push_back(run.problem);
        }
        Looked looked = held_in(store, run, files);
        std::ranges::move(looked.problems, std::back_inserter(list.problems));
        for (Held& one : looked.held) {
            list.backups.push_back(std::move(one.backup));
        }
    }
    add(asides_in_store(store, home, files), list);
    return list;
}

BackupList list_asides(system::RootId root, system::FileReader& files) {
    AsideFolders asides;
    add_asides_in(root, files, asides);
    BackupList list;
    add(std::move(asides), list);
    return list;
}

Result<BackupRemoval> remove_backups(const Store& store,
                                     const RemovalRules& rules,
                                     system::FileReader& files,
                                     system::FileWriter& writer) {
    return Removal(store, rules, files, writer).remove();
}

}  // namespace envkeep::store
