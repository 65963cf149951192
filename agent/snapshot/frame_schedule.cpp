// SPDX-License-Identifier: MIT
#include "snapshot/frame_schedule.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace envkeep::snapshot {

FrameSchedule::FrameSchedule(std::vector<Extent> extents, const PackShelf& shelf)
    : extents_(std::move(extents)), shelf_(shelf) {
    std::ranges::stable_sort(extents_, {}, [](const Extent& one) {
        return std::tuple(one.where.pack, one.where.frame, one.where.offset);
    });
}

std::optional<FrameTask> FrameSchedule::next_frame() const {
    if (!begun_.empty()) {
        return FrameTask{.pack = last_.pack, .frame = last_.frame + 1};
    }
    if (at_ == extents_.size()) {
        return std::nullopt;
    }
    return FrameTask{.pack = extents_[at_].where.pack, .frame = extents_[at_].where.frame};
}

std::optional<FrameTask> FrameSchedule::next() {
    std::optional<FrameTask> task = next_frame();
    if (!task) {
        return task;
    }
    const std::size_t plain = shelf_.index(task->pack).frames[task->frame].plain;
    for (const Begun& begun : std::exchange(begun_, {})) {
        take(*task, begun, 0, plain);
    }
    for (; at_ < extents_.size() && extents_[at_].where.pack == task->pack &&
           extents_[at_].where.frame == task->frame;
         ++at_) {
        const Extent& extent = extents_[at_];
        take(*task, {.extent = &extent, .done = 0}, extent.where.offset, plain);
    }
    last_.pack = task->pack;
    last_.frame = task->frame;
    return task;
}

bool FrameSchedule::goes_on() const {
    const std::optional<FrameTask> task = next_frame();
    return task && task->pack == last_.pack && task->frame == last_.frame + 1;
}

void FrameSchedule::take(FrameTask& task, Begun begun, std::size_t in_frame, std::size_t plain) {
    const std::uint64_t left = begun.extent->size - begun.done;
    const std::size_t length = std::min<std::uint64_t>(left, plain - in_frame);
    task.pieces.push_back(
        {.extent = begun.extent, .in_frame = in_frame, .length = length, .in_file = begun.done});
    if (length < left) {
        begun_.push_back({.extent = begun.extent, .done = begun.done + length});
    }
}

}  // namespace envkeep::snapshot
