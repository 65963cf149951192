// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/modes.hpp"
#include "envkeep/keep/observe.hpp"
#include "envkeep/keep/plan.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "save_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// One restore reaches every mode, whatever the first state: the next plan is empty.
namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::IsEmpty;

constexpr std::string_view key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg\n";

class RestoreOfModes : public ::testing::Test {
  protected:
    RestoreOfModes() { wanted.store_path = tree / "store"; }

    void keep(std::string_view path, Form form, Preset preset = Preset::none) {
        wanted.keeps.push_back(world.keep(path, form, preset));
    }

    void rule(std::string pattern, std::uint32_t mode) {
        manifest.modes.push_back({.pattern = std::move(pattern), .mode = mode, .mark = {}});
    }

    model::Plan plan() {
        world.files.forget_folders();
        const auto absolute = [&](const system::Place& place) {
            return world.files.absolute(place);
        };
        const Observation observation = observe(wanted, {.is_start = true}, world.files).value();
        model::Plan planned =
            make_plan(wanted,
                      observation,
                      {.absolute = absolute, .store_is_read_only = context.store_is_read_only});
        context.home = world.home;
        context.threads = 2;
        context.observation = &observation;
        context.plan = &planned;
        context.first_group = 1000;
        add_modes(
            plan_modes(manifest, wanted, context, world.files, walker).value(), absolute, planned);
        return planned;
    }

    void restore() {
        store::Journal journal(world.in_store("journal"),
                               {.id = "20261120T000000Z-00000001", .command = "restore"},
                               world.files,
                               world.files);
        const model::Plan planned = plan();
        ApplyContext applying;
        applying.journal = &journal;
        applying.home = world.home;
        const Applied applied = apply(planned, applying, world.files, world.files);
        EXPECT_EQ(applied.outcome.count(model::StepResult::done), planned.steps.size());
    }

    envkeep::testing::SaveWorld world;
    envkeep::testing::TempTree& tree = world.tree;
    posix::TreeWalker walker{world.files};
    manifest::Manifest manifest;
    Wanted wanted;
    ModesContext context;
};

