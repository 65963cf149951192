// SPDX-License-Identifier: MIT
#include "envkeep/store/journal.hpp"

#include "envkeep/core/time.hpp"
#include "envkeep/store/fields.hpp"
#include "store/run_id.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::store {
namespace {

Json head_of(const Run& run) {
    Json head = Json::object();
    head.set("run", json_bytes(run.id));
    head.set("format", 1);
    head.set("command", json_bytes(run.command));
    head.set("started", json_bytes(run.started));
    head.set("home", json_bytes(run.home));
    head.set("container", to_json(run.container));
    head.set("process", to_json(run.process));
    return head;
}

Json intention(std::size_t number, const Change& change) {
    Json line = Json::object();
    line.set("intend", std::uint64_t{number});
    const Json described = to_json(change);
    for (const auto& [name, value] : *described.as_object()) {
        line.set(name, value);
    }
    return line;
}

}  // namespace

Journal::Journal(system::Place folder,
                 Run run,
                 system::FileReader& files,
                 system::FileWriter& writer)
    : folder_(std::move(folder)), run_(std::move(run)), files_(&files), writer_(&writer) {}

Result<std::size_t> Journal::intend(const Change& change) {
    return intend_all({change});
}

Result<std::size_t> Journal::intend_all(const std::vector<Change>& changes) {
    ENVKEEP_CHECK(begin());
    // Numbers are never used twice, also where the write fails after the line has reached the file.
    const std::size_t first = next_;
    std::string lines;
    for (const Change& change : changes) {
        lines += intention(next_++, change).compact() + '\n';
    }
    ENVKEEP_CHECK(write(lines));
    return first;
}

Result<void> Journal::done(std::size_t number) {
    return write_line(Json::object().set("done", std::uint64_t{number}));
}

Result<void> Journal::done_all(std::size_t first, std::size_t count) {
    if (count == 0) {
        return {};
    }
    return write_line(Json::object()
                          .set("done", std::uint64_t{first})
                          .set("to", std::uint64_t{first + count - 1}));
}

Result<void> Journal::gave_up(std::size_t number) {
    return write_line(Json::object().set("gave_up", std::uint64_t{number}));
}

Result<void> Journal::finish() {
    if (!begun_) {
        return {};
    }
    writer_->name_temporaries_for({});
    return write_line(Json::object().set("finished", true));
}

Result<void> Journal::mark_undone(const std::string& run_id) {
    ENVKEEP_CHECK(begin());
    return write_line(Json::object().set("undoes", json_bytes(run_id)));
}

Result<void> Journal::begin() {
    if (begun_) {
        return {};
    }
    const auto made = writer_->make_folders(folder_, 0700);
    if (!made) {
        return tl::unexpected(Error(made.error()).while_doing("making the folder of the journal"));
    }
    ENVKEEP_CHECK(write_line(head_of(run_)));
    begun_ = true;
    writer_->name_temporaries_for(run_.id);
    return {};
}

Result<void> Journal::write_line(const Json& line) {
    return write(line.compact() + '\n');
}

Result<void> Journal::write(const std::string& lines) {
    const system::Place file = folder_.child(run_.id + ".jsonl");
    auto written = writer_->append(file, is_cut_ ? '\n' + lines : lines);
    is_cut_ = !written.has_value();
    if (!written) {
        return tl::unexpected(std::move(written).error().while_doing(
            fmt::format("writing the journal '{}'", files_->absolute(file))));
    }
    return {};
}

Run new_run(const std::string& command, const std::string& home, const system::Machine& machine) {
    const WallTime now = machine.now();
    return {.id = new_run_id(now, machine),
            .command = command,
            .started = utc_text(now),
            .home = home,
            .container = machine.container().value_or(system::Container{}),
            .process = machine.self()};
}

}  // namespace envkeep::store
