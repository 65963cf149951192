// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/store/lease.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What a release leaves to others: keeps that are still wanted, and sessions that go on.
namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReleaseRest : public testing::Household {
  protected:
    void begin_another_session() {
        tree().file("storage/envkeep/leases/elsewhere.json",
                    R"({"id":"elsewhere","container":{"boot_id":"other","pid_namespace":1,)"
                    R"("first_start":1},"process":{"pid":1,"started":1},"host":"far",)"
                    R"("home":"/root","started":"2026-11-20T23:24:59Z"})");
    }

    void begin_session_of(const std::string& home) {
        posix::Files files;
        const posix::Machine machine(posix::environment());
        const store::Store store{.base = files.open_root(tree() / "storage").value(),
                                 .root = files.open_root(tree() / "storage/envkeep").value(),
                                 .base_path = tree() / "storage",
                                 .path = tree() / "storage/envkeep",
                                 .id = {},
                                 .created = {}};
        ASSERT_TRUE(store::take_lease(store, home, machine, files));
    }

    void end_the_other_session() { tree().remove("storage/envkeep/leases/elsewhere.json"); }
};

TEST_F(ReleaseRest, LeavesTheSourceOfAnotherKeep) {
    init_with("envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x}]\n");
    tree().file("storage/envkeep/home/shared/x/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"release", ".x"}, 0);

    EXPECT_THAT(text, AllOf(HasSubstr("[store-side-shared]"), HasSubstr("~/.y")));
    EXPECT_FALSE(is_link("home/.x"));
    EXPECT_EQ(tree().content("home/.x/f"), "p\n");
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/shared/x/f"), "p\n");
    EXPECT_THAT(said({"release", ".x"}, 2), HasSubstr("'.x' is not kept"));
    EXPECT_THAT(said({"release", ".y"}, 0), HasSubstr("backups/released/"));
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_FALSE(tree().exists("storage/envkeep/home/shared/x"));
}

// Of one keep's source another has a part: whichever of them goes.
TEST_F(ReleaseRest, LeavesTheSourceThatAnotherKeepHasAPartOfOrThatLiesInIt) {
    init_with(
        "envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x/sub}]\n");
    tree().file("storage/envkeep/home/shared/x/sub/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    for (const std::string released : {".x", ".y"}) {
        SCOPED_TRACE(released);

        said({"release", released}, 0);

        EXPECT_EQ(tree().content("home/.x/sub/f"), "p\n");
        EXPECT_EQ(tree().content("home/.y/f"), "p\n");
        said({"undo"}, 0);
    }
}

TEST_F(ReleaseRest, OfAllThatHaveOneSourcePutsItAwayOnce) {
    const std::string manifest_before =
        "envkeep: 1\n"
        "keep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x},\n"
        "       {path: .z, to: home/shared/x/sub}]\n";
    init_with(manifest_before);
    tree().file("storage/envkeep/home/shared/x/sub/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"release", ".z", ".x", ".y"}, 0);

    EXPECT_THAT(text,
                HasSubstr("~/.z: kept copy in /TREE/storage/envkeep/backups/released/RUN/"
                          "home/shared/x/sub\n"));
    for (const char* const file : {"home/.x/sub/f", "home/.y/sub/f", "home/.z/f"}) {
        EXPECT_EQ(tree().content(file), "p\n");
    }
    EXPECT_FALSE(tree().exists("storage/envkeep/home/shared/x"));
    EXPECT_EQ(run({"undo"}).status, 0);
    EXPECT_EQ(manifest(), manifest_before);
    EXPECT_TRUE(is_link("home/.z"));
    EXPECT_EQ(tree().content("home/.z/f"), "p\n");
}

TEST_F(ReleaseRest, AdoptPackedLeavesTheSourceOfAnotherKeep) {
    init_with(
        "envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x}]\n"
        "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n");
    tree().file("storage/envkeep/home/shared/x/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    said({"adopt", "--packed", ".x"}, 0);

    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_FALSE(is_link("home/.x"));
}

TEST_F(ReleaseRest, TakesWhatIsReleasedOutOfTheEntryAbove) {
    init_with("envkeep: 1\nkeep: [.cf]   # mine\n");
    tree().file("home/.cf/app/a", "a\n").file("home/.cf/other", "o\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    ASSERT_EQ(run({"adopt", ".cf/app"}).status, 0);

    const std::string text = said({"release", ".cf/app"}, 0);

    EXPECT_THAT(text, HasSubstr("changed in the manifest: - {path: .cf, exclude: app}\n"));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [{path: .cf, exclude: [app]}]   # mine\n");
    EXPECT_EQ(run({"save"}).status, 0);
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.cf/app"));
    EXPECT_EQ(tree().content("home/.cf/app/a"), "a\n");
    EXPECT_EQ(tree().content("home/.cf/other"), "o\n");
    ASSERT_EQ(run({"adopt", ".cf/app"}).status, 0);
    EXPECT_TRUE(is_link("home/.cf/app"));
    EXPECT_EQ(tree().content("storage/envkeep/home/.cf/app/a"), "a\n");
    said({"release", ".cf/app"}, 0);
    EXPECT_FALSE(is_link("home/.cf/app"));
}

TEST_F(ReleaseRest, TakesACopyOutOfTheEntryAboveToo) {
    init_with(
        "envkeep: 1\nkeep:\n  - path: .config\n    exclude: [tmp]\n"
        "  - {path: .config/app, how: copy}\n");
    tree().file("storage/envkeep/home/.config/app", "a\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    EXPECT_THAT(said({"release", ".config/app"}, 0), HasSubstr("released  ~/.config/app"));

    EXPECT_EQ(manifest(), "envkeep: 1\nkeep:\n  - path: .config\n    exclude: [tmp, app]\n");
    EXPECT_EQ(run({"save"}).status, 0);
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.config/app"));
    EXPECT_EQ(tree().content("home/.config/app"), "a\n");
    EXPECT_EQ(run({"undo"}).status, 0);
    EXPECT_EQ(tree().content("storage/envkeep/home/.config/app"), "a\n");
}

TEST_F(ReleaseRest, RefusesWhatAPatternWouldKeepOn) {
    const std::string before = "envkeep: 1\nkeep: ['.c*', .cf/app]\n";
    init_with(before);
    tree().file("home/.cf/app/a", "a\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    EXPECT_THAT(said({"release", ".cf/app"}, 2),
                AllOf(HasSubstr("'.c*'"), HasSubstr("manifest.yaml:2")));

    EXPECT_EQ(manifest(), before);
    EXPECT_TRUE(is_link("home/.cf/app"));
}

TEST_F(ReleaseRest, LeavesTheStoresSideToSessionsThatGoOn) {
    init_with("envkeep: 1\nkeep: [.jupyter, {path: .hist, how: copy}]\n");
    tree().file("home/.jupyter/f", "p\n").file("home/.hist", "h\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    begin_another_session();

    const std::string text = said({"release", ".jupyter", ".hist"}, 0);

    EXPECT_THAT(text,
                AllOf(HasSubstr("[release-in-use]"),
                      HasSubstr("/root on far"),
                      HasSubstr("envkeep release .jupyter .hist\n")));
    EXPECT_FALSE(is_link("home/.jupyter"));
    EXPECT_EQ(tree().content("storage/envkeep/home/.jupyter/f"), "p\n");
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.hist")) << "nobody has a link to it";
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");

    end_the_other_session();
    EXPECT_THAT(said({"release", ".jupyter"}, 0),
                AllOf(HasSubstr("backups/released/"), Not(HasSubstr("[release-in-use]"))));
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.jupyter"));
    EXPECT_EQ(tree().content("home/.jupyter/f"), "p\n");
}

// Of the same container, as a second home that is given by --home.
TEST_F(ReleaseRest, LeavesTheStoresSideToAnotherHomeHere) {
    init_with("envkeep: 1\nkeep: [.d]\n");
    tree().file("home/.d/f", "p\n").folder("other");
    ASSERT_EQ(run({"restore"}).status, 0);
    begin_session_of(tree() / "other");

    EXPECT_THAT(said({"release", ".d"}, 0),
                AllOf(HasSubstr("[release-in-use]"), HasSubstr("/TREE/other on ")));

    EXPECT_EQ(tree().content("storage/envkeep/home/.d/f"), "p\n");
}

TEST_F(ReleaseRest, UndoOfAnAdoptLeavesTheStoresSideToSessionsThatGoOnToo) {
    const std::string before = "envkeep: 1\nkeep: []\n";
    init_with(before);
    tree().file("home/.d/f", "p\n");
    ASSERT_EQ(run({"adopt", ".d"}).status, 0);
    begin_another_session();

    const testing::Answer undone = run({"undo"});

    EXPECT_EQ(undone.status, 3);
    EXPECT_THAT(undone.out,
                AllOf(HasSubstr("other sessions may have links to it"), HasSubstr("/root on far")));
    EXPECT_EQ(tree().content("storage/envkeep/home/.d/f"), "p\n");
    EXPECT_FALSE(is_link("home/.d"));
    EXPECT_EQ(tree().content("home/.d/f"), "p\n");
    EXPECT_EQ(manifest(), before);

    end_the_other_session();
    const std::string again = "once it can be: envkeep undo ";
    const std::size_t id = undone.out.find(again);
    ASSERT_NE(id, std::string::npos) << undone.out;
    const std::size_t begin = id + again.size();
    said({"undo", undone.out.substr(begin, undone.out.find('\n', begin) - begin)}, 0);
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.d"));
    EXPECT_EQ(tree().content("home/.d/f"), "p\n");
}

TEST_F(ReleaseRest, RefusesWhatCouldNotBeSaved) {
    init_with(keeps_a_database);
    leave_unsaved();

    EXPECT_THAT(said({"release", ".h.db"}, 3),
                AllOf(HasSubstr("what changed in ~/.h.db could not be saved"),
                      HasSubstr("nothing was released"),
                      HasSubstr("envkeep save")));

    EXPECT_EQ(manifest(), keeps_a_database);
    EXPECT_THAT(said({"release", ".x"}, 3), HasSubstr("[save-failed]"));
    EXPECT_FALSE(is_link("home/.x"));

    tree().remove("home/.h.db-journal");
    said({"release", ".h.db"}, 0);
    EXPECT_THAT(manifest(), Not(HasSubstr(".h.db")));
    EXPECT_THAT(tree().content("home/.h.db"), HasSubstr("row 2"));
}

}  // namespace
}  // namespace envkeep::cli
