// SPDX-License-Identifier: MIT
#include "git/pem_key.hpp"

#include "git/wire.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstddef>
#include <memory>

namespace envkeep::git {
namespace {

struct Free {
    void operator()(BIO* bio) const { ::BIO_free(bio); }

    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }

    void operator()(BIGNUM* number) const { ::BN_free(number); }
};

// A number as ssh writes it: the highest bit is the sign's.
std::string wire_number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* found = nullptr;
    if (::EVP_PKEY_get_bn_param(key, name, &found) != 1) {
        return {};
    }
    const std::unique_ptr<BIGNUM, Free> number(found);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())) + 1, '\0');
    ::BN_bn2binpad(number.get(),
                   // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
                   reinterpret_cast<unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size()));
    const bool needs_sign = bytes.size() > 1 && (static_cast<unsigned char>(bytes[1]) & 0x80U) != 0;
    return wire_string(needs_sign ? bytes : bytes.substr(1));
}

std::string rsa_key(const EVP_PKEY* key) {
    return wire_string("ssh-rsa") + wire_number_of(key, OSSL_PKEY_PARAM_RSA_E) +
           wire_number_of(key, OSSL_PKEY_PARAM_RSA_N);
}

std::string ecdsa_key(const EVP_PKEY* key) {
    struct Curve {
        std::string_view openssl;
        std::string_view ssh;
    };

    constexpr std::array<Curve, 3> curves{
        {{"prime256v1", "nistp256"}, {"secp384r1", "nistp384"}, {"secp521r1", "nistp521"}}};
    std::array<char, 64> group{};
    std::array<unsigned char, 256> point{};
    std::size_t group_size = 0;
    std::size_t point_size = 0;
    if (::EVP_PKEY_get_group_name(key, group.data(), group.size(), &group_size) != 1 ||
        ::EVP_PKEY_get_octet_string_param(
            key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &point_size) != 1) {
        return {};
    }
    for (const Curve& curve : curves) {
        if (curve.openssl == std::string_view(group.data(), group_size)) {
            return wire_string(std::string("ecdsa-sha2-").append(curve.ssh)) +
                   wire_string(curve.ssh) +
                   wire_string(
                       std::string(point.begin(), point.begin() + static_cast<long>(point_size)));
        }
    }
    return {};
}

std::string ed25519_key(const EVP_PKEY* key) {
    std::array<unsigned char, 32> bytes{};
    std::size_t size = bytes.size();
    if (::EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) != 1) {
        return {};
    }
    return wire_string("ssh-ed25519") + wire_string(std::string(bytes.begin(), bytes.end()));
}

// Without this OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*is_writing*/, void* /*data*/) {
    return -1;
}

}  // namespace

std::string public_key_of_pem(std::string_view text) {
    const std::unique_ptr<BIO, Free> bio(
        ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const std::unique_ptr<EVP_PKEY, Free> key(
        ::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ::ERR_clear_error();
    if (key == nullptr) {
        return {};
    }
    switch (::EVP_PKEY_get_base_id(key.get())) {
        case EVP_PKEY_RSA:
            return rsa_key(key.get());
        case EVP_PKEY_EC:
            return ecdsa_key(key.get());
        case EVP_PKEY_ED25519:
            return ed25519_key(key.get());
        default:
            return {};
    }
}

}  // namespace envkeep::git
