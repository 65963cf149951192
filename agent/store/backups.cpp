// SPDX-License-Identifier: MIT
#include "envkeep/store/backups.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/trees.hpp"
#include "store/backup_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;

// What one run may still write.
struct Room {
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t free = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] bool has(std::uint64_t bytes) const { return bytes <= std::min(limit, free); }

    void take(std::uint64_t bytes) {
        limit -= std::min(limit, bytes);
        free -= std::min(free, bytes);
    }
};

// Copies the asides of one run, one after the other; what goes wrong with one stays with it.
class BackupRunner {
  public:
    BackupRunner(const Store& store,
                 std::string run,
                 system::FileReader& files,
                 system::FileWriter& writer)
        : store_(store), run_(std::move(run)), files_(files), writer_(writer) {}

    Result<void> prepare(const BackupRules& rules) {
        is_claimed_ = rules.is_claimed;
        renew_ = rules.renew;
        ENVKEEP_TRY(earlier_, read_backup_runs(store_, files_));
        std::uint64_t taken = 0;
        for (const Backup& backup : list_backups(store_, rules.home, files_).backups) {
            taken += backup.bytes;
        }
        const auto space = files_.space(store_.root);
        // Some network file systems tell no sizes: there only a failing write sets the limit.
        if (space && space->total > 0) {
            const std::uint64_t allowed = space->total / 100 * rules.limit_percent;
            room_ = {.limit = allowed - std::min(allowed, taken), .free = space->free};
        }
        return {};
    }

    void back_up(const Aside& aside) {
        if (const auto done = try_to_back_up(aside); !done) {
            report_.only_here.push_back(aside.original);
            report_.problems.push_back(
                fmt::format("{}: {}", quoted(aside.original), done.error().message));
        }
    }

    [[nodiscard]] BackupReport take_report() { return std::move(report_); }

  private:
    Result<void> try_to_back_up(const Aside& aside) {
        if (!aside.original.starts_with('/')) {
            return failure(ErrorKind::unsafe_path, "no absolute path");
        }
        ENVKEEP_TRY(const TreeCount count, count_tree(aside.place, aside.leaves_out, files_));
        BackupLine line{.path = aside.original,
                        .at = std::string(std::string_view(aside.original).substr(1)),
                        .bytes = count.bytes,
                        .files = count.files};
        const bool may_count_on_others = !is_claimed_ || is_claimed_();
        if (const auto holder = may_count_on_others ? earlier_holder(aside, count) : std::nullopt) {
            line.held_by = holder->id;
            line.at = holder->at;
            ENVKEEP_CHECK(append_backup_line(store_, run_, line, writer_));
            report_.held_before += count.bytes;
            return {};
        }
        if (!room_.has(count.bytes)) {
            report_.only_here.push_back(aside.original);
            return {};
        }
        return copy(aside, count, line);
    }

    struct Holder {
        std::string id;
        std::string at;
    };

    // An earlier backup of the same place with the same bytes, which are read and compared.
    std::optional<Holder> earlier_holder(const Aside& aside, const TreeCount& count) {
        for (const BackupRun& run : earlier_) {
            for (const BackupLine& line : run.lines) {
                if (line.path != aside.original || !line.held_by.empty() ||
                    line.bytes != count.bytes || line.files != count.files) {
                    continue;
                }
                // One that cannot be read holds nothing for us.
                const auto held = backup_place(store_, run.id, line.at);
                if (held &&
                    is_same_tree(aside.place, *held, aside.leaves_out, files_).value_or(false)) {
                    return Holder{.id = run.id, .at = line.at};
                }
            }
        }
        return std::nullopt;
    }

    Result<void> copy(const Aside& aside, const TreeCount& count, BackupLine line) {
        ENVKEEP_TRY(const bool honours_modes, make_run_folder());
        if (!honours_modes && count.is_private) {
            report_.only_here.push_back(aside.original);
            return {};
        }
        ENVKEEP_TRY(line.at, free_place_for(line.at));
        ENVKEEP_TRY(const Place target, backup_place(store_, run_, line.at));
        ENVKEEP_CHECK(writer_.make_folders(target.parent(), 0700));
        // The line first: a copy that no line tells of would count for nothing and never expire.
        ENVKEEP_CHECK(append_backup_line(store_, run_, line, writer_));
        system::CopyOptions options{.before_each = renew_};
        const bool hides_some = !honours_modes && !count.private_files.empty();
        if (hides_some) {
            tell_only_here(aside, count.private_files);
        }
        if (hides_some || !aside.leaves_out.empty()) {
            options.leaves_out = [&, hides_some](const RelPath& below) {
                return (hides_some && count.private_files.contains(below)) ||
                       std::ranges::binary_search(aside.leaves_out, below);
            };
        }
        ENVKEEP_TRY(const system::CopyReport copied,
                    writer_.copy(aside.place, target, options, std::nullopt));
        room_.take(copied.bytes);
        report_.copied += copied.bytes;
        for (const std::string& name : copied.left_out) {
            report_.only_here.push_back(aside.original + '/' + name);
        }
        return {};
    }

    void tell_only_here(const Aside& aside, const std::set<RelPath>& names) {
        for (const RelPath& name : names) {
            report_.only_here.push_back(aside.original + '/' + name.text());
        }
    }

    // Whether what is private stays so there: a store that ignores modes shows it at this folder.
    Result<bool> make_run_folder() {
        const Place folder = backup_folder(store_, run_);
        ENVKEEP_CHECK(writer_.make_folders(folder, 0700));
        ENVKEEP_TRY(const system::Status status, files_.status(folder));
        return (status.mode & 0077U) == 0;
    }

    // A place may have gone aside twice in a run, or one that lies below another.
    Result<std::string> free_place_for(const std::string& at) {
        std::string candidate = at;
        for (int number = 2;; ++number) {
            ENVKEEP_TRY(const RelPath path, RelPath::parse(candidate));
            const bool is_within_another =
                std::ranges::any_of(used_, [&](const RelPath& one) { return path.is_within(one); });
            ENVKEEP_TRY(const Place place, backup_place(store_, run_, candidate));
            ENVKEEP_TRY(const system::Status status, files_.status(place));
            if (!is_within_another && status.kind == Kind::absent) {
                used_.push_back(path);
                return candidate;
            }
            candidate = fmt::format("~{}/{}", number, at);
        }
    }

    const Store& store_;
    std::string run_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    std::function<bool()> is_claimed_;
    std::function<void()> renew_;
    std::vector<BackupRun> earlier_;
    std::vector<RelPath> used_;  // below this run's folder
    Room room_;
    BackupReport report_;
};

}  // namespace

Result<void> note_backup(const Store& store,
                         const std::string& run,
                         const BackupNote& note,
                         system::FileWriter& writer) {
    return append_backup_line(
        store,
        run,
        {.path = note.path, .at = note.name, .held_by = {}, .bytes = note.bytes, .files = 1},
        writer);
}

// NOLINTNEXTLINE(readability-function-size): its six parameters are what every caller has at hand.
Result<BackupReport> back_up(const Store& store,
                             const std::string& run,
                             const std::vector<Aside>& asides,
                             const BackupRules& rules,
                             system::FileReader& files,
                             system::FileWriter& writer) {
    BackupRunner runner(store, run, files, writer);
    if (asides.empty()) {
        return runner.take_report();
    }
    ENVKEEP_CHECK(runner.prepare(rules));
    for (const Aside& aside : asides) {
        runner.back_up(aside);
    }
    return runner.take_report();
}

}  // namespace envkeep::store
