// SPDX-License-Identifier: MIT
// A real server with more than the disk here has room for.
#include "peers/remote_copy.hpp"
#include "support/mounts.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <string>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using testing::text_of;

class HugeFiles : envkeep::testing::OwnMounts, public envkeep::testing::RemoteCopy {
  protected:
    HugeFiles() {
        tree_.folder("disk");
        disk_.emplace(envkeep::testing::ScopedMount::tmpfs(tree_ / "disk", "size=32m"));
        serve_ssh();
        wanted_ = wish();
        wanted_.folder = tree_ / "disk/copy";
    }

    void commit_huge(const std::string& source) const {
        shell("head -c 25000000 " + source + " > other/huge");
        git("other", "add . && git commit -qm huge && git push -q origin main");
    }

    void remove_huge() const {
        git("other", "rm -q huge && git commit -qm small && git push -q origin main");
    }

    [[nodiscard]] std::string used() const { return shell("df --output=used disk | tail -1"); }

    Wish wanted_;
    std::optional<envkeep::testing::ScopedMount> disk_;
};

// A pack of 25 kB that would become a file of 25 MB.
TEST_F(HugeFiles, ThatArePackedSmallLeaveNothingAndGiveTheRoomBack) {
    commit_huge("/dev/zero");
    const std::string before = used();

    const CopyReport report = bring(wanted_);

    EXPECT_THAT(ids_of(report), ElementsAre("git-no-space")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("the files to come take 23.8 MiB"));
    EXPECT_EQ(shell("ls -A disk"), "");
    EXPECT_EQ(used(), before);
    remove_huge();
    EXPECT_EQ(bring(wanted_).change, CopyChange::cloned);
    expect_in_order("disk/copy");
}

TEST_F(HugeFiles, InAFetchLeaveTheCopyAsItIs) {
    ASSERT_EQ(bring(wanted_).change, CopyChange::cloned);
    const std::string head = git("disk/copy", "rev-parse HEAD");
    commit_huge("/dev/zero");

    const CopyReport report = bring(wanted_);

    EXPECT_THAT(ids_of(report), ElementsAre("git-no-space")) << text_of(report);
    EXPECT_EQ(git("disk/copy", "rev-parse HEAD"), head);
    EXPECT_EQ(git("disk/copy", "status --porcelain"), "");
    EXPECT_EQ(shell("find disk -name '*huge*' -o -name '*.lock' -o -name 'tmp_*'"), "");
    remove_huge();
    EXPECT_EQ(bring(wanted_).change, CopyChange::fast_forwarded);
    expect_in_order("disk/copy");
}

// The objects alone have no room.
TEST_F(HugeFiles, ThatCannotBePackedGiveTheRoomBackToo) {
    ASSERT_EQ(bring(wanted_).change, CopyChange::cloned);
    const std::string head = git("disk/copy", "rev-parse HEAD");
    shell("head -c 40000000 /dev/urandom > other/huge");
    git("other",
        "config core.compression 0 && git add . && git commit -qm huge && "
        "git push -q origin main");
    git("remote.git", "config core.compression 0");
    const std::string before = used();

    const CopyReport report = bring(wanted_);

    EXPECT_THAT(ids_of(report), ElementsAre("git-no-space")) << text_of(report);
    EXPECT_EQ(git("disk/copy", "rev-parse HEAD"), head);
    EXPECT_EQ(git("disk/copy", "status --porcelain"), "");
    EXPECT_EQ(used(), before);
}

}  // namespace
}  // namespace envkeep::git
