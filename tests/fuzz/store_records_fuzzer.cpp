// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/store/start_mark.hpp"
#include "envkeep/store/start_stamp.hpp"
#include "fuzz/given.hpp"
#include "store/backup_index.hpp"
#include "store/identity.hpp"
#include "store/private_key.hpp"
#include "store/start_script.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

// Any bytes as one of the files that a store and a home's state folder hold; the first byte says
// which. What is refused says which file; what is taken reads back as the same, and names nothing
// outside of where it belongs.
namespace envkeep::store {
namespace {

using given::require;

struct Given {
    given::Files files;
    given::Machine machine;
    system::RootId home = *files.open_root("/root");
    Store store{.base = *files.open_root("/storage"),
                .root = *files.open_root("/storage/envkeep"),
                .base_path = "/storage",
                .path = "/storage/envkeep",
                .id = "s",
                .created = {}};

    void put(const std::string& path, std::string_view text) { files.contents[path] = text; }
};

void check_identity(Given& given, std::string_view text) {
    given.put("/storage/envkeep/store.json", text);
    const auto identity = read_identity(given.store.place(names::identity), given.files);
    if (identity) {
        require(!identity->id.empty());
    } else {
        require(identity.error().kind == ErrorKind::store_missing);
        require(identity.error().message.find("store.json") != std::string::npos);
        require(!identity.error().hint.empty());
    }
}

void check_lease(Given& given, std::string_view text) {
    given.put("/storage/envkeep/leases/l1.json", text);
    const auto leases = list_leases(given.store, given.machine, given.files, &given.files);
    require(leases.has_value() && leases->size() <= 1);
    for (const LeaseSeen& one : *leases) {
        require(one.lease.id == "l1" && one.age >= std::chrono::seconds{0});
    }
    require(remove_old_leases(given.store, given.machine, given.files, given.files).has_value());
}

void check_claim(Given& given, std::string_view text) {
    given.put("/storage/envkeep/leases/changes.claim", text);
    static_cast<void>(is_changing(given.store, given.machine, given.files));
    const auto claim =
        ChangesClaim::take(given.store, "gc", given.machine, given.files, given.files);
    require(claim || claim.error().kind == ErrorKind::busy);
    require(claim || !claim.error().hint.empty());
}

void check_mark(Given& given, std::string_view text) {
    given.put("/storage/envkeep/starts/1.json", text);
    require(
        last_killed_starts(given.store, "/root", given.machine, given.files, given.files).size() <=
        1);
    forget_killed_starts(given.store, "/root", given.machine, given.files, given.files);
    require(
        last_killed_starts(given.store, "/root", given.machine, given.files, given.files).empty());
}

void check_background(Given& given, std::string_view text) {
    given.put("/root/.envkeep-state/background.json", text);
    const auto process = load_background(given.home, given::Machine::here(), given.files);
    if (process) {
        require(
            save_background(given.home, given::Machine::here(), *process, given.files).has_value());
        require(load_background(given.home, given::Machine::here(), given.files) == process);
    }
}

void check_stamp(Given& given, std::string_view text) {
    check_background(given, text);
    given.put("/root/.envkeep-state/start.json", text);
    const auto stamp = load_start_stamp(given.home, given::Machine::here(), given.files);
    if (stamp) {
        require(save_start_stamp(given.home, *stamp, given.files).has_value());
        require(load_start_stamp(given.home, given::Machine::here(), given.files) == stamp);
    }
}

void check_state(Given& given, std::string_view text) {
    given.put("/root/.envkeep-state/session.json", text);
    const auto state = load_state(given.home, given::Machine::here(), given.files);
    const std::string store = last_store(given.home, given.files);
    if (state) {
        require(store == state->store_id);
        require(save_state(given.home, *state, given.files).has_value());
        require(load_state(given.home, given::Machine::here(), given.files) == state);
    }
}

bool is_said_of(const RunRecord& record, const Run& run) {
    return record.run.command == run.command && record.run.started == run.started &&
           record.run.home == run.home && record.run.container == run.container &&
           record.run.process == run.process;
}

// What stands in a journal, written anew, is read as the same.
void check_written_again(const RunRecord& record) {
    Given given;
    Run run = record.run;
    run.id = "again";
    Journal journal(given.store.place(names::journal), run, given.files, given.files);
    for (const RunRecord::Item& item : record.items) {
        const auto number = journal.intend(item.change);
        require(number.has_value());
        require(!item.is_done || journal.done(*number).has_value());
    }
    const auto runs = list_runs({given.store.place(names::journal)}, given.machine, given.files);
    require(runs.has_value() && runs->size() == (record.items.empty() ? 0 : 1));
    if (runs->empty()) {
        return;
    }
    const RunRecord& again = runs->front();
    require(again.problems.empty() && is_said_of(again, run));
    require(again.items.size() == record.items.size());
    for (std::size_t i = 0; i < again.items.size(); ++i) {
        require(again.items[i].change == record.items[i].change);
        require(again.items[i].is_done == record.items[i].is_done);
    }
}

void check_journal(Given& given, std::string_view text) {
    given.put("/storage/envkeep/journal/20261120T232459Z-8d6cf3f2a9.jsonl", text);
    const auto runs = list_runs({given.store.place(names::journal)}, given.machine, given.files);
    require(runs.has_value() && runs->size() == 1);
    const RunRecord& record = runs->front();
    require(record.run.id == "20261120T232459Z-8d6cf3f2a9" && record.problems.size() <= 11);
    for (const RunRecord::Item& item : record.items) {
        require(item.change.old_mode <= 07777U && item.change.new_mode <= 07777U);
    }
    check_written_again(record);
}

void check_backups(Given& given, std::string_view text) {
    const std::string run = "20261120T232459Z-8d6cf3f2a9";
    given.put("/storage/envkeep/backups/" + run + ".jsonl", text);
    given.put("/storage/envkeep/backups/" + run + "/x", "x");
    const auto runs = read_backup_runs(given.store, given.files);
    require(runs.has_value() && runs->size() == 1 && runs->front().id == run);
    given.files.contents.clear();
    for (const BackupLine& line : runs->front().lines) {
        require(append_backup_line(given.store, run, line, given.files).has_value());
        const auto at = RelPath::parse(line.at);
        require(at.has_value() && !at->is_root() && at->text() == line.at);
        require(line.held_by.find('/') == std::string::npos && !line.held_by.starts_with('.'));
    }
    const auto again = read_backup_runs(given.store, given.files);
    require(again.has_value());
    require(again->empty() ? runs->front().lines.empty()
                           : again->front().lines.size() == runs->front().lines.size());
}

// A backup that a sound line of a later run still needs outlives whatever else an index says.
void check_removal(Given& given, std::string_view text) {
    const std::string run = "20161120T232459Z-8d6cf3f2a9";
    const std::string needed = "/storage/envkeep/backups/" + run + "/a/b";
    given.put(needed, "x");
    given.put("/storage/envkeep/backups/" + run + ".jsonl", text);
    const BackupLine line{.path = "/root/b", .at = "a/b", .held_by = run};
    require(append_backup_line(given.store, "20261120T232459Z-8d6cf3f2a9", line, given.files)
                .has_value());
    const BackupList list = list_backups(given.store, given.home, given.files);
    for (const Backup& one : list.backups) {
        require(one.run == run && is_path_within(one.at, "/storage/envkeep/backups/" + run));
        require(given::is_sound_name(one.at));
    }
    require(is_backed_up(given.store, run, "/root/b", given.files).has_value());
    const WallTime now = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1));
    static_cast<void>(
        remove_backups(given.store,
                       {.home = given.home, .older_than = std::chrono::hours(24 * 365), .now = now},
                       given.files,
                       given.files));
    require(given.files.contents.contains(needed));
}

