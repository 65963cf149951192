// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/git/remote_check.hpp"
#include "git/remote_findings.hpp"
#include "git/ssh_host.hpp"
#include "git/ssh_keys.hpp"
#include "git/ssh_transport.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::git {
namespace {

// What it is worth before the host was asked, which may let in whoever comes.
model::Finding warning_of(const SshError& error,
                          const SshSettings& settings,
                          const std::string& subject) {
    model::Finding finding = finding_of_ssh(error, settings, subject);
    finding.severity = model::Severity::warning;
    return finding;
}

model::Finding open_to_others(const std::string& file, const std::string& home) {
    const std::string shown = shown_path(file, home);
    return {.id = "ssh-key-open",
            .severity = model::Severity::warning,
            .subject = shown,
            .title = fmt::format("others may read {}: ssh itself does not use it so", shown),
            .evidence = {},
            .fix = {.commands = {"chmod 600 " + shell_quoted(file)},
                    .text = "where the store's file system keeps no modes, `how: copy` for it in "
                            "the manifest makes it a private copy in the home"}};
}

// An agent that lives may hold whatever key is wanted: then there is nothing to say.
std::optional<SshError> missing_key(const KeyRing& ring,
                                    const SshSettings& settings,
                                    const std::string& host,
                                    system::Network& network) {
    auto nothing =
        nothing_to_offer(ring, fmt::format("{}@{}", printable(settings.user), printable(host)));
    if (!nothing) {
        return std::nullopt;
    }
    nothing->evidence = ring.notes;
    if (settings.identity_agent.empty()) {
        nothing->evidence.emplace_back("no agent: SSH_AUTH_SOCK is not set, nor is IdentityAgent");
        return nothing;
    }
    const auto agent = network.connect_local(settings.identity_agent);
    if (agent) {
        return std::nullopt;
    }
    nothing->evidence.push_back("the agent does not help: " + agent.error().message);
    return nothing;
}

std::vector<model::Finding> look_at_ssh(const Address& address,
                                        const RemoteAccess& access,
                                        const std::string& subject) {
    const SshSettings settings = ssh_settings(access, address);
    if (auto reason = unsupported_way(settings, address.host)) {
        return {warning_of(*reason, settings, subject)};
    }
    std::vector<model::Finding> findings;
    const SshSources sources = ssh_sources(access);
    const HostKeyLookup lookup = host_key_lookup(settings, sources);
    const KeyRing ring = gather_keys(settings, sources, {});
    if (const auto reason = missing_key(ring, settings, lookup.shown, access.network)) {
        findings.push_back(warning_of(*reason, settings, subject));
    }
    for (const std::string& file : ring.open_files) {
        findings.push_back(open_to_others(file, access.config.home));
    }
    if (settings.host_key_checking == HostKeyChecking::yes &&
        lookup.known.types_of(lookup.host, lookup.port).empty()) {
        model::Finding finding =
            warning_of({.stage = SshStage::host_key,
                        .failure = SshFailure::host_key_unknown,
                        .message = fmt::format("no key of {} is known here", lookup.shown),
                        .evidence = {}},
                       settings,
                       subject);
        finding.fix.commands = {"envkeep doctor --deep"};
        finding.fix.text =
            "asked so, the host shows its key, and the line for ~/.ssh/known_hosts "
            "is told; compare its fingerprint with what the server's owner publishes";
        findings.push_back(std::move(finding));
    }
    return findings;
}

// Many repositories can be read without a token: only one that was promised is missed.
std::vector<model::Finding> look_at_https(const Address& address,
                                          const RemoteAccess& access,
                                          const std::string& subject) {
    const std::string& variable = access.http.token_variable;
    if (variable.empty() || !http_credentials(address, access.http).empty()) {
        return {};
    }
    return {{.id = "git-token-needed",
             .severity = model::Severity::warning,
             .subject = subject,
             .title = fmt::format("there is no token for {}: the variable {} is not set here",
                                  printable(address.host),
                                  printable(variable)),
             .evidence = {"neither ~/.git-credentials nor ~/.netrc has one either"},
             .fix = {.commands = {},
                     .text = "set it where notebooks get their variables from, or put the token "
                             "into ~/.git-credentials or ~/.netrc"}}};
}

}  // namespace

std::vector<model::Finding> look_at_remote(const Wish& wish, const RemoteAccess& access) {
    const auto address = parse_address(wish.url);
    if (address && address->way == Way::ssh) {
        return look_at_ssh(*address, access, wish.subject);
    }
    return address && address->way == Way::https ? look_at_https(*address, access, wish.subject)
                                                 : std::vector<model::Finding>();
}

}  // namespace envkeep::git
