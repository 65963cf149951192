// SPDX-License-Identifier: MIT
#include "envkeep/store/findings.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using model::Finding;
using model::Severity;
using system::Place;

constexpr std::uint32_t others_may_write = 0022;
constexpr std::uint32_t sticky = 01000;

// Whoever may write one of these runs commands in every session that uses the store.
std::vector<Place> trusted_parts(const Store& store) {
    std::vector<Place> parts;
    for (const std::string_view name : {std::string_view{},
                                        names::identity,
                                        names::manifest,
                                        names::hook,
                                        std::string_view("bin"),
                                        names::binary}) {
        parts.push_back(store.place(name));
    }
    parts.push_back(Place{.root = store.base, .path = {}}.child("pre-run.sh"));
    return parts;
}

std::optional<std::uint32_t> open_mode(const Place& place, system::FileReader& files) {
    const auto status = files.status(place);
    const bool can_be_written = status && status->kind != system::Kind::absent &&
                                status->kind != system::Kind::link &&
                                (status->mode & others_may_write) != 0;
    return can_be_written ? std::optional(status->mode) : std::nullopt;
}

void say_writable_parts(const Store& store,
                        bool modes_are_honoured,
                        system::FileReader& files,
                        std::vector<Finding>& findings) {
    Finding finding{
        .id = "store-writable-by-others",
        .severity = modes_are_honoured ? Severity::warning : Severity::info,
        .subject = "store",
        .title = "others may write what every session runs",
        .fix = {.text =
                    modes_are_honoured ? "" : "this store ignores chmod: mount it for you only"}};
    std::string paths;
    for (const Place& part : trusted_parts(store)) {
        if (const auto mode = open_mode(part, files)) {
            const std::string path = files.absolute(part);
            finding.evidence.push_back(fmt::format("{}: mode {}", printable(path), octal(*mode)));
            paths += ' ' + shell_quoted(path);
        }
    }
    if (finding.evidence.empty()) {
        return;
    }
    if (modes_are_honoured) {
        finding.fix.commands = {"chmod go-w" + paths};
    }
    findings.push_back(std::move(finding));
}

// The platform's folder is not ours to change: it is told, and only where a name in it could be
// replaced.
void say_writable_base(const Store& store,
                       system::FileReader& files,
                       std::vector<Finding>& findings) {
    const auto mode = open_mode({.root = store.base, .path = {}}, files);
    if (!mode || (*mode & sticky) != 0) {
        return;
    }
    findings.push_back(
        {.id = "store-writable-by-others",
         .severity = Severity::info,
         .subject = store.base_path,
         .title = "others may replace the whole store",
         .evidence = {fmt::format("{}: mode {}", printable(store.base_path), octal(*mode))},
         .fix = {.text = "whoever may write this folder is trusted fully; 'chmod go-w' it if it is "
                         "yours alone"}});
}

void say_nearly_full(const Store& store,
                     system::FileReader& files,
                     std::vector<Finding>& findings) {
    constexpr std::uint64_t always_enough = std::uint64_t{2} << 30U;
    constexpr std::uint64_t always_enough_files = 10'000;
    const auto space = files.space(store.root);
    if (!space) {
        return;
    }
    const bool lacks_files =
        space->free_inodes < std::min(space->total_inodes / 20, always_enough_files);
    if (!lacks_files && space->free >= std::min(space->total / 20, always_enough)) {
        return;
    }
    std::string found = fmt::format("{}: {} of {} are free",
                                    printable(store.base_path),
                                    human_size(space->free),
                                    human_size(space->total));
    if (lacks_files) {
        found += fmt::format(", for {} more", counted(space->free_inodes, "file"));
    }
    findings.push_back(
        {.id = "store-nearly-full",
         .severity = Severity::warning,
         .subject = "store",
         .title = "the store is nearly full",
         .evidence = {std::move(found)},
         .fix = {.commands = {fmt::format("du -xhd2 {} | sort -h | tail",
                                          shell_quoted(store.base_path))},
                 .text = "remove what is large and not needed; 'backups: {expire: 30d}' in the "
                         "manifest removes old backups"}});
}

}  // namespace

std::vector<Finding> store_findings(const Store& store,
                                    const std::optional<Probe>& probe,
                                    const system::Machine& machine,
                                    system::FileReader& files) {
    std::vector<Finding> findings;
    say_writable_parts(store, !probe || !probe->ignores_modes(), files, findings);
    say_writable_base(store, files, findings);
    if (auto secrets = shared_secrets(store, probe, machine, files)) {
        findings.push_back(*std::move(secrets));
    }
    say_nearly_full(store, files, findings);
    return findings;
}

std::vector<Finding> lease_findings(const std::vector<LeaseSeen>& leases) {
    std::vector<Finding> findings;
    for (const LeaseSeen& one : leases) {
        if (one.state != LeaseState::stale) {
            continue;
        }
        findings.push_back(
            {.id = "lease-stale",
             .severity = Severity::info,
             .subject = one.lease.host.empty() ? one.lease.id : one.lease.host,
             .title = "a session does not answer any more",
             .evidence = {fmt::format(
                 "lease {}: {}",
                 printable(one.lease.id),
                 one.age < std::chrono::seconds{0}
                     ? fmt::format("its time is {} ahead of the store's", age_text(-one.age))
                     : fmt::format("last renewed {} ago", age_text(one.age)))},
             .fix = {.text = "nothing to do if that machine is gone: its lease holds nobody up"}});
    }
    return findings;
}

}  // namespace envkeep::store
