// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/journal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using ChangeKind = Change::Kind;

constexpr std::array<std::pair<ChangeKind, std::string_view>, 9> kind_names{
    {{ChangeKind::made_folder, "made_folder"},
     {ChangeKind::made_file, "made_file"},
     {ChangeKind::made_link, "made_link"},
     {ChangeKind::replaced_link, "replaced_link"},
     {ChangeKind::moved, "moved"},
     {ChangeKind::copied, "copied"},
     {ChangeKind::replaced_file, "replaced_file"},
     {ChangeKind::set_mode, "set_mode"},
     {ChangeKind::removed_link, "removed_link"}}};

std::string_view name_of_change(ChangeKind kind) {
    const auto* const found =
        std::ranges::find(kind_names, kind, &std::pair<ChangeKind, std::string_view>::first);
    return found == kind_names.end() ? std::string_view{} : found->second;
}

Result<std::uint32_t> mode_member(const Json& json, std::string_view name) {
    const std::string text = json.text_or(name, "0");
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || mode > 07777U) {
        return failure(ErrorKind::io, quoted(text) + " is no mode");
    }
    return mode;
}

}  // namespace

Json to_json(const Change& change) {
    Json json = Json::object();
    json.set("change", name_of_change(change.kind));
    json.set("path", json_bytes(change.path));
    if (!change.other.empty()) {
        json.set("other", json_bytes(change.other));
    }
    if (!change.text.empty()) {
        json.set("text", json_bytes(change.text));
    }
    if (change.old_mode != 0 || change.new_mode != 0) {
        json.set("old_mode", octal(change.old_mode));
        json.set("new_mode", octal(change.new_mode));
    }
    if (change.is_in_store) {
        json.set("in_store", true);
    }
    return json;
}

Result<Change> change_from_json(const Json& json) {
    const std::string name = json.text_or("change", "");
    const auto* const kind =
        std::ranges::find(kind_names, name, &std::pair<ChangeKind, std::string_view>::second);
    if (kind == kind_names.end()) {
        return failure(ErrorKind::io, quoted(name) + " is no change that this envkeep knows");
    }
    if (json.find("path") == nullptr || json.find("path")->as_string() == nullptr) {
        return failure(ErrorKind::io, "change " + quoted(name) + " names no path");
    }
    ENVKEEP_TRY(const std::uint32_t old_mode, mode_member(json, "old_mode"));
    ENVKEEP_TRY(const std::uint32_t new_mode, mode_member(json, "new_mode"));
    return Change{.kind = kind->first,
                  .is_in_store = json.flag_or("in_store", false),
                  .path = bytes_member(json, "path"),
                  .other = bytes_member(json, "other"),
                  .text = bytes_member(json, "text"),
                  .old_mode = old_mode,
                  .new_mode = new_mode};
}

}  // namespace envkeep::store
