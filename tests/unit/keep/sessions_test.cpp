// SPDX-License-Identifier: MIT
#include "unit/keep/sessions.hpp"

#include "support/mounts.hpp"
#include "unit/keep/plan_text.hpp"

#include <gmock/gmock.h>

// Sessions in a row with the way back between them: from the manifest, through what is there at
// each time, with the real files.
namespace envkeep::keep::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

auto finding(const std::string& id) {
    return ::testing::Field("id", &model::Finding::id, id);
}

TEST_F(Sessions, HaveNewNamesOfAFolderWhoseChildrenAreKept) {
    world.keep(".config").children = true;
    tree.folder("storage/envkeep/home/.config/old");
    restore();
    tree.file("root/.config/new/deep/f", "one").file("root/.config/file", "two");

    EXPECT_THAT(save().steps, SizeIs(2));
    EXPECT_THAT(save().steps, IsEmpty());
    tree.file("root/.config/new/deep/f", "changed").file("root/.config/new/g", "three");
    tree.file("root/.config/file", "changed too");
    save();
    next_session();

    EXPECT_EQ(tree.content("root/.config/new/deep/f"), "changed");
    EXPECT_EQ(tree.content("root/.config/new/g"), "three");
    EXPECT_EQ(tree.content("root/.config/file"), "changed too");
    EXPECT_TRUE(tree.is_link("root/.config/new"));
    EXPECT_FALSE(tree.exists("storage/envkeep/home/.config/file.from-3f2a-1"));
}

TEST_F(Sessions, HaveNewNamesOfAFolderKeptPerPython) {
    world.keep(".local").per_python = true;
    restore();
    tree.file("root/.local/pipx/venvs/black/cfg", "x");
    save();
    next_session();

    EXPECT_EQ(tree.content("root/.local/pipx/venvs/black/cfg"), "x");
}

TEST_F(Sessions, HaveNewNamesBesideAnEntryOfItsOwn) {
    world.keep(".config");
    world.keep(".config/a").to = "own/a";
    restore();
    tree.file("root/.config/new", "x");
    save();
    next_session();

    EXPECT_EQ(tree.content("root/.config/new"), "x");
}

TEST_F(Sessions, HaveWhatAPatternFindsLater) {
    world.keep(".*rc");
    restore();
    tree.file("root/.foorc", "x");
    save();
    next_session();

    EXPECT_EQ(tree.content("root/.foorc"), "x");
}

TEST_F(Sessions, HaveWhatWasNotReachedAtTheStart) {
    world.keep(".jupyter");
    tree.file("root/.jupyter/a", "x");
    save();
    next_session();

    EXPECT_EQ(tree.content("root/.jupyter/a"), "x");
}

TEST_F(Sessions, SaveNothingThatTheManifestDoesNotWant) {
    manifest::Keep& keep = world.keep(".config");
    keep.children = true;
    keep.exclude = {"cache"};
    world.keep(".profile").kind = manifest::KeepKind::file;
    restore();
    tree.remove("root/.profile").folder("root/.profile/folder");
    tree.remove("storage/envkeep/home/.profile");
    state.files.clear();
    tree.file("root/.config/cache/x").file("root/.config/.a.envkeep-0123abcd");

    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Sessions, KeepBothWhereTwoOfThemMakeOneNewName) {
    world.keep(".config").children = true;
    restore();
    tree.file("root/.config/new", "mine").file("storage/envkeep/home/.config/new", "theirs");
    save();

    EXPECT_EQ(tree.content("storage/envkeep/home/.config/new"), "theirs");
    EXPECT_EQ(tree.content("storage/envkeep/home/.config/new.from-3f2a-1"), "mine");
}

