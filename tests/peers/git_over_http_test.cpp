// SPDX-License-Identifier: MIT
// libgit2 with RemoteCallbacks against `git http-backend` behind a web server, with TLS of an
// authority of the test's own.
#include "envkeep/posix/network.hpp"
#include "git/remote_callbacks.hpp"
#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"

#include <fmt/format.h>
#include <git2.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::git {
namespace {

using envkeep::testing::run_program;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class GitOverHttp : public ::testing::Test {
  protected:
    GitOverHttp() {
        run_program({"git", "init", "-q", "-b", "main", files / "work"});
        files.file("work/one", "one");
        run_git({"add", "one"});
        run_git({"commit", "-q", "-m", "one"});
        run_program({"git", "clone", "-q", "--bare", files / "work", files / "served/x.git"});
        home.folder(".ssh");
    }

    void run_git(std::vector<std::string> words) const {
        words.insert(words.begin(),
                     {"git", "-C", files / "work", "-c", "user.name=me", "-c", "user.email=me@x"});
        run_program(words);
    }

    // An authority, and a certificate of its for 127.0.0.1.
    void make_certificates() const {
        const std::string folder = files.path();
        run_program({"openssl",
                     "req",
                     "-x509",
                     "-newkey",
                     "rsa:2048",
                     "-nodes",
                     "-days",
                     "2",
                     "-subj",
                     "/CN=authority",
                     "-keyout",
                     folder + "/ca.key",
                     "-out",
                     folder + "/ca.pem"});
        run_program({"openssl",
                     "req",
                     "-newkey",
                     "rsa:2048",
                     "-nodes",
                     "-subj",
                     "/CN=127.0.0.1",
                     "-keyout",
                     folder + "/key.pem",
                     "-out",
                     folder + "/request.pem"});
        run_program({"sh",
                     "-c",
                     "echo subjectAltName=IP:127.0.0.1 >" + folder +
                         "/names && openssl x509 -req "
                         "-days 2 -in " +
                         folder + "/request.pem -CA " + folder + "/ca.pem -CAkey " + folder +
                         "/ca.key -CAcreateserial -extfile " + folder + "/names -out " + folder +
                         "/certificate.pem"});
    }

    void serve(const std::vector<std::string>& options) {
        std::vector<std::string> words{
            "/usr/bin/python3", ENVKEEP_TESTS_DIR "/peers/git_http.py", files / "served"};
        words.insert(words.end(), options.begin(), options.end());
        server.emplace(words);
    }

    void serve_tls(const std::vector<std::string>& more = {}) {
        make_certificates();
        std::vector<std::string> options{"--tls", files / "certificate.pem", files / "key.pem"};
        options.insert(options.end(), more.begin(), more.end());
        serve(options);
    }

    [[nodiscard]] std::string url(const std::string& scheme, const std::string& path) const {
        return fmt::format("{}://127.0.0.1:{}/{}", scheme, server->first_line(), path);
    }

    int clone(const std::string& from) {
        const auto variable = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = variables.find(std::string(name));
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        posix::Network network;
        const RemoteAccess access{.network = network,
                                  .config = {.read = envkeep::testing::SshClient::read_file,
                                             .names_in = {},
                                             .variable = variable,
                                             .home = home.path(),
                                             .local_user = "root",
                                             .local_host = "laptop",
                                             .uid = 0},
                                  .http = {.token_variable = token_variable,
                                           .token_place = token_place,
                                           .variable = variable,
                                           .read = envkeep::testing::SshClient::read_file,
                                           .home = home.path()},
                                  .pinned = {},
                                  .mode_of = {},
                                  .limits = limits,
                                  .progress = {},
                                  .no_network = false};
        const LibGit library(home.path());
        RemoteCallbacks callbacks(access, "dotfiles");
        git_clone_options options = GIT_CLONE_OPTIONS_INIT;
        callbacks.fill(options.fetch_opts);
        git_repository* repository = nullptr;
        const int status = git_clone(&repository, from.c_str(), (files / "copy").c_str(), &options);
        if (status != 0) {
            finding = callbacks.failure(status);
        }
        git_repository_free(repository);
        return status;
    }

    envkeep::testing::TempTree files;
    envkeep::testing::TempTree home;
    std::optional<envkeep::testing::RunningProgram> server;
    std::map<std::string, std::string> variables;
    std::string token_variable;
    std::string token_place;
    SshLimits limits;
    model::Finding finding;
};

TEST_F(GitOverHttp, ClonesWithTheAuthorityThatAVariableNames) {
    serve_tls();
    variables["SSL_CERT_FILE"] = files / "ca.pem";

    ASSERT_EQ(clone(url("https", "x.git")), 0) << finding.title;
    EXPECT_EQ(files.content("copy/one"), "one");
}

TEST_F(GitOverHttp, ClonesWithTheAuthorityThatTheConfigurationNames) {
    serve_tls();
    home.file(".gitconfig", "[http]\n\tsslCAInfo = " + (files / "ca.pem") + "\n");

    EXPECT_EQ(clone(url("https", "x.git")), 0) << finding.title;
}

TEST_F(GitOverHttp, DoesNotTrustAnUnknownAuthority) {
    serve_tls();

    ASSERT_NE(clone(url("https", "x.git")), 0);

    EXPECT_EQ(finding.id, "git-certificate-untrusted");
    EXPECT_EQ(finding.title, "the certificate of 127.0.0.1 is not trusted");
    EXPECT_FALSE(files.exists("copy"));
}

TEST_F(GitOverHttp, OffersWhatGitsStoreHas) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    home.file(".git-credentials", "https://me:sesame@127.0.0.1:" + server->first_line() + "\n");

