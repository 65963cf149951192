// SPDX-License-Identifier: MIT
// The commands, whose repositories are at real servers.
#include "peers/ssh_server.hpp"
#include "support/child.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace envkeep::cli {
namespace {

using testing::Answer;
using testing::in_children;
using testing::run_program;

// A bare repository `remote.git` with `commands` run in a clone of it, committed and pushed.
void make_remote(const testing::TempTree& tree, const std::string& commands) {
    run_program({"sh",
                 "-ec",
                 fmt::format("cd {} && git init -q --bare -b main remote.git && "
                             "git clone -q remote.git work 2>&1 && cd work && "
                             "git checkout -q -b main 2>&1 && {} && git add . && "
                             "git -c user.name=x -c user.email=x@x commit -qm first && "
                             "git push -q origin main",
                             tree.path(),
                             commands)});
}

TEST(DotfilesOverSsh, StandInAFolderOfTheRepository) {
    const testing::TempTree served;
    make_remote(served, "mkdir -p unix/home && echo top >.bashrc && echo sub >unix/home/.zshrc");
    testing::SshServer server;
    testing::CommandLine line;
    ASSERT_EQ(line.run({"init", "--template", "container"}).status, 0);
    line.tree.folder("home/.ssh", 0700).file("home/.ssh/known_hosts", server.known_hosts());
    run_program(
        {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", line.tree / "home/.ssh/id_ed25519"});
    server.authorize(line.tree.content("home/.ssh/id_ed25519.pub"));
    line.tree.file("storage/envkeep/manifest.yaml",
                   fmt::format("envkeep: 1\ndotfiles: {{url: \"ssh://root@127.0.0.1:{}{}\", "
                               "subfolder: unix/home}}\n",
                               server.port(),
                               served / "remote.git"));

    const Answer answer = line.run({"restore"});

    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    EXPECT_EQ(line.tree.content("home/.zshrc"), "sub\n");
    EXPECT_EQ(line.tree.target("home/.zshrc"),
              line.tree / "storage/envkeep/repos/dotfiles/unix/home/.zshrc");
    EXPECT_FALSE(line.tree.exists("home/.bashrc"));
}

// Two machines, each with a home and a store of its own. No thread runs here: the server is a
// program.
TEST(TwoSyncs, ThatPushAtTheSameMomentBothArriveAndBothAreWell) {
    testing::TempTree served;
    make_remote(served, "echo first >.a && echo first >.b");
    served.folder("sent");
    // It lets nobody go on before both have sent what they have, each upon the same commit.
    served.file("remote.git/hooks/pre-receive",
                fmt::format("#!/bin/sh\nread old new ref\necho $old >{0}/$$\n"
                            "for i in $(seq 1000); do\n  [ $(ls {0} | wc -l) -ge 2 ] && exit 0\n"
                            "  sleep 0.02\ndone\nexit 1\n",
                            served / "sent"),
                0755);
    const testing::RunningProgram server(
        {"/usr/bin/python3", ENVKEEP_TESTS_DIR "/peers/git_http.py", served.path()});
    testing::CommandLine one;
    testing::CommandLine two;
    for (testing::CommandLine* const line : {&one, &two}) {
        ASSERT_EQ(line->run({"init", "--template", "container"}).status, 0);
        line->tree.file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
        line->tree.file(
            "storage/envkeep/manifest.yaml",
            fmt::format("envkeep: 1\ndotfiles: {{url: \"http://127.0.0.1:{}/remote.git\""
                        ", push: on-sync}}\n",
                        server.first_line()));
        const Answer answer = line->run({"restore"});
        ASSERT_EQ(answer.status, 0) << answer.out << answer.err;
    }
    one.tree.file("storage/envkeep/repos/dotfiles/.a", "of one");
    two.tree.file("storage/envkeep/repos/dotfiles/.b", "of two");
    const auto sync = [](testing::CommandLine& line) {
        const Answer answer = line.run({"sync"});
        EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    };

    in_children({[&] { sync(one); }, [&] { sync(two); }});

    const auto git = [&](const std::string& words) {
        return run_program({"sh", "-c", "git -C " + (served / "remote.git") + " " + words});
    };
    EXPECT_EQ(git("show main:.a main:.b"), "of oneof two");
    EXPECT_EQ(git("rev-list --count main"), "3\n");
    EXPECT_EQ(git("for-each-ref --format='%(refname)'"), "refs/heads/main\n");
}

}  // namespace
}  // namespace envkeep::cli
