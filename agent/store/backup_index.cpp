// SPDX-License-Identifier: MIT
#include "store/backup_index.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/fields.hpp"
#include "store/run_id.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;

constexpr std::string_view suffix = ".jsonl";
constexpr std::uint64_t largest_index = 64U << 20U;

// Whether it names a copy in the folder of a run, and not that folder itself by another name.
bool names_a_copy(const BackupLine& line) {
    const Result<RelPath> at = RelPath::parse(line.at);
    const bool is_run = line.held_by.find('/') == std::string::npos && time_of_run(line.held_by);
    return at && !at->is_root() && at->text() == line.at && (line.held_by.empty() || is_run);
}

std::vector<BackupLine> lines_of(const std::string& text) {
    std::vector<BackupLine> lines;
    for (const std::string_view one : split(text, '\n')) {
        const auto json = Json::parse(one);
        if (!json || json->find("path") == nullptr) {
            continue;
        }
        BackupLine line{.path = bytes_member(*json, "path"),
                        .at = bytes_member(*json, "at"),
                        .held_by = bytes_member(*json, "held_by"),
                        .bytes = unsigned_member(*json, "bytes"),
                        .files = unsigned_member(*json, "files")};
        if (names_a_copy(line)) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

// Adds what one name in `backups/` tells: the folder of a run or its index.
void note(const system::Entry& entry, std::map<std::string, BackupRun>& runs) {
    const bool is_index = entry.kind == Kind::file && entry.name.ends_with(suffix);
    if (!is_index && entry.kind != Kind::folder) {
        return;
    }
    const std::string id =
        is_index ? entry.name.substr(0, entry.name.size() - suffix.size()) : entry.name;
    const auto made = time_of_run(id);
    if (!made) {
        return;
    }
    BackupRun& run = runs[id];
    run.id = id;
    run.made = *made;
    run.has_index = run.has_index || is_index;
    run.has_folder = run.has_folder || !is_index;
}

}  // namespace

Place backup_folder(const Store& store, std::string_view run) {
    return store.place(names::backups).child(run);
}

Result<Place> backup_place(const Store& store, std::string_view run, std::string_view at) {
    ENVKEEP_TRY(const RelPath below, RelPath::parse(at));
    const Place folder = backup_folder(store, run);
    return Place{.root = folder.root, .path = folder.path.joined(below)};
}

Place backup_index(const Store& store, std::string_view run) {
    return store.place(names::backups).child(std::string(run) + std::string(suffix));
}

Result<void> append_backup_line(const Store& store,
                                const std::string& run,
                                const BackupLine& line,
                                system::FileWriter& writer) {
    Json json = Json::object();
    json.set("path", json_bytes(line.path));
    json.set("at", json_bytes(line.at));
    if (!line.held_by.empty()) {
        json.set("held_by", json_bytes(line.held_by));
    }
    json.set("bytes", line.bytes);
    json.set("files", line.files);
    // An empty line first: half a line of an append that failed does not spoil this one.
    return writer.append(backup_index(store, run), '\n' + json.compact() + '\n');
}

Result<std::vector<BackupRun>> read_backup_runs(const Store& store, system::FileReader& files) {
    auto entries = files.list(store.place(names::backups));
    if (!entries && entries.error().kind == ErrorKind::not_found) {
        return std::vector<BackupRun>{};
    }
    if (!entries) {
        return tl::unexpected(std::move(entries).error().while_doing("reading the backups"));
    }
    std::map<std::string, BackupRun> runs;
    for (const system::Entry& entry : *entries) {
        note(entry, runs);
    }
    std::vector<BackupRun> sorted;
    sorted.reserve(runs.size());
    for (auto& [id, run] : runs) {
        if (run.has_index) {
            const auto text = files.read_file(backup_index(store, id), largest_index);
            run.lines = lines_of(text ? *text : std::string{});
            if (!text && text.error().kind != ErrorKind::not_found) {
                run.problem = text.error().message;
            }
            // One that tells nothing is as good as lost: a line stands there before anything is
            // copied.
            run.has_index = !run.lines.empty();
        }
        sorted.push_back(std::move(run));
    }
    return sorted;
}

}  // namespace envkeep::store
