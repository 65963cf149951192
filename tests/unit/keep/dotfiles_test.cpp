// SPDX-License-Identifier: MIT
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

// Which links a working copy of dotfiles comes to.
namespace envkeep::keep::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

auto finding(const std::string& id) {
    return ::testing::Field("id", &model::Finding::id, id);
}

class Dotfiles : public ::testing::Test {
  public:
    Dotfiles& file(const std::string& path, const std::string& content = "x") {
        tree.file("storage/envkeep/repos/dotfiles/" + path, content);
        return *this;
    }

  protected:
    Dotfiles() { world.manifest.dotfiles = manifest::Dotfiles{.url = "git@example.org:me/d.git"}; }

    manifest::Dotfiles& dotfiles() { return *world.manifest.dotfiles; }

    // "root/.vimrc <- .vimrc"
    std::vector<std::string> links() {
        const std::string home = tree / "root/";
        const std::string repository = tree / "storage/envkeep/repos/dotfiles/";
        std::vector<std::string> lines;
        for (const WantedKeep& keep : world.wanted().keeps) {
            const std::string place = world.files.absolute(keep.place);
            const std::string word = keep.form == Form::folder ? " folder"
                                     : keep.form == Form::copy ? " copy of "
                                                               : " -> ";
            const bool is_ours = keep.target.starts_with(repository);
            lines.push_back((place.starts_with(home) ? place.substr(home.size()) : place) + word +
                            (keep.form == Form::folder ? ""
                             : is_ours                 ? keep.target.substr(repository.size())
                                                       : "a keep"));
        }
        return lines;
    }

    KeepWorld world;
    envkeep::testing::TempTree& tree = world.tree;
};

TEST_F(Dotfiles, AreLinkedByTheirNames) {
    file(".gitconfig").file(".vim/vimrc").file(".bashrc");
    file("README.md").file("LICENSE").file("bin/tool").file("install.sh");

    EXPECT_THAT(links(),
                ElementsAre(".bashrc -> .bashrc", ".gitconfig -> .gitconfig", ".vim -> .vim"));
    EXPECT_THAT(world.wanted().findings, IsEmpty());
}

TEST_F(Dotfiles, AreNotWhatTellsOfTheRepository) {
    file(".git/config").file(".gitignore").file(".gitmodules").file(".gitattributes");
    file(".github/workflows/a.yml").file(".gitlab-ci.yml").file(".chezmoiignore").file(".DS_Store");
    file(".gitconfig").file(".gitmessage").file(".gitconfig.from-3f2a-1");

    EXPECT_THAT(links(), ElementsAre(".gitconfig -> .gitconfig", ".gitmessage -> .gitmessage"));
}

TEST_F(Dotfiles, AreLinkedEntryByEntryInFoldersOfManyPrograms) {
    file(".config/nvim/init.lua").file(".config/starship.toml").file(".config/.git/x");
    file(".local/bin/tool").file(".local/share/fonts/a.ttf").file(".local/state/x/y");
    file(".cache/x");

    EXPECT_THAT(links(),
                ElementsAre(".cache/x -> .cache/x",
                            ".config/nvim -> .config/nvim",
                            ".config/starship.toml -> .config/starship.toml",
                            ".local/bin/tool -> .local/bin/tool",
                            ".local/share/fonts -> .local/share/fonts",
                            ".local/state/x -> .local/state/x"));
}

// Else a key that a program makes would be in the repository, and be pushed with it.
TEST_F(Dotfiles, AreLinkedFileByFileWhereProgramsPutSecrets) {
    file(".ssh/config").file(".ssh/config.d/work").file(".aws/config").file(".docker/daemon.json");
    file(".config/gh/config.yml").file(".gnupg/gpg.conf");

    EXPECT_THAT(links(),
                ElementsAre(".aws/config -> .aws/config",
                            ".config/gh/config.yml -> .config/gh/config.yml",
                            ".docker/daemon.json -> .docker/daemon.json",
                            ".gnupg/gpg.conf -> .gnupg/gpg.conf",
                            ".ssh/config -> .ssh/config",
                            ".ssh/config.d/work -> .ssh/config.d/work"));
}

TEST_F(Dotfiles, AreCopiedWhereTheStoreDoesNotKeepTheModesTheyNeed) {
    world.resolving.modes_honoured = false;
    file(".ssh/config").file(".vimrc");

    EXPECT_THAT(links(), ElementsAre(".ssh/config copy of .ssh/config", ".vimrc -> .vimrc"));
}

