// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;

class UndoCommand : public ::testing::Test {
  protected:
    Answer run(const std::vector<std::string>& words) { return command_line_.run(words); }

    void init_with(const std::string& manifest) {
        const Answer answer = run({"init", "--template", "container"});
        ASSERT_EQ(answer.status, 0) << answer.out << answer.err;
        tree().file("storage/envkeep/manifest.yaml", manifest);
    }

    // The files in the store's folder of journals.
    [[nodiscard]] std::vector<std::string> journals() {
        std::vector<std::string> names;
        for (const auto& entry :
             std::filesystem::directory_iterator(tree() / "storage/envkeep/journal")) {
            names.push_back("storage/envkeep/journal/" + entry.path().filename().string());
        }
        std::ranges::sort(names);
        return names;
    }

    // All that was done so far was done by a container that is gone, home included.
    void begin_another_container() {
        for (const std::string& name : journals()) {
            std::string text = tree().content(name);
            const std::string before = R"("boot_id":")";
            text.insert(text.find(before) + before.size(), "other-");
            tree().file(name, text);
        }
        tree().remove("home").folder("home");
    }

    // A journal that somebody wrote by hand; `in_store` says so of its change.
    void forge(const std::string& change) {
        tree().file("storage/envkeep/journal/20261120T232459Z-8d6cf3f2a9.jsonl",
                    R"({"run":"20261120T232459Z-8d6cf3f2a9","command":"restore",)"
                    R"("started":"2026-11-20T23:24:59Z","home":"/nowhere",)"
                    R"("container":{"boot_id":"other","pid_namespace":1,"first_start":1},)"
                    R"("process":{"pid":1,"started":1}})"
                    "\n{\"intend\":0," +
                        change + "}\n{\"done\":0}\n{\"finished\":true}\n");
    }

    // Another session is just now at the store.
    void claim_the_store() {
        tree().file("storage/envkeep/leases/changes.claim",
                    R"({"id":"x","command":"restore","container":{"boot_id":"other",)"
                    R"("pid_namespace":1,"first_start":1},"process":{"pid":1,"started":1},)"
                    R"("host":"elsewhere","started":"2026-11-20T23:24:59Z"})");
    }

    testing::TempTree& tree() { return command_line_.tree; }

    testing::CommandLine command_line_;
};

TEST_F(UndoCommand, LeavesAConflictAConflict) {
    init_with("envkeep: 1\nkeep: [{path: .condarc, kind: file}]\n");
    tree().file("home/.condarc", "hm\n").file("storage/envkeep/home/.condarc", "st2\n");
    ASSERT_EQ(run({"restore"}).status, 3);
    ASSERT_EQ(run({"restore", "--take", "store", ".condarc"}).status, 0);

    const Answer undone = run({"undo"});
    const Answer again = run({"restore"});

    EXPECT_EQ(undone.status, 0) << undone.out;
    EXPECT_EQ(again.status, 3) << again.out;
    EXPECT_EQ(tree().content("storage/envkeep/home/.condarc"), "st2\n");
    EXPECT_EQ(tree().content("home/.condarc"), "hm\n");
}

TEST_F(UndoCommand, LetsNoLaterSaveWriteOverTheStore) {
    init_with("envkeep: 1\nkeep: [{path: .hist, how: copy}]\n");
    tree().file("storage/envkeep/home/.hist", "theirs\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    ASSERT_EQ(run({"undo"}).status, 0);

    EXPECT_THAT(run({"plan"}).out, HasSubstr("~/.hist"));
    tree().file("home/.hist", "mine\n");
    static_cast<void>(run({"save"}));
    EXPECT_EQ(tree().content("storage/envkeep/home/.hist"), "theirs\n");
}

TEST_F(UndoCommand, OfAReleaseLeavesWhatCameToTheHomeSince) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/old", "old\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_EQ(run({"release", ".ssh"}).status, 0);
    tree().file("home/.ssh/new", "new\n");

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 3) << undone.out;
    EXPECT_THAT(
        undone.out,
        AllOf(HasSubstr(tree() / "home/.ssh"), HasSubstr(tree() / "storage/envkeep/home/.ssh")));
    EXPECT_EQ(tree().content("home/.ssh/new"), "new\n");
    EXPECT_FALSE(tree().is_link("home/.ssh"));
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_EQ(tree().content("storage/envkeep/home/.ssh/new"), "new\n");
}

