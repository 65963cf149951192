// SPDX-License-Identifier: MIT
#include "envkeep/git/http_credentials.hpp"

#include <gmock/gmock.h>

#include <map>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Machine {
  public:
    Machine& variable(const std::string& name, const std::string& value) {
        variables_[name] = value;
        return *this;
    }

    Machine& file(const std::string& path, const std::string& text) {
        files_["/home/me/" + path] = text;
        return *this;
    }

    // "user:secret (source)" of each, in order; the variable is for that URL, or for `of_url`.
    [[nodiscard]] std::vector<std::string> offers(std::string_view url,
                                                  const std::string& token_variable = {},
                                                  std::string_view of_url = {}) const {
        const HttpCredentialSources sources{
            .token_variable = token_variable,
            .token_place = token_place(*parse_address(of_url.empty() ? url : of_url)),
            .variable = [this](std::string_view name) -> std::optional<std::string> {
                const auto found = variables_.find(std::string(name));
                return found == variables_.end() ? std::nullopt : std::optional(found->second);
            },
            .read = [this](const std::string& path) -> Result<std::string> {
                const auto found = files_.find(path);
                if (found == files_.end()) {
                    return failure(ErrorKind::not_found, "no such file");
                }
                return found->second;
            },
            .home = "/home/me"};
        std::vector<std::string> all;
        for (const HttpCredential& one : http_credentials(*parse_address(url), sources)) {
            all.push_back(one.user + ":" + one.secret + " (" + one.source + ")");
        }
        return all;
    }

  private:
    std::map<std::string, std::string> variables_;
    std::map<std::string, std::string> files_;
};

TEST(HttpCredentials, AreTheTokensOfTheWellKnownHosts) {
    const Machine machine = Machine()
                                .variable("GITHUB_TOKEN", "one")
                                .variable("GH_TOKEN", " two\n")
                                .variable("GITLAB_TOKEN", "three")
                                .variable("HF_TOKEN", "four")
                                .variable("BITBUCKET_TOKEN", "");

    EXPECT_THAT(machine.offers("https://GitHub.com/me/x"),
                ElementsAre("x-access-token:two (the variable GH_TOKEN)",
                            "x-access-token:one (the variable GITHUB_TOKEN)"));
    EXPECT_THAT(machine.offers("https://gitlab.com/me/x"),
                ElementsAre("oauth2:three (the variable GITLAB_TOKEN)"));
    EXPECT_THAT(machine.offers("https://you@huggingface.co/me/x"),
                ElementsAre("you:four (the variable HF_TOKEN)"));
    EXPECT_THAT(machine.offers("https://bitbucket.org/me/x"), IsEmpty());
}

TEST(HttpCredentials, GoToNoOtherHostOrSchemeOrPort) {
    const Machine machine =
        Machine()
            .variable("GITHUB_TOKEN", "one")
            .variable("MINE", "two")
            .file(".git-credentials", "https://a:b@github.com\nhttps://a:c@h.example:8443\n")
            .file(".netrc", "machine github.com login a password d\n");

    for (const std::string_view url : {"https://github.com.evil.example/me/x",
                                       "https://evilgithub.com/x",
                                       "https://h.example/x",
                                       "http://github.com/me/x",
                                       "http://h.example:8443/x",
                                       "git://github.com/me/x",
                                       "ssh://github.com/me/x",
                                       "/srv/github.com"}) {
        EXPECT_THAT(machine.offers(url), IsEmpty()) << url;
    }
    EXPECT_THAT(machine.offers("https://github.com:8443/me/x"),
                ElementsAre("a:d (~/.netrc)"));  // it knows no ports
    EXPECT_THAT(machine.offers("http://h.example/x", "MINE"), IsEmpty());
}

// A submodule may be there, or a server send there.
TEST(HttpCredentials, OfTheManifestAreForItsHostAlone) {
    const Machine machine = Machine().variable("MINE", "one");

    for (const std::string_view of_url :
         {"https://h.example/x", "git@h.example:x", "http://h.example/x"}) {
        EXPECT_THAT(machine.offers("https://h.example:443/y", "MINE", of_url),
                    ElementsAre("oauth2:one (the variable MINE)"));
        EXPECT_THAT(machine.offers("https://h.example:8443/x", "MINE", of_url), IsEmpty());
        EXPECT_THAT(machine.offers("https://evil.example/x", "MINE", of_url), IsEmpty());
    }
    EXPECT_THAT(machine.offers("https://h.example/x", "MINE", "https://h.example:8443/x"),
                IsEmpty());
}

TEST(HttpCredentials, BeginWithTheVariableOfTheManifest) {
    const Machine machine =
        Machine().variable("MINE", "one").variable("GH_TOKEN", "two").variable("NONE", "");

    EXPECT_THAT(machine.offers("https://github.com/x", "MINE"),
                ElementsAre("x-access-token:one (the variable MINE)",
                            "x-access-token:two (the variable GH_TOKEN)"));
    EXPECT_THAT(machine.offers("https://git.corp.example/x", "MINE"),
                ElementsAre("oauth2:one (the variable MINE)"));
    EXPECT_THAT(machine.offers("https://github.com/x", "GH_TOKEN"),
                ElementsAre("x-access-token:two (the variable GH_TOKEN)"));
    EXPECT_THAT(machine.offers("https://git.corp.example/x", "NONE"), IsEmpty());
}

