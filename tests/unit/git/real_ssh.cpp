// SPDX-License-Identifier: MIT
#include "unit/git/real_ssh.hpp"

#include "envkeep/posix/processes.hpp"

#include <gtest/gtest.h>

namespace envkeep::git {

std::string printed_by(const std::string& command) {
    const auto end =
        posix::Processes().run({.words = {"/bin/sh", "-c", command},
                                .image = {},
                                .environment = {"HOME=/root", "PATH=/usr/sbin:/usr/bin:/bin"},
                                .limit = std::chrono::seconds(60),
                                .folders = {}});
    EXPECT_TRUE(end && !end->is_over_time) << command;
    return end ? end->output : std::string();
}

}  // namespace envkeep::git
