// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace envkeep::snapshot {

// Threads that run `work`; fewer than wanted where the container allows no more.
[[nodiscard]] std::vector<std::thread> start_threads(unsigned wanted,
                                                     const std::function<void()>& work);

// `work` on so many threads, one of them the calling one, until all have ended.
void run_on_threads(unsigned count, const std::function<void()>& work);

}  // namespace envkeep::snapshot
