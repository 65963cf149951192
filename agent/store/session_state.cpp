// SPDX-License-Identifier: MIT
#include "envkeep/store/session_state.hpp"

#include "envkeep/core/json.hpp"
#include "store/fields.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

namespace envkeep::store {
namespace {

using system::Place;
using system::Status;

constexpr std::int64_t format = 1;
constexpr std::uint64_t largest_state = 256U << 20U;

Place folder_in(system::RootId home) {
    return Place{.root = home, .path = {}}.child(names::state);
}

Place file_in(system::RootId home) {
    return folder_in(home).child("session.json");
}

// Ten thousand of these are read at a start: an array takes a third of the time of an object.
Json json_of(const Status& status) {
    if (status == Status{}) {
        return nullptr;
    }
    Json json = Json::array();
    for (const std::uint64_t number :
         {static_cast<std::uint64_t>(status.kind),
          std::uint64_t{status.mode},
          std::uint64_t{status.uid},
          std::uint64_t{status.gid},
          status.size,
          status.device,
          status.inode,
          status.links,
          static_cast<std::uint64_t>(status.modified.time_since_epoch().count()),
          static_cast<std::uint64_t>(status.changed.time_since_epoch().count()),
          static_cast<std::uint64_t>(status.is_mount_point)}) {
        json.add(number);
    }
    return json;
}

// The elements of an array, one after the other; what is missing or of another type is empty.
class Elements {
  public:
    explicit Elements(const Json& json) : array_(json.as_array()) {}

    const Json* next() {
        return array_ != nullptr && at_ < array_->size() ? &(*array_)[at_++] : nullptr;
    }

    std::int64_t number() {
        const Json* const json = next();
        const auto* const number =
            json == nullptr ? nullptr : std::get_if<std::int64_t>(&json->value());
        return number == nullptr ? 0 : *number;
    }

    std::uint32_t small() { return static_cast<std::uint32_t>(number()); }

    std::uint64_t large() { return static_cast<std::uint64_t>(number()); }

    WallTime time() { return WallTime(std::chrono::nanoseconds(number())); }

    bool flag() { return number() != 0; }

    std::string bytes() {
        const Json* const json = next();
        const std::string* const text = json == nullptr ? nullptr : json->as_string();
        return text == nullptr ? std::string{} : bytes_of_json(*text);
    }

    Status status();

  private:
    const Json::Array* array_;
    std::size_t at_ = 0;
};

Status Elements::status() {
    constexpr auto last_kind = static_cast<std::int64_t>(system::Kind::other);
    const Json* const json = next();
    if (json == nullptr || json->is_null()) {
        return {};
    }
    Elements parts(*json);
    const std::int64_t kind = parts.number();
    return {.kind = kind >= 0 && kind <= last_kind ? static_cast<system::Kind>(kind)
                                                   : system::Kind::absent,
            .mode = parts.small(),
            .uid = parts.small(),
            .gid = parts.small(),
            .size = parts.large(),
            .device = parts.large(),
            .inode = parts.large(),
            .links = parts.large(),
            .modified = parts.time(),
            .changed = parts.time(),
            .is_mount_point = parts.flag()};
}

Json json_of(const RestoredFile& file) {
    Json json = Json::array();
    json.add(json_bytes(file.place));
    json.add(json_bytes(file.source));
    json.add(file.digest == Digest{} ? std::string{} : file.digest.text());
    json.add(json_of(file.home_seen));
    json.add(json_of(file.store_seen));
    json.add(file.is_link ? 1 : 0);
    return json;
}

RestoredFile restored_file(const Json& json) {
    Elements parts(json);
    return {.place = parts.bytes(),
            .source = parts.bytes(),
            .digest = digest_of_hex(parts.bytes()).value_or(Digest{}),
            .home_seen = parts.status(),
            .store_seen = parts.status(),
            .is_link = parts.flag()};
}

Json json_of(const SessionState& state) {
    Json json = Json::object();
    json.set("format", format);
    json.set("container", to_json(state.container));
    json.set("store", json_bytes(state.store_id));
    json.set("session", json_bytes(state.session));
    json.set("hook_ran_at", json_bytes(state.hook_ran_at));
    json.set("last_save_at", json_bytes(state.last_save_at));
    json.set("last_save_problem", json_bytes(state.last_save_problem));
    if (state.background) {
        json.set("background", to_json(*state.background));
    }
    if (state.probe) {
        json.set("probe", state.probe->to_json());
    }
    json.set("probed_device", state.probed_device);
    Json files = Json::array();
    for (const RestoredFile& file : state.files) {
        files.add(json_of(file));
    }
    json.set("files", std::move(files));
    Json sniffed = Json::array();
    for (const auto& [path, one] : state.sniffed) {
        sniffed.add(Json::array()
                        .add(json_bytes(path))
                        .add(json_of(one.seen))
                        .add(one.is_private_key ? 1 : 0));
    }
    json.set("sniffed", std::move(sniffed));
    return json;
}

const Json::Array& array_member(const Json& json, std::string_view name) {
    static const Json::Array none;
    const Json* const member = json.find(name);
    return member == nullptr || member->as_array() == nullptr ? none : *member->as_array();
}

SessionState state_of(const Json& json, const system::Container& container) {
    SessionState state{.container = container,
                       .store_id = bytes_member(json, "store"),
                       .session = bytes_member(json, "session"),
                       .hook_ran_at = bytes_member(json, "hook_ran_at"),
                       .last_save_at = bytes_member(json, "last_save_at"),
                       .last_save_problem = bytes_member(json, "last_save_problem"),
                       .probed_device = unsigned_member(json, "probed_device")};
    if (const Json* const process = json.find("background")) {
        state.background = process_of(process);
    }
    if (const Json* const probe = json.find("probe")) {
        state.probe = Probe::from_json(*probe);
    }
    const Json::Array& files = array_member(json, "files");
    state.files.reserve(files.size());
    for (const Json& file : files) {
        state.files.push_back(restored_file(file));
    }
    for (const Json& one : array_member(json, "sniffed")) {
        Elements parts(one);
        std::string path = parts.bytes();
        const Status seen = parts.status();
        state.sniffed.insert_or_assign(
            std::move(path), SessionState::Sniffed{.seen = seen, .is_private_key = parts.flag()});
    }
    return state;
}

}  // namespace

std::optional<SessionState> load_state(system::RootId home,
                                       const system::Container& container,
                                       system::FileReader& files) {
    const auto text = files.read_file(file_in(home), largest_state);
    if (!text) {
        return std::nullopt;
    }
    const auto json = Json::parse(*text);
    if (!json || json->number_or("format", 0) != format ||
        container_of(json->find("container")) != container) {
        return std::nullopt;
    }
    return state_of(*json, container);
}

Result<void> save_state(system::RootId home,
                        const SessionState& state,
                        system::FileWriter& writer) {
    auto saved = writer.make_folders(folder_in(home), 0700).and_then([&] {
        return writer.overwrite_own_file(file_in(home), json_of(state).compact() + '\n', 0600);
    });
    if (!saved) {
        return tl::unexpected(
            std::move(saved).error().while_doing("saving what this session remembers"));
    }
    return {};
}

}  // namespace envkeep::store
