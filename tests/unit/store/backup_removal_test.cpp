// SPDX-License-Identifier: MIT
#include "backups_fixture.hpp"

#include <filesystem>

namespace envkeep::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(BackupsTest, StayAsLongAsTheIndexOfAnyRunCannotBeRead) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});
    backed_up(next_run, {aside("a")});
    const std::string index = tree / ("storage/envkeep/backups/" + next_run + ".jsonl");
    std::filesystem::resize_file(index, std::uintmax_t{65} << 20U);

    const BackupRemoval stopped = removal(std::chrono::hours(24 * 30));

    EXPECT_THAT(stopped.removed, IsEmpty());
    EXPECT_THAT(stopped.problems, ElementsAre(HasSubstr(next_run + ".jsonl")));
    EXPECT_EQ(tree.content("storage/envkeep/backups/" + old_run + "/root/a"), "1");
}

TEST_F(BackupsTest, OfTheStoreStayWhereTheirRunDidNotComeToItsEnd) {
    const std::string folder = "storage/envkeep/.envkeep-aside/";
    const std::string journal = "storage/envkeep/journal/";
    tree.file(folder + old_run + "/home/.netrc", "the only one")
        .file(journal + old_run + ".jsonl", "{\"run\":\"" + old_run + "\"}\n")
        .file(folder + run + "/home/.netrc", "noise")
        .file(journal + run + ".jsonl", "\xff\n")
        .file(folder + next_run + "/home/.netrc", "old")
        .file(journal + next_run + ".jsonl", "{\"finished\":true}\n");

    const BackupRemoval done = removal(std::chrono::hours(0));

    EXPECT_THAT(done.removed, SizeIs(1));
    EXPECT_THAT(done.kept, ElementsAre(HasSubstr(old_run), HasSubstr(run)));
    EXPECT_THAT(done.kept.front(), HasSubstr("'envkeep undo " + old_run + "'"));
    EXPECT_EQ(tree.content(folder + old_run + "/home/.netrc"), "the only one");
    EXPECT_TRUE(tree.exists(folder + run));
    EXPECT_FALSE(tree.exists(folder + next_run));
}

TEST_F(BackupsTest, AreNotWhatWentAsideInTheHomeThatTheStoreLiesIn) {
    tree.file("home/.envkeep-aside/" + old_run + "/.bashrc", "only here").folder("home/envkeep");
    store = store_at(tree / "home");
    tree.file("home/envkeep/.envkeep-aside/" + run + "/home/.netrc", "x");

    EXPECT_THAT(listed(), ElementsAre(HasSubstr(tree / ("home/envkeep/.envkeep-aside/" + run))));
    EXPECT_THAT(removed(std::chrono::hours(0)), SizeIs(1));
    EXPECT_EQ(tree.content("home/.envkeep-aside/" + old_run + "/.bashrc"), "only here");
}

TEST_F(BackupsTest, ThatCannotBeLookedAtHideNoOthers) {
    tree.file(in_aside("a"), "1").file(in_aside("b"), "22").folder("elsewhere");
    backed_up(old_run, {aside("a")});
    backed_up(run, {aside("b")});
    tree.rename("storage/envkeep/backups/" + old_run + "/root", "elsewhere/root")
        .link("storage/envkeep/backups/" + old_run + "/root", tree / "elsewhere/root");

    EXPECT_THAT(listed(), ElementsAre("20261120 /root/b 2 1"));
    EXPECT_THAT(list_backups(store, home(), files).problems, ElementsAre(HasSubstr(old_run)));
    EXPECT_EQ(backed_up(next_run, {aside("a")}).copied, 1U);
    const BackupRemoval done = removal(std::chrono::hours(0));

    EXPECT_THAT(done.removed, SizeIs(2));
    EXPECT_THAT(done.problems, ElementsAre(HasSubstr(old_run)));
    EXPECT_TRUE(tree.is_link("storage/envkeep/backups/" + old_run + "/root"));
    EXPECT_TRUE(tree.exists("storage/envkeep/backups/" + old_run + ".jsonl"));
    EXPECT_EQ(tree.content("elsewhere/root/a"), "1");
}

TEST_F(BackupsTest, CountOnEarlierOnesOnlyUnderTheClaim) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});

    const BackupReport report =
        back_up(store,
                run,
                {aside("a")},
                {.home = home(), .limit_percent = 100, .is_claimed = [] { return false; }},
                files,
                files)
            .value();

    EXPECT_EQ(report.copied, 1U);
    EXPECT_EQ(report.held_before, 0U);
    EXPECT_EQ(tree.content("storage/envkeep/backups/" + run + "/root/a"), "1");
}

TEST_F(BackupsTest, AreRemovedNoMoreOnceAnotherSessionHasTakenOver) {
    tree.file(in_aside("a"), "1").file(in_aside("b"), "2");
    backed_up(old_run, {aside("a")});
    backed_up(run, {aside("b")});
    int asked = 0;

    const BackupRemoval done =
        remove_backups(store,
                       {.home = home(),
                        .now = machine.now() + std::chrono::hours(24 * 365 * 10),
                        .before_each = [&]() -> Result<void> {
                            if (++asked > 2) {
                                return failure(ErrorKind::busy, "taken over");
                            }
                            return {};
                        }},
                       files,
                       files)
            .value();

    EXPECT_THAT(done.removed, SizeIs(1));
    EXPECT_THAT(done.problems, ElementsAre("taken over"));
    EXPECT_EQ(tree.content("storage/envkeep/backups/" + run + "/root/b"), "2");
}

}  // namespace
}  // namespace envkeep::store
