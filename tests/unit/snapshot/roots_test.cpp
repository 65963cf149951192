// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/roots.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

constexpr system::RootId machine{.index = 1};
constexpr system::RootId home{.index = 2};

struct Where {
    system::RootId root;
    std::string path;

    friend bool operator==(const Where&, const Where&) = default;
};

Where where(std::string_view path, std::string home_then = "root") {
    const Roots roots{.machine = machine, .home = home, .home_then = std::move(home_then)};
    const system::Place place = roots.place_of(path).value();
    return {.root = place.root, .path = place.path.text()};
}

TEST(Roots, LetsWhatWasBelowTheHomeFollowTheHome) {
    EXPECT_EQ(where("root/.local/bin/x"), (Where{home, ".local/bin/x"}));
    EXPECT_EQ(where("root"), (Where{home, ""}));
    EXPECT_EQ(where("home/me/x", "home/me"), (Where{home, "x"}));
}

TEST(Roots, LeavesAllElseWhereItWas) {
    EXPECT_EQ(where("usr/bin/x"), (Where{machine, "usr/bin/x"}));
    EXPECT_EQ(where("rooty/x"), (Where{machine, "rooty/x"}));
    EXPECT_EQ(where("root/x", ""), (Where{machine, "root/x"}));
}

TEST(Roots, LetsNoPathClimbOut) {
    const Roots roots{.machine = machine, .home = home, .home_then = "root"};

    for (const char* const path :
         {"../etc/passwd", "/etc/passwd", "root/../etc", "root//etc/..", "usr/../../x"}) {
        EXPECT_FALSE(roots.place_of(path)) << path;
    }
}

TEST(Roots, ASlashAfterTheHomeDoesNotMakeItAbsolute) {
    const Roots roots{.machine = machine, .home = home, .home_then = "root"};

    EXPECT_FALSE(roots.place_of("root//etc/passwd"));
}

}  // namespace
}  // namespace envkeep::snapshot
