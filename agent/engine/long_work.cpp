// SPDX-License-Identifier: MIT
#include "engine/long_work.hpp"

#include <utility>

namespace envkeep::engine {

LongWork::LongWork(const std::function<void(const MayGoOn&)>& work) {
    Result<posix::Worker> made = posix::start_worker(
        [&](int /*report_fd*/) {
            posix::SignalWaiter signals;
            bool is_told_to_end = false;
            work([&](std::chrono::milliseconds nap) {
                is_told_to_end = is_told_to_end || signals.wait(nap);
                return !is_told_to_end;
            });
            return 0;
        },
        posix::Lifetime::of_parent);
    if (made) {
        worker_ = *std::move(made);
        process_ = posix::process_with(worker_->pid);
    }
}

void LongWork::tell_to_end() const {
    if (process_) {
        static_cast<void>(posix::end_process(*process_, posix::Ending::politely));
    }
}

void LongWork::wait_for_its_end(SteadyTime deadline) const {
    if (worker_) {
        static_cast<void>(posix::wait_for_worker(*worker_, deadline));
    }
}

bool LongWork::has_ended() const {
    return process_ ? !posix::is_running(*process_) : !worker_;
}

}  // namespace envkeep::engine
