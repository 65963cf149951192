// SPDX-License-Identifier: MIT
#include "snapshot/threads.hpp"

#include <system_error>

namespace envkeep::snapshot {

std::vector<std::thread> start_threads(unsigned wanted, const std::function<void()>& work) {
    std::vector<std::thread> started;
    try {
        while (started.size() < wanted) {
            started.emplace_back(work);
        }
    } catch (const std::system_error&) {
        return started;
    }
    return started;
}

void run_on_threads(unsigned count, const std::function<void()>& work) {
    std::vector<std::thread> others = start_threads(count > 1 ? count - 1 : 0, work);
    work();
    for (std::thread& other : others) {
        other.join();
    }
}

}  // namespace envkeep::snapshot
