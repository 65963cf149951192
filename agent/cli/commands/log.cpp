// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/engine/history.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace envkeep::cli {
namespace {

using store::Change;

constexpr std::size_t usual_count = 20;

constexpr std::array log_flags{
    Flag{
        .name = "--number", .value = "N", .help = "the last N runs, 20 by default", .letter = "-n"},
};

constexpr std::array log_examples{
    Example{"envkeep log", "the last runs, newest first"},
    Example{"envkeep log -n 1 --verbose", "each change of the last one"},
};

constexpr std::array log_exits{
    ExitUse{0, "listed"},
    ExitUse{2, "not a number of runs"},
    ExitUse{4, "the store is missing, empty or another one"},
};

Result<std::size_t> count_of(const Arguments& arguments) {
    if (!arguments.has("--number")) {
        return usual_count;
    }
    const std::string text = arguments.value("--number");
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count == 0) {
        return failure(ErrorKind::usage,
                       fmt::format("{} is no number of runs", quoted(text)),
                       "such as: envkeep log -n 5");
    }
    return count;
}

std::string state_of(const store::RunRecord& record) {
    if (!record.undone_by.empty()) {
        return "taken back by " + record.undone_by;
    }
    return record.is_finished ? "" : "did not end by itself";
}

std::string_view name_of(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::made_folder:
            return "made folder";
        case Change::Kind::made_file:
            return "made file";
        case Change::Kind::made_link:
            return "made link";
        case Change::Kind::replaced_link:
            return "replaced link";
        case Change::Kind::moved:
            return "moved";
        case Change::Kind::copied:
            return "copied";
        case Change::Kind::replaced_file:
            return "replaced file";
        case Change::Kind::set_mode:
            return "set mode";
        case Change::Kind::removed_link:
            return "removed link";
    }
    return "changed";
}

std::string detail_of(const Change& change, const View& view) {
    switch (change.kind) {
        case Change::Kind::made_link:
        case Change::Kind::removed_link:
            return "-> " + view.path(change.text);
        case Change::Kind::replaced_link:
            return fmt::format(
                "-> {}, was a link to {}", view.path(change.text), view.path(change.other));
        case Change::Kind::moved:
        case Change::Kind::copied:
            return "from " + view.path(change.other);
        case Change::Kind::replaced_file:
            return "what stood there is " + view.path(change.other);
        case Change::Kind::set_mode:
            return fmt::format("{} -> {}", octal(change.old_mode), octal(change.new_mode));
        case Change::Kind::made_folder:
        case Change::Kind::made_file:
            break;
    }
    return {};
}

std::string changes_text(const store::RunRecord& record, const View& view) {
    std::vector<Row> rows;
    for (const store::RunRecord::Item& item : record.items) {
        rows.push_back({.tone = Tone::faint,
                        .verb = std::string(name_of(item.change.kind)),
                        .subject = view.path(item.change.path),
                        .detail = detail_of(item.change, view),
                        .why = item.is_done ? "" : "begun, not known to be done",
                        .notes = {}});
    }
    return rows_text(rows, view);
}

// "12 min ago"; as it is written where it cannot be read.
std::string started_text(const store::RunRecord& record, WallTime now) {
    const std::optional<WallTime> when = parse_utc(record.run.started);
    return when ? age_text(now - *when) + " ago" : printable(record.run.started);
}

std::string text_of(const std::vector<store::RunRecord>& runs, WallTime now, const View& view) {
    std::string out = runs.empty() ? "no run has changed anything yet\n" : "";
    std::size_t widest = 0;
    for (const store::RunRecord& record : runs) {
        widest = std::max(widest, columns_of(printable(record.run.command)));
    }
    for (const store::RunRecord& record : runs) {
        const std::string state = printable(state_of(record));
        out += fmt::format("{}  {}  {}, {}{}{}{}\n",
                           view.painted(Tone::strong, printable(record.run.id)),
                           filled(printable(record.run.command), widest),
                           started_text(record, now),
                           counted(record.items.size(), "change"),
                           record.is_of_this_container ? "" : ", another container",
                           state.empty() ? "" : ", ",
                           state);
        for (const std::string& problem : record.problems) {
            out += fmt::format("    unreadable: {}\n", printable(problem));
        }
        if (view.verbose) {
            out += changes_text(record, view);
        }
    }
    return out;
}

Json change_json(const store::RunRecord::Item& item) {
    Json json = store::to_json(item.change);
    json.set("done", item.is_done);
    return json;
}

Json run_json(const store::RunRecord& record) {
    Json json = Json::object();
    json.set("id", record.run.id);
    json.set("command", printable(record.run.command));
    json.set("started", record.run.started);
    json.set("home", json_bytes(record.run.home));
    json.set("finished", record.is_finished);
    json.set("undone_by", record.undone_by);
    json.set("this_container", record.is_of_this_container);
    json.set("problems", json_of(record.problems));
    Json changes = Json::array();
    for (const store::RunRecord::Item& item : record.items) {
        changes.add(change_json(item));
    }
    json.set("changes", std::move(changes));
    return json;
}

Result<Reply> run_log(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const std::size_t count, count_of(arguments));
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const std::vector<store::RunRecord> runs, engine::log(world, session, count));
    Reply reply;
    if (!context.wants_json()) {
        reply.text = text_of(runs, world.machine.now(), context.view(session.home_path));
        return reply;
    }
    Json list = Json::array();
    for (const store::RunRecord& record : runs) {
        list.add(run_json(record));
    }
    reply.members.set("runs", std::move(list));
    return reply;
}

}  // namespace

constinit const Command log_command{
    .name = "log",
    .summary = "show what the runs did",
    .details = "Newest first. Runs that changed nothing leave no trace.",
    .flags = log_flags,
    .examples = log_examples,
    .exits = log_exits,
    .run = run_log};

}  // namespace envkeep::cli
