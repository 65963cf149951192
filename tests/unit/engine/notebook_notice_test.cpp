// SPDX-License-Identifier: MIT
#include "engine/notebook_notice.hpp"

#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using ::testing::StartsWith;

constexpr const char* file = "home/.ipython/profile_default/startup/00-envkeep.py";

class NotebookNotice : public testing::SessionOfATest {
  protected:
    Result<void> keep(bool is_wanted) {
        return keep_notebook_notice(world(), tree / "home", is_wanted);
    }
};

TEST_F(NotebookNotice, IsAFileOfOursThatGoesAgain) {
    ASSERT_TRUE(keep(true));
    EXPECT_THAT(tree.content(file), StartsWith("# Made by envkeep"));
    tree.file(file, "# Made by envkeep, an older one\n");
    ASSERT_TRUE(keep(true));
    EXPECT_NE(tree.content(file), "# Made by envkeep, an older one\n");
    ASSERT_TRUE(keep(false));
    EXPECT_FALSE(tree.exists(file));
    ASSERT_TRUE(keep(false));
}

TEST_F(NotebookNotice, LeavesAFileOfTheUserAsItIs) {
    tree.file(file, "print('mine')\n");
    EXPECT_EQ(keep(true).error().kind, ErrorKind::conflict);
    ASSERT_TRUE(keep(false));
    EXPECT_EQ(remove_notebook_notice(world(), tree / "home").value(), std::nullopt);
    EXPECT_EQ(tree.content(file), "print('mine')\n");
}

TEST_F(NotebookNotice, FollowsTheLinkOfAKeptFolder) {
    tree.folder("storage/envkeep/home/.ipython")
        .link("home/.ipython", tree / "storage/envkeep/home/.ipython");
    ASSERT_TRUE(keep(true));
    EXPECT_TRUE(tree.exists("storage/envkeep/home/.ipython/profile_default/startup/00-envkeep.py"));
    EXPECT_EQ(remove_notebook_notice(world(), tree / "home").value(), tree / file);
    EXPECT_FALSE(tree.exists(file));
    EXPECT_TRUE(tree.is_link("home/.ipython"));
}

TEST_F(NotebookNotice, MakesNothingBehindALinkThatLeadsNowhere) {
    tree.link("home/.ipython", tree / "nowhere");
    EXPECT_FALSE(keep(true));
    EXPECT_FALSE(tree.exists("nowhere"));
}

}  // namespace
}  // namespace envkeep::engine
