// SPDX-License-Identifier: MIT
#include "modes_fixture.hpp"

namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view key = private_key;

class ModesOfRules : public ModesFixture {};

TEST_F(ModesOfRules, AreExactAndMarkedWhereTheyWiden) {
    linked(".local");
    tree.file("store/.local/bin/pip", "", 0644).file("store/.local/bin/x", "", 0777);
    rule(".local/bin/*", 0755);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned),
                ElementsAre("store/.local/bin/pip: 0755", "store/.local/bin/x: 0755"));
    EXPECT_TRUE(std::get<model::SetMode>(planned.steps[0].action).widens);
    EXPECT_FALSE(std::get<model::SetMode>(planned.steps[1].action).widens);
    EXPECT_EQ(planned.steps[0].subject, "~/.local/bin/pip");
    EXPECT_EQ(planned.steps[0].why, "rule '.local/bin/*'");
    ASSERT_THAT(planned.findings, ElementsAre(finding("mode-widened")));
    EXPECT_THAT(planned.findings[0].evidence, ElementsAre("~/.local/bin/pip: 0644 -> 0755"));
}

TEST_F(ModesOfRules, ReachWhatIsInTheHomeItself) {
    tree.file("home/.bashrc", "", 0666).file("home/.config/a/b", "", 0600);
    rule(tree / "home/.bashrc", 0644);
    rule(".config/**/b", 0640);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/.bashrc: 0644", "home/.config/a/b: 0640"));
}

TEST_F(ModesOfRules, LetTheLaterRuleWin) {
    tree.file("home/a/b", "", 0600);
    rule("a/*", 0644);
    rule("a/b", 0640);

    EXPECT_THAT(changes(plan()), ElementsAre("home/a/b: 0640"));
}

TEST_F(ModesOfRules, WinOverThePreset) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).file("store/.ssh/config", "", 0600);
    rule(".ssh/config", 0644);

    EXPECT_THAT(changes(plan()), ElementsAre("store/.ssh/config: 0644"));
}

TEST_F(ModesOfRules, DoNotOpenAKeyBelowAPreset) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700)
        .file("store/.ssh/id_rsa", "whatever", 0644)
        .file("store/.ssh/work", key, 0600)
        .file("store/.ssh/config", "", 0600);
    rule(".ssh/*", 0644);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned),
                UnorderedElementsAre("store/.ssh/id_rsa: 0600", "store/.ssh/config: 0644"));
    EXPECT_THAT(planned.findings,
                UnorderedElementsAre(finding("mode-refused"), finding("mode-widened")));
}

TEST_F(ModesOfRules, DoNotOpenAKeyAnywhere) {
    tree.file("home/keys/aws.pem", key, 0600).file("home/keys/list", "", 0600);
    rule("keys/*", 0644);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned), ElementsAre("home/keys/list: 0644"));
    EXPECT_THAT(planned.findings, Contains(finding("mode-refused")));
}

TEST_F(ModesOfRules, AreForFilesWhereTheyGiveNoRightToEnter) {
    tree.file("home/.config/a/b", "", 0644).mode("home/.config/a", 0755);
    rule(".config/**", 0600);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned), ElementsAre("home/.config/a/b: 0600"));
    EXPECT_THAT(planned.findings, IsEmpty());
}

TEST_F(ModesOfRules, DoNotLockAFolderThatARuleNames) {
    tree.folder("home/.config", 0755);
    rule(".config", 0600);

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.steps, IsEmpty());
    EXPECT_THAT(planned.findings, ElementsAre(finding("mode-refused")));
}

TEST_F(ModesOfRules, ReachEachKeepBelowAPattern) {
    linked("a/x");
    keep("a/y", Form::copy);
    tree.file("store/a/x/f", "", 0600)
        .file("home/a/y/f", "", 0600)
        .file("store/a/y/f", "", 0600)
        .file("home/a/z/f", "", 0600);
    rule("a/*/f", 0644);

    EXPECT_THAT(
        changes(plan()),
        UnorderedElementsAre(
            "store/a/x/f: 0644", "home/a/y/f: 0644", "store/a/y/f: 0644", "home/a/z/f: 0644"));
}

TEST_F(ModesOfRules, ReachTheSourceThatBearsAnotherName) {
    keep(".local/bin", Form::link);
    wanted.keeps.back().source = world.in_store("programs@3.11");
    tree.file("store/programs@3.11/pip", "", 0700);
    rule(".local/bin/pip", 0755);

    EXPECT_THAT(changes(plan()), ElementsAre("store/programs@3.11/pip: 0755"));
}

TEST_F(ModesOfRules, ReachTheFallbackThatIsToBeCopied) {
    keep(".local/bin", Form::link);
    wanted.keeps.back().source = world.in_store("bin@3.11");
    wanted.keeps.back().fallback = world.in_store("bin");
    tree.file("store/bin/pip", "", 0700);
    rule(".local/bin/*", 0755);

    EXPECT_THAT(changes(plan()), ElementsAre("store/bin/pip: 0755"));
}

