// SPDX-License-Identifier: MIT
#include "save_fixture.hpp"

#include <chrono>

namespace envkeep::keep {
namespace {

using namespace std::chrono_literals;
using manifest::Preset;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg\n";

class SavingTrees : public SavingFixture {};

TEST_F(SavingTrees, TakesACopiedFolderFileByFile) {
    keep(".ssh", Form::copy);
    restored(".ssh/config", "Host a\n");
    restored(".ssh/sub/deep/f", "one");
    tree.file("home/.ssh/config", "Host b\n")
        .file("home/.ssh/known_hosts", "github.com")
        .file("home/.ssh/sub/deep/f", "two")
        .file("home/.ssh/sub/new/g", "three")
        .link("home/.ssh/link", "config")
        .fifo("home/.ssh/agent");
    save();

    EXPECT_EQ(tree.content("store/.ssh/config"), "Host b\n");
    EXPECT_EQ(tree.content("store/.ssh/known_hosts"), "github.com");
    EXPECT_EQ(tree.content("store/.ssh/sub/deep/f"), "two");
    EXPECT_EQ(tree.content("store/.ssh/sub/new/g"), "three");
    EXPECT_EQ(tree.target("store/.ssh/link"), "config");
    EXPECT_FALSE(tree.exists("store/.ssh/agent"));
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(SavingTrees, KeepsBothWhereALinkInACopyLeadsElsewhereNow) {
    keep("d", Form::copy);
    tree.link("home/d/l", "one").link("store/d/l", "two");
    save();

    EXPECT_EQ(tree.target("store/d/l"), "two");
    EXPECT_EQ(tree.target("store/d/l.from-3f2a-1"), "one");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(SavingTrees, LeavesOutWhatIsExcludedOrKeptByItself) {
    keep("d", Form::copy);
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("cache").value());
    keep("d/own", Form::link);
    restored("d/known", "");
    tree.file("home/d/cache/x", "")
        .file("home/d/own", "mine")
        .file("home/d/.envkeep-aside/run/f", "")
        .file("home/d/.f.envkeep-0123abcd", "")
        .file("home/d/g", "")
        .file("store/d/own", "theirs");
    container_start = world.files.status(world.in_home("d/own")).value().changed + 1s;
    save();

    EXPECT_EQ(tree.content("store/d/own"), "theirs");
    EXPECT_THAT(tree.snapshot("store"),
                ElementsAre("d folder 0755",
                            ::testing::StartsWith("d/g "),
                            ::testing::StartsWith("d/known "),
                            ::testing::StartsWith("d/own ")));
}

TEST_F(SavingTrees, LeavesOutOfANewFolderWhatIsExcluded) {
    keep("d", Form::copy);
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("cache/x").value());
    tree.file("home/d/cache/x", "").file("home/d/cache/y", "");
    save();

    EXPECT_TRUE(tree.exists("store/d/cache/y"));
    EXPECT_FALSE(tree.exists("store/d/cache/x"));
}

TEST_F(SavingTrees, LeavesAHomeLinkInPlaceOfACopyAlone) {
    keep("a", Form::copy);
    tree.link("home/a", "/elsewhere");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SavingTrees, LeavesALinkThatStandsAlone) {
    keep(".gitconfig", Form::link);
    linked(".gitconfig", "one");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SavingTrees, WritesBackAFileThatTookTheLinksPlace) {
    keep(".gitconfig", Form::link);
    linked(".gitconfig", "one");
    tree.file("home/.new", "two").rename("home/.new", "home/.gitconfig");

    const SavePlan saved = save();

    ASSERT_THAT(saved.steps, SizeIs(1));
    EXPECT_EQ(saved.steps[0].why, "a file stands where the link was");
    EXPECT_EQ(tree.content("store/.gitconfig"), "two");
    EXPECT_FALSE(tree.is_link("home/.gitconfig"));
    EXPECT_TRUE(state.files.at(0).is_link);
    EXPECT_THAT(save().steps, IsEmpty());
    tree.file("home/.gitconfig", "three");
    save();
    EXPECT_EQ(tree.content("store/.gitconfig"), "three");
}

TEST_F(SavingTrees, KnowsWhatWasWrittenThroughTheLinkBefore) {
    keep("a", Form::link);
    linked("a", "one");
    tree.file("store/a", "two");
    save();
    tree.file("home/new", "three").rename("home/new", "home/a");
    save();

    EXPECT_EQ(tree.content("store/a"), "three");
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-1"));
}

TEST_F(SavingTrees, KeepsBothWhereTheStoreChangedBehindTheFormerLink) {
    keep("a", Form::link);
    linked("a", "one");
    tree.file("store/a", "theirs").file("home/new", "mine").rename("home/new", "home/a");
    save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
}

TEST_F(SavingTrees, LeavesAnOldFileWhereNoLinkOfOursEverWas) {
    keep("a", Form::link);
    tree.file("home/a", "mine").file("store/a", "theirs");
    container_start = world.files.status(world.in_home("a")).value().changed + 1s;

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SavingTrees, LeavesAnOldFileWhereNoCopyOfOursEverWas) {
    keep("a", Form::copy);
    keep("d", Form::copy);
    tree.file("home/a", "the image's").file("store/a", "theirs");
    tree.file("home/d/b", "the image's").file("home/d/c", "").file("store/d/b", "theirs");
    container_start = world.files.status(world.in_home("d/c")).value().changed + 1s;

    const SavePlan saved = save();

    EXPECT_THAT(saved.findings, IsEmpty());
    EXPECT_THAT(saved.steps, IsEmpty());
    EXPECT_THAT(state.files, IsEmpty());
}

TEST_F(SavingTrees, KeepsBothWhereAFileOfThisSessionStandsAndNoCopyIsRecorded) {
    keep("a", Form::copy);
    tree.file("home/a", "mine").file("store/a", "theirs");
    container_start = world.files.status(world.in_home("a")).value().changed - 1s;

    EXPECT_THAT(save().findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
}

TEST_F(SavingTrees, BringsAnOldFileThatOnlyTheHomeHasToTheStore) {
    keep("a", Form::copy);
    keep("d", Form::copy);
    restored("d/known", "one");
    tree.file("home/a", "mine").file("home/d/sub/b", "moved here").folder("store/d/sub");
    container_start = world.files.status(world.in_home("d/sub/b")).value().changed + 1s;
    save();

    EXPECT_EQ(tree.content("store/a"), "mine");
    EXPECT_EQ(tree.content("store/d/sub/b"), "moved here");
}

TEST_F(SavingTrees, KeepsBothWhereAFileOfThisSessionStandsAndNoLinkIsRecorded) {
    keep("a", Form::link);
    tree.file("home/a", "mine").file("store/a", "theirs");
    container_start = world.files.status(world.in_home("a")).value().changed - 1s;

    const SavePlan saved = save();

    EXPECT_THAT(saved.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
}

TEST_F(SavingTrees, GivesNothingAWiderModeThanThePreset) {
    keep(".ssh", Form::copy, Preset::ssh);
    restored(".ssh/config", "one");
    tree.mode("store/.ssh", 0700)
        .file("home/.ssh/config", "changed", 0666)
        .file("home/.ssh/id_new", key, 0644)
        .file("home/.ssh/work.pub", key, 0644)
        .file("home/.ssh/id_new.pub", "ssh-rsa", 0666)
        .file("home/.ssh/run", "", 0755)
        .file("home/.ssh/d/key", key, 0644)
        .mode("home/.ssh/config", 0666)
        .mode("home/.ssh/d", 0755);
    save();

    EXPECT_EQ(tree.mode_of("store/.ssh/config"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_new"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/work.pub"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_new.pub"), 0644U);
    EXPECT_EQ(tree.mode_of("store/.ssh/run"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/d"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/d/key"), 0600U);
}

TEST_F(SavingTrees, ChangesNothingInTheHome) {
    keep("a", Form::copy);
    keep("d", Form::copy);
    keep("l", Form::link);
    restored("a", "one");
    linked("l", "two");
    tree.file("home/a", "mine", 0640).file("store/a", "theirs").file("home/d/x/y", "", 0755);
    tree.file("home/new", "three").rename("home/new", "home/l");
    const auto before = tree.snapshot("home");
    save();

    EXPECT_EQ(tree.snapshot("home"), before);
}

TEST_F(SavingTrees, TriesAgainWhatCouldNotBeDone) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "two!");
    const SavePlan planned = plan();
    const auto before = state.files;

    state.files = records_after(planned, {}, world.files);

    EXPECT_EQ(state.files, before);
    EXPECT_THAT(plan().steps, SizeIs(1));
}

TEST_F(SavingTrees, ForgetsWhatWasRestoredFromAnotherSource) {
    keep("a", Form::copy);
    restored("a", "one");
    wanted.keeps[0].source = world.in_store("b/a");
    tree.file("home/a", "mine").file("store/b/a", "theirs");
    save();

    EXPECT_EQ(tree.content("store/b/a"), "theirs");
    EXPECT_EQ(tree.content("store/b/a.from-3f2a-1"), "mine");
    EXPECT_EQ(tree.content("store/a"), "one");
}

TEST_F(SavingTrees, ShortensANameThatWouldBeTooLong) {
    const std::string name(255, 'x');
    keep(name, Form::copy);
    tree.file("home/" + name, "mine").file("store/" + name, "theirs");
    const SavePlan saved = save();

    ASSERT_THAT(saved.steps, SizeIs(1));
    EXPECT_THAT(model::place_of(saved.steps[0].action).path.name(),
                ::testing::EndsWith("xx.from-3f2a-1"));
    EXPECT_THAT(save().steps, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep
