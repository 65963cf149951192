// SPDX-License-Identifier: MIT
#include "backups_fixture.hpp"
#include "bind_fs.hpp"
#include "support/mounts.hpp"

namespace envkeep::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScopedMount;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST_F(BackupsTest, CountWhatWentAsideInTheStore) {
    const std::string folder = "storage/envkeep/.envkeep-aside/";
    tree.file(folder + old_run + "/home/.bash_history", "ls\n")
        .file(folder + next_run + ".2/home/.bash_history", "ls\nps\n")
        .file(folder + "not of ours", "x");

    EXPECT_THAT(listed(),
                ElementsAre("20260101 " + tree / (folder + old_run) + " 3 1",
                            "20261121 " + tree / (folder + next_run + ".2") + " 6 1"));
    EXPECT_THAT(removed(std::chrono::hours(72)),
                ElementsAre("20260101 " + tree / (folder + old_run)));
    EXPECT_THAT(listed(), SizeIs(1));
    EXPECT_EQ(tree.content(folder + "not of ours"), "x");
}

TEST_F(BackupsTest, HoldFilesFoldersAndLinksUnderTheirOldNames) {
    tree.file(in_aside(".bashrc"), "alias\n", 0640)
        .file(in_aside(".config/app/settings"), "x=1")
        .link(in_aside(".config/link"), "app");

    const BackupReport report = backed_up(run, {aside(".bashrc"), aside(".config")});

    EXPECT_EQ(report.copied, 9U);
    EXPECT_THAT(report.only_here, IsEmpty());
    EXPECT_THAT(report.problems, IsEmpty());
    const std::string top = "storage/envkeep/backups/" + run + "/root/";
    EXPECT_EQ(tree.content(top + ".bashrc"), "alias\n");
    EXPECT_EQ(tree.mode_of(top + ".bashrc"), 0640U);
    EXPECT_EQ(tree.content(top + ".config/app/settings"), "x=1");
    EXPECT_EQ(tree.target(top + ".config/link"), "app");
    EXPECT_THAT(listed(), ElementsAre("20261120 /root/.bashrc 6 1", "20261120 /root/.config 3 2"));
}

TEST_F(BackupsTest, HoldNothingOfWhatIsExcluded) {
    tree.file(in_aside(".config/a/Cache/big"), "12345").file(in_aside(".config/a/rc"), "x");
    Aside config = aside(".config");
    config.leaves_out = {RelPath::parse("a/Cache").value()};

    const BackupReport report = backed_up(run, {config});

    EXPECT_EQ(report.copied, 1U);
    EXPECT_EQ(tree.content("storage/envkeep/backups/" + run + "/root/.config/a/rc"), "x");
    EXPECT_FALSE(tree.exists("storage/envkeep/backups/" + run + "/root/.config/a/Cache"));
    EXPECT_EQ(backed_up(next_run, {config}).held_before, 1U);
}

TEST_F(BackupsTest, LeaveWhatWentAsideWhereItIs) {
    tree.file(in_aside(".bashrc"), "alias\n");
    const auto before = tree.snapshot("home");

    backed_up(run, {aside(".bashrc")});

    EXPECT_EQ(tree.snapshot("home"), before);
}

TEST_F(BackupsTest, AreDoneOnceTheyStandThere) {
    tree.file(in_aside(".bashrc"), "x");
    EXPECT_FALSE(is_backed_up(store, run, "/root/.bashrc", files).value());

    backed_up(run, {aside(".bashrc")});
    backed_up(next_run, {aside(".bashrc")});  // held by the first

    EXPECT_TRUE(is_backed_up(store, run, "/root/.bashrc", files).value());
    EXPECT_TRUE(is_backed_up(store, next_run, "/root/.bashrc", files).value());
    EXPECT_FALSE(is_backed_up(store, run, "/root/.other", files).value());
    tree.remove("storage/envkeep/backups/" + run);
    EXPECT_FALSE(is_backed_up(store, run, "/root/.bashrc", files).value())
        << "a line alone is none";
}

