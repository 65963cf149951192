// SPDX-License-Identifier: MIT
#include "git/ssh_link.hpp"

#include "envkeep/core/text.hpp"
#include "git/ssh_offers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

namespace envkeep::git {
namespace {

using system::NetworkFailure;
using system::Readiness;

constexpr std::size_t most_first_bytes = 8192;
constexpr std::size_t longest_words = 500;

std::string_view activity(SshStage stage) {
    switch (stage) {
        case SshStage::lookup:
            return "looking up its name";
        case SshStage::connect:
            return "connecting";
        case SshStage::handshake:
            return "agreeing on keys and ciphers";
        case SshStage::host_key:
            return "checking its key";
        case SshStage::authentication:
            return "authentication";
        case SshStage::command:
            return "starting the command";
        case SshStage::transfer:
            return "the transfer";
    }
    return "";
}

SshLink* link_of(void** abstract) {
    return static_cast<SshLink*>(*abstract);
}

bool start_libssh2() {
    static const int status = ::libssh2_init(0);  // for the whole process
    return status == 0;
}

}  // namespace

SshError unreached(system::NetworkError error) {
    struct Cause {
        NetworkFailure network;
        SshStage stage;
        SshFailure failure;
    };

    constexpr std::array<Cause, 6> causes{{
        {NetworkFailure::no_such_name, SshStage::lookup, SshFailure::no_such_name},
        {NetworkFailure::lookup_failed, SshStage::lookup, SshFailure::lookup_failed},
        {NetworkFailure::refused, SshStage::connect, SshFailure::refused},
        {NetworkFailure::unreachable, SshStage::connect, SshFailure::unreachable},
        {NetworkFailure::timed_out, SshStage::connect, SshFailure::timed_out},
        {NetworkFailure::closed_by_peer, SshStage::connect, SshFailure::closed_by_peer},
    }};
    const auto* const cause = std::ranges::find(causes, error.failure, &Cause::network);
    const bool is_known = cause != causes.end();
    return {.stage = is_known ? cause->stage : SshStage::connect,
            .failure = is_known ? cause->failure : SshFailure::other,
            .message = std::move(error.message),
            .evidence = {}};
}

struct SshLinkFunctions {
    static ::ssize_t receive(
        libssh2_socket_t /*socket*/, void* into, std::size_t size, int /*flags*/, void** abstract) {
        SshLink& link = *link_of(abstract);
        if (link.is_broken_) {
            return -ECONNRESET;
        }
        const std::span bytes(static_cast<std::byte*>(into), size);
        const auto count = link.connection_->read(bytes, SteadyTime{});
        if (!count) {
            return answer(link, count.error());
        }
        link.last_byte_ = std::chrono::steady_clock::now();
        link.is_broken_ = *count == 0;
        if (link.first_bytes_.size() < most_first_bytes) {
            link.note_first_bytes({static_cast<const char*>(into), *count});
        }
        return static_cast<::ssize_t>(*count);
    }

    static ::ssize_t send(libssh2_socket_t /*socket*/,
                          const void* bytes,
                          std::size_t size,
                          int /*flags*/,
                          void** abstract) {
        SshLink& link = *link_of(abstract);
        if (link.is_broken_) {
            return -ECONNRESET;
        }
        const std::span all(static_cast<const std::byte*>(bytes), size);
        const auto count = link.connection_->write(all, SteadyTime{});
        if (!count) {
            return answer(link, count.error());
        }
        link.last_byte_ = std::chrono::steady_clock::now();
        return static_cast<::ssize_t>(*count);
    }

    static void disconnected(LIBSSH2_SESSION* /*session*/,
                             int /*reason*/,
                             const char* message,
                             int size,
                             const char* /*language*/,
                             int /*language_size*/,
                             void** abstract) {
        if (message != nullptr && size > 0) {
            const std::string_view words(message, static_cast<std::size_t>(size));
            link_of(abstract)->last_words_ = printable(trimmed(words.substr(0, longest_words)));
        }
    }

