// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/git/host_keys.hpp"
#include "envkeep/git/ssh_settings.hpp"
#include "envkeep/system/network.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

enum class SshStage { lookup, connect, handshake, host_key, authentication, command, transfer };

enum class SshFailure {
    no_such_name,
    lookup_failed,
    refused,
    unreachable,
    timed_out,            // at `stage`
    closed_by_peer,       // at `stage`
    not_ssh,              // something else answers on that port
    no_common_algorithm,  // the server offers only what is disabled today, such as sha1
    host_key_unknown,
    host_key_changed,
    host_key_revoked,
    no_key,               // nothing to offer: no key file, no agent
    key_encrypted,        // the only keys need a passphrase, and no agent holds them
    key_unreadable,       // a key file of another format, damaged, or not ours to read
    key_refused,          // each key that was offered was not accepted
    unsupported_setting,  // ProxyJump and the like
    command_failed,       // the server ran it and it failed; `message` holds its words
    other,
};

struct SshError {
    SshStage stage = SshStage::connect;
    SshFailure failure = SshFailure::other;
    std::string message;                // lower case, no full stop
    std::vector<std::string> evidence;  // "offered: ~/.ssh/id_rsa SHA256:... (rsa-sha2-256)"
};

template <typename T>
using SshResult = tl::expected<T, SshError>;

struct SshLimits {
    std::chrono::milliseconds connect{10'000};  // name lookup and connect
    std::chrono::milliseconds handshake{15'000};
    std::chrono::milliseconds stall{30'000};  // no byte for so long
};

struct SshTarget {
    std::string host;  // as the URL names it
    SshSettings settings;
    SshLimits limits;
};

struct SshSources {
    system::Network& network;
    const KnownHosts& known_hosts;  // beside the files that the settings name
    // A file by absolute path; not_found if there is none.
    std::function<Result<std::string>(const std::string& absolute)> read;
    // The permission bits of a key file, links followed; may be empty.
    std::function<std::optional<std::uint32_t>(const std::string& absolute)> mode_of;
    std::string home;  // told as "~"; may be empty
    // Told of each stage as it begins; may be empty.
    std::function<void(SshStage)> stage;
};

// A connection to an ssh server, its host key checked and this user authenticated.
class SshSession {
  public:
    // Connects, checks the host key, and authenticates with the keys of the agent and of the files,
    // in ssh's order. Never asks for anything, and writes no file: with StrictHostKeyChecking
    // `accept-new` or `no` a host of which no key is known is believed anew each time. A changed or
    // revoked key is refused even with `no`, where ssh would go on: what is fetched may be run.
    [[nodiscard]] static SshResult<std::unique_ptr<SshSession>> open(const SshTarget& target,
                                                                     const SshSources& sources);

    virtual ~SshSession() = default;

    // Runs a command there, as `ssh HOST COMMAND` does; once in a session.
    [[nodiscard]] virtual SshResult<void> run(std::string_view command) = 0;
    // At least one byte; zero at the end of the command's output.
    [[nodiscard]] virtual SshResult<std::size_t> read(std::span<char> into) = 0;
    // All of it.
    [[nodiscard]] virtual SshResult<void> write(std::span<const char> bytes) = 0;
    // What the command wrote to its standard error so far, at most 64 KiB of it.
    [[nodiscard]] virtual std::string words() const = 0;
    // The command's exit status, once its output has ended; none if a signal ended it.
    [[nodiscard]] virtual std::optional<int> exit_status() = 0;
    // "~/.ssh/id_ed25519" or "agent: me@laptop": the key that the server accepted.
    [[nodiscard]] virtual std::string key_used() const = 0;
};

}  // namespace envkeep::git
