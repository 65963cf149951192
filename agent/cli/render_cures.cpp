// SPDX-License-Identifier: MIT
#include "cli/render_cures.hpp"

#include "cli/pasteable.hpp"
#include "cli/render_json.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

using model::RepairKind;
using model::StepResult;

std::string_view name_of(RepairKind kind) {
    switch (kind) {
        case RepairKind::move_aside:
            return "move_aside";
        case RepairKind::drop_variable:
            return "drop_variable";
        case RepairKind::run_ldconfig:
            return "run_ldconfig";
        case RepairKind::set_mode:
            break;
    }
    return "set_mode";
}

std::string words_of(const model::Repair& repair, const View& view) {
    switch (repair.kind) {
        case RepairKind::move_aside:
            return fmt::format("move {} aside", view.path(repair.subject));
        case RepairKind::drop_variable:
            return fmt::format("take {} out of the manifest's env", printable(repair.subject));
        case RepairKind::run_ldconfig:
            return "write the loader's cache anew (ldconfig)";
        case RepairKind::set_mode:
            break;
    }
    return fmt::format("set the mode of {} to {:04o}", view.path(repair.subject), repair.mode);
}

Tone tone_of(StepResult result) {
    if (result == StepResult::done) {
        return Tone::good;
    }
    return result == StepResult::failed ? Tone::error : Tone::warning;
}

std::string_view word_of(StepResult result) {
    switch (result) {
        case StepResult::done:
            return "done";
        case StepResult::failed:
            return "failed";
        case StepResult::skipped:
        case StepResult::pending:
            break;
    }
    return "left";
}

std::string list_of(std::string_view heading,
                    const std::vector<engine::Cure>& cures,
                    const View& view) {
    std::string out(cures.empty() ? std::string_view() : heading);
    for (const engine::Cure& cure : cures) {
        out += view.line(fmt::format("  {} {}",
                                     words_of(cure.repair, view),
                                     view.painted(Tone::faint, "[" + cure.finding + "]")),
                         4);
    }
    return out;
}

}  // namespace

std::string cures_text(const engine::CureReport& report,
                       const std::vector<model::Finding>& findings,
                       const View& view) {
    if (report.cures.empty()) {
        const bool has_commands = std::ranges::any_of(
            findings, [](const model::Finding& finding) { return !finding.fix.commands.empty(); });
        return has_commands ? "there is nothing that --fix could do: the commands below are yours\n"
                            : "there is nothing that --fix could do\n";
    }
    std::string out;
    for (const engine::Cure& cure : report.cures) {
        out += view.line(
            fmt::format("{}  {} {}{}",
                        view.painted(tone_of(cure.result), filled(word_of(cure.result), 6)),
                        words_of(cure.repair, view),
                        view.painted(Tone::faint, "[" + cure.finding + "]"),
                        cure.note.empty() ? "" : ": " + printable(pasteable(cure.note, view.home))),
            8);
    }
    if (!report.run.empty()) {
        out += fmt::format("taken back by: envkeep undo {}\n", report.run);
    }
    return out;
}

std::string offered_cures_text(const std::vector<engine::Cure>& cures, const View& view) {
    return list_of("'envkeep doctor --fix' would:\n", cures, view);
}

std::string coming_cures_text(const std::vector<engine::Cure>& cures, const View& view) {
    return list_of("about to:\n", cures, view);
}

Json cures_json(const std::vector<engine::Cure>& cures, std::string_view home) {
    Json list = Json::array();
    for (const engine::Cure& cure : cures) {
        list.add(Json()
                     .set("finding", cure.finding)
                     .set("what", name_of(cure.repair.kind))
                     .set("subject", pasteable(json_bytes(cure.repair.subject), home))
                     .set("result", word_of(cure.result))
                     .set("note", pasteable(json_bytes(cure.note), home)));
    }
    return list;
}

}  // namespace envkeep::cli