TEST_F(Dotfiles, LetNobodyIn) {
    file(".ssh/authorized_keys").file(".ssh/rc").file(".rhosts").file(".ssh/config");

    EXPECT_THAT(links(), ElementsAre(".ssh/config -> .ssh/config"));
    const auto findings = world.wanted().findings;
    ASSERT_THAT(findings, ElementsAre(finding("dotfiles-not-linked")));
    EXPECT_THAT(findings[0].evidence,
                ElementsAre(HasSubstr(".rhosts: it lets others in"),
                            HasSubstr(".ssh/authorized_keys: it lets others in"),
                            HasSubstr(".ssh/rc: ")));
}

TEST_F(Dotfiles, LetInWhomTheManifestNames) {
    dotfiles().link_auto = false;
    dotfiles().links = {{"keys", ".ssh/authorized_keys"}, {"ssh", ".ssh"}};
    file("keys").file("ssh/config").file("ssh/authorized_keys2");

    EXPECT_THAT(links(), ElementsAre(".ssh/authorized_keys -> keys", ".ssh/config -> ssh/config"));
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-not-linked")));
}

TEST_F(Dotfiles, StandInAFolderOfTheRepository) {
    dotfiles().subfolder = "unix/home";
    dotfiles().ignore = {".vimrc"};
    file(".bashrc").file("unix/home/.zshrc").file("unix/home/.vimrc");

    EXPECT_THAT(links(), ElementsAre(".zshrc -> unix/home/.zshrc"));
    EXPECT_EQ(world.wanted().dotfiles->source, world.store("repos/dotfiles/unix/home"));
}

TEST_F(Dotfiles, SayThatTheirFolderIsMissing) {
    dotfiles().subfolder = "home";
    file(".bashrc");

    EXPECT_THAT(links(), IsEmpty());
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));
}

TEST_F(Dotfiles, SayThatNothingHasANameOfAHome) {
    file("zsh/.zshrc").file("README.md");

    EXPECT_THAT(links(), IsEmpty());
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-nothing-to-link")));
}

TEST_F(Dotfiles, AreNothingBeforeTheyWereFetched) {
    EXPECT_THAT(links(), IsEmpty());
    EXPECT_THAT(world.wanted().findings, IsEmpty());
    EXPECT_EQ(world.wanted().dotfiles, std::nullopt);
    EXPECT_THAT(world.plan().keeps, IsEmpty());
}

TEST_F(Dotfiles, AreLinkedByAMap) {
    dotfiles().link_auto = false;
    dotfiles().links = {{"zshrc", ".zshrc"},
                        {"config", ".config"},
                        {"bin", "bin"},
                        {"gone", ".gone"},
                        {"data", tree / "elsewhere"}};
    file("zshrc").file("config/nvim/init.lua").file("bin/tool").file(".vimrc").file("data");

    EXPECT_THAT(links(),
                ElementsAre(tree / "elsewhere -> data",
                            ".config/nvim -> config/nvim",
                            ".gone -> gone",
                            ".zshrc -> zshrc",
                            "bin -> bin"));
    EXPECT_THAT(world.plan().findings,
                ElementsAre(AllOf(finding("dotfiles-not-linked"),
                                  ::testing::Field(&model::Finding::evidence,
                                                   ElementsAre(HasSubstr("~/.gone: "))))));
    EXPECT_THAT(world.plan_lines(), ::testing::Not(::testing::Contains(HasSubstr(".gone"))));
}

TEST_F(Dotfiles, AreLinkedByAFileOfTheRepository) {
    dotfiles().link_auto = false;
    dotfiles().link_file = "links.yaml";
    file("links.yaml", "zshrc: .zshrc\nvim/vimrc: ~/.vimrc\n").file("zshrc").file("vim/vimrc");

    EXPECT_THAT(links(), ElementsAre(".vimrc -> vim/vimrc", ".zshrc -> zshrc"));
    EXPECT_THAT(world.wanted().findings, IsEmpty());
}

