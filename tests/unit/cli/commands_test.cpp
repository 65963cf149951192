// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/engine/hook.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Commands : public ::testing::Test {
  protected:
    Answer run(const std::vector<std::string>& words) { return command_line_.run(words); }

    // A store whose manifest keeps just these.
    void init_with(const std::string& manifest) {
        const Answer answer = run({"init", "--template", "container"});
        ASSERT_EQ(answer.status, 0) << answer.out << answer.err;
        tree().file("storage/envkeep/manifest.yaml", manifest);
    }

    testing::TempTree& tree() { return command_line_.tree; }

    testing::CommandLine command_line_;
};

TEST_F(Commands, InitMakesAStoreAndThenChangesNothing) {
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::tmpfs(command_line_.storage());

        const Answer first = run({"init", "--template", "container"});
        const auto before = tree().snapshot("storage");
        const Answer second = run({"init"});

        EXPECT_EQ(first.status, 0) << first.err;
        expect_golden("init", command_line_.steady(first.out));
        EXPECT_EQ(second.status, 0);
        EXPECT_THAT(second.out, StartsWith("nothing to do: all is set up\n"));
        EXPECT_EQ(tree().snapshot("storage"), before);
    });
}

TEST_F(Commands, InitRefusesFlagsThatContradictEachOther) {
    EXPECT_THAT(run({"init", "--rollback", "--notice"}).err, HasSubstr("hint: such as: envkeep"));
    EXPECT_EQ(run({"init", "--import", "/x", "--template", "container"}).status, 2);
    EXPECT_THAT(run({"init", ".ssh"}).err, HasSubstr("home paths to keep stand behind '--adopt'"));
    EXPECT_FALSE(tree().exists("storage/envkeep"));
}

TEST_F(Commands, RestoreDoesWhatPlanHasSaid) {
    init_with("envkeep: 1\nkeep: [.ssh, {path: .netrc, kind: file}]\n");
    tree().file("home/.ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0644);
    tree().file("storage/envkeep/home/.netrc", "machine x\n", 0600);

    const Answer plan = run({"plan"});
    const Answer verify = run({"verify"});
    const Answer quiet = run({"verify", "--quiet"});
    const Answer restore = run({"restore"});
    const Answer again = run({"restore"});

    EXPECT_EQ(plan.status, 1);
    expect_golden("flow_plan", command_line_.steady(plan.out));
    EXPECT_EQ(verify.status, 1);
    expect_golden("flow_verify", command_line_.steady(verify.out));
    EXPECT_EQ(quiet.out, verify.out.substr(0, verify.out.find('\n') + 1));
    EXPECT_EQ(restore.status, 0) << restore.err;
    expect_golden("flow_restore", command_line_.steady(restore.out));
    EXPECT_EQ(again.status, 0);
    EXPECT_EQ(command_line_.steady(again.out), "nothing to do: 2 keeps in order, TIME\n");
    EXPECT_EQ(run({"verify"}).out, "as the manifest says: 2 keeps in order\n");
    EXPECT_EQ(run({"restore", "--quiet"}).out, "");
    EXPECT_EQ(tree().mode_of("storage/envkeep/home/.ssh/id_rsa"), 0600U);
}

TEST_F(Commands, RestoreAsksOnlyTheUserAndTakesTheAnswer) {
    init_with("envkeep: 1\nkeep: [{path: .condarc, kind: file}]\n");
    tree().file("storage/envkeep/home/.condarc", "stored\n").file("home/.condarc", "mine\n");

    const Answer conflict = run({"restore"});
    const Answer settled = run({"restore", "--take", "home", ".condarc"});

    EXPECT_EQ(conflict.status, 3);
    expect_golden("flow_conflict", command_line_.steady(conflict.out));
    EXPECT_EQ(settled.status, 0) << settled.out << settled.err;
    EXPECT_EQ(tree().content("home/.condarc"), "mine\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/.condarc"), "mine\n");
}

TEST_F(Commands, RestoreRefusesPathsWithoutASide) {
    EXPECT_THAT(run({"restore", ".ssh"}).err, HasSubstr("'restore' does not take '.ssh'"));
    EXPECT_THAT(run({"restore", "--take", "home"}).err, HasSubstr("'--take' needs the path"));
    EXPECT_THAT(run({"restore", "--take", "both", "x"}).err, HasSubstr("home, store"));
    init_with("envkeep: 1\n");
    EXPECT_THAT(run({"restore", "--take", "home", "../x"}).err, HasSubstr("../x"));
}

