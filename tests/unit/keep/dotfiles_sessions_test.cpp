// SPDX-License-Identifier: MIT
#include "unit/keep/plan_text.hpp"
#include "unit/keep/sessions.hpp"

#include <gmock/gmock.h>

// Dotfiles over several runs: what goes, what comes back, and what never gets into their working
// copy.
namespace envkeep::keep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DotfilesInSessions : public Sessions {
  protected:
    DotfilesInSessions() {
        world.manifest.dotfiles = manifest::Dotfiles{.url = "git@example.org:me/d.git"};
        world.resolving.state = &state;
    }

    static std::string repository(const std::string& path) {
        return "storage/envkeep/repos/dotfiles/" + path;
    }

    std::vector<std::string> snapshot() { return tree.snapshot("storage/envkeep/repos"); }

    std::vector<std::string> lines() { return world.plan_lines(); }
};

TEST_F(DotfilesInSessions, ThatWentFromTheRepositoryGoFromTheHome) {
    tree.file(repository(".vimrc")).file(repository(".vim/a")).file(repository(".config/x/y"));
    tree.file(repository(".bashrc"));
    restore();
    EXPECT_THAT(lines(), IsEmpty());
    tree.remove(repository(".vimrc")).remove(repository(".vim")).remove(repository(".config/x"));

    EXPECT_THAT(
        lines(),
        ElementsAre("move_aside root/.config/x", "move_aside root/.vim", "move_aside root/.vimrc"));
    EXPECT_EQ(world.plan().keeps.back().state, model::KeepState::to_do);
    restore();

    EXPECT_FALSE(tree.exists("root/.vimrc"));
    EXPECT_FALSE(tree.exists("root/.vim"));
    EXPECT_TRUE(tree.is_link("root/.bashrc"));
    EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DotfilesInSessions, ThatTheManifestDoesNotWantAnyMoreGo) {
    tree.file(repository(".vimrc")).file(repository(".bashrc")).file(repository(".zshrc"));
    tree.link(repository(".lnk"), "/nowhere");
    restore();

    world.manifest.dotfiles->ignore = {".vimrc", ".lnk"};
    EXPECT_THAT(lines(), ElementsAre("move_aside root/.lnk", "move_aside root/.vimrc"));
    world.manifest.dotfiles->link_auto = false;
    world.manifest.dotfiles->links = {{".bashrc", ".bashrc"}};
    EXPECT_THAT(
        lines(),
        ElementsAre("move_aside root/.lnk", "move_aside root/.vimrc", "move_aside root/.zshrc"));
    world.manifest.dotfiles.reset();
    EXPECT_THAT(lines(),
                ElementsAre("move_aside root/.bashrc",
                            "move_aside root/.lnk",
                            "move_aside root/.vimrc",
                            "move_aside root/.zshrc"));
    const auto before = snapshot();
    restore();

    EXPECT_FALSE(tree.exists("root/.bashrc"));
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DotfilesInSessions, StayWhereTheWorkingCopyIsAwayOrCannotBeRead) {
    tree.file(repository(".vimrc")).file(repository("home/.vimrc"));
    restore();

    tree.rename(repository(""), "storage/envkeep/repos/elsewhere");
    EXPECT_THAT(lines(), IsEmpty());
    tree.rename("storage/envkeep/repos/elsewhere", repository(""));
    world.manifest.dotfiles->subfolder = "missing";
    EXPECT_THAT(lines(), IsEmpty());
    world.manifest.dotfiles->subfolder = "home";
    EXPECT_THAT(lines(), SizeIs(1));  // from one place in it to another
}

// What a user put there meanwhile is his.
TEST_F(DotfilesInSessions, GoOnlyWhereTheirLinkStillStands) {
    tree.file(repository(".a")).file(repository(".b")).file(repository(".c"));
    restore();
    tree.remove(repository(".a")).remove(repository(".b")).remove(repository(".c"));
    tree.remove("root/.a").file("root/.a", "mine");
    tree.remove("root/.b").link("root/.b", "/elsewhere");
    tree.remove("root/.c");

    EXPECT_THAT(lines(), IsEmpty());
    save();
    EXPECT_THAT(snapshot(), SizeIs(1));  // the folder itself
    EXPECT_EQ(tree.content("root/.a"), "mine");
}

