// SPDX-License-Identifier: MIT
#include "git/key_file.hpp"

#include "envkeep/core/encoding.hpp"
#include "git/wire.hpp"

#include <gtest/gtest.h>

#include <string>

namespace envkeep::git {
namespace {

std::string ed25519_blob() {
    return wire_string("ssh-ed25519") + wire_string(std::string(32, 'k'));
}

std::string openssh_file(const std::string& cipher) {
    const std::string bytes = std::string("openssh-key-v1\0", 15) + wire_string(cipher) +
                              wire_string("none") + wire_string("") + wire_number(1) +
                              wire_string(ed25519_blob()) + wire_string("secret part");
    return "-----BEGIN OPENSSH PRIVATE KEY-----\r\n" + base64_encoded(bytes) +
           "\r\n-----END OPENSSH PRIVATE KEY-----\r\n";
}

TEST(KeyFile, ShowsThePublicPartOfAnEncryptedKeyToo) {
    const KeyFile open = look_at_key_file(openssh_file("none"));
    const KeyFile encrypted = look_at_key_file(openssh_file("aes256-ctr"));

    EXPECT_EQ(open.kind, KeyFileKind::open);
    EXPECT_EQ(open.public_blob, ed25519_blob());
    EXPECT_EQ(encrypted.kind, KeyFileKind::encrypted);
    EXPECT_EQ(encrypted.public_blob, ed25519_blob());
}

TEST(KeyFile, KnowsWhatIsNoPrivateKey) {
    const std::string line = "ssh-ed25519 " + base64_encoded(ed25519_blob()) + " me\n";

    EXPECT_EQ(look_at_key_file(line).kind, KeyFileKind::public_key);
    EXPECT_EQ(look_at_key_file(line).public_blob, ed25519_blob());
    EXPECT_EQ(look_at_key_file("PuTTY-User-Key-File-2: ssh-rsa").kind, KeyFileKind::putty);
    EXPECT_EQ(look_at_key_file("").kind, KeyFileKind::unknown);
    EXPECT_EQ(look_at_key_file("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n").kind,
              KeyFileKind::unknown);
    EXPECT_EQ(look_at_key_file("-----BEGIN ENCRYPTED PRIVATE KEY-----\n").kind,
              KeyFileKind::encrypted);
}

TEST(KeyFile, IsSafeWithPartsOfAKey) {
    const std::string whole = openssh_file("none");
    for (std::size_t size = 0; size + 40 < whole.size(); ++size) {
        EXPECT_EQ(look_at_key_file(whole.substr(0, size)).kind, KeyFileKind::unknown) << size;
    }
}

TEST(KeyFile, ReadsPublicKeysWithSpacesInTheirComment) {
    const auto key =
        read_public_key("ssh-ed25519 " + base64_encoded(ed25519_blob()) + " me at home\nmore");

    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->blob, ed25519_blob());
    EXPECT_EQ(key->comment, "me at home");
    EXPECT_FALSE(read_public_key("ssh-rsa " + base64_encoded(ed25519_blob())).has_value());
    EXPECT_FALSE(read_public_key("ssh-ed25519").has_value());
}

TEST(KeyFile, TellsWhoseCertificateItIs) {
    const std::string certificate = wire_string("ssh-ed25519-cert-v01@openssh.com") +
                                    wire_string("nonce") + wire_string(std::string(32, 'k')) +
                                    "more";

    EXPECT_TRUE(is_certificate_of(certificate, ed25519_blob()));
    EXPECT_FALSE(is_certificate_of(certificate,
                                   wire_string("ssh-ed25519") + wire_string(std::string(32, 'x'))));
    EXPECT_FALSE(is_certificate_of(ed25519_blob(), ed25519_blob()));
    EXPECT_FALSE(is_certificate_of("", ""));
}

}  // namespace
}  // namespace envkeep::git
