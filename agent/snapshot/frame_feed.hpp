// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/frame_schedule.hpp"
#include "snapshot/pack_shelf.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace envkeep::snapshot {

struct FetchedFrame {
    FrameTask task;
    Result<Bytes> packed;
};

// Gives the frames of a schedule to several threads, strictly in order, each as it stands in the
// store.
class FrameFeed {
  public:
    // At most so many wait to be decoded, and no more bytes than that.
    static constexpr std::size_t most_ahead = 24;
    static constexpr std::size_t most_bytes_ahead = std::size_t{32} << 20U;

    // With `readers` so many threads fetch ahead; else whoever asks reads.
    FrameFeed(FrameSchedule schedule,
              PackShelf& shelf,
              unsigned readers,
              std::function<bool()> may_go_on);
    FrameFeed(const FrameFeed&) = delete;
    FrameFeed& operator=(const FrameFeed&) = delete;
    ~FrameFeed();

    // Nothing at the end, or when it may not go on, which is asked from one thread at a time.
    [[nodiscard]] std::optional<FetchedFrame> next();

  private:
    struct Slot {
        FrameTask task;
        std::optional<Result<Bytes>> packed;  // none: it is being read
        std::size_t size = 0;
    };

    void read_ahead();
    [[nodiscard]] std::shared_ptr<Slot> take_slot();
    [[nodiscard]] std::optional<FetchedFrame> next_read_ahead(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool has_room() const;
    void stop();

    FrameSchedule schedule_;
    PackShelf& shelf_;
    std::function<bool()> may_go_on_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Slot>> ahead_;
    std::size_t bytes_ahead_ = 0;
    bool is_ended_ = false;  // the schedule has no more, or it may not go on
    bool is_stopped_ = false;
    std::vector<std::thread> readers_;  // last: they use all the others
};

}  // namespace envkeep::snapshot
