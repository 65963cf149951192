// SPDX-License-Identifier: MIT
#include "git/remote_callbacks.hpp"

#include "envkeep/core/text.hpp"
#include "git/callback_functions.hpp"
#include "git/certificate_authorities.hpp"
#include "git/remote_findings.hpp"
#include "git/socket_stream.hpp"

#include <fmt/format.h>
#include <git2/sys/errors.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::size_t most_words = 4096;

RemoteCallbacks& of(void* payload) {
    return *static_cast<RemoteCallbacks*>(payload);
}

// The URL that a remote is really reached by: `insteadOf` is done.
const char* url_of(const git_remote* remote, int direction) {
    const char* const push = direction == GIT_DIRECTION_PUSH ? git_remote_pushurl(remote) : nullptr;
    return push != nullptr ? push : git_remote_url(remote);
}

// A token that is there, and not for whoever asks.
void note_withheld(const Address& address,
                   const HttpCredentialSources& sources,
                   RemoteAttempt& attempt) {
    if (!sources.token_variable.empty() && token_place(address) != sources.token_place) {
        attempt.withheld = fmt::format("the token of {} is for {} and not given to {}",
                                       printable(sources.token_variable),
                                       printable(sources.token_place),
                                       printable(token_place(address)));
    }
}

LibGitError last_error(int code) {
    const git_error* const last = git_error_last();
    return {.code = code,
            .message = last == nullptr || last->message == nullptr ? "" : last->message};
}

}  // namespace

// Before each connection, also one of a submodule.
int CallbackFunctions::ready(git_remote* remote, int direction, void* payload) {
    RemoteCallbacks& self = of(payload);
    const char* const url = url_of(remote, direction);
    self.attempt_ = {};
    self.credentials_.clear();
    self.next_credential_ = 0;
    self.credentials_of_.clear();
    auto address = parse_address(url == nullptr ? "" : url);
    if (!address) {
        self.attempt_.refusal = std::move(address).error();
        git_error_set_str(GIT_ERROR_NET, self.attempt_.refusal->message.c_str());
        return GIT_EUSER;
    }
    if (self.access_.progress) {
        self.access_.progress("waiting for the remote");
    }
    Address shown = *address;
    if (shown.way == Way::https || shown.way == Way::http) {
        shown.user.clear();  // often a token
    }
    self.attempt_.url = printable(shown.url());
    self.attempt_.address = *std::move(address);
    const bool is_local = self.attempt_.address->way == Way::file;
    if (self.access_.no_network && !is_local) {
        self.attempt_.is_forbidden = true;
        git_error_set_str(GIT_ERROR_NET, "there is to be no network");
        return GIT_EUSER;
    }
    reach_streams_for(self);
    if (self.attempt_.address->way == Way::https) {
        self.attempt_.authorities =
            use_certificate_authorities(git_remote_owner(remote), self.access_);
    }
    return 0;
}

// `url` is where the question really comes from, after a redirect too: no other host's secrets go
// there.
int CallbackFunctions::credentials(
    git_credential** out, const char* url, const char* /*user*/, unsigned allowed, void* payload) {
    RemoteCallbacks& self = of(payload);
    const auto address = parse_address(url);
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0 || !address) {
        return GIT_PASSTHROUGH;
    }
    if (const std::string shown = address->url(); self.credentials_of_ != shown) {
        self.credentials_of_ = shown;
        self.credentials_ = http_credentials(*address, self.access_.http);
        self.next_credential_ = 0;
        note_withheld(*address, self.access_.http, self.attempt_);
    }
    if (self.next_credential_ == self.credentials_.size()) {
        return GIT_PASSTHROUGH;
    }
    const HttpCredential& next = self.credentials_[self.next_credential_++];
    self.attempt_.offered.push_back(next.source);
    return git_credential_userpass_plaintext_new(out, next.user.c_str(), next.secret.c_str());
}

int CallbackFunctions::certificate(git_cert* shown, int is_valid, const char* host, void* payload) {
    if (is_valid == 0) {
        of(payload).attempt_.untrusted = printable(host);
        of(payload).attempt_.certificate = facts_of(shown);
    }
    return GIT_PASSTHROUGH;
}

