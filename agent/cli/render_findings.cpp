// SPDX-License-Identifier: MIT
#include "cli/render_findings.hpp"

#include "cli/pasteable.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>

namespace envkeep::cli {
namespace {

using model::Severity;

std::string label_of(Severity severity, const View& view) {
    switch (severity) {
        case Severity::error:
            return view.painted(Tone::error, "error");
        case Severity::warning:
            return view.painted(Tone::warning, "warning");
        case Severity::info:
            break;
    }
    return view.painted(Tone::change, "note");
}

std::string_view words_for_who(model::Who who) {
    switch (who) {
        case model::Who::restart:
            return "cure, with a new start";
        case model::Who::host:
            return "cure, by whoever runs the host";
        case model::Who::user:
            break;
    }
    return "cure";
}

// What needs no cure has at most something to add.
void add_fix(std::string& out, const model::Finding& finding, const View& view) {
    const model::Fix& fix = finding.fix;
    const std::string_view cure = words_for_who(fix.who);
    if (finding.severity == Severity::info && !fix.text.empty()) {
        out += view.line(fmt::format("    {}", printable(fix.text)), 4);
    } else if (!fix.text.empty()) {
        out += view.line(fmt::format("    {}: {}", cure, printable(fix.text)), 6);
    } else if (!fix.commands.empty()) {
        out += fmt::format("    {}:\n", cure);
    }
    for (const std::string& command : fix.commands) {
        out += fmt::format("      {}\n", printable_command(command));
    }
}

}  // namespace

std::string findings_text(const std::vector<model::Finding>& findings, const View& view) {
    std::string out;
    for (const model::Finding& finding : findings) {
        if (view.quiet && finding.severity == Severity::info) {
            continue;
        }
        out += view.line(fmt::format("{}: {} {}",
                                     label_of(finding.severity, view),
                                     printable(finding.title),
                                     view.painted(Tone::faint, "[" + printable(finding.id) + "]")),
                         4);
        for (const std::string& evidence : finding.evidence) {
            out += view.line("    " + printable(evidence), 6);
        }
        add_fix(out, finding, view);
    }
    return out;
}

std::string conflicts_text(const std::vector<model::Conflict>& conflicts, const View& view) {
    std::string out;
    for (const model::Conflict& conflict : conflicts) {
        out += view.line(fmt::format("{}: {}: {}",
                                     view.painted(Tone::error, "conflict"),
                                     printable(conflict.subject),
                                     printable(conflict.reason)),
                         4);
        out += fmt::format("    home   {}\n", printable(conflict.place));
        if (!conflict.source.empty()) {
            out += fmt::format("    store  {}\n", printable(conflict.source));
        }
        for (const std::string& command : conflict.commands) {
            out += fmt::format("      {}\n", printable_command(command));
        }
    }
    return out;
}

std::string problems_text(const std::vector<manifest::Problem>& problems) {
    std::string out;
    for (const manifest::Problem& problem : problems) {
        out += manifest::problem_text(problem);
        if (!out.ends_with('\n')) {
            out += '\n';
        }
    }
    return out;
}

std::string refusal_text(const std::vector<manifest::Problem>& problems) {
    return problems_text(problems) + "nothing was done: the manifest must be corrected first\n";
}

std::string error_text(const Error& error, const View& view) {
    std::string out = view.line(
        fmt::format("{}: {}", view.painted(Tone::error, "error"), printable(error.message)), 4);
    if (!error.hint.empty()) {
        out += view.line("hint: " + printable(error.hint), 4);
    }
    return out;
}

std::vector<model::Finding> merged(std::initializer_list<std::vector<model::Finding>> lists) {
    std::vector<model::Finding> all;
    std::set<std::tuple<std::string, std::string, std::string, std::vector<std::string>>> seen;
    for (const std::vector<model::Finding>& list : lists) {
        for (const model::Finding& finding : list) {
            if (seen.emplace(finding.id, finding.subject, finding.title, finding.evidence).second) {
                all.push_back(finding);
            }
        }
    }
    return all;
}

}  // namespace envkeep::cli
