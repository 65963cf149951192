// SPDX-License-Identifier: MIT
#include "envkeep/keep/modes.hpp"

#include "envkeep/posix/tree_walker.hpp"
#include "save_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::SaveWorld;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg\n";

class Modes : public ::testing::Test {
  protected:
    ModesPlan plan() {
        world.files.forget_folders();
        context.home = world.home;
        auto planned = plan_modes(manifest, wanted, context, world.files, walker);
        EXPECT_TRUE(planned.has_value());
        return *std::move(planned);
    }

    void rule(std::string pattern, std::uint32_t mode) {
        manifest.modes.push_back({.pattern = std::move(pattern), .mode = mode, .mark = {}});
    }

    void keep(std::string_view path, Form form, Preset preset = Preset::none) {
        wanted.keeps.push_back(world.keep(path, form, preset));
    }

    // A link keep that stands as it should.
    void linked(std::string_view path, Preset preset = Preset::none) {
        keep(path, Form::link, preset);
        tree.link("home/" + std::string(path), tree / ("store/" + std::string(path)));
    }

    // "PATH below the tree: MODE" for each step.
    std::vector<std::string> changes(const ModesPlan& planned) {
        std::vector<std::string> all;
        for (const model::Step& step : planned.steps) {
            const auto& change = std::get<model::SetMode>(step.action);
            const std::string path = world.files.absolute(change.place);
            all.push_back(path.substr(tree.path().size() + 1) + ": " + octal_of(change.new_mode));
        }
        return all;
    }

    static std::string octal_of(std::uint32_t mode) {
        std::string text = "0000";
        for (std::size_t i = 4; i-- > 0; mode >>= 3U) {
            text[i] = static_cast<char>('0' + (mode & 7U));
        }
        return text;
    }

    void carry_out(const ModesPlan& planned) {
        for (const model::Step& step : planned.steps) {
            const auto& change = std::get<model::SetMode>(step.action);
            EXPECT_TRUE(world.files.set_mode(change.place, change.seen, change.new_mode));
        }
    }

    SaveWorld world;
    testing::TempTree& tree = world.tree;
    posix::TreeWalker walker{world.files};
    manifest::Manifest manifest;
    Wanted wanted;
    ModesContext context;
};

auto finding(const std::string& id) {
    return Field("id", &model::Finding::id, id);
}

TEST_F(Modes, CostNothingWhereNobodySpeaksOfThem) {
    linked(".jupyter");
    tree.file("store/.jupyter/config.py", "", 0666);

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.steps, IsEmpty());
    EXPECT_THAT(planned.findings, IsEmpty());
}

TEST_F(Modes, OfTheSshPresetAreSetBehindTheLink) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0755)
        .folder("store/.ssh/sub", 0777)
        .file("store/.ssh/id_rsa", key, 0644)
        .file("store/.ssh/work", key, 0640)
        .file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0666)
        .file("store/.ssh/config", "Host *", 0664)
        .file("store/.ssh/known_hosts", "github.com", 0644)
        .file("store/.ssh/proxy.sh", "#!/bin/sh", 0755)
        .file("store/.ssh/sub/notes", "text", 0644);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("store/.ssh: 0700",
                                     "store/.ssh/sub: 0700",
                                     "store/.ssh/id_rsa: 0600",
                                     "store/.ssh/work: 0600",
                                     "store/.ssh/id_rsa.pub: 0644",
                                     "store/.ssh/config: 0600",
                                     "store/.ssh/proxy.sh: 0700",
                                     "store/.ssh/sub/notes: 0600"));
}

TEST_F(Modes, AreAllRightOnceTheyWereSet) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0777)
        .file("store/.ssh/id_rsa", key, 0777)
        .file("store/.ssh/x.pub", key, 0777)
        .file("store/.ssh/old", key, 0400)
        .file("store/.ssh/run", "", 04755);
    carry_out(plan());

    EXPECT_THAT(plan().steps, IsEmpty());
    EXPECT_EQ(tree.mode_of("store/.ssh/x.pub"), 0600U);
    EXPECT_EQ(tree.mode_of("store/.ssh/run"), 0700U);
}

TEST_F(Modes, OfAPresetAreUpperBounds) {
    linked(".netrc", Preset::secrets);
    tree.file("store/.netrc", "", 0400);

    EXPECT_THAT(changes(plan()), ElementsAre("store/.netrc: 0600"));
}

TEST_F(Modes, LeaveTheGroupThatAFolderHandsDown) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 02700);

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Modes, FindAPrivateKeyThatIsCalledPublic) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).file("store/.ssh/id_rsa.pub", key, 0644);

    EXPECT_THAT(changes(plan()), ElementsAre("store/.ssh/id_rsa.pub: 0600"));
}

TEST_F(Modes, AreReadOnlyWhereTheContentDecides) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700)
        .file("store/.ssh/id_rsa", key, 0600)
        .file("store/.ssh/any", "", 0644)
        .file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644);

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.sniffed,
                ElementsAre(::testing::Pair(tree / "store/.ssh/id_rsa.pub", ::testing::_)));
}

