// SPDX-License-Identifier: MIT
#include "envkeep/keep/save.hpp"

#include "save_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::SaveWorld;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg\n";

class Saving : public ::testing::Test {
  protected:
    Saving() { wanted.store_path = tree / "store"; }

    SavePlan plan() {
        world.files.forget_folders();
        auto planned = plan_save(wanted, state, "3f2a", world.files);
        EXPECT_TRUE(planned.has_value());
        EXPECT_EQ(planned->steps.size(), planned->before.size());
        return *std::move(planned);
    }

    // What the engine does each round: plan, carry out, remember.
    SavePlan save() {
        SavePlan planned = plan();
        model::Outcome outcome;
        for (std::size_t i = 0; i < planned.steps.size(); ++i) {
            const bool is_done = carry_out(planned.steps[i].action);
            outcome.steps.push_back(
                {.step = i,
                 .result = is_done ? model::StepResult::done : model::StepResult::failed,
                 .error = {},
                 .took = {},
                 .note = {}});
        }
        state.files = records_after(planned, outcome, world.files);
        return planned;
    }

    bool carry_out(const model::Action& action) {
        if (const auto* const seed = std::get_if<model::Seed>(&action)) {
            const auto leaves_out = [&](const RelPath& below) {
                return std::find(seed->leaves_out.begin(), seed->leaves_out.end(), below) !=
                       seed->leaves_out.end();
            };
            return world.files
                .copy(seed->from,
                      seed->to,
                      {.file_bound = seed->file_bound,
                       .folder_bound = seed->folder_bound,
                       .leaves_out = leaves_out},
                      std::nullopt)
                .has_value();
        }
        const auto& copy = std::get<model::CopyBack>(action);
        return world.files
            .copy(copy.from,
                  copy.to,
                  {.file_bound = copy.bound, .folder_bound = 07777, .leaves_out = {}},
                  copy.to_seen)
            .has_value();
    }

    void keep(std::string_view path, Form form, Preset preset = Preset::none) {
        wanted.keeps.push_back(world.keep(path, form, preset));
    }

    // As after a restore: the same file on both sides, and a record of it.
    void restored(const std::string& path, std::string_view content) {
        tree.file("home/" + path, content).file("store/" + path, content);
        state.files.push_back({.place = tree / ("home/" + path),
                               .source = tree / ("store/" + path),
                               .digest = digest_of(content),
                               .home_seen = world.files.status(world.in_home(path)).value(),
                               .store_seen = world.files.status(world.in_store(path)).value(),
                               .is_link = false});
    }

    void linked(const std::string& path, std::string_view content) {
        tree.file("store/" + path, content).link("home/" + path, tree / ("store/" + path));
        state.files.push_back({.place = tree / ("home/" + path),
                               .source = tree / ("store/" + path),
                               .digest = digest_of(content),
                               .home_seen = world.files.status(world.in_home(path)).value(),
                               .store_seen = world.files.status(world.in_store(path)).value(),
                               .is_link = true});
    }

    SaveWorld world;
    testing::TempTree& tree = world.tree;
    Wanted wanted;
    store::SessionState state;
};

auto finding(const std::string& id) {
    return Field("id", &model::Finding::id, id);
}

TEST_F(Saving, DoesNothingWhereNothingChanged) {
    keep(".bash_history", Form::copy);
    restored(".bash_history", "ls\n");
    const auto before = state.files;

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(state.files, before);
}

TEST_F(Saving, WritesAChangedCopyBack) {
    keep(".bash_history", Form::copy);
    restored(".bash_history", "ls\n");
    tree.file("home/.bash_history", "ls\ncd\n");

    const SavePlan saved = save();

    ASSERT_THAT(saved.steps, SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<model::CopyBack>(saved.steps[0].action));
    EXPECT_EQ(tree.content("store/.bash_history"), "ls\ncd\n");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, SeesAChangeThatKeepsTheSize) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "two").modified("home/a", 1);

    EXPECT_THAT(save().steps, SizeIs(1));
    EXPECT_EQ(tree.content("store/a"), "two");
}

