// SPDX-License-Identifier: MIT
#include "envkeep/store/start_stamp.hpp"

#include "unit/store/store_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::store {
namespace {

using ::testing::Eq;
using ::testing::Optional;

const system::Container here{.boot_id = "0d9e7a44", .pid_namespace = 4026531836, .first_start = 17};

class StartStampTest : public StoreTest {
  protected:
    StartStampTest() { tree.folder("home"); }

    system::RootId home() { return files.open_root(tree / "home").value(); }

    const StartStamp stamp_{.container = here,
                            .worker = {.pid = 4711, .started = 987654},
                            .began = "2026-11-20T23:24:59Z",
                            .problem = "cannot read '\xff\\x': no such file"};
};

TEST_F(StartStampTest, ComesBackAsItWasSaved) {
    ASSERT_TRUE(save_start_stamp(home(), stamp_, files).has_value());

    EXPECT_THAT(load_start_stamp(home(), here, files), Optional(Eq(stamp_)));
    EXPECT_EQ(tree.mode_of("home/.envkeep-state/start.json"), 0600U);
}

TEST_F(StartStampTest, SaysApartWhichProcessIsTheBackground) {
    const system::ProcessId process{.pid = 7, .started = 70};
    EXPECT_EQ(load_background(home(), here, files), std::nullopt);
    ASSERT_TRUE(save_background(home(), here, process, files).has_value());

    EXPECT_THAT(load_background(home(), here, files), Optional(Eq(process)));
    EXPECT_EQ(tree.mode_of("home/.envkeep-state/background.json"), 0600U);
    system::Container other = here;
    ++other.first_start;
    EXPECT_EQ(load_background(home(), other, files), std::nullopt);
    tree.file("home/.envkeep-state/background.json", "garbage");
    EXPECT_EQ(load_background(home(), here, files), std::nullopt);
}

TEST_F(StartStampTest, OfAnotherContainerIsNone) {
    ASSERT_TRUE(save_start_stamp(home(), stamp_, files).has_value());
    system::Container other = here;
    other.first_start = 18;

    EXPECT_EQ(load_start_stamp(home(), other, files), std::nullopt);
}

TEST_F(StartStampTest, ThatCannotBeReadIsNone) {
    EXPECT_EQ(load_start_stamp(home(), here, files), std::nullopt);

    tree.file("home/.envkeep-state/start.json", R"({"format":1,"container":)");
    EXPECT_EQ(load_start_stamp(home(), here, files), std::nullopt);
}

}  // namespace
}  // namespace envkeep::store