TEST_F(Modes, BelieveWhatWasReadOfAFileThatIsAsItWas) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644);
    store::SessionState state;
    state.sniffed = plan().sniffed;
    state.sniffed.begin()->second.is_private_key = true;
    context.state = &state;

    EXPECT_THAT(changes(plan()), ElementsAre("store/.ssh/id_rsa.pub: 0600"));
}

TEST_F(Modes, ReadAFileAgainOnceItChanged) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).file("store/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644);
    store::SessionState state;
    state.sniffed = plan().sniffed;
    context.state = &state;
    const std::int64_t written = tree.modified_at("store/.ssh/id_rsa.pub");
    tree.file("store/.ssh/id_rsa.pub", std::string(key), 0644);
    tree.modified("store/.ssh/id_rsa.pub", written);

    EXPECT_THAT(changes(plan()), ElementsAre("store/.ssh/id_rsa.pub: 0600"));
}

TEST_F(Modes, FollowNoLinkThatIsNotAKeep) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700)
        .file("elsewhere/id_rsa", key, 0644)
        .link("store/.ssh/id_rsa", tree / "elsewhere/id_rsa")
        .link("store/.ssh/more", tree / "elsewhere")
        .link("home/.cfg", tree / "elsewhere");
    rule(".cfg/id_rsa", 0640);
    rule(".cfg/*", 0640);

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Modes, LeaveSocketsAndPipesAlone) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).fifo("store/.ssh/agent");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Modes, OfTheHomeAreSetBeforeItIsCopiedToTheStore) {
    keep(".ssh", Form::link, Preset::ssh);
    tree.folder("home/.ssh", 0755).file("home/.ssh/id_rsa", key, 0644);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned),
                UnorderedElementsAre("home/.ssh: 0700", "home/.ssh/id_rsa: 0600"));
    EXPECT_EQ(planned.steps[0].why, "preset ssh, before it goes to the store");
}

TEST_F(Modes, OfTheHomeAreSetOnlyWhereTheStoreLacksTheName) {
    keep(".ssh", Form::link, Preset::ssh);
    tree.folder("home/.ssh", 0755)
        .file("home/.ssh/id_rsa", key, 0644)
        .file("home/.ssh/id_new", key, 0644)
        .folder("store/.ssh", 0700)
        .file("store/.ssh/id_rsa", key, 0600);

    EXPECT_THAT(changes(plan()), ElementsAre("home/.ssh/id_new: 0600"));
}

TEST_F(Modes, OfAFileThatGivesWayAreNobodysBusiness) {
    keep(".netrc", Form::link, Preset::secrets);
    tree.file("home/.netrc", "image", 0644).file("store/.netrc", "mine", 0600);

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Modes, OfACopyAreSetOnBothSides) {
    keep(".ssh", Form::copy, Preset::ssh);
    tree.folder("home/.ssh", 0700)
        .file("home/.ssh/id_rsa", key, 0644)
        .folder("store/.ssh", 0700)
        .file("store/.ssh/id_rsa", key, 0660);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/.ssh/id_rsa: 0600", "store/.ssh/id_rsa: 0600"));
}

TEST_F(Modes, OfAFolderOfLinksAreSetOnThePlaceTheSourceAndEachChild) {
    keep(".ssh", Form::folder, Preset::ssh);
    wanted.keeps.back().leaves_out.push_back(RelPath::parse("config").value());
    linked(".ssh/id_rsa", Preset::ssh);
    tree.mode("home/.ssh", 0755)
        .folder("store/.ssh", 0755)
        .file("store/.ssh/id_rsa", key, 0644)
        .file("store/.ssh/config", "", 0644)
        .file("home/.ssh/known", key, 0644);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/.ssh: 0700",
                                     "store/.ssh: 0700",
                                     "store/.ssh/id_rsa: 0600",
                                     "home/.ssh/known: 0600"));
}

TEST_F(Modes, OfAStoreThatIgnoresThemAreSetInTheHomeOnly) {
    keep(".ssh", Form::copy, Preset::ssh);
    tree.folder("home/.ssh", 0700)
        .file("home/.ssh/id_rsa", key, 0644)
        .folder("store/.ssh", 0777)
        .file("store/.ssh/id_rsa", key, 0777);
    context.modes_honoured = false;

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned), ElementsAre("home/.ssh/id_rsa: 0600"));
    ASSERT_THAT(planned.findings, ElementsAre(finding("store-modes-ignored")));
    EXPECT_EQ(planned.findings[0].severity, model::Severity::info);
}

