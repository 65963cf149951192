// SPDX-License-Identifier: MIT
#include "posix/look_up.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace envkeep::posix {
namespace {

using system::NetworkError;
using system::NetworkFailure;

// More would not be tried within any limit.
constexpr std::size_t most_addresses = 16;

struct Question {
    std::string host;
    std::string port;
    int flags = 0;
};

struct Answer {
    int code = 0;   // of getaddrinfo
    int error = 0;  // errno, with EAI_SYSTEM
    std::vector<SocketAddress> addresses;
};

Answer ask(const Question& question) {
    struct ::addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV | question.flags;
    struct ::addrinfo* found = nullptr;
    Answer answer;
    answer.code = ::getaddrinfo(question.host.c_str(), question.port.c_str(), &wanted, &found);
    answer.error = errno;
    if (answer.code != 0) {
        return answer;
    }
    for (const struct ::addrinfo* each = found;
         each != nullptr && answer.addresses.size() < most_addresses;
         each = each->ai_next) {
        if (each->ai_addrlen <= sizeof(SocketAddress::storage)) {
            SocketAddress& address = answer.addresses.emplace_back();
            std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
            address.size = each->ai_addrlen;
        }
    }
    ::freeaddrinfo(found);
    return answer;
}

// What the thread of a lookup and whoever waits for it have in common; the last one frees it.
struct Lookup {
    Question question;
    std::mutex mutex;
    std::condition_variable is_done;
    std::optional<Answer> answer;
};

void* answer_lookup(void* shared) {
    const std::unique_ptr<std::shared_ptr<Lookup>> lookup(
        static_cast<std::shared_ptr<Lookup>*>(shared));
    Answer answer = ask((*lookup)->question);
    const std::lock_guard lock((*lookup)->mutex);
    (*lookup)->answer = std::move(answer);
    (*lookup)->is_done.notify_all();
    return nullptr;
}

// A thread that nobody joins, and that gets no signal of the process.
bool start_detached(const std::shared_ptr<Lookup>& lookup) {
    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    auto shared = std::make_unique<std::shared_ptr<Lookup>>(lookup);
    ::pthread_t thread{};
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool is_started = ::pthread_create(&thread, nullptr, answer_lookup, shared.get()) == 0;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (is_started) {
        static_cast<void>(shared.release());
        ::pthread_detach(thread);
    }
    return is_started;
}

// None: the deadline passed. getaddrinfo knows no limit but that of resolv.conf, which may be
// minutes.
std::optional<Answer> ask_until(Question question, SteadyTime deadline) {
    question.flags = AI_NUMERICHOST;
    if (Answer answer = ask(question); answer.code == 0) {
        return answer;
    }
    question.flags = 0;
    const auto lookup = std::make_shared<Lookup>();
    lookup->question = std::move(question);
    if (!start_detached(lookup)) {
        return Answer{.code = EAI_MEMORY, .error = EAGAIN, .addresses = {}};
    }
    std::unique_lock lock(lookup->mutex);
    lookup->is_done.wait_until(lock, deadline, [&] { return lookup->answer.has_value(); });
    return lookup->answer;
}

NetworkError failed(const std::string& host, const Answer& answer) {
    switch (answer.code) {
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
            return {.failure = NetworkFailure::no_such_name,
                    .message = fmt::format("no host is called {}", quoted(host))};
        case EAI_AGAIN:
        case EAI_FAIL:
            return {.failure = NetworkFailure::lookup_failed,
                    .message = fmt::format("no name server answers, looking for {}", quoted(host))};
        default:
            return {
                .failure = NetworkFailure::other,
                .message = fmt::format("cannot look up {}: {}",
                                       quoted(host),
                                       answer.code == EAI_SYSTEM ? std::strerror(answer.error)
                                                                 : ::gai_strerror(answer.code))};
    }
}

// The families in turn, beginning with that of the best address, so that one that leads nowhere
// costs one try.
void interleave(std::vector<SocketAddress>& addresses) {
    const auto family = addresses.front().storage.ss_family;
    const auto other = std::stable_partition(
        addresses.begin(), addresses.end(), [&](const SocketAddress& address) {
            return address.storage.ss_family == family;
        });
    std::vector<SocketAddress> mixed;
    auto one = addresses.begin();
    auto two = other;
    while (one != other || two != addresses.end()) {
        if (one != other) {
            mixed.push_back(*one++);
        }
        if (two != addresses.end()) {
            mixed.push_back(*two++);
        }
    }
    addresses = std::move(mixed);
}

}  // namespace

const struct ::sockaddr* SocketAddress::get() const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how sockets take addresses
    return reinterpret_cast<const struct ::sockaddr*>(&storage);
}

std::string SocketAddress::text() const {
    std::string host(NI_MAXHOST, '\0');
    if (::getnameinfo(get(), size, host.data(), NI_MAXHOST, nullptr, 0, NI_NUMERICHOST) != 0) {
        return "?";
    }
    host.resize(std::strlen(host.c_str()));
    return host;
}

tl::expected<std::vector<SocketAddress>, NetworkError> look_up(const std::string& host,
                                                               std::uint16_t port,
                                                               SteadyTime deadline) {
    std::optional<Answer> answer =
        ask_until({.host = host, .port = fmt::to_string(port)}, deadline);
    if (!answer) {
        return tl::unexpected(NetworkError{
            .failure = NetworkFailure::lookup_failed,
            .message =
                fmt::format("no name server answered in time, looking for {}", quoted(host))});
    }
    if (answer->code != 0 || answer->addresses.empty()) {
        return tl::unexpected(failed(host, *answer));
    }
    interleave(answer->addresses);
    return std::move(answer->addresses);
}

}  // namespace envkeep::posix
