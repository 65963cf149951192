// SPDX-License-Identifier: MIT
#include "envkeep/store/session_state.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/store/fields.hpp"
#include "store/state_records.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Place;

constexpr std::int64_t format = 1;
constexpr std::uint64_t largest_state = 256U << 20U;

// One JSON document: what is short on the first line, then the lists, one record to a line.
constexpr std::string_view files_begin = ",\"files\":[\n";
constexpr std::string_view sniffed_begin = "],\"sniffed\":[\n";
constexpr std::string_view end = "]}\n";

Place folder_in(system::RootId home) {
    return Place{.root = home, .path = {}}.child(names::state);
}

Place file_in(system::RootId home) {
    return folder_in(home).child("session.json");
}

Json json_of(const SessionState::SecretNames& names) {
    Json found = Json::array();
    for (const std::string& path : names.found) {
        found.add(json_bytes(path));
    }
    Json json = Json::object();
    json.set("folders", names.folders.text());
    json.set("found", std::move(found));
    return json;
}

Json head_of(const SessionState& state) {
    Json json = Json::object();
    json.set("format", format);
    json.set("container", to_json(state.container));
    json.set("store", json_bytes(state.store_id));
    json.set("session", json_bytes(state.session));
    json.set("hook_ran_at", json_bytes(state.hook_ran_at));
    json.set("last_save_at", json_bytes(state.last_save_at));
    json.set("last_save_problem", json_bytes(state.last_save_problem));
    json.set("changing", state.is_changing);
    if (state.background) {
        json.set("background", to_json(*state.background));
    }
    if (state.probe) {
        json.set("probe", state.probe->to_json());
    }
    json.set("probed_device", state.probed_device);
    if (state.secret_names) {
        json.set("secret_names", json_of(*state.secret_names));
    }
    Json only_here = Json::array();
    for (const SessionState::OnlyHere& one : state.only_here) {
        only_here.add(Json::array().add(json_bytes(one.original)).add(json_bytes(one.aside)));
    }
    json.set("only_here", std::move(only_here));
    return json;
}

std::optional<SessionState::SecretNames> secret_names_of(const Json* json) {
    const Json* const found = json != nullptr ? json->find("found") : nullptr;
    if (found == nullptr || found->as_array() == nullptr) {
        return std::nullopt;
    }
    const auto digest = digest_of_hex(bytes_member(*json, "folders"));
    if (!digest) {
        return std::nullopt;
    }
    SessionState::SecretNames names{.folders = *digest, .found = {}};
    for (const Json& path : *found->as_array()) {
        const std::string* const text = path.as_string();
        names.found.push_back(text != nullptr ? bytes_of_json(*text) : std::string());
    }
    return names;
}

std::vector<SessionState::OnlyHere> only_here_of(const Json& head) {
    std::vector<SessionState::OnlyHere> found;
    const Json* const list = head.find("only_here");
    if (list == nullptr || list->as_array() == nullptr) {
        return found;
    }
    for (const Json& one : *list->as_array()) {
        const Json::Array* const pair = one.as_array();
        if (pair != nullptr && pair->size() == 2 && pair->front().as_string() != nullptr &&
            pair->back().as_string() != nullptr) {
            found.push_back({.original = bytes_of_json(*pair->front().as_string()),
                             .aside = bytes_of_json(*pair->back().as_string())});
        }
    }
    return found;
}

SessionState state_of_head(const Json& head, const system::Container& container) {
    SessionState state{.container = container,
                       .store_id = bytes_member(head, "store"),
                       .session = bytes_member(head, "session"),
                       .hook_ran_at = bytes_member(head, "hook_ran_at"),
                       .last_save_at = bytes_member(head, "last_save_at"),
                       .last_save_problem = bytes_member(head, "last_save_problem"),
                       .is_changing = head.flag_or("changing", false),
                       .probed_device = unsigned_member(head, "probed_device")};
    state.only_here = only_here_of(head);
    if (const Json* const process = head.find("background")) {
        state.background = process_of(process);
    }
    if (const Json* const probe = head.find("probe")) {
        state.probe = Probe::from_json(*probe);
    }
    state.secret_names = secret_names_of(head.find("secret_names"));
    return state;
}

std::string text_of(const SessionState& state) {
    std::string text = head_of(state).compact();
    text.pop_back();  // its closing brace
    text += files_begin;
    text += lines_of(state.files);
    text += sniffed_begin;
    text += lines_of(state.sniffed);
    text += end;
    return text;
}

std::optional<SessionState> state_of(std::string_view text, const system::Container& container) {
    const std::size_t files_at = text.find(files_begin);
    const std::size_t sniffed_at = text.rfind(sniffed_begin);
    if (files_at == std::string_view::npos || sniffed_at == std::string_view::npos ||
        sniffed_at < files_at + files_begin.size() || !text.ends_with(end)) {
        return std::nullopt;
    }
    const auto head = Json::parse(std::string(text.substr(0, files_at)) + '}');
    if (!head || head->number_or("format", 0) != format ||
        container_of(head->find("container")) != container) {
        return std::nullopt;
    }
    const std::size_t files_from = files_at + files_begin.size();
    const std::size_t sniffed_from = sniffed_at + sniffed_begin.size();
    auto files = restored_files(text.substr(files_from, sniffed_at - files_from));
    auto sniffed =
        sniffed_files(text.substr(sniffed_from, text.size() - end.size() - sniffed_from));
    if (!files || !sniffed) {
        return std::nullopt;
    }
    SessionState state = state_of_head(*head, container);
    state.files = *std::move(files);
    state.sniffed = *std::move(sniffed);
    return state;
}

}  // namespace

std::optional<SessionState> load_state(system::RootId home,
                                       const system::Container& container,
                                       system::FileReader& files) {
    const auto text = files.read_file(file_in(home), largest_state);
    return text ? state_of(*text, container) : std::nullopt;
}

std::string last_store(system::RootId home, system::FileReader& files) {
    const auto text = files.read_file(file_in(home), largest_state);
    const std::size_t files_at = text ? text->find(files_begin) : std::string::npos;
    if (files_at == std::string::npos) {
        return {};
    }
    const auto head = Json::parse(text->substr(0, files_at) + '}');
    return head ? bytes_member(*head, "store") : std::string();
}

Result<void> save_state(system::RootId home,
                        const SessionState& state,
                        system::FileWriter& writer) {
    auto saved = writer.make_folders(folder_in(home), 0700).and_then([&] {
        return writer.overwrite_own_file(file_in(home), text_of(state), 0600);
    });
    if (!saved) {
        return tl::unexpected(
            std::move(saved).error().while_doing("saving what this session remembers"));
    }
    return {};
}

}  // namespace envkeep::store