    EXPECT_EQ(clone(url("https", "x.git")), 0) << finding.title;
}

TEST_F(GitOverHttp, OffersWhatNetrcHas) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    home.file(".netrc",
              "machine other.example login me password wrong\n"
              "machine 127.0.0.1\n\tlogin me\n\tpassword sesame\n",
              0600);

    EXPECT_EQ(clone(url("https", "x.git")), 0) << finding.title;
    EXPECT_EQ(files.content("copy/one"), "one");
}

TEST_F(GitOverHttp, TellsThatNetrcIsRefusedAndNeverItsPassword) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    home.file(".netrc", "machine 127.0.0.1 login me password wrong-one\n", 0600);

    ASSERT_NE(clone(url("https", "x.git")), 0);

    EXPECT_EQ(finding.id, "git-token-refused");
    EXPECT_THAT(finding.evidence, Contains(HasSubstr("~/.netrc")));
    EXPECT_THAT(::testing::PrintToString(finding.evidence) + finding.title + finding.fix.text,
                Not(HasSubstr("wrong-one")));
}

TEST_F(GitOverHttp, TellsThatATokenIsNeeded) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";

    ASSERT_NE(clone(url("https", "x.git")), 0);

    EXPECT_EQ(finding.id, "git-token-needed");
}

TEST_F(GitOverHttp, TellsWhichTokenIsRefusedAndNeverTheToken) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    home.file(".git-credentials", "https://me:wrong@127.0.0.1:" + server->first_line() + "\n");

    ASSERT_NE(clone(url("https", "x.git")), 0);

    EXPECT_EQ(finding.id, "git-token-refused");
    EXPECT_THAT(finding.evidence, Contains("offered: ~/.git-credentials:1"));
    EXPECT_THAT(::testing::PrintToString(finding.evidence) + finding.title + finding.fix.text,
                Not(HasSubstr("wrong")));
}

// `url.<base>.insteadOf` may bring one.
TEST_F(GitOverHttp, NeverTellsTheUserOfAnAddressWhichMayBeAToken) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    std::string address = url("https", "x.git");
    address.insert(std::string_view("https://").size(), "ghp_secret@");

    ASSERT_NE(clone(address), 0);

    EXPECT_THAT(finding.id, ::testing::StartsWith("git-token"));
    EXPECT_THAT(::testing::PrintToString(finding.evidence) + finding.title + finding.fix.text +
                    ::testing::PrintToString(finding.fix.commands),
                Not(HasSubstr("ghp_secret")));
}