TEST_F(UndoCommand, OfAReleaseLinksWhatIsStillTheSame) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/old", "old\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_EQ(run({"release", ".ssh"}).status, 0);

    EXPECT_EQ(run({"undo"}).status, 0);
    EXPECT_TRUE(tree().is_link("home/.ssh"));
    EXPECT_EQ(tree().content("home/.ssh/old"), "old\n");
}

TEST_F(UndoCommand, GivesTheManifestTheModeThatItHad) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: []\n", 0664);
    tree().file("home/.f", "f\n");
    ASSERT_EQ(run({"adopt", ".f"}).status, 0);
    ASSERT_EQ(tree().mode_of("storage/envkeep/manifest.yaml"), 0664U);

    ASSERT_EQ(run({"undo"}).status, 0);

    EXPECT_EQ(tree().mode_of("storage/envkeep/manifest.yaml"), 0664U);
}

TEST_F(UndoCommand, TellsEachReasonOnceAndWhereTheLaterManifestIs) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.f", "f\n");
    ASSERT_EQ(run({"adopt", ".f"}).status, 0);
    tree().remove("home/.f").file("home/.f", "mine\n");

    const Answer undone = run({"undo"});

    constexpr std::string_view reason = "does not hold all that is in it";
    EXPECT_EQ(undone.status, 3) << undone.out;
    EXPECT_THAT(undone.out, HasSubstr(reason));
    EXPECT_EQ(undone.out.find(reason), undone.out.rfind(reason)) << undone.out;
    EXPECT_THAT(undone.out, HasSubstr("the later content is in "));
}

TEST_F(UndoCommand, WithoutANameIsAboutThisContainer) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/key", "k");
    ASSERT_EQ(run({"restore"}).status, 0);
    begin_another_container();
    const Answer nothing = run({"undo"});
    ASSERT_EQ(run({"restore"}).status, 0);

    const Answer undone = run({"undo"});

    EXPECT_EQ(nothing.status, 2) << nothing.out;
    EXPECT_THAT(nothing.err, HasSubstr("no run of this container"));
    EXPECT_EQ(undone.status, 0) << undone.err;
    EXPECT_THAT(undone.out, HasSubstr("took back 1 of 1 change"));
    EXPECT_FALSE(tree().exists("home/.ssh"));
    EXPECT_EQ(run({"undo"}).status, 0) << "takes the undoing back";
    EXPECT_TRUE(tree().is_link("home/.ssh"));
}

TEST_F(UndoCommand, SaysWhatWasInAHomeThatIsGone) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().folder("storage/envkeep/home/.ssh", 0700);
    ASSERT_EQ(run({"restore"}).status, 0);
    begin_another_container();
    const std::string name = std::filesystem::path(journals().at(0)).stem().string();

    const Answer undone = run({"undo", name});
    const Answer again = run({"undo", name, "--json"});

    EXPECT_EQ(undone.status, 3) << undone.out;
    EXPECT_THAT(undone.out, HasSubstr("1 change of this run was in a home that is gone"));
    EXPECT_EQ(again.status, 3) << "it was not taken back";
    EXPECT_EQ(Json::parse(again.out).value().number_or("not_here", 0), 1);
}

TEST_F(UndoCommand, TakesBackWhatOnlyTheStoreSawFromAnywhere) {
    init_with("envkeep: 1\nkeep: [{path: .hist, how: copy}]\n");
    tree().file("storage/envkeep/home/.hist", "1\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    tree().file("home/.hist", "22\n");
    ASSERT_EQ(run({"save"}).status, 0);
    begin_another_container();

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 0) << undone.out << undone.err;
    EXPECT_THAT(undone.out, HasSubstr("(save, "));
    EXPECT_EQ(tree().content("storage/envkeep/home/.hist"), "1\n");
}

