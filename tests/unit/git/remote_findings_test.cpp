// SPDX-License-Identifier: MIT
#include "git/remote_findings.hpp"

#include "support/temp_tree.hpp"
#include "unit/git/real_ssh.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace envkeep::git {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

RemoteAttempt attempt_at(const std::string& url) {
    RemoteAttempt attempt;
    attempt.url = url;
    return attempt;
}

model::Finding over_https(const std::string& message, int code = GIT_ERROR) {
    return finding_of(
        attempt_at("https://example.org/me/x.git"), {.code = code, .message = message}, "dotfiles");
}

bool is_network(const std::string& message, int code = GIT_ERROR) {
    return is_network_at_fault(attempt_at("https://example.org/me/x.git"),
                               {.code = code, .message = message});
}

SshError blocked(SshFailure failure) {
    return {.stage = SshStage::connect,
            .failure = failure,
            .message = "github.com port 22 does not answer",
            .evidence = {}};
}

TEST(RemoteFindings, EachFailureOfSshHasItsOwnIdAndACure) {
    std::set<std::string> ids;
    for (int i = 0; i <= static_cast<int>(SshFailure::other); ++i) {
        const model::Finding finding = finding_of_ssh({.stage = SshStage::transfer,
                                                       .failure = static_cast<SshFailure>(i),
                                                       .message = "what happened",
                                                       .evidence = {"seen"}},
                                                      {},
                                                      "dotfiles");

        EXPECT_TRUE(ids.insert(finding.id).second) << finding.id;
        EXPECT_EQ(finding.subject, "dotfiles");
        EXPECT_EQ(finding.title, "what happened");
        EXPECT_THAT(finding.evidence, ElementsAre("seen"));
        EXPECT_THAT(finding.fix.text, Not(IsEmpty()));
    }
}

TEST(RemoteFindings, NamesTheOtherDoorOfTheBigHosts) {
    SshSettings settings;
    settings.host_name = "github.com";
    for (const SshFailure failure :
         {SshFailure::refused, SshFailure::timed_out, SshFailure::unreachable}) {
        EXPECT_THAT(finding_of_ssh(blocked(failure), settings, "dotfiles").fix.commands,
                    ElementsAre(HasSubstr("HostName ssh.github.com\\n  Port 443\\n")));
    }

    SshError in_transfer = blocked(SshFailure::timed_out);
    in_transfer.stage = SshStage::transfer;
    EXPECT_THAT(finding_of_ssh(in_transfer, settings, "dotfiles").fix.commands, IsEmpty());
    settings.port = 443;
    EXPECT_THAT(finding_of_ssh(blocked(SshFailure::refused), settings, "dotfiles").fix.commands,
                IsEmpty());
    settings = {};
    settings.host_name = "git.example.org";
    EXPECT_THAT(finding_of_ssh(blocked(SshFailure::refused), settings, "dotfiles").fix.commands,
                IsEmpty());
}

// As pasted: before the user's own words for that host, and nothing of them lost.
TEST(RemoteFindings, OpensTheOtherDoorWhateverTheConfigurationSays) {
    envkeep::testing::TempTree home;
    const std::string begin = "export HOME=" + home.path() + "; ";
    const std::string ssh = begin + "ssh -F " + (home / ".ssh/config") + " -G ";
    SshSettings settings;
    settings.named = "work";
    settings.host_name = "github.com";
    const std::string command =
        finding_of_ssh(blocked(SshFailure::refused), settings, "dotfiles").fix.commands.at(0);

    EXPECT_EQ(printed_by(begin + command), "");
    EXPECT_THAT(printed_by(ssh + "work"), HasSubstr("\nport 443\n"));
    home.file(".ssh/config",
              "Port 2022\nHost work\n  HostName github.com\n  User git\n  IdentityFile ~/k");
    EXPECT_EQ(printed_by(begin + command), "");

    EXPECT_THAT(printed_by(ssh + "work"),
                AllOf(HasSubstr("\nhostname ssh.github.com\n"),
                      HasSubstr("\nport 443\n"),
                      HasSubstr("user git\n"),
                      HasSubstr("\nidentityfile ~/k\n"),
                      HasSubstr("\nhostkeyalias github.com\n")));
    EXPECT_THAT(printed_by(ssh + "elsewhere"), HasSubstr("\nport 2022\n"));
}

