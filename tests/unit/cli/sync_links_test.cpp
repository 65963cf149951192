// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"
#include "unit/cli/remote.hpp"

#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

class SyncLinks : public testing::Household {
  protected:
    testing::Remote remote;
};

// A run that ended between its copies and their links.
TEST_F(SyncLinks, AreMadeWhereTheyAreDueThoughNothingCame) {
    init_with("envkeep: 1\nkeep: []\nsnapshot: {exclude: \"*\"}\ndotfiles:\n  url: " +
              remote.url() + "\n");
    ASSERT_EQ(run({"sync"}).status, 0);
    tree().remove("home/.vimrc");

    EXPECT_EQ(run({"sync"}).status, 0);

    EXPECT_EQ(tree().content("home/.vimrc"), "set number\n");
    EXPECT_TRUE(tree().is_link("home/.vimrc"));
}

}  // namespace
}  // namespace envkeep::cli
