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

    // ~/.h.db is merged, and a program that writes it was cut short: it cannot be saved just now.
    void leave_unsaved() {
        const std::string head("SQLite format 3\0", 16);
        tree().file("storage/envkeep/home/.h.db", head + "row 1").file("storage/envkeep/home/.x");
        said({"restore"}, 0);
        tree().file("home/.h.db", head + "row 1, row 2").file("home/.h.db-journal", "j");
    }

    void begin_session_here() { command_line_.begin_session(); }

    TempTree& tree() { return command_line_.tree; }

    std::string manifest() { return tree().content(manifest_file); }

    bool is_link(const std::string& path) { return tree().is_link(path); }

    static constexpr const char* keeps_a_database =
        "envkeep: 1\nkeep: [{path: .h.db, how: merge}, .x]\n";
    static constexpr const char* manifest_file = "storage/envkeep/manifest.yaml";
    CommandLine command_line_;
};

}  // namespace envkeep::testing
