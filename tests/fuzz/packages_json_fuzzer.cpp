// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "fuzz/given.hpp"
#include "packages/json_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

// Any bytes as JSON. What the full parser takes for an object the scan takes too, with the same
// members and texts.
namespace envkeep::packages {
namespace {

using given::require;

void check_elements(std::string_view text, const Json::Array& elements) {
    std::size_t count = 0;
    require(scan_elements(text, [&](std::string_view value) {
                require(count < elements.size());
                const std::string* const wanted = elements[count].as_string();
                require(wanted == nullptr || string_of(value) == *wanted);
                ++count;
                return true;
            }).has_value());
    require(count == elements.size());
}

void check(std::string_view text) {
    // Of two members of one name the last one counts.
    std::map<std::string, std::string_view> values;
    const auto scanned = scan_members(text, [&](const std::string& name, std::string_view value) {
        values[name] = value;
        return true;
    });
    const auto parsed = Json::parse(text);
    const Json::Object* const members = parsed ? parsed->as_object() : nullptr;
    if (members == nullptr) {
        return;
    }
    require(scanned.has_value());
    require(values.size() == members->size());
    for (const auto& [name, member] : *members) {
        require(values.contains(name));
        const std::string* const wanted = member.as_string();
        require(wanted == nullptr || string_of(values.at(name)) == *wanted);
        if (const Json::Array* const elements = member.as_array()) {
            check_elements(values.at(name), *elements);
        }
    }
}

}  // namespace
}  // namespace envkeep::packages

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    envkeep::packages::check({reinterpret_cast<const char*>(data), size});
    return 0;
}
