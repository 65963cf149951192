// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "unit/cli/household.hpp"
#include "unit/cli/remote.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Homes that are working trees, made by the real yadm and git.
class Import : public testing::Household {
  protected:
    Import() {
        tree().file("home/.gitconfig",
                    "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = "
                    "main\n[protocol \"file\"]\n\tallow = always\n");
    }

    std::string in_home(std::string_view commands) {
        return remote.shell(
            fmt::format("export HOME={} && cd \"$HOME\" && unset XDG_DATA_HOME "
                        "XDG_CONFIG_HOME && {{ {} ; }}",
                        shell_quoted(tree() / "home"),
                        commands));
    }

    std::string in_copy(std::string_view words) {
        return in_home(fmt::format("cd {} && git {}", shell_quoted(tree() / copy), words));
    }

    // A commit that is not at the remote, and a change that is not committed. Made once, as the
    // remote is, and copied.
    void make_yadm_home() {
        static const testing::TempTree made;
        static std::string made_for;  // the paths in it
        const auto options = std::filesystem::copy_options::recursive |
                             std::filesystem::copy_options::overwrite_existing;
        if (made_for.empty()) {
            clone_by_yadm();
            std::filesystem::copy(tree() / "home", made.path(), options);
            made_for = tree().path() + '\n' + remote.url();
            return;
        }
        std::filesystem::copy(made.path(), tree() / "home", options);
        const std::string config_file = "home/.local/share/yadm/repo.git/config";
        std::string config = tree().content(config_file);
        const std::size_t end = made_for.find('\n');
        replace(config, made_for.substr(0, end), tree().path());
        replace(config, made_for.substr(end + 1), remote.url());
        tree().file(config_file, config);
    }

    void clone_by_yadm() {
        in_home("yadm clone -f --no-bootstrap " + shell_quoted(remote.url()) + " >/dev/null 2>&1");
        in_home("echo 'set ruler' >>.vimrc && yadm commit -qam local && echo mine >>.vimrc");
    }

    std::string yadm_folder() { return tree() / "home/.local/share/yadm/repo.git"; }

    static void replace(std::string& text, const std::string& what, const std::string& by) {
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
            text.replace(at, what.size(), by);
            at += by.size();
        }
    }

    testing::Remote remote{testing::Remote::Commits{{".config/git/ignore", "*.o\n"}}};
    const std::string copy = "storage/envkeep/repos/dotfiles";
};

TEST_F(Import, TakesAHomeOfYadmOverAndLosesNothing) {
    make_yadm_home();
    in_home("touch README.md && yadm add README.md && yadm commit -qm readme README.md");
    const auto before = tree().snapshot("home/.local/share/yadm");
    const std::string head = in_home("yadm rev-parse HEAD");

    const std::string text = said({"init", "--import", yadm_folder()}, 0);

    EXPECT_THAT(text, AllOf(HasSubstr("imported"), HasSubstr("import-original-stays")));
    EXPECT_THAT(text, HasSubstr("no dot before the name: a, b\n"));
    EXPECT_THAT(
        manifest(),
        HasSubstr("\ndotfiles:\n  url: " + remote.url() + "\n  branch: main\n  link: auto\n"));
    EXPECT_EQ(in_copy("rev-parse HEAD"), head);
    EXPECT_EQ(in_copy("status --porcelain"), "M .vimrc");
    EXPECT_EQ(in_copy("log -1 --format=%s '@{upstream}'"), ".config/git/ignore");
    EXPECT_EQ(in_copy("fsck --strict --no-dangling 2>&1"), "");
    EXPECT_EQ(tree().content(copy + "/.vimrc"), "set number\nset ruler\nmine\n");
    EXPECT_EQ(tree().snapshot("home/.local/share/yadm"), before);
    EXPECT_FALSE(is_link("home/.vimrc"));

    EXPECT_EQ(run({"restore", "--no-network"}).status, 0);
    EXPECT_TRUE(is_link("home/.vimrc"));
    EXPECT_TRUE(is_link("home/.config/git/ignore") || is_link("home/.config/git"));
    EXPECT_THAT(said({"sync", "-m", "all", "--push"}, 0), HasSubstr("pushed"));
    EXPECT_EQ(remote.subject(), "all");
    EXPECT_EQ(remote.git("remote.git", "log -2 --format=%s main"), "all\nreadme");
}

TEST_F(Import, IsTakenBackWithAnUndo) {
    init_with("# mine\nenvkeep: 1\nkeep: [.jupyter]  # why\n");
    make_yadm_home();
    const std::string before = manifest();

    said({"init", "--import", yadm_folder()}, 0);
    EXPECT_THAT(manifest(), HasSubstr("keep: [.jupyter]  # why\ndotfiles:\n"));
    const std::string again = said({"init", "--import", yadm_folder()}, 0);
    EXPECT_THAT(again, HasSubstr("import-there-already"));
    said({"undo"}, 0);

    EXPECT_EQ(manifest(), before);
    EXPECT_FALSE(tree().exists(copy));
    said({"init", "--import", yadm_folder()}, 0);
    EXPECT_EQ(tree().content(copy + "/.vimrc"), "set number\nset ruler\nmine\n");
}