TEST_F(Dotfiles, StayInTheHomeWhateverAFileOfTheRepositorySays) {
    dotfiles().link_auto = false;
    dotfiles().link_file = "links.yaml";
    file("links.yaml",
         "a: /etc/cron.d/a\n"
         "b: ../b\n"
         "c: $OLDPWD/c\n"
         "d: .envkeep-state/session.json\n"
         "../../../e: .e\n"
         "f: ~root/f\n"
         "g: .ssh/authorized_keys\n"
         "h: .h\n");
    for (const char* const name : {"a", "b", "c", "d", "f", "g", "h"}) {
        file(name);
    }

    EXPECT_THAT(links(), ElementsAre(".h -> h"));
    const auto findings = world.wanted().findings;
    ASSERT_THAT(findings, SizeIs(7));
    EXPECT_THAT(
        findings[0],
        AllOf(finding("dotfiles-link-file"),
              ::testing::Field(&model::Finding::evidence,
                               ElementsAre(HasSubstr("links.yaml:1:4: a: /etc/cron.d/a")))));
    EXPECT_THAT(findings[6], finding("dotfiles-not-linked"));
}

TEST_F(Dotfiles, SayThatTheFileOfLinksCannotBeRead) {
    dotfiles().link_auto = false;
    dotfiles().link_file = "links.yaml";
    file(".bashrc");
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));

    tree.link("storage/envkeep/repos/dotfiles/links.yaml", "/etc/passwd");
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));
    EXPECT_THAT(links(), IsEmpty());

    tree.remove("storage/envkeep/repos/dotfiles/links.yaml");
    file("links.yaml", "- .bashrc\n");
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-link-file")));
}

TEST_F(Dotfiles, AreNotWhatIsIgnored) {
    dotfiles().ignore = {".config/nvim", "*.bak", ".config/*.old", "**/.keep"};
    file(".config/nvim/a").file(".config/git/config").file(".a.bak").file(".config/x.old");
    file(".local/bin/.keep").file(".keep").file(".bashrc");

    EXPECT_THAT(links(),
                ElementsAre(".bashrc -> .bashrc", ".config/git/config -> .config/git/config"));
}

TEST_F(Dotfiles, AreFoldersWhereSomethingInThemIsIgnored) {
    dotfiles().ignore = {".vim/undo", ".vim/*.log"};
    file(".vim/vimrc").file(".vim/undo/a").file(".vim/x.log").file(".vim/after/b");
    tree.file("root/.vim/only here");

    EXPECT_THAT(links(),
                ElementsAre(".vim folder", ".vim/after -> .vim/after", ".vim/vimrc -> .vim/vimrc"));
}

TEST_F(Dotfiles, StandInFoldersThatAreKept) {
    world.keep(".config");
    tree.file("storage/envkeep/home/.config/pip/pip.conf");
    file(".config/nvim/init.lua");

    EXPECT_THAT(
        links(),
        ElementsAre(".config folder", ".config/pip -> a keep", ".config/nvim -> .config/nvim"));
}

TEST_F(Dotfiles, AreRealFoldersAboveWhatIsKept) {
    world.keep(".vim/undo");
    file(".vim/vimrc").file(".vim/undo/of the repository");
    tree.file("root/.vim/only here");

    EXPECT_THAT(links(),
                ElementsAre(".vim folder", ".vim/vimrc -> .vim/vimrc", ".vim/undo -> a keep"));
}

TEST_F(Dotfiles, GiveWayToAKeepOfTheSamePathWhichIsSaidOnce) {
    world.keep(".config/nvim");
    file(".config/nvim/init.lua").file(".vimrc");

    EXPECT_THAT(links(), ElementsAre(".config/nvim -> a keep", ".vimrc -> .vimrc"));
    const auto conflicts = world.plan().conflicts;
    ASSERT_THAT(conflicts, SizeIs(1));
    EXPECT_THAT(conflicts[0].reason,
                AllOf(HasSubstr(world.store("home/.config/nvim")),
                      HasSubstr(world.store("repos/dotfiles/.config/nvim"))));
}

TEST_F(Dotfiles, StandBeforeWhatAPatternFinds) {
    world.keep(".*rc");
    tree.file("storage/envkeep/home/.vimrc").file("storage/envkeep/home/.foorc");
    file(".vimrc");

    EXPECT_THAT(links(), ElementsAre(".foorc -> a keep", ".vimrc -> .vimrc"));
    EXPECT_THAT(world.wanted().conflicts, IsEmpty());
}

TEST_F(Dotfiles, LeadToOnePlaceOnce) {
    dotfiles().link_auto = false;
    dotfiles().links = {{"a", ".x"}, {"b", ".x"}};
    file("a").file("b");

    EXPECT_THAT(links(), ElementsAre(".x -> a"));
    EXPECT_THAT(world.wanted().conflicts, SizeIs(1));
}

