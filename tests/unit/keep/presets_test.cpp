// SPDX-License-Identifier: MIT
#include "envkeep/core/secrets.hpp"
#include "envkeep/keep/modes.hpp"

#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using system::Kind;

std::uint32_t ssh_bound(std::string_view path, bool is_key = false) {
    return bound_of(Preset::ssh, RelPath::parse(path).value(), Kind::file, is_key);
}

TEST(SshPreset, KeepsPrivateFilesToTheirOwner) {
    EXPECT_EQ(ssh_bound(".ssh/id_rsa"), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/id_ed25519_sk"), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/identity"), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/config"), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/authorized_keys"), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/authorized_keys2"), 0600U);
}

TEST(SshPreset, LetsOthersReadWhatIsPublic) {
    EXPECT_EQ(ssh_bound(".ssh/id_rsa.pub"), 0644U);
    EXPECT_EQ(ssh_bound(".ssh/id_rsa-cert.pub"), 0644U);
    EXPECT_EQ(ssh_bound(".ssh/known_hosts"), 0644U);
    EXPECT_EQ(ssh_bound(".ssh/known_hosts.old"), 0644U);
}

TEST(SshPreset, LetsTheOwnerRunWhatElseIsThere) {
    EXPECT_EQ(ssh_bound(".ssh/proxy.sh"), 0700U);
}

TEST(SshPreset, TakesAKeyForAKeyWhateverItsName) {
    EXPECT_EQ(ssh_bound(".ssh/work", true), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/id_rsa.pub", true), 0600U);
    EXPECT_EQ(ssh_bound(".ssh/known_hosts", true), 0600U);
}

TEST(SshPreset, KeepsFoldersToTheirOwner) {
    EXPECT_EQ(bound_of(Preset::ssh, {}, Kind::folder, false), 0700U);
}

TEST(SecretsPreset, KeepsAllToTheOwner) {
    EXPECT_EQ(bound_of(Preset::secrets, {}, Kind::folder, false), 0700U);
    EXPECT_EQ(bound_of(Preset::secrets, {}, Kind::file, false), 0600U);
}

TEST(NoPreset, BoundsNothing) {
    EXPECT_EQ(bound_of(Preset::none, {}, Kind::folder, false), 07777U);
    EXPECT_EQ(bound_of(Preset::none, {}, Kind::file, true), 07777U);
}

class PrivateKeys : public ::testing::TestWithParam<std::string_view> {};

TEST_P(PrivateKeys, AreKnownByTheirFirstBytes) {
    EXPECT_TRUE(is_private_key(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    PrivateKeys,
    ::testing::Values("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n",
                      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
                      "-----BEGIN EC PRIVATE KEY-----\n",
                      "-----BEGIN PRIVATE KEY-----\r\n",
                      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
                      "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
                      "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
                      "PuTTY-User-Key-File-3: ssh-ed25519\n",
                      "SSH PRIVATE KEY FILE FORMAT 1.1\n",
                      "\xEF\xBB\xBF-----BEGIN RSA PRIVATE KEY-----\n",
                      "Bag Attributes\n    localKeyID: 01\n-----BEGIN PRIVATE KEY-----\n",
                      "KEY='-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n",
                      R"({"private_key": "-----BEGIN PRIVATE KEY-----\nMIIE"})"));

TEST(PrivateKeys, AreKnownInUtf16) {
    std::string text = "\xFF\xFE";
    for (const char c : std::string_view("-----BEGIN OPENSSH PRIVATE KEY-----")) {
        text += c;
        text += '\0';
    }

    EXPECT_TRUE(is_private_key(text));
}

class NoPrivateKeys : public ::testing::TestWithParam<std::string_view> {};

TEST_P(NoPrivateKeys, AreNotTakenForOne) {
    EXPECT_FALSE(is_private_key(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         NoPrivateKeys,
                         ::testing::Values("",
                                           "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n",
                                           "-----BEGIN PUBLIC KEY-----\n",
                                           "-----BEGIN CERTIFICATE-----\nPRIVATE KEY\n",
                                           "# put your PRIVATE KEY here\n",
                                           "grep -q '-----BEGIN RSA PRIVATE KEY-----' \"$1\"\n",
                                           R"(key = "-----BEGIN PRIVATE KEY-----\n" + text)",
                                           "Host github.com\n    IdentityFile ~/.ssh/id_rsa\n"));

}  // namespace
}  // namespace envkeep::keep
