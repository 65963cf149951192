// SPDX-License-Identifier: MIT
#pragma once

#include "unit/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::testing {

// Getting in and out, on a store whose manifest the test writes.
class Household : public ::testing::Test {
  protected:
    void init_with(const std::string& manifest) {
        const Answer answer = run({"init", "--template", "container"});
        ASSERT_EQ(answer.status, 0) << answer.out << answer.err;
        tree().file(manifest_file, manifest);
    }

    Answer run(const std::vector<std::string>& words) { return command_line_.run(words); }

    // Everything that was said, as one text.
    std::string said(const std::vector<std::string>& words, int status) {
        const Answer answer = run(words);
        EXPECT_EQ(answer.status, status) << answer.out << answer.err;
        return command_line_.steady(answer.out + answer.err);
    }

    void begin_session_here() { command_line_.begin_session(); }

    TempTree& tree() { return command_line_.tree; }

    std::string manifest() { return tree().content(manifest_file); }

    bool is_link(const std::string& path) { return tree().is_link(path); }

    static constexpr const char* manifest_file = "storage/envkeep/manifest.yaml";
    CommandLine command_line_;
};

}  // namespace envkeep::testing
