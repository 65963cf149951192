// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

// What stands in a working copy where something is to be written or removed, and is the user's.
class InTheWayOfAMove : public testing::WithRealGit {
  protected:
    InTheWayOfAMove() : WithRealGit({{"d/in/x", "tracked"}}) {
        EXPECT_EQ(bring().change, CopyChange::cloned);
        tree_.file("outside/in/x", "mine").file("outside/new", "mine");
    }

    // What people do with a large folder.
    void put_link_in_place_of_folder() { tree_.remove("copy/d").link("copy/d", "../outside"); }

    void expect_left(const CopyReport& report, const std::string& path) {
        EXPECT_THAT(ids_of(report), ElementsAre("git-untracked-in-the-way")) << text_of(report);
        ASSERT_EQ(report.findings.size(), 1U);
        EXPECT_THAT(report.findings.front().evidence, ElementsAre(path));
        EXPECT_EQ(report.change, CopyChange::nothing);
    }

    void replace_folder_by_file_upstream() const {
        commit_upstream_as_it_is("git rm -qr d && printf theirs > d && printf theirs > e");
    }

    void commit_upstream_as_it_is(const std::string& commands) const {
        git("other",
            "pull -q && " + commands + " && git add -A && git commit -qm more && git push -q");
    }
};

TEST_F(InTheWayOfAMove, NothingIsWrittenThroughALinkInPlaceOfAFolder) {
    commit_upstream("d/new", "theirs");
    commit_upstream("d/more/new", "theirs");
    put_link_in_place_of_folder();
    const auto before = tree_.snapshot("outside");

    const CopyReport report = bring();

    EXPECT_EQ(tree_.snapshot("outside"), before);
    expect_left(report, "d");
    EXPECT_EQ(tree_.target("copy/d"), "../outside");
}

TEST_F(InTheWayOfAMove, NothingIsRemovedThroughALinkInPlaceOfAFolder) {
    commit_upstream_as_it_is("git rm -qr d/in");
    put_link_in_place_of_folder();
    const auto before = tree_.snapshot("outside");

    const CopyReport report = bring();

    EXPECT_EQ(tree_.snapshot("outside"), before);
    expect_left(report, "d");
}

TEST_F(InTheWayOfAMove, NothingIsPutBackThroughALinkInPlaceOfAFolder) {
    const std::string from = git("copy", "rev-parse HEAD");
    commit_upstream_as_it_is("printf changed > d/in/x && printf changed > d/in/y");
    git("copy", "fetch -q");
    put_link_in_place_of_folder();
    tree_.remove("outside/in/x");
    const auto before = tree_.snapshot("outside");
    tree_
        .file("copy/.git/envkeep-at-work",
              "other box\n1\n1\n" + from + "\n" + git("other", "rev-parse HEAD") +
                  "\nrefs/heads/main\n1\n")
        .modified("copy/.git/envkeep-at-work", 1);

    const CopyReport report = bring();

    EXPECT_EQ(tree_.snapshot("outside"), before);
    expect_left(report, "d");
}

TEST_F(InTheWayOfAMove, AnUntrackedFileStaysInAFolderThatBecomesAFile) {
    replace_folder_by_file_upstream();
    tree_.file("copy/d/own", "mine");
    const auto before = tree_.snapshot("copy/d");

    expect_left(bring(), "d/own");

    EXPECT_EQ(tree_.snapshot("copy/d"), before);
    EXPECT_EQ(git("copy", "status --porcelain"), "?? d/own");
    EXPECT_FALSE(tree_.exists("copy/.git/envkeep-at-work"));
}

TEST_F(InTheWayOfAMove, AnIgnoredFileStaysInAFolderThatBecomesAFile) {
    replace_folder_by_file_upstream();
    tree_.file("copy/d/in/deep/own", "mine").file("copy/.git/info/exclude", "own\n");

    expect_left(bring(), "d/in/deep/own");

    EXPECT_EQ(git("copy", "status --porcelain"), "");
}

TEST_F(InTheWayOfAMove, AFolderWithNothingOfTheUsersBecomesAFile) {
    replace_folder_by_file_upstream();

    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(tree_.content("copy/d") + tree_.content("copy/e"), "theirstheirs");
    expect_in_order();
}

TEST_F(InTheWayOfAMove, AnEmptyFolderIsNoFileOfTheUsers) {
    replace_folder_by_file_upstream();
    tree_.folder("copy/d/empty/deep");

    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(tree_.content("copy/d"), "theirs");
    expect_in_order();
}

}  // namespace
}  // namespace envkeep::git
