// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/git/address.hpp"
#include "envkeep/git/remote_access.hpp"
#include "envkeep/model/finding.hpp"
#include "git/certificate.hpp"

#include <git2.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {

// Keeps libgit2 started while it lives; as many as one likes. The user's configuration is read from
// `home` (.gitconfig, .config/git), nobody's if it is empty. libgit2 does not look at who owns a
// repository: whoever opens one does. ssh goes over SshSession from then on.
class LibGit {
  public:
    explicit LibGit(const std::string& home);

    LibGit(const LibGit&) = delete;
    LibGit& operator=(const LibGit&) = delete;
    LibGit(LibGit&&) = delete;
    LibGit& operator=(LibGit&&) = delete;
    ~LibGit();

    [[nodiscard]] bool is_started() const { return status_ >= 0; }

    // A file of the user's configuration that is none, such as a FIFO: its folder is left out,
    // since libgit2 would wait for it without end. Empty: there is none.
    [[nodiscard]] const std::string& left_out() const { return left_out_; }

  private:
    void set_folder(int level, const std::string& folder, std::span<const std::string_view> names);

    int status_;
    std::string left_out_;
};

// One attempt, as far as it is known when it fails.
struct RemoteAttempt {
    std::string url;  // that was really asked for, after `insteadOf`; holds no password
    std::optional<Address> address;
    std::optional<SshError> ssh;
    SshSettings ssh_settings;
    std::string untrusted;             // the host whose certificate is not
    CertificateFacts certificate;      // and that certificate
    std::string authorities;           // the file that certificates are checked with
    std::vector<std::string> offered;  // sources of the credentials that were offered over https
    std::string withheld;              // why one was not; empty: none was kept back
    bool is_forbidden = false;         // there is to be no network
    bool has_ended = false;            // the other side closed the stream
    std::optional<Error> refusal;      // why it is no address, so that nobody was asked
};

// What libgit2 needs to reach remotes, whatever their URLs: ssh, credentials and certificates of
// https, proxies, limits, progress. Its address is the payload of the callbacks: fill the options
// anew for each call, and keep this where it is. A LibGit lives longer.
class RemoteCallbacks {
  public:
    // `subject` is what findings are about; `access` lives longer.
    RemoteCallbacks(const RemoteAccess& access, std::string subject);

    RemoteCallbacks(const RemoteCallbacks&) = delete;
    RemoteCallbacks& operator=(const RemoteCallbacks&) = delete;
    RemoteCallbacks(RemoteCallbacks&&) = delete;
    RemoteCallbacks& operator=(RemoteCallbacks&&) = delete;
    ~RemoteCallbacks();

    // Sets callbacks, proxy and redirects; depth, refspecs and the like stay the caller's.
    void fill(git_fetch_options& options);
    void fill(git_push_options& options);
    void fill(git_remote_connect_options& options);  // for ls-remote

    // After a call of libgit2 that used the network has failed: the cause and the cure. To be asked
    // before the next call of libgit2.
    [[nodiscard]] model::Finding failure(int code) const;
    // Whether that failure may be gone at the next try: nothing answered, or the stream broke off.
    [[nodiscard]] bool is_network_at_fault(int code) const;

    // Of the last push, the branches that the remote did not take: "refs/heads/main: <its words>".
    [[nodiscard]] const std::vector<std::string>& refused_refs() const { return refused_refs_; }

    // False: the work is to end.
    [[nodiscard]] bool may_go_on() const { return !access_.may_go_on || access_.may_go_on(); }

    // Called at each fiftieth of a transfer, and of the files that are written, and once in a
    // second in between.
    void at_each_report(std::function<void()> call) { at_each_report_ = std::move(call); }

    // So much of it is done; asks may_go_on, too.
    bool report(std::string_view what, std::size_t done, std::size_t all, std::string_view things);

    // What the remote said of the last transfer ("remote: ..."), printable; at most 4 KiB.
    [[nodiscard]] const std::string& remote_words() const { return remote_words_; }

  private:
    friend struct CallbackFunctions;  // the C functions that libgit2 calls

    void fill(git_remote_callbacks& callbacks, git_proxy_options& proxy);

    const RemoteAccess& access_;
    std::string subject_;
    RemoteAttempt attempt_;
    std::vector<HttpCredential> credentials_;
    std::string credentials_of_;  // URL
    std::size_t next_credential_ = 0;
    std::vector<std::string> refused_refs_;
    std::string remote_words_;
    std::function<void()> at_each_report_;
    std::string reported_;
    std::size_t reported_step_ = 0;
    SteadyTime reported_at_{};
};

}  // namespace envkeep::git
