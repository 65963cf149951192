// SPDX-License-Identifier: MIT
#include "engine/accounts.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

constexpr std::string_view passwd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "redis:x:101:102::/var/lib/redis:/usr/sbin/nologin\n"
    "open::1000:1000::/home/open:/bin/sh\n"
    "+nis::::::\n"
    "broken:x:5\n"
    "\n";

TEST(MissingShadowLines, LockTheAccountsThatHaveNone) {
    EXPECT_EQ(missing_shadow_lines(passwd, "root:$y$hash:19000:0:99999:7:::\n"),
              "redis:!:::::::\n");
}

TEST(MissingShadowLines, AreNoneWhereAllIsThere) {
    EXPECT_EQ(missing_shadow_lines(passwd, "redis:*:1::::::\nroot:!:1::::::"), "");
}

TEST(MissingShadowLines, NameEachAccountOnce) {
    EXPECT_EQ(missing_shadow_lines("a:x:1:1::/:/x\na:x:1:1::/:/x\n", ""), "a:!:::::::\n");
}

TEST(MissingGshadowLines, HaveTheMembersOfTheGroup) {
    EXPECT_EQ(missing_gshadow_lines("root:x:0:\nredis:x:102:me,you\n", "root:*::\n"),
              "redis:!::me,you\n");
}

}  // namespace
}  // namespace envkeep::engine