TEST_F(Saving, OnlyRemembersAFileThatWasTouched) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.modified("home/a", 1);

    EXPECT_THAT(save().steps, IsEmpty());
    ASSERT_THAT(state.files, SizeIs(1));
    EXPECT_EQ(state.files[0].home_seen, world.files.status(world.in_home("a")).value());
}

TEST_F(Saving, LeavesTheStoreAloneWhereOnlyTheStoreChanged) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("store/a", "theirs");

    EXPECT_THAT(save().steps, IsEmpty());
    tree.modified("home/a", 1);
    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(tree.content("store/a"), "theirs");
}

TEST_F(Saving, KeepsBothWhereBothChanged) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");

    const SavePlan saved = save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_EQ(tree.content("home/a"), "mine");
    EXPECT_THAT(saved.kept_both, ElementsAre(tree / "store/a.from-3f2a-1"));
    ASSERT_THAT(saved.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(saved.findings[0].subject, "~/a");
    EXPECT_THAT(saved.findings[0].fix.commands,
                ElementsAre("diff -u " + (tree / "store/a") + " " + (tree / "store/a.from-3f2a-1"),
                            "envkeep restore --take home " + (tree / "home/a"),
                            "envkeep restore --take store " + (tree / "home/a")));
}

TEST_F(Saving, GoesOnWithTheVersionThatItKept) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();
    const SavePlan second = save();
    tree.file("home/a", "mine too");

    const SavePlan third = save();

    EXPECT_THAT(second.steps, IsEmpty());
    EXPECT_THAT(second.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_THAT(third.kept_both, IsEmpty());
    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine too");
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-2"));
}

TEST_F(Saving, SaysNoMoreOfAVersionThatTheUserTookAway) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();
    tree.remove("store/a.from-3f2a-1");

    const SavePlan saved = save();

    EXPECT_THAT(saved.steps, IsEmpty());
    EXPECT_THAT(saved.findings, IsEmpty());
}

TEST_F(Saving, TakesNoNameBesideThatIsTaken) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs").file("store/a.from-3f2a-1", "other");
    save();

    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "other");
    EXPECT_EQ(tree.content("store/a.from-3f2a-2"), "mine");
}

TEST_F(Saving, OnlyRemembersWhereBothSidesBecameTheSame) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "same").file("store/a", "same");

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(state.files.at(0).digest, digest_of("same"));
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, WritesBackWhatTheStoreLost) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.remove("store/a").file("home/a", "two");
    save();

    EXPECT_EQ(tree.content("store/a"), "two");
}

TEST_F(Saving, LeavesTheStoreAloneWhereTheHomeLostIt) {
    keep("a", Form::copy);
    keep("d", Form::copy);
    restored("a", "one");
    restored("d/b", "two");
    const auto before = tree.snapshot("store");
    tree.remove("home/a").remove("home/d");

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(tree.snapshot("store"), before);
    EXPECT_THAT(state.files, SizeIs(2));
}

TEST_F(Saving, KeepsBothWhereNobodyKnowsWhatWasRestored) {
    keep("a", Form::copy);
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, KeepsBothWhereTheStoreHasSomethingElseOfThatName) {
    keep("a", Form::copy);
    tree.file("home/a", "mine").file("store/a/f", "theirs");
    save();

    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, TakesACopiedFolderFileByFile) {
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

TEST_F(Saving, KeepsBothWhereALinkInACopyLeadsElsewhereNow) {
    keep("d", Form::copy);
    tree.link("home/d/l", "one").link("store/d/l", "two");
    save();

    EXPECT_EQ(tree.target("store/d/l"), "two");
    EXPECT_EQ(tree.target("store/d/l.from-3f2a-1"), "one");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, LeavesOutWhatIsExcludedOrKeptByItself) {
    keep("d", Form::copy);
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("cache").value());
    keep("d/own", Form::link);
    tree.file("home/d/cache/x", "")
        .file("home/d/own", "")
        .file("home/d/.envkeep-aside/run/f", "")
        .file("home/d/.f.envkeep-0123abcd", "")
        .file("home/d/g", "")
        .folder("store/d");
    save();

    EXPECT_THAT(tree.snapshot("store"),
                ElementsAre("d folder 0755", ::testing::StartsWith("d/g ")));
}

