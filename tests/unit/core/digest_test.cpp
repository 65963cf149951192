// SPDX-License-Identifier: MIT
#include "envkeep/core/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep {
namespace {

TEST(Digest, IsThatOfTheBlake3Paper) {
    EXPECT_EQ(digest_of("").text(),
              "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    EXPECT_EQ(digest_of("abc").text(),
              "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

TEST(Digest, IsOrderedAndComparedByItsBytes) {
    EXPECT_EQ(digest_of("a"), digest_of("a"));
    EXPECT_NE(digest_of("a"), digest_of("b"));
    EXPECT_EQ(digest_of("a") < digest_of("b"), digest_of("a").text() < digest_of("b").text());
}

TEST(Hasher, CanBeAskedInBetween) {
    Hasher hasher;
    hasher.update("ab");
    const Digest early = hasher.digest();
    hasher.update("c");

    EXPECT_EQ(early, digest_of("ab"));
    EXPECT_EQ(hasher.digest(), digest_of("abc"));
}

TEST(Hasher, KeepsItsStateWhenMoved) {
    Hasher first;
    first.update("ab");
    Hasher second = std::move(first);
    second.update("c");

    EXPECT_EQ(second.digest(), digest_of("abc"));
}

RC_GTEST_PROP(Hasher, DoesNotCareHowTheBytesAreCut, (const std::string& text)) {
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    Hasher hasher;
    hasher.update(std::string_view(text).substr(0, cut));
    hasher.update(std::string_view(text).substr(cut));

    RC_ASSERT(hasher.digest() == digest_of(text));
}

}  // namespace
}  // namespace envkeep
