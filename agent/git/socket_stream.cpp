// SPDX-License-Identifier: MIT
#include "git/socket_stream.hpp"

#include "envkeep/core/text.hpp"
#include "git/callback_functions.hpp"
#include "git/ssh_link.hpp"

#include <fmt/format.h>
#include <git2/sys/errors.h>
#include <git2/sys/stream.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <span>
#include <utility>

namespace envkeep::git {
namespace {

thread_local RemoteCallbacks* reached = nullptr;

struct SocketStream : git_stream {
    RemoteCallbacks* callbacks = nullptr;
    std::string host;
    std::uint16_t port = 0;
    std::unique_ptr<system::Connection> connection;
};

SocketStream& of(git_stream* base) {
    return *static_cast<SocketStream*>(base);
}

int fail(const SocketStream& stream, SshError error) {
    const int code = error.failure == SshFailure::timed_out ? GIT_TIMEOUT : GIT_ERROR;
    git_error_set_str(GIT_ERROR_NET, error.message.c_str());
    CallbackFunctions::attempt(*stream.callbacks).ssh = std::move(error);
    return code;
}

int fail_in_transfer(const SocketStream& stream, system::NetworkError error) {
    SshError failed = unreached(std::move(error));
    failed.stage = SshStage::transfer;
    if (failed.failure == SshFailure::timed_out) {
        const std::string& url = CallbackFunctions::attempt(*stream.callbacks).url;
        failed.evidence.push_back(
            std::exchange(failed.message, fmt::format("{} does not answer in time", url)));
    }
    return fail(stream, std::move(failed));
}

const SshLimits& limits_of(const SocketStream& stream) {
    return CallbackFunctions::access(*stream.callbacks).limits;
}

int connect(git_stream* base) {
    SocketStream& stream = of(base);
    auto connection =
        CallbackFunctions::access(*stream.callbacks)
            .network.connect(stream.host,
                             stream.port,
                             std::chrono::steady_clock::now() + limits_of(stream).connect);
    if (!connection) {
        return fail(stream, unreached(std::move(connection).error()));
    }
    stream.connection = *std::move(connection);
    // What failed with a connection before this one, which its server closed, is of no matter.
    CallbackFunctions::attempt(*stream.callbacks).ssh.reset();
    CallbackFunctions::attempt(*stream.callbacks).has_ended = false;
    return 0;
}

::ssize_t answer(const SocketStream& stream,
                 tl::expected<std::size_t, system::NetworkError> count) {
    return count ? static_cast<::ssize_t>(*count)
                 : fail_in_transfer(stream, std::move(count).error());
}

::ssize_t read(git_stream* base, void* into, std::size_t size) {
    const SocketStream& stream = of(base);
    const ::ssize_t count =
        answer(stream,
               stream.connection->read(std::span(static_cast<std::byte*>(into), size),
                                       std::chrono::steady_clock::now() + limits_of(stream).stall));
    if (count == 0) {
        CallbackFunctions::attempt(*stream.callbacks).has_ended = true;
        errno = ECONNRESET;  // an end within TLS is told with errno, whatever has left one there
    }
    return count;
}

::ssize_t write(git_stream* base, const char* bytes, std::size_t size, int /*flags*/) {
    const SocketStream& stream = of(base);
    return answer(
        stream,
        stream.connection->write(std::as_bytes(std::span(bytes, size)),
                                 std::chrono::steady_clock::now() + limits_of(stream).stall));
}

int close(git_stream* base) {
    of(base).connection.reset();
    return 0;
}

void free_stream(git_stream* base) {
    delete &of(base);
}

int make_stream(git_stream** out, const char* host, const char* port) {
    auto stream = std::make_unique<SocketStream>();
    const std::string_view digits(port);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), stream->port);
    if (reached == nullptr || error != std::errc{} || end != digits.data() + digits.size()) {
        git_error_set_str(GIT_ERROR_NET, "nobody says how the network is to be used");
        return GIT_ERROR;
    }
    stream->callbacks = reached;
    stream->host = host;
    stream->version = GIT_STREAM_VERSION;
    stream->git_stream::connect = &connect;
    stream->git_stream::read = &read;
    stream->git_stream::write = &write;
    stream->git_stream::close = &close;
    stream->git_stream::free = &free_stream;
    *out = stream.release();  // libgit2 calls free_stream
    return 0;
}

}  // namespace

bool register_streams() {
    git_stream_registration streams{
        .version = GIT_STREAM_VERSION, .init = &make_stream, .wrap = nullptr};
    return git_stream_register(GIT_STREAM_STANDARD, &streams) == 0;
}

void reach_streams_for(RemoteCallbacks& callbacks) {
    reached = &callbacks;
}

void forget_streams_for(const RemoteCallbacks& callbacks) {
    if (reached == &callbacks) {
        reached = nullptr;
    }
}

}  // namespace envkeep::git
