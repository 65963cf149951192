// SPDX-License-Identifier: MIT
#include "envkeep/core/digest.hpp"

#include <blake3.h>

#include <string>

namespace envkeep {

struct Hasher::State {
    blake3_hasher hasher;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
    blake3_hasher_init(&state_->hasher);
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
    blake3_hasher_update(&state_->hasher, bytes.data(), bytes.size());
}

void Hasher::update(std::string_view text) {
    update(std::as_bytes(std::span(text)));
}

Digest Hasher::digest() const {
    Digest result;
    static_assert(sizeof(result.bytes) == BLAKE3_OUT_LEN);
    blake3_hasher_finalize(&state_->hasher, result.bytes.data(), result.bytes.size());
    return result;
}

Digest digest_of(std::string_view text) {
    Hasher hasher;
    hasher.update(text);
    return hasher.digest();
}

std::string Digest::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace envkeep
