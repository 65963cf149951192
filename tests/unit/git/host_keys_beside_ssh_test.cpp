// SPDX-License-Identifier: MIT
// What a real ssh makes of a real server's key and a known_hosts file, and what we make of it.
#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/git/host_keys.hpp"
#include "support/temp_tree.hpp"
#include "unit/git/real_ssh.hpp"

#include <gmock/gmock.h>

#include <memory>

namespace envkeep::git {
namespace {

// KEY is the server's key, OTHER another of its type, ELSE one of another type.
struct Case {
    std::string name;
    std::string known_hosts;
    std::string arguments;  // of ssh, before the command
    std::string host;
    std::uint16_t port;
    HostKeyVerdict verdict;
};

class HostKeysBesideSsh : public ::testing::TestWithParam<Case> {
  public:
    static void SetUpTestSuite() {
        keys = std::make_unique<envkeep::testing::TempTree>();
        for (const auto& [name, type] : {std::pair("key", "ed25519"),
                                         std::pair("other", "ed25519"),
                                         std::pair("else", "ecdsa")}) {
            ASSERT_EQ(printed_by("ssh-keygen -q -t " + std::string(type) + " -N '' -C '' -f " +
                                 (*keys / name)),
                      "");
        }
        ASSERT_EQ(printed_by("mkdir -p /run/sshd"), "");
    }

    static void TearDownTestSuite() { keys.reset(); }

  protected:
    static std::string public_key(std::string_view name) {
        return std::string(trimmed(keys->content(std::string(name) + ".pub")));
    }

    static HostKey server_key() {
        const std::string text = public_key("key");
        const std::vector<std::string_view> words = split(text, ' ');
        return {.type = std::string(words[0]), .blob = base64_decoded(words[1]).value_or("")};
    }

    static std::string with_keys(std::string text) {
        for (const auto& [word, name] :
             {std::pair("KEY", "key"), std::pair("OTHER", "other"), std::pair("ELSE", "else")}) {
            for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
                text.replace(at, std::string_view(word).size(), public_key(name));
            }
        }
        return text;
    }

    static inline std::unique_ptr<envkeep::testing::TempTree> keys;
};

HostKeyVerdict verdict_in(const std::string& words) {
    if (words.find("REVOKED HOST KEY") != std::string::npos) {
        return HostKeyVerdict::revoked;
    }
    if (words.find("IDENTIFICATION HAS CHANGED") != std::string::npos) {
        return HostKeyVerdict::changed;
    }
    if (words.find("host key is known for") != std::string::npos) {
        return HostKeyVerdict::unknown;
    }
    EXPECT_NE(words.find("Permission denied"), std::string::npos) << words;
    return HostKeyVerdict::known;
}

TEST_P(HostKeysBesideSsh, AreJudgedAlike) {
    const Case& given = GetParam();
    keys->file("known_hosts", with_keys(given.known_hosts));
    if (given.name.starts_with("Hashed")) {
        static_cast<void>(printed_by("ssh-keygen -q -H -f " + (*keys / "known_hosts")));
    }
    KnownHosts hosts;
    hosts.add(keys->content("known_hosts"), "kh");

    const std::string words = printed_by(
        "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentityFile=/none "
        "-o GlobalKnownHostsFile=/none -o UserKnownHostsFile=" +
        (*keys / "known_hosts") +
        " -o 'ProxyCommand=/usr/sbin/sshd -i -f /dev/null -o UsePAM=no -o LogLevel=QUIET -h " +
        (*keys / "key") + "' " + given.arguments + " true");

    EXPECT_EQ(verdict_in(words), given.verdict) << words;
    EXPECT_EQ(hosts.check(given.host, given.port, server_key()).verdict, given.verdict);
}

constexpr auto known = HostKeyVerdict::known;
constexpr auto unknown = HostKeyVerdict::unknown;
constexpr auto changed = HostKeyVerdict::changed;
constexpr auto revoked = HostKeyVerdict::revoked;

INSTANTIATE_TEST_SUITE_P(
    Files,
    HostKeysBesideSsh,
    ::testing::Values(
        Case{"Plain", "h.example KEY\n", "h.example", "h.example", 22, known},
        Case{"OtherKey", "h.example OTHER\n", "h.example", "h.example", 22, changed},
        Case{"OtherType", "h.example ELSE\n", "h.example", "h.example", 22, changed},
        Case{"OtherAndRight", "h OTHER\nh ELSE\nh KEY\n", "h", "h", 22, known},
        Case{"Nothing", "x.example KEY\n", "h.example", "h.example", 22, unknown},
        Case{"SeveralNames", "a,h.example,10.0.0.1 KEY\n", "h.example", "h.example", 22, known},
        Case{"Pattern", "*.exam?le KEY\n", "h.example", "h.example", 22, known},
        Case{"RuledOut", "*.example,!h.* KEY\n", "h.example", "h.example", 22, unknown},
        Case{"Letters", "H.Example KEY\n", "h.EXAMPLE", "h.EXAMPLE", 22, known},
        Case{"Port", "[h.example]:2222 KEY\n", "-p 2222 h.example", "h.example", 2222, known},
        Case{"UsualPortInBrackets", "[h]:22 KEY\n", "h", "h", 22, unknown},
        Case{"KnownOfTheUsualPort", "h KEY\n", "-p 2222 h", "h", 2222, known},
        Case{"OtherOnTheUsualPort", "h OTHER\n", "-p 2222 h", "h", 2222, unknown},
        Case{"OtherOnThisPort", "[h]:2222 OTHER\nh KEY\n", "-p 2222 h", "h", 2222, changed},
        Case{"Hashed", "h.example KEY\n", "H.example", "H.example", 22, known},
        Case{"HashedPort", "[h]:2222 KEY\n", "-p 2222 h", "h", 2222, known},
        Case{"HashedOther", "h OTHER\n", "h", "h", 22, changed},
        Case{"Alias", "ali KEY\n", "-o HostKeyAlias=Ali -p 2222 h", "Ali", 22, known},
        Case{"Address", "[::1]:2222 KEY\n", "-p 2222 ::1", "::1", 2222, known},
        Case{"Revoked", "@revoked * KEY\nh KEY\n", "h", "h", 22, revoked},
        Case{"RevokedElsewhere", "@revoked x KEY\nh KEY\n", "h", "h", 22, known},
        Case{"Authority", "@cert-authority h ELSE\n", "h", "h", 22, unknown},
        Case{"UnknownMark", "@bogus h KEY\n", "h", "h", 22, unknown},
        Case{"Ends", "  h\tKEY me@there\r\n", "h", "h", 22, known},
        Case{"Cut", "h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAA\n", "h", "h", 22, unknown}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace envkeep::git
