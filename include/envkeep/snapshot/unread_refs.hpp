// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/records.hpp"

#include <vector>

namespace envkeep::snapshot {

// A ref that cannot be read (it then names none), or whose record cannot.
struct UnreadRef {
    Ref ref;
    Error error;
    system::Place place{};  // of its file
};

// The list, and which refs stand for snapshots that it lacks.
[[nodiscard]] Result<SnapshotList> list_snapshots(const Shelf& shelf,
                                                  std::vector<UnreadRef>& unread);

}  // namespace envkeep::snapshot
