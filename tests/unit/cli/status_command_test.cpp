// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>

#include <cstdio>
#include <filesystem>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;

class StatusCommand : public ::testing::Test {
  protected:
    Answer run(const std::vector<std::string>& words) { return command_line_.run(words); }

    void init_with(const std::string& manifest) {
        const Answer answer = run({"init", "--template", "container"});
        ASSERT_EQ(answer.status, 0) << answer.out << answer.err;
        tree().file("storage/envkeep/manifest.yaml", manifest);
    }

    testing::TempTree& tree() { return command_line_.tree; }

    testing::CommandLine command_line_;
};

TEST_F(StatusCommand, TellsWhatIsOnlyOnThisMachineAsLongAsItIsThere) {
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::tmpfs(command_line_.storage());
        ASSERT_EQ(::mount("", command_line_.storage().c_str(), nullptr, MS_REMOUNT, "size=1m"), 0);
        init_with(
            "envkeep: 1\nbackups: {limit: 1%}\n"
            "keep: [{path: .big, kind: file, on_conflict: store}]\n");
        tree().file("home/.big", std::string(100'000, 'x')).file("storage/envkeep/home/.big", "1");
        const Answer restored = run({"restore"});

        const Answer status = run({"status"});
        tree().remove("home/.envkeep-aside");
        const Answer without = run({"status"});

        EXPECT_THAT(restored.out, HasSubstr("backup-only-here"));
        EXPECT_THAT(status.out,
                    AllOf(HasSubstr("backup-only-here"),
                          HasSubstr(tree() / "home/.big: in "),
                          HasSubstr("97.7 KiB in ~/.envkeep-aside/"),
                          HasSubstr(" s ago")));
        EXPECT_THAT(without.out, Not(HasSubstr("backup-only-here")));
    });
}

// Without what became of each.
Json actions_of(const Answer& answer) {
    const Json document = Json::parse(answer.out).value();
    Json actions = Json::array();
    for (const Json& action : *document.find("actions")->as_array()) {
        Json planned = Json::object();
        for (const auto& [name, value] : *action.as_object()) {
            if (name != "result" && name != "milliseconds" && name != "note") {
                planned.set(name, value);
            }
        }
        actions.add(planned);
    }
    return actions;
}

