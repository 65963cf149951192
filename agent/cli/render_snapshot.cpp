// SPDX-License-Identifier: MIT
#include "cli/render_snapshot.hpp"

#include "cli/render_packages.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

using snapshot::Omission;

// What the user may miss in the next session; the rest is nobody's loss.
std::string_view why_left_out(Omission why) {
    switch (why) {
        case Omission::secret:
            return "holds a secret";
        case Omission::excluded:
            return "excluded by the manifest";
        case Omission::cache:
            return "a cache";
        case Omission::kept:
            return "kept in the store";
        case Omission::mount:
            return "another file system";
        case Omission::none:
        case Omission::store:
        case Omission::ours:
        case Omission::runtime:
        case Omission::driver:
            break;
    }
    return {};
}

std::string left_out_text(const std::vector<snapshot::LeftOut>& left_out, const View& view) {
    constexpr std::size_t most = 12;
    std::vector<Row> rows;
    std::size_t more = 0;
    for (const snapshot::LeftOut& one : left_out) {
        const bool is_told = one.why == Omission::secret || one.why == Omission::excluded;
        if (!is_told && !(view.verbose && !why_left_out(one.why).empty())) {
            continue;
        }
        if (rows.size() == most && !view.verbose) {
            ++more;
            continue;
        }
        rows.push_back({.tone = Tone::warning,
                        .verb = "left out",
                        .subject = view.path('/' + one.path),
                        .why = std::string(why_left_out(one.why))});
    }
    std::string text = rows_text(rows, view);
    if (more > 0) {
        text += view.line(fmt::format("and {} more, see --verbose", more), 2);
    }
    return text;
}

std::string content_text(const engine::SnapshotReport& report) {
    std::string text = fmt::format("{}, {}, {}",
                                   counted(report.files, "file"),
                                   counted(report.folders, "folder"),
                                   counted(report.links, "link"));
    if (report.deletions > 0) {
        text += fmt::format(", {} of the image removed", report.deletions);
    }
    return text;
}

Json json_of(const snapshot::Difference& difference) {
    return Json::object()
        .set("path", json_bytes('/' + difference.path))
        .set("expected", printable(difference.expected))
        .set("found", printable(difference.found))
        .set("unknown", difference.is_unknown);
}

std::string difference_text(const snapshot::Difference& one, const View& view) {
    const std::string path = view.path('/' + one.path);
    const std::string found = printable(one.found);
    const std::string expected = printable(one.expected);
    return one.is_unknown ? fmt::format("  {}: not known ({}), expected {}", path, found, expected)
                          : fmt::format("  {}: {}, not {}", path, found, expected);
}

std::string verdict_text(const engine::LayerProof& proof, const View& view) {
    if (proof.is_identical()) {
        return view.painted(Tone::good, "identical");
    }
    const bool is_known =
        !proof.is_whole || !proof.not_here.empty() ||
        !std::ranges::all_of(proof.differences, &snapshot::Difference::is_unknown);
    return view.painted(Tone::warning,
                        is_known ? "differs from its snapshot" : "not known to be as its snapshot");
}

Json json_of(const std::vector<snapshot::LeftOut>& left_out) {
    Json json = Json::array();
    for (const snapshot::LeftOut& one : left_out) {
        if (const std::string_view why = why_left_out(one.why); !why.empty()) {
            json.add(Json::object().set("path", json_bytes('/' + one.path)).set("why", why));
        }
    }
    return json;
}

}  // namespace

std::string snapshot_text(const engine::SnapshotReport& report, const View& view) {
    std::string text;
    for (const std::string& one : report.unreadable) {
        text += view.line(
            fmt::format("{} {}", view.painted(Tone::warning, "not whole:"), printable(one)), 4);
    }
    text += left_out_text(report.left_out, view);
    if (view.quiet) {
        return text;
    }
    if (!report.record && report.unchanged_since.empty()) {
        return text +
               view.line("nothing is changed against the image: there is nothing to record", 4);
    }
    if (!report.record) {
        return text + view.line(fmt::format("nothing has changed since snapshot {}: {}",
                                            report.unchanged_since,
                                            content_text(report)),
                                4);
    }
    text += changes_text(report.packages, view);
    text += view.line(fmt::format("snapshot {} of {}: {}",
                                  view.painted(Tone::good, report.record->id),
                                  human_size(report.record->bytes),
                                  content_text(report)),
                      4);
    const std::string packages = changes_summary(report.packages);
    return text + view.line(fmt::format("{}{}{} written to the store; the next session has it",
                                        packages,
                                        packages.empty() ? "" : "; ",
                                        human_size(report.packs.packed)),
                            4);
}

Json json_of(const snapshot::Snapshot& record) {
    Json json = Json::object();
    json.set("id", record.id)
        .set("parent", record.parent)
        .set("created", record.created)
        .set("message", printable(record.message))
        .set("host", printable(record.host))
        .set("profile", record.profile)
        .set("image", record.image)
        .set("content", record.content.text())
        .set("full", record.full.text())
        .set("entries", record.entries)
        .set("bytes", record.bytes)
        .set("new_bytes", record.new_bytes);
    return json;
}

