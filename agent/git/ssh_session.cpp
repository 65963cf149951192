// SPDX-License-Identifier: MIT
#include "envkeep/git/ssh_session.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "git/ssh_authentication.hpp"
#include "git/ssh_host.hpp"
#include "git/ssh_link.hpp"
#include "git/ssh_offers.hpp"
#include "git/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t most_error_text = 64 * 1024;
// After the end of the output the status is on its way already.
constexpr auto status_patience = 5s;

class Session final : public SshSession {
  public:
    Session(std::unique_ptr<SshLink> link, std::string key_used, std::chrono::milliseconds stall)
        : link_(std::move(link)), key_used_(std::move(key_used)), stall_(stall) {}

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session() override = default;  // the session frees its channel

    SshResult<void> run(std::string_view command) override {
        link_->begin(SshStage::command, stall_);
        auto opened = link_->run([&]() -> long {
            constexpr std::string_view kind = "session";
            channel_ = ::libssh2_channel_open_ex(link_->session(),
                                                 kind.data(),
                                                 kind.size(),
                                                 window,
                                                 LIBSSH2_CHANNEL_PACKET_DEFAULT,
                                                 nullptr,
                                                 0);
            return channel_ != nullptr ? 0 : ::libssh2_session_last_errno(link_->session());
        });
        if (auto done = checked(opened); !done) {
            return done;
        }
        auto started = link_->run([&]() -> long {
            constexpr std::string_view request = "exec";
            return ::libssh2_channel_process_startup(channel_,
                                                     request.data(),
                                                     request.size(),
                                                     command.data(),
                                                     static_cast<unsigned>(command.size()));
        });
        if (auto done = checked(started); !done) {
            return done;
        }
        link_->begin(SshStage::transfer, stall_);
        return {};
    }

    SshResult<std::size_t> read(std::span<char> into) override {
        auto count = link_->run([&]() -> long {
            long got = ::libssh2_channel_read_ex(channel_, 0, into.data(), into.size());
            if (got == LIBSSH2_ERROR_EAGAIN) {
                // What it says meanwhile must not fill the window; and taking that may bring more
                // of its output, which no wait for the socket would tell.
                take_words();
                got = ::libssh2_channel_read_ex(channel_, 0, into.data(), into.size());
            }
            if (got == 0) {
                take_words();  // unread ones would hide the end
                return ::libssh2_channel_eof(channel_) == 0 ? LIBSSH2_ERROR_EAGAIN : 0;
            }
            return got;
        });
        if (!count) {
            return tl::unexpected(std::move(count).error());
        }
        if (*count < 0) {
            return tl::unexpected(link_->error_of(*count));
        }
        return static_cast<std::size_t>(*count);
    }

    SshResult<void> write(std::span<const char> bytes) override {
        while (!bytes.empty()) {
            auto count = link_->run([&]() -> long {
                take_words();
                return ::libssh2_channel_write_ex(channel_, 0, bytes.data(), bytes.size());
            });
            if (!count) {
                return tl::unexpected(std::move(count).error());
            }
            if (*count < 0) {
                return tl::unexpected(link_->error_of(*count));
            }
            bytes = bytes.subspan(static_cast<std::size_t>(*count));
        }
        return {};
    }

    [[nodiscard]] std::string words() const override { return words_; }

    std::optional<int> exit_status() override {
        link_->begin(SshStage::transfer, steady_clock::now() + status_patience);
        auto closed = link_->run([&]() -> long {
            take_words();
            return ::libssh2_channel_wait_closed(channel_);
        });
        char* signal = nullptr;
        ::libssh2_channel_get_exit_signal(
            channel_, &signal, nullptr, nullptr, nullptr, nullptr, nullptr);
        const bool is_by_signal = signal != nullptr;
        ::libssh2_free(link_->session(), signal);
        if (!closed || *closed != 0 || is_by_signal) {
            return std::nullopt;
        }
        return ::libssh2_channel_get_exit_status(channel_);
    }

    [[nodiscard]] std::string key_used() const override { return key_used_; }

  private:
    // As much as may be on its way: 100 Mbit/s over half the world.
    static constexpr unsigned window = 4 * 1024 * 1024;

