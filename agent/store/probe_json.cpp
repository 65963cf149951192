// SPDX-License-Identifier: MIT
#include "envkeep/store/fields.hpp"
#include "envkeep/store/probe.hpp"

#include <algorithm>
#include <array>

namespace envkeep::store {
namespace {

constexpr std::array<std::string_view, 5> names_of_locks{
    "unknown", "honoured", "ignored", "refused", "hung"};

system::Locks locks_of(const std::string& name) {
    const auto* const found = std::ranges::find(names_of_locks, name);
    return found == names_of_locks.end()
               ? system::Locks::unknown
               : static_cast<system::Locks>(found - names_of_locks.begin());
}

}  // namespace

std::string_view name_of(system::Locks locks) {
    return names_of_locks.at(static_cast<std::size_t>(locks));
}

Json Probe::to_json() const {
    Json json = Json::object();
    json.set("is_mounted", is_mounted);
    json.set("mount_type", json_bytes(mount_type));
    json.set("is_writable", is_writable);
    json.set("refusal", json_bytes(refusal));
    json.set("has_links", has_links);
    json.set("has_rename_over", has_rename_over);
    json.set("has_hard_links", has_hard_links);
    json.set("has_modes", has_modes);
    json.set("has_owner", has_owner);
    json.set("is_shared", is_shared);
    json.set("small_file_us", std::int64_t{small_file.count()});
    json.set("small_read_us", std::int64_t{small_read.count()});
    json.set("mebibyte_us", std::int64_t{mebibyte.count()});
    json.set("locks", name_of(locks));
    json.set("is_whole", is_whole);
    json.set("total_bytes", total_bytes);
    json.set("free_bytes", free_bytes);
    json.set("free_inodes", free_inodes);
    json.set("total_inodes", total_inodes);
    return json;
}

Probe Probe::from_json(const Json& json) {
    return {.is_mounted = json.flag_or("is_mounted", false),
            .mount_type = bytes_member(json, "mount_type"),
            .is_writable = json.flag_or("is_writable", false),
            .refusal = bytes_member(json, "refusal"),
            .has_links = json.flag_or("has_links", false),
            .has_rename_over = json.flag_or("has_rename_over", false),
            .has_hard_links = json.flag_or("has_hard_links", false),
            .has_modes = json.flag_or("has_modes", false),
            .has_owner = json.flag_or("has_owner", false),
            .is_shared = json.flag_or("is_shared", false),
            .small_file = std::chrono::microseconds(json.number_or("small_file_us", 0)),
            .small_read = std::chrono::microseconds(json.number_or("small_read_us", 0)),
            .mebibyte = std::chrono::microseconds(json.number_or("mebibyte_us", 0)),
            .locks = locks_of(json.text_or("locks", "")),
            .is_whole = json.flag_or("is_whole", true),
            .total_bytes = unsigned_member(json, "total_bytes"),
            .free_bytes = unsigned_member(json, "free_bytes"),
            .free_inodes = unsigned_member(json, "free_inodes"),
            .total_inodes = unsigned_member(json, "total_inodes")};
}

}  // namespace envkeep::store
