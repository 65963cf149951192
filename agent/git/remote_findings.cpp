// SPDX-License-Identifier: MIT
#include "git/remote_findings.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/remote_check.hpp"
#include "git/ssh_cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view missing_id = "git-repository-missing";
constexpr std::string_view forbidden_id = "git-push-forbidden";

struct Cause {
    SshFailure failure;
    std::string_view id;
    bool is_network;  // may be gone at the next try
    std::string_view cure;
};

constexpr std::array<Cause, 18> causes{{
    {.failure = SshFailure::no_such_name,
     .id = "git-host-unknown",
     .is_network = false,
     .cure = "correct the host's name in the manifest, or HostName in ~/.ssh/config"},
    {.failure = SshFailure::lookup_failed,
     .id = "git-lookup-failed",
     .is_network = true,
     .cure =
         "the machine has no name server that answers: /etc/resolv.conf names it, and a session "
         "may be without network; the next run tries again"},
    {.failure = SshFailure::refused,
     .id = "git-host-refuses",
     .is_network = true,
     .cure = "the host is there, and nothing takes connections on that port: correct the host or "
             "the port in the URL; where it is ssh that is shut, use a https URL"},
    {.failure = SshFailure::unreachable,
     .id = "git-host-unreachable",
     .is_network = true,
     .cure = "this machine has no route to it: a session may be without network; the next run "
             "tries again"},
    {.failure = SshFailure::timed_out,
     .id = "git-host-silent",
     .is_network = true,
     .cure = "a firewall may drop what goes there: use a https URL, or run again"},
    {.failure = SshFailure::closed_by_peer,
     .id = "git-connection-lost",
     .is_network = true,
     .cure = "run again; where it comes back, what is between here and there cuts it"},
    {.failure = SshFailure::not_ssh,
     .id = "ssh-not-ssh",
     .is_network = false,
     .cure = "correct the port, or use a https URL: a proxy, or a web server, stands there"},
    {.failure = SshFailure::no_common_algorithm,
     .id = "ssh-server-too-old",
     .is_network = false,
     .cure = "whoever keeps the server must renew it; until then use a https URL, or, where only "
             "RSA keys are the trouble, an ed25519 key"},
    {.failure = SshFailure::host_key_unknown,
     .id = "ssh-host-key-unknown",
     .is_network = false,
     .cure = "compare the fingerprint with the one that the server's owner publishes, then add the "
             "line to ~/.ssh/known_hosts, or to `known_hosts:` in the manifest"},
    {.failure = SshFailure::host_key_changed,
     .id = "ssh-host-key-changed",
     .is_network = false,
     .cure = "somebody may stand between here and there: ask the server's owner whether its key "
             "was changed, and only then remove the line that is named"},
    {.failure = SshFailure::host_key_revoked,
     .id = "ssh-host-key-revoked",
     .is_network = false,
     .cure = "do not go there: whoever marked the key as @revoked knows it as stolen"},
    {.failure = SshFailure::no_key,
     .id = "ssh-key-missing",
     .is_network = false,
     .cure = "bring a private key to ~/.ssh/id_ed25519 (`envkeep adopt ~/.ssh` keeps it), or name "
             "it with IdentityFile in ~/.ssh/config; `ssh-keygen -t ed25519` makes one, here after "
             "`apt-get update && apt-get install -y openssh-client` or on another machine, and its "
             ".pub belongs to the host"},
    {.failure = SshFailure::key_encrypted,
     .id = "ssh-key-encrypted",
     .is_network = false,
     .cure =
         "load it with `ssh-add` into an agent whose socket SSH_AUTH_SOCK names; where there is "
         "no ssh-add, use a key without a passphrase that is made for this alone "
         "(`ssh-keygen -t ed25519` on your own computer), or a https URL and a token: envkeep "
         "never asks for a passphrase"},
    {.failure = SshFailure::key_unreadable,
     .id = "ssh-key-unreadable",
     .is_network = false,
     .cure = "copy the private key again, whole and in OpenSSH's format (`puttygen KEY -O "
             "private-openssh` makes it of PuTTY's)"},
    {.failure = SshFailure::key_refused,
     .id = "ssh-key-refused",
     .is_network = false,
     .cure =
         "add the .pub of one of these keys at the host; where the right one is not among "
         "them, name it with IdentityFile in ~/.ssh/config, and IdentitiesOnly yes; a server may "
         "also take keys of other types only: an ed25519 key is taken nearly everywhere"},
    {.failure = SshFailure::unsupported_setting,
     .id = "ssh-setting-unsupported",
     .is_network = false,
     .cure = "use a https URL, or a Host of its own in ~/.ssh/config without that line"},
    {.failure = SshFailure::command_failed,
     .id = "git-remote-failed",
     .is_network = false,
     .cure = "what the remote says names the cause"},
    {.failure = SshFailure::other,
     .id = "git-failed",
     .is_network = false,
     .cure = "run again; where it comes back, `git clone` of the same URL may say more"},
}};

const Cause& cause_of(SshFailure failure) {
    const auto* const found = std::ranges::find(causes, failure, &Cause::failure);
    return found == causes.end() ? causes.back() : *found;
}

