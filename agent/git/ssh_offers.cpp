// SPDX-License-Identifier: MIT
#include "git/ssh_offers.hpp"

#include "envkeep/core/text.hpp"
#include "git/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::uint8_t kexinit = 20;
constexpr std::size_t longest_offer = 200;

struct OfferKind {
    std::string_view name;
    std::string_view ours;
};

// In the order of KEXINIT (RFC 4253 7.1).
constexpr std::array<OfferKind, 6> kinds{{
    {"key exchange", Algorithms::key_exchange},
    {"host keys", Algorithms::host_key},
    {"ciphers", Algorithms::cipher},
    {"ciphers", Algorithms::cipher},
    {"message authentication", Algorithms::mac},
    {"message authentication", Algorithms::mac},
}};

bool names_one_of(std::string_view theirs, std::string_view ours) {
    const std::vector<std::string_view> known = split(ours, ',');
    return std::ranges::any_of(split(theirs, ','), [&](std::string_view name) {
        return std::ranges::find(known, name) != known.end();
    });
}

std::optional<std::string> nothing_common(std::string_view packet) {
    WireReader reader(packet);
    static_cast<void>(reader.number());
    static_cast<void>(reader.byte());  // how much padding
    if (reader.byte() != kexinit || reader.rest().size() < 16) {
        return std::nullopt;
    }
    WireReader lists(reader.rest().substr(16));
    for (const OfferKind& kind : kinds) {
        const auto theirs = lists.string();
        if (!theirs) {
            return std::nullopt;
        }
        if (!names_one_of(*theirs, kind.ours)) {
            return fmt::format(
                "{}: it offers only {}", kind.name, printable(theirs->substr(0, longest_offer)));
        }
    }
    return std::nullopt;
}

}  // namespace

std::string host_key_algorithms(const std::vector<std::string>& types) {
    std::vector<std::string_view> order;
    for (const std::string& type : types) {
        if (type == "ssh-rsa") {
            order.insert(order.end(), {"rsa-sha2-512", "rsa-sha2-256"});
        } else {
            order.push_back(type);
        }
    }
    const std::vector<std::string_view> ours = split(Algorithms::host_key, ',');
    std::erase_if(
        order, [&](std::string_view name) { return std::ranges::find(ours, name) == ours.end(); });
    order.insert(order.end(), ours.begin(), ours.end());
    std::vector<std::string_view> once;
    for (const std::string_view name : order) {
        if (std::ranges::find(once, name) == once.end()) {
            once.push_back(name);
        }
    }
    return fmt::format("{}", fmt::join(once, ","));
}

ServerGreeting read_greeting(std::string_view bytes) {
    ServerGreeting greeting;
    // A server may say something in lines before the one that counts.
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::string_view line = bytes.substr(0, end);
        if (greeting.first_line.empty() || line.starts_with("SSH-")) {
            greeting.first_line = printable(trimmed(line.substr(0, longest_offer)));
        }
        if (line.starts_with("SSH-")) {
            greeting.is_ssh = true;
            greeting.nothing_common = nothing_common(bytes.substr(std::min(end + 1, bytes.size())));
            return greeting;
        }
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    greeting.is_full = greeting.first_line == "Exceeded MaxStartups";
    return greeting;
}

}  // namespace envkeep::git