TEST_F(Saving, LeavesOutOfANewFolderWhatIsExcluded) {
    keep("d", Form::copy);
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("cache/x").value());
    tree.file("home/d/cache/x", "").file("home/d/cache/y", "");
    save();

    EXPECT_TRUE(tree.exists("store/d/cache/y"));
    EXPECT_FALSE(tree.exists("store/d/cache/x"));
}

TEST_F(Saving, LeavesAHomeLinkInPlaceOfACopyAlone) {
    keep("a", Form::copy);
    tree.link("home/a", "/elsewhere");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, LeavesALinkThatStandsAlone) {
    keep(".gitconfig", Form::link);
    linked(".gitconfig", "one");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, WritesBackAFileThatTookTheLinksPlace) {
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

TEST_F(Saving, KnowsWhatWasWrittenThroughTheLinkBefore) {
    keep("a", Form::link);
    linked("a", "one");
    tree.file("store/a", "two");
    save();
    tree.file("home/new", "three").rename("home/new", "home/a");
    save();

    EXPECT_EQ(tree.content("store/a"), "three");
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-1"));
}

TEST_F(Saving, KeepsBothWhereTheStoreChangedBehindTheFormerLink) {
    keep("a", Form::link);
    linked("a", "one");
    tree.file("store/a", "theirs").file("home/new", "mine").rename("home/new", "home/a");
    save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
}

TEST_F(Saving, LeavesAFileWhereNoLinkOfOursEverWas) {
    keep("a", Form::link);
    tree.file("home/a", "mine").file("store/a", "theirs");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, TakesNewNamesOfAFolderOfLinks) {
    keep(".local", Form::folder);
    wanted.keeps.back().saves_new_children = true;
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("tmp").value());
    linked(".local/share", "");
    wanted.keeps.push_back(world.keep(".local/share", Form::link));
    tree.file("home/.local/opt/tool", "x")
        .file("home/.local/file", "y")
        .file("home/.local/tmp/z", "")
        .link("home/.local/stale", tree / "store/.local/stale");
    save();

    EXPECT_EQ(tree.content("store/.local/opt/tool"), "x");
    EXPECT_EQ(tree.content("store/.local/file"), "y");
    EXPECT_FALSE(tree.exists("store/.local/tmp"));
    EXPECT_FALSE(tree.is_link("store/.local/stale"));
    EXPECT_THAT(save().steps, IsEmpty());
    tree.file("home/.local/opt/tool", "longer").file("home/.local/opt/more", "m");
    save();
    EXPECT_EQ(tree.content("store/.local/opt/tool"), "longer");
    EXPECT_EQ(tree.content("store/.local/opt/more"), "m");
}

TEST_F(Saving, TakesNoNewNamesOfAFolderThatOnlyHoldsKeeps) {
    keep("d", Form::folder);
    tree.file("home/d/f", "").folder("store/d");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, GivesNothingAWiderModeThanThePreset) {
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

TEST_F(Saving, ChangesNothingInTheHome) {
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

TEST_F(Saving, TriesAgainWhatCouldNotBeDone) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "two!");
    const SavePlan planned = plan();
    const auto before = state.files;

    state.files = records_after(planned, {}, world.files);

    EXPECT_EQ(state.files, before);
    EXPECT_THAT(plan().steps, SizeIs(1));
}

TEST_F(Saving, ForgetsWhatWasRestoredFromAnotherSource) {
    keep("a", Form::copy);
    restored("a", "one");
    wanted.keeps[0].source = world.in_store("b/a");
    tree.file("home/a", "mine").file("store/b/a", "theirs");
    save();

    EXPECT_EQ(tree.content("store/b/a"), "theirs");
    EXPECT_EQ(tree.content("store/b/a.from-3f2a-1"), "mine");
    EXPECT_EQ(tree.content("store/a"), "one");
}

TEST_F(Saving, ShortensANameThatWouldBeTooLong) {
    const std::string name(255, 'x');
    keep(name, Form::copy);
    tree.file("home/" + name, "mine").file("store/" + name, "theirs");
    const SavePlan saved = save();

    ASSERT_THAT(saved.kept_both, SizeIs(1));
    EXPECT_THAT(saved.kept_both[0], ::testing::EndsWith("xx.from-3f2a-1"));
    EXPECT_THAT(save().steps, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep
