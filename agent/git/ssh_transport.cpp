// SPDX-License-Identifier: MIT
#include "git/ssh_transport.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/ssh_session.hpp"
#include "git/callback_functions.hpp"

#include <fmt/format.h>
#include <git2/sys/errors.h>
#include <git2/sys/transport.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::size_t most_told = 2000;

struct Subtransport;

struct Stream : git_smart_subtransport_stream {
    Subtransport* transport = nullptr;
    bool has_answered = false;
};

struct Subtransport : git_smart_subtransport {
    git_transport* owner = nullptr;
    RemoteCallbacks* callbacks = nullptr;
    std::unique_ptr<SshSession> session;
    Stream stream{};
};

Subtransport& of(git_smart_subtransport* base) {
    return *static_cast<Subtransport*>(base);
}

Stream& of(git_smart_subtransport_stream* base) {
    return *static_cast<Stream*>(base);
}

int fail(Subtransport& transport, SshError error) {
    git_error_set_str(GIT_ERROR_SSH, error.message.c_str());
    CallbackFunctions::attempt(*transport.callbacks).ssh = std::move(error);
    return GIT_ERROR;
}

// One word for the shell there, always in quotes: git-shell takes nothing else.
std::string quoted_path(std::string_view path) {
    std::string word = "'";
    for (const char c : path) {
        if (c == '\'' || c == '!') {
            word.append("'\\").append(1, c).append("'");
        } else {
            word += c;
        }
    }
    return word + "'";
}

// Set by RemoteCallbacks, or not to be trusted.
RemoteCallbacks* callbacks_of(git_transport* owner) {
    git_remote_connect_options options;
    if (git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION) != 0 ||
        git_transport_remote_connect_options(&options, owner) != 0) {
        return nullptr;
    }
    git_strarray_dispose(&options.custom_headers);
    return options.callbacks.remote_ready == &CallbackFunctions::ready
               ? static_cast<RemoteCallbacks*>(options.callbacks.payload)
               : nullptr;
}

int begin(Subtransport& transport, const char* url, std::string_view program) {
    const auto address = parse_address(url);
    // git and its servers take a path with a dash for an option.
    if (!address || address->way != Way::ssh || address->path.starts_with('-')) {
        return fail(transport,
                    {.stage = SshStage::connect,
                     .failure = SshFailure::other,
                     .message = fmt::format("{} is no address of a repository", quoted(url)),
                     .evidence = {}});
    }
    auto session = open_ssh(CallbackFunctions::access(*transport.callbacks),
                            *address,
                            CallbackFunctions::attempt(*transport.callbacks).ssh_settings);
    if (!session) {
        return fail(transport, std::move(session).error());
    }
    transport.session = *std::move(session);
    const std::string command = fmt::format("{} {}", program, quoted_path(address->path));
    if (auto started = transport.session->run(command); !started) {
        return fail(transport, std::move(started).error());
    }
    return 0;
}

int act(git_smart_subtransport_stream** out,
        git_smart_subtransport* base,
        const char* url,
        git_smart_service_t service) {
    Subtransport& transport = of(base);
    transport.callbacks = callbacks_of(transport.owner);
    if (transport.callbacks == nullptr) {
        git_error_set_str(GIT_ERROR_SSH, "nobody says how ssh is to be used");
        return GIT_ERROR;
    }
    int status = 0;
    if (service == GIT_SERVICE_UPLOADPACK_LS || service == GIT_SERVICE_RECEIVEPACK_LS) {
        transport.stream.has_answered = false;
        status =
            begin(transport,
                  url,
                  service == GIT_SERVICE_UPLOADPACK_LS ? "git-upload-pack" : "git-receive-pack");
    } else if (transport.session == nullptr) {
        git_error_set_str(GIT_ERROR_SSH, "there is no connection to go on with");
        status = GIT_ERROR;
    }
    *out = &transport.stream;
    return status;
}

// What it says, without empty lines and frames of signs.
std::vector<std::string> lines_of(std::string_view words) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(words.substr(0, most_told), '\n')) {
        const std::string text = printable(trimmed(line));
        if (std::ranges::any_of(std::string_view(text).substr(text.starts_with("remote:") ? 7 : 0),
                                [](unsigned char c) { return std::isalnum(c) != 0; })) {
            lines.push_back(text);
        }
    }
    return lines;
}

