// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A working copy in the store, as somebody fetched it.
class DotfilesHere : public testing::Household {
  protected:
    void init_with_dotfiles(const std::string& more = {}) {
        command_line_.reaches_remotes = false;
        init_with("envkeep: 1\nkeep: [.jupyter]\ndotfiles:\n  url: git@example.org:me/d.git\n" +
                  more);
        tree().file(repository(".git/config"), "[core]\n");
        tree().file(repository(".vimrc"), "set nu\n").file(repository(".config/x/y"), "1\n");
    }

    static std::string repository(const std::string& path) {
        return "storage/envkeep/repos/dotfiles/" + path;
    }

    std::vector<std::string> working_copy() { return tree().snapshot("storage/envkeep/repos"); }
};

TEST_F(DotfilesHere, AreInOneRowAndInThePlan) {
    init_with_dotfiles();

    const std::string plan = said({"plan"}, 1);
    EXPECT_THAT(plan, HasSubstr("~/.vimrc"));
    EXPECT_THAT(plan, HasSubstr("~/.config/x"));
    EXPECT_THAT(plan, HasSubstr("not there yet, by what was fetched last"));
    EXPECT_THAT(said({"status"}, 1), HasSubstr("2 links, by what was fetched last"));
    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_EQ(tree().content("home/.vimrc"), "set nu\n");
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("2 keeps in order"));
    EXPECT_THAT(run({"status"}).out, HasSubstr("in order  dotfiles"));
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
}

TEST_F(DotfilesHere, GoWithTheirFileAndComeBackWithAnUndo) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    tree().rename(repository(".vimrc"), repository("vimrc"));

    EXPECT_THAT(said({"plan"}, 1), HasSubstr("~/.vimrc"));
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_FALSE(tree().exists("home/.vimrc"));
    EXPECT_EQ(run({"verify"}).status, 0);

    tree().rename(repository("vimrc"), repository(".vimrc"));
    said({"undo"}, 0);
    EXPECT_EQ(tree().content("home/.vimrc"), "set nu\n");
}

TEST_F(DotfilesHere, GoWhenTheManifestHasThemNoMore) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    const auto before = working_copy();
    tree().file(manifest_file, "envkeep: 1\nkeep: [.jupyter]\n");

    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_FALSE(tree().exists("home/.vimrc"));
    EXPECT_FALSE(tree().exists("home/.config/x"));
    EXPECT_EQ(working_copy(), before);
}

TEST_F(DotfilesHere, AreThereOnlyWhen) {
    init_with_dotfiles("  when: {variable: NO_SUCH_VARIABLE}\n");

    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_FALSE(tree().exists("home/.vimrc"));
}

TEST_F(DotfilesHere, AreSavedWhereAProgramReplacedALink) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    tree().remove("home/.vimrc").file("home/.vimrc", "of an editor\n");

    EXPECT_EQ(run({"save"}).status, 0);

    EXPECT_EQ(tree().content(repository(".vimrc")), "of an editor\n");
}

TEST_F(DotfilesHere, AreNotAdopted) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    const std::string before = manifest();
    const auto copy = working_copy();

    EXPECT_THAT(said({"adopt", ".vimrc"}, 2),
                HasSubstr("envkeep release .vimrc && envkeep adopt .vimrc"));
    EXPECT_THAT(said({"adopt", ".config/x/y"}, 2), HasSubstr("repos/dotfiles/.config/x/y"));
    EXPECT_THAT(said({"release", ".config/x/y"}, 2),
                HasSubstr("envkeep release /TREE/home/.config/x"));

    EXPECT_EQ(manifest(), before);
    EXPECT_EQ(working_copy(), copy);
    EXPECT_TRUE(is_link("home/.vimrc"));
}

TEST_F(DotfilesHere, AreRealAfterARelease) {
    init_with_dotfiles("  push: never  # for now\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    const std::string before = manifest();
    const auto copy = working_copy();

    EXPECT_THAT(said({"release", ".vimrc"}, 0), HasSubstr("envkeep/repos/dotfiles/.vimrc"));

    EXPECT_THAT(manifest(), HasSubstr("  url: git@example.org:me/d.git\n  ignore: [.vimrc]\n"));
    EXPECT_THAT(manifest(), HasSubstr("  push: never  # for now\n"));
    EXPECT_FALSE(is_link("home/.vimrc"));
    EXPECT_EQ(tree().content("home/.vimrc"), "set nu\n");
    tree().file("home/.vimrc", "of this session\n");
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
    EXPECT_EQ(run({"save"}).status, 0);
    EXPECT_EQ(tree().content("home/.vimrc"), "of this session\n");
    EXPECT_EQ(working_copy(), copy);

    tree().file("home/.vimrc", "set nu\n");
    said({"undo"}, 0);
    EXPECT_EQ(manifest(), before);
    EXPECT_TRUE(is_link("home/.vimrc"));
}

TEST_F(DotfilesHere, CanBeAdoptedAfterARelease) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);

    said({"release", ".vimrc"}, 0);
    said({"adopt", ".vimrc"}, 0);

    EXPECT_THAT(tree().target("home/.vimrc"), HasSubstr("envkeep/home/.vimrc"));
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
}