    static ::ssize_t answer(SshLink& link, const system::NetworkError& error) {
        if (error.failure == NetworkFailure::timed_out) {
            return -EAGAIN;
        }
        link.is_broken_ = true;
        return -ECONNRESET;
    }
};

SshLink::SshLink(std::unique_ptr<system::Connection> connection, std::string name)
    : connection_(std::move(connection)),
      name_(std::move(name)),
      session_(start_libssh2() ? ::libssh2_session_init_ex(nullptr, nullptr, nullptr, this)
                               : nullptr) {
    if (session_ == nullptr) {
        return;
    }
    ::libssh2_session_set_blocking(session_, 0);
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): how libssh2 takes them
    const auto set = [&](int type, auto* function) {
        ::libssh2_session_callback_set2(
            session_, type, reinterpret_cast<libssh2_cb_generic*>(function));
    };
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    set(LIBSSH2_CALLBACK_RECV, &SshLinkFunctions::receive);
    set(LIBSSH2_CALLBACK_SEND, &SshLinkFunctions::send);
    set(LIBSSH2_CALLBACK_DISCONNECT, &SshLinkFunctions::disconnected);
}

SshLink::~SshLink() {
    if (session_ == nullptr) {
        return;
    }
    if (!is_broken_) {
        // One try: a peer that does not take it learns it from the end of the stream.
        ::libssh2_session_disconnect(session_, "done");
    }
    is_broken_ = true;
    ::libssh2_session_free(session_);
}

// libssh2 would read lines of any length and number until one says that this is ssh.
void SshLink::note_first_bytes(std::string_view bytes) {
    first_bytes_.append(bytes.substr(0, most_first_bytes - first_bytes_.size()));
    if (first_bytes_.size() == most_first_bytes && !read_greeting(first_bytes_).is_ssh) {
        is_broken_ = true;
    }
}

void SshLink::begin(SshStage stage, SteadyTime deadline) {
    stage_ = stage;
    limit_ = deadline;
}

void SshLink::begin(SshStage stage, std::chrono::milliseconds stall) {
    stage_ = stage;
    limit_.reset();
    stall_ = stall;
}

SteadyTime SshLink::deadline() const {
    return limit_ ? *limit_ : std::chrono::steady_clock::now() + stall_;
}

SshResult<long> SshLink::run(const std::function<long()>& step) {
    const SteadyTime begin = std::chrono::steady_clock::now();
    last_byte_ = begin;
    while (true) {
        const long code = step();
        if (code != LIBSSH2_ERROR_EAGAIN) {
            if (code < 0 && is_ended(code)) {
                return tl::unexpected(error_of(code));
            }
            return code;
        }
        if (auto ready = wait(); !ready) {
            return tl::unexpected(std::move(ready).error());
        }
    }
}

SshResult<void> SshLink::wait() {
    const int directions = ::libssh2_session_block_directions(session_);
    Readiness readiness = Readiness::readable;
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0) {
        readiness = (directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 ? Readiness::either
                                                                      : Readiness::writable;
    }
    const SteadyTime until = limit_ ? *limit_ : last_byte_ + stall_;
    if (auto ready = connection_->wait(readiness, until); !ready) {
        is_broken_ = true;
        if (ready.error().failure == NetworkFailure::timed_out) {
            return tl::unexpected(
                error(SshFailure::timed_out,
                      fmt::format("{} no longer answers: {} stalled", name_, activity(stage_))));
        }
        return tl::unexpected(error(SshFailure::other, std::move(ready).error().message));
    }
    return {};
}

SshError SshLink::error(SshFailure failure, std::string message) const {
    return {.stage = stage_, .failure = failure, .message = std::move(message), .evidence = {}};
}

bool SshLink::is_ended(long code) const {
    return is_broken_ || code == LIBSSH2_ERROR_SOCKET_DISCONNECT ||
           code == LIBSSH2_ERROR_SOCKET_RECV || code == LIBSSH2_ERROR_SOCKET_SEND ||
           code == LIBSSH2_ERROR_SOCKET_NONE || !last_words_.empty();
}

SshError SshLink::error_of(long code) const {
    if (is_ended(code)) {
        SshError ended =
            error(SshFailure::closed_by_peer,
                  fmt::format("{} closed the connection during {}", name_, activity(stage_)));
        if (!last_words_.empty()) {
            ended.message += ": " + last_words_;
        }
        return ended;
    }
    char* words = nullptr;
    ::libssh2_session_last_error(session_, &words, nullptr, 0);
    return error(SshFailure::other,
                 fmt::format("{} failed with {}: {}",
                             activity(stage_),
                             name_,
                             words == nullptr ? "" : printable(words)));
}

}  // namespace envkeep::git
