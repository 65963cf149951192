// SPDX-License-Identifier: MIT
#include "engine/start_note.hpp"

#include "engine/notice_file.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/find.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

constexpr std::string_view off_variable = "ENVKEEP_OFF";

// How long the parent waits for a home that may hang.
constexpr std::chrono::seconds patience{1};

Result<StartNote> open_home(const World& world, const Options& options) {
    StartNote note;
    ENVKEEP_TRY(note.home_path, store::find_home(options.home, world.machine, world.files));
    ENVKEEP_TRY(note.home, world.files.open_root(note.home_path));
    ENVKEEP_TRY(note.stamp.container, world.machine.container());
    note.stamp.worker = world.machine.self();
    note.stamp.began = utc_text(world.machine.now());
    return note;
}

std::string off_path(const std::string& store_base) {
    return fmt::format("{}/{}/{}", store_base, store::names::folder, store::names::off_switch);
}

}  // namespace

std::optional<StartNote> note_start(const World& world, const Options& options) {
    Result<StartNote> note = open_home(world, options);
    if (!note || !store::save_start_stamp(note->home, note->stamp, *world.writer)) {
        return std::nullopt;
    }
    return std::move(*note);
}

void note_problem(const World& world,
                  const std::optional<StartNote>& note,
                  const std::string& problem,
                  const std::string& notice) {
    if (!note) {
        return;
    }
    store::StartStamp stamp = note->stamp;
    stamp.problem = problem;
    static_cast<void>(store::save_start_stamp(note->home, stamp, *world.writer));
    static_cast<void>(write_notice(world, note->home, notice));
}

void note_given_up(const Options& options,
                   const MakeWorld& make_world,
                   const std::string& problem) {
    const Result<posix::Worker> writer = posix::start_worker([&](int /*report_fd*/) {
        const World world = make_world();
        Result<StartNote> note = open_home(world, options);
        if (!note) {
            return 1;
        }
        const std::optional<store::StartStamp> begun =
            store::load_start_stamp(note->home, note->stamp.container, world.files);
        if (begun) {
            note->stamp = *begun;
        }
        note_problem(world,
                     *note,
                     problem,
                     fmt::format("envkeep: {}; see 'envkeep status'", printable(problem)));
        return 0;
    });
    if (writer) {
        static_cast<void>(
            posix::wait_for_worker(*writer, std::chrono::steady_clock::now() + patience));
    }
}

std::string switched_off_by(const World& world, const std::string& store_base) {
    if (!world.machine.variable(off_variable).value_or("").empty()) {
        return fmt::format("{} is set", off_variable);
    }
    const std::string path = off_path(store_base);
    const Result<system::Status> there = world.files.follow(path);
    return there && there->kind != system::Kind::absent ? fmt::format("{} is there", quoted(path))
                                                        : "";
}

model::Finding switched_off_finding(const std::string& by, const std::string& store_base) {
    const bool is_variable = by.starts_with(off_variable);
    return {.id = "start-switched-off",
            .severity = model::Severity::warning,
            .subject = "start",
            .title = "the start is switched off, and the start line does nothing",
            .evidence = {by},
            .fix = {.commands = {is_variable ? fmt::format("unset {}", off_variable)
                                             : "rm " + shell_quoted(off_path(store_base)),
                                 "envkeep restore"},
                    .text = is_variable ? "also where the platform sets it" : ""}};
}

}  // namespace envkeep::engine