// The end of the output is an error where the server says so, or where it has said nothing.
int end_of_output(Stream& stream) {
    SshSession& session = *stream.transport->session;
    const std::optional<int> status = session.exit_status();
    if (status == 0 && stream.has_answered) {
        return 0;
    }
    std::vector<std::string> lines = lines_of(session.words());
    SshError error{.stage = SshStage::command,
                   .failure = SshFailure::command_failed,
                   .message = "git there ended without a word",
                   .evidence = {}};
    const auto cause = std::ranges::find_if(lines, [](const std::string& line) {
        return line.find("ERROR") != std::string::npos || line.find("fatal:") != std::string::npos;
    });
    if (!lines.empty()) {
        std::rotate(lines.begin(), cause == lines.end() ? lines.begin() : cause, lines.end());
        error.message = "git there says: " + lines.front();
        error.evidence.assign(lines.begin() + 1, lines.end());
    }
    if (status && *status != 0) {
        error.evidence.push_back(fmt::format("exit status {}", *status));
    }
    error.evidence.push_back("key used: " + session.key_used());
    return fail(*stream.transport, std::move(error));
}

int read(git_smart_subtransport_stream* base, char* into, std::size_t size, std::size_t* count) {
    Stream& stream = of(base);
    auto got = stream.transport->session->read(std::span(into, size));
    if (!got) {
        return fail(*stream.transport, std::move(got).error());
    }
    *count = *got;
    if (*got == 0) {
        return end_of_output(stream);
    }
    stream.has_answered = true;
    return 0;
}

int write(git_smart_subtransport_stream* base, const char* bytes, std::size_t size) {
    Subtransport& transport = *of(base).transport;
    if (auto done = transport.session->write(std::span(bytes, size)); !done) {
        return fail(transport, std::move(done).error());
    }
    return 0;
}

int close(git_smart_subtransport* base) {
    of(base).session.reset();
    return 0;
}

void free_transport(git_smart_subtransport* base) {
    delete &of(base);
}

void free_stream(git_smart_subtransport_stream* /*is the transport's*/) {}

int make_subtransport(git_smart_subtransport** out, git_transport* owner, void* /*nothing*/) {
    auto transport = std::make_unique<Subtransport>();
    transport->git_smart_subtransport::action = &act;
    transport->git_smart_subtransport::close = &close;
    transport->git_smart_subtransport::free = &free_transport;
    transport->owner = owner;
    transport->stream.subtransport = transport.get();
    transport->stream.git_smart_subtransport_stream::read = &read;
    transport->stream.git_smart_subtransport_stream::write = &write;
    transport->stream.git_smart_subtransport_stream::free = &free_stream;
    transport->stream.transport = transport.get();
    *out = transport.release();  // libgit2 calls free_transport
    return 0;
}

}  // namespace

SshSettings ssh_settings(const RemoteAccess& access, const Address& address) {
    SshSettings settings = resolve_ssh(access.config, address.host, address.user, address.port);
    if (settings.user.empty()) {
        settings.user = access.config.local_user;
    }
    return settings;
}

SshSources ssh_sources(const RemoteAccess& access) {
    return {.network = access.network,
            .known_hosts = access.pinned,
            .read = access.config.read,
            .mode_of = access.mode_of,
            .home = access.config.home,
            .stage = {}};
}

SshResult<std::unique_ptr<SshSession>> open_ssh(const RemoteAccess& access,
                                                const Address& address,
                                                SshSettings& settings) {
    settings = ssh_settings(access, address);
    return SshSession::open({.host = address.host, .settings = settings, .limits = access.limits},
                            ssh_sources(access));
}

int make_ssh_transport(git_transport** out, git_remote* owner, void* /*nothing*/) {
    static git_smart_subtransport_definition definition{
        .callback = &make_subtransport, .rpc = 0, .param = nullptr};
    return git_transport_smart(out, owner, &definition);
}

}  // namespace envkeep::git