void add_snapshot(Json& members, const engine::SnapshotReport& report) {
    members.set("snapshot", report.record ? json_of(*report.record) : Json());
    members.set("changes", json_of(report.packages));
    members.set("unchanged_since", report.unchanged_since);
    members.set("files", report.files)
        .set("folders", report.folders)
        .set("links", report.links)
        .set("deletions", report.deletions)
        .set("packed", report.packs.packed);
    members.set("left_out", json_of(report.left_out));
    Json unreadable = Json::array();
    for (const std::string& one : report.unreadable) {
        unreadable.add(printable(one));
    }
    members.set("not_whole", std::move(unreadable));
}

std::string layer_text(const engine::LayerRestoreReport& report, const View& view) {
    if (!report.record) {
        return {};
    }
    std::string text;
    if (view.quiet) {
        // Else a note tells of them, and where they are.
        for (const std::string& one : report.aside) {
            text += rows_text({{.tone = Tone::change, .verb = "aside", .subject = view.path(one)}},
                              view);
        }
        return text;
    }
    const std::string what =
        report.planned_files == 0 && report.removed == 0
            ? std::string("nothing to do")
            : fmt::format("{} of {}, {}{}",
                          counted(report.files, "file"),
                          report.planned_files,
                          human_size(report.bytes),
                          report.removed == 0 ? std::string()
                                              : fmt::format(", {} removed", report.removed));
    text += view.line(
        fmt::format(
            "snapshot {} of {}: {}", report.record->id, printable(report.record->created), what),
        4);
    if (!report.is_whole) {
        text += view.line("the rest comes in the background: 'envkeep wait' waits for it", 4);
    }
    return text;
}

std::string undo_text(const engine::LayerRestoreReport& report, const View& view) {
    if (view.quiet || !report.record || report.files + report.removed == 0) {
        return {};
    }
    const std::string_view what = report.aside.empty()
                                      ? "'envkeep undo' does not take back what came"
                                      : "'envkeep undo' takes back only what went aside for it";
    return view.line(
        fmt::format("{}; 'envkeep restore --at' brings another snapshot in its place", what), 4);
}

Json json_of(const engine::LayerRestoreReport& report) {
    if (!report.record) {
        return {};
    }
    Json aside = Json::array();
    for (const std::string& one : report.aside) {
        aside.add(json_bytes(one));
    }
    Json json = Json::object();
    json.set("id", report.record->id)
        .set("same_image", report.is_same_image)
        .set("whole", report.is_whole)
        .set("planned_files", report.planned_files)
        .set("planned_bytes", report.planned_bytes)
        .set("files", report.files)
        .set("bytes", report.bytes)
        .set("removed", report.removed)
        .set("aside", std::move(aside));
    return json;
}

std::string proof_text(const engine::LayerProof& proof, const View& view) {
    if (!proof.record) {
        return view.line("no snapshot was restored or taken here: there is nothing to compare", 4);
    }
    std::string text = view.line(
        fmt::format(
            "{}: snapshot {}{}, {}{}{}",
            verdict_text(proof, view),
            proof.record->id,
            proof.is_other_image ? " of another image" : "",
            counted(proof.entries, "name"),
            proof.is_deep ? fmt::format(", {} read again", human_size(proof.bytes))
                          : std::string(", as far as a look can tell"),
            proof.next.empty() ? std::string() : "; a new session gets snapshot " + proof.next),
        4);
    if (view.quiet) {
        return text;
    }
    if (proof.is_deep) {
        text += view.line("  content " + proof.live.content.text(), 6);
        text += view.line("  full    " + proof.live.full.text(), 6);
    }
    constexpr std::size_t most = 50;
    for (std::size_t i = 0; i < proof.differences.size(); ++i) {
        if (i == most && !view.verbose) {
            text += view.line(
                fmt::format("  and {} more, see --verbose", proof.differences.size() - most), 4);
            break;
        }
        text += view.line(difference_text(proof.differences[i], view), 6);
    }
    for (const std::string& one : proof.not_here) {
        text += view.line("  not on this machine: " + printable(one), 6);
    }
    if (!std::ranges::all_of(proof.differences, &snapshot::Difference::is_unknown)) {
        text +=
            view.line(fmt::format("  brought back by: envkeep restore --at {}; recorded as it is "
                                  "now by: envkeep snapshot",
                                  proof.record->id),
                      6);
    }
    if (!proof.record->left_out.empty()) {
        text += view.line("  no part of it, since it was taken without:", 6);
        text += left_out_text(proof.record->left_out, view);
    }
    return text;
}

Json json_of(const engine::LayerProof& proof) {
    if (!proof.record) {
        return {};
    }
    Json differences = Json::array();
    for (const snapshot::Difference& one : proof.differences) {
        differences.add(json_of(one));
    }
    Json json = Json::object();
    json.set("snapshot", proof.record->id)
        .set("next", proof.next)
        .set("whole", proof.is_whole)
        .set("other_image", proof.is_other_image)
        .set("identical", proof.is_identical())
        .set("entries", proof.entries);
    if (proof.is_deep) {
        json.set("bytes", proof.bytes)
            .set("content", proof.live.content.text())
            .set("full", proof.live.full.text());
    }
    Json not_here = Json::array();
    for (const std::string& one : proof.not_here) {
        not_here.add(printable(one));
    }
    json.set("differences", std::move(differences))
        .set("not_here", std::move(not_here))
        .set("left_out", json_of(proof.record->left_out));
    return json;
}

}  // namespace envkeep::cli
