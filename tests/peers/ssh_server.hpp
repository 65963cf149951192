// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"
#include "support/temp_tree.hpp"

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace envkeep::testing {

// Runs a program to its end; throws if it fails. What it printed.
std::string run_program(const std::vector<std::string>& arguments);

// A program that runs as long as this lives: it ends when its standard input does.
class RunningProgram {
  public:
    explicit RunningProgram(const std::vector<std::string>& arguments);

    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;
    RunningProgram(RunningProgram&&) = delete;
    RunningProgram& operator=(RunningProgram&&) = delete;
    ~RunningProgram();

    // What it printed first, as soon as it has.
    [[nodiscard]] const std::string& first_line() const { return first_line_; }

  private:
    posix::Fd input_;
    pid_t pid_ = 0;
    std::string first_line_;
};

// Listens on 127.0.0.1, on a port of its own, and gives each connection to `serve` in a thread.
class LoopbackServer {
  public:
    explicit LoopbackServer(std::function<void(posix::Fd)> serve);

    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    LoopbackServer(LoopbackServer&&) = delete;
    LoopbackServer& operator=(LoopbackServer&&) = delete;
    // Ends all connections and waits for their threads.
    ~LoopbackServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // How many connections were taken so far.
    [[nodiscard]] int connections() const { return connections_; }

  private:
    void accept_all();

    std::function<void(posix::Fd)> serve_;
    posix::Fd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::thread accepting_;
};

enum class AtLimit { stall, cut };

// What a connection does to the bytes of the real server.
struct Interference {
    std::optional<std::size_t> limit;  // bytes to the client; none: all go through
    AtLimit then = AtLimit::stall;
    std::chrono::milliseconds late{0};  // each four KiB come so much later
};

// The real server of one connection: a program, as inetd starts it, or a socket alone.
struct RealServer {
    posix::Fd socket;
    pid_t pid = 0;
};

[[nodiscard]] RealServer start_server(const std::vector<std::string>& program);
[[nodiscard]] RealServer connect_to(std::uint16_t port);  // on 127.0.0.1
// Takes a request up to its empty line, as a proxy does that a tunnel is asked of; the request.
std::string answer_request(const posix::Fd& client, std::string_view answer);

// Stands before a real server and carries what both say, as far as the interference lets it.
class ServerBehindProxy {
  public:
    // With `greet` it says something to each client first.
    explicit ServerBehindProxy(std::function<RealServer()> open,
                               std::function<void(const posix::Fd&)> greet = {})
        : open_(std::move(open)),
          greet_(std::move(greet)),
          server_([this](const posix::Fd& client) { serve(client); }) {}

    ServerBehindProxy(const ServerBehindProxy&) = delete;
    ServerBehindProxy& operator=(const ServerBehindProxy&) = delete;
    ServerBehindProxy(ServerBehindProxy&&) = delete;
    ServerBehindProxy& operator=(ServerBehindProxy&&) = delete;

    ~ServerBehindProxy() { is_ending_ = true; }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

    [[nodiscard]] int connections() const { return server_.connections(); }

    // Of the connections that begin from now on.
    void interfere(Interference interference) { interference_ = interference; }

    // So many connections that begin from now on get these words and no server. Set before the
    // first of them.
    void turn_away(int connections, std::string words) {
        words_ = std::move(words);
        turned_away_ = connections;
    }

    // How many bytes went to the client in the last connection.
    [[nodiscard]] std::size_t sent() const { return sent_; }

  private:
    void serve(const posix::Fd& client);

    std::function<RealServer()> open_;
    std::function<void(const posix::Fd&)> greet_;
    Interference interference_;
    std::string words_;
    std::atomic<int> turned_away_ = 0;
    std::atomic<std::size_t> sent_ = 0;
    std::atomic<bool> is_ending_ = false;
    LoopbackServer server_;
};

// OpenSSH's sshd, one process a connection, with keys of its own.
class SshServer {
  public:
    // More lines for sshd_config; the first of a keyword counts.
    explicit SshServer(const std::string& config = {},
                       const std::vector<std::string>& host_key_types = {"ed25519"});

    SshServer(const SshServer&) = delete;
    SshServer& operator=(const SshServer&) = delete;
    SshServer(SshServer&&) = delete;
    SshServer& operator=(SshServer&&) = delete;

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }

    [[nodiscard]] int connections() const { return server_->connections(); }

    // Of the connections that begin from now on.
    void interfere(Interference interference) { server_->interfere(interference); }

    // From so many connections that begin from now on it says what sshd does that has too many.
    void turn_away(int connections) { server_->turn_away(connections, "Exceeded MaxStartups\r\n"); }

    // How many bytes went to the client in the last connection.
    [[nodiscard]] std::size_t sent() const { return server_->sent(); }

    // Lets in whoever has this key (the text of a .pub file).
    void authorize(const std::string& public_key);
    // Lines for known_hosts, for 127.0.0.1 with this port.
    [[nodiscard]] std::string known_hosts() const;
    // The text of its public key of that type.
    [[nodiscard]] std::string host_key(const std::string& type) const;

  private:
    TempTree tree_;
    std::vector<std::string> types_;
    std::optional<ServerBehindProxy> server_;
};

}  // namespace envkeep::testing