TEST_F(Import, TakesABareRepositoryAndOneOfTheHomeItself) {
    in_home("git clone -q --bare " + shell_quoted(remote.url()) +
            " .cfg && git --git-dir=.cfg --work-tree=. checkout -q -f main");
    said({"init", "--import", tree() / "home/.cfg"}, 0);
    const std::string imported =
        std::filesystem::directory_iterator(tree() / "storage/envkeep/journal")->path().stem();
    EXPECT_EQ(in_copy("status --porcelain"), "");
    EXPECT_THAT(said({"sync", "--no-push"}, 0), Not(HasSubstr("error")));
    EXPECT_EQ(in_copy("rev-parse '@{upstream}'"), remote.head());

    said({"undo"}, 0);  // the links of the sync
    said({"undo", imported}, 0);
    in_home("git init -q && git remote add github " + shell_quoted(remote.url()) +
            " && git fetch -q github && git reset -q github/main");
    said({"init", "--import", tree() / "home"}, 0);
    EXPECT_EQ(in_copy("status --porcelain --untracked-files=no"), "");
    EXPECT_EQ(in_copy("remote"), "github");
    EXPECT_EQ(run({"sync", "--no-push"}).status, 0);
}

TEST_F(Import, SaysWhatItDoesNotStandFor) {
    make_yadm_home();
    in_home(
        "mkdir -p .config/yadm bin .local/share/yadm && touch .bashrc##os.Linux bin/run "
        ".config/yadm/bootstrap .local/share/yadm/archive && yadm add .bashrc##os.Linux bin/run "
        ".config/yadm/bootstrap && yadm -c protocol.file.allow=always submodule add -q " +
        shell_quoted(remote.url()) +
        " .vim/plug && yadm commit -qm more && rm .vimrc && "
        "echo 'exit 1' >.local/share/yadm/repo.git/hooks/pre-commit");

    const std::string text = said({"init", "--import", yadm_folder()}, 0);

    EXPECT_THAT(text,
                AllOf(HasSubstr("import-left-out"),
                      HasSubstr("alternates of yadm, linked by these very names"),
                      HasSubstr(".bashrc##os.Linux"),
                      HasSubstr("submodules, brought by 'submodules: true' alone: .vim/plug"),
                      HasSubstr("no dot before the name: a, b, bin")));
    EXPECT_THAT(text,
                AllOf(HasSubstr("(or 'ignore:' them): .vimrc"),
                      HasSubstr("not decrypted here: .local/share/yadm/archive"),
                      HasSubstr("bootstrap"),
                      HasSubstr("hooks/pre-commit")));
    EXPECT_EQ(tree().content(copy + "/.vimrc"), "set number\nset ruler\n");
    EXPECT_EQ(in_copy("status --porcelain"), "");
}

TEST_F(Import, TakesWhatASparseHomeLeavesOutAsCommitted) {
    make_yadm_home();
    in_home(
        "yadm commit -qam mine && yadm sparse-checkout set --no-cone '/*' '!ignore' && "
        "test ! -e .config/git/ignore && test -e .local/share/yadm/repo.git/config.worktree");

    said({"init", "--import", yadm_folder()}, 0);

    EXPECT_EQ(tree().content(copy + "/.config/git/ignore"), "*.o\n");
    EXPECT_EQ(in_copy("ls-files -t"), "H .config/git/ignore\nH .vimrc\nH a\nH b/c");
}

