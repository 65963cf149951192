// SPDX-License-Identifier: MIT
#include "snapshot/frame_feed.hpp"

#include "snapshot/threads.hpp"

#include <utility>

namespace envkeep::snapshot {
namespace {

// The disk fetches the next ones while this one is unpacked.
constexpr std::size_t frames_expected = 4;

}  // namespace

FrameFeed::FrameFeed(FrameSchedule schedule,
                     PackShelf& shelf,
                     unsigned readers,
                     std::function<bool()> may_go_on)
    : schedule_(std::move(schedule)), shelf_(shelf), may_go_on_(std::move(may_go_on)) {
    readers_ = start_threads(readers, [this] { read_ahead(); });
}

FrameFeed::~FrameFeed() {
    {
        const std::lock_guard lock(mutex_);
        stop();
    }
    for (std::thread& reader : readers_) {
        reader.join();
    }
}

void FrameFeed::stop() {
    is_stopped_ = true;
    changed_.notify_all();
}

std::optional<FetchedFrame> FrameFeed::next() {
    std::unique_lock lock(mutex_);
    if (is_stopped_) {
        return std::nullopt;
    }
    if (may_go_on_ && !may_go_on_()) {
        stop();
        return std::nullopt;
    }
    if (!readers_.empty()) {
        return next_read_ahead(lock);
    }
    std::optional<FrameTask> task = schedule_.next();
    const bool goes_on = schedule_.goes_on();
    lock.unlock();
    if (!task) {
        return std::nullopt;
    }
    Result<Bytes> packed = shelf_.open(task->pack).and_then([&](const PackShelf::Pack& pack) {
        pack->expect(task->frame, goes_on ? frames_expected : 1);
        return pack->read_packed(task->frame);
    });
    return FetchedFrame{.task = *std::move(task), .packed = std::move(packed)};
}

std::optional<FetchedFrame> FrameFeed::next_read_ahead(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [&] {
        return is_stopped_ || (ahead_.empty() ? is_ended_ : ahead_.front()->packed.has_value());
    });
    if (is_stopped_ || ahead_.empty()) {
        return std::nullopt;
    }
    const std::shared_ptr<Slot> slot = std::move(ahead_.front());
    ahead_.pop_front();
    bytes_ahead_ -= slot->size;
    changed_.notify_all();
    return FetchedFrame{.task = std::move(slot->task), .packed = *std::move(slot->packed)};
}

bool FrameFeed::has_room() const {
    return ahead_.size() < most_ahead && bytes_ahead_ < most_bytes_ahead;
}

std::shared_ptr<FrameFeed::Slot> FrameFeed::take_slot() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_stopped_ || is_ended_ || has_room(); });
    if (is_stopped_ || is_ended_) {
        return nullptr;
    }
    std::optional<FrameTask> task = schedule_.next();
    if (!task) {
        is_ended_ = true;
        changed_.notify_all();
        return nullptr;
    }
    auto slot = std::make_shared<Slot>();
    slot->size = shelf_.index(task->pack).frames[task->frame].packed;
    slot->task = *std::move(task);
    bytes_ahead_ += slot->size;
    ahead_.push_back(slot);
    return slot;
}

void FrameFeed::read_ahead() {
    while (const std::shared_ptr<Slot> slot = take_slot()) {
        Result<Bytes> packed =
            shelf_.open(slot->task.pack).and_then([&](const PackShelf::Pack& pack) {
                return pack->read_packed(slot->task.frame);
            });
        const std::lock_guard lock(mutex_);
        slot->packed = std::move(packed);
        changed_.notify_all();
    }
}

}  // namespace envkeep::snapshot
