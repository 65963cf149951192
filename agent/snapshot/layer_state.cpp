// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/layer_state.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/layout.hpp"

#include <chrono>

namespace envkeep::snapshot {
namespace {

using system::Place;

constexpr std::int64_t layer_state_format = 1;
constexpr std::uint64_t largest_state = std::uint64_t{16} << 20U;
constexpr std::uint64_t largest_part = std::uint64_t{256} << 20U;
constexpr std::string_view part_name = "partly.layer";

Place folder_in(system::RootId home) {
    return Place{.root = home, .path = {}}.child(store::names::state);
}

Place file_in(system::RootId home) {
    return folder_in(home).child("layer.json");
}

Place mark_in(system::RootId home) {
    return folder_in(home).child("disk");
}

// When a file was written, by the clock of its file system.
Result<WallTime> written_at(const Place& place,
                            system::FileReader& files,
                            system::FileWriter& writer) {
    ENVKEEP_CHECK(writer.make_folders(place.parent(), 0700));
    ENVKEEP_CHECK(writer.overwrite_own_file(place, {}, 0600));
    ENVKEEP_TRY(const system::Status status, files.status(place));
    return status.changed;
}

std::int64_t number_of(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime time_of(std::int64_t number) {
    return WallTime(std::chrono::nanoseconds(number));
}

std::optional<WallTime> time_in(const Json& json, std::string_view name) {
    const std::int64_t number = json.number_or(name, 0);
    return number == 0 ? std::nullopt : std::optional(time_of(number));
}

std::int64_t number_of(const std::optional<WallTime>& time) {
    return time ? number_of(*time) : 0;
}

bool is_same_disk(const Json& json, system::RootId home, system::FileReader& files) {
    const std::optional<WallTime> mark = time_in(json, "disk");
    const Result<system::Status> status = files.status(mark_in(home));
    return mark && status && status->kind == system::Kind::file && status->changed == *mark;
}

Json json_of(const std::optional<LayerRef>& ref) {
    Json json;
    if (ref) {
        json.set("layer", json_bytes(ref->layer))
            .set("snapshot", json_bytes(ref->snapshot))
            .set("profile", json_bytes(ref->profile))
            .set("number", std::int64_t{ref->number});
    }
    return json;
}

std::optional<LayerRef> ref_of(const Json* json) {
    if (json == nullptr || json->as_object() == nullptr) {
        return std::nullopt;
    }
    return LayerRef{.layer = store::bytes_member(*json, "layer"),
                    .snapshot = store::bytes_member(*json, "snapshot"),
                    .profile = store::bytes_member(*json, "profile"),
                    .number = static_cast<std::uint32_t>(json->number_or("number", 0))};
}

Json json_of(const std::vector<LayerRef>& refs) {
    Json json = Json::array();
    for (const LayerRef& one : refs) {
        json.add(json_of(std::optional(one)));
    }
    return json;
}

std::vector<LayerRef> refs_of(const Json* json) {
    std::vector<LayerRef> refs;
    if (json != nullptr && json->as_array() != nullptr) {
        for (const Json& one : *json->as_array()) {
            if (std::optional<LayerRef> ref = ref_of(&one)) {
                refs.push_back(*std::move(ref));
            }
        }
    }
    return refs;
}

Json json_of(const std::optional<Refusal>& refused) {
    Json json;
    if (refused) {
        json.set("problem", json_bytes(refused->problem))
            .set("hint", json_bytes(refused->hint))
            .set("at", number_of(refused->at))
            .set("gc_frees", refused->gc_frees);
    }
    return json;
}

std::optional<Refusal> refusal_of(const Json* json) {
    if (json == nullptr || json->as_object() == nullptr) {
        return std::nullopt;
    }
    return Refusal{.problem = store::bytes_member(*json, "problem"),
                   .hint = store::bytes_member(*json, "hint"),
                   .at = time_of(json->number_or("at", 0)),
                   .gc_frees = static_cast<std::uint64_t>(json->number_or("gc_frees", 0))};
}

Json json_of(const std::vector<std::string>& texts) {
    Json json = Json::array();
    for (const std::string& one : texts) {
        json.add(json_bytes(one));
    }
    return json;
}

std::vector<std::string> texts_of(const Json* json) {
    std::vector<std::string> texts;
    if (json != nullptr && json->as_array() != nullptr) {
        for (const Json& one : *json->as_array()) {
            const std::string* const written = one.as_string();
            texts.push_back(written != nullptr ? bytes_of_json(*written) : std::string());
        }
    }
    return texts;
}

}  // namespace

std::optional<LayerState> load_layer_state(system::RootId home,
                                           const system::Container& container,
                                           system::FileReader& files) {
    const Result<std::string> text = files.read_file(file_in(home), largest_state);
    const Result<Json> json = text ? Json::parse(*text) : tl::unexpected(text.error());
    if (!json || json->number_or("format", 0) != layer_state_format) {
        return std::nullopt;
    }
    const bool is_of_this = store::container_of(json->find("container")) == container;
    if (!is_of_this && !is_same_disk(*json, home, files)) {
        return std::nullopt;
    }
    LayerState state{.container = container,
                     .store_id = store::bytes_member(*json, "store"),
                     .image = store::bytes_member(*json, "image"),
                     .apt_key = store::bytes_member(*json, "apt_key"),
                     .session_began = time_of(json->number_or("session_began", 0)),
                     .image_until = time_in(*json, "image_until"),
                     .disk = time_in(*json, "disk"),
                     .here = ref_of(json->find("here")),
                     .holds_until = time_in(*json, "holds_until"),
                     .coming = ref_of(json->find("coming")),
                     .begun = refs_of(json->find("begun")),
                     .partly = ref_of(json->find("partly")),
                     .debs = texts_of(json->find("debs")),
                     .not_here = texts_of(json->find("not_here")),
                     .cures = texts_of(json->find("cures")),
                     .packed = texts_of(json->find("packed")),
                     .environments = texts_of(json->find("environments")),
                     .refused = refusal_of(json->find("refused")),
                     .left_out = texts_of(json->find("left_out"))};
    if (is_of_this) {
        state.container_start = time_in(*json, "container_start");
    }
    const Json* const worker = json->find("worker");
    if (is_of_this && worker != nullptr && worker->as_object()) {
        state.worker = store::process_of(worker);
    }
    return state;
}

Result<void> save_layer_state(system::RootId home,
                              const LayerState& state,
                              system::FileWriter& writer) {
    Json json = Json::object();
    json.set("format", layer_state_format)
        .set("container", store::to_json(state.container))
        .set("store", json_bytes(state.store_id))
        .set("image", json_bytes(state.image))
        .set("apt_key", json_bytes(state.apt_key))
        .set("session_began", number_of(state.session_began))
        .set("container_start", number_of(state.container_start))
        .set("image_until", number_of(state.image_until))
        .set("disk", number_of(state.disk))
        .set("holds_until", number_of(state.holds_until))
        .set("here", json_of(state.here))
        .set("coming", json_of(state.coming))
        .set("worker", state.worker ? store::to_json(*state.worker) : Json())
        .set("begun", json_of(state.begun))
        .set("partly", json_of(state.partly))
        .set("debs", json_of(state.debs))
        .set("not_here", json_of(state.not_here))
        .set("cures", json_of(state.cures))
        .set("packed", json_of(state.packed))
        .set("environments", json_of(state.environments))
        .set("refused", json_of(state.refused))
        .set("left_out", json_of(state.left_out));
    ENVKEEP_CHECK(writer.make_folders(folder_in(home), 0700));
    return writer.overwrite_own_file(file_in(home), json.compact() + "\n", 0600);
}

Result<void> save_part(system::RootId home, const Layer& part, system::FileWriter& writer) {
    ENVKEEP_CHECK(writer.make_folders(folder_in(home), 0700));
    return writer.overwrite_own_file(folder_in(home).child(part_name), layer_text(part), 0600);
}

Result<Layer> load_part(system::RootId home, system::FileReader& files) {
    ENVKEEP_TRY(const std::string text,
                files.read_file(folder_in(home).child(part_name), largest_part));
    return parse_layer(text);
}

std::optional<WallTime> part_saved_at(system::RootId home, system::FileReader& files) {
    const Result<system::Status> status = files.status(folder_in(home).child(part_name));
    const bool is_there = status && status->kind == system::Kind::file;
    return is_there ? std::optional(status->changed) : std::nullopt;
}

bool has_layer_state(system::RootId home, system::FileReader& files) {
    const Result<system::Status> status = files.status(file_in(home));
    return !status || status->kind != system::Kind::absent;
}

Result<WallTime> mark_disk(system::RootId home,
                           system::FileReader& files,
                           system::FileWriter& writer) {
    return written_at(mark_in(home), files, writer);
}

Result<WallTime> file_system_now(system::RootId home,
                                 system::FileReader& files,
                                 system::FileWriter& writer) {
    return written_at(folder_in(home).child("clock"), files, writer);
}

}  // namespace envkeep::snapshot
