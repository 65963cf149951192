// SPDX-License-Identifier: MIT
#include "peers/ssh_server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libssh2.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

// libssh2 1.11.1 forgets one digest a key exchange, and with it what OpenSSL has fetched for it:
// what is allocated there is no leak. Suppressions by name would have each test's end look up the
// names of all functions of the program, which takes longer than most of the tests.
// NOLINTBEGIN(bugprone-reserved-identifier): names of the sanitizer, where there is one, and of ld
extern "C" void __lsan_disable() __attribute__((weak));
extern "C" void __lsan_enable() __attribute__((weak));
extern "C" int __real_libssh2_session_handshake(LIBSSH2_SESSION* session, libssh2_socket_t socket);
extern "C" int __wrap_libssh2_session_handshake(LIBSSH2_SESSION* session, libssh2_socket_t socket);

extern "C" int __wrap_libssh2_session_handshake(LIBSSH2_SESSION* session, libssh2_socket_t socket) {
    if (__lsan_disable == nullptr) {
        return __real_libssh2_session_handshake(session, socket);
    }
    __lsan_disable();
    const int status = __real_libssh2_session_handshake(session, socket);
    __lsan_enable();
    return status;
}

// NOLINTEND(bugprone-reserved-identifier)

namespace envkeep::testing {
namespace {

using posix::Fd;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// With `in_out` as its standard input and output.
pid_t spawn(const std::vector<std::string>& arguments, int input, int output) {
    std::vector<char*> words;
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    ::posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    errno = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (errno != 0) {
        fail("cannot start " + arguments[0]);
    }
    return pid;
}

void send_all(int descriptor, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ::ssize_t count = ::send(descriptor, bytes, size, MSG_NOSIGNAL);
        if (count <= 0) {
            return;
        }
        bytes += count;
        size -= static_cast<std::size_t>(count);
    }
}

}  // namespace

std::string run_program(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail("cannot make a pipe");
    }
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Fd output(ends[0]);
    Fd input(ends[1]);
    const pid_t pid = spawn(arguments, nothing.get(), input.get());
    static_cast<void>(input.close());
    std::string text;
    std::array<char, 4096> some{};
    ::ssize_t count = 0;
    while ((count = ::read(output.get(), some.data(), some.size())) > 0) {
        text.append(some.data(), static_cast<std::size_t>(count));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) {
        throw std::runtime_error(fmt::format("{} failed", fmt::join(arguments, " ")));
    }
    return text;
}

RunningProgram::RunningProgram(const std::vector<std::string>& arguments) {
    std::array<int, 2> there{};
    std::array<int, 2> back{};
    if (::pipe2(there.data(), O_CLOEXEC) != 0 || ::pipe2(back.data(), O_CLOEXEC) != 0) {
        fail("cannot make a pipe");
    }
    const Fd its_input(there[0]);
    input_ = Fd(there[1]);
    const Fd output(back[0]);
    Fd its_output(back[1]);
    pid_ = spawn(arguments, its_input.get(), its_output.get());
    static_cast<void>(its_output.close());
    char c = 0;
    while (::read(output.get(), &c, 1) == 1 && c != '\n') {
        first_line_ += c;
    }
}

RunningProgram::~RunningProgram() {
    static_cast<void>(input_.close());
    ::waitpid(pid_, nullptr, 0);
}

LoopbackServer::LoopbackServer(std::function<void(Fd)> serve)
    : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    struct ::sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof here;
    auto* const general = reinterpret_cast<struct ::sockaddr*>(&here);
    if (::bind(listener_.get(), general, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), general, &size) != 0) {
        fail("cannot listen");
    }
    port_ = ntohs(here.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void LoopbackServer::accept_all() {
    while (true) {
        Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.is_open()) {
            return;
        }
        ++connections_;
        threads_.emplace_back([this, socket = std::make_shared<Fd>(std::move(client))] {
            serve_(std::move(*socket));
        });
    }
}