// Everybody is the user `git` there, and the key says who it is.
constexpr std::array<std::string_view, 4> hosts_of_one_user{
    "github.com", "gitlab.com", "bitbucket.org", "codeberg.org"};

bool is_user_wrong(const SshError& error, const SshSettings& settings) {
    return error.failure == SshFailure::key_refused && settings.user != "git" &&
           std::ranges::find(hosts_of_one_user, settings.host_name) != hosts_of_one_user.end();
}

model::Finding finding(std::string_view id, const std::string& subject, std::string title) {
    model::Finding made;
    made.id = id;
    made.severity = model::Severity::error;
    made.subject = subject;
    made.title = std::move(title);
    return made;
}

// A user and a password that nobody offered are no reason to send a request in circles.
bool is_about_access(const RemoteAttempt& attempt, const LibGitError& error) {
    return error.code == GIT_EAUTH || holds(error.message, "http status code: 401") ||
           holds(error.message, "http status code: 403") ||
           (!attempt.offered.empty() && holds(error.message, "authentication replays"));
}

// libgit2 compares an address with none of the names of a certificate, and then tells of an end
// that there was not.
bool is_of_names_only(const RemoteAttempt& attempt, const LibGitError& error) {
    return attempt.address && attempt.address->way == Way::https && !attempt.has_ended &&
           holds(error.message, "received early EOF");
}

bool is_distrusted(const RemoteAttempt& attempt, const LibGitError& error) {
    return !attempt.untrusted.empty() || is_of_names_only(attempt, error);
}

model::Finding known(const RemoteAttempt& attempt,
                     const KnownByWords& what,
                     std::string words,
                     const std::string& subject) {
    const bool is_path = attempt.address && attempt.address->way == Way::file;
    model::Finding made =
        finding(what.id,
                subject,
                fmt::format(fmt::runtime(what.title),
                            is_path ? printable(attempt.address->path) : attempt.url));
    if (!is_path || !holds(words, "URL protocol")) {
        made.evidence.push_back(std::move(words));
    }
    made.fix.text = what.cure;
    return made;
}

model::Finding not_let_in(const RemoteAttempt& attempt,
                          const LibGitError& error,
                          const std::string& subject) {
    model::Finding made = finding({}, subject, {});
    if (holds(error.message, "proxy authentication")) {
        made.id = "git-proxy-refused";
        made.title = fmt::format(
            "the proxy on the way to {} wants a user and a password, or refuses those it got",
            attempt.url);
        made.fix.text =
            "write them as http://USER:PASSWORD@HOST:PORT into http.proxy of ~/.gitconfig, or into "
            "the variable https_proxy; they are of the proxy, not of the git host";
        return made;
    }
    if (attempt.offered.empty()) {
        made.id = "git-token-needed";
        made.title = fmt::format("{} wants a token", attempt.url);
        if (!attempt.withheld.empty()) {
            made.evidence.push_back(attempt.withheld);
        }
        made.fix.text =
            "make a token at the host and put it into a variable that `token:` in the manifest "
            "names, into ~/.git-credentials (https://USER:TOKEN@HOST) or into ~/.netrc; or use an "
            "ssh URL";
        return made;
    }
    made.id = "git-token-refused";
    made.title = fmt::format("{} does not accept the token", attempt.url);
    made.fix.text = "make a new token, with the right to read (and to write) that repository";
    for (const std::string& source : attempt.offered) {
        made.evidence.push_back("offered: " + source);
    }
    return made;
}

model::Finding distrusted(const RemoteAttempt& attempt,
                          const LibGitError& error,
                          const std::string& subject) {
    model::Finding made = finding({}, subject, {});
    made.id = "git-certificate-untrusted";
    made.evidence.push_back(printable(error.message));
    const CertificateFacts& shown = attempt.certificate;
    if (!shown.ended.empty() || !shown.begins.empty()) {
        const bool is_over = !shown.ended.empty();
        made.title = fmt::format("the certificate of {} {}",
                                 attempt.untrusted,
                                 is_over ? "has expired" : "is not valid yet");
        made.evidence.push_back(fmt::format("valid {} {}; here it is {}",
                                            is_over ? "until" : "from",
                                            is_over ? shown.ended : shown.begins,
                                            shown.today));
        made.fix.text = is_over ? "whoever keeps the server must renew it; where that is not the "
                                  "day of today, the clock of this machine is wrong"
                                : "the clock of this machine is behind: a container has that of "
                                  "its host, so start another session, or use an ssh URL, which "
                                  "does without; where the day is right, whoever keeps the server "
                                  "has put the certificate in too early";
        return made;
    }
    if (holds(error.message, "hostname does not match") || is_of_names_only(attempt, error)) {
        made.title =
            fmt::format("the certificate of {} is one of another host",
                        attempt.untrusted.empty() ? attempt.address->host : attempt.untrusted);
        for (const std::string& name : shown.names) {
            made.evidence.push_back("it is for " + name);
        }
        made.fix.text =
            "use a name that the certificate is for in the URL; where it should be that of this "
            "host, something between here and there answers in its place";
        return made;
    }
    made.title = fmt::format("the certificate of {} is not trusted", attempt.untrusted);
    if (!attempt.authorities.empty()) {
        made.evidence.push_back("certificate authorities: " + attempt.authorities);
    }
    made.fix.text =
        "where a proxy of your own network opens what passes, name its authority with "
        "http.sslCAInfo in ~/.gitconfig or with SSL_CERT_FILE; where no authorities were found, "
        "install ca-certificates";
    return made;
}

