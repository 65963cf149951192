// SPDX-License-Identifier: MIT
#include "git/key_file.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "git/pem_key.hpp"
#include "git/wire.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";

// The bytes between the armour's lines; empty if there is none.
std::string unarmoured(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t from = text.find(begin);
    if (from == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(from + begin.size());
    const std::size_t to = text.find(end);
    if (to == std::string_view::npos) {
        return {};
    }
    std::string body(text.substr(0, to));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    return base64_decoded(body).value_or(std::string{});
}

// "openssh-key-v1" NUL, cipher, key derivation, its options, how many keys, the public key.
KeyFile openssh_key(std::string_view bytes) {
    constexpr std::string_view magic("openssh-key-v1\0", 15);
    if (!bytes.starts_with(magic)) {
        return {};
    }
    WireReader reader(bytes.substr(magic.size()));
    const auto cipher = reader.string();
    const bool has_derivation = reader.string() && reader.string();
    const auto count = reader.number();
    const auto blob = reader.string();
    if (!cipher || !has_derivation || count != 1U || !blob) {
        return {};
    }
    return {.kind = *cipher == "none" ? KeyFileKind::open : KeyFileKind::encrypted,
            .public_blob = std::string(*blob)};
}

}  // namespace

std::optional<PublicKey> read_public_key(std::string_view text) {
    text = trimmed(text.substr(0, text.find('\n')));
    const std::size_t type_end = text.find(' ');
    if (type_end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view type = text.substr(0, type_end);
    const std::string_view rest = trimmed(text.substr(type_end));
    const std::size_t key_end = std::min(rest.find(' '), rest.size());
    auto blob = base64_decoded(rest.substr(0, key_end));
    if (!blob || key_type(*blob) != type) {
        return std::nullopt;
    }
    return PublicKey{.blob = *std::move(blob),
                     .comment = std::string(trimmed(rest.substr(key_end)))};
}

KeyFile look_at_key_file(std::string_view text) {
    if (const std::string bytes = unarmoured(
            text, "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----");
        !bytes.empty()) {
        return openssh_key(bytes);
    }
    if (text.starts_with("PuTTY-User-Key-File-")) {
        return {.kind = KeyFileKind::putty, .public_blob = {}};
    }
    if (auto key = read_public_key(text)) {
        return {.kind = KeyFileKind::public_key, .public_blob = std::move(key->blob)};
    }
    if (text.find("PRIVATE KEY-----") == std::string_view::npos) {
        return {};
    }
    if (text.find("ENCRYPTED") != std::string_view::npos) {
        return {.kind = KeyFileKind::encrypted, .public_blob = {}};
    }
    if (std::string blob = public_key_of_pem(text); !blob.empty()) {
        return {.kind = KeyFileKind::open, .public_blob = std::move(blob)};
    }
    return {};
}

// Behind its type and a nonce a certificate holds the fields of the key.
bool is_certificate_of(std::string_view certificate_blob, std::string_view key_blob) {
    WireReader certificate(certificate_blob);
    WireReader key(key_blob);
    const auto certified = certificate.string();
    const auto type = key.string();
    return certified && type && certificate.string() &&
           *certified == std::string(*type).append(certificate_suffix) && !key.rest().empty() &&
           certificate.rest().starts_with(key.rest());
}

}  // namespace envkeep::git
