// SPDX-License-Identifier: MIT
#include "envkeep/git/host_keys.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// No real keys: the wire format is the type and anything.
HostKey key_of(const std::string& type, std::string_view material = "material") {
    HostKey key{.type = type, .blob = {'\0', '\0', '\0', static_cast<char>(type.size())}};
    key.blob += type;
    key.blob += material;
    return key;
}

std::string line_of(std::string_view names, const HostKey& key) {
    return std::string(names) + " " + key.type + " " + base64_encoded(key.blob) + "\n";
}

const HostKey ed25519 = key_of("ssh-ed25519");
const HostKey rsa = key_of("ssh-rsa");
const HostKey other_rsa = key_of("ssh-rsa", "other");

HostKeyAnswer answer(const std::string& text,
                     const HostKey& key,
                     const std::string& host = "h.example",
                     std::uint16_t port = 22) {
    KnownHosts hosts;
    hosts.add(text, "kh");
    return hosts.check(host, port, key);
}

HostKeyVerdict verdict(const std::string& text,
                       const HostKey& key,
                       const std::string& host = "h.example",
                       std::uint16_t port = 22) {
    return answer(text, key, host, port).verdict;
}

TEST(KnownHosts, SaysWhichLineKnowsAKey) {
    const HostKeyAnswer found = answer("# mine\n\n" + line_of("h.example", ed25519), ed25519);

    EXPECT_EQ(found.verdict, HostKeyVerdict::known);
    EXPECT_EQ(found.source, "kh:3");
    EXPECT_THAT(found.expected, IsEmpty());
}

TEST(KnownHosts, KnowNothingOfAnotherHost) {
    EXPECT_EQ(verdict(line_of("h.example", rsa), rsa, "other.example"), HostKeyVerdict::unknown);
    EXPECT_EQ(verdict("", rsa), HostKeyVerdict::unknown);
}

TEST(KnownHosts, NameWhatWasExpectedOfAChangedKey) {
    const HostKeyAnswer found =
        answer(line_of("h.example", rsa) + line_of("h.example", ed25519), other_rsa);

    EXPECT_EQ(found.verdict, HostKeyVerdict::changed);
    EXPECT_EQ(found.source, "kh:1");
    EXPECT_THAT(found.expected,
                ElementsAre("ssh-rsa " + fingerprint(rsa.blob) + " (kh:1)",
                            "ssh-ed25519 " + fingerprint(ed25519.blob) + " (kh:2)"));
}

TEST(KnownHosts, TakeOneGoodLineAmongOthersOfTheHost) {
    EXPECT_EQ(verdict(line_of("h.example", other_rsa) + line_of("h.example", rsa), rsa),
              HostKeyVerdict::known);
}

TEST(KnownHosts, TakeLinesOfSeveralFilesTogether) {
    KnownHosts hosts;
    hosts.add(line_of("h.example", other_rsa), "one");
    hosts.add(line_of("h.example", rsa), "two");

    EXPECT_EQ(hosts.check("h.example", 22, rsa).source, "two:1");
}

TEST(KnownHosts, SayThatAnAuthorityIsNotSupported) {
    const HostKeyAnswer found = answer(line_of("@cert-authority *.example", rsa), rsa);

    EXPECT_EQ(found.verdict, HostKeyVerdict::unknown);
    EXPECT_THAT(found.unsupported, ElementsAre("@cert-authority (kh:1)"));
}

TEST(KnownHosts, RefuseARevokedKeyThatIsKnownToo) {
    const HostKeyAnswer found = answer(line_of("h.example", rsa) + line_of("@revoked *", rsa), rsa);

    EXPECT_EQ(found.verdict, HostKeyVerdict::revoked);
    EXPECT_EQ(found.source, "kh:2");
}

TEST(KnownHosts, TakeARevokedKeyOfTheUsualPortForRevokedElsewhere) {
    EXPECT_EQ(verdict(line_of("@revoked h.example", rsa), rsa, "h.example", 2222),
              HostKeyVerdict::revoked);
}