TEST(RemoteFindings, AddsAKnownHostWhereThereIsNoFolderYet) {
    const envkeep::testing::TempTree home;
    SshError error = blocked(SshFailure::host_key_unknown);
    error.evidence = {"known_hosts line: h ssh-ed25519 AAAA"};
    const std::string command = finding_of_ssh(error, {}, "dotfiles").fix.commands.at(0);

    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(printed_by("export HOME=" + home.path() + "; " + command), "");
    }

    EXPECT_EQ(home.content(".ssh/known_hosts"), "\nh ssh-ed25519 AAAA\n\nh ssh-ed25519 AAAA\n");
}

TEST(RemoteFindings, AskWhetherANumberBehindTheHostWasMeantAsItsPort) {
    const auto cure = [](const std::string& url, SshStage stage, const std::string& words) {
        RemoteAttempt attempt = attempt_at(url);
        attempt.address = *parse_address(url);
        attempt.ssh = {.stage = stage,
                       .failure = stage == SshStage::connect ? SshFailure::refused
                                                             : SshFailure::command_failed,
                       .message = words,
                       .evidence = {}};
        return finding_of(attempt, {}, "dotfiles").fix.text;
    };
    const std::string missing = "fatal: '2222/x' does not appear to be a git repository";

    EXPECT_THAT(cure("me@h:2222/x.git", SshStage::connect, "refused"),
                HasSubstr("did you mean ssh://me@h:2222/x.git?"));
    EXPECT_THAT(cure("me@h:2222/x.git", SshStage::command, missing),
                HasSubstr("did you mean ssh://me@h:2222/x.git?"));
    for (const std::string url :
         {"me@h:2222", "me@h:x/2222", "me@h:99999/x", "me@h:0/x", "ssh://me@h:22/2222/x"}) {
        EXPECT_THAT(cure(url, SshStage::connect, "refused"), Not(HasSubstr("did you mean"))) << url;
    }
}

TEST(RemoteFindings, NamesTheUserOfTheBigHostsWhereAnotherOneIsRefused) {
    SshSettings settings;
    settings.host_name = "github.com";
    settings.user = "root";
    const auto cure = [&] {
        return finding_of_ssh(blocked(SshFailure::key_refused), settings, "dotfiles").fix.text;
    };

    EXPECT_THAT(cure(), HasSubstr("write git@github.com:ME/REPOSITORY.git"));
    settings.user = "git";
    EXPECT_THAT(cure(), HasSubstr("add the .pub"));
    settings.user = "root";
    settings.host_name = "git.example.org";
    EXPECT_THAT(cure(), HasSubstr("add the .pub"));
}

TEST(RemoteFindings, ReadsWhatLibgit2Says) {
    EXPECT_EQ(over_https("failed to resolve address for example.org: Name or service not known").id,
              "git-host-unknown");
    EXPECT_EQ(over_https("failed to resolve address for example.org: Temporary failure in name "
                         "resolution")
                  .id,
              "git-lookup-failed");
    EXPECT_EQ(over_https("failed to connect to example.org: Connection refused").id,
              "git-host-refuses");
    EXPECT_EQ(over_https("failed to connect to example.org: Network is unreachable").id,
              "git-host-unreachable");
    EXPECT_EQ(over_https("failed to connect to example.org: Operation timed out").id,
              "git-host-silent");
    EXPECT_EQ(over_https("SSL error: syscall failure: Resource temporarily unavailable").title,
              "https://example.org/me/x.git does not answer in time");
    EXPECT_EQ(over_https("could not read from socket", GIT_TIMEOUT).id, "git-host-silent");
    EXPECT_EQ(over_https("unexpected http status code: 404").id, "git-repository-missing");
    EXPECT_EQ(over_https("SSL error: received early EOF").id, "git-connection-lost");
    EXPECT_EQ(over_https("could not read refs from remote repository").id, "git-connection-lost");
    EXPECT_EQ(over_https("no\x1b space left").title, "no\\x1b space left");
    EXPECT_EQ(over_https("no space left").id, "git-failed");
}

struct Said {
    std::string words;
    std::string id;
};

class WordsOfARemote : public ::testing::TestWithParam<Said> {};

