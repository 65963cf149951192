// SPDX-License-Identifier: MIT
#include "git/ssh_offers.hpp"

#include "git/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::git {
namespace {

using ::testing::StartsWith;

// KEXINIT as a server sends it in the clear.
std::string kexinit(const std::vector<std::string>& lists) {
    std::string payload = std::string(1, 20) + std::string(16, 'c');
    for (const std::string& list : lists) {
        payload += wire_string(list);
    }
    return wire_number(static_cast<std::uint32_t>(payload.size() + 1)) + std::string(1, '\0') +
           payload;
}

std::vector<std::string> good_lists() {
    return {"curve25519-sha256",
            "ssh-ed25519",
            "aes128-ctr",
            "aes128-ctr",
            "hmac-sha2-256",
            "hmac-sha2-256"};
}

TEST(SshOffers, AsksFirstForTheKeysThatAreKnown) {
    EXPECT_THAT(host_key_algorithms({"ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256"}),
                StartsWith("rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519,"));
    EXPECT_EQ(host_key_algorithms({}), Algorithms::host_key);
}

TEST(SshOffers, FindsThatAllIsCommon) {
    const ServerGreeting greeting = read_greeting("SSH-2.0-x\r\n" + kexinit(good_lists()));

    EXPECT_TRUE(greeting.is_ssh);
    EXPECT_EQ(greeting.first_line, "SSH-2.0-x");
    EXPECT_EQ(greeting.nothing_common, std::nullopt);
}

TEST(SshOffers, NamesWhatIsNotCommon) {
    const std::vector<std::string> expected{"key exchange",
                                            "host keys",
                                            "ciphers",
                                            "ciphers",
                                            "message authentication",
                                            "message authentication"};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        std::vector<std::string> lists = good_lists();
        lists[i] = "of-old,older\x1b";

        const ServerGreeting greeting = read_greeting("SSH-2.0-x\r\n" + kexinit(lists));

        EXPECT_EQ(greeting.nothing_common, expected[i] + ": it offers only of-old,older\\x1b");
    }
}

TEST(SshOffers, SkipsWhatAServerSaysBefore) {
    const ServerGreeting greeting = read_greeting("hello\r\nyou\r\nSSH-2.0-x\r\n");

    EXPECT_TRUE(greeting.is_ssh);
    EXPECT_EQ(greeting.first_line, "SSH-2.0-x");
}

// At any length of what came.
TEST(SshOffers, IsSafeWithPartsOfAGreeting) {
    std::vector<std::string> lists = good_lists();
    lists[0] = "of-old";
    const std::string whole = "SSH-2.0-x\r\n" + kexinit(lists);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ServerGreeting greeting = read_greeting(std::string_view(whole).substr(0, size));
        EXPECT_EQ(greeting.is_ssh, size >= 4) << size;
    }
    EXPECT_FALSE(read_greeting(std::string(9000, '\n')).is_ssh);
    EXPECT_EQ(read_greeting("\x16\x03\x01").first_line, "\\x16\\x03\\x01");
}

}  // namespace
}  // namespace envkeep::git
