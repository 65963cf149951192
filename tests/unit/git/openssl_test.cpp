// SPDX-License-Identifier: MIT
// The OpenSSL that cmake/dependencies.sh builds leaves out what no client needs: this is what must
// stay.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace envkeep::git {
namespace {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Release<SSL_free>>;

Key new_key(std::string_view kind) {
    if (kind == "RSA") {
        return Key(EVP_RSA_gen(2048));
    }
    return Key(kind == "ED25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kind.data()));
}

Certificate self_signed(EVP_PKEY* key) {
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key);
    X509_NAME* const name = X509_get_subject_name(made.get());
    const std::string host = "git.example";
    X509_NAME_add_entry_by_txt(name,
                               "CN",
                               MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(host.data()),
                               static_cast<int>(host.size()),
                               -1,
                               0);
    X509_set_issuer_name(made.get(), name);
    X509_sign(made.get(), key, EVP_PKEY_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256());
    return made;
}

class PrivateKeys : public ::testing::TestWithParam<std::string> {};

TEST_P(PrivateKeys, AreReadFromAnOldPemFileWithAPassphrase) {
    const Key key(EVP_RSA_gen(2048));
    const Memory file(BIO_new(BIO_s_mem()));
    std::string passphrase = "secret";
    const EVP_CIPHER* const cipher = EVP_get_cipherbyname(GetParam().c_str());
    ASSERT_NE(cipher, nullptr);
    ASSERT_EQ(PEM_write_bio_PrivateKey_traditional(
                  file.get(), key.get(), cipher, nullptr, 0, nullptr, passphrase.data()),
              1);

    const Key read(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, passphrase.data()));

    ASSERT_NE(read, nullptr);
    EXPECT_EQ(EVP_PKEY_eq(read.get(), key.get()), 1);
}

TEST_P(PrivateKeys, AreReadFromAPkcs8FileWithAPassphrase) {
    const Key key = new_key("ED25519");
    const Memory file(BIO_new(BIO_s_mem()));
    std::string passphrase = "secret";
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(file.get(),
                                            key.get(),
                                            EVP_get_cipherbyname(GetParam().c_str()),
                                            nullptr,
                                            0,
                                            nullptr,
                                            passphrase.data()),
              1);

    const Key read(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, passphrase.data()));

    ASSERT_NE(read, nullptr);
    EXPECT_EQ(EVP_PKEY_eq(read.get(), key.get()), 1);
}

INSTANTIATE_TEST_SUITE_P(Ciphers,
                         PrivateKeys,
                         ::testing::Values("des-ede3-cbc", "aes-128-cbc", "aes-256-cbc"),
                         [](const auto& kind) {
                             std::string name = kind.param;
                             std::erase(name, '-');
                             return name;
                         });

struct Talk {
    std::string key;
    int version;
    const char* cipher;
};

class TlsClient : public ::testing::TestWithParam<Talk> {};

// Both ends in memory, each taking a step in its turn.
bool shake_hands(SSL* client, SSL* server) {
    for (int turn = 0; turn < 20; ++turn) {
        const bool client_is_done = SSL_do_handshake(client) == 1;
        const bool server_is_done = SSL_do_handshake(server) == 1;
        if (client_is_done && server_is_done) {
            return true;
        }
    }
    return false;
}

TEST_P(TlsClient, VerifiesAServerAndTalksToIt) {
    const Key key = new_key(GetParam().key);
    const Certificate certificate = self_signed(key.get());
    const Context serving(SSL_CTX_new(TLS_server_method()));
    const Context asking(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_dh_auto(serving.get(), 1);
    ASSERT_EQ(SSL_CTX_use_certificate(serving.get(), certificate.get()), 1);
    ASSERT_EQ(SSL_CTX_use_PrivateKey(serving.get(), key.get()), 1);
    ASSERT_EQ(X509_STORE_add_cert(SSL_CTX_get_cert_store(asking.get()), certificate.get()), 1);
    SSL_CTX_set_verify(asking.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_proto_version(asking.get(), GetParam().version);
    SSL_CTX_set_cipher_list(asking.get(), GetParam().cipher);
    if (GetParam().version == TLS1_3_VERSION) {
        ASSERT_EQ(SSL_CTX_set_ciphersuites(asking.get(), GetParam().cipher), 1);
    }
    const Connection server(SSL_new(serving.get()));
    const Connection client(SSL_new(asking.get()));
    BIO* near_end = nullptr;
    BIO* far_end = nullptr;
    BIO_new_bio_pair(&near_end, 0, &far_end, 0);
    SSL_set_bio(client.get(), near_end, near_end);
    SSL_set_bio(server.get(), far_end, far_end);
    SSL_set1_host(client.get(), "git.example");
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());

    ASSERT_TRUE(shake_hands(client.get(), server.get()));

    EXPECT_EQ(SSL_version(client.get()), GetParam().version);
    EXPECT_EQ(SSL_get_verify_result(client.get()), X509_V_OK);
    EXPECT_STREQ(SSL_get_cipher(client.get()), GetParam().cipher);
}

INSTANTIATE_TEST_SUITE_P(
    Servers,
    TlsClient,
    ::testing::Values(Talk{"RSA", TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256"},
                    Talk{"RSA", TLS1_2_VERSION, "DHE-RSA-AES256-GCM-SHA384"},
                    Talk{"P-256", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
                    Talk{"P-384", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
                    Talk{"P-521", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
                    Talk{"ED25519", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"}),
    [](const auto& talk) {
        std::string name = talk.param.key + "With" + talk.param.cipher;
        std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
        return name;
    });

class Algorithms : public ::testing::TestWithParam<const char*> {};

TEST_P(Algorithms, OfSshAreThere) {
    const std::unique_ptr<EVP_CIPHER, Release<EVP_CIPHER_free>> cipher(
        EVP_CIPHER_fetch(nullptr, GetParam(), nullptr));
    const std::unique_ptr<EVP_MD, Release<EVP_MD_free>> digest(
        EVP_MD_fetch(nullptr, GetParam(), nullptr));
    const std::unique_ptr<EVP_KEYEXCH, Release<EVP_KEYEXCH_free>> exchange(
        EVP_KEYEXCH_fetch(nullptr, GetParam(), nullptr));

    EXPECT_TRUE(cipher != nullptr || digest != nullptr || exchange != nullptr);
}

INSTANTIATE_TEST_SUITE_P(Names,
                         Algorithms,
                         ::testing::Values("AES-128-CTR",
                                         "AES-256-CTR",
                                         "AES-256-GCM",
                                         "AES-128-CBC",
                                         "DES-EDE3-CBC",
                                         "MD5",
                                         "SHA1",
                                         "SHA2-256",
                                         "SHA2-384",
                                         "SHA2-512",
                                         "X25519",
                                         "ECDH",
                                         "DH"));

}  // namespace
}  // namespace envkeep::git