TEST_F(DotfilesInSessions, ThatWentComeBackWithAnUndo) {
    tree.file(repository(".vimrc"));
    restore();
    world.manifest.dotfiles->ignore = {".vimrc"};
    restore();
    ASSERT_FALSE(tree.exists("root/.vimrc"));

    undo_last();

    EXPECT_EQ(tree.target("root/.vimrc"), world.store("repos/dotfiles/.vimrc"));
}

TEST_F(DotfilesInSessions, ThatWentAreNoneOfAKeptFoldersNames) {
    world.keep(".config");
    world.keep(".config/own");
    tree.file("storage/envkeep/home/.config/pip/pip.conf").file(repository(".config/nvim/a"));
    restore();
    tree.remove(repository(".config/nvim"));

    EXPECT_THAT(lines(), ElementsAre("move_aside root/.config/nvim"));
    save();
    restore();
    EXPECT_THAT(lines(), IsEmpty());
    EXPECT_FALSE(tree.exists("storage/envkeep/home/.config/nvim"));
}

TEST_F(DotfilesInSessions, ThatWentAreNotTakenIntoAFolderThatIsKeptWhole) {
    world.keep(".config");
    world.keep(".local");
    world.keep(".jupyter").how = manifest::How::copy;
    tree.file("storage/envkeep/home/.config/pip/pip.conf", "kept");
    tree.file("storage/envkeep/home/.jupyter/conf", "kept");
    tree.file(repository(".config/nvim/a")).file(repository(".local/share/fonts/a.ttf"));
    tree.file(repository(".jupyter/mine"));
    restore();
    tree.file("root/.config/new", "of a program");
    tree.remove(repository(".config")).remove(repository(".local")).remove(repository(".jupyter"));

    restore();

    EXPECT_FALSE(tree.is_link("storage/envkeep/home/.config/nvim"));
    EXPECT_FALSE(tree.is_link("storage/envkeep/home/.local/share/fonts"));
    EXPECT_FALSE(tree.is_link("storage/envkeep/home/.jupyter/mine"));
    EXPECT_FALSE(tree.is_link("root/.jupyter/mine"));
    EXPECT_EQ(tree.content("storage/envkeep/home/.config/new"), "of a program");
    EXPECT_TRUE(tree.is_link("root/.config"));
    EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DotfilesInSessions, StayInAKeptFolderWhileTheWorkingCopyIsAwayOrCannotBeRead) {
    world.keep(".config");
    tree.file("storage/envkeep/home/.config/pip/pip.conf").file(repository(".config/nvim/a"));
    restore();

    tree.rename(repository(""), "storage/envkeep/repos/elsewhere");
    EXPECT_THAT(lines(), IsEmpty());
    tree.rename("storage/envkeep/repos/elsewhere", repository(""));
    world.manifest.dotfiles->subfolder = "missing";
    EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DotfilesInSessions, BecomeFoldersAndLinksAgain) {
    tree.file(repository(".vim/vimrc")).file(repository(".vim/undo"));
    restore();
    ASSERT_TRUE(tree.is_link("root/.vim"));

    world.manifest.dotfiles->ignore = {".vim/undo"};
    restore();
    EXPECT_FALSE(tree.is_link("root/.vim"));
    EXPECT_TRUE(tree.is_link("root/.vim/vimrc"));
    EXPECT_FALSE(tree.exists("root/.vim/undo"));

    world.manifest.dotfiles->ignore = {};
    const auto before = snapshot();
    restore();
    EXPECT_TRUE(tree.is_link("root/.vim"));
    EXPECT_EQ(snapshot(), before);
    EXPECT_THAT(lines(), IsEmpty());
}

// As git and editors write: a new file, renamed over the link.
TEST_F(DotfilesInSessions, ThatAProgramReplacedAreWrittenBack) {
    tree.file(repository(".gitconfig"), "old").file(repository(".config/x/conf"), "old");
    tree.file(repository(".config/tool.toml"), "old");
    restore();
    tree.remove("root/.gitconfig").file("root/.gitconfig", "new by a program");
    tree.remove("root/.config/tool.toml").file("root/.config/tool.toml", "also new");

    save();

    EXPECT_EQ(tree.content(repository(".gitconfig")), "new by a program");
    EXPECT_EQ(tree.content(repository(".config/tool.toml")), "also new");
    restore();
    EXPECT_TRUE(tree.is_link("root/.gitconfig"));
    EXPECT_TRUE(tree.is_link("root/.config/tool.toml"));
}

