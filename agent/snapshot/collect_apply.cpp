// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/collect.hpp"
#include "snapshot/store_names.hpp"

#include <utility>

namespace envkeep::snapshot {
namespace {

Result<bool> move_to_trash(const Shelf& shelf, const std::string& path, WallTime now) {
    const system::Place trash = shelf.store.place(store::names::trash);
    auto outcome = shelf.writer->move(shelf.store.place(path), trash.child(trash_name(now, path)));
    if (!outcome && outcome.error().kind == ErrorKind::not_found) {
        return false;  // another gc was here
    }
    return outcome ? Result<bool>(true) : tl::unexpected(std::move(outcome).error());
}

Result<bool> remove_for_good(const Shelf& shelf, const StoredFile& file) {
    const system::Place place = shelf.store.place(file.path);
    ENVKEEP_TRY(const system::Status status, shelf.files.status(place));
    if (status.kind == system::Kind::absent) {
        return false;
    }
    if (status.kind != system::Kind::file || status.modified != file.modified) {
        return failure(ErrorKind::conflict, "it is another file by now");
    }
    auto outcome = shelf.writer->remove_file(place, status);
    return outcome ? Result<bool>(true) : tl::unexpected(std::move(outcome).error());
}

}  // namespace

Result<GcReport> apply_gc(const Shelf& shelf, const GcPlan& plan, WallTime now) {
    ENVKEEP_TRY(const SnapshotList list, list_snapshots(shelf));
    if (list.refs != plan.refs) {
        return failure(ErrorKind::conflict,
                       "another session changed the snapshots meanwhile",
                       "run it once more");
    }
    GcReport report;
    for (const StoredFile& file : plan.to_trash) {
        auto outcome = move_to_trash(shelf, file.path, now);
        if (outcome) {
            report.trashed += *outcome ? 1U : 0U;
        } else {
            // What it names stays: whoever reads it must find all.
            report.problems.push_back(
                std::move(outcome).error().while_doing("moving " + file.path).message);
            return report;
        }
    }
    for (const StoredFile& file : plan.to_remove) {
        auto outcome = remove_for_good(shelf, file);
        if (!outcome) {
            report.problems.push_back(
                std::move(outcome).error().while_doing("removing " + file.path).message);
        } else if (*outcome) {
            ++report.removed;
            report.bytes_removed += file.bytes;
        }
    }
    return report;
}

}  // namespace envkeep::snapshot