TEST_F(Commands, UndoTakesBackWhatLogLists) {
    init_with("envkeep: 1\nkeep: [.jupyter]\n");
    tree().file("home/.jupyter/config", "c\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    const Answer log = run({"log"});
    const Answer undo = run({"undo"});
    const Answer unknown = run({"undo", "19990101"});

    EXPECT_EQ(log.status, 0);
    expect_golden("flow_log", command_line_.steady(log.out));
    expect_golden("flow_log_verbose",
                  command_line_.steady(run({"log", "-n", "2", "--verbose"}).out));
    EXPECT_EQ(undo.status, 0) << undo.out << undo.err;
    expect_golden("flow_undo", command_line_.steady(undo.out));
    EXPECT_FALSE(tree().is_link("home/.jupyter"));
    EXPECT_EQ(tree().content("home/.jupyter/config"), "c\n");
    EXPECT_EQ(unknown.status, 2);
    EXPECT_THAT(run({"log", "-n", "many"}).err, HasSubstr("'many' is no number of runs"));
    EXPECT_EQ(run({"log", "-n", "0"}).status, 2);
}

TEST_F(Commands, AdoptAndReleaseAreEachOthersWayBack) {
    init_with("envkeep: 1\n# mine\n");
    tree().file("home/.jupyter/config", "c\n");

    const Answer adopt = run({"adopt", ".jupyter"});
    EXPECT_TRUE(tree().is_link("home/.jupyter"));
    const Answer release = run({"release", ".jupyter"});

    EXPECT_EQ(adopt.status, 0) << adopt.err;
    expect_golden("flow_adopt", command_line_.steady(adopt.out));
    EXPECT_EQ(release.status, 0) << release.err;
    expect_golden("flow_release", command_line_.steady(release.out));
    EXPECT_FALSE(tree().is_link("home/.jupyter"));
    EXPECT_THAT(tree().content("storage/envkeep/manifest.yaml"), HasSubstr("# mine"));
}

TEST_F(Commands, EnvPrintsExportsAndNothingElse) {
    init_with("envkeep: 1\nenv:\n  HF_HOME: /storage/hf\n  X: \"it's\"\n");

    const Answer env = run({"env"});

    EXPECT_EQ(env.status, 0);
    EXPECT_THAT(env.out, AllOf(HasSubstr("export HF_HOME="), HasSubstr("export X=")));
    EXPECT_EQ(env.err, "");
}

TEST_F(Commands, SayAllThatIsWrongInAManifest) {
    init_with("envkeep: 1\nkepe: [.ssh]\nmodes:\n  x: 644\n");

    const Answer check = run({"manifest", "check"});
    const Answer restore = run({"restore"});
    const Answer env = run({"env"});

    EXPECT_EQ(check.status, 2);
    expect_golden("manifest_check", command_line_.steady(check.out));
    EXPECT_EQ(restore.status, 2);
    EXPECT_EQ(restore.out, "");
    EXPECT_THAT(restore.err,
                AllOf(HasSubstr("kepe"), HasSubstr("nothing was done: the manifest must be")));
    EXPECT_EQ(env.status, 2);
    EXPECT_EQ(env.out, "");
}

TEST_F(Commands, CheckANamedManifestWithoutAStore) {
    tree().file("new.yaml", "envkeep: 1\nkeep: [.ssh, .jupyter]\n");

    const Answer check = run({"manifest", "check", "--manifest", tree() / "new.yaml"});
    const Answer show = run({"manifest", "show", "--manifest", tree() / "new.yaml"});
    const Answer without = run({"manifest", "check"});

    EXPECT_EQ(check.status, 0) << check.err;
    EXPECT_THAT(check.out, HasSubstr("new.yaml: sound; in force here: 2 keeps"));
    EXPECT_THAT(show.out, HasSubstr(".jupyter"));
    EXPECT_EQ(without.status, 4);
}

TEST_F(Commands, ManifestSchemaIsOneJsonDocument) {
    const Answer schema = run({"manifest", "schema"});

    EXPECT_TRUE(Json::parse(schema.out).has_value());
    EXPECT_EQ(schema.err, "");
}

TEST_F(Commands, HookIsPutInAndTakenOut) {
    init_with("envkeep: 1\n");
    tree().file("storage/pre-run.sh", "echo mine\n", 0755);

    const Answer install = run({"hook", "install"});
    const std::string with_line = tree().content("storage/pre-run.sh");
    const Answer again = run({"hook", "install"});
    const Answer remove = run({"hook", "remove"});

    EXPECT_THAT(install.out, HasSubstr("wrote"));
    EXPECT_THAT(with_line, AllOf(HasSubstr("echo mine"), HasSubstr("hook.sh")));
    EXPECT_THAT(again.out, StartsWith("nothing to do"));
    EXPECT_THAT(remove.out, HasSubstr("no start runs envkeep any more"));
    EXPECT_EQ(tree().content("storage/pre-run.sh"), "echo mine\n");
    EXPECT_THAT(run({"hook", "remove"}).out, StartsWith("nothing to do"));
}

TEST_F(Commands, HookPrintGivesOnlyWhatIsToBePasted) {
    for (const std::string_view use : engine::hook_uses) {
        const Answer print = run({"hook", "print", "--for", std::string(use)});
        EXPECT_EQ(print.status, 0) << print.err;
        EXPECT_THAT(print.out, HasSubstr(command_line_.storage())) << use;
        EXPECT_EQ(print.err, "");
    }
}

TEST_F(Commands, StatusShowsHowThingsStand) {
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::tmpfs(command_line_.storage());
        init_with("envkeep: 1\nkeep: [.jupyter, .ssh]\n");
        tree().folder("storage/envkeep/home/.jupyter");
        ASSERT_EQ(run({"restore"}).status, 0);

        const Answer status = run({"status"});

        EXPECT_EQ(status.status, 1);  // the start line did not run here
        expect_golden("flow_status", command_line_.steady(status.out));
    });
}

