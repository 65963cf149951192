// SPDX-License-Identifier: MIT
#include "envkeep/store/trees.hpp"

#include "store_test.hpp"

#include <unistd.h>

namespace envkeep::store {
namespace {

class TreesTest : public StoreTest {
  protected:
    TreeCount counted() {
        return count_tree({.root = home(), .path = RelPath::parse("tree").value()}, {}, files)
            .value();
    }
};

TEST_F(TreesTest, TakeRoomForFilesFoldersAndLinks) {
    tree.file("home/tree/a/file", std::string(5000, 'x')).link("home/tree/link", "a");

    EXPECT_EQ(counted().files, 2U);
    EXPECT_EQ(counted().folders, 2U);
    EXPECT_EQ(counted().room, 5000U);
}

TEST_F(TreesTest, TakeRoomForHardLinksOnce) {
    tree.file("home/tree/one", std::string(5000, 'x')).hard_link("home/tree/two", "home/tree/one");

    EXPECT_EQ(counted().bytes, 10'000U);
    EXPECT_EQ(counted().room, 5000U);
}

TEST_F(TreesTest, TakeNoRoomForHoles) {
    tree.file("home/tree/image", "x");
    ASSERT_EQ(::truncate((tree / "home/tree/image").c_str(), off_t{1} << 30U), 0);

    EXPECT_EQ(counted().bytes, 1U << 30U);
    EXPECT_LT(counted().room, 1U << 20U);
}

}  // namespace
}  // namespace envkeep::store