int CallbackFunctions::words(const char* bytes, int size, void* payload) {
    RemoteCallbacks& self = of(payload);
    const std::string_view all(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    for (const std::string_view line : split(all, '\n')) {
        // Up to a carriage return it is progress, which the next one writes over.
        const std::string text = printable(trimmed(line.substr(line.rfind('\r') + 1)));
        if (!text.empty() && self.remote_words_.size() + text.size() < most_words) {
            self.remote_words_.append(text).append("\n");
        }
    }
    return self.may_go_on() ? 0 : GIT_EUSER;
}

int CallbackFunctions::received(const git_indexer_progress* progress, void* payload) {
    RemoteCallbacks& self = of(payload);
    const bool is_indexing =
        progress->received_objects == progress->total_objects && progress->total_deltas > 0;
    const unsigned done = is_indexing ? progress->indexed_deltas : progress->received_objects;
    const unsigned all = is_indexing ? progress->total_deltas : progress->total_objects;
    return self.report(is_indexing ? "resolving" : "fetching", done, all, "objects") ? 0
                                                                                     : GIT_EUSER;
}

int CallbackFunctions::pushed(unsigned current,
                              unsigned total,
                              std::size_t /*bytes*/,
                              void* payload) {
    return of(payload).report("pushing", current, total, "objects") ? 0 : GIT_EUSER;
}

int CallbackFunctions::reference(const char* name, const char* refusal, void* payload) {
    if (refusal != nullptr) {
        of(payload).refused_refs_.push_back(
            fmt::format("{}: {}", printable(name), printable(refusal)));
    }
    return 0;
}

RemoteCallbacks::RemoteCallbacks(const RemoteAccess& access, std::string subject)
    : access_(access), subject_(std::move(subject)) {}

RemoteCallbacks::~RemoteCallbacks() {
    forget_streams_for(*this);
}

// libgit2 reports each object, thousands in a second.
bool RemoteCallbacks::report(std::string_view what,
                             std::size_t done,
                             std::size_t all,
                             std::string_view things) {
    constexpr std::size_t steps = 50;
    const std::size_t step = all == 0 ? 0 : done * steps / all;
    const bool is_news = step != reported_step_ || what != reported_;
    if (is_news) {
        reported_step_ = step;
        reported_ = what;
        if (access_.progress) {
            access_.progress(fmt::format("{} {} of {} {}", what, done, all, things));
        }
    }
    // One large object takes long at one step.
    const auto now = std::chrono::steady_clock::now();
    if (at_each_report_ && (is_news || now - reported_at_ >= std::chrono::seconds(1))) {
        reported_at_ = now;
        at_each_report_();
    }
    return may_go_on();
}

void RemoteCallbacks::fill(git_remote_callbacks& callbacks, git_proxy_options& proxy) {
    git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    callbacks.remote_ready = &CallbackFunctions::ready;
    callbacks.credentials = &CallbackFunctions::credentials;
    callbacks.certificate_check = &CallbackFunctions::certificate;
    callbacks.sideband_progress = &CallbackFunctions::words;
    callbacks.transfer_progress = &CallbackFunctions::received;
    callbacks.push_transfer_progress = &CallbackFunctions::pushed;
    callbacks.push_update_reference = &CallbackFunctions::reference;
    callbacks.payload = this;
    // http.proxy, then the variables https_proxy and no_proxy.
    git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
    proxy.type = GIT_PROXY_AUTO;
    remote_words_.clear();
    refused_refs_.clear();
}

void RemoteCallbacks::fill(git_fetch_options& options) {
    fill(options.callbacks, options.proxy_opts);
    options.follow_redirects = GIT_REMOTE_REDIRECT_INITIAL;
}

void RemoteCallbacks::fill(git_push_options& options) {
    fill(options.callbacks, options.proxy_opts);
    options.follow_redirects = GIT_REMOTE_REDIRECT_INITIAL;
}

void RemoteCallbacks::fill(git_remote_connect_options& options) {
    fill(options.callbacks, options.proxy_opts);
    options.follow_redirects = GIT_REMOTE_REDIRECT_INITIAL;
}

model::Finding RemoteCallbacks::failure(int code) const {
    model::Finding made = finding_of(attempt_, last_error(code), subject_);
    for (const std::string_view line : split(trimmed(remote_words_), '\n')) {
        if (!line.empty()) {
            made.evidence.push_back(fmt::format("remote: {}", line));
        }
    }
    return made;
}

bool RemoteCallbacks::is_network_at_fault(int code) const {
    return git::is_network_at_fault(attempt_, last_error(code));
}

}  // namespace envkeep::git