    SshResult<void> checked(SshResult<long>& outcome) {
        if (!outcome) {
            return tl::unexpected(std::move(outcome).error());
        }
        if (*outcome < 0) {
            return tl::unexpected(link_->error_of(*outcome));
        }
        return {};
    }

    void take_words() {
        std::array<char, 4096> some{};
        long count = 0;
        while ((count = ::libssh2_channel_read_ex(
                    channel_, SSH_EXTENDED_DATA_STDERR, some.data(), some.size())) > 0) {
            const std::size_t room = most_error_text - words_.size();
            words_.append(some.data(), std::min(static_cast<std::size_t>(count), room));
        }
    }

    std::unique_ptr<SshLink> link_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
    std::string key_used_;
    std::chrono::milliseconds stall_;
    std::string words_;
};

// One attempt to open a session, from the name to the host key.
class Opening {
  public:
    Opening(const SshTarget& target, const SshSources& sources)
        : target_(target), sources_(sources), lookup_(host_key_lookup(target.settings, sources)) {}

    SshResult<std::unique_ptr<SshLink>> run() {
        is_turned_away_ = false;
        tell(SshStage::connect);
        const SshSettings& settings = target_.settings;
        auto connection = sources_.network.connect(
            settings.host_name, settings.port, steady_clock::now() + target_.limits.connect);
        if (!connection) {
            return tl::unexpected(unreached(std::move(connection).error()));
        }
        auto link = std::make_unique<SshLink>(*std::move(connection), lookup_.shown);
        if (auto agreed = shake_hands(*link); !agreed) {
            return tl::unexpected(std::move(agreed).error());
        }
        if (auto checked = check_host_key(*link); !checked) {
            return tl::unexpected(std::move(checked).error());
        }
        return link;
    }

    // True, after a short wait, if we were turned away since too many came, and not for too long.
    [[nodiscard]] bool may_come_again() const {
        const auto now = steady_clock::now();
        if (!is_turned_away_ || now >= begun_ + target_.limits.handshake) {
            return false;
        }
        std::this_thread::sleep_for(50ms + now.time_since_epoch() % 400ms);  // apart
        return true;
    }

    void tell(SshStage stage) const {
        if (sources_.stage) {
            sources_.stage(stage);
        }
    }

  private:
    SshResult<void> shake_hands(SshLink& link) {
        tell(SshStage::handshake);
        link.begin(SshStage::handshake, steady_clock::now() + target_.limits.handshake);
        if (link.session() == nullptr || !set_algorithms(link.session())) {
            return tl::unexpected(link.error(SshFailure::other, "libssh2 gives no session"));
        }
        auto outcome = link.run([&]() -> long {
            // It only looks whether that blocks; what comes and goes, the link's callbacks carry.
            return ::libssh2_session_handshake(link.session(), link.descriptor());
        });
        if (outcome && *outcome == 0) {
            return {};
        }
        SshError error = outcome ? link.error_of(*outcome) : std::move(outcome).error();
        const ServerGreeting greeting = read_greeting(link.first_bytes());
        if (greeting.is_full) {
            is_turned_away_ = true;
            error.failure = SshFailure::closed_by_peer;
            error.message = fmt::format("{} takes no more connections just now", lookup_.shown);
            error.evidence.push_back("it says: " + greeting.first_line);
        } else if (greeting.nothing_common) {
            error.failure = SshFailure::no_common_algorithm;
            error.message = fmt::format("nothing that {} offers is safe today", lookup_.shown);
            error.evidence.push_back(*greeting.nothing_common);
            error.evidence.push_back("server: " + greeting.first_line);
        } else if (error.failure == SshFailure::timed_out && link.first_bytes().empty()) {
            error.message = fmt::format("{} took the connection and says nothing", lookup_.shown);
        } else if (!greeting.is_ssh && !greeting.first_line.empty()) {
            error.failure = SshFailure::not_ssh;
            error.message = fmt::format("what answers as {} is not ssh", lookup_.shown);
            error.evidence.push_back("it says: " + greeting.first_line);
        }
        return tl::unexpected(std::move(error));
    }

