// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/capture.hpp"
#include "snapshot/find_path.hpp"

#include <algorithm>

namespace envkeep::snapshot {
namespace {

// A folder or a further name that the other layer has too.
bool is_known(const Entry& entry, const Layer& base) {
    const Entry* const known = find_path(base.entries, entry.path);
    if (known == nullptr || known->kind != entry.kind) {
        return false;
    }
    const bool has_rights = known->attributes.mode == entry.attributes.mode &&
                            known->attributes.uid == entry.attributes.uid &&
                            known->attributes.gid == entry.attributes.gid &&
                            known->attributes.extended == entry.attributes.extended;
    return has_rights && (entry.kind == EntryKind::folder ||
                          (entry.kind == EntryKind::hard_link && known->target == entry.target));
}

}  // namespace

bool deletes_the_same(const Layer& one, const Layer& other) {
    return std::ranges::equal(
        one.deletions, other.deletions, [](Deletion deletion, const Deletion& of_other) {
            deletion.group = of_other.group;
            return deletion == of_other;
        });
}

bool has_changes(const Capture& found, const Layer& base) {
    const bool has_only_folders = std::ranges::all_of(
        found.layer.entries, [](const Entry& entry) { return entry.kind == EntryKind::folder; });
    if (base.entries.empty() && base.deletions.empty() && has_only_folders) {
        return !found.layer.deletions.empty();
    }
    return found.layer.entries.size() != base.entries.size() ||
           !deletes_the_same(found.layer, base) ||
           !std::ranges::all_of(found.to_pack, [&](std::size_t i) {
               return is_known(found.layer.entries[i], base);
           });
}

}  // namespace envkeep::snapshot