TEST_F(Modes, OfAStoreThatIgnoresThemAreAWarningWhereSecretsStayInIt) {
    linked(".netrc", Preset::secrets);
    tree.file("store/.netrc", "", 0777);
    context.modes_honoured = false;

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.steps, IsEmpty());
    ASSERT_THAT(planned.findings, ElementsAre(finding("store-modes-ignored")));
    EXPECT_EQ(planned.findings[0].severity, model::Severity::warning);
    EXPECT_THAT(planned.findings[0].evidence, ElementsAre("~/.netrc"));
}

TEST_F(Modes, AreNotSetInAStoreThatIsReadOnly) {
    linked(".netrc", Preset::secrets);
    tree.file("store/.netrc", "", 0644);
    context.store_is_read_only = true;

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Modes, OfARuleAreExactAndMarkedWhereTheyWiden) {
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

TEST_F(Modes, OfARuleReachWhatIsInTheHomeItself) {
    tree.file("home/.bashrc", "", 0666).file("home/.config/a/b", "", 0600);
    rule("~/.bashrc", 0644);
    rule(tree / "home/.bashrc", 0644);
    rule(".config/**/b", 0640);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/.bashrc: 0644", "home/.config/a/b: 0640"));
}

TEST_F(Modes, OfALaterRuleWin) {
    tree.file("home/a/b", "", 0600);
    rule("a/*", 0644);
    rule("a/b", 0640);

    EXPECT_THAT(changes(plan()), ElementsAre("home/a/b: 0640"));
}

TEST_F(Modes, OfARuleWinOverThePreset) {
    linked(".ssh", Preset::ssh);
    tree.folder("store/.ssh", 0700).file("store/.ssh/config", "", 0600);
    rule(".ssh/config", 0644);

    EXPECT_THAT(changes(plan()), ElementsAre("store/.ssh/config: 0644"));
}

TEST_F(Modes, OfARuleDoNotOpenAKeyBelowAPreset) {
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

TEST_F(Modes, OfARuleDoNotOpenAKeyAnywhere) {
    tree.file("home/keys/aws.pem", key, 0600).file("home/keys/list", "", 0600);
    rule("keys/*", 0644);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned), ElementsAre("home/keys/list: 0644"));
    EXPECT_THAT(planned.findings, Contains(finding("mode-refused")));
}

TEST_F(Modes, OfAWildcardWithoutTheRightToEnterAreForFiles) {
    tree.file("home/.config/a/b", "", 0644).mode("home/.config/a", 0755);
    rule(".config/**", 0600);

    const ModesPlan planned = plan();

    EXPECT_THAT(changes(planned), ElementsAre("home/.config/a/b: 0600"));
    EXPECT_THAT(planned.findings, IsEmpty());
}

TEST_F(Modes, DoNotLockAFolderThatARuleNames) {
    tree.folder("home/.config", 0755);
    rule(".config", 0600);

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.steps, IsEmpty());
    EXPECT_THAT(planned.findings, ElementsAre(finding("mode-refused")));
}

TEST_F(Modes, OfARuleReachEachKeepBelowAPattern) {
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

TEST_F(Modes, OfARuleReachTheSourceThatBearsAnotherName) {
    keep(".local/bin", Form::link);
    wanted.keeps.back().source = world.in_store("programs@3.11");
    tree.file("store/programs@3.11/pip", "", 0700);
    rule(".local/bin/pip", 0755);

    EXPECT_THAT(changes(plan()), ElementsAre("store/programs@3.11/pip: 0755"));
}

TEST_F(Modes, OfARuleReachTheFallbackThatIsToBeCopied) {
    keep(".local/bin", Form::link);
    wanted.keeps.back().source = world.in_store("bin@3.11");
    wanted.keeps.back().fallback = world.in_store("bin");
    tree.file("store/bin/pip", "", 0700);
    rule(".local/bin/*", 0755);

    EXPECT_THAT(changes(plan()), ElementsAre("store/bin/pip: 0755"));
}

TEST_F(Modes, OfARuleLeaveOutWhatEnvkeepPutIntoTheHome) {
    tree.file("home/.envkeep-state/session.json", "", 0600)
        .file("home/.envkeep-aside/run/f", "", 0600)
        .file("home/f", "", 0600);
    rule("**", 0644);

    EXPECT_THAT(changes(plan()), ElementsAre("home/f: 0644"));
}

TEST_F(Modes, OfARuleThatClimbsAreRefused) {
    rule("../etc/*", 0777);

    EXPECT_THAT(plan().findings, ElementsAre(finding("mode-refused")));
}

TEST_F(Modes, AreFoundByManyThreadsToo) {
    std::vector<std::string> expected;
    for (int i = 0; i < 300; ++i) {
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

TEST_F(Modes, AreAGroupEach) {
    tree.file("home/a", "", 0600).file("home/b", "", 0600);
    rule("*", 0644);
    context.first_group = 7;

    const ModesPlan planned = plan();

    ASSERT_THAT(planned.steps, SizeIs(2));
    EXPECT_EQ(planned.steps[0].group, 7U);
    EXPECT_EQ(planned.steps[1].group, 8U);
}

class AddModes : public Modes {
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
