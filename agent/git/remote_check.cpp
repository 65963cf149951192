// SPDX-License-Identifier: MIT
#include "envkeep/git/remote_check.hpp"

#include "envkeep/core/text.hpp"
#include "git/fetch.hpp"
#include "git/handles.hpp"
#include "git/remote_callbacks.hpp"
#include "git/remote_findings.hpp"
#include "git/ssh_cures.hpp"
#include "git/ssh_transport.hpp"

#include <fmt/format.h>
#include <git2/sys/repository.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace envkeep::git {
namespace {

// Whether an ssh server greets on port 443 of that host.
bool greets(system::Network& network, const std::string& host, std::chrono::milliseconds limit) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
    const auto connection = network.connect(host, 443, deadline);
    std::array<std::byte, 4> first{};
    std::size_t count = 0;
    while (connection && count < first.size()) {
        const auto got = (*connection)->read(std::span(first).subspan(count), deadline);
        if (!got || *got == 0) {
            break;
        }
        count += *got;
    }
    constexpr std::array wanted{std::byte{'S'}, std::byte{'S'}, std::byte{'H'}, std::byte{'-'}};
    return count == wanted.size() && first == wanted;
}

// Port 443 is a cure only where it works.
void try_other_door(const std::string& door, const RemoteAccess& access, model::Finding& finding) {
    if (greets(access.network, door, access.limits.connect)) {
        finding.fix.text = fmt::format("port 22 is blocked here; {} answers on port 443", door);
    } else {
        finding.evidence.push_back(fmt::format("{} port 443: no ssh either", door));
        finding.fix.commands.clear();
        finding.fix.text = "nothing lets ssh through to that host from here: use a https URL";
    }
}

void check_over_ssh(const Address& address, const RemoteAccess& access, CopyReport& report) {
    SshSettings settings;
    const auto session = open_ssh(access, address, settings);
    if (!session) {
        model::Finding finding = finding_of_ssh(session.error(), settings, report.subject);
        if (const auto door = other_door(session.error(), settings); !door.empty()) {
            try_other_door(std::string(door), access, finding);
        }
        if (session.error().stage == SshStage::connect) {
            add_meant_port(address, finding);
        }
        report.findings.push_back(std::move(finding));
        return;
    }
    report.answer = address.user.empty() ? printable(settings.user) + "@, " : std::string();
    report.answer += fmt::format("key {} accepted", printable((*session)->key_used()));
}

void check_over_git(const Wish& wish, const RemoteAccess& access, CopyReport& report) {
    const LibGit library(access.config.home);
    RemoteCallbacks callbacks(access, wish.subject);
    git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    callbacks.fill(options);
    Remote remote;
    int code = git_remote_create_detached(into(remote), wish.url.c_str());
    if (code == 0) {
        code = git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options);
    }
    if (code != 0) {
        report.findings.push_back(callbacks.failure(code));
        return;
    }
    report.answer = "answers";
}

}  // namespace

std::vector<Result<Address>> addresses_of(const std::vector<std::string>& urls,
                                          const std::string& home) {
    const LibGit library(home);
    Repository nowhere;  // has no folder, only the user's configuration
    const bool can_rewrite = library.is_started() && git_repository_new(into(nowhere)) == 0;
    std::vector<Result<Address>> addresses;
    for (const std::string& url : urls) {
        addresses.push_back(parse_address(can_rewrite ? rewritten(nowhere.get(), url) : url));
    }
    return addresses;
}

CopyReport check_remote(const Wish& wish, const RemoteAccess& access) {
    CopyReport report{.subject = wish.subject};
    const auto address = parse_address(wish.url);
    if (address && address->way == Way::ssh) {
        check_over_ssh(*address, access, report);
    } else {
        check_over_git(wish, access, report);
    }
    return report;
}

CopyReport no_answer_within(std::chrono::seconds limit, const std::string& subject) {
    const SshError error{
        .stage = SshStage::connect,
        .failure = SshFailure::timed_out,
        .message = fmt::format("{} gave no answer within {} s", subject, limit.count()),
        .evidence = {}};
    return {.subject = subject,
            .findings = {finding_of_ssh(error, {}, subject)},
            .is_network_at_fault = true};
}

}  // namespace envkeep::git
