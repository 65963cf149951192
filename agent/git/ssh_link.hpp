// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/git/ssh_session.hpp"
#include "envkeep/system/network.hpp"

#include <libssh2.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

// What the network failed with, as an error of ssh.
[[nodiscard]] SshError unreached(system::NetworkError error);

// libssh2's session upon a connection. libssh2 never waits and never sees the socket: it takes what
// is there, and all waiting is done here, up to a limit.
class SshLink {
  public:
    // `name` is what errors call the server.
    SshLink(std::unique_ptr<system::Connection> connection, std::string name);

    SshLink(const SshLink&) = delete;
    SshLink& operator=(const SshLink&) = delete;
    SshLink(SshLink&&) = delete;
    SshLink& operator=(SshLink&&) = delete;
    ~SshLink();

    [[nodiscard]] LIBSSH2_SESSION* session() const { return session_; }

    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] int descriptor() const { return connection_->descriptor(); }

    // All of this stage until then.
    void begin(SshStage stage, SteadyTime deadline);
    // From now on: no longer than this without a byte from or to the peer.
    void begin(SshStage stage, std::chrono::milliseconds stall);

    // When waiting ends that begins now.
    [[nodiscard]] SteadyTime deadline() const;

    // Calls `step` until it no longer answers LIBSSH2_ERROR_EAGAIN, and gives its answer, which may
    // be another error of libssh2. An error: the stream ended, or the limit passed.
    [[nodiscard]] SshResult<long> run(const std::function<long()>& step);

    // Waits until it is worth calling libssh2 again.
    [[nodiscard]] SshResult<void> wait();

    [[nodiscard]] SshError error(SshFailure failure, std::string message) const;
    // Of an answer of libssh2's that is no success.
    [[nodiscard]] SshError error_of(long code) const;

    // The first bytes that the server sent, as they came; at most 8 KiB.
    [[nodiscard]] const std::string& first_bytes() const { return first_bytes_; }

    // Why the server said that it ends the connection, printable; empty if it did not.
    [[nodiscard]] const std::string& last_words() const { return last_words_; }

  private:
    friend struct SshLinkFunctions;  // the C functions that libssh2 calls

    void note_first_bytes(std::string_view bytes);
    [[nodiscard]] bool is_ended(long code) const;

    std::unique_ptr<system::Connection> connection_;
    std::string name_;
    LIBSSH2_SESSION* session_;
    SshStage stage_ = SshStage::handshake;
    std::optional<SteadyTime> limit_;
    std::chrono::milliseconds stall_{};
    SteadyTime last_byte_;
    std::string first_bytes_;
    std::string last_words_;
    bool is_broken_ = false;  // the peer is gone, or shall hear no more
};

}  // namespace envkeep::git
