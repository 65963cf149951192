// SPDX-License-Identifier: MIT
#include "engine/store_watch.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

using std::chrono::minutes;

TEST(StoreWatch, GivesAStoreUpThatIsAwayForAnHour) {
    StoreWatch watch;

    watch.looked(false, minutes(59));
    EXPECT_FALSE(watch.is_lost());

    watch.looked(false, minutes(1));
    EXPECT_TRUE(watch.is_lost());
}

TEST(StoreWatch, CountsAnewOnceItCameBack) {
    StoreWatch watch;
    watch.looked(false, minutes(59));

    watch.looked(true, minutes(1));
    watch.looked(false, minutes(59));

    EXPECT_FALSE(watch.is_lost());
}

}  // namespace
}  // namespace envkeep::engine