// Any name in `backups/`.
void check_name(Given& given, std::string_view text) {
    const auto name = RelPath::parse(text);
    if (!name || name->is_root()) {
        return;
    }
    given.put("/storage/envkeep/backups/" + name->text() + "/x", "x");
    const BackupList list = list_backups(given.store, given.home, given.files);
    require(list.backups.size() <= 1);
    for (const Backup& one : list.backups) {
        require(one.made.time_since_epoch().count() >= 0 && one.files == 1);
    }
}

// The script that starts an image, and the head of a file that may be a key.
void check_foreign(Given& /*given*/, std::string_view text) {
    const bool sources = sources_pre_run(text);
    require(!sources || text.find("pre-run.sh") != std::string_view::npos ||
            text.find_first_of("'\"") != std::string_view::npos);
    require(sources_pre_run(std::string(text) + "\n. /storage/pre-run.sh\n"));
    static_cast<void>(is_open_private_key(text));
}

using Check = void (*)(Given&, std::string_view);
constexpr std::array<Check, 11> checks{check_identity,
                                       check_lease,
                                       check_claim,
                                       check_mark,
                                       check_stamp,
                                       check_state,
                                       check_journal,
                                       check_backups,
                                       check_removal,
                                       check_name,
                                       check_foreign};

}  // namespace
}  // namespace envkeep::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    store::Given given;
    store::checks.at(given::take_choice(text, store::checks.size()))(given, text);
    return 0;
}