TEST(KnownHosts, PassOverWhatCannotBeRead) {
    const std::string good = base64_encoded(rsa.blob);
    for (const std::string& line : {"@bogus h.example ssh-rsa " + good,
                                    "h.example ssh-ed25519 " + good,
                                    "h.example ssh-rsa " + good.substr(1),
                                    std::string("h.example ssh-rsa"),
                                    std::string("h.example"),
                                    std::string("@revoked"),
                                    std::string("h.example 1024 35 1234567"),
                                    std::string("\0\xff\xfe", 3),
                                    "|1|AAAA|BBBB ssh-rsa " + good,
                                    "|2|| ssh-rsa " + good,
                                    "| ssh-rsa " + good}) {
        EXPECT_EQ(verdict(line + "\n", rsa), HostKeyVerdict::unknown) << line;
    }
}

TEST(KnownHosts, AreFastOnPatternsThatInviteToGoBack) {
    const std::string stars = [] {
        std::string text;
        for (int i = 0; i < 200; ++i) {
            text += "*a";
        }
        return text;
    }();

    EXPECT_EQ(verdict(line_of(stars + "b", rsa), rsa, std::string(400, 'a')),
              HostKeyVerdict::unknown);
}

TEST(KnownHosts, NameTheTypesOfAHostInOrder) {
    KnownHosts hosts;
    hosts.add(line_of("h.example", ed25519) + line_of("h.example", rsa) +
                  line_of("[h.example]:2222", key_of("ecdsa-sha2-nistp256")) +
                  line_of("h.example", other_rsa) + line_of("x", key_of("ssh-dss")) +
                  line_of("@revoked h.example", key_of("ecdsa-sha2-nistp384")),
              "kh");

    EXPECT_THAT(hosts.types_of("H.example", 22), ElementsAre("ssh-ed25519", "ssh-rsa"));
    EXPECT_THAT(hosts.types_of("h.example", 2222),
                ElementsAre("ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"));
    EXPECT_THAT(hosts.types_of("unknown.example", 22), IsEmpty());
}

struct Published {
    std::string host;
    std::string type;
    std::string fingerprint;  // as the host's owner publishes it
};

class PublishedKeys : public ::testing::TestWithParam<Published> {};

// The fingerprints are from other pages than the keys.
TEST_P(PublishedKeys, HaveThePublishedFingerprints) {
    KnownHosts hosts;
    hosts.add_published();

    const HostKeyAnswer found = hosts.check(GetParam().host, 22, key_of("none"));

    EXPECT_THAT(found.expected,
                ::testing::Contains(GetParam().type + " " + GetParam().fingerprint + " (built in)"));
    EXPECT_THAT(hosts.types_of(GetParam().host, 22),
                ElementsAre("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"));
}

INSTANTIATE_TEST_SUITE_P(
    GitHub,
    PublishedKeys,
    ::testing::Values(
        Published{
            "github.com", "ssh-ed25519", "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"},
        Published{"github.com",
                  "ecdsa-sha2-nistp256",
                  "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM"},
        Published{"github.com", "ssh-rsa", "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s"}));
INSTANTIATE_TEST_SUITE_P(
    GitLab,
    PublishedKeys,
    ::testing::Values(
        Published{
            "gitlab.com", "ssh-ed25519", "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"},
        Published{"gitlab.com",
                  "ecdsa-sha2-nistp256",
                  "SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw"},
        Published{"gitlab.com", "ssh-rsa", "SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ"}));
INSTANTIATE_TEST_SUITE_P(
    Bitbucket,
    PublishedKeys,
    ::testing::Values(Published{"bitbucket.org",
                              "ssh-ed25519",
                              "SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM"},
                    Published{"bitbucket.org",
                              "ecdsa-sha2-nistp256",
                              "SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0"},
                    Published{"bitbucket.org",
                              "ssh-rsa",
                              "SHA256:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E"}));
INSTANTIATE_TEST_SUITE_P(
    Codeberg,
    PublishedKeys,
    ::testing::Values(Published{"codeberg.org",
                              "ssh-ed25519",
                              "SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g"},
                    Published{"codeberg.org",
                              "ecdsa-sha2-nistp256",
                              "SHA256:T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E"},
                    Published{"codeberg.org",
                              "ssh-rsa",
                              "SHA256:6QQmYi4ppFS4/+zSZ5S4IU+4sa6rwvQ4PbhCtPEBekQ"}));

TEST(PublishedKeysOfGitHub, CountOnItsHttpsPortToo) {
    KnownHosts hosts;
    hosts.add_published();

    EXPECT_EQ(hosts.types_of("ssh.github.com", 443).size(), 3U);
    EXPECT_THAT(hosts.types_of("ssh.github.com", 22), IsEmpty());
}

}  // namespace
}  // namespace envkeep::git