TEST_F(Commands, GcRemovesBackupsOnlyWhenTold) {
    init_with("envkeep: 1\n");

    tree().folder("storage/envkeep/backups/20200101T000000Z-0123456789");
    EXPECT_EQ(run({"gc"}).status, 0);
    EXPECT_THAT(run({"gc", "--backups"}).out, HasSubstr("in 1 backup"));
    EXPECT_EQ(run({"gc", "--backups"}).out, "no backup is old enough: nothing was removed\n");
    EXPECT_EQ(run({"gc", "--backups", "--older-than", "30"}).status, 2);
}

TEST_F(Commands, UninstallLeavesRealFilesAndTheStore) {
    testing::TempTree etc;
    etc.folder("profile.d")
        .file("bash.bashrc", "")
        .file("passwd", "root:x:0:0::" + (tree() / "home") + ":/bin/sh\n");
    init_with("envkeep: 1\nkeep: [.jupyter]\n");
    tree().file("storage/envkeep/home/.jupyter/config", "c\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::bind("/etc", etc.path());

        const Answer uninstall = run({"uninstall"});

        EXPECT_EQ(uninstall.status, 0) << uninstall.out << uninstall.err;
        expect_golden("flow_uninstall", command_line_.steady(uninstall.out));
    });
    EXPECT_FALSE(tree().is_link("home/.jupyter"));
    EXPECT_EQ(tree().content("home/.jupyter/config"), "c\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/.jupyter/config"), "c\n");
}

TEST_F(Commands, VersionNamesTheLibrariesInside) {
    EXPECT_THAT(run({"version"}).out, ::testing::MatchesRegex("envkeep [0-9.]+\n"));
    EXPECT_EQ(run({"--version"}).out, run({"version"}).out);
    EXPECT_THAT(run({"version", "--verbose"}).out,
                AllOf(HasSubstr("libgit2"),
                      HasSubstr("libssh2"),
                      HasSubstr("yaml-cpp"),
                      HasSubstr("Boost.Filesystem")));
}

TEST_F(Commands, PrintErrorsWithTheirCure) {
    const Answer unknown = run({"sink"});
    const Answer missing = run({"status", "--store", tree() / "nowhere"});

    EXPECT_EQ(unknown.status, 2);
    EXPECT_EQ(unknown.err,
              "error: there is no command 'sink'\n"
              "hint: see 'envkeep --help' for all commands\n");
    EXPECT_EQ(missing.status, 4);
    EXPECT_THAT(missing.err, AllOf(HasSubstr("error: "), HasSubstr("hint: ")));
    EXPECT_EQ(missing.out, "");
}

TEST_F(Commands, UseColoursOnATerminalUnlessToldNotTo) {
    command_line_.terminal_width = 80;
    EXPECT_THAT(run({"sync"}).err, HasSubstr("\x1b["));
    command_line_.set("NO_COLOR", "1");
    EXPECT_THAT(run({"sync"}).err, Not(HasSubstr("\x1b[")));
    command_line_.set("NO_COLOR", "");
    EXPECT_THAT(run({"sync"}).err, HasSubstr("\x1b["));
    command_line_.set("TERM", "dumb");
    EXPECT_THAT(run({"sync"}).err, Not(HasSubstr("\x1b[")));
}

