// SPDX-License-Identifier: MIT
#include "git/ssh_agent.hpp"

#include "envkeep/core/text.hpp"
#include "git/wire.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace envkeep::git {
namespace {

// The messages of draft-miller-ssh-agent.
constexpr char request_identities = 11;
constexpr std::uint8_t identities_answer = 12;
constexpr char sign_request = 13;
constexpr std::uint8_t sign_response = 14;
constexpr std::uint32_t flag_sha2_256 = 2;
constexpr std::uint32_t flag_sha2_512 = 4;

constexpr std::uint32_t largest_answer = 256 * 1024;
constexpr std::uint32_t most_keys = 256;

Error failed(system::NetworkError error) {
    return {.kind = error.failure == system::NetworkFailure::timed_out ? ErrorKind::time_limit
                                                                       : ErrorKind::io,
            .message = std::move(error.message),
            .hint = {}};
}

tl::unexpected<Error> nonsense() {
    return failure(ErrorKind::io, "its answer cannot be understood");
}

std::uint32_t flags_of(std::string_view algorithm) {
    if (algorithm.starts_with("rsa-sha2-512")) {
        return flag_sha2_512;
    }
    return algorithm.starts_with("rsa-sha2-256") ? flag_sha2_256 : 0;
}

}  // namespace

Result<SshAgent> SshAgent::connect(system::Network& network, const std::string& socket) {
    auto stream = network.connect_local(socket);
    if (!stream) {
        return tl::unexpected(failed(std::move(stream).error()));
    }
    return SshAgent(*std::move(stream));
}

Result<std::string> SshAgent::read(std::size_t size, SteadyTime deadline) {
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
        auto count =
            stream_->read(std::as_writable_bytes(std::span(bytes).subspan(done)), deadline);
        if (!count) {
            return tl::unexpected(failed(std::move(count).error()));
        }
        if (*count == 0) {
            return failure(ErrorKind::io, "it closed the connection");
        }
        done += *count;
    }
    return bytes;
}

Result<std::string> SshAgent::ask(const std::string& question, SteadyTime deadline) {
    const std::string message = wire_string(question);
    for (std::span<const std::byte> rest = std::as_bytes(std::span(message)); !rest.empty();) {
        auto count = stream_->write(rest, deadline);
        if (!count) {
            return tl::unexpected(failed(std::move(count).error()));
        }
        rest = rest.subspan(*count);
    }
    ENVKEEP_TRY(const std::string head, read(4, deadline));
    const std::uint32_t size = WireReader(head).number().value_or(0);
    if (size == 0 || size > largest_answer) {
        return nonsense();
    }
    return read(size, deadline);
}

Result<std::vector<AgentKey>> SshAgent::keys(SteadyTime deadline) {
    ENVKEEP_TRY(const std::string answer, ask(std::string(1, request_identities), deadline));
    WireReader reader(answer);
    const auto type = reader.byte();
    const auto count = reader.number();
    if (type != identities_answer || !count || *count > most_keys) {
        return nonsense();
    }
    std::vector<AgentKey> keys;
    for (std::uint32_t i = 0; i < *count; ++i) {
        const auto blob = reader.string();
        const auto comment = reader.string();
        if (!blob || !comment) {
            return nonsense();
        }
        keys.push_back({.blob = std::string(*blob), .comment = printable(*comment)});
    }
    return keys;
}

Result<std::string> SshAgent::sign(std::string_view key_blob,
                                   std::string_view data,
                                   std::string_view algorithm,
                                   SteadyTime deadline) {
    const std::string question = std::string(1, sign_request) + wire_string(key_blob) +
                                 wire_string(data) + wire_number(flags_of(algorithm));
    ENVKEEP_TRY(const std::string answer, ask(question, deadline));
    WireReader reader(answer);
    if (reader.byte() != sign_response) {
        return failure(ErrorKind::permission_denied, "it does not sign with this key");
    }
    WireReader signature(reader.string().value_or(std::string_view{}));
    const auto made_with = signature.string();
    const auto bytes = signature.string();
    if (!made_with || !bytes) {
        return nonsense();
    }
    // Of a certificate the signature is named as that of its key.
    if (made_with->empty() || !algorithm.starts_with(*made_with)) {
        return failure(
            ErrorKind::unsupported,
            fmt::format(
                "it signs with {} instead of {}", printable(*made_with), printable(algorithm)));
    }
    return std::string(*bytes);
}

}  // namespace envkeep::git
