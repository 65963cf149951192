// SPDX-License-Identifier: MIT
// Working copies that fetch from one address and push to another, as `remote.origin.pushurl` says.
#include "envkeep/core/text.hpp"
#include "peers/remote_copy.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using envkeep::testing::RemoteCopy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

class PushUrl : public RemoteCopy {
  protected:
    PushUrl() { git(".", "clone -q --bare remote.git pushes.git"); }

    // Brings a copy from the one and has it push to the other.
    void bring_from(const std::string& base, const std::string& pushes) {
        base_ = base;
        const CopyReport report = bring();
        ASSERT_EQ(report.change, CopyChange::cloned) << text_of(report);
        git("copy", "config remote.origin.pushurl " + shell_quoted(pushes));
    }

    [[nodiscard]] std::string files_of(const std::string& repository) const {
        return shell(fmt::format("cd {} && find . -printf '%p %i %s %T@\\n' | LC_ALL=C sort",
                                 shell_quoted(repository)));
    }

    // What is published twice, with others' commits between them where both are fetched from,
    // stands in `pushes.git`, and nothing was written to `remote.git`.
    void expect_pushes_go_there() {
        std::string before = files_of("remote.git");
        tree_.file("copy/a", "mine");

        const CopyReport report = publish();

        EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
        EXPECT_TRUE(report.is_pushed);
        EXPECT_EQ(git("pushes.git", "show main:a"), "mine");
        EXPECT_EQ(git("pushes.git", "rev-parse main"), report.after);
        EXPECT_EQ(git("pushes.git", "for-each-ref --format='%(refname)'"), "refs/heads/main");
        EXPECT_EQ(files_of("remote.git"), before);

        // The mirror between the two has brought it, and somebody went on.
        git("pushes.git", "push -q ../remote.git main");
        commit_upstream("b/c", "theirs");
        git("remote.git", "push -q ../pushes.git main");
        before = files_of("remote.git");
        tree_.file("copy/a", "mine again");

        const CopyReport again = publish();

        EXPECT_THAT(again.findings, IsEmpty()) << text_of(again);
        EXPECT_EQ(again.change, CopyChange::rebased);
        EXPECT_EQ(git("pushes.git", "show main:a main:b/c"), "mine againtheirs");
        EXPECT_EQ(git("pushes.git", "rev-parse main"), again.after);
        EXPECT_EQ(files_of("remote.git"), before);
        EXPECT_EQ(git("pushes.git", "fsck --strict --no-dangling 2>&1"), "");
    }
};

TEST_F(PushUrl, OverSshOfACopyThatFetchesFromAPathGetsWhatIsPublished) {
    serve_ssh();
    bring_from(tree_.path() + "/", base_ + "pushes.git");

    expect_pushes_go_there();

    EXPECT_GT(sent(), 0U);
}

TEST_F(PushUrl, OverHttpsOfACopyThatFetchesFromAPathGetsWhatIsPublished) {
    serve_https();
    bring_from(tree_.path() + "/", base_ + "pushes.git");

    expect_pushes_go_there();
}

TEST_F(PushUrl, ThatIsAPathOfACopyThatFetchesOverSshGetsWhatIsPublished) {
    serve_ssh();
    bring_from(base_, tree_ / "pushes.git");

    expect_pushes_go_there();
}

TEST_F(PushUrl, OverSshOfACopyThatFetchesOverHttpsGetsWhatIsPublished) {
    serve_ssh();
    const std::string pushes = base_ + "pushes.git";
    serve_https();
    bring_from(base_, pushes);

    expect_pushes_go_there();
}

// What others pushed there meanwhile and the address for fetches does not have stays.
TEST_F(PushUrl, ThatHasMoreThanWhereIsFetchedFromKeepsIt) {
    serve_ssh();
    git("other", "commit -q --allow-empty -m more && git push -q ../pushes.git main");
    const std::string theirs = git("pushes.git", "rev-parse main");
    for (const std::string& pushes : {base_ + "pushes.git", tree_ / "pushes.git"}) {
        shell("rm -rf copy");
        bring_from(tree_.path() + "/", pushes);
        tree_.file("copy/a", "mine");

        const CopyReport report = publish();

        EXPECT_THAT(ids_of(report), ElementsAre("git-push-overtaken")) << text_of(report);
        EXPECT_THAT(text_of(report), HasSubstr("remote.origin.pushurl is set"));
        EXPECT_FALSE(report.is_pushed);
        EXPECT_EQ(git("pushes.git", "rev-parse main"), theirs);
        EXPECT_EQ(git("copy", "show HEAD:a"), "mine");
    }
}

}  // namespace
}  // namespace envkeep::git