TEST_F(Commands, PlanWritesNothingAtAll) {
    init_with("envkeep: 1\nkeep: [.ssh, .jupyter]\n");
    tree().file("home/.ssh/id_rsa", "key", 0644);
    const auto before = tree().snapshot();

    for (const char* const command : {"plan", "status", "verify", "log", "env"}) {
        static_cast<void>(run({command}));
    }

    EXPECT_EQ(tree().snapshot(), before);
}

TEST_F(Commands, PlanOfAManifestWithMistakesDoesNotSayThatAllIsWell) {
    init_with("envkeep: 1\nkepe: [.jupyter]\n");

    EXPECT_THAT(run({"plan"}).out, HasSubstr("nothing to do for the sound entries: 0 keeps"));
}

TEST_F(Commands, RefuseToTakeASideOfWhatIsNotKept) {
    init_with("envkeep: 1\nkeep: [.jupyter]\n");

    const Answer slip = run({"restore", "--take", "store", "~/.jupiter"});

    EXPECT_EQ(slip.status, 2);
    EXPECT_THAT(slip.err, HasSubstr("nothing is kept at"));
    EXPECT_FALSE(tree().is_link("home/.jupyter"));
    EXPECT_EQ(run({"restore", "--take", "store", ".jupyter"}).status, 0);
}

TEST_F(Commands, TakeRelativePathsFromTheWorkingFolder) {
    init_with("envkeep: 1\nkeep: [.jupyter]\n");
    tree().file("here/new.yaml", "envkeep: 1\nkeep: [.jupyter, .ssh]\n");
    testing::in_child([&] {
        ASSERT_EQ(::chdir((tree() / "here").c_str()), 0);

        EXPECT_THAT(run({"manifest", "check", "--manifest", "new.yaml"}).out,
                    HasSubstr("/here/new.yaml: sound; in force here: 2 keeps"));
        EXPECT_THAT(run({"plan", "--store", "../storage", "--verbose"}).out,
                    HasSubstr("store     " + (tree() / "storage/envkeep") + ", by --store"));
    });
}

TEST_F(Commands, LookAtACapturedMachineWithoutTouchingIt) {
    init_with("envkeep: 1\nkeep: [.jupyter, .ssh]\n");
    tree().folder("captured/root").file("captured/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    for (const char* const fact :
         {"/proc/sys/kernel/random/boot_id", "/proc/1/stat", "/proc/stat"}) {
        tree().file(std::string("captured") + fact, testing::content_of(fact));
    }
    tree().link("captured/proc/self/ns/pid", "pid:[4026531836]");
    std::filesystem::rename(tree() / "storage", tree() / "captured/storage");
    tree().folder("captured/storage/envkeep/home/.jupyter");
    tree().link("captured/root/.jupyter", "/storage/envkeep/home/.jupyter");
    const auto before = tree().snapshot();

    const Answer plan =
        run({"plan", "--root", tree() / "captured", "--home", "/root", "--store", "/storage"});
    const Answer typed_with_root = run({"verify",
                                        "--root",
                                        tree() / "captured",
                                        "--home",
                                        tree() / "captured/root",
                                        "--store",
                                        tree() / "captured/storage"});

    EXPECT_EQ(plan.status, 1) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("~/.ssh"));
    EXPECT_THAT(plan.out, Not(HasSubstr("~/.jupyter")));
    EXPECT_THAT(typed_with_root.out, HasSubstr("differs from the manifest: 1 of 2 keeps in order"))
        << typed_with_root.err;
    EXPECT_EQ(tree().snapshot(), before);
    EXPECT_EQ(run({"plan", "--root", tree() / "nowhere"}).status, 2);
}

TEST_F(Commands, AStartEndsWell) {
    const Answer wrong_use = run({"restore", "--start", "--no-such-flag"});
    const Answer relative = run({"restore", "--start", "--store", "storage"});
    const Answer no_store = run({"restore", "--start", "--store", tree() / "nowhere"});

    for (const Answer& answer : {wrong_use, relative, no_store}) {
        EXPECT_EQ(answer.status, 0);
        EXPECT_EQ(answer.out, "");
        EXPECT_THAT(answer.err, Not(IsEmpty()));
    }
}

TEST_F(Commands, AStartTellsItsStatusInTheDocument) {
    const Answer start = run({"restore", "--start", "--json", "--store", tree() / "nowhere"});

    EXPECT_EQ(start.status, 0);
    const Result<Json> document = Json::parse(start.out);
    ASSERT_TRUE(document.has_value()) << start.out;
    EXPECT_EQ(document->number_or("exit", 0), 4);
    EXPECT_EQ(document->text_or("command", ""), "restore");
}

}  // namespace
}  // namespace envkeep::cli
