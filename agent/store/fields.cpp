// SPDX-License-Identifier: MIT
#include "envkeep/store/fields.hpp"

#include <charconv>

namespace envkeep::store {

Json to_json(const system::Container& container) {
    Json json = Json::object();
    json.set("boot_id", json_bytes(container.boot_id));
    json.set("pid_namespace", container.pid_namespace);
    json.set("first_start", container.first_start);
    return json;
}

Json to_json(const system::ProcessId& process) {
    Json json = Json::object();
    json.set("pid", process.pid);
    json.set("started", process.started);
    return json;
}

system::Container container_of(const Json* json) {
    if (json == nullptr) {
        return {};
    }
    return {.boot_id = bytes_member(*json, "boot_id"),
            .pid_namespace = unsigned_member(*json, "pid_namespace"),
            .first_start = unsigned_member(*json, "first_start")};
}

system::ProcessId process_of(const Json* json) {
    if (json == nullptr) {
        return {};
    }
    return {.pid = static_cast<std::int32_t>(json->number_or("pid", 0)),
            .started = unsigned_member(*json, "started")};
}

std::string bytes_member(const Json& json, std::string_view name) {
    return bytes_of_json(json.text_or(name, ""));
}

std::uint64_t unsigned_member(const Json& json, std::string_view name) {
    return static_cast<std::uint64_t>(json.number_or(name, 0));
}

std::optional<Digest> digest_of_hex(std::string_view text) {
    Digest digest;
    if (text.size() != 2 * digest.bytes.size()) {
        return std::nullopt;
    }
    for (std::uint8_t& byte : digest.bytes) {
        const std::string_view two = text.substr(0, 2);
        const char* const end = two.data() + two.size();
        const auto read = std::from_chars(two.data(), end, byte, 16);
        if (read.ec != std::errc{} || read.ptr != end) {
            return std::nullopt;
        }
        text.remove_prefix(2);
    }
    return digest;
}

}  // namespace envkeep::store
