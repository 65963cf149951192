// SPDX-License-Identifier: MIT
// libgit2 over SshSession against git's own programs behind OpenSSH's server.
#include "git/remote_callbacks.hpp"
#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"

#include <fmt/format.h>
#include <git2.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::git {
namespace {

using envkeep::testing::run_program;
using envkeep::testing::SshClient;
using envkeep::testing::SshServer;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class GitOverSsh : public ::testing::Test {
  protected:
    explicit GitOverSsh(const std::string& config = {}) : server(config) {
        client.trust(server.known_hosts());
        server.authorize(client.make_key("id_ed25519", {"-t", "ed25519", "-N", ""}));
        run_program({"git", "init", "-q", "-b", "main", work()});
        commit("one");
        run_program({"git", "clone", "-q", "--bare", work(), bare()});
    }

    [[nodiscard]] std::string work() const { return served / "work"; }

    // A path that a shell there would take apart.
    [[nodiscard]] std::string bare() const { return served / "it's !a $HOME.git"; }

    [[nodiscard]] std::string copy() const { return served / "copy"; }

    void commit(const std::string& file) {
        served.file("work/" + file, file);
        run_git(work(), {"add", file});
        run_git(work(), {"commit", "-q", "-m", file});
    }

    static std::string run_git(const std::string& folder, const std::vector<std::string>& words) {
        std::vector<std::string> all{
            "git", "-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.org"};
        all.insert(all.end(), words.begin(), words.end());
        return run_program(all);
    }

    [[nodiscard]] std::string url(const std::string& path) const {
        std::string encoded;
        for (const char c : path) {
            encoded += c == ' ' ? "%20" : std::string(1, c);
        }
        return fmt::format("ssh://root@127.0.0.1:{}{}", server.port(), encoded);
    }

    RemoteAccess access() {
        return {.network = client.network,
                .config = client.config(),
                .http = {.token_variable = {},
                         .token_place = {},
                         .variable = [](std::string_view) { return std::nullopt; },
                         .read = SshClient::read_file,
                         .home = client.home.path()},
                .pinned = {},
                .mode_of = SshClient::mode_of,
                .limits = client.limits,
                .progress = [this](std::string_view text) { progress.emplace_back(text); },
                .no_network = is_offline};
    }

    // libgit2's answer; `finding` is what RemoteCallbacks makes of a failure.
    int clone(const std::string& from) {
        const LibGit library(client.home.path());
        const RemoteAccess reach = access();
        RemoteCallbacks callbacks(reach, "dotfiles");
        git_clone_options options = GIT_CLONE_OPTIONS_INIT;
        callbacks.fill(options.fetch_opts);
        git_repository* repository = nullptr;
        const int status = git_clone(&repository, from.c_str(), copy().c_str(), &options);
        if (status != 0) {
            finding = callbacks.failure(status);
            is_network_at_fault = callbacks.is_network_at_fault(status);
        }
        git_repository_free(repository);
        return status;
    }

    // Pushes main of the copy; what the remote refused.
    std::vector<std::string> push() {
        const LibGit library(client.home.path());
        const RemoteAccess reach = access();
        RemoteCallbacks callbacks(reach, "dotfiles");
        git_push_options options = GIT_PUSH_OPTIONS_INIT;
        callbacks.fill(options);
        git_repository* repository = nullptr;
        git_remote* remote = nullptr;
        EXPECT_EQ(git_repository_open(&repository, copy().c_str()), 0);
        EXPECT_EQ(git_remote_lookup(&remote, repository, "origin"), 0);
        std::string branch = "refs/heads/main";
        char* text = branch.data();
        const git_strarray branches{&text, 1};
        const int status = git_remote_push(remote, &branches, &options);
        EXPECT_EQ(status, 0) << (status == 0 ? "" : git_error_last()->message);
        git_remote_free(remote);
        git_repository_free(repository);
        words = callbacks.remote_words();
        return callbacks.refused_refs();
    }

    envkeep::testing::TempTree served;
    SshServer server;
    SshClient client{server.port()};
    std::vector<std::string> progress;
    bool is_offline = false;
    model::Finding finding;
    bool is_network_at_fault = false;
    std::string words;
};

TEST_F(GitOverSsh, Clones) {
    const int status = clone(url(bare()));

    ASSERT_EQ(status, 0) << finding.title;
    EXPECT_EQ(served.content("copy/one"), "one");
    EXPECT_EQ(run_git(copy(), {"rev-parse", "HEAD"}), run_git(work(), {"rev-parse", "HEAD"}));
    EXPECT_THAT(progress, Contains("fetching 3 of 3 objects"));
}

TEST_F(GitOverSsh, TakesTheWordsOfSshConfig) {
    client.home.file(
        ".ssh/config",
        fmt::format("Host gitbox\n  HostName 127.0.0.1\n  Port {}\n  User root\n", server.port()),
        0600);

    const int status = clone("gitbox:" + work() + "/.git");

    ASSERT_EQ(status, 0) << finding.title;
    EXPECT_EQ(served.content("copy/one"), "one");
}

TEST_F(GitOverSsh, Pushes) {
    ASSERT_EQ(clone(url(bare())), 0) << finding.title;
    served.file("copy/two", "two");
    run_git(copy(), {"add", "two"});
    run_git(copy(), {"commit", "-q", "-m", "two"});

    EXPECT_THAT(push(), IsEmpty());

    EXPECT_EQ(run_git(bare(), {"rev-parse", "main"}), run_git(copy(), {"rev-parse", "HEAD"}));
}

TEST_F(GitOverSsh, TellsWhatTheRemoteDoesNotTake) {
    ASSERT_EQ(clone(url(bare())), 0) << finding.title;
    served.file("hook", "#!/bin/sh\nprintf 'no \\033[2J today\\n' >&2\nexit 1\n", 0755);
    run_program({"cp", served / "hook", bare() + "/hooks/pre-receive"});
    served.file("copy/two", "two");
    run_git(copy(), {"add", "two"});
    run_git(copy(), {"commit", "-q", "-m", "two"});

    EXPECT_THAT(push(), ElementsAre("refs/heads/main: pre-receive hook declined"));
    EXPECT_EQ(words, "no \\x1b[2J today\n");
}

TEST_F(GitOverSsh, TellsThatThereIsNoRepository) {
    ASSERT_NE(clone(url(served / "nothing.git")), 0);

    EXPECT_EQ(finding.id, "git-repository-missing");
    EXPECT_EQ(finding.subject, "dotfiles");
    EXPECT_THAT(finding.evidence, Contains("key used: ~/.ssh/id_ed25519"));
    EXPECT_FALSE(is_network_at_fault);
    EXPECT_FALSE(served.exists("copy"));
}

TEST_F(GitOverSsh, TellsThatAKeyIsNotAccepted) {
    client.home.remove(".ssh/id_ed25519");
    client.home.remove(".ssh/id_ed25519.pub");
    client.make_key("id_rsa", {"-t", "rsa", "-N", ""});

    ASSERT_NE(clone(url(bare())), 0);

    EXPECT_EQ(finding.id, "ssh-key-refused");
    EXPECT_THAT(finding.evidence, Contains(StartsWith("offered: ~/.ssh/id_rsa SHA256:")));
    EXPECT_THAT(finding.fix.text, Not(IsEmpty()));
    EXPECT_FALSE(is_network_at_fault);
}

TEST_F(GitOverSsh, TellsTheLineOfAnUnknownHost) {
    client.trust("");

    ASSERT_NE(clone(url(bare())), 0);

    EXPECT_EQ(finding.id, "ssh-host-key-unknown");
    ASSERT_EQ(finding.fix.commands.size(), 1U);
    run_program({"sh", "-c", "HOME=" + client.home.path() + "; " + finding.fix.commands[0]});
    EXPECT_EQ(clone(url(bare())), 0) << finding.title;
}

TEST_F(GitOverSsh, TellsThatTheConnectionBrokeOff) {
    // In the middle of what the server has to say.
    server.interfere({.limit = 3000, .then = envkeep::testing::AtLimit::cut});

    ASSERT_NE(clone(url(bare())), 0);

    EXPECT_EQ(finding.id, "git-connection-lost");
    EXPECT_TRUE(is_network_at_fault);
    EXPECT_FALSE(served.exists("copy"));
}

TEST_F(GitOverSsh, AsksNobodyWhereThereIsToBeNoNetwork) {
    is_offline = true;

    ASSERT_NE(clone(url(bare())), 0);
    EXPECT_EQ(finding.id, "git-no-network");
    EXPECT_EQ(server.connections(), 0);

    EXPECT_EQ(clone("file://" + work()), 0);
}

class GitShell : public GitOverSsh {
  protected:
    GitShell() : GitOverSsh("ForceCommand git-shell -c \"$SSH_ORIGINAL_COMMAND\"") {}
};

TEST_F(GitShell, TakesOurCommands) {
    EXPECT_EQ(clone(url(bare())), 0) << finding.title;
}

}  // namespace
}  // namespace envkeep::git