TEST_F(BackupsTest, OfNothingLeaveNothing) {
    backed_up(run, {});

    EXPECT_FALSE(tree.exists("storage/envkeep/backups"));
    EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(BackupsTest, AreForTheirOwnerOnly) {
    tree.file(in_aside(".ssh/id_rsa"), "key", 0600).mode(in_aside(".ssh"), 0700);

    backed_up(run, {aside(".ssh")});

    EXPECT_EQ(tree.mode_of("storage/envkeep/backups"), 0700U);
    EXPECT_EQ(tree.mode_of("storage/envkeep/backups/" + run), 0700U);
    EXPECT_EQ(tree.mode_of("storage/envkeep/backups/" + run + "/root"), 0700U);
    EXPECT_EQ(tree.mode_of("storage/envkeep/backups/" + run + "/root/.ssh/id_rsa"), 0600U);
}

TEST_F(BackupsTest, KeepTheSameBytesAtTheSamePlaceOnce) {
    tree.file(in_aside(".config/settings"), "x=1");
    backed_up(old_run, {aside(".config")});

    const BackupReport report = backed_up(run, {aside(".config")});

    EXPECT_EQ(report.copied, 0U);
    EXPECT_EQ(report.held_before, 3U);
    EXPECT_THAT(listed(), ElementsAre("20260101 /root/.config 3 1"));
}

TEST_F(BackupsTest, KeepOtherBytesOfTheSameSizeToo) {
    tree.file(in_aside(".config/settings"), "x=1");
    backed_up(old_run, {aside(".config")});
    tree.file(in_aside(".config/settings"), "x=2");

    EXPECT_EQ(backed_up(run, {aside(".config")}).copied, 3U);
    EXPECT_THAT(listed(), SizeIs(2));
}

TEST_F(BackupsTest, BelieveNoBackupThatIsNotThereAnyMore) {
    tree.file(in_aside(".config/settings"), "x=1");
    backed_up(old_run, {aside(".config")});
    tree.remove("storage/envkeep/backups/" + old_run + "/root/.config/settings");

    EXPECT_EQ(backed_up(run, {aside(".config")}).copied, 3U);
}

TEST_F(BackupsTest, ListOnlyWhatIsThere) {
    tree.file(in_aside("a"), "1").file(in_aside("b"), "2");
    backed_up(run, {aside("a"), aside("b")});
    tree.remove("storage/envkeep/backups/" + run + "/root/a");

    EXPECT_THAT(listed(), ElementsAre("20261120 /root/b 1 1"));
}

TEST_F(BackupsTest, StopAtTheLimitOfAllBackupsTogether) {
    tree.folder("small");
    const auto mounted = ScopedMount::tmpfs(tree / "small", "size=1m");
    tree.folder("small/envkeep", 0700);
    store = store_at(tree / "small");
    tree.file(in_aside("first"), std::string(60'000, '1'))
        .file(in_aside("second"), std::string(60'000, '2'))
        .file(in_aside("third"), "3");

    const BackupRules tenth{.home = home(), .limit_percent = 10};
    const auto first = back_up(store, old_run, {aside("first")}, tenth, files, files).value();
    const auto second =
        back_up(store, run, {aside("second"), aside("third")}, tenth, files, files).value();

    EXPECT_EQ(first.copied, 60'000U);
    EXPECT_EQ(second.copied, 1U);
    EXPECT_THAT(second.only_here, ElementsAre("/root/second"));
    EXPECT_THAT(second.problems, IsEmpty());
}

TEST_F(BackupsTest, CopyNothingAtALimitOfZero) {
    tree.file(in_aside("first"), "1");

    const auto report =
        back_up(store, run, {aside("first")}, {.home = home(), .limit_percent = 0}, files, files)
            .value();

    EXPECT_THAT(report.only_here, ElementsAre("/root/first"));
    EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(BackupsTest, GoOnWithTheRestWhereOneDoesNotFit) {
    tree.folder("small");
    const auto mounted = ScopedMount::tmpfs(tree / "small", "size=64k,nr_inodes=20");
    tree.folder("small/envkeep", 0700);
    store = store_at(tree / "small");
    for (int i = 0; i < 30; ++i) {
        tree.file(in_aside("many/" + std::to_string(i)));
    }
    tree.file(in_aside("few"), "1");

    const BackupReport report = backed_up(run, {aside("many"), aside("few")});

    EXPECT_EQ(report.copied, 1U);
    EXPECT_THAT(report.only_here, ElementsAre("/root/many"));
    EXPECT_THAT(report.problems, ElementsAre(StartsWith("'/root/many': ")));
    EXPECT_THAT(listed(), ElementsAre("20261120 /root/few 1 1"));
}

TEST_F(BackupsTest, SayOfAReadOnlyStoreThatAllIsOnlyHere) {
    const auto mounted = ScopedMount::read_only_bind(tree / "storage", tree / "storage");
    posix::Files fresh;
    store = {.root = fresh.open_root(tree / "storage/envkeep").value()};
    tree.file(in_aside("a"), "1");
    const Aside one{.place = {.root = fresh.open_root(tree / "home").value(),
                              .path = RelPath::parse(".envkeep-aside/a").value()},
                    .original = "/root/a"};

    const BackupReport report =
        back_up(store, run, {one}, {.home = one.place.root, .limit_percent = 100}, fresh, fresh)
            .value();

    EXPECT_THAT(report.only_here, ElementsAre("/root/a"));
    EXPECT_THAT(report.problems, SizeIs(1));
}

TEST_F(BackupsTest, NameWhatCannotBeCopied) {
    tree.file(in_aside("run/data"), "1").fifo(in_aside("run/pipe"));

    EXPECT_THAT(backed_up(run, {aside("run")}).only_here, ElementsAre("/root/run/pipe"));
}

TEST_F(BackupsTest, KeepWhatIsPrivateHomeIfTheStoreIgnoresModes) {
    tree.folder("fuse")
        .file(in_aside("id_rsa"), "key", 0600)
        .file(in_aside("mixed/open"), "1")
        .file(in_aside("mixed/token"), "2", 0600)
        .file(in_aside("mixed/hidden/note"), "3", 0644)
        .mode(in_aside("mixed/hidden"), 0700);
    const BindFs mounted(tree / "storage", tree / "fuse", "perms=0755,chmod-ignore");
    store = store_at(tree / "fuse");

    const BackupReport report = backed_up(run, {aside("id_rsa"), aside("mixed")});

    EXPECT_EQ(report.copied, 1U);
    EXPECT_THAT(
        report.only_here,
        UnorderedElementsAre("/root/id_rsa", "/root/mixed/token", "/root/mixed/hidden/note"));
    EXPECT_THAT(tree.snapshot("storage/envkeep/backups/" + run),
                Not(Contains(StartsWith("root/mixed/token"))));
    EXPECT_FALSE(tree.exists("storage/envkeep/backups/" + run + "/root/id_rsa"));
}

TEST_F(BackupsTest, HoldAPlaceThatWentAsideTwiceAndOneBelowAnother) {
    tree.file(in_aside("a/b"), "1").file(in_aside("again"), "22");
    const Aside again{.place = aside("again").place, .original = "/root/a"};
    const Aside below{.place = aside("again").place, .original = "/root/a/c"};

    const BackupReport report = backed_up(run, {aside("a"), again, below});

    EXPECT_THAT(report.problems, IsEmpty());
    const std::string top = "storage/envkeep/backups/" + run + "/";
    EXPECT_EQ(tree.content(top + "root/a/b"), "1");
    EXPECT_EQ(tree.content(top + "~2/root/a"), "22");
    EXPECT_EQ(tree.content(top + "~3/root/a/c"), "22");
}

TEST_F(BackupsTest, AreRemovedWhenTheyAreOlder) {
    tree.file(in_aside("a"), "1").file(in_aside("b/c"), "2");
    backed_up(old_run, {aside("a")});
    backed_up(run, {aside("b")});

    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), ElementsAre("20260101 /root/a"));

    EXPECT_FALSE(tree.exists("storage/envkeep/backups/" + old_run));
    EXPECT_FALSE(tree.exists("storage/envkeep/backups/" + old_run + ".jsonl"));
    EXPECT_THAT(listed(), ElementsAre("20261120 /root/b 1 1"));
}

TEST_F(BackupsTest, ThatALaterRunCountsOnAreNotRemovedBeforeThatOne) {
    tree.file(in_aside("a"), "1").file(in_aside("b"), "2");
    backed_up(old_run, {aside("a"), aside("b")});
    backed_up(next_run, {aside("a")});

    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), ElementsAre("20260101 /root/b"));
    EXPECT_THAT(listed(), ElementsAre("20260101 /root/a 1 1"));

    EXPECT_THAT(removed(std::chrono::hours(0)), ElementsAre("20260101 /root/a"));
    EXPECT_THAT(tree.snapshot("storage/envkeep/backups"), IsEmpty());
}

TEST_F(BackupsTest, ThatALaterRunCountsOnSurviveTheLossOfTheirOwnIndex) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});
    backed_up(next_run, {aside("a")});
    tree.file("storage/envkeep/backups/" + old_run + ".jsonl", "\xff\n{\"pa");
    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), IsEmpty());
    tree.remove("storage/envkeep/backups/" + old_run + ".jsonl");

    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), IsEmpty());

    EXPECT_EQ(tree.content("storage/envkeep/backups/" + old_run + "/root/a"), "1");
}

