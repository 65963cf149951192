// SPDX-License-Identifier: MIT
#include "engine/git_jobs.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/doctor.hpp"
#include "envkeep/git/remote_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::chrono::seconds patience{10};

// "ssh git@example.org:2222", "https github.com (GITHUB_TOKEN)", "file /srv/x.git".
std::string name_of(const git::Address& address, const std::string& token) {
    using git::Way;
    constexpr std::array<std::string_view, 5> words{"ssh", "https", "http", "git", "file"};
    const std::string_view way = words[static_cast<std::size_t>(address.way) % words.size()];
    if (address.way == Way::file) {
        return fmt::format("{} {}", way, address.path);
    }
    // The user of a web address, which `insteadOf` may bring too, is often a token: never shown.
    const bool is_web = address.way == Way::https || address.way == Way::http;
    const std::string user = is_web || address.user.empty() ? std::string() : address.user + "@";
    std::string name = fmt::format("{} {}{}", way, user, address.host);
    if (address.port != 0) {
        name += fmt::format(":{}", address.port);
    }
    return is_web && !token.empty() ? fmt::format("{} ({})", name, token) : name;
}

// Each host once, by way, user, host and port, and by the token that is offered.
// What is no address is told instead.
std::vector<GitJob> host_checks(const Session& session, DoctorReport& report) {
    std::vector<WantedCopy> copies = wanted_copies(session);
    std::vector<std::string> urls;
    for (const WantedCopy& copy : copies) {
        urls.push_back(copy.wish.url);
    }
    const auto addresses = git::addresses_of(urls, session.home_path);
    std::vector<GitJob> jobs;
    for (std::size_t i = 0; i < copies.size(); ++i) {
        if (!addresses[i]) {
            report.diagnosis.findings.push_back(
                git::refused_address(addresses[i].error(), copies[i].wish.subject));
            report.ending = std::max(report.ending, Ending::findings);
            continue;
        }
        std::string name = name_of(*addresses[i], copies[i].token);
        if (std::ranges::any_of(jobs,
                                [&](const GitJob& job) { return job.copy.wish.subject == name; })) {
            continue;
        }
        copies[i].wish.subject = std::move(name);
        copies[i].wish.url = addresses[i]->url();
        jobs.push_back({.copy = std::move(copies[i]), .only_checks = true});
    }
    return jobs;
}

}  // namespace

void check_hosts(const World& world,
                 const Options& options,
                 const MakeWorld& make_world,
                 const Listener& listener,
                 DoctorReport& report) {
    if (!report.wants_repositories || world.network == nullptr || options.no_network ||
        options.root) {
        return;
    }
    const Result<Session> session = open_session(world, options);
    if (!session) {
        return;
    }
    Stopwatch watch(world.machine);
    std::vector<GitJob> jobs = host_checks(*session, report);
    std::vector<std::string> names;
    for (const GitJob& job : jobs) {
        names.push_back(job.copy.wish.subject);
    }
    GitJobs running(std::move(jobs), options, make_world, {});
    // Whoever is told may start a thread, beside which nothing may be forked.
    if (listener.phase) {
        listener.phase("asking " + counted(names.size(), "git host"));
    }
    static_cast<void>(running.wait(world.machine.steady_now() + patience));
    const std::vector<git::CopyReport> told = running.reports();
    for (const std::string& name : names) {
        const auto one = std::ranges::find(told, name, &git::CopyReport::subject);
        report.hosts.push_back(one == told.end() ? git::no_answer_within(patience, name) : *one);
        std::ranges::copy(report.hosts.back().findings,
                          std::back_inserter(report.diagnosis.findings));
    }
    watch.lap("hosts");
    std::ranges::move(watch.take(), std::back_inserter(report.timings));
}

void look_at_hosts(const World& world, const Options& options, DoctorReport& report) {
    if (!report.wants_repositories || world.network == nullptr || options.root) {
        return;
    }
    const Result<Session> session = open_session(world, options);
    if (!session) {
        return;
    }
    Stopwatch watch(world.machine);
    std::vector<model::Finding>& findings = report.diagnosis.findings;
    for (const GitJob& job : host_checks(*session, report)) {
        const git::RemoteAccess access = access_of(world, *session, options, job.copy);
        for (model::Finding& found : git::look_at_remote(job.copy.wish, access)) {
            // Hosts share their keys.
            const bool is_told = std::ranges::any_of(findings, [&](const model::Finding& told) {
                return told.id == found.id && told.subject == found.subject;
            });
            if (!is_told) {
                findings.push_back(std::move(found));
                report.ending = std::max(report.ending, Ending::findings);
            }
        }
    }
    watch.lap("hosts");
    std::ranges::move(watch.take(), std::back_inserter(report.timings));
}

}  // namespace envkeep::engine
