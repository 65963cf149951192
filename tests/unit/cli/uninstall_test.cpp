// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Uninstall : public testing::Household {
  protected:
    // ~/.a and ~/.b are links into the store.
    void init_with_two() {
        init_with("envkeep: 1\nkeep: [.a, .b]\n");
        tree().file("home/.a", "a\n").file("home/.b/c", "c\n");
        said({"restore"}, 0);
        ASSERT_TRUE(is_link("home/.a"));
        ASSERT_TRUE(is_link("home/.b"));
    }

    void expect_program_is_gone() {
        EXPECT_FALSE(tree().exists("storage/envkeep/bin/envkeep"));
        EXPECT_FALSE(tree().exists("storage/envkeep/hook.sh"));
    }
};

TEST_F(Uninstall, NamesWhatStaysAndTheWayBack) {
    init_with_two();
    tree().file("storage/envkeep/packs/x.pack").file("storage/envkeep/snapshots/x.json");

    const std::string text = said({"uninstall"}, 0);

    for (const char* const place : {"/TREE/storage/envkeep/manifest.yaml",
                                    "/TREE/storage/envkeep/home",
                                    "/TREE/storage/envkeep/journal",
                                    "/TREE/storage/envkeep/packs",
                                    "/TREE/storage/envkeep/snapshots",
                                    "/TREE/home/.envkeep-aside",
                                    "/TREE/home/.envkeep-state"}) {
        EXPECT_THAT(text, HasSubstr("stays      " + std::string(place) + "\n"));
    }
    EXPECT_THAT(text, HasSubstr("envkeep undo RUN\n"));
    EXPECT_FALSE(is_link("home/.a"));
    EXPECT_EQ(tree().content("home/.b/c"), "c\n");
    expect_program_is_gone();
    said({"init"}, 0);
    said({"undo"}, 0);
    EXPECT_TRUE(is_link("home/.a"));
    EXPECT_TRUE(is_link("home/.b"));
}

TEST_F(Uninstall, LeavesTheLinksAndSaysSo) {
    init_with_two();

    const std::string text = said({"uninstall", "--links"}, 0);

    EXPECT_THAT(text, HasSubstr("stays      /TREE/home/.a -> /TREE/storage/envkeep/home/.a\n"));
    EXPECT_THAT(text, HasSubstr("stays      /TREE/home/.b -> /TREE/storage/envkeep/home/.b\n"));
    EXPECT_THAT(text, Not(HasSubstr("undo")));
    EXPECT_TRUE(is_link("home/.a"));
    EXPECT_EQ(tree().content("home/.b/c"), "c\n");
    expect_program_is_gone();
}

TEST_F(Uninstall, NamesEachLinkThatTheManifestKeepsNoLonger) {
    init_with_two();
    tree().file(manifest_file, "envkeep: 1\nkeep: [.a, {path: .b, hwo: copy}]\n");

    const std::string text = said({"uninstall"}, 3);

    EXPECT_THAT(text, HasSubstr("real now   ~/.a"));
    EXPECT_THAT(text, HasSubstr("~/.b stays a link into the store"));
    EXPECT_THAT(text,
                HasSubstr("rm /TREE/home/.b && cp -a /TREE/storage/envkeep/home/.b /TREE/home/.b"));
    EXPECT_TRUE(is_link("home/.b"));
    expect_program_is_gone();
}

TEST_F(Uninstall, FindsLinksBelowTheHomeByTheJournal) {
    init_with("envkeep: 1\nkeep: [dir/x]\n");
    tree().file("home/dir/x", "x\n");
    said({"restore"}, 0);
    tree().file(manifest_file, "envkeep: 1\nkeep: []\n");

    EXPECT_THAT(said({"uninstall"}, 3), HasSubstr("~/dir/x stays a link into the store"));
}

TEST_F(Uninstall, LeavesALinkToTheWholeStore) {
    init_with("envkeep: 1\nkeep: [{path: disk, to: " + (tree() / "storage") + "}]\n");
    said({"restore"}, 0);

    EXPECT_THAT(said({"uninstall"}, 0), HasSubstr("stays      /TREE/home/disk -> /TREE/storage\n"));
    EXPECT_TRUE(is_link("home/disk"));
}

TEST_F(Uninstall, DoesAllButTheLineOfAScriptThatIsALink) {
    init_with_two();
    tree().rename("storage/pre-run.sh", "start.sh").link("storage/pre-run.sh", "../start.sh");

    const std::string text = said({"uninstall"}, 3);

    EXPECT_THAT(text, HasSubstr("our line stays in what it leads to"));
    EXPECT_THAT(text, HasSubstr("removed    /TREE/storage/envkeep/hook.sh\n"));
    EXPECT_THAT(text, HasSubstr("real now   ~/.b"));
    expect_program_is_gone();
}

TEST_F(Uninstall, MindsNoLinkedScriptWithoutOurLine) {
    init_with_two();
    tree()
        .file("start.sh", "echo theirs\n")
        .remove("storage/pre-run.sh")
        .link("storage/pre-run.sh", "../start.sh");

    said({"uninstall"}, 0);

    expect_program_is_gone();
}

TEST_F(Uninstall, LeavesALinkWhoseCopyDoesNotFit) {
    testing::in_child([&] {
        const auto small = testing::ScopedMount::tmpfs(command_line_.home(), "size=2m");
        init_with_two();
        tree().file("storage/envkeep/home/.b/large", std::string(4U << 20U, 'x'));

        const std::string text = said({"uninstall"}, 3);

        EXPECT_THAT(text, HasSubstr("real now   ~/.a"));
        EXPECT_THAT(text, HasSubstr("stays a link: ~/.b has 4.0 MiB in the store"));
        EXPECT_THAT(text, Not(HasSubstr("stays a link into the store")));
        EXPECT_TRUE(is_link("home/.b"));
        EXPECT_EQ(tree().content("home/.b/c"), "c\n");
        expect_program_is_gone();
    });
}

TEST_F(Uninstall, LeavesALineOfOursThatIsAComment) {
    const std::string text =
        "# [ ! -r /etc/profile.d/envkeep.sh ] || . /etc/profile.d/envkeep.sh # envkeep\n"
        "alias a=b\n";
    testing::TempTree etc;
    etc.folder("profile.d")
        .file("bash.bashrc", text)
        .file("passwd", "root:x:0:0::" + (tree() / "home") + ":/bin/sh\n");
    init_with("envkeep: 1\n");
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::bind("/etc", etc.path());

        said({"uninstall"}, 0);
    });
    EXPECT_EQ(etc.content("bash.bashrc"), text);
}

// Nobody saves once the program is gone.
TEST_F(Uninstall, DoesNothingWhileSomethingIsNotSaved) {
    init_with(keeps_a_database);
    leave_unsaved();

    EXPECT_THAT(said({"uninstall"}, 3),
                AllOf(HasSubstr("what changed in ~/.h.db could not be saved"),
                      HasSubstr("nothing was uninstalled")));

    EXPECT_TRUE(tree().exists("storage/envkeep/bin/envkeep"));
    EXPECT_TRUE(tree().exists("storage/envkeep/hook.sh"));
    EXPECT_TRUE(is_link("home/.x"));

    tree().remove("home/.h.db-journal");
    said({"uninstall"}, 0);
    EXPECT_THAT(tree().content("storage/envkeep/home/.h.db"), HasSubstr("row 2"));
    expect_program_is_gone();
}

}  // namespace
}  // namespace envkeep::cli