// Who came by https is not sent to https.
void say_what_the_web_needs(const RemoteAttempt& attempt, model::Finding& made) {
    const bool is_web = attempt.address &&
                        (attempt.address->way == Way::https || attempt.address->way == Way::http);
    if (is_web && made.id == "git-host-silent") {
        made.fix.text =
            "a firewall may drop what goes there, or the network wants a proxy: name that as "
            "http.proxy in ~/.gitconfig, or in the variable https_proxy; else run again";
    }
}

model::Finding over_ssh(const RemoteAttempt& attempt, const std::string& subject) {
    const SshError& error = *attempt.ssh;
    const KnownByWords* const what = known_by_words(attempt, error.message);
    const bool is_missing = what != nullptr && what->id == missing_id;
    const bool is_known = is_missing || (what != nullptr && what->id == forbidden_id);
    model::Finding made = is_known ? known(attempt, *what, error.message, subject)
                                   : finding_of_ssh(error, attempt.ssh_settings, subject);
    if (is_known) {
        std::ranges::copy(error.evidence, std::back_inserter(made.evidence));
    }
    if (attempt.address && (is_missing || error.stage == SshStage::connect)) {
        add_meant_port(*attempt.address, made);
    }
    say_what_the_web_needs(attempt, made);
    return made;
}

}  // namespace

model::Finding finding_of_ssh(const SshError& error,
                              const SshSettings& settings,
                              const std::string& subject) {
    const Cause& cause = cause_of(error.failure);
    model::Finding made = finding(cause.id, subject, error.message);
    made.evidence = error.evidence;
    made.evidence.insert(made.evidence.end(), settings.problems.begin(), settings.problems.end());
    made.fix.text = cause.cure;
    if (is_user_wrong(error, settings)) {
        made.fix.text = fmt::format(
            "the user is `git` there, whoever you are: write git@{}:ME/"
            "REPOSITORY.git, or `User git` in ~/.ssh/config",
            settings.host_name);
    }
    add_known_host(error, made);
    if (const std::string_view door = other_door(error, settings); !door.empty()) {
        add_other_door(door, settings, made);
    }
    return made;
}

model::Finding refused_address(const Error& error, const std::string& subject) {
    model::Finding made =
        finding("git-url-refused", subject, "nobody was asked: the address is none that is taken");
    made.evidence = {error.message};
    made.fix.text =
        "correct `url.<base>.insteadOf` in ~/.gitconfig, or the URL; a password or token belongs "
        "into ~/.git-credentials, or into the variable that `token:` names";
    return made;
}

model::Finding finding_of(const RemoteAttempt& attempt,
                          const LibGitError& error,
                          const std::string& subject) {
    if (attempt.refusal) {
        return refused_address(*attempt.refusal, subject);
    }
    if (attempt.is_forbidden) {
        model::Finding made = finding({}, subject, {});
        made.id = "git-no-network";
        made.severity = model::Severity::info;
        made.title = fmt::format("{} was not asked, since there is to be no network", attempt.url);
        made.fix.text = "run again without --no-network";
        return made;
    }
    if (attempt.ssh) {
        return over_ssh(attempt, subject);
    }
    if (is_distrusted(attempt, error)) {
        return distrusted(attempt, error, subject);
    }
    if (is_about_access(attempt, error)) {
        return not_let_in(attempt, error, subject);
    }
    if (const KnownByWords* const what = known_by_words(attempt, error.message)) {
        return known(attempt, *what, printable(trimmed(error.message)), subject);
    }
    SshError network = network_error(error);
    if (network.failure == SshFailure::timed_out) {
        network.evidence.push_back(
            std::exchange(network.message, fmt::format("{} does not answer in time", attempt.url)));
    }
    if (network.message.empty()) {
        network.message = fmt::format("{} cannot be reached, and nothing says why", attempt.url);
    }
    model::Finding made = finding_of_ssh(network, {}, subject);
    say_what_the_web_needs(attempt, made);
    return made;
}

bool is_network_at_fault(const RemoteAttempt& attempt, const LibGitError& error) {
    if (attempt.refusal) {
        return false;
    }
    if (attempt.is_forbidden) {
        return true;
    }
    if (attempt.ssh) {
        return cause_of(attempt.ssh->failure).is_network;
    }
    if (is_distrusted(attempt, error) || is_about_access(attempt, error)) {
        return false;
    }
    const KnownByWords* const what = known_by_words(attempt, error.message);
    return what != nullptr ? what->is_network : cause_of(network_error(error).failure).is_network;
}

}  // namespace envkeep::git