TEST_F(DotfilesHere, AreReleasedByTheirFolder) {
    init_with_dotfiles();
    tree().file(repository(".config/z"), "z\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    said({"release", ".config"}, 0);

    EXPECT_THAT(manifest(), HasSubstr("ignore: [.config/x, .config/z]"));
    EXPECT_FALSE(is_link("home/.config/x"));
    EXPECT_EQ(tree().content("home/.config/x/y") + tree().content("home/.config/z"), "1\nz\n");
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
}

TEST_F(DotfilesHere, StandWhereTheManifestMapsThemAndAreReleasedFromThere) {
    init_with_dotfiles("  subfolder: me\n  link: {vim/rc: .vimrc2}\n");
    tree().file(repository("me/vim/rc"), "1\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    said({"release", ".vimrc2"}, 0);

    EXPECT_THAT(manifest(), HasSubstr("ignore: [vim/rc]"));
    EXPECT_FALSE(is_link("home/.vimrc2"));
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
}

TEST_F(DotfilesHere, AreReleasedByHandWhereANameIsAPattern) {
    init_with_dotfiles();
    tree().file(repository(".a[b]"), "1\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    const std::string before = manifest();

    EXPECT_THAT(said({"release", ".a[b]"}, 2), HasSubstr("by hand"));

    EXPECT_EQ(manifest(), before);
    EXPECT_TRUE(is_link("home/.a[b]"));
}

TEST_F(DotfilesHere, LeaveAReleasedKeepInTheirFolderAlone) {
    init_with_dotfiles();
    tree().file(manifest_file, "envkeep: 1\nkeep: [.vim/undo]\ndotfiles: {url: /d}\n");
    tree().file(repository(".vim/a"), "a\n").file("storage/envkeep/home/.vim/undo/u", "u\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    said({"release", ".vim/undo"}, 0);

    EXPECT_THAT(manifest(), HasSubstr("dotfiles: {url: /d, ignore: [.vim/undo]}"));
    EXPECT_FALSE(is_link("home/.vim/undo"));
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
    EXPECT_EQ(tree().content("home/.vim/undo/u"), "u\n");
    EXPECT_TRUE(is_link("home/.vim/a"));
}

TEST_F(DotfilesHere, StayWhereAFolderAboveThemIsReleased) {
    init_with_dotfiles();
    tree().file(manifest_file, "envkeep: 1\nkeep: [.config, .vim/undo]\ndotfiles: {url: /d}\n");
    tree().file("storage/envkeep/home/.config/own", "1\n").file(repository(".vim/a"), "a\n");
    tree().file("storage/envkeep/home/.vim/undo/u", "u\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    const auto before = working_copy();

    said({"release", ".config", ".vim/undo"}, 0);

    EXPECT_FALSE(is_link("home/.config/own"));
    EXPECT_FALSE(is_link("home/.vim/undo"));
    EXPECT_TRUE(is_link("home/.config/x"));
    EXPECT_TRUE(is_link("home/.vim/a"));
    EXPECT_EQ(working_copy(), before);
}

TEST_F(DotfilesHere, AreRealAfterAnUninstall) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    const auto before = working_copy();

    const std::string text = said({"uninstall"}, 0);

    EXPECT_THAT(text, HasSubstr("stays      /TREE/storage/envkeep/repos\n"));
    EXPECT_FALSE(is_link("home/.vimrc"));
    EXPECT_EQ(tree().content("home/.vimrc"), "set nu\n");
    EXPECT_EQ(tree().content("home/.config/x/y"), "1\n");
    EXPECT_FALSE(is_link("home/.config/x"));
    EXPECT_EQ(working_copy(), before);
}

TEST_F(DotfilesHere, LeaveOneFileOfALinkedFolderAsTheAnswerToItsReleaseSays) {
    init_with_dotfiles();
    tree().file(repository(".config/x/z"), "2\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_THAT(said({"release", ".config/x/y"}, 2),
                HasSubstr("add '.config/x/y' to 'ignore' of 'dotfiles', and 'envkeep restore'"));

    tree().file(manifest_file, manifest() + "  ignore: [.config/x/y]\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    tree().file("home/.config/x/y", "mine\n");

    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_FALSE(is_link("home/.config/x"));
    EXPECT_TRUE(is_link("home/.config/x/z"));
    EXPECT_EQ(tree().content("home/.config/x/y"), "mine\n");
    EXPECT_EQ(tree().content(repository(".config/x/y")), "1\n");
}

TEST_F(DotfilesHere, OfSameNameAsAKeepAreSaidOnceWithBothWaysOut) {
    init_with_dotfiles();
    tree().file(repository(".jupyter/x"), "of the repository\n");
    tree().file("storage/envkeep/home/.jupyter/x", "kept\n");

    const std::string text = said({"plan"}, 1);

    EXPECT_THAT(text,
                HasSubstr("'~/.jupyter' is under 'keep' and in the repository of 'dotfiles'"));
    EXPECT_THAT(text, HasSubstr("repos/dotfiles/.jupyter"));
    EXPECT_THAT(text, HasSubstr("take it out of 'keep', or add it to 'ignore' of 'dotfiles'"));
    EXPECT_THAT(text, HasSubstr("+2 /TREE/storage/envkeep/manifest.yaml"));
    EXPECT_THAT(text, HasSubstr("+4 /TREE/storage/envkeep/manifest.yaml"));
    EXPECT_EQ(run({"restore"}).status, 3);
    EXPECT_THAT(tree().target("home/.jupyter"), HasSubstr("envkeep/home/.jupyter"));

    const std::string both = manifest();
    tree().file(manifest_file, both + "  ignore: [.jupyter]\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_EQ(tree().content("home/.jupyter/x"), "kept\n");

    tree().file(manifest_file, replaced(both, "keep: [.jupyter]\n", ""));
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_EQ(tree().content("home/.jupyter/x"), "of the repository\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/.jupyter/x"), "kept\n");
}

TEST_F(DotfilesHere, AreToldAsTheLastSyncLeftThem) {
    init_with_dotfiles();
    EXPECT_EQ(run({"restore"}).status, 0);
    tree().file("home/.envkeep-state/git/0.json",
                R"({"subject": "dotfiles", "change": 2, "before": "5f0c2a1111", "commits": 3,)"
                R"( "after": "1a2b3c4444", "findings": [{"id": "git-locked", "severity": 1,)"
                R"( "subject": "dotfiles", "title": "lock files are there"}]})");
    tree().file("home/.envkeep-state/git/1.json",
                R"({"subject": "~/gone", "change": 1, "after": "1a2b3c4444"})");

    const std::string text = run({"status"}).out;
    const auto json = Json::parse(run({"status", "--json"}).out);

    EXPECT_THAT(text, HasSubstr("git        1 repository: 1 fast-forwarded\n"));
    EXPECT_THAT(text, HasSubstr("[git-locked]"));
    EXPECT_THAT(text, Not(HasSubstr("gone")));
    EXPECT_THAT(text, Not(HasSubstr("git-not-fetched")));
    ASSERT_TRUE(json);
    ASSERT_EQ(json->find("repositories")->as_array()->size(), 1U);
    EXPECT_EQ(json->find("repositories")->as_array()->front().text_or("change", ""),
              "fast_forwarded");
}

TEST_F(DotfilesHere, AreToldWhereTheyWereNotFetchedYet) {
    init_with(
        "envkeep: 1\ndotfiles: {url: git@example.org:me/d.git}\n"
        "repos: [{url: /x, dir: ~/r}]\n");
    tree().file("home/.envkeep-state/git/0.json",
                R"({"subject": "~/r", "findings": [{"id": "git-host-unknown",)"
                R"( "severity": 2, "subject": "~/r", "title": "no such name"}]})");

    const std::string text = run({"status"}).out;

    EXPECT_THAT(text, HasSubstr("note: dotfiles were not fetched yet [git-not-fetched]"));
    EXPECT_THAT(text, HasSubstr("[git-host-unknown]"));
    EXPECT_THAT(text, Not(HasSubstr("~/r was not fetched yet")));
}

}  // namespace
}  // namespace envkeep::cli