TEST_F(Import, IsRefusedBeforeAnythingIsWritten) {
    make_yadm_home();
    const auto refused = [&](const std::string& folder) {
        const std::string text = command_line_.steady(run({"init", "--import", folder}).err);
        EXPECT_FALSE(tree().exists("storage/envkeep")) << text;
        return text;
    };
    in_home("touch .local/share/yadm/repo.git/index.lock");
    EXPECT_THAT(refused(yadm_folder()),
                AllOf(HasSubstr("index.lock"), HasSubstr("rm /TREE/home/.local")));
    in_home("rm .local/share/yadm/repo.git/index.lock && yadm checkout -q --detach");
    EXPECT_THAT(refused(yadm_folder()), HasSubstr("stands at no branch"));
    in_home("yadm checkout -q main && yadm remote remove origin");
    EXPECT_THAT(refused(yadm_folder()),
                AllOf(HasSubstr("has no remote"), HasSubstr("remote add origin")));
    for (const std::string secret : {"ada:secret", "ada:a@b", "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9"}) {
        in_home("git --git-dir=" + yadm_folder() + " config remote.origin.url 'https://" + secret +
                "@example.org:8443/d'");
        EXPECT_THAT(refused(yadm_folder()),
                    AllOf(Not(HasSubstr(secret)),
                          HasSubstr("git --git-dir=/TREE/home/.local/share/yadm/repo.git remote "
                                    "set-url origin https://example.org:8443/d"),
                          HasSubstr("'token:'")));
    }
    const std::string git = "git --git-dir=" + yadm_folder() + " ";
    in_home(git + "remote set-url origin https://example.org/d && " + git +
            "remote set-url --push origin https://ada:secret@example.org/d");
    EXPECT_THAT(refused(yadm_folder()),
                AllOf(Not(HasSubstr("ada:secret")),
                      HasSubstr("remote set-url --push origin https://example.org/d")));
    in_home(git + "config --unset remote.origin.pushurl && " + git +
            "remote add other https://ada:secret@example.org/d");
    EXPECT_THAT(refused(yadm_folder()),
                AllOf(Not(HasSubstr("ada:secret")),
                      HasSubstr("remote set-url other https://example.org/d")));
    in_home(git + "remote remove other");
    for (const std::string setting : {"remote.origin.pushurl https://ada:secret@example.org/d",
                                      "submodule.vim.url https://ada:secret@example.org/d",
                                      "url.https://ada:secret@example.org/.insteadOf https://x/",
                                      "http.extraHeader 'Authorization: Basic YWRhOnNlY3JldA=='"}) {
        // A second value hides the first from who asks for one.
        in_home(git + "config --add " + setting + " && " + git +
                "config --add remote.origin.pushurl https://example.org/d");
        EXPECT_THAT(refused(yadm_folder()),
                    AllOf(Not(HasSubstr("ada:secret")),
                          Not(HasSubstr("YWRh")),
                          HasSubstr("/repo.git config --edit")))
            << setting;
        in_home(git + "config --unset-all remote.origin.pushurl; " + git + "config --unset-all " +
                setting.substr(0, setting.find(' ')) + "; true");
    }
    in_home("git clone -q " + shell_quoted(remote.url()) + " work");
    EXPECT_THAT(refused(tree() / "home/work/.git"), HasSubstr("'repos:'"));
    in_home("git clone -q --bare --shared " + shell_quoted((tree() / "home/work")) + " shared.git");
    EXPECT_THAT(refused(tree() / "home/shared.git"), HasSubstr("borrows objects"));
}

TEST_F(Import, KeepsNothingTwiceInANewManifest) {
    make_yadm_home();
    in_home("yadm add .gitconfig && yadm commit -qm who");

    said({"init", "--import", yadm_folder()}, 0);

    EXPECT_THAT(manifest(), AllOf(Not(HasSubstr(".gitconfig")), HasSubstr("  - .jupyter\n")));
    EXPECT_EQ(run({"restore", "--no-network"}).status, 0);
    EXPECT_THAT(tree().target("home/.gitconfig"), HasSubstr("repos/dotfiles/.gitconfig"));
}

TEST_F(Import, LeavesAWorkingCopyThatIsThereAlone) {
    init_with("envkeep: 1\nkeep: []\n");
    make_yadm_home();
    tree().file(copy + "/.vimrc", "of somebody\n");

    EXPECT_THAT(said({"init", "--import", yadm_folder()}, 3), HasSubstr("is there already"));

    EXPECT_EQ(tree().content(copy + "/.vimrc"), "of somebody\n");
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Import, WritesNothingWhereTheIndexNamesGitsOwn) {
    make_yadm_home();
    in_home(
        "mkdir -p .GiT/hooks .gxT/hooks && echo x | tee .gxT/hooks/x >.GiT/hooks/x && yadm add "
        ".gxT/hooks/x && cd .local/share/yadm/repo.git && perl -MDigest::SHA=sha1 -0777 -i -pe "
        "'s/\\.gxT/.GiT/; s/.{20}$/sha1(substr($_, 0, -20))/es' index");

    const std::string text = said({"init", "--import", yadm_folder()}, 3);

    EXPECT_THAT(text, HasSubstr("cannot read the index"));
    EXPECT_FALSE(tree().exists("storage/envkeep"));
}

TEST_F(Import, FollowsNoLinkOfTheRepository) {
    make_yadm_home();
    in_home("cd .local/share/yadm/repo.git && mv config ~/mine && ln -s ~/mine config");
    const std::string before = tree().content("home/mine");

    EXPECT_THAT(said({"init", "--import", yadm_folder()}, 2), HasSubstr("config of '/TREE"));

    EXPECT_EQ(tree().content("home/mine"), before);
}

TEST_F(Import, KeepsWhatTheHomeGuards) {
    make_yadm_home();
    in_home(
        "mkdir -p .ssh && chmod 700 .ssh && echo 'Host a' >.ssh/config && chmod 600 .ssh/config && "
        "yadm add .ssh/config && yadm commit -qm ssh");

    said({"init", "--import", yadm_folder()}, 0);

    EXPECT_EQ(in_home("stat -c %a " + shell_quoted(tree() / copy + "/.ssh/config") + " " +
                      shell_quoted(tree() / copy)),
              "600\n700");
}

}  // namespace
}  // namespace envkeep::cli