TEST_F(BackupsTest, ThatALaterRunCountsOnSurviveALineThatNamesThemByAnotherName) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});
    backed_up(next_run, {aside("a")});
    tree.file("storage/envkeep/backups/" + old_run + ".jsonl",
              R"({"path":"/x","at":"."})"
              "\n"
              R"({"path":"/x","at":"root//a"})"
              "\n"
              R"({"path":"/x","at":"root"})"
              "\n");

    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), IsEmpty());

    EXPECT_EQ(tree.content("storage/envkeep/backups/" + old_run + "/root/a"), "1");
}

TEST_F(BackupsTest, WithAnIndexThatTellsNothingAreOneWhole) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});
    const std::string where = tree / ("storage/envkeep/backups/" + old_run);
    tree.file("storage/envkeep/precious", "x");

    for (const std::string_view damaged :
         {"", "\xff\n{\"pa", "[]\n{}\n", R"({"path":"/root/a","at":"../../precious"})"}) {
        tree.file("storage/envkeep/backups/" + old_run + ".jsonl", damaged);
        EXPECT_THAT(listed(), ElementsAre("20260101 " + where + " 1 1"));
    }
    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), ElementsAre("20260101 " + where));
    EXPECT_THAT(tree.snapshot("storage/envkeep/backups"), IsEmpty());
    EXPECT_TRUE(tree.exists("storage/envkeep/precious"));
}

