// SPDX-License-Identifier: MIT
#include "envkeep/git/host_keys.hpp"

#include "embedded/published_host_keys.hpp"
#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "git/host_pattern.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace envkeep::git {
namespace {

constexpr std::uint16_t ssh_port = 22;
constexpr std::size_t most_expected = 12;  // for people to read
constexpr std::string_view revoked = "@revoked";
constexpr std::string_view authority = "@cert-authority";

using Made = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string bytes_as_text(const Made& bytes, unsigned size) {
    return {bytes.begin(), bytes.begin() + size};
}

std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    rest.remove_prefix(word.size());
    return word;
}

// A key's wire format begins with its type, as text with its length before it.
bool is_of_type(std::string_view blob, std::string_view type) {
    std::string begin{'\0', '\0', '\0', static_cast<char>(type.size())};
    begin += type;
    return !type.empty() && type.size() < 128 && blob.size() > begin.size() &&
           blob.starts_with(begin);
}

// "|1|SALT|HASH": HMAC-SHA1 of the name.
bool fits_hashed(std::string_view name, std::string_view hashed) {
    const std::vector<std::string_view> cells = split(hashed, '|');
    if (cells.size() != 4 || cells[1] != "1") {
        return false;
    }
    const std::optional<std::string> salt = base64_decoded(cells[2]);
    if (!salt) {
        return false;
    }
    const std::vector<unsigned char> bytes(name.begin(), name.end());
    Made made{};
    unsigned size = 0;
    if (HMAC(EVP_sha1(),
             salt->data(),
             static_cast<int>(salt->size()),
             bytes.data(),
             bytes.size(),
             made.data(),
             &size) == nullptr) {
        return false;
    }
    return base64_encoded(bytes_as_text(made, size)) == cells[3];
}

bool fits_names(std::string_view name, const std::string& names) {
    if (names.starts_with('|')) {
        return fits_hashed(name, names);
    }
    const std::string lower = lower_case(names);
    return fits_patterns(name, split(lower, ','));
}

int weight_of(HostKeyVerdict verdict) {
    switch (verdict) {
        case HostKeyVerdict::unknown:
            return 0;
        case HostKeyVerdict::changed:
            return 1;
        case HostKeyVerdict::known:
            return 2;
        case HostKeyVerdict::revoked:
            break;
    }
    return 3;
}

// One good line outweighs others of the host, one that revokes the key outweighs all.
void weigh(HostKeyVerdict verdict, const std::string& source, HostKeyAnswer& answer) {
    if (weight_of(verdict) > weight_of(answer.verdict)) {
        answer.verdict = verdict;
        answer.source = source;
    }
}

void expect(const HostKey& key, const std::string& source, HostKeyAnswer& answer) {
    if (answer.expected.size() < most_expected) {
        answer.expected.push_back(
            fmt::format("{} {} ({})", printable(key.type), fingerprint(key.blob), source));
    }
}

// The names under which ssh looks for a host, best first.
std::vector<std::string> names_of(const std::string& host, std::uint16_t port) {
    std::vector<std::string> names{lower_case(host)};
    if (port != ssh_port && port != 0) {
        names.insert(names.begin(), fmt::format("[{}]:{}", names.front(), port));
    }
    return names;
}

}  // namespace

std::string fingerprint(std::string_view key_blob) {
    Made made{};
    unsigned size = 0;
    EVP_Digest(key_blob.data(), key_blob.size(), made.data(), &size, EVP_sha256(), nullptr);
    std::string text = "SHA256:" + base64_encoded(bytes_as_text(made, size));
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

void KnownHosts::add(std::string_view text, const std::string& name) {
    std::size_t number = 0;
    for (std::string_view rest : split(text, '\n')) {
        ++number;
        rest = trimmed(rest);
        Line line{
            .source = fmt::format("{}:{}", name, number), .marker = {}, .names = {}, .key = {}};
        if (rest.starts_with('@')) {
            line.marker = next_word(rest);
        }
        line.names = next_word(rest);
        line.key.type = next_word(rest);
        std::optional<std::string> blob = base64_decoded(next_word(rest));
        const bool has_known_marker =
            line.marker.empty() || line.marker == revoked || line.marker == authority;
        if (!has_known_marker || line.names.starts_with('#') || !blob ||
            !is_of_type(*blob, line.key.type)) {
            continue;
        }
        line.key.blob = *std::move(blob);
        lines_.push_back(std::move(line));
    }
}

void KnownHosts::add_published() {
    const std::size_t before = lines_.size();
    add(embedded::published_host_keys::published_host_keys, {});
    for (std::size_t i = before; i < lines_.size(); ++i) {
        lines_[i].source = "built in";
    }
}

HostKeyAnswer KnownHosts::check_name(const std::string& name, const HostKey& key) const {
    HostKeyAnswer answer;
    for (const Line& line : lines_) {
        if (!fits_names(name, line.names)) {
            continue;
        }
        const bool is_same = line.key == key;
        if (line.marker == authority) {
            answer.unsupported.push_back(fmt::format("{} ({})", authority, line.source));
        } else if (line.marker == revoked) {
            weigh(is_same ? HostKeyVerdict::revoked : answer.verdict, line.source, answer);
        } else if (is_same) {
            weigh(HostKeyVerdict::known, line.source, answer);
        } else {
            weigh(HostKeyVerdict::changed, line.source, answer);
            expect(line.key, line.source, answer);
        }
    }
    if (answer.verdict != HostKeyVerdict::changed) {
        answer.expected.clear();
    }
    return answer;
}

HostKeyAnswer KnownHosts::check(const std::string& host,
                                std::uint16_t port,
                                const HostKey& key) const {
    const std::vector<std::string> names = names_of(host, port);
    HostKeyAnswer answer = check_name(names.front(), key);
    if (names.size() == 1 || answer.verdict != HostKeyVerdict::unknown) {
        return answer;
    }
    // A key that is known of the usual port speaks for another port, but not against it.
    HostKeyAnswer usual = check_name(names.back(), key);
    if (usual.verdict == HostKeyVerdict::known || usual.verdict == HostKeyVerdict::revoked) {
        return usual;
    }
    std::ranges::move(usual.unsupported, std::back_inserter(answer.unsupported));
    return answer;
}

std::vector<std::string> KnownHosts::types_of(const std::string& host, std::uint16_t port) const {
    std::vector<std::string> types;
    for (const std::string& name : names_of(host, port)) {
        for (const Line& line : lines_) {
            if (line.marker.empty() && std::ranges::find(types, line.key.type) == types.end() &&
                fits_names(name, line.names)) {
                types.push_back(line.key.type);
            }
        }
    }
    return types;
}

}  // namespace envkeep::git