    [[nodiscard]] bool set_algorithms(LIBSSH2_SESSION* session) const {
        const std::string host_key =
            host_key_algorithms(lookup_.known.types_of(lookup_.host, lookup_.port));
        const auto set = [&](int kind, std::string_view names) {
            return ::libssh2_session_method_pref(session, kind, std::string(names).c_str()) == 0;
        };
        return set(LIBSSH2_METHOD_KEX, Algorithms::key_exchange) &&
               set(LIBSSH2_METHOD_HOSTKEY, host_key) &&
               set(LIBSSH2_METHOD_CRYPT_CS, Algorithms::cipher) &&
               set(LIBSSH2_METHOD_CRYPT_SC, Algorithms::cipher) &&
               set(LIBSSH2_METHOD_MAC_CS, Algorithms::mac) &&
               set(LIBSSH2_METHOD_MAC_SC, Algorithms::mac);
    }

    SshResult<void> check_host_key(SshLink& link) const {
        tell(SshStage::host_key);
        link.begin(SshStage::host_key, steady_clock::now());
        std::size_t size = 0;
        int type = 0;
        const char* const bytes = ::libssh2_session_hostkey(link.session(), &size, &type);
        if (bytes == nullptr) {
            return tl::unexpected(link.error(SshFailure::other, lookup_.shown + " shows no key"));
        }
        HostKey key{.type = {}, .blob = std::string(bytes, size)};
        key.type = key_type(key.blob);
        const HostKeyAnswer answer = lookup_.known.check(lookup_.host, lookup_.port, key);
        if (answer.verdict == HostKeyVerdict::known ||
            (answer.verdict == HostKeyVerdict::unknown &&
             target_.settings.host_key_checking != HostKeyChecking::yes)) {
            return {};
        }
        return tl::unexpected(distrusted(link, answer, key));
    }

    SshError distrusted(const SshLink& link,
                        const HostKeyAnswer& answer,
                        const HostKey& key) const {
        SshError error = link.error(SshFailure::host_key_unknown,
                                    fmt::format("no key of {} is known here", lookup_.shown));
        error.evidence.push_back(
            fmt::format("shown: {} {}", printable(key.type), fingerprint(key.blob)));
        if (answer.verdict == HostKeyVerdict::unknown) {
            const std::string host = lookup_.port == 22
                                         ? lookup_.host
                                         : fmt::format("[{}]:{}", lookup_.host, lookup_.port);
            error.evidence.push_back(fmt::format("known_hosts line: {} {} {}",
                                                 printable(host),
                                                 printable(key.type),
                                                 base64_encoded(key.blob)));
        } else if (answer.verdict == HostKeyVerdict::changed) {
            error.failure = SshFailure::host_key_changed;
            error.message =
                fmt::format("{} shows another key than the one that is known", lookup_.shown);
            for (const std::string& expected : answer.expected) {
                error.evidence.push_back("expected: " + expected);
            }
        } else {
            error.failure = SshFailure::host_key_revoked;
            error.message =
                fmt::format("the key of {} is revoked in {}", lookup_.shown, answer.source);
        }
        for (const std::string& unsupported : answer.unsupported) {
            error.evidence.push_back("not supported: " + unsupported);
        }
        return error;
    }

    const SshTarget& target_;
    const SshSources& sources_;
    const HostKeyLookup lookup_;
    SteadyTime begun_ = steady_clock::now();
    bool is_turned_away_ = false;
};

}  // namespace

SshResult<std::unique_ptr<SshSession>> SshSession::open(const SshTarget& target,
                                                        const SshSources& sources) {
    if (auto reason = unsupported_way(target.settings, target.host)) {
        return tl::unexpected(*std::move(reason));
    }
    Opening opening(target, sources);
    Authentication authentication(target, sources);
    while (true) {
        auto link = opening.run();
        if (!link && opening.may_come_again()) {
            continue;
        }
        if (!link) {
            return tl::unexpected(std::move(link).error());
        }
        opening.tell(SshStage::authentication);
        (*link)->begin(SshStage::authentication, steady_clock::now() + target.limits.handshake);
        auto key = authentication.run(**link);
        if (key) {
            return std::make_unique<Session>(
                *std::move(link), *std::move(key), target.limits.stall);
        }
        if (!authentication.needs_new_session()) {
            return tl::unexpected(std::move(key).error());
        }
    }
}

}  // namespace envkeep::git
