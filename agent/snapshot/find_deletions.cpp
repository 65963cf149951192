// SPDX-License-Identifier: MIT
#include "snapshot/find_deletions.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_status.hpp"
#include "snapshot/find_path.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>

namespace envkeep::snapshot {
namespace {

using system::Kind;

// What cannot be looked at may be gone as before.
bool is_there(const std::string& path, const Roots& roots, system::FileReader& files) {
    const Result<system::Status> status = roots.place_of(path).and_then(
        [&](const system::Place& place) { return files.status(place); });
    return status && status->kind != Kind::absent;
}

bool is_absent(const std::string& path, const Roots& roots, system::FileReader& files) {
    const Result<system::Status> status = roots.place_of(path).and_then(
        [&](const system::Place& place) { return files.status(place); });
    return status && status->kind == Kind::absent;
}

}  // namespace

std::vector<Deletion> find_deletions(const ImageListing& image,
                                     const std::vector<SeenPath>& changed,
                                     const Scope& scope,
                                     const Roots& roots,
                                     system::FileReader& files) {
    // A removed name shows as a change of the folder that it was in.
    std::unordered_set<std::string_view> suspects;
    for (const SeenPath& seen : changed) {
        if (seen.status.kind == Kind::folder) {
            suspects.insert(seen.path);
        }
    }
    std::vector<Deletion> deletions;
    for (const ImageEntry& entry : image.entries) {
        if (!suspects.contains(folder_of(entry.path)) ||
            find_path(changed, entry.path) != nullptr ||
            scope.omission_of(entry.path, kind_of(entry.kind)) != Omission::none) {
            continue;
        }
        if (is_absent(entry.path, roots, files)) {
            deletions.push_back(
                {.path = entry.path,
                 .kind = entry.kind,
                 .size = entry.kind == EntryKind::link ? entry.target.size() : entry.size,
                 .modified = entry.modified});
            if (entry.kind == EntryKind::folder) {
                suspects.insert(entry.path);
            }
        }
    }
    return deletions;
}

std::vector<Deletion> still_deleted(const std::vector<Deletion>& before,
                                    const Scope& scope,
                                    const Roots& roots,
                                    system::FileReader& files) {
    std::vector<Deletion> still;
    std::ranges::copy_if(before, std::back_inserter(still), [&](const Deletion& deletion) {
        const bool is_hidden = std::ranges::any_of(scope.mounts, [&](const std::string& mount) {
            return is_path_within(deletion.path, mount);
        });
        return is_hidden || !is_there(deletion.path, roots, files);
    });
    return still;
}

}  // namespace envkeep::snapshot