RealServer start_server(const std::vector<std::string>& program) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        fail("cannot make a pair of sockets");
    }
    RealServer server{.socket = Fd(ends[0])};
    const Fd theirs(ends[1]);
    server.pid = spawn(program, theirs.get(), theirs.get());
    return server;
}

RealServer connect_to(std::uint16_t port) {
    RealServer server{.socket = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    struct ::sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(
            server.socket.get(), reinterpret_cast<struct ::sockaddr*>(&there), sizeof there) != 0) {
        fail("cannot connect");
    }
    return server;
}

std::string answer_request(const Fd& client, std::string_view answer) {
    std::string request;
    char c = 0;
    while (!request.ends_with("\r\n\r\n") && ::recv(client.get(), &c, 1, 0) == 1) {
        request += c;
    }
    send_all(client.get(), answer.data(), answer.size());
    return request;
}

void ServerBehindProxy::serve(const Fd& client) {
    if (turned_away_ > 0) {
        --turned_away_;
        send_all(client.get(), words_.data(), words_.size());
        return;
    }
    const Interference interference = interference_;
    if (greet_) {
        greet_(client);
    }
    const RealServer server = open_();
    sent_ = 0;
    std::array<char, 16384> some{};
    std::array<struct ::pollfd, 2> polled{
        {{.fd = client.get(), .events = POLLIN, .revents = 0},
         {.fd = server.socket.get(), .events = POLLIN, .revents = 0}}};
    while (::poll(polled.data(), polled.size(), 50) >= 0 && !is_ending_) {
        if (polled[0].revents != 0) {
            const ::ssize_t count = ::recv(client.get(), some.data(), some.size(), 0);
            if (count <= 0) {
                break;
            }
            send_all(server.socket.get(), some.data(), static_cast<std::size_t>(count));
        }
        if (polled[1].revents != 0) {
            std::size_t room = some.size();
            if (interference.late.count() > 0) {
                std::this_thread::sleep_for(interference.late);
                room = 4096;
            }
            if (interference.limit) {
                room = std::min(room, *interference.limit - sent_);
            }
            if (room == 0) {
                if (interference.then == AtLimit::cut) {
                    break;
                }
                polled[1].fd = -1;  // takes nothing more from the server
                continue;
            }
            const ::ssize_t count = ::recv(server.socket.get(), some.data(), room, 0);
            if (count <= 0) {
                break;
            }
            sent_ += static_cast<std::size_t>(count);
            send_all(client.get(), some.data(), static_cast<std::size_t>(count));
        }
    }
    if (server.pid != 0) {
        ::kill(server.pid, SIGKILL);
        ::waitpid(server.pid, nullptr, 0);
    }
}

SshServer::SshServer(const std::string& config, const std::vector<std::string>& host_key_types)
    : types_(host_key_types) {
    ::mkdir("/run/sshd", 0755);  // where sshd locks itself in before anybody is known
    std::string text = config + "\n";
    for (const std::string& type : types_) {
        const std::string path = tree_ / ("host_" + type);
        run_program({"ssh-keygen", "-q", "-t", type, "-N", "", "-f", path});
        text += fmt::format("HostKey {}\n", path);
    }
    tree_.file("authorized_keys", "", 0600);
    text += fmt::format("AuthorizedKeysFile {}\n", tree_ / "authorized_keys");
    text +=
        "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPidFile none\n"
        // No first shell: there Debian's bash runs the .bashrc of this machine's root.
        "SetEnv SHLVL=2\n";
    tree_.file("sshd_config", text);
    server_.emplace([this] {
        return start_server({"/usr/sbin/sshd", "-i", "-e", "-f", tree_ / "sshd_config"});
    });
}

void SshServer::authorize(const std::string& public_key) {
    tree_.file("authorized_keys", tree_.content("authorized_keys") + public_key);
}

std::string SshServer::host_key(const std::string& type) const {
    return tree_.content("host_" + type + ".pub");
}

std::string SshServer::known_hosts() const {
    std::string lines;
    for (const std::string& type : types_) {
        lines += fmt::format("[127.0.0.1]:{} {}", port(), host_key(type));
    }
    return lines;
}

}  // namespace envkeep::testing