TEST_F(UndoCommand, WithoutAnyRunIsWrongUse) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 2);
    EXPECT_THAT(undone.err, HasSubstr("there is no run to undo"));
}

TEST_F(UndoCommand, OfAJournalThatCannotBeReadIsNoUndoing) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("storage/envkeep/journal/20261120T232459Z-8d6cf3f2a9.jsonl", "noise\n");

    const Answer undone = run({"undo", "20261120T232459Z-8d6cf3f2a9"});
    const Answer again = run({"undo", "20261120T232459Z-8d6cf3f2a9"});

    EXPECT_NE(undone.status, 0);
    EXPECT_THAT(undone.err, HasSubstr("cannot be read"));
    EXPECT_EQ(again.err, undone.err);
}

TEST_F(UndoCommand, OfAnUninstallSaysWhatDoesNotComeBack) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/key", "k");
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_EQ(run({"uninstall"}).status, 0);

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 0) << undone.out;
    EXPECT_TRUE(tree().is_link("home/.ssh"));
    EXPECT_THAT(undone.out, HasSubstr("envkeep init"));
}

TEST_F(UndoCommand, WaitsForNobodyWhoChangesTheStore) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/key", "k").file("storage/cfg/.gitconfig");
    ASSERT_EQ(run({"restore"}).status, 0);
    claim_the_store();
    const auto before = tree().snapshot();

    EXPECT_EQ(run({"undo"}).status, 5);
    EXPECT_EQ(run({"gc", "--backups", "--older-than", "0s"}).status, 5);
    EXPECT_EQ(run({"uninstall"}).status, 5);
    EXPECT_EQ(run({"init", "--import", tree() / "storage/cfg"}).status, 5);
    EXPECT_EQ(tree().snapshot(), before);
}

TEST_F(UndoCommand, TellsThatPartOfItsJournalCannotBeRead) {
    init_with("envkeep: 1\nkeep: [.a, .b]\n");
    tree().file("storage/envkeep/home/.a/x").file("storage/envkeep/home/.b/x");
    ASSERT_EQ(run({"restore"}).status, 0);
    const std::string journal = journals().back();
    std::string text = tree().content(journal);
    const std::size_t line = text.find("{\"intend\":1");
    ASSERT_NE(line, std::string::npos) << text;
    text.replace(line, text.find('\n', line) - line, "\x1bnoise");
    tree().file(journal, text);

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 3) << undone.out;
    EXPECT_THAT(undone.out,
                AllOf(HasSubstr("[undo-journal-damaged]"), HasSubstr("envkeep status --verbose")));
    EXPECT_FALSE(tree().exists("home/.a") && tree().exists("home/.b"));
}

// Whoever may write the store's journal/ would else reach any file of the machine.
TEST_F(UndoCommand, DoesNothingThatAJournalTellsOfPlacesElsewhere) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("etc/shadow", "x", 0600).file("storage/envkeep/evil", "evil");
    const std::string mode = R"("change":"set_mode","path":")" + (tree() / "etc/shadow") +
                             R"(","old_mode":"0666","new_mode":"0600","in_store":true)";
    const std::string moved = R"("change":"moved","path":")" + (tree() / "storage/envkeep/evil") +
                              R"(","other":")" + (tree() / "etc/evil") + R"(","in_store":true)";

    for (const std::string& change : {mode, moved}) {
        forge(change);

        const Answer undone = run({"undo"});

        EXPECT_EQ(undone.status, 3) << undone.out << undone.err;
        EXPECT_THAT(undone.out, HasSubstr("nor the manifest"));
    }
    EXPECT_EQ(std::filesystem::status(tree() / "etc/shadow").permissions(),
              std::filesystem::perms(0600));
    EXPECT_FALSE(tree().exists("etc/evil"));
    EXPECT_TRUE(tree().exists("storage/envkeep/evil"));
}

TEST_F(UndoCommand, BringsBackWhatWasReleasedElsewhere) {
    init_with("envkeep: 1\nkeep:\n  - {path: " + (tree() / "data/x") + "}\n");
    tree().file("data/x/y", "y");
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_EQ(run({"release", tree() / "data/x"}).status, 0);
    ASSERT_FALSE(tree().is_link("data/x"));

    const Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 0) << undone.out;
    EXPECT_TRUE(tree().is_link("data/x"));
    EXPECT_EQ(tree().content("data/x/y"), "y");
    EXPECT_EQ(run({"verify"}).status, 0);
}

