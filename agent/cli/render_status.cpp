// SPDX-License-Identifier: MIT
#include "cli/render_status.hpp"

#include "cli/render_findings.hpp"
#include "cli/render_report.hpp"
#include "cli/render_sync.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace envkeep::cli {
namespace {

void add_line(std::string& out, std::string_view name, const std::string& text, const View& view) {
    const std::string head = view.painted(Tone::strong, filled(name, 9)) + "  ";
    // As if the name were a word without blanks, which is not broken.
    const std::string body = view.line(std::string(11, '#') + text, 11);
    out += head + body.substr(11);
}

std::string store_text(const engine::StatusReport& report, const View& view) {
    std::string out = view.path(report.store);
    if (!report.store_because.empty()) {
        out += ", by " + printable(report.store_because);
    }
    if (report.probe && report.probe->total_bytes > 0) {
        out += fmt::format(", {} of {} free",
                           human_size(report.probe->free_bytes),
                           human_size(report.probe->total_bytes));
    }
    return out;
}

std::string probe_text(const store::Probe& probe) {
    std::string out = probe.is_mounted ? "mounted" : "not a mount of its own";
    if (!probe.mount_type.empty()) {
        out += fmt::format(" ({})", printable(probe.mount_type));
    }
    for (const auto& [has, name] : {std::pair{probe.is_writable, "writing"},
                                    {probe.has_links, "links"},
                                    {probe.has_rename_over, "renaming over"},
                                    {probe.has_hard_links, "hard links"},
                                    {probe.has_modes, "modes"},
                                    {probe.has_owner, "owners"}}) {
        out += fmt::format(", {}{}", has ? "" : "no ", name);
    }
    if (!probe.is_writable) {
        return probe.refusal.empty() ? out : out + ": " + printable(probe.refusal);
    }
    out += probe.locks == system::Locks::honoured ? ", locks"
           : probe.locks == system::Locks::unknown
               ? ""
               : fmt::format(", no locks ({})", store::name_of(probe.locks));
    out += "; a small file takes " + time_text(probe.small_file);
    if (probe.small_read.count() != 0) {
        out += fmt::format(" to write, {} to read", time_text(probe.small_read));
    }
    if (probe.mebibyte.count() != 0) {
        out += fmt::format(", a MiB {}", time_text(probe.mebibyte));
    }
    if (probe.total_inodes > 0) {
        out += fmt::format("; there is room for {} files", probe.free_inodes);
    }
    return probe.is_whole ? out : out + "; it is so slow that not all was tried";
}

// "12 s ago"; as it is written where it cannot be read.
std::string ago(const std::string& utc, WallTime now) {
    const std::optional<WallTime> when = parse_utc(utc);
    return when ? age_text(now - *when) + " ago" : printable(utc);
}

std::string start_text(const engine::StatusReport& report, WallTime now) {
    switch (report.start) {
        case engine::StartSeen::ran:
            return "the start line ran " + ago(report.hook_ran_at, now);
        case engine::StartSeen::switched_off:
            return "the start is switched off";
        case engine::StartSeen::under_way:
            return "the start line is not done yet";
        case engine::StartSeen::failed:
            return "the start line ran and could not do its work";
        case engine::StartSeen::not_ended:
            return "the start line began and did not end";
        case engine::StartSeen::not_run:
            break;
    }
    return "the start line did not run in this container";
}

// Of several the one that was fetched the longest ago.
std::string copies_line(const std::vector<git::CopyReport>& copies, WallTime now) {
    std::string text = copies_count_text(copies);
    std::string oldest;
    for (const git::CopyReport& copy : copies) {
        if (oldest.empty() || (!copy.fetched_at.empty() && copy.fetched_at < oldest)) {
            oldest = copy.fetched_at;
        }
    }
    if (!oldest.empty()) {
        text +=
            fmt::format("; {}fetched {}", copies.size() > 1 ? "the oldest " : "", ago(oldest, now));
    }
    return text;
}

std::string save_text(const engine::StatusReport& report, WallTime now) {
    return fmt::format("{}, the background process {}",
                       report.last_save_at.empty() ? "not yet" : ago(report.last_save_at, now),
                       report.background ? "is alive" : "does not run");
}

std::string sessions_text(const engine::StatusReport& report) {
    std::string out;
    std::size_t gone = 0;
    for (const store::LeaseSeen& seen : report.sessions) {
        if (seen.state != store::LeaseState::live) {
            ++gone;
            continue;
        }
        out += fmt::format("{}{} on {} since {}",
                           out.empty() ? "" : "; ",
                           printable(seen.lease.home),
                           printable(seen.lease.host),
                           printable(seen.lease.started));
    }
    if (out.empty()) {
        out = "none with a background process";
    }
    return gone == 0 ? out : fmt::format("{}; {} that ended without a word", out, gone);
}

Row row_of(const model::KeepRow& keep, const View& view) {
    Row row{.tone = Tone::good,
            .verb = "in order",
            .subject = printable(keep.subject),
            .detail = {},
            .why = {},
            .notes = {}};
    switch (keep.state) {
        case model::KeepState::to_do:
            row.tone = Tone::change;
            row.verb = "to do";
            break;
        case model::KeepState::conflict:
            row.tone = Tone::error;
            row.verb = "conflict";
            break;
        case model::KeepState::waits_for_store:
            row.tone = Tone::warning;
            row.verb = "waits";
            row.why = "for a store that can be written";
            break;
        case model::KeepState::in_order:
            break;
    }
    if (keep.how == "folder") {
        row.detail = "a folder";
    } else if (keep.how == "packed") {
        row.detail = "packed";
    } else {
        row.detail = (keep.how == "copy" || keep.how == "merge" ? "= " : "-> ") +
                     view.source(keep.subject, keep.source);
    }
    if (!keep.note.empty()) {
        row.notes.push_back(printable(keep.note));
    }
    return row;
}

std::string snapshots_text(const engine::LayerStatus& layer) {
    if (layer.snapshots == 0) {
        return "none yet; 'envkeep snapshot' takes one after packages were installed";
    }
    const std::string here =
        !layer.coming.empty()
            ? fmt::format("{} is coming: {}", printable(layer.coming), printable(layer.progress))
        : !layer.here.empty()   ? fmt::format("{} is here", printable(layer.here))
        : !layer.partly.empty() ? fmt::format("what fits of {} is here", printable(layer.partly))
                                : std::string("none of them is here");
    const std::string limit =
        layer.limit_bytes == 0 ? std::string() : " of " + human_size(layer.limit_bytes);
    return fmt::format("{}, {}{}; {}", layer.snapshots, human_size(layer.packs_bytes), limit, here);
}

std::string keeps_list(const model::Plan& plan, const View& view) {
    std::vector<Row> rows;
    for (const model::KeepRow& keep : plan.keeps) {
        if (!view.quiet || keep.state != model::KeepState::in_order) {
            rows.push_back(row_of(keep, view));
        }
    }
    return rows_text(rows, view);
}

// The folder of all runs: ".../backups", ".../.envkeep-aside".
std::string folder_of(const store::Backup& backup) {
    const std::size_t run = backup.at.find("/" + backup.run);
    return run == std::string::npos ? backup.at : backup.at.substr(0, run);
}

void add_backups(std::string& out, const engine::StatusReport& report, const View& view) {
    struct Sum {
        std::uint64_t bytes = 0;
        std::set<std::string> runs;
    };

    std::map<std::string, Sum> folders;
    for (const store::Backup& backup : report.backups) {
        Sum& sum = folders[folder_of(backup)];
        sum.bytes += backup.bytes;
        sum.runs.insert(backup.run);
    }
    for (const auto& [folder, sum] : folders) {
        add_line(out,
                 "backups",
                 fmt::format("{} in {}, {}",
                             human_size(sum.bytes),
                             view.path(folder),
                             counted(sum.runs.size(), "run")),
                 view);
    }
    for (const store::Backup& backup : report.backups) {
        if (view.verbose) {
            out += fmt::format(
                "           {}  {}\n", view.path(backup.path), human_size(backup.bytes));
        }
    }
}

void add_asides(std::string& out,
                const engine::StatusReport& report,
                WallTime now,
                const View& view) {
    for (const store::Backup& aside : report.aside) {
        add_line(out,
                 "aside",
                 fmt::format("{} in {}, {} ago",
                             human_size(aside.bytes),
                             view.path(aside.at),
                             age_text(now - aside.made)),
                 view);
    }
}

}  // namespace

