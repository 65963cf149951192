// SPDX-License-Identifier: MIT
#include "envkeep/core/encoding.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "fuzz/given.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

// Any bytes as JSON, as a path, as base64, as a duration, and as text that is shown: what is taken
// is written as the same again, and nothing that is shown can move a cursor.
namespace envkeep {
namespace {

using given::require;

void check_json(std::string_view text) {
    const auto json = Json::parse(text);
    if (!json) {
        require(!json.error().message.empty());
        return;
    }
    const auto again = Json::parse(json->compact());
    require(again.has_value() && *again == *json);
    const auto indented = Json::parse(json->pretty());
    require(indented.has_value() && *indented == *json);
    require(json->compact().find('\n') == std::string::npos);
    const Json::Object* const members = json->as_object();
    for (std::size_t i = 0; members != nullptr && i < members->size(); ++i) {
        require(json->find((*members)[i].first) == &(*members)[i].second);  // no name twice
    }
}

void check_bytes(std::string_view bytes) {
    const std::string text = json_bytes(bytes);
    require(bytes_of_json(text) == bytes);
    const auto read = Json::parse(Json(text).compact());
    require(read.has_value() && *read->as_string() == text);
    require(base64_decoded(base64_encoded(bytes)) == bytes);
    require(percent_decoded(percent_encoded(bytes, "")) == bytes);
    if (const auto decoded = base64_decoded(bytes)) {
        require(decoded->size() <= bytes.size());
    }
}

void check_path(std::string_view text) {
    const auto path = RelPath::parse(text);
    if (!path) {
        require(path.error().kind == ErrorKind::unsafe_path);
        return;
    }
    require(!path->text().starts_with('/') && !path->text().ends_with('/'));
    require(path->text().find('\0') == std::string::npos);
    for (const std::string_view part : path->components()) {
        require(!part.empty() && part != "." && part != "..");
    }
    const auto again = RelPath::parse(path->text());
    require(again && *again == *path);
    require(path->is_root() || path->parent().child(path->name()) == *path);
    require(path->is_within(path->parent()));
    require(path->parent().joined(path->below(path->parent())) == *path);
}

void check_shown(std::string_view text) {
    for (const std::string& shown : {printable(text), quoted(text)}) {
        require(std::ranges::none_of(shown, [](unsigned char c) { return c < ' ' || c == 0x7F; }));
        require(printable(shown) == shown);
        require(Json::parse(Json(shown).compact()).has_value());
    }
    require(masked(masked(text)) == masked(text));
    if (const auto duration = parse_duration(text)) {
        require(duration->count() >= 0);
        require(!age_text(*duration).empty());
    }
}

}  // namespace
}  // namespace envkeep

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_json(text);
    check_bytes(text);
    check_path(text);
    check_shown(text);
    return 0;
}