TEST_F(BackupsTest, WithoutAnIndexAreOneWhole) {
    tree.file("storage/envkeep/backups/" + old_run + "/root/a", "1")
        .file("storage/envkeep/backups/" + old_run + "/root/b/c", "22");

    const std::string where = tree / ("storage/envkeep/backups/" + old_run);
    EXPECT_THAT(listed(), ElementsAre("20260101 " + where + " 3 2"));
    EXPECT_THAT(removed(std::chrono::hours(24 * 30)), ElementsAre("20260101 " + where));
    EXPECT_THAT(tree.snapshot("storage/envkeep/backups"), IsEmpty());
}

TEST_F(BackupsTest, LeaveOtherThingsInTheirFolderAlone) {
    tree.file("storage/envkeep/backups/released/" + old_run + "/root/.ssh/id_rsa", "key", 0600)
        .file("storage/envkeep/backups/mine/notes", "x")
        .file("storage/envkeep/backups/99999999T999999Z-x/notes", "x")
        .file("storage/envkeep/backups/99991231T235959Z-x/notes", "x")
        .file("storage/envkeep/backups/notes.jsonl", "{}");
    const auto before = tree.snapshot("storage/envkeep/backups");

    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_THAT(removed(std::chrono::hours(0)), IsEmpty());

    EXPECT_EQ(tree.snapshot("storage/envkeep/backups"), before);
}

TEST_F(BackupsTest, SurviveAnyNameOfAFile) {
    const std::string name = "new\nline \xff\\x41 \"quoted\"";
    tree.file(in_aside(name), "1");
    backed_up(old_run, {aside(name)});

    EXPECT_EQ(backed_up(run, {aside(name)}).held_before, 1U);
    EXPECT_EQ(list_backups(store, home(), files).backups.at(0).path, "/root/" + name);
}

}  // namespace
}  // namespace envkeep::store