TEST_F(GitOverHttp, AsksNobodyWhereThePasswordStandsInTheAddress) {
    serve_tls({"--let", "me:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    std::string address = url("https", "x.git");
    address.insert(std::string_view("https://").size(), "me:sesame@");

    ASSERT_NE(clone(address), 0);

    EXPECT_EQ(finding.id, "git-url-refused");
    EXPECT_THAT(::testing::PrintToString(finding.evidence) + finding.title,
                Not(HasSubstr("sesame")));
}

TEST_F(GitOverHttp, TellsThatThereIsNoRepository) {
    serve({});

    ASSERT_NE(clone(url("http", "nothing.git")), 0);

    EXPECT_EQ(finding.id, "git-repository-missing");
}

// The token is for the first host, and another gets none.
TEST_F(GitOverHttp, GivesNoTokenToWhereItIsSentOn) {
    serve_tls({"--let", "oauth2:sesame"});
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    const envkeep::testing::RunningProgram other({"/usr/bin/python3",
                                                  ENVKEEP_TESTS_DIR "/peers/git_http.py",
                                                  files / "served",
                                                  "--tls",
                                                  files / "certificate.pem",
                                                  files / "key.pem",
                                                  "--redirect",
                                                  "https://127.0.0.1:" + server->first_line()});
    home.file(".git-credentials", "https://oauth2:sesame@127.0.0.1:" + other.first_line() + "\n");

    ASSERT_NE(clone("https://127.0.0.1:" + other.first_line() + "/x.git"), 0);

    EXPECT_EQ(finding.id, "git-token-needed");

    // Nor that of the manifest, which is there for both.
    token_variable = "MY_TOKEN";
    token_place = "127.0.0.1:" + other.first_line();
    variables["MY_TOKEN"] = "sesame";

    ASSERT_NE(clone("https://127.0.0.1:" + other.first_line() + "/x.git"), 0);

    EXPECT_EQ(finding.id, "git-token-needed");
    EXPECT_THAT(finding.evidence,
                ElementsAre(fmt::format("the token of MY_TOKEN is for {} and not given to "
                                        "127.0.0.1:{}",
                                        token_place,
                                        server->first_line())));
}

TEST_F(GitOverHttp, TellsThatNobodyListens) {
    serve({});
    const std::string gone = url("http", "x.git");
    server.reset();

    ASSERT_NE(clone(gone), 0);

    EXPECT_EQ(finding.id, "git-host-refuses");
}

TEST_F(GitOverHttp, DoesNotWaitWithoutEndForAnAnswer) {
    // Takes what comes, and says nothing until the other side has gone.
    const envkeep::testing::LoopbackServer silent([](const posix::Fd& client) {
        std::array<char, 512> some{};
        while (::recv(client.get(), some.data(), some.size(), 0) > 0) {
        }
    });
    limits.stall = std::chrono::milliseconds(100);

    for (const std::string scheme : {"http", "https", "git"}) {
        ASSERT_NE(clone(fmt::format("{}://127.0.0.1:{}/x.git", scheme, silent.port())), 0);
        EXPECT_EQ(finding.id, "git-host-silent") << scheme << ": " << finding.title;
        EXPECT_THAT(finding.title, ::testing::EndsWith("/x.git does not answer in time"));
        EXPECT_EQ(finding.fix.text.find("https_proxy") != std::string::npos, scheme != "git");
    }
}

TEST_F(GitOverHttp, GoesThroughTheProxyOfTheConfiguration) {
    std::string asked;
    {
        const envkeep::testing::LoopbackServer proxy([&](const posix::Fd& client) {
            std::array<char, 512> some{};
            const ::ssize_t count = ::recv(client.get(), some.data(), some.size(), 0);
            asked.assign(some.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        });
        home.file(".gitconfig",
                  fmt::format("[http]\n\tproxy = http://127.0.0.1:{}\n", proxy.port()));

        EXPECT_NE(clone("https://git.example/x.git"), 0);
    }
    EXPECT_THAT(asked, ::testing::StartsWith("CONNECT git.example:443 "));
}

TEST_F(GitOverHttp, GoesThroughTheProxyOfAVariableAndPastItWhereNoProxySaysSo) {
    serve_tls();
    variables["SSL_CERT_FILE"] = files / "ca.pem";
    const envkeep::testing::LoopbackServer proxy([](const posix::Fd&) {});
    const std::string address = fmt::format("http://127.0.0.1:{}", proxy.port());
    ASSERT_EQ(::setenv("https_proxy", address.c_str(), 1), 0);

    EXPECT_NE(clone(url("https", "x.git")), 0);
    const int asked = proxy.connections();
    ::setenv("NO_PROXY", "127.0.0.1", 1);
    EXPECT_EQ(clone(url("https", "x.git")), 0) << finding.title;

    EXPECT_GT(asked, 0);
    EXPECT_EQ(proxy.connections(), asked);
    ::unsetenv("https_proxy");
    ::unsetenv("NO_PROXY");
}

}  // namespace
}  // namespace envkeep::git