TEST_F(ModesOfRules, LeaveOutWhatEnvkeepPutIntoTheHome) {
    tree.file("home/.envkeep-state/session.json", "", 0600)
        .file("home/.envkeep-aside/run/f", "", 0600)
        .file("home/f", "", 0600);
    rule("**", 0644);

    EXPECT_THAT(changes(plan()), ElementsAre("home/f: 0644"));
}

TEST_F(ModesOfRules, AreRefusedWhereTheRuleClimbs) {
    rule("../etc/*", 0777);

    EXPECT_THAT(plan().findings, ElementsAre(finding("mode-refused")));
}

TEST_F(ModesOfRules, AreFoundByManyThreadsToo) {
    std::vector<std::string> expected;
    for (int i = 0; i < 2000; ++i) {
        const std::string path = "home/big/" + std::to_string(i % 17) + "/" + std::to_string(i);
        tree.file(path, "", i % 3 == 0 ? 0600 : 0644);
        if (i % 3 == 0) {
            expected.push_back(path + ": 0644");
        }
    }
    rule("big/**", 0644);
    context.threads = 4;

    EXPECT_THAT(changes(plan()), ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(ModesOfRules, AreAGroupEach) {
    tree.file("home/a", "", 0600).file("home/b", "", 0600);
    rule("*", 0644);
    context.first_group = 7;

    const ModesPlan planned = plan();

    ASSERT_THAT(planned.steps, SizeIs(2));
    EXPECT_EQ(planned.steps[0].group, 7U);
    EXPECT_EQ(planned.steps[1].group, 8U);
}

class AddModes : public ModesFixture {
  protected:
    model::Plan added(model::Plan to) {
        add_modes(
            plan(), [&](const system::Place& place) { return world.files.absolute(place); }, to);
        return to;
    }
};

TEST_F(AddModes, PutsThemBeforeTheSteps) {
    tree.file("home/a", "", 0600);
    rule("a", 0644);

    const model::Plan planned =
        added({.steps = {{.group = 0, .action = model::MakeLink{}, .subject = "", .why = ""}}});

    ASSERT_THAT(planned.steps, SizeIs(2));
    EXPECT_TRUE(std::holds_alternative<model::SetMode>(planned.steps[0].action));
}

TEST_F(AddModes, LeavesAPlaceInConflictAlone) {
    keep(".ssh", Form::copy, Preset::ssh);
    tree.folder("home/.ssh", 0755).file("home/.ssh/id_rsa", key, 0644);
    model::Plan conflict;
    conflict.conflicts.push_back({.subject = "~/.ssh", .place = tree / "home/.ssh"});

    EXPECT_THAT(added(conflict).steps, IsEmpty());
}

TEST_F(AddModes, MakesWhatIsMissingWithItsMode) {
    keep(".ssh", Form::folder, Preset::ssh);
    keep(".config/x", Form::link);
    rule(".config", 0711);
    rule(".config/x", 0640);
    const auto step = [](model::Action action) {
        return model::Step{.group = 0, .action = std::move(action), .subject = "", .why = ""};
    };

    const model::Plan planned =
        added({.steps = {step(model::MakeFolder{.place = world.in_home(".ssh")}),
                         step(model::MakeFolder{.place = world.in_store(".ssh")}),
                         step(model::MakeFolder{.place = world.in_home(".config")}),
                         step(model::MakeFile{.place = world.in_store(".config/x")}),
                         step(model::MakeFolder{.place = world.in_home(".other")})}});

    EXPECT_THAT(
        planned.steps,
        ElementsAre(step(model::MakeFolder{.place = world.in_home(".ssh"), .mode = 0700}),
                    step(model::MakeFolder{.place = world.in_store(".ssh"), .mode = 0700}),
                    step(model::MakeFolder{.place = world.in_home(".config"), .mode = 0711}),
                    step(model::MakeFile{.place = world.in_store(".config/x"), .mode = 0640}),
                    step(model::MakeFolder{.place = world.in_home(".other"), .mode = 0755})));
}

TEST_F(AddModes, LetsACopyHaveTheModeOfARule) {
    keep(".netrc", Form::copy, Preset::secrets);
    rule(".netrc", 0640);
    tree.file("store/.netrc", "", 0640);

    const model::Plan planned =
        added({.steps = {{.group = 0,
                          .action = model::CopyIn{.from = world.in_store(".netrc"),
                                                  .to = world.in_home(".netrc"),
                                                  .file_bound = 0600},
                          .subject = "",
                          .why = ""}}});

    EXPECT_EQ(std::get<model::CopyIn>(planned.steps.at(0).action).file_bound, 0640U);
}

}  // namespace
}  // namespace envkeep::keep
