// SPDX-License-Identifier: MIT
#include "snapshot/snapshot_record.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "snapshot/lines.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr int record_format = 1;
constexpr std::uint64_t largest_record = std::uint64_t{1} << 20U;

tl::unexpected<Error> damaged(std::string_view why) {
    return failure(ErrorKind::io, fmt::format("damaged snapshot: {}", why));
}

std::string text_of(const Json& json, std::string_view name) {
    return bytes_of_json(json.text_or(name, ""));
}

std::map<std::string, std::string> keys_of(const Json& json) {
    std::map<std::string, std::string> keys;
    const Json* const found = json.find("keys");
    const Json::Object* const members = found == nullptr ? nullptr : found->as_object();
    if (members != nullptr) {
        for (const auto& [name, value] : *members) {
            const std::string* const text = value.as_string();
            keys[bytes_of_json(name)] = text == nullptr ? "" : bytes_of_json(*text);
        }
    }
    return keys;
}

std::uint64_t count_of(const Json& json, std::string_view name) {
    const std::int64_t number = json.number_or(name, 0);
    return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

std::string_view word_of(Omission why) {
    return why == Omission::secret ? "secret" : "excluded";
}

Json json_of(const std::vector<LeftOut>& left_out) {
    constexpr std::size_t most = 1000;
    constexpr std::size_t most_bytes = std::size_t{256} << 10U;
    Json json = Json::array();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < std::min(left_out.size(), most); ++i) {
        bytes += left_out[i].path.size();
        if (bytes > most_bytes) {
            break;
        }
        json.add(Json::object()
                     .set("path", json_bytes(left_out[i].path))
                     .set("why", word_of(left_out[i].why)));
    }
    return json;
}

std::vector<LeftOut> left_out_of(const Json& json) {
    std::vector<LeftOut> left_out;
    const Json* const found = json.find("left_out");
    if (found != nullptr && found->as_array() != nullptr) {
        for (const Json& one : *found->as_array()) {
            const bool is_secret = one.text_or("why", "") == word_of(Omission::secret);
            left_out.push_back({.path = text_of(one, "path"),
                                .why = is_secret ? Omission::secret : Omission::excluded});
        }
    }
    return left_out;
}

Result<void> check(const Snapshot& snapshot) {
    if (!is_plain_name(snapshot.id) || !is_plain_name(snapshot.profile) ||
        (!snapshot.parent.empty() && !is_plain_name(snapshot.parent))) {
        return damaged("an id or the profile is no name");
    }
    if (!digest_of_hex(snapshot.layer) || !digest_of_hex(snapshot.lock)) {
        return damaged("it names no layer or no lock");
    }
    return {};
}

}  // namespace

std::string record_text(const Snapshot& snapshot) {
    Json keys = Json::object();
    for (const auto& [name, value] : snapshot.keys) {
        keys.set(json_bytes(name), json_bytes(value));
    }
    Json json = Json::object();
    json.set("id", json_bytes(snapshot.id));
    json.set("format", record_format);
    json.set("parent", json_bytes(snapshot.parent));
    json.set("created", json_bytes(snapshot.created));
    json.set("message", json_bytes(snapshot.message));
    json.set("session", json_bytes(snapshot.session));
    json.set("host", json_bytes(snapshot.host));
    json.set("profile", json_bytes(snapshot.profile));
    json.set("image", json_bytes(snapshot.image));
    json.set("keys", std::move(keys));
    json.set("layer", json_bytes(snapshot.layer));
    json.set("lock", json_bytes(snapshot.lock));
    json.set("content", snapshot.content.text());
    json.set("full", snapshot.full.text());
    json.set("entries", snapshot.entries);
    json.set("bytes", snapshot.bytes);
    json.set("new_bytes", snapshot.new_bytes);
    json.set("left_out", json_of(snapshot.left_out));
    return json.pretty() + '\n';
}

Result<Snapshot> parse_record(std::string_view text) {
    const auto json = Json::parse(text);
    if (!json || json->as_object() == nullptr) {
        return damaged("it is cut short or no JSON");
    }
    if (json->number_or("format", 0) != record_format) {
        return damaged("it is of an unknown format");
    }
    const auto content = digest_of_hex(json->text_or("content", ""));
    const auto full = digest_of_hex(json->text_or("full", ""));
    if (!content || !full) {
        return damaged("it has no digests");
    }
    Snapshot snapshot{.id = text_of(*json, "id"),
                      .parent = text_of(*json, "parent"),
                      .created = text_of(*json, "created"),
                      .message = text_of(*json, "message"),
                      .session = text_of(*json, "session"),
                      .host = text_of(*json, "host"),
                      .profile = text_of(*json, "profile"),
                      .image = text_of(*json, "image"),
                      .keys = keys_of(*json),
                      .layer = text_of(*json, "layer"),
                      .lock = text_of(*json, "lock"),
                      .content = *content,
                      .full = *full,
                      .entries = count_of(*json, "entries"),
                      .bytes = count_of(*json, "bytes"),
                      .new_bytes = count_of(*json, "new_bytes"),
                      .left_out = left_out_of(*json)};
    ENVKEEP_CHECK(check(snapshot));
    return snapshot;
}

Result<Snapshot> read_record(const Shelf& shelf, const std::string& id) {
    const system::Place place =
        shelf.store.place(store::names::snapshots).child(fmt::format("{}{}", id, record_suffix));
    const std::string doing = fmt::format("reading {}", quoted(shelf.files.absolute(place)));
    auto text = shelf.files.read_file(place, largest_record);
    auto snapshot = text ? parse_record(*text) : tl::unexpected(std::move(text).error());
    if (snapshot && snapshot->id != id) {
        snapshot = failure(ErrorKind::io, "damaged snapshot: it bears another id than its name");
    }
    return snapshot ? snapshot : tl::unexpected(std::move(snapshot).error().while_doing(doing));
}

}  // namespace envkeep::snapshot