TEST_F(Sessions, HaveWhatIsInAFolderThatReplacedTheLink) {
    world.keep("d");
    tree.file("storage/envkeep/home/d/same", "1")
        .file("storage/envkeep/home/d/differs", "store's")
        .file("storage/envkeep/home/d/only store", "3");
    restore();
    tree.remove("root/d").file("root/d/same", "1").file("root/d/differs", "home's");
    tree.file("root/d/new/f", "2");

    const SavePlan saved = save();

    EXPECT_THAT(saved.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_THAT(save().steps, IsEmpty());
    next_session();
    EXPECT_EQ(tree.content("root/d/new/f"), "2");
    EXPECT_EQ(tree.content("root/d/differs"), "store's");
    EXPECT_EQ(tree.content("root/d/differs.from-3f2a-1"), "home's");
    EXPECT_EQ(tree.content("root/d/only store"), "3");
}

TEST_F(Sessions, RememberALinkThatStoodThereBefore) {
    world.keep("f");
    tree.file("storage/envkeep/home/f", "one").link("root/f", world.store("home/f"));
    save();
    tree.remove("root/f").file("root/f", "two!");
    save();

    EXPECT_EQ(tree.content("storage/envkeep/home/f"), "two!");
}

TEST_F(Sessions, HaveTheLinksAmongTheChildren) {
    world.keep(".config").children = true;
    tree.folder("root/.config/v1").link("root/.config/current", "v1");
    tree.link("root/.config/abs", "/etc/hosts").link("root/.config/gone", "host-123");
    tree.file("root/.profile").link("root/.config/up", "../.profile");
    restore();
    EXPECT_THAT(world.plan_lines(), IsEmpty());
    next_session();

    EXPECT_EQ(tree.target("root/.config/current"), "v1");
    EXPECT_EQ(tree.target("root/.config/abs"), "/etc/hosts");
    EXPECT_EQ(tree.target("root/.config/gone"), "host-123");
    EXPECT_EQ(tree.target("root/.config/up"), "../.profile");
    EXPECT_THAT(world.plan_lines(), IsEmpty());
}

TEST_F(Sessions, HaveALinkThatWasChanged) {
    world.keep(".local").per_python = true;
    tree.link("root/.local/lib64", "lib");
    restore();
    tree.remove("root/.local/lib64").link("root/.local/lib64", "lib/other");
    tree.link("root/.local/new", "/opt/new");

    EXPECT_THAT(world.plan_lines(),
                ElementsAre("seed root/.local/new -> storage/envkeep/home/.local/new"));
    save();
    EXPECT_THAT(save().steps, IsEmpty());
    next_session();

    EXPECT_EQ(tree.target("root/.local/lib64"), "lib/other");
    EXPECT_EQ(tree.target("root/.local/new"), "/opt/new");
}

TEST_F(Sessions, AskWhereALinkWasChangedOnBothSides) {
    world.keep(".config").children = true;
    tree.link("root/.config/l", "one");
    restore();
    tree.remove("root/.config/l").link("root/.config/l", "home's");
    const std::string stored = "storage/envkeep/home/.config/l";
    tree.remove(stored).link(stored, "store's");

    EXPECT_THAT(save().findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(tree.target(stored + ".from-3f2a-1"), "home's");
    EXPECT_THAT(world.plan().conflicts, SizeIs(1));
    world.planning.take = {{world.home(".config/l"), Take::home}};
    restore();

    EXPECT_EQ(tree.target(stored), "home's");
    EXPECT_THAT(save().findings, IsEmpty());
}

TEST_F(Sessions, KeepALinkOfTheUsersInTheStoreWhereItLeads) {
    world.keep(".config").children = true;
    tree.folder("storage/data/big").link("storage/envkeep/home/.config/big", "../../../data/big");
    next_session();

    EXPECT_EQ(tree.target("root/.config/big"), world.store("home/.config/big"));
}

TEST_F(Sessions, SayWhatIsMountedAmongTheChildren) {
    world.keep(".config").children = true;
    tree.folder("root/.config/m").folder("root/.config/new/m");
    const auto mount = envkeep::testing::ScopedMount::tmpfs(tree / "root/.config/m");
    world.reopen();

    const model::Plan plan = world.plan();

    EXPECT_THAT(plan.findings, Contains(finding("keep-mount-point")));
    EXPECT_THAT(save().steps, SizeIs(1));
    EXPECT_FALSE(tree.exists("storage/envkeep/home/.config/m"));
}

TEST_F(Sessions, CopyNoMountIntoTheStore) {
    world.keep(".config").children = true;
    restore();
    tree.folder("root/.config/new/m");
    const auto mount = envkeep::testing::ScopedMount::tmpfs(tree / "root/.config/new/m");
    world.reopen();

    const SavePlan saved = save();

    EXPECT_THAT(saved.steps, IsEmpty());
    EXPECT_THAT(saved.findings, ElementsAre(finding("save-failed")));
}

// A conflict stays one after a save kept both sides.
class BothChanged : public Sessions, public ::testing::WithParamInterface<manifest::How> {
  protected:
    BothChanged() {
        world.keep("f").how = GetParam();
        tree.file("storage/envkeep/home/f", "one");
        restore();
        tree.remove("root/f").file("root/f", "home's");
        tree.file("storage/envkeep/home/f", "the store's");
        EXPECT_THAT(world.plan().conflicts, SizeIs(1));
        EXPECT_THAT(save().findings, ElementsAre(finding("save-both-kept")));
        EXPECT_THAT(world.plan().conflicts, SizeIs(1));
        tree.file("root/f", "the home's newer");
        save();
        EXPECT_THAT(world.plan().conflicts, SizeIs(1));
        EXPECT_EQ(tree.content("root/f"), "the home's newer");
    }

    void take(Take side) {
        world.planning.take = {{world.home("f"), side}};
        restore();
        world.planning.take.clear();
        EXPECT_THAT(world.plan_lines(), IsEmpty());
        EXPECT_THAT(save().findings, IsEmpty());
    }
};

TEST_P(BothChanged, IsSettledByTheHome) {
    take(Take::home);

    EXPECT_EQ(tree.content("storage/envkeep/home/f"), "the home's newer");
}

TEST_P(BothChanged, IsSettledByTheStore) {
    take(Take::store);

    EXPECT_EQ(tree.content("root/f"), "the store's");
}

TEST_P(BothChanged, IsSettledByHand) {
    tree.file("root/f", "the store's");

    EXPECT_THAT(save().findings, IsEmpty());
    EXPECT_THAT(world.plan().conflicts, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All,
                         BothChanged,
                         ::testing::Values(manifest::How::link, manifest::How::copy),
                         [](const auto& how) {
                             return how.param == manifest::How::link ? "link" : "copy";
                         });

TEST_F(Sessions, AskForAFileOfACopiedFolderAfterBothWereKept) {
    world.keep("d").how = manifest::How::copy;
    tree.file("storage/envkeep/home/d/f", "one").file("storage/envkeep/home/d/g", "same");
    restore();
    tree.file("root/d/f", "home's").file("storage/envkeep/home/d/f", "the store's");
    EXPECT_THAT(save().findings, ElementsAre(finding("save-both-kept")));

    EXPECT_THAT(world.plan().conflicts, SizeIs(1));
    world.planning.take = {{world.home("d"), Take::home}};
    restore();

    EXPECT_EQ(tree.content("storage/envkeep/home/d/f"), "home's");
    EXPECT_THAT(save().findings, IsEmpty());
}

TEST_F(Sessions, PutNothingTwiceIntoOneSource) {
    world.keep("a").to = "home/same";
    world.keep("b").to = "home/same";
    world.keep("f").to = "home/same/below";
    tree.file("root/a/x", "1").file("root/b/y", "2").file("root/f/z", "3");

    const model::Plan plan = restore();

    EXPECT_THAT(plan.conflicts, SizeIs(2));
    EXPECT_THAT(plan.conflicts[0].reason, HasSubstr("is also that of ~/a"));
    EXPECT_EQ(tree.content("storage/envkeep/home/same/x"), "1");
    EXPECT_EQ(tree.content("root/b/y"), "2");
    restore();
    restore();
    EXPECT_EQ(tree.content("root/a/y"), "2");
    EXPECT_EQ(tree.content("root/f/z"), "3");
}

TEST_F(Sessions, LinkSeveralPlacesToOneSource) {
    world.keep("a").to = "home/same";
    world.keep("b").to = "home/same";
    world.keep("f").to = "home/same/below";
    world.keep("whole").to = world.tree / "storage";
    tree.file("root/b/y", "2");

    // The empty source that 'a' would have is in the way of what 'b' brings.
    EXPECT_THAT(restore().conflicts, SizeIs(1));
    EXPECT_THAT(restore().conflicts, IsEmpty());

    EXPECT_EQ(tree.content("root/a/y"), "2");
    EXPECT_EQ(tree.content("root/b/y"), "2");
    EXPECT_TRUE(tree.is_link("root/f"));
    EXPECT_TRUE(tree.is_link("root/whole"));
}

}  // namespace
}  // namespace envkeep::keep::testing
