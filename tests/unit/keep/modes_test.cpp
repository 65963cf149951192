// SPDX-License-Identifier: MIT
#include "modes_fixture.hpp"

namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view key = private_key;

class Modes : public ModesFixture {};

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

// Notes how many threads a walk may have.
class NotingWalker final : public system::TreeWalker {
  public:
    std::vector<system::WalkError> walk(
        const system::Place& /*place*/,
        unsigned threads,
        const std::function<bool(const system::WalkEntry&)>& /*visit*/) override {
        allowed.push_back(threads);
        return {};
    }

    std::vector<unsigned> allowed;
};

TEST_F(Modes, OfAPresetMayBeLookedAtByManyThreads) {
    linked(".aws", Preset::secrets);
    tree.folder("store/.aws", 0700);
    context.home = world.home;
    context.threads = 4;
    NotingWalker noting;

    ASSERT_TRUE(plan_modes(manifest, wanted, context, world.files, noting).has_value());

    EXPECT_THAT(noting.allowed, ElementsAre(4U));
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

}  // namespace
}  // namespace envkeep::keep