TEST_F(RestoreOfModes, SeedsTheKeysOfTheHomeWithTheirModes) {
    keep(".ssh", Form::link, Preset::ssh);
    tree.folder("home/.ssh", 0755)
        .file("home/.ssh/id_rsa", key, 0644)
        .file("home/.ssh/work", key, 0777)
        .file("home/.ssh/proxy.sh", "#!/bin/sh", 0755)
        .folder("home/.ssh/sub", 0777);
    restore();

    EXPECT_EQ(tree.mode_of("store/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_rsa"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/work"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/proxy.sh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/sub"), 0700U);
    EXPECT_TRUE(tree.is_link("home/.ssh"));
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, SetsTheModesOfTheStoreBeforeItLinks) {
    keep(".ssh", Form::link, Preset::ssh);
    tree.folder("store/.ssh", 0755).file("store/.ssh/id_rsa", key, 0644);
    restore();

    EXPECT_EQ(tree.mode_of("home/.ssh/id_rsa"), 0600U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, SeedsWhatTheStoreLacksWithItsModes) {
    keep(".ssh", Form::link, Preset::ssh);
    tree.folder("home/.ssh", 0755)
        .file("home/.ssh/id_new", key, 0644)
        .file("home/.ssh/id_rsa", "image's", 0644)
        .folder("store/.ssh", 0755)
        .file("store/.ssh/id_rsa", key, 0644);
    restore();

    EXPECT_EQ(tree.mode_of("store/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_new"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_rsa"), 0600U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, MakesFoldersOfKeepsWithTheirModes) {
    keep(".ssh", Form::folder, Preset::ssh);
    keep(".ssh/id_rsa", Form::link, Preset::ssh);
    tree.folder("store/.ssh", 0755).file("store/.ssh/id_rsa", key, 0644);
    restore();

    EXPECT_EQ(tree.mode_of("home/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_rsa"), 0600U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, CopiesWithTheModesOfPresetAndRules) {
    keep(".ssh", Form::copy, Preset::ssh);
    keep(".token", Form::copy, Preset::secrets);
    rule(".ssh/config", 0644);
    rule(".token", 0640);
    tree.folder("store/.ssh", 0755)
        .file("store/.ssh/id_rsa", key, 0644)
        .file("store/.ssh/config", "Host *", 0600)
        .file("store/.ssh/run", "", 0755)
        .file("store/.token", "t", 0600);
    restore();

    EXPECT_EQ(tree.mode_of("home/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.ssh/id_rsa"), 0600U);
    EXPECT_EQ(tree.mode_of("home/.ssh/config"), 0644U);
    EXPECT_EQ(tree.mode_of("home/.ssh/run"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.token"), 0640U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, CopiesWithTheRightModesFromAStoreThatKeepsNone) {
    context.modes_honoured = false;
    keep(".ssh", Form::copy, Preset::ssh);
    rule(".ssh/run", 0700);
    rule(".ssh/config", 0644);
    tree.folder("store/.ssh", 0777)
        .file("store/.ssh/id_rsa", key, 0777)
        .file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0777)
        .file("store/.ssh/old.pub", key, 0777)
        .file("store/.ssh/known_hosts", "host", 0777)
        .file("store/.ssh/config", "Host *", 0777)
        .file("store/.ssh/other", "", 0777)
        .file("store/.ssh/run", "", 0777)
        .folder("store/.ssh/sub", 0777);
    restore();

    EXPECT_EQ(tree.mode_of("home/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.ssh/id_rsa"), 0600U);
    EXPECT_EQ(tree.mode_of("home/.ssh/id_rsa.pub"), 0644U);
    EXPECT_EQ(tree.mode_of("home/.ssh/old.pub"), 0600U);
    EXPECT_EQ(tree.mode_of("home/.ssh/known_hosts"), 0644U);
    EXPECT_EQ(tree.mode_of("home/.ssh/config"), 0644U);
    EXPECT_EQ(tree.mode_of("home/.ssh/other"), 0600U);
    EXPECT_EQ(tree.mode_of("home/.ssh/run"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.ssh/sub"), 0700U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_rsa"), 0777U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, CopiesWithTheRightModesFromAStoreThatCanOnlyBeRead) {
    context.store_is_read_only = true;
    keep(".ssh", Form::copy, Preset::ssh);
    keep("a", Form::copy);
    keep("a-b", Form::copy);
    keep("data", Form::copy);
    wanted.keeps.back().guards_secrets = true;
    rule("a/b", 0640);
    tree.folder("store/.ssh", 0755)
        .file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644)
        .file("store/.ssh/run", "", 0755)
        .file("store/a/b", "", 0600)
        .file("store/a-b/c", "", 0604)
        .file("store/data/kaggle.json", "{}", 0644)
        .file("store/data/x", "", 0755);
    restore();

    EXPECT_EQ(tree.mode_of("home/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("home/.ssh/id_rsa.pub"), 0644U);
    EXPECT_EQ(tree.mode_of("home/.ssh/run"), 0700U);
    EXPECT_EQ(tree.mode_of("home/a/b"), 0640U);
    EXPECT_EQ(tree.mode_of("home/a-b/c"), 0604U);
    EXPECT_EQ(tree.mode_of("home/data/kaggle.json"), 0600U);
    EXPECT_EQ(tree.mode_of("home/data/x"), 0755U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, SeedsWhatARuleOpensAsTheRuleSays) {
    keep(".ssh", Form::link, Preset::ssh);
    keep(".local", Form::link);
    rule(".ssh/config", 0644);
    rule(".local/bin/*", 0755);
    tree.folder("home/.ssh", 0755)
        .file("home/.ssh/config", "Host *", 0600)
        .file("home/.ssh/id_rsa", key, 0644)
        .file("home/.local/bin/pip", "", 0644);
    restore();

    EXPECT_EQ(tree.mode_of("store/.ssh/config"), 0644U);
    EXPECT_EQ(tree.mode_of("store/.ssh/id_rsa"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.local/bin/pip"), 0755U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(RestoreOfModes, MakesWhatIsNowhereWithTheModeOfTheRule) {
    keep(".config/tool", Form::link);
    wanted.keeps.back().kind = manifest::KeepKind::folder;
    rule(".config", 0711);
    rule(".config/tool", 0750);
    restore();

    EXPECT_EQ(tree.mode_of("home/.config"), 0711U);
    EXPECT_EQ(tree.mode_of("store/.config/tool"), 0750U);
    EXPECT_THAT(plan().steps, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep
