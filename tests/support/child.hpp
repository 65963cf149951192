// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace envkeep::testing {

// Runs `body` in a forked process, whose failed expectations are failures of the test.
void in_child(const std::function<void()>& body);

// in_child of each, all at the same time. To be called where no thread runs: a fork beside one
// can inherit a lock that nobody gives back.
void in_children(const std::vector<std::function<void()>>& bodies);

// A system call that fails with `code`: always, or only if the argument of that index has that
// value (its lower 32 bits).
struct RefusedCall {
    long number = 0;
    int code = 0;
    std::optional<unsigned> argument{};
    unsigned value = 0;
};

// in_child, on a kernel that refuses these calls: an old one, or one behind a container's filter.
void with_refused_calls(const std::vector<RefusedCall>& refused, const std::function<void()>& body);

// How often `body` makes each system call, by number. Runs it in a traced child; what it does to
// memory is not seen here.
[[nodiscard]] std::map<long, int> system_calls_of(const std::function<void()>& body);

[[nodiscard]] int open_descriptors();

}  // namespace envkeep::testing
