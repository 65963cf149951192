// SPDX-License-Identifier: MIT
// Files whose content the real git-lfs keeps: what is told of them, and that the commands which are
// named bring and send it. A repository on this machine is its own server of that content.
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::text_of;

constexpr std::string_view pointer_words = "version https://git-lfs.github.com/spec/v1\n";

class RealLfs : public testing::WithRealGit {
  protected:
    RealLfs() {
        git("other", "lfs install --local && git lfs track '*.bin'");
        tree_.file("other/x.bin", "first content");
        git("other", "add . && git commit -qm lfs && git push -q origin main 2>&1");
        EXPECT_THAT(git("other", "show HEAD:x.bin"), StartsWith(pointer_words));
    }

    // The commands of the only finding, which is `id`, as a user pastes them.
    void paste(const CopyReport& report, const std::string& id) const {
        ASSERT_THAT(ids_of(report), ElementsAre(id)) << text_of(report);
        for (const std::string& command : report.findings.front().fix.commands) {
            shell(command + " 2>&1");
        }
    }

    void bring_with_content() {
        const CopyReport cloned = bring();
        ASSERT_EQ(cloned.change, CopyChange::cloned) << text_of(cloned);
        ASSERT_THAT(tree_.content("copy/x.bin"), StartsWith(pointer_words));
        paste(cloned, "git-lfs-not-supported");
    }

    // git-lfs brings it there as git pulls.
    [[nodiscard]] std::string content_for_others() const {
        git("other", "pull -q --ff-only 2>&1");
        return tree_.content("other/x.bin");
    }
};

TEST_F(RealLfs, ContentComesByWhatIsTold) {
    bring_with_content();

    EXPECT_EQ(tree_.content("copy/x.bin"), "first content");
    EXPECT_THAT(bring().findings, IsEmpty());
    EXPECT_THAT(publish().findings, IsEmpty());

    tree_.file("other/x.bin", "second content");
    git("other", "commit -qam second && git push -q origin main 2>&1");

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    paste(report, "git-lfs-not-supported");
    EXPECT_EQ(tree_.content("copy/x.bin"), "second content");
    expect_in_order();
}

TEST_F(RealLfs, ContentIsSentByWhatIsTold) {
    bring_with_content();
    tree_.file("copy/x.bin", "mine").file("copy/a", "mine too");

    paste(publish(), "git-filter-not-run");

    EXPECT_EQ(git("remote.git", "show main:a"), "mine too");
    EXPECT_THAT(git("remote.git", "show main:x.bin"), StartsWith(pointer_words));
    EXPECT_EQ(content_for_others(), "mine");

    tree_.file("copy/x.bin", "mine again");
    git("copy", "commit -qam own");

    paste(publish(), "git-lfs-not-sent");

    EXPECT_EQ(content_for_others(), "mine again");
    EXPECT_THAT(publish().findings, IsEmpty());
    expect_in_order();
}

}  // namespace
}  // namespace envkeep::git
