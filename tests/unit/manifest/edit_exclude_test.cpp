// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace envkeep::manifest {
namespace {

TEST(ExcludeInAKeep, GetsOneMoreHoweverTheyAreWritten) {
    const KeepChange without_b{.exclude = "b/cd"};
    const std::vector<std::pair<std::string, std::string>> entries{
        {"  - a   # mine\n", "  - {path: a, exclude: [b/cd]}   # mine\n"},
        {"  - {path: a, how: copy}\n", "  - {path: a, how: copy, exclude: [b/cd]}\n"},
        {"  - {path: a, exclude: x}\n", "  - {path: a, exclude: [x, b/cd]}\n"},
        {"  - path: a\n    exclude: [x]\n", "  - path: a\n    exclude: [x, b/cd]\n"},
        {"  - path: a\n    exclude:\n      - x   # why\n    how: copy\n",
         "  - path: a\n    exclude:\n      - x   # why\n      - b/cd\n    how: copy\n"},
        {"  - path: a\n    how: copy\n", "  - path: a\n    exclude: [b/cd]\n    how: copy\n"},
    };
    for (const auto& [before, after] : entries) {
        const std::string head = "envkeep: 1\nkeep:\n  - x\n";
        EXPECT_EQ(change_keep(head + before + "  - z\n", "a", without_b).value_or(""),
                  head + after + "  - z\n");
        EXPECT_EQ(change_keep(head + after + "  - z\n", "a", without_b).value_or(""),
                  head + after + "  - z\n");
    }
}

}  // namespace
}  // namespace envkeep::manifest