TEST_P(WordsOfARemote, AreToldAsWhatTheyMeanAndNotAsTheNetworks) {
    const model::Finding finding = over_https(GetParam().words);

    EXPECT_EQ(finding.id, GetParam().id);
    EXPECT_THAT(finding.title, HasSubstr("https://example.org/me/x.git"));
    EXPECT_THAT(finding.evidence, ElementsAre(GetParam().words));
    EXPECT_THAT(finding.fix.text, Not(HasSubstr("git clone` of the same")));
    EXPECT_EQ(is_network(GetParam().words), GetParam().id.starts_with("git-server-"));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WordsOfARemote,
    ::testing::Values(Said{"unexpected http status code: 410", "git-repository-missing"},
                      Said{"remote error: access denied or repository not exported: /x",
                           "git-repository-missing"},
                      Said{"unexpected http status code: 503", "git-server-failed"},
                      Said{"unexpected http status code: 429", "git-server-busy"},
                      Said{"unexpected http status code: 400", "git-not-git"},
                      Said{"invalid content-type: 'text/html'", "git-not-git"},
                      Said{"too many redirects or authentication replays", "git-not-git"},
                      Said{"bad packet length", "git-not-git"},
                      Said{"SSL error: error:0A00010B:SSL routines::wrong version number",
                           "git-not-git"},
                      Said{"SSL error: error:0A000410:SSL routines::sslv3 alert handshake failure",
                           "git-tls-failed"},
                      Said{"unknown remote object format 'sha256'", "git-object-format"},
                      Said{"object not found - no match for id (2a2c54)", "git-object-missing"},
                      Said{"remote error: the project is moved", "git-remote-failed"}));

TEST(RemoteFindings, KnowWhatTheHostsSayOfARepositoryThatIsMissing) {
    for (const std::string words :
         {"ERROR: Repository not found.",
          "remote: ERROR: The project you were looking for could not be found or you don't have "
          "permission to view it.",
          "Forgejo: Cannot find repository: me/x",
          "fatal: '/srv/x' does not appear to be a git repository"}) {
        RemoteAttempt attempt = attempt_at("git@example.org:me/x.git");
        attempt.ssh = {.stage = SshStage::command,
                       .failure = SshFailure::command_failed,
                       .message = "git there says: " + words,
                       .evidence = {"key used: ~/.ssh/id_rsa"}};

        const model::Finding finding = finding_of(attempt, {}, "dotfiles");

        EXPECT_EQ(finding.id, "git-repository-missing") << words;
        EXPECT_THAT(finding.evidence,
                    ElementsAre("git there says: " + words, "key used: ~/.ssh/id_rsa"));
    }
}

TEST(RemoteFindings, TellsTokensThatAreMissingFromThoseThatAreRefused) {
    EXPECT_EQ(over_https("authentication required but no callback set", GIT_EAUTH).id,
              "git-token-needed");
    EXPECT_EQ(over_https("unexpected http status code: 403").id, "git-token-needed");

    RemoteAttempt attempt = attempt_at("https://example.org/me/x.git");
    attempt.offered = {"the variable GITHUB_TOKEN"};
    const model::Finding refused =
        finding_of(attempt, {.code = GIT_EAUTH, .message = "x"}, "dotfiles");

    EXPECT_EQ(refused.id, "git-token-refused");
    EXPECT_THAT(refused.evidence, ElementsAre("offered: the variable GITHUB_TOKEN"));
}

TEST(RemoteFindings, NamesTheAuthoritiesThatDoNotTrustACertificate) {
    RemoteAttempt attempt = attempt_at("https://example.org/me/x.git");
    attempt.untrusted = "example.org";
    attempt.authorities = "/etc/ssl/cert.pem (the system)";
    const LibGitError error{.code = GIT_ERROR, .message = "the SSL certificate is invalid"};

    const model::Finding finding = finding_of(attempt, error, "dotfiles");

    EXPECT_EQ(finding.id, "git-certificate-untrusted");
    EXPECT_THAT(finding.evidence,
                Contains("certificate authorities: /etc/ssl/cert.pem (the system)"));
    EXPECT_FALSE(is_network_at_fault(attempt, error));
}

TEST(RemoteFindings, KnowTheNetworksFaults) {
    EXPECT_TRUE(is_network("failed to connect to example.org: Connection refused"));
    EXPECT_TRUE(is_network("x", GIT_TIMEOUT));
    EXPECT_FALSE(is_network("unexpected http status code: 404"));
    EXPECT_FALSE(is_network("x", GIT_EAUTH));

    RemoteAttempt attempt = attempt_at("ssh://example.org/x");
    attempt.ssh = blocked(SshFailure::lookup_failed);
    EXPECT_TRUE(is_network_at_fault(attempt, {}));
    attempt.ssh = blocked(SshFailure::key_refused);
    EXPECT_FALSE(is_network_at_fault(attempt, {}));
}

}  // namespace
}  // namespace envkeep::git
