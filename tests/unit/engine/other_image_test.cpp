// SPDX-License-Identifier: MIT
#include "engine/other_image.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

// Newest first, as the list is; refs sorted by profile and number.
const snapshot::SnapshotList list{.snapshots = {{.id = "4", .profile = "debian-13", .image = "d"},
                                                {.id = "3", .profile = "debian-12", .image = "b"},
                                                {.id = "2", .profile = "debian-12", .image = "a"},
                                                {.id = "1", .profile = "debian-12", .image = "a"}},
                                  .refs = {{.profile = "debian-12", .number = 1, .snapshot = "1"},
                                           {.profile = "debian-12", .number = 2, .snapshot = "2"},
                                           {.profile = "debian-12", .number = 3, .snapshot = "3"},
                                           {.profile = "debian-13", .number = 1, .snapshot = "4"}},
                                  .problems = {}};

std::string chosen(const std::string& profile, const std::string& image, bool is_named = false) {
    const snapshot::Snapshot* const found = snapshot_for(list, profile, image, is_named);
    return found == nullptr ? std::string() : found->id;
}

TEST(SnapshotFor, IsTheNewestOfThisVeryImage) {
    EXPECT_EQ(chosen("debian-12", "a"), "2");
    EXPECT_EQ(chosen("debian-12", "b"), "3");
}

TEST(SnapshotFor, IsElseTheNewestOfTheProfile) {
    EXPECT_EQ(chosen("debian-12", "c"), "3");
}

TEST(SnapshotFor, IsElseTheNewestOfAllUnlessTheManifestNamesAProfile) {
    EXPECT_EQ(chosen("ubuntu-24.04", "c"), "4");
    EXPECT_EQ(chosen("mine", "c", true), "");
}

}  // namespace
}  // namespace envkeep::engine
