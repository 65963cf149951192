// SPDX-License-Identifier: MIT
#include "store/lease_files.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/store/fields.hpp"

#include <utility>

namespace envkeep::store {

Holder this_process(const system::Machine& machine) {
    return {.container = machine.container().value_or(system::Container{}),
            .process = machine.self(),
            .host = machine.host_name(),
            .started = utc_text(machine.now())};
}

void add_to(Json& json, const Holder& holder) {
    json.set("container", to_json(holder.container));
    json.set("process", to_json(holder.process));
    json.set("host", json_bytes(holder.host));
    json.set("started", json_bytes(holder.started));
}

Holder holder_of(const Json& json) {
    return {.container = container_of(json.find("container")),
            .process = process_of(json.find("process")),
            .host = bytes_member(json, "host"),
            .started = bytes_member(json, "started")};
}

Result<std::optional<HolderFile>> read_holder_file(const system::Place& place,
                                                   system::FileReader& files) {
    // Looked at before it is read: what changes in between then fails the check at its removal.
    ENVKEEP_TRY(const system::Status seen, files.status(place));
    if (seen.kind == system::Kind::absent) {
        return std::nullopt;
    }
    if (seen.kind != system::Kind::file) {
        const std::string path = files.absolute(place);
        return failure(
            ErrorKind::conflict,
            quoted(path) + " is no file",
            "move it away: mv -nT " + shell_quoted(path) + ' ' + shell_quoted(path + ".old"));
    }
    auto content = files.read_file(place, largest_holder_file);
    if (!content && content.error().kind == ErrorKind::not_found) {
        return std::nullopt;
    }
    if (!content) {
        return tl::unexpected(std::move(content).error());
    }
    Json json = Json::parse(*content).value_or(Json{});
    return HolderFile{.content = *std::move(content), .seen = seen, .json = std::move(json)};
}

std::optional<WallTime> store_time(const Store& store,
                                   const system::Machine& machine,
                                   system::FileReader& files,
                                   system::FileWriter& writer) {
    const system::Place clock =
        store.place(names::leases)
            .child(std::string(clock_prefix) + machine.random_id().substr(0, 8));
    if (!writer.overwrite_own_file(clock, "", 0600)) {
        return std::nullopt;
    }
    const auto seen = files.status(clock);
    if (!seen || seen->kind != system::Kind::file) {
        return std::nullopt;
    }
    // If it stays, remove_old_leases takes it away.
    static_cast<void>(writer.remove_file(clock, *seen).has_value());
    return seen->modified;
}

namespace {

bool is_of_this_container(const Holder& holder, const system::Machine& machine) {
    const auto here = machine.container();
    return here && here->is_surely(holder.container);
}

}  // namespace

bool is_dead(const Holder& holder, const system::Machine& machine) {
    return is_of_this_container(holder, machine) && !machine.is_alive(holder.process);
}

bool is_alive_here(const Holder& holder, const system::Machine& machine) {
    return is_of_this_container(holder, machine) && machine.is_alive(holder.process);
}

}  // namespace envkeep::store
