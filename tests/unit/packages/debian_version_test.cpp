// SPDX-License-Identifier: MIT
#include "envkeep/packages/debian_version.hpp"

#include <gtest/gtest.h>

namespace envkeep::packages {
namespace {

TEST(DebianVersions, AreOrderedAsDpkgDoes) {
    // Each is older than the one after it.
    constexpr std::string_view versions[] = {"1.0~~",
                                             "1.0~rc1",
                                             "1.0",
                                             "1.0-1~bpo12+1",
                                             "1.0-1",
                                             "1.0-1+b1",
                                             "1.0-1.1",
                                             "1.0a",
                                             "1.0+dfsg-1",
                                             "1.2.9",
                                             "1.2.10",
                                             "1:0.1"};

    for (std::size_t i = 0; i + 1 < std::size(versions); ++i) {
        EXPECT_EQ(compare_debian_versions(versions[i], versions[i + 1]), std::strong_ordering::less)
            << versions[i] << " < " << versions[i + 1];
        EXPECT_EQ(compare_debian_versions(versions[i + 1], versions[i]),
                  std::strong_ordering::greater);
    }
}

TEST(DebianVersions, MayBeTheSameInOtherLetters) {
    EXPECT_EQ(compare_debian_versions("0:1.00", "1.0"), std::strong_ordering::equal);
    EXPECT_EQ(compare_debian_versions("1.0-0", "1.0"), std::strong_ordering::equal);
}

}  // namespace
}  // namespace envkeep::packages
