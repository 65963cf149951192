// SPDX-License-Identifier: MIT
#include "keep/make_plan_sources.hpp"

#include <variant>

namespace envkeep::keep {
namespace {

bool is_in_source(const Case& one, const Task& task) {
    const system::Place& place = model::place_of(task.action);
    return place.root == one.keep.source.root && place.path.is_within(one.keep.source.path);
}

bool makes_empty(const Task& task) {
    return std::holds_alternative<model::MakeFolder>(task.action) ||
           std::holds_alternative<model::MakeFile>(task.action);
}

}  // namespace

std::string SourceWrites::other_in(const Case& one, Decision& decision) const {
    std::erase_if(decision.tasks, [&](const Task& task) { return is_needless(one, task); });
    for (const Task& task : decision.tasks) {
        if (!is_in_source(one, task)) {
            continue;
        }
        const Write* const other =
            met_by(absolute_(model::place_of(task.action)), makes_empty(task), one.keep.group);
        if (other != nullptr) {
            return other->subject;
        }
    }
    return {};
}

void SourceWrites::note(const Case& one, const Decision& decision) {
    for (const Task& task : decision.tasks) {
        if (is_in_source(one, task)) {
            writes_.emplace(absolute_(model::place_of(task.action)),
                            Write{.subject = one.keep.subject,
                                  .group = one.keep.group,
                                  .is_empty = makes_empty(task)});
        }
    }
}

bool SourceWrites::is_needless(const Case& one, const Task& task) const {
    if (!is_in_source(one, task) || !makes_empty(task)) {
        return false;
    }
    const auto same = writes_.find(absolute_(model::place_of(task.action)));
    return same != writes_.end() && same->second.group != one.keep.group;
}

// An empty folder may come before or after what others bring below it.
const SourceWrites::Write* SourceWrites::met_by(const std::string& path,
                                                bool is_empty,
                                                std::size_t group) const {
    const auto counts = [&](const Write& other) { return other.group != group; };
    if (const auto same = writes_.find(path); same != writes_.end() && counts(same->second)) {
        return &same->second;
    }
    for (std::size_t end = path.rfind('/'); end != std::string::npos && end > 0;
         end = path.rfind('/', end - 1)) {
        const auto above = writes_.find(path.substr(0, end));
        if (above != writes_.end() && counts(above->second) && !is_empty &&
            !above->second.is_empty) {
            return &above->second;
        }
    }
    const std::string below = path + '/';
    for (auto at = writes_.lower_bound(below);
         !is_empty && at != writes_.end() && at->first.starts_with(below);
         ++at) {
        if (counts(at->second)) {
            return &at->second;
        }
    }
    return nullptr;
}

}  // namespace envkeep::keep
