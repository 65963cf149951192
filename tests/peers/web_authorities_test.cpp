// SPDX-License-Identifier: MIT
// A real https server whose authority only a variable names, and proxies that make no tunnel.
#include "peers/remote_copy.hpp"

#include <gmock/gmock.h>

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using envkeep::testing::answer_request;
using envkeep::testing::connect_to;
using envkeep::testing::LoopbackServer;
using envkeep::testing::ServerBehindProxy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::Not;
using ::testing::StartsWith;
using testing::text_of;

struct Authority {
    std::string variable;
    std::string path;  // below the tree
};

class AuthorityOfAVariable : public envkeep::testing::RemoteCopy,
                             public ::testing::WithParamInterface<Authority> {};

TEST_P(AuthorityOfAVariable, IsTrustedAndNoOther) {
    serve_https();
    variables_.clear();
    EXPECT_THAT(ids_of(bring()), ElementsAre("git-certificate-untrusted"));
    // As `c_rehash` names it in a folder of certificates.
    shell("mkdir certificates && cp ca.pem certificates/$(openssl x509 -hash -noout -in ca.pem).0");
    const auto [variable, path] = GetParam();
    variables_[variable] =
        path.starts_with(':') ? tree_ / "nowhere:" + tree_ / path.substr(1) : tree_ / path;

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    expect_in_order();
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         AuthorityOfAVariable,
                         ::testing::Values(Authority{"GIT_SSL_CAINFO", "ca.pem"},
                                           Authority{"GIT_SSL_CAPATH", "certificates"},
                                           Authority{"SSL_CERT_FILE", "ca.pem"},
                                           Authority{"CURL_CA_BUNDLE", "ca.pem"},
                                           Authority{"REQUESTS_CA_BUNDLE", "ca.pem"},
                                           Authority{"SSL_CERT_DIR", "certificates"},
                                           // A list, as of $PATH.
                                           Authority{"SSL_CERT_DIR", ":certificates"}),
                         [](const auto& test) {
                             return test.param.variable +
                                    (test.param.path.starts_with(':') ? "_list" : "");
                         });

class NoTunnel : public envkeep::testing::RemoteCopy {
  protected:
    NoTunnel() { serve_https(); }

    // Through a proxy that answers so to the request for a tunnel; "" keeps the connection, and
    // says nothing.
    CopyReport bring_through(const std::string& answer) {
        const LoopbackServer proxy([&](const posix::Fd& client) {
            asked_ = answer_request(client, answer);
            if (answer.empty()) {
                answer_request(client, "");  // until the other side has gone
            }
        });
        go_through(proxy.port());
        return bring();
    }

    std::string asked_;
};

TEST_F(NoTunnel, WhereTheProxyStallsEndsAtTheLimit) {
    client_.limits.stall = 100ms;

    const CopyReport report = bring_through("");

    EXPECT_THAT(ids_of(report), ElementsAre("git-host-silent")) << text_of(report);
    EXPECT_THAT(asked_, StartsWith(fmt::format("CONNECT 127.0.0.1:{} ", proxy_->port())));
    EXPECT_FALSE(tree_.exists("copy"));
}

TEST_F(NoTunnel, WhereTheProxyEndsWithinItsAnswerIsTold) {
    const CopyReport report = bring_through("HTTP/1.1 200 Conn");

    EXPECT_THAT(ids_of(report), ElementsAre("git-connection-lost")) << text_of(report);
    EXPECT_FALSE(tree_.exists("copy"));
}

TEST_F(NoTunnel, WhereTheProxyRefusesItIsToldWithItsAnswer) {
    const CopyReport report =
        bring_through("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");

    EXPECT_THAT(ids_of(report), ElementsAre("git-connection-lost")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("502"));
    EXPECT_TRUE(report.is_network_at_fault);
}

// A proxy that makes a tunnel only for `me` with the password `sesame`.
class ProxyWithPassword : public envkeep::testing::RemoteCopy,
                          public ::testing::WithParamInterface<std::string> {
  protected:
    ProxyWithPassword() {
        serve_https();
        const std::uint16_t web = web_port();
        const auto say = [](const posix::Fd& client, const std::string& words) {
            ::send(client.get(), words.data(), words.size(), MSG_NOSIGNAL);
        };
        proxy_ = std::make_unique<ServerBehindProxy>(
            [web] { return connect_to(web); },
            [say](const posix::Fd& client) {
                for (;;) {
                    const std::string asked = answer_request(client, "");
                    if (!asked.ends_with("\r\n\r\n")) {
                        return;
                    }
                    // Of me:sesame.
                    if (asked.find("Proxy-Authorization: Basic bWU6c2VzYW1l\r\n") !=
                        std::string::npos) {
                        say(client, "HTTP/1.1 200 Connection established\r\n\r\n");
                        return;
                    }
                    say(client,
                        "HTTP/1.1 407 Proxy Authentication Required\r\n"
                        "Proxy-Authenticate: Basic realm=\"proxy\"\r\n" +
                            GetParam() + "Content-Length: 0\r\n\r\n");
                    if (!GetParam().empty()) {
                        ::shutdown(client.get(), SHUT_RDWR);
                    }
                }
            });
        base_ = fmt::format("https://127.0.0.1:{}/", web);
    }

    CopyReport bring_as(const std::string& user) {
        tree_.file("home/.gitconfig",
                   fmt::format("{}[http]\n\tproxy = http://{}127.0.0.1:{}\n",
                               tree_.content("home/.gitconfig"),
                               user,
                               proxy_->port()));
        return bring();
    }
};

TEST_P(ProxyWithPassword, MakesATunnelForTheOneOfTheConfiguration) {
    const CopyReport report = bring_as("me:sesame@");

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    expect_in_order();
}

TEST_P(ProxyWithPassword, IsToldWhereItRefusesOneAndNeverThePassword) {
    const CopyReport report = bring_as("me:wrong-one@");

    EXPECT_THAT(ids_of(report), ElementsAre("git-proxy-refused")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("the proxy on the way to https://127.0.0.1:"));
    EXPECT_THAT(text_of(report), Not(HasSubstr("wrong-one")));
    EXPECT_FALSE(tree_.exists("copy"));
}

TEST_P(ProxyWithPassword, IsToldWhereItGetsNone) {
    const CopyReport report = bring_as("");

    EXPECT_THAT(ids_of(report), ElementsAre("git-proxy-refused")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("the proxy on the way to https://127.0.0.1:"));
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         ProxyWithPassword,
                         ::testing::Values("", "Connection: close\r\n"),
                         [](const auto& test) {
                             return test.param.empty() ? "thatGoesOn" : "thatCloses";
                         });

}  // namespace
}  // namespace envkeep::git
