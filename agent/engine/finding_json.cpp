// SPDX-License-Identifier: MIT
#include "engine/finding_json.hpp"

#include "envkeep/store/fields.hpp"

#include <algorithm>
#include <cstdint>

namespace envkeep::engine {
namespace {

using model::Finding;

Json texts_json(const std::vector<std::string>& texts) {
    Json json = Json::array();
    for (const std::string& text : texts) {
        json.add(json_bytes(text));
    }
    return json;
}

std::vector<std::string> texts_in(const Json& json, std::string_view name) {
    const Json* const member = json.find(name);
    std::vector<std::string> texts;
    for (const Json& text :
         member != nullptr && member->as_array() ? *member->as_array() : Json::Array{}) {
        texts.push_back(bytes_of_json(text.as_string() ? *text.as_string() : std::string()));
    }
    return texts;
}

}  // namespace

Json to_json(const Finding& finding) {
    return Json()
        .set("id", finding.id)
        .set("severity", static_cast<int>(finding.severity))
        .set("subject", json_bytes(finding.subject))
        .set("title", json_bytes(finding.title))
        .set("cause", finding.is_cause)
        .set("evidence", texts_json(finding.evidence))
        .set("who", static_cast<int>(finding.fix.who))
        .set("commands", texts_json(finding.fix.commands))
        .set("text", json_bytes(finding.fix.text));
}

Finding finding_of(const Json& json) {
    return {.id = json.text_or("id", ""),
            .severity = static_cast<model::Severity>(
                std::clamp<std::int64_t>(json.number_or("severity", 0), 0, 2)),
            .subject = store::bytes_member(json, "subject"),
            .title = store::bytes_member(json, "title"),
            .is_cause = json.flag_or("cause", false),
            .evidence = texts_in(json, "evidence"),
            .fix = {.who = static_cast<model::Who>(
                        std::clamp<std::int64_t>(json.number_or("who", 0), 0, 2)),
                    .commands = texts_in(json, "commands"),
                    .text = store::bytes_member(json, "text")}};
}

}  // namespace envkeep::engine
