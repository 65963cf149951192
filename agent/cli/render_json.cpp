// SPDX-License-Identifier: MIT
#include "cli/render_json.hpp"

#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::cli {
namespace {

std::string_view name_of(model::Severity severity) {
    switch (severity) {
        case model::Severity::error:
            return "error";
        case model::Severity::warning:
            return "warning";
        case model::Severity::info:
            break;
    }
    return "info";
}

std::string_view name_of(model::Who who) {
    switch (who) {
        case model::Who::restart:
            return "restart";
        case model::Who::host:
            return "host";
        case model::Who::user:
            break;
    }
    return "user";
}

std::string_view name_of(model::KeepState state) {
    switch (state) {
        case model::KeepState::to_do:
            return "to_do";
        case model::KeepState::conflict:
            return "conflict";
        case model::KeepState::waits_for_store:
            return "waits_for_store";
        case model::KeepState::in_order:
            break;
    }
    return "in_order";
}

std::string_view name_of(model::StepResult result) {
    switch (result) {
        case model::StepResult::failed:
            return "failed";
        case model::StepResult::skipped:
            return "skipped";
        case model::StepResult::pending:
            return "pending";
        case model::StepResult::done:
            break;
    }
    return "done";
}

template <typename Parts>
Json list_of(const Parts& parts, Json (*one)(const typename Parts::value_type&)) {
    Json list = Json::array();
    for (const auto& part : parts) {
        list.add(one(part));
    }
    return list;
}

double milliseconds(std::chrono::nanoseconds took) {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    return static_cast<double>(whole) / 1000.0;
}

// What an action changes beside its place: the old and the new state.
void add_states(Json& json, const model::Action& action, const AbsoluteOf& absolute) {
    match(
        action,
        [&](const model::MakeFolder& folder) { json.set("new_mode", octal(folder.mode)); },
        [&](const model::MakeFile& file) { json.set("new_mode", octal(file.mode)); },
        [&](const model::MakeLink& link) { json.set("new_target", json_bytes(link.target)); },
        [&](const model::ReplaceLink& link) {
            json.set("old_target", json_bytes(link.old_target));
            json.set("new_target", json_bytes(link.new_target));
        },
        [&](const model::ReplaceLinkByFolder& folder) {
            json.set("old_target", json_bytes(folder.old_target));
            json.set("new_mode", octal(folder.mode));
        },
        [&](const model::Seed& seed) { json.set("from", json_bytes(absolute(seed.from))); },
        [&](const model::ReplaceByLink& link) { json.set("new_target", json_bytes(link.target)); },
        [](const model::MoveAside&) {},
        [&](const model::CopyIn& copy) { json.set("from", json_bytes(absolute(copy.from))); },
        [&](const model::CopyBack& copy) { json.set("from", json_bytes(absolute(copy.from))); },
        [&](const model::SetMode& mode) {
            json.set("old_mode", octal(mode.seen.mode));
            json.set("new_mode", octal(mode.new_mode));
            json.set("widens", mode.widens);
        });
}

Json step_json(const model::Step& step, const AbsoluteOf& absolute) {
    Json json = Json::object();
    json.set("action", model::name_of(step.action));
    json.set("subject", printable(step.subject));
    json.set("path", json_bytes(absolute(model::place_of(step.action))));
    json.set("why", printable(step.why));
    add_states(json, step.action, absolute);
    return json;
}

void add_outcome(Json& json, const model::StepOutcome& outcome) {
    json.set("result", name_of(outcome.result));
    json.set("milliseconds", milliseconds(outcome.took));
    if (!outcome.note.empty()) {
        json.set("note", printable(outcome.note));
    }
    if (outcome.error) {
        json.set("error", json_of(*outcome.error));
    }
}

Json one_text(const std::string& text) {
    return {printable(text)};
}

// To be pasted: nothing in it may be changed.
Json one_command(const std::string& command) {
    return {command};
}

Json one_path(const std::string& path) {
    return {json_bytes(path)};
}

Json one_finding(const model::Finding& finding) {
    Json fix = Json::object();
    fix.set("who", name_of(finding.fix.who));
    fix.set("commands", list_of(finding.fix.commands, one_command));
    fix.set("text", printable(finding.fix.text));
    Json json = Json::object();
    json.set("id", finding.id);
    json.set("severity", name_of(finding.severity));
    json.set("subject", printable(finding.subject));
    json.set("title", printable(finding.title));
    json.set("cause", finding.is_cause);
    json.set("evidence", json_of(finding.evidence));
    json.set("fix", std::move(fix));
    return json;
}

Json one_conflict(const model::Conflict& conflict) {
    Json json = Json::object();
    json.set("subject", printable(conflict.subject));
    json.set("home", json_bytes(conflict.place));
    json.set("store", json_bytes(conflict.source));
    json.set("reason", printable(conflict.reason));
    json.set("commands", list_of(conflict.commands, one_command));
    return json;
}

Json one_keep(const model::KeepRow& keep) {
    Json json = Json::object();
    json.set("subject", printable(keep.subject));
    json.set("home", json_bytes(keep.place));
    json.set("store", json_bytes(keep.source));
    json.set("how", keep.how);
    json.set("state", name_of(keep.state));
    json.set("note", printable(keep.note));
    return json;
}

Json one_problem(const manifest::Problem& problem) {
    Json json = Json::object();
    json.set("file", json_bytes(problem.file));
    json.set("line", std::int64_t{problem.line});
    json.set("column", std::int64_t{problem.column});
    json.set("message", printable(problem.message));
    json.set("hint", printable(problem.hint));
    json.set("snippet", printable(problem.snippet));
    return json;
}

Json one_timing(const engine::Timing& timing) {
    Json json = Json::object();
    json.set("name", timing.name);
    json.set("milliseconds", milliseconds(timing.took));
    return json;
}

}  // namespace

