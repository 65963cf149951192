// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/files.hpp"

namespace envkeep::snapshot {

[[nodiscard]] system::Kind kind_of(EntryKind kind);
// Of a file, folder or link.
[[nodiscard]] EntryKind entry_kind_of(system::Kind kind);

// Whether what stands there has the kind, size, and (of files and links) time of modification of
// the entry: then its bytes are the entry's, as far as a look can tell. Of a hard link pass the
// entry of the first name.
[[nodiscard]] bool has_bytes_of(const Entry& entry, const system::Status& status);

// Whether mode and owner are the entry's; `owners` is false where we could not set them anyway.
[[nodiscard]] bool has_rights_of(const Entry& entry, const system::Status& status, bool owners);

// Whether at least one block of a file takes no room on its disk.
[[nodiscard]] bool has_holes(const system::Status& status);

}  // namespace envkeep::snapshot
