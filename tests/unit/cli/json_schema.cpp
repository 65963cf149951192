// SPDX-License-Identifier: MIT
#include "unit/cli/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>

namespace envkeep::testing {
namespace {

std::string type_of(const Json& value) {
    if (value.is_null()) {
        return "null";
    }
    if (value.as_array() != nullptr) {
        return "array";
    }
    if (value.as_object() != nullptr) {
        return "object";
    }
    if (value.as_string() != nullptr) {
        return "string";
    }
    if (std::holds_alternative<bool>(value.value())) {
        return "boolean";
    }
    return std::holds_alternative<std::int64_t>(value.value()) ? "integer" : "number";
}

bool has_type(const Json& value, const std::string& wanted) {
    const std::string type = type_of(value);
    return type == wanted || (wanted == "number" && type == "integer");
}

double number_in(const Json& value) {
    if (const auto* const whole = std::get_if<std::int64_t>(&value.value())) {
        return static_cast<double>(*whole);
    }
    const auto* const number = std::get_if<double>(&value.value());
    return number == nullptr ? 0 : *number;
}

bool holds_any(const Json& rule, const std::function<bool(const Json&)>& test) {
    const Json::Array* const several = rule.as_array();
    return several == nullptr ? test(rule) : std::any_of(several->begin(), several->end(), test);
}

}  // namespace

std::vector<std::string> JsonSchema::faults_of(const Json& document,
                                               std::string_view definition) const {
    const Json* schema = &schema_;
    if (!definition.empty()) {
        const Json* const definitions = schema_.find("$defs");
        schema = definitions == nullptr ? nullptr : definitions->find(definition);
    }
    if (schema == nullptr) {
        return {fmt::format("the schema does not define '{}'", definition)};
    }
    std::vector<std::string> faults;
    check({.schema = *schema, .value = document, .path = "$"}, faults);
    return faults;
}

void JsonSchema::check(const Where& where, std::vector<std::string>& faults) const {
    const Json::Object* const rules = where.schema.as_object();
    if (rules == nullptr) {
        faults.push_back(where.path + ": this part of the schema is no object");
        return;
    }
    for (const auto& [keyword, rule] : *rules) {
        check_keyword(keyword, rule, where, faults);
    }
    if (where.value.as_object() != nullptr && where.schema.find("properties") != nullptr) {
        check_object(where, faults);
    }
}

void JsonSchema::check_keyword(const std::string& keyword,
                               const Json& rule,
                               const Where& where,
                               std::vector<std::string>& faults) const {
    static const std::set<std::string> others{"$schema",
                                              "$defs",
                                              "title",
                                              "description",
                                              "properties",
                                              "required",
                                              "additionalProperties"};
    const Json& value = where.value;
    const auto expect = [&](bool holds, std::string_view what) {
        if (!holds) {
            faults.push_back(fmt::format(
                "{}: {} {}, but is {}", where.path, what, rule.compact(), value.compact()));
        }
    };
    if (keyword == "$ref") {
        constexpr std::string_view start = "#/$defs/";
        const std::string name = rule.as_string()->substr(start.size());
        const Json* const definition = schema_.find("$defs")->find(name);
        if (definition == nullptr) {
            faults.push_back(fmt::format("{}: '{}' is not defined", where.path, name));
            return;
        }
        check({.schema = *definition, .value = value, .path = where.path}, faults);
    } else if (keyword == "type") {
        expect(holds_any(rule, [&](const Json& one) { return has_type(value, *one.as_string()); }),
               "must be of type");
    } else if (keyword == "const") {
        expect(value == rule, "must be");
    } else if (keyword == "enum") {
        expect(holds_any(rule, [&](const Json& one) { return value == one; }), "must be one of");
    } else if (keyword == "pattern") {
        expect(value.as_string() != nullptr &&
                   std::regex_search(*value.as_string(), std::regex(*rule.as_string())),
               "must match");
    } else if (keyword == "minimum") {
        expect(number_in(value) >= number_in(rule), "must be at least");
    } else if (keyword == "maximum") {
        expect(number_in(value) <= number_in(rule), "must be at most");
    } else if (keyword == "items") {
        for (std::size_t i = 0; value.as_array() != nullptr && i < value.as_array()->size(); ++i) {
            check({.schema = rule,
                   .value = value.as_array()->at(i),
                   .path = fmt::format("{}[{}]", where.path, i)},
                  faults);
        }
    } else if (keyword == "oneOf") {
        check_one_of(rule, where, faults);
    } else if (!others.contains(keyword)) {
        faults.push_back(fmt::format("{}: unknown keyword '{}'", where.path, keyword));
    }
}

void JsonSchema::check_object(const Where& where, std::vector<std::string>& faults) const {
    const Json& properties = *where.schema.find("properties");
    for (const auto& [name, member] : *where.value.as_object()) {
        if (const Json* const rule = properties.find(name)) {
            check({.schema = *rule, .value = member, .path = where.path + "." + name}, faults);
        } else if (!where.schema.flag_or("additionalProperties", true)) {
            faults.push_back(fmt::format("{}: has an unknown member '{}'", where.path, name));
        }
    }
    if (const Json* const required = where.schema.find("required")) {
        for (const Json& name : *required->as_array()) {
            if (where.value.find(*name.as_string()) == nullptr) {
                faults.push_back(
                    fmt::format("{}: lacks the member {}", where.path, name.compact()));
            }
        }
    }
}

void JsonSchema::check_one_of(const Json& rule,
                              const Where& where,
                              std::vector<std::string>& faults) const {
    std::size_t fitting = 0;
    for (const Json& one : *rule.as_array()) {
        std::vector<std::string> own;
        check({.schema = one, .value = where.value, .path = where.path}, own);
        fitting += own.empty() ? 1U : 0U;
    }
    if (fitting != 1) {
        faults.push_back(
            fmt::format("{}: {} of its forms fit instead of one", where.path, fitting));
    }
}

}  // namespace envkeep::testing
