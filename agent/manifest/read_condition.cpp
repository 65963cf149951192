// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

namespace envkeep::manifest {
namespace {

constexpr int deepest = 8;

struct Draft {
    Condition condition;
    int depth = 0;
};

std::optional<Condition> read_nested(Reader& reader, Value value, int depth);

void read_variables(Reader& reader, Value value, Draft& draft) {
    const auto texts = read_texts(reader, value, "'variable'");
    if (!texts) {
        return;
    }
    for (const std::string& text : *texts) {
        const std::size_t equals = text.find('=');
        const std::string name = text.substr(0, equals);
        if (!is_variable_name(name)) {
            reader.report(value,
                          fmt::format("{} is no name of a variable", quoted(name)),
                          "write NAME, or NAME=value");
            continue;
        }
        draft.condition.variable.emplace_back(
            name,
            equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
    }
}

void read_files(Reader& reader, Value value, Draft& draft) {
    const auto texts = read_texts(reader, value, "'file'");
    if (!texts) {
        return;
    }
    for (const std::string& text : *texts) {
        if (const Result<std::string> normal = written_path(text); !normal) {
            reader.report(value, normal.error());
        }
    }
    draft.condition.file = *texts;
}

void read_not(Reader& reader, Value value, Draft& draft) {
    if (draft.depth >= deepest) {
        reader.report(
            value, fmt::format("'not' within {} others", deepest), "two of them cancel each other");
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

constexpr Field<Draft> fields[] = {
    {"platform",
     [](Reader& reader, Value value, Draft& draft) {
         assign(draft.condition.platform, read_texts(reader, value, "'platform'"));
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
    {"file", read_files},
    {"not", read_not},
};

std::optional<Condition> read_nested(Reader& reader, Value value, int depth) {
    Draft draft{.condition = {}, .depth = depth};
    if (!read_fields<Draft>(reader, value, "a condition", fields, draft)) {
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
    return {.schema_name = "condition", .keys = keys_of<Draft>(fields)};
}

}  // namespace envkeep::manifest