// As runs keep them, but somebody may have written it who may not write the manifest.
TEST_F(UndoCommand, PutsNoManifestBackThatOthersMayHaveWritten) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.a", "a").file("home/.b", "b");
    const std::string before = tree().content("storage/envkeep/manifest.yaml");
    ASSERT_EQ(run({"adopt", ".a"}).status, 0);
    const std::string adopted = std::filesystem::path(journals().back()).stem().string();
    const std::string kept = "storage/envkeep/backups/" + adopted;
    ASSERT_EQ(tree().content(kept + "/manifest.yaml"), before);
    tree().mode(kept, 0755).mode(kept + "/manifest.yaml", 0666);

    const Answer refused = run({"undo", adopted});
    tree().mode(kept, 0700);
    const Answer undone = run({"undo", adopted});

    EXPECT_EQ(refused.status, 3);
    EXPECT_THAT(refused.out, HasSubstr("nobody else may write"));
    EXPECT_EQ(undone.status, 0) << undone.out;
    EXPECT_EQ(tree().content("storage/envkeep/manifest.yaml"), before);
}

TEST_F(UndoCommand, TellsWhatComesFirstWhereTheManifestWasEditedSince) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.a", "a").file("home/.b", "b");
    ASSERT_EQ(run({"adopt", ".a"}).status, 0);
    const std::string adopted = std::filesystem::path(journals().back()).stem().string();
    ASSERT_EQ(run({"adopt", ".b"}).status, 0);

    const std::string later = std::filesystem::path(journals().back()).stem().string();

    const Answer undone = run({"undo", adopted});

    EXPECT_EQ(undone.status, 3);
    EXPECT_THAT(undone.out, HasSubstr("edited it last: envkeep undo " + later + ")"));
    EXPECT_EQ(run({"undo", later}).status, 0);
    EXPECT_EQ(run({"undo", adopted}).status, 0);
    EXPECT_EQ(tree().content("storage/envkeep/manifest.yaml"), "envkeep: 1\nkeep: []\n");
    tree().file("home/.a", "a");
    ASSERT_EQ(run({"adopt", ".a"}).status, 0);
    tree().file("storage/envkeep/manifest.yaml", "envkeep: 1 # by hand\nkeep: [.a]\n");
    EXPECT_THAT(run({"undo"}).out, HasSubstr("take out by hand what that run added: .a)"));
}

TEST_F(UndoCommand, ReachesWhatTheManifestNamesElsewhere) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("data/x/y", "y").folder("other");
    tree().file("mine.yaml",
                "envkeep: 1\nkeep:\n  - {path: " + (tree() / "data/x") +
                    ", to: " + (tree() / "other/x") + "}\n");
    tree().file("home/z", "z");
    const std::string manifest = tree() / "mine.yaml";
    const std::string before = tree().content("mine.yaml");
    ASSERT_EQ(run({"restore", "--manifest", manifest}).status, 0);
    const std::string restored = std::filesystem::path(journals().back()).stem().string();
    ASSERT_TRUE(tree().is_link("data/x"));
    ASSERT_EQ(run({"adopt", "z", "--manifest", manifest}).status, 0);
    ASSERT_NE(tree().content("mine.yaml"), before);

    const Answer edit = run({"undo", "--manifest", manifest});
    const Answer undone = run({"undo", restored, "--manifest", manifest});

    EXPECT_EQ(edit.status, 0) << edit.out;
    EXPECT_EQ(tree().content("mine.yaml"), before);
    EXPECT_EQ(undone.status, 0) << undone.out;
    EXPECT_FALSE(tree().is_link("data/x"));
    EXPECT_FALSE(tree().exists("other/x"));
    EXPECT_EQ(run({"undo", "--manifest", manifest}).status, 0);
    EXPECT_TRUE(tree().is_link("data/x"));
}

}  // namespace
}  // namespace envkeep::cli
