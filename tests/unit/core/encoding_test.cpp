// SPDX-License-Identifier: MIT
#include "envkeep/core/encoding.hpp"

#include <gmock/gmock.h>

namespace envkeep {
namespace {

using ::testing::Optional;

TEST(PercentDecoded, UndoesPairsAndLeavesWhatIsNone) {
    EXPECT_EQ(percent_decoded("a%20b%2Fc%2fd"), "a b/c/d");
    EXPECT_EQ(percent_decoded("100%"), "100%");
    EXPECT_EQ(percent_decoded("%4"), "%4");
    EXPECT_EQ(percent_decoded("%zz%2"), "%zz%2");
    EXPECT_EQ(percent_decoded("%25"
                              "41"),
              "%41");
}

TEST(PercentEncoded, IsUndoneByDecoding) {
    const std::string all = [] {
        std::string bytes;
        for (int i = 0; i < 256; ++i) {
            bytes += static_cast<char>(i);
        }
        return bytes;
    }();

    EXPECT_EQ(percent_encoded("/srv/a b%", "/"), "/srv/a%20b%25");
    EXPECT_EQ(percent_decoded(percent_encoded(all, "")), all);
}

// RFC 4648, 10.
TEST(Base64, HasTheVectorsOfItsStandard) {
    EXPECT_EQ(base64_encoded(""), "");
    EXPECT_EQ(base64_encoded("f"), "Zg==");
    EXPECT_EQ(base64_encoded("fo"), "Zm8=");
    EXPECT_EQ(base64_encoded("foobar"), "Zm9vYmFy");
    EXPECT_THAT(base64_decoded("Zg=="), Optional(std::string("f")));
    EXPECT_THAT(base64_decoded("Zm8="), Optional(std::string("fo")));
    EXPECT_THAT(base64_decoded("Zm9vYmFy"), Optional(std::string("foobar")));
    EXPECT_THAT(base64_decoded(""), Optional(std::string()));
}

TEST(Base64, RefusesWhatIsCutOrOfOtherLetters) {
    EXPECT_EQ(base64_decoded("Zm9"), std::nullopt);
    EXPECT_EQ(base64_decoded("Zm9v Zm9"), std::nullopt);
    EXPECT_EQ(base64_decoded("Z==="), std::nullopt);
    EXPECT_EQ(base64_decoded("Zg==Zg=="), std::nullopt);
}

}  // namespace
}  // namespace envkeep
