// SPDX-License-Identifier: MIT
#include "keep/room_for_copy.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/trees.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {

Result<void> check_room_for_copy(const system::Place& from,
                                 const system::Place& to,
                                 std::vector<RelPath> left_out,
                                 system::FileReader& files) {
    // For the journal of this very run, and others who write meanwhile.
    constexpr std::uint64_t spare_bytes = std::uint64_t{1} << 20U;
    constexpr std::uint64_t spare_files = 16;
    std::ranges::sort(left_out);
    const auto space = files.space(to.root);
    const auto count = store::count_tree(from, left_out, files);
    if (!space || !count ||
        space->holds(count->room + spare_bytes, count->files + count->folders + spare_files)) {
        return {};
    }
    return failure(ErrorKind::no_space,
                   fmt::format("{} has {} in {}, and {} has {} free{}",
                               quoted(files.absolute(from)),
                               human_size(count->room),
                               counted(count->files + count->folders, "file"),
                               quoted(files.root_path(to.root)),
                               human_size(space->free),
                               space->total_inodes == 0
                                   ? ""
                                   : fmt::format(", for {}", counted(space->free_inodes, "file"))),
                   "nothing was copied; make room there ('envkeep gc --backups' removes old "
                   "backups), then do the same again, or 'envkeep restore' after a start");
}

}  // namespace envkeep::keep
