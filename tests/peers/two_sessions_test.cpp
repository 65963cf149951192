// SPDX-License-Identifier: MIT
// Two processes that push to one real server at the same moment.
#include "peers/remote_copy.hpp"
#include "support/child.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using envkeep::testing::in_children;
using ::testing::IsEmpty;
using testing::text_of;

class TwoSessions : public envkeep::testing::RemoteCopy {
  protected:
    TwoSessions() {
        serve_ssh();
        // It lets nobody go on before both have sent what they have, each upon the same commit.
        tree_.folder("sent");
        tree_.file("remote.git/hooks/pre-receive",
                   "#!/bin/sh\nread old new ref\necho $old > " + (tree_ / "sent") +
                       "/$$\nfor i in $(seq 1000); do\n  [ $(ls " + (tree_ / "sent") +
                       " | wc -l) -ge 2 ] && exit 0\n  sleep 0.02\ndone\nexit 1\n",
                   0755);
    }

    [[nodiscard]] Wish wish_of(const std::string& folder) const {
        Wish wanted = wish();
        wanted.folder = tree_ / folder;
        return wanted;
    }

    void push_from(const std::string& folder) {
        const CopyReport report = git::publish(
            wish_of(folder), {.message = folder, .machine = folder}, remote(), local());

        EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
        EXPECT_TRUE(report.is_pushed);
    }
};

TEST_F(TwoSessions, ThatPushAtTheSameMomentBothArrive) {
    const std::string base = git("remote.git", "rev-parse main");
    ASSERT_EQ(bring(wish_of("one")).change, CopyChange::cloned);
    ASSERT_EQ(bring(wish_of("two")).change, CopyChange::cloned);
    tree_.file("one/a", "of one").file("two/b/c", "of two");

    in_children({[&] { push_from("one"); }, [&] { push_from("two"); }});

    EXPECT_EQ(git("remote.git", "show main:a main:b/c"), "of oneof two");
    EXPECT_EQ(git("remote.git", "rev-list --count main"), "3");
    EXPECT_EQ(git("remote.git", "for-each-ref --format='%(refname)'"), "refs/heads/main");
    // Two were sent upon what both knew, and the one that came too late once more.
    EXPECT_EQ(shell("cat sent/* | wc -l"), "3");
    EXPECT_EQ(shell("grep -l " + base + " sent/* | wc -l"), "2");
}

}  // namespace
}  // namespace envkeep::git
