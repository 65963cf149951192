// SPDX-License-Identifier: MIT
#include "engine/folder_turn.hpp"

#include <chrono>
#include <thread>

namespace envkeep::engine {

std::optional<posix::FolderLock> turn_at(const World& world, const system::Place& folder) {
    constexpr std::chrono::milliseconds nap{5};
    constexpr int most_tries = 1000;
    if (!world.writer->make_folders(folder, 0700)) {
        return std::nullopt;
    }
    for (int tried = 0; tried < most_tries; ++tried) {
        Result<std::optional<posix::FolderLock>> lock =
            posix::FolderLock::try_take(world.files.absolute(folder));
        if (!lock || lock->has_value()) {
            return lock ? *std::move(lock) : std::nullopt;
        }
        std::this_thread::sleep_for(nap);
    }
    return std::nullopt;
}

}  // namespace envkeep::engine
