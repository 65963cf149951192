// SPDX-License-Identifier: MIT
#include "envkeep/store/start_stamp.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/layout.hpp"

namespace envkeep::store {
namespace {

using system::Place;

constexpr std::int64_t stamp_format = 1;
constexpr std::uint64_t largest_stamp = 64U << 10U;

Place stamp_in(system::RootId home) {
    return Place{.root = home, .path = {}}.child(names::state).child("start.json");
}

Place background_in(system::RootId home) {
    return Place{.root = home, .path = {}}.child(names::state).child("background.json");
}

}  // namespace

std::optional<StartStamp> load_start_stamp(system::RootId home,
                                           const system::Container& container,
                                           system::FileReader& files) {
    const auto text = files.read_file(stamp_in(home), largest_stamp);
    const auto json = text ? Json::parse(*text) : Result<Json>(tl::unexpected(text.error()));
    if (!json || json->number_or("format", 0) != stamp_format ||
        container_of(json->find("container")) != container) {
        return std::nullopt;
    }
    return StartStamp{.container = container,
                      .worker = process_of(json->find("worker")),
                      .began = bytes_member(*json, "began"),
                      .problem = bytes_member(*json, "problem")};
}

Result<void> save_start_stamp(system::RootId home,
                              const StartStamp& stamp,
                              system::FileWriter& writer) {
    Json json = Json::object();
    json.set("format", stamp_format);
    json.set("container", to_json(stamp.container));
    json.set("worker", to_json(stamp.worker));
    json.set("began", json_bytes(stamp.began));
    json.set("problem", json_bytes(stamp.problem));
    ENVKEEP_CHECK(writer.make_folders(stamp_in(home).parent(), 0700));
    return writer.overwrite_own_file(stamp_in(home), json.compact() + '\n', 0600);
}

std::optional<system::ProcessId> load_background(system::RootId home,
                                                 const system::Container& container,
                                                 system::FileReader& files) {
    const auto text = files.read_file(background_in(home), largest_stamp);
    const auto json = text ? Json::parse(*text) : Result<Json>(tl::unexpected(text.error()));
    if (!json || json->number_or("format", 0) != stamp_format ||
        container_of(json->find("container")) != container) {
        return std::nullopt;
    }
    return process_of(json->find("process"));
}

Result<void> save_background(system::RootId home,
                             const system::Container& container,
                             const system::ProcessId& process,
                             system::FileWriter& writer) {
    Json json = Json::object();
    json.set("format", stamp_format);
    json.set("container", to_json(container));
    json.set("process", to_json(process));
    ENVKEEP_CHECK(writer.make_folders(background_in(home).parent(), 0700));
    return writer.overwrite_own_file(background_in(home), json.compact() + '\n', 0600);
}

}  // namespace envkeep::store
