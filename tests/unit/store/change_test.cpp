// SPDX-License-Identifier: MIT
#include "envkeep/store/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace envkeep::store {
namespace {

using ::testing::HasSubstr;

std::string any_bytes() {
    const auto numbers =
        *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
    return {numbers.begin(), numbers.end()};
}

Result<Change> through_text(const Change& change) {
    return Json::parse(to_json(change).compact()).and_then(change_from_json);
}

RC_GTEST_PROP(Change, ComesBackFromJsonWhateverBytesItHolds, ()) {
    const Change change{.kind = static_cast<Change::Kind>(
                            *rc::gen::inRange(0, static_cast<int>(Change::Kind::removed_link) + 1)),
                        .is_in_store = *rc::gen::arbitrary<bool>(),
                        .path = any_bytes(),
                        .other = any_bytes(),
                        .text = any_bytes(),
                        .old_mode = *rc::gen::inRange<std::uint32_t>(0, 010000),
                        .new_mode = *rc::gen::inRange<std::uint32_t>(0, 010000)};

    const Result<Change> back = through_text(change);

    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == change);
}

TEST(Change, IsReadableForPeople) {
    const Change change{.kind = Change::Kind::set_mode,
                        .is_in_store = true,
                        .path = "/storage/envkeep/home/.ssh/id_rsa",
                        .old_mode = 0644,
                        .new_mode = 0600};

    EXPECT_EQ(to_json(change).compact(),
              R"({"change":"set_mode","path":"/storage/envkeep/home/.ssh/id_rsa",)"
              R"("old_mode":"0644","new_mode":"0600","in_store":true})");
}

TEST(Change, RefusesAKindThatItDoesNotKnow) {
    const Result<Change> change =
        change_from_json(Json::parse(R"({"change":"vanished","path":"/a"})").value());

    ASSERT_FALSE(change.has_value());
    EXPECT_THAT(change.error().message, HasSubstr("'vanished'"));
}

TEST(Change, RefusesTextWithoutAPath) {
    EXPECT_FALSE(change_from_json(Json::parse(R"({"change":"made_link"})").value()).has_value());
    EXPECT_FALSE(
        change_from_json(Json::parse(R"({"change":"made_link","path":7})").value()).has_value());
    EXPECT_FALSE(change_from_json(Json::parse("[]").value()).has_value());
}

TEST(Change, RefusesAModeThatIsNoOctalNumber) {
    for (const std::string mode : {"0698", "10000", "37777777777"}) {
        const Json json = Json::object().set("change", "set_mode").set("path", "/a");

        EXPECT_FALSE(change_from_json(Json(json).set("old_mode", mode)).has_value()) << mode;
    }
}

}  // namespace
}  // namespace envkeep::store
