// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::manifest {
namespace {

constexpr int deepest_condition = 8;

struct Draft {
    Condition condition;
    int depth = 0;
};

// As the store's platforms are called; a test compares the two.
constexpr auto platforms = std::to_array<std::string_view>({"colab",
                                                            "container",
                                                            "gradient",
                                                            "jupyterhub",
                                                            "kaggle",
                                                            "lightning",
                                                            "runpod",
                                                            "sagemaker",
                                                            "sagemaker-notebook",
                                                            "spaces",
                                                            "vast"});

// A pattern may be meant for what a later envkeep knows.
Result<void> check_platform(std::string_view text) {
    if (is_pattern(text) || std::ranges::find(platforms, text) != platforms.end()) {
        return {};
    }
    return failure(ErrorKind::invalid_manifest,
                   fmt::format("{} is no platform that envkeep knows", quoted(text)),
                   suggestion(text, {platforms.begin(), platforms.end()}, "it is one of"));
}

std::optional<Condition> read_nested(Reader& reader, Value value, int depth);

Result<void> check_variable(std::string_view text) {
    const std::string_view name = text.substr(0, text.find('='));
    if (!is_variable_name(name)) {
        return failure(ErrorKind::invalid_manifest,
                       fmt::format("{} is no name of a variable", quoted(name)),
                       "write NAME, or NAME=value");
    }
    return {};
}

void read_variables(Reader& reader, Value value, Draft& draft) {
    const auto texts = read_texts(reader, value, "'variable'", check_variable);
    for (const std::string& text : texts.value_or(std::vector<std::string>())) {
        const std::size_t equals = text.find('=');
        draft.condition.variable.emplace_back(
            text.substr(0, equals),
            equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
    }
}

Result<void> check_file(std::string_view text) {
    ENVKEEP_CHECK(written_path(text));
    return {};
}

void read_not(Reader& reader, Value value, Draft& draft) {
    if (draft.depth >= deepest_condition) {
        reader.report(value,
                      fmt::format("'not' within {} others", deepest_condition),
                      "two of them cancel each other");
        return;
    }
    const auto read_one = [&](Value one) {
        if (auto condition = read_nested(reader, one, draft.depth + 1)) {
            draft.condition.none_of.push_back(*std::move(condition));
        }
    };
    if (!value.is_list()) {
        read_one(value);
    } else if (is_sound(reader, value, NodeKind::list, "'not'")) {
        value.for_each(read_one);
    }
}

constexpr auto condition_fields = std::to_array<Field<Draft>>({
    {"platform",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.platform, read_texts(reader, value, "'platform'", check_platform));
     }},
    {"image",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.image, read_texts(reader, value, "'image'"));
     }},
    {"host",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.host, read_texts(reader, value, "'host'"));
     }},
    {"gpu",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.gpu, read_flag(reader, value, "'gpu'"));
     }},
    {"variable", read_variables},
    {"file",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.file, read_texts(reader, value, "'file'", check_file));
     }},
    {"not", read_not},
});

std::optional<Condition> read_nested(Reader& reader, Value value, int depth) {
    Draft draft{.condition = {}, .depth = depth};
    if (!read_fields<Draft>(reader, value, "a condition", condition_fields, draft)) {
        return std::nullopt;
    }
    if (draft.condition == Condition{}) {
        reader.report(value,
                      "a condition that asks for nothing",
                      "name what must hold, such as {platform: gradient}, or take it out");
        return std::nullopt;
    }
    return std::move(draft.condition);
}

}  // namespace

std::optional<Condition> read_condition(Reader& reader, Value value) {
    return read_nested(reader, value, 0);
}

KnownKeys condition_keys() {
    return {.schema_name = "condition", .keys = keys_of<Draft>(condition_fields)};
}

}  // namespace envkeep::manifest
