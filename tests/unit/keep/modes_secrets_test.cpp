// SPDX-License-Identifier: MIT
#include "modes_fixture.hpp"

// Keys and tokens that are known by their names, below keeps that have no preset.
namespace envkeep::keep {
namespace {

using manifest::Preset;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SecretsBelowKeeps : public ModesFixture {
  protected:
    void guarded(std::string_view path, Form form = Form::link) {
        if (form == Form::link) {
            linked(path);
        } else {
            keep(path, form);
        }
        wanted.keeps.back().guards_secrets = true;
    }
};

TEST_F(SecretsBelowKeeps, HaveTheirPresetAtTheirKnownPaths) {
    guarded(".cache");
    guarded(".config");
    tree.file("store/.config/gh/hosts.yml", "oauth_token: x", 0644)
        .file("store/.config/gh/config.yml", "", 0644)
        .file("store/.config/kaggle/kaggle.json", "{}", 0644)
        .file("store/.cache/huggingface/token", "hf_x", 0644)
        .file("store/.cache/huggingface/hub/model", "", 0644);

    EXPECT_THAT(changes(plan()),
                ElementsAre("store/.cache/huggingface/token: 0600",
                            "store/.config/gh/hosts.yml: 0600",
                            "store/.config/kaggle/kaggle.json: 0600"));
}

TEST_F(SecretsBelowKeeps, HaveTheirPresetByTheirNames) {
    guarded("x");
    tree.file("store/x/.ssh/work", private_key, 0644)
        .file("store/x/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644)
        .mode("store/x/.ssh", 0755)
        .file("store/x/kaggle.json", "{}", 0664)
        .file("store/x/notes", "", 0664);

    EXPECT_THAT(
        changes(plan()),
        ElementsAre("store/x/.ssh: 0700", "store/x/.ssh/work: 0600", "store/x/kaggle.json: 0600"));
}

TEST_F(SecretsBelowKeeps, AreLeftAsTheyAreWhereTheKeepHasNoPresetByWish) {
    linked("x");
    tree.file("store/x/kaggle.json", "{}", 0664);

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SecretsBelowKeeps, AreNotTheKeepsWhereTheyHaveAnEntryOfTheirOwn) {
    guarded("x");
    keep("x/.ssh", Form::link);
    tree.file("store/x/.ssh/id_rsa", private_key, 0644);

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SecretsBelowKeeps, FollowTheRulesOfTheManifest) {
    guarded("x");
    rule("x/*", 0664);
    tree.file("store/x/kaggle.json", "{}", 0600).file("store/x/notes", "", 0600);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("store/x/kaggle.json: 0664", "store/x/notes: 0664"));
}

TEST_F(SecretsBelowKeeps, AreSetBeforeTheyGoToTheStore) {
    keep("x", Form::link);
    wanted.keeps.back().guards_secrets = true;
    tree.file("home/x/kaggle.json", "{}", 0644).file("home/x/.ssh/id_rsa", private_key, 0644);
    tree.mode("home/x/.ssh", 0700);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/x/kaggle.json: 0600", "home/x/.ssh/id_rsa: 0600"));
}

TEST_F(SecretsBelowKeeps, AreSetOnBothSidesOfACopy) {
    guarded("x", Form::copy);
    tree.file("home/x/kaggle.json", "{}", 0644).file("store/x/kaggle.json", "{}", 0644);

    EXPECT_THAT(changes(plan()),
                UnorderedElementsAre("home/x/kaggle.json: 0600", "store/x/kaggle.json: 0600"));
}

TEST_F(SecretsBelowKeeps, AreNoLinks) {
    guarded("x");
    tree.file("elsewhere", "{}", 0644).link("store/x/kaggle.json", tree / "elsewhere");

    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(SecretsBelowKeeps, AreNamedWhereTheStoreKeepsNoModes) {
    guarded(".config");
    context.modes_honoured = false;
    tree.file("store/.config/gh/hosts.yml", "oauth_token: x", 0777);

    const ModesPlan planned = plan();

    EXPECT_THAT(planned.steps, IsEmpty());
    ASSERT_EQ(planned.findings.size(), 1U);
    EXPECT_EQ(planned.findings[0].id, "store-modes-ignored");
    EXPECT_THAT(planned.findings[0].evidence, ElementsAre("~/.config/gh/hosts.yml"));
}

TEST_F(SecretsBelowKeeps, AreListedForOnceAsLongAsTheFoldersAreAsTheyWere) {
    guarded("x");
    tree.file("store/x/notes", "", 0644).file("store/x/kaggle.json", "{}", 0600);
    store::SessionState state;
    state.secret_names = plan().secret_names;
    ASSERT_TRUE(state.secret_names);
    EXPECT_THAT(state.secret_names->found, ElementsAre("x/kaggle.json"));
    context.state = &state;

    tree.mode("store/x/kaggle.json", 0644);
    EXPECT_THAT(changes(plan()), ElementsAre("store/x/kaggle.json: 0600"));

    state.secret_names->found.clear();
    EXPECT_THAT(plan().steps, IsEmpty());

    tree.file("store/x/.netrc", "", 0600).modified("store/x", 1);
    EXPECT_THAT(changes(plan()), ElementsAre("store/x/kaggle.json: 0600"));
}

}  // namespace
}  // namespace envkeep::keep