TEST_F(StatusCommand, PlanAndVerifyTellTheActionsThatRestoreThenDoes) {
    init_with(
        "envkeep: 1\nkeep: [.ssh, .jupyter, {path: .netrc, kind: file},\n"
        "  {path: .bash_history, kind: file, how: copy}, {path: .config, exclude: [cache]}]\n");
    tree()
        .file("home/.ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0644)
        .file("home/.config/cache/big", "1")
        .file("home/.config/rc", "2")
        .file("storage/envkeep/home/.netrc", "machine x\n", 0644)
        .file("storage/envkeep/home/.bash_history", "ls\n", 0600);

    const Json plan = actions_of(run({"plan", "--json"}));
    const Json status = actions_of(run({"status", "--json"}));
    const Json verify = actions_of(run({"verify", "--json"}));
    const Json restore = actions_of(run({"restore", "--json"}));

    EXPECT_GE(plan.as_array()->size(), 8U);
    EXPECT_EQ(status.pretty(), plan.pretty());
    EXPECT_EQ(verify.pretty(), plan.pretty());
    EXPECT_EQ(restore.pretty(), plan.pretty());
    std::printf(
        "figure: %zu actions, the same told by plan, status and verify and done by restore\n",
        plan.as_array()->size());
}

// The probe of this container is made to say that a read takes so long.
// A slip in `to:`, or the folder of a mount that is not there.
TEST_F(StatusCommand, AndPlanWarnOfASourceOnTheContainersOwnDisk) {
    testing::in_child([&] {
        const std::string manifest =
            "envkeep: 1\nkeep: [{path: .kg, to: /no-such-folder-of-a-test}]\n";
        init_with(manifest);
        tree().file("home/.kg/k", "1\n");
        EXPECT_THAT(run({"plan"}).out, Not(HasSubstr("source-not-mounted")));  // as the store

        const auto mount = testing::ScopedMount::tmpfs(command_line_.storage());
        command_line_.begin_session();
        init_with(manifest);

        const Answer plan = run({"plan"});
        EXPECT_THAT(plan.out, HasSubstr("[source-not-mounted]"));
        EXPECT_THAT(plan.out, HasSubstr("~/.kg -> /no-such-folder-of-a-test"));
        EXPECT_THAT(run({"status"}).out, HasSubstr("[source-not-mounted]"));
        tree().file("storage/envkeep/manifest.yaml",
                    "envkeep: 1\nkeep: [{path: .kg, to: " + command_line_.storage() + "/kg}]\n");
        EXPECT_THAT(run({"plan"}).out, Not(HasSubstr("source-not-mounted")));
    });
}

TEST_F(StatusCommand, SpeaksOfPreRunOnlyWhereItIsRead) {
    command_line_.set("JUPYTERHUB_USER", "me");
    init_with("envkeep: 1\nkeep: []\n");

    const std::string out = run({"status"}).out;

    EXPECT_THAT(out, HasSubstr("[start-line-not-run]"));
    EXPECT_THAT(out, Not(HasSubstr("pre-run.sh")));
}

class ImportPrice : public StatusCommand {
  protected:
    std::string status_where_a_read_takes(const std::string& microseconds) {
        EXPECT_EQ(run({"restore"}).status, 0);
        const std::string state = "home/.envkeep-state/session.json";
        std::string text = tree().content(state);
        const std::string key = "\"small_read_us\":";
        const std::size_t number = text.find(key) + key.size();
        text.replace(number, text.find_first_not_of("0123456789", number) - number, microseconds);
        tree().file(state, text, 0600);
        return run({"status"}).out;
    }
};

TEST_F(ImportPrice, IsToldOfALinkedFolderWithPackages) {
    init_with("envkeep: 1\nkeep: [.local, .jupyter]\n");
    tree()
        .folder("storage/envkeep/home/.local/lib/python3.11/site-packages")
        .folder("storage/envkeep/home/.jupyter");

    const std::string text = status_where_a_read_takes("1100");

    EXPECT_THAT(text,
                HasSubstr("importing from the store costs about 1.1 s for 1,000 files (1.1 ms a "
                          "file); 'envkeep adopt --packed .local' brings it to the local disk"));
    EXPECT_THAT(text.substr(text.find("~/.jupyter")), Not(HasSubstr(".jupyter' brings")));
}

TEST_F(ImportPrice, IsNotToldWhereItIsLittle) {
    init_with("envkeep: 1\nkeep: [.local]\n");
    tree().folder("storage/envkeep/home/.local/lib/python3.11/site-packages");

    EXPECT_THAT(status_where_a_read_takes("300"), Not(HasSubstr("importing")));
}

TEST_F(ImportPrice, IsNotToldOfAPackedOne) {
    init_with("envkeep: 1\nkeep: [{path: .local, how: packed}]\n");
    tree().folder("home/.local/lib/python3.11/site-packages");

    EXPECT_THAT(status_where_a_read_takes("1100"), Not(HasSubstr("importing")));
}

TEST_F(StatusCommand, AndRestoreTellThatNobodySavesTheCopies) {
    constexpr std::string_view told = "[save-not-begun]";
    init_with("envkeep: 1\nkeep: [.linked]\n");
    tree().file("home/.linked/x", "x\n");
    EXPECT_THAT(run({"restore"}).out, Not(HasSubstr(told)));
    tree().file("storage/envkeep/manifest.yaml",
                "envkeep: 1\nkeep: [.linked, {path: .hist, how: copy}]\n");
    tree().file("storage/envkeep/home/.hist", "1\n");

    const Answer restored = run({"restore"});
    const Answer status = run({"status"});

    EXPECT_EQ(restored.status, 0);
    EXPECT_THAT(restored.out, HasSubstr(told));
    EXPECT_THAT(status.out,
                AllOf(HasSubstr(told), HasSubstr("envkeep restore --start >/dev/null")));
}

TEST_F(StatusCommand, AndGcNameTheTruePlaceOfWhatWentAsideInTheStore) {
    init_with("envkeep: 1\nkeep: [{path: .hist, how: copy}]\n");
    tree().file("storage/envkeep/home/.hist", "1\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    tree().file("home/.hist", "22\n");
    ASSERT_EQ(run({"save"}).status, 0);
    const std::string folder = tree() / "storage/envkeep/.envkeep-aside";
    ASSERT_TRUE(std::filesystem::exists(folder));
    ASSERT_TRUE(tree().exists("home/.envkeep-aside/saved"));

    const Answer status = run({"status"});
    const Answer gc = run({"gc", "--backups", "--older-than", "0s"});

    EXPECT_THAT(status.out, HasSubstr("2 B in " + folder + ", 1 run"));
    EXPECT_THAT(status.out, Not(HasSubstr(".envkeep-aside/saved")));
    EXPECT_THAT(gc.out, HasSubstr(folder + "/2"));
}

TEST_F(StatusCommand, TellsOfABackupThatCannotBeLookedAtAndGcLeavesIt) {
    init_with("envkeep: 1\nkeep: []\n");
    const std::string old = "storage/envkeep/backups/20200101T000000Z-0000000000";
    tree()
        .file(old + ".jsonl", "{\"path\":\"/root/.x\",\"at\":\"root/.x\"}\n")
        .folder(old)
        .link(old + "/root", tree() / "home");

    const Answer status = run({"status"});
    const Answer gc = run({"gc", "--backups"});

    EXPECT_EQ(status.status, 1) << status.out << status.err;
    EXPECT_THAT(status.out, HasSubstr("[backup-unreadable]"));
    EXPECT_EQ(gc.status, 3) << gc.out << gc.err;
    EXPECT_THAT(gc.out, HasSubstr("stays:"));
    EXPECT_TRUE(tree().is_link(old + "/root"));
}

}  // namespace
}  // namespace envkeep::cli
