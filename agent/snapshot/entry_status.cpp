// SPDX-License-Identifier: MIT
#include "snapshot/entry_status.hpp"

namespace envkeep::snapshot {

using system::Kind;

Kind kind_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::folder:
            return Kind::folder;
        case EntryKind::link:
            return Kind::link;
        case EntryKind::file:
        case EntryKind::hard_link:
            break;
    }
    return Kind::file;
}

EntryKind entry_kind_of(Kind kind) {
    return kind == Kind::folder ? EntryKind::folder
           : kind == Kind::link ? EntryKind::link
                                : EntryKind::file;
}

bool has_bytes_of(const Entry& entry, const system::Status& status) {
    if (status.kind != kind_of(entry.kind)) {
        return false;
    }
    const std::uint64_t size = entry.kind == EntryKind::link ? entry.target.size() : entry.size;
    return status.kind == Kind::folder ||
           (status.size == size && status.modified == entry.attributes.modified);
}

bool has_rights_of(const Entry& entry, const system::Status& status, bool owners) {
    const bool has_owner = status.uid == entry.attributes.uid && status.gid == entry.attributes.gid;
    return (status.kind == Kind::link || status.mode == entry.attributes.mode) &&
           (has_owner || !owners);
}

bool has_holes(const system::Status& status) {
    constexpr std::uint64_t block = 4096;
    return status.kind == Kind::file && status.allocated + block <= status.size;
}

}  // namespace envkeep::snapshot
