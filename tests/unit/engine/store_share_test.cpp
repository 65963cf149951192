// SPDX-License-Identifier: MIT
#include "envkeep/engine/layers.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

TEST(ShareOf, HasNoLimitWhereTheStoreDoesNotTellItsSize) {
    const StoreShare share = share_of({.total = 0, .free = 0}, 40, 1000);

    EXPECT_EQ(share.limit, StoreShare::not_known);
    EXPECT_EQ(share.room(), StoreShare::not_known - 1000);
}

TEST(ShareOf, LeavesTheRestOfThePercentage) {
    EXPECT_EQ(share_of({.total = 1000, .free = 900}, 40, 100).room(), 300U);
    EXPECT_EQ(share_of({.total = 1000, .free = 200}, 40, 100).room(), 200U);
    EXPECT_EQ(share_of({.total = 1000, .free = 900}, 40, 500).room(), 0U);
}

}  // namespace
}  // namespace envkeep::engine
