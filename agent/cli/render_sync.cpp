// SPDX-License-Identifier: MIT
#include "cli/render_sync.hpp"

#include "cli/render_findings.hpp"
#include "cli/render_report.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace envkeep::cli {
namespace {

using git::CopyChange;
using git::CopyReport;

// As the engine's enum has them.
constexpr std::array<std::string_view, 6> words{
    "up to date", "cloned", "fast-forwarded", "checked out", "committed", "rebased"};
constexpr std::array<std::string_view, 6> json_words{
    "nothing", "cloned", "fast_forwarded", "checked_out", "committed", "rebased"};

// Where nobody asked the remote, nobody knows whether it is up to date.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words_of_the_unasked{
    {{"git-busy", "under way"},
     {"git-not-fetched", "not there yet"},
     {"git-no-network", "not asked"},
     {"git-store-read-only", "not asked"}}};

bool has(const CopyReport& copy, model::Severity severity) {
    return std::ranges::any_of(copy.findings, [severity](const model::Finding& finding) {
        return finding.severity == severity;
    });
}

bool has_error(const CopyReport& copy) {
    return has(copy, model::Severity::error);
}

std::string_view verb_of(const CopyReport& copy) {
    if (copy.change == CopyChange::nothing && has_error(copy)) {
        return "not in sync";
    }
    if (copy.change == CopyChange::nothing && copy.is_pushed) {
        return "pushed";
    }
    // The commands that mend it are told below.
    if (copy.change == CopyChange::nothing && has(copy, model::Severity::warning)) {
        return "left as it is";
    }
    const bool is_still = copy.change == CopyChange::nothing;
    for (const auto& [id, word] : words_of_the_unasked) {
        if (is_still &&
            std::ranges::find(copy.findings, id, &model::Finding::id) != copy.findings.end()) {
            return word;
        }
    }
    return words[static_cast<std::size_t>(copy.change) % words.size()];
}

std::string short_commit(const std::string& commit) {
    constexpr std::size_t digits = 7;
    return printable(commit.substr(0, digits));
}

std::string detail_of(const CopyReport& copy) {
    std::string text;
    if (!copy.before.empty() && copy.before != copy.after && !copy.after.empty()) {
        text = fmt::format("{} -> {}", short_commit(copy.before), short_commit(copy.after));
    } else if (!copy.after.empty()) {
        text = "at " + short_commit(copy.after);
    }
    if (copy.commits > 0 && copy.change != CopyChange::cloned) {
        text += ", " + counted(copy.commits, "commit");
    }
    if (copy.is_pushed && copy.change != CopyChange::nothing) {
        text += ", pushed";
    }
    return text;
}

Tone tone_of(const CopyReport& copy) {
    if (has_error(copy)) {
        return Tone::error;
    }
    return copy.change == CopyChange::nothing && !copy.is_pushed ? Tone::faint : Tone::change;
}

}  // namespace

std::string copies_text(const std::vector<CopyReport>& copies, const View& view) {
    std::vector<Row> rows;
    for (const CopyReport& copy : copies) {
        const bool is_news = copy.change != CopyChange::nothing || copy.is_pushed;
        if (is_news || !view.quiet) {
            rows.push_back({.tone = tone_of(copy),
                            .verb = std::string(verb_of(copy)),
                            .subject = view.path(copy.subject),
                            .detail = detail_of(copy)});
        }
    }
    return rows_text(rows, view);
}

std::string copies_count_text(const std::vector<CopyReport>& copies) {
    std::vector<std::pair<std::string_view, std::size_t>> counts;
    for (const CopyReport& copy : copies) {
        const std::string_view verb = verb_of(copy);
        const auto known = std::ranges::find(counts, verb, &decltype(counts)::value_type::first);
        if (known == counts.end()) {
            counts.emplace_back(verb, 1);
        } else {
            ++known->second;
        }
    }
    std::string text =
        copies.size() == 1 ? "1 repository: " : fmt::format("{} repositories: ", copies.size());
    for (const auto& [verb, count] : counts) {
        text += fmt::format("{}{} {}", text.ends_with(": ") ? "" : ", ", count, verb);
    }
    return text;
}

std::string sync_text(const engine::SyncReport& report,
                      const AbsoluteOf& absolute,
                      const View& view) {
    std::string text = copies_text(report.copies, view);
    std::vector<model::Finding> findings = findings_of(report);
    if (report.restored) {
        const model::Plan& plan = report.restored->plan;
        text += outcome_text(plan, report.restored->outcome, absolute, view) +
                conflicts_text(plan.conflicts, view);
        findings = other_findings(findings, plan.conflicts);
    }
    return text + findings_text(findings, view);
}

std::vector<model::Finding> findings_of(const engine::SyncReport& report) {
    std::vector<model::Finding> findings = report.findings;
    for (const CopyReport& copy : report.copies) {
        std::ranges::copy(copy.findings, std::back_inserter(findings));
    }
    return merged(
        {findings,
         report.restored ? findings_of(*report.restored) : std::vector<model::Finding>()});
}

Json json_of(const std::vector<CopyReport>& copies) {
    Json json = Json::array();
    for (const CopyReport& copy : copies) {
        Json one;
        one.set("subject", json_bytes(copy.subject))
            .set("change", json_words[static_cast<std::size_t>(copy.change) % json_words.size()])
            .set("pushed", copy.is_pushed)
            .set("before", copy.before)
            .set("after", copy.after)
            .set("commits", static_cast<std::uint64_t>(copy.commits));
        if (!copy.fetched_at.empty()) {
            one.set("fetched_at", copy.fetched_at);
        }
        json.add(std::move(one));
    }
    return json;
}

}  // namespace envkeep::cli