Json json_of(const std::vector<model::Finding>& findings) {
    return list_of(findings, one_finding);
}

Json json_of(const std::vector<model::Conflict>& conflicts) {
    return list_of(conflicts, one_conflict);
}

Json json_of(const std::vector<model::KeepRow>& keeps) {
    return list_of(keeps, one_keep);
}

Json json_of(const std::vector<manifest::Problem>& problems) {
    return list_of(problems, one_problem);
}

Json json_of(const std::vector<engine::Timing>& timings) {
    return list_of(timings, one_timing);
}

Json json_of(const std::vector<std::string>& texts) {
    return list_of(texts, one_text);
}

Json paths_json(const std::vector<std::string>& paths) {
    return list_of(paths, one_path);
}

Json json_of(const Error& error) {
    Json json = Json::object();
    json.set("kind", name_of(error.kind));
    json.set("message", printable(error.message));
    json.set("hint", printable(error.hint));
    return json;
}

Json actions_json(const model::Plan& plan,
                  const model::Outcome* outcome,
                  const AbsoluteOf& absolute) {
    Json::Array actions;
    actions.reserve(plan.steps.size());
    for (const model::Step& step : plan.steps) {
        actions.push_back(step_json(step, absolute));
    }
    if (outcome != nullptr) {
        for (const model::StepOutcome& step : outcome->steps) {
            add_outcome(actions.at(step.step), step);
        }
    }
    return {std::move(actions)};
}

void add_plan(Json& members,
              const model::Plan& plan,
              const model::Outcome* outcome,
              const AbsoluteOf& absolute) {
    members.set("actions", actions_json(plan, outcome, absolute));
    members.set("conflicts", json_of(plan.conflicts));
    members.set("keeps", json_of(plan.keeps));
}

std::string_view name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return "usage";
        case ErrorKind::invalid_manifest:
            return "invalid_manifest";
        case ErrorKind::store_missing:
            return "store_missing";
        case ErrorKind::unsafe_path:
            return "unsafe_path";
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::already_exists:
            return "already_exists";
        case ErrorKind::permission_denied:
            return "permission_denied";
        case ErrorKind::no_space:
            return "no_space";
        case ErrorKind::read_only:
            return "read_only";
        case ErrorKind::cross_device:
            return "cross_device";
        case ErrorKind::conflict:
            return "conflict";
        case ErrorKind::busy:
            return "busy";
        case ErrorKind::time_limit:
            return "time_limit";
        case ErrorKind::unsupported:
            return "unsupported";
        case ErrorKind::io:
            break;
    }
    return "io";
}

}  // namespace envkeep::cli