TEST_F(DotfilesInSessions, ThatAProgramReplacedAreWrittenBackByARestoreToo) {
    tree.file(repository(".gitconfig"), "old");
    restore();
    tree.remove("root/.gitconfig").file("root/.gitconfig", "new by a program");

    restore();

    EXPECT_EQ(tree.content(repository(".gitconfig")), "new by a program");
    EXPECT_TRUE(tree.is_link("root/.gitconfig"));
}

// Keys, histories and caches must not get into a repository that is pushed.
TEST_F(DotfilesInSessions, TakeNothingInThatTheRepositoryDoesNotHave) {
    tree.file(repository(".jupyter/config.py"), "1").file(repository(".ssh/config"), "2");
    tree.file("root/.jupyter/secret", "mine").file("root/.ssh/id_rsa", "key");
    const auto before = snapshot();

    save();
    EXPECT_EQ(snapshot(), before);
    restore();
    save();

    EXPECT_EQ(snapshot(), before);
    EXPECT_TRUE(tree.is_link("root/.jupyter"));
    EXPECT_FALSE(tree.is_link("root/.ssh"));
    EXPECT_EQ(tree.content("root/.ssh/id_rsa"), "key");
    const auto all = tree.snapshot("root/.envkeep-aside");
    EXPECT_THAT(all, ::testing::Contains(::testing::HasSubstr(".jupyter/secret file")));
}

TEST_F(DotfilesInSessions, TakeNewNamesOfFoldersThatAreLinkedByEntriesFromNobody) {
    world.manifest.dotfiles->ignore = {".vim/undo"};
    world.resolving.modes_honoured = false;
    tree.file(repository(".vim/vimrc")).file(repository(".ssh/config"));
    restore();
    const auto before = snapshot();
    tree.file("root/.vim/new", "x").file("root/.ssh/id_rsa", "key");

    save();
    restore();

    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(tree.content("root/.vim/new"), "x");
    EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DotfilesInSessions, WinOverWhatTheImageBrought) {
    tree.file(repository(".bashrc"), "mine").file("root/.bashrc", "of the image");
    world.observing.is_start = true;
    world.observing.state = nullptr;
    const model::Plan plan = restore();

    EXPECT_EQ(tree.content("root/.bashrc"), "mine");
    EXPECT_THAT(plan.conflicts, IsEmpty());
    EXPECT_THAT(tree.snapshot("root/.envkeep-aside"),
                ::testing::Contains(::testing::HasSubstr(".bashrc file")));
}

TEST_F(DotfilesInSessions, NeverWriteThroughALinkOfTheRepository) {
    tree.file("outside", "theirs");
    tree.folder(repository("")).link(repository(".vimrc"), tree / "outside");
    restore();
    EXPECT_EQ(tree.content("root/.vimrc"), "theirs");
    tree.remove("root/.vimrc").file("root/.vimrc", "of a program");

    save();
    restore();

    EXPECT_EQ(tree.content("outside"), "theirs");
    EXPECT_TRUE(tree.is_link(repository(".vimrc")));
}

TEST_F(DotfilesInSessions, AreOfOneFolderOfARepositoryToo) {
    world.manifest.dotfiles.reset();
    world.manifest.repositories = {
        {.url = "https://example.org/me/tools.git", .dir = "tools", .subfolder = "bin"}};
    const std::string target = world.wanted().keeps.at(0).target;
    tree.file(target.substr(tree.path().size() + 1) + "/run", "x");
    restore();
    EXPECT_EQ(tree.content("root/tools/run"), "x");

    world.manifest.repositories.clear();
    restore();

    EXPECT_FALSE(tree.exists("root/tools"));
    EXPECT_EQ(tree.content(target.substr(tree.path().size() + 1) + "/run"), "x");
}

}  // namespace
}  // namespace envkeep::keep::testing