TEST_F(Dotfiles, FollowNoLinkOfTheRepository) {
    tree.file("outside/secret/x").folder("storage/envkeep/repos/dotfiles");
    tree.link("storage/envkeep/repos/dotfiles/.config", tree / "outside");
    tree.link("storage/envkeep/repos/dotfiles/.ssh", tree / "outside");
    tree.link("storage/envkeep/repos/dotfiles/.vimrc", tree / "outside/secret/x");
    tree.link("storage/envkeep/repos/dotfiles/.gone", "/nowhere");

    EXPECT_THAT(links(), ElementsAre(".gone -> .gone", ".vimrc -> .vimrc"));
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-not-linked")));
    EXPECT_THAT(world.plan_lines(),
                ElementsAre("make_link root/.gone -> storage/envkeep/repos/dotfiles/.gone",
                            "make_link root/.vimrc -> storage/envkeep/repos/dotfiles/.vimrc"));
}

TEST_F(Dotfiles, AreNotReachedThroughALinkOfTheRepository) {
    dotfiles().link_auto = false;
    dotfiles().links = {{"way/x", ".x"}};
    tree.file("outside/x").folder("storage/envkeep/repos/dotfiles");
    tree.link("storage/envkeep/repos/dotfiles/way", tree / "outside");

    EXPECT_THAT(world.plan().steps, IsEmpty());
    EXPECT_THAT(world.plan().conflicts, SizeIs(1));

    dotfiles() = {.url = "/d", .subfolder = "way"};
    EXPECT_THAT(links(), IsEmpty());
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));
}

TEST_F(Dotfiles, AreNoMoreThanAHomeCanHave) {
    const std::string folder = tree / "storage/envkeep/repos/dotfiles";
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 10'001; ++i) {
        std::ofstream(folder + "/.f" + std::to_string(i));
    }

    EXPECT_THAT(links(), SizeIs(10'000));
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));
}

TEST_F(Dotfiles, AreInNoMoreFoldersThanCanBeListed) {
    for (int i = 0; i < 1'001; ++i) {
        tree.folder("storage/envkeep/repos/dotfiles/.ssh/" + std::to_string(i));
    }
    file(".vimrc");

    EXPECT_THAT(links(), ElementsAre(".vimrc -> .vimrc"));
    EXPECT_THAT(world.wanted().findings, ElementsAre(finding("dotfiles-unreadable")));
}

TEST_F(Dotfiles, ShareARow) {
    world.keep(".jupyter");
    tree.folder("storage/envkeep/home/.jupyter");
    file(".bashrc").file(".vimrc").file(".zshrc");

    const auto rows = world.plan().keeps;

    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].subject, "~/.jupyter");
    EXPECT_EQ(rows[1].subject, "dotfiles");
    EXPECT_EQ(rows[1].state, model::KeepState::to_do);
    EXPECT_EQ(rows[1].source, world.store("repos/dotfiles"));
    EXPECT_EQ(rows[1].note, "3 links, by what was fetched last");
}

TEST_F(Dotfiles, CostTwoLooksForALinkThatIsRight) {
    for (int i = 0; i < 100; ++i) {
        const std::string name = ".f" + std::to_string(i);
        file(name);
        tree.link("root/" + name, world.store("repos/dotfiles/" + name));
    }
    world.files.forget();

    EXPECT_THAT(world.plan_lines(), IsEmpty());
    // Beside them: home and store, whether the working copy is there, and what is in it.
    EXPECT_LE(world.files.all(), 2 * 100 + 6);
}

TEST_F(Dotfiles, OfARepositoryAreOneFolderWhereTheManifestSays) {
    world.manifest.dotfiles.reset();
    world.manifest.repositories = {
        {.url = "https://example.org/me/tools.git", .dir = "tools", .subfolder = "src/bin"},
        {.url = "https://example.org/me/whole.git", .dir = "whole"}};
    const auto wanted = world.wanted();

    ASSERT_THAT(wanted.keeps, SizeIs(1));
    EXPECT_EQ(wanted.keeps[0].subject, "~/tools");
    EXPECT_THAT(wanted.keeps[0].target,
                ::testing::MatchesRegex(".*/envkeep/repos/tools-[0-9a-f]{8}/src/bin"));
    EXPECT_THAT(world.plan_lines(), IsEmpty());

    std::filesystem::create_directories(wanted.keeps[0].target);
    EXPECT_THAT(world.plan_lines(),
                ElementsAre("make_link root/tools -> " +
                            wanted.keeps[0].target.substr(tree.path().size() + 1)));
}

}  // namespace
}  // namespace envkeep::keep::testing