TEST(GitCredentials, AreReadAsGitReadsThem) {
    const Machine machine = Machine().file(".git-credentials",
                                           "# a comment\n"
                                           "https://me:p%40ss%3Aw%25rd@h.example\r\n"
                                           "http://me:plain@h.example\n"
                                           "https://you:other@H.Example:443/\n"
                                           "https://me:port@h.example:8443\n"
                                           "https://me@h.example\n"
                                           "https://h.example\n"
                                           "https://me:v6@[::1]:8443\n"
                                           "ftp://me:x@h.example\n"
                                           "\xff\xfe\n");

    EXPECT_THAT(
        machine.offers("https://h.example/x"),
        ElementsAre("me:p@ss:w%rd (~/.git-credentials:2)", "you:other (~/.git-credentials:4)"));
    EXPECT_THAT(machine.offers("https://you@h.example/x"),
                ElementsAre("you:other (~/.git-credentials:4)"));
    EXPECT_THAT(machine.offers("http://h.example/x"),
                ElementsAre("me:plain (~/.git-credentials:3)"));
    EXPECT_THAT(machine.offers("https://h.example:8443/x"),
                ElementsAre("me:port (~/.git-credentials:5)"));
    EXPECT_THAT(machine.offers("https://[::1]:8443/x"),
                ElementsAre("me:v6 (~/.git-credentials:8)"));
}

TEST(GitCredentials, OfTheVeryRepositoryComeFirst) {
    const Machine machine = Machine().file(".git-credentials",
                                           "https://a:1@h.example\n"
                                           "https://b:2@h.example/me/y\n"
                                           "https://c:3@h.example/me/x%20y\n");

    EXPECT_THAT(machine.offers("https://h.example/me/x%20y"),
                ElementsAre("c:3 (~/.git-credentials:3)",
                            "a:1 (~/.git-credentials:1)",
                            "b:2 (~/.git-credentials:2)"));
}

TEST(GitCredentials, AreInTheConfigurationFolderToo) {
    Machine machine = Machine()
                          .file(".config/git/credentials", "https://a:1@h.example\n")
                          .file("elsewhere/git/credentials", "https://b:2@h.example\n");

    EXPECT_THAT(machine.offers("https://h.example/x"),
                ElementsAre("a:1 (~/.config/git/credentials:1)"));
    machine.variable("XDG_CONFIG_HOME", "/home/me/elsewhere");
    EXPECT_THAT(machine.offers("https://h.example/x"),
                ElementsAre("b:2 (/home/me/elsewhere/git/credentials:1)"));
}

std::vector<std::string> of_netrc(const std::string& text, std::string_view url) {
    return Machine().file(".netrc", text).offers(url);
}

TEST(Netrc, SaysTheLoginOfAMachine) {
    const std::string text =
        "machine a.example login you unknown password 1\n"
        "machine h.example\n  account x\n  password \"p \\\"q\\\\\"\n  login me\n"
        "machine h.example login you password 3\n";

    EXPECT_THAT(of_netrc(text, "https://H.example/x"), ElementsAre("me:p \"q\\ (~/.netrc)"));
    EXPECT_THAT(of_netrc(text, "https://you@h.example/x"), ElementsAre("you:3 (~/.netrc)"));
    EXPECT_THAT(of_netrc(text, "https://a.example/x"), ElementsAre("you:1 (~/.netrc)"));
    EXPECT_THAT(of_netrc(text, "https://other.example/x"), IsEmpty());
}

TEST(Netrc, PassesOverMacrosAndComments) {
    const std::string text =
        "# machine h.example login no password no\n"
        "macdef init\nmachine h.example login no password no\n\n"
        "machine h.example login me password #1\n";

    EXPECT_THAT(of_netrc(text, "https://h.example/x"), ElementsAre("me:#1 (~/.netrc)"));
}

TEST(Netrc, HasADefaultForWhatItDoesNotName) {
    const std::string text =
        "machine h.example login me password 1\ndefault login all password 2\n";

    EXPECT_THAT(of_netrc(text, "https://h.example/x"), ElementsAre("me:1 (~/.netrc)"));
    EXPECT_THAT(of_netrc(text, "https://other.example/x"), ElementsAre("all:2 (~/.netrc)"));
}

TEST(Netrc, WithHalfAnEntryGivesNone) {
    for (const char* const text : {"machine h.example login me",
                                   "machine h.example password x",
                                   "machine h.example login me password",
                                   "machine",
                                   "login me password x",
                                   "machine h.example login me password \"",
                                   "macdef"}) {
        EXPECT_THAT(of_netrc(text, "https://h.example/x"), IsEmpty()) << text;
    }
}

}  // namespace
}  // namespace envkeep::git
