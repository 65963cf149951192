// SPDX-License-Identifier: MIT
#include "snapshot/unpack_ledger.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

void UnpackLedger::note(std::size_t step, const Result<void>& outcome) {
    if (!outcome) {
        failed(step, outcome.error());
        return;
    }
    const Entry& entry = layer_.entries[steps_[step].entry];
    if (entry.kind == EntryKind::file && steps_[step].change != LayerChange::attributes) {
        const std::lock_guard lock(mutex_);
        ++report_.files;
        report_.bytes += entry.size;
    }
}

void UnpackLedger::failed(std::size_t step, Error error) {
    const std::size_t entry = steps_[step].entry;
    const std::string shown =
        entry < layer_.entries.size() ? quoted("/" + layer_.entries[entry].path) : "an entry";
    const std::lock_guard lock(mutex_);
    has_failed_[step] = true;
    report_.failed.push_back(
        {.entry = entry, .error = std::move(error).while_doing("restoring " + shown)});
}

bool UnpackLedger::has_failed(std::size_t step) const {
    const std::lock_guard lock(mutex_);
    return has_failed_[step];
}

std::set<std::uint32_t> UnpackLedger::incomplete() const {
    const std::lock_guard lock(mutex_);
    std::set<std::uint32_t> groups = options_.incomplete;
    for (const UnpackReport::Failed& one : report_.failed) {
        if (one.entry < layer_.entries.size()) {
            groups.insert(layer_.entries[one.entry].group);
        }
    }
    return groups;
}

bool UnpackLedger::may_go_on() {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_ && options_.may_go_on && !options_.may_go_on()) {
        is_stopped_ = true;
        report_.is_whole = false;
    }
    return !is_stopped_;
}

void UnpackLedger::show_progress() {
    const std::lock_guard lock(mutex_);
    if (options_.progress) {
        options_.progress(report_.bytes);
    }
}

UnpackReport UnpackLedger::report() {
    report_.incomplete = incomplete();
    std::ranges::stable_sort(report_.failed, {}, &UnpackReport::Failed::entry);
    return std::move(report_);
}

}  // namespace envkeep::snapshot