std::string status_text(const engine::StatusReport& report,
                        const StatusContext& context,
                        const View& view) {
    std::string out;
    if (!view.quiet) {
        if (!report.platform.empty()) {
            add_line(out, "platform", printable(report.platform), view);
        }
        add_line(out, "store", store_text(report, view), view);
        if (view.verbose && report.probe) {
            add_line(out, "", probe_text(*report.probe), view);
        }
        add_line(out, "home", printable(report.home), view);
        add_line(out, "start", start_text(report, context.now), view);
        add_line(out, "save", save_text(report, context.now), view);
        add_line(out, "sessions", sessions_text(report), view);
        add_backups(out, report, view);
        add_asides(out, report, context.now, view);
        add_line(out, "snapshots", snapshots_text(report.layer), view);
        if (!report.copies.empty()) {
            add_line(out, "git", copies_line(report.copies, context.now), view);
        }
        add_line(out, "keeps", in_order_text(report.plan), view);
    }
    out += keeps_list(report.plan, view);
    if (!report.plan.steps.empty()) {
        out += fmt::format("to do, by 'envkeep restore':\n{}",
                           plan_text(report.plan, context.absolute, view));
    }
    out += conflicts_text(report.plan.conflicts, view);
    out += findings_text(
        other_findings(merged({report.findings, report.plan.findings}), report.plan.conflicts),
        view);
    return view.verbose ? out + view.line("took " + timings_text(report.timings), 4) : out;
}

}  // namespace envkeep::cli
