// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace envkeep::snapshot {

// Does what threads hand over in the order of its numbers, one thing at a time; whoever comes early
// goes on with other work. The first failure ends it all.
class Handover {
  public:
    // So many may wait at once; who would be one more waits too.
    explicit Handover(std::size_t most_waiting) : most_waiting_(most_waiting) {}

    // Numbers begin with 0. `work` is done when its turn comes, maybe by another thread. False
    // where all was ended.
    [[nodiscard]] bool put(std::size_t turn, std::function<Result<void>()> work);

    void fail(Error error);

    // Why it was ended.
    [[nodiscard]] std::optional<Error> error() const;

  private:
    void do_waiting(std::unique_lock<std::mutex>& lock);

    const std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable moved_;
    std::map<std::size_t, std::function<Result<void>()>> waiting_;
    std::size_t next_ = 0;
    bool is_at_work_ = false;
    std::optional<Error> error_;
};

}  // namespace envkeep::snapshot
