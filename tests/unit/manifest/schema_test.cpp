// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/show.hpp"
#include "manifest/parse_yaml.hpp"
#include "manifest/read_files.hpp"
#include "manifest/sections.hpp"
#include "unit/manifest/data.hpp"

#include <gtest/gtest.h>

#include <set>

// The schema, the reader and the reference page hold the same keys.
namespace envkeep::manifest {
namespace {

using Keys = std::set<std::string>;

Json parsed_schema() {
    return Json::parse(schema()).value_or(Json{});
}

// The map that the schema calls so: the root, or one of its definitions.
const Json* definition(const Json& root, std::string_view name) {
    if (name == "manifest") {
        return &root;
    }
    const Json* const definitions = root.find("$defs");
    return definitions == nullptr ? nullptr : definitions->find(name);
}

// "section.key" for each key of the schema's maps.
Keys keys_of_schema(const Json& root) {
    Keys keys;
    for (const KnownKeys& known : known_keys()) {
        const Json* const map = definition(root, known.schema_name);
        const Json* const properties = map == nullptr ? nullptr : map->find("properties");
        if (properties != nullptr && properties->as_object() != nullptr) {
            for (const Json::Member& member : *properties->as_object()) {
                keys.insert(std::string(known.schema_name) + "." + member.first);
            }
        }
    }
    return keys;
}

Keys keys_of_reader() {
    Keys keys;
    for (const KnownKeys& known : known_keys()) {
        for (const std::string_view key : known.keys) {
            keys.insert(std::string(known.schema_name) + "." + std::string(key));
        }
    }
    return keys;
}

// Adds "section.key" for each key that a manifest uses.
void add_used(const Value& map, const std::string& section, Keys& used);

void add_used_below(const Value& value, const std::string& section, Keys& used) {
    if (value.is_map()) {
        add_used(value, section, used);
    }
    if (value.is_list()) {
        for (const Value& entry : value.children()) {
            add_used_below(entry, section, used);
        }
    }
}

std::string section_of(const std::string& parent, std::string_view key) {
    if (key == "when" || key == "not") {
        return "condition";
    }
    if (key == "repos") {
        return "repository";
    }
    return parent == "manifest" ? std::string(key) : "";
}

void add_used(const Value& map, const std::string& section, Keys& used) {
    const std::vector<Value> nodes = map.children();
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        const std::string_view key = nodes[i].text();
        used.insert(section + "." + std::string(key));
        if (section == "manifest" && key == "env") {
            const std::vector<Value> variables = nodes[i + 1].children();
            for (std::size_t j = 1; j < variables.size(); j += 2) {
                add_used_below(variables[j], "variable", used);
            }
        } else if (const std::string below = section_of(section, key); !below.empty()) {
            add_used_below(nodes[i + 1], below, used);
        }
    }
}

// The ```yaml blocks of a page; fragments get their version.
std::vector<std::string> examples_in(const std::string& page) {
    std::vector<std::string> examples;
    bool is_inside = false;
    for (const std::string_view line : split(page, '\n')) {
        if (line == "```yaml") {
            examples.emplace_back();
            is_inside = true;
        } else if (line == "```") {
            is_inside = false;
        } else if (is_inside) {
            examples.back() += std::string(line) + "\n";
        }
    }
    for (std::string& example : examples) {
        if (!example.starts_with("envkeep:")) {
            example.insert(0, "envkeep: 1\n");
        }
    }
    return examples;
}

TEST(Schema, IsJsonOfTheRightDraft) {
    const Json root = parsed_schema();

    EXPECT_EQ(root.text_or("$schema", ""), "https://json-schema.org/draft/2020-12/schema");
}

TEST(Schema, HasTheKeysThatTheReaderKnows) {
    EXPECT_EQ(keys_of_schema(parsed_schema()), keys_of_reader());
}

TEST(Schema, DescribesEachKeyAndRefusesOthers) {
    const Json root = parsed_schema();

    for (const KnownKeys& known : known_keys()) {
        const Json* const map = definition(root, known.schema_name);
        ASSERT_NE(map, nullptr) << known.schema_name;
        EXPECT_FALSE(map->flag_or("additionalProperties", true)) << known.schema_name;
        for (const std::string_view key : known.keys) {
            const Json* const property = map->find("properties")->find(key);
            const bool is_described =
                property != nullptr && (property->find("description") != nullptr ||
                                        definition(root, key)->find("description") != nullptr);
            EXPECT_TRUE(is_described) << known.schema_name << "." << key;
        }
    }
}

TEST(ReferencePage, HasOnlyExamplesThatAreSound) {
    const std::string page = read_source_file("docs/manifest.md").value_or("");
    const std::vector<std::string> examples = examples_in(page);

    EXPECT_FALSE(examples.empty());
    for (const std::string& example : examples) {
        EXPECT_EQ(text_of(read_one_text(example, "example").problems), "") << example;
    }
}

TEST(ReferencePage, HasAnExampleForEachKey) {
    const std::string page = read_source_file("docs/manifest.md").value_or("");

    Keys used;
    for (const std::string& example : examples_in(page)) {
        const SourceText source(example);
        const Parsed parsed = parse_yaml(source);
        ASSERT_TRUE(parsed.tree.root().has_value());
        add_used(*parsed.tree.root(), "manifest", used);
    }

    for (const std::string& key : keys_of_reader()) {
        EXPECT_TRUE(used.contains(key)) << key << " has no example in docs/manifest.md";
    }
}

class Offered : public ::testing::TestWithParam<std::string> {};

TEST_P(Offered, IsSoundOnAGradientMachine) {
    const Result<Reading> reading = read(GetParam(), read_source_file);

    ASSERT_TRUE(reading.has_value());
    EXPECT_EQ(text_of(reading->problems), "");
    EXPECT_EQ(text_of(evaluate(reading->manifest, gradient()).problems), "");
    // Where the home survives by itself.
    EXPECT_EQ(reading->manifest.keeps.empty(), GetParam() == "templates/persistent-home.yaml");
}

std::vector<std::string> offered_files() {
    std::vector<std::string> files;
    for (const std::string folder : {"templates", "examples"}) {
        for (const std::string& name : manifests_in(folder)) {
            files.push_back(folder + "/" + name + ".yaml");
        }
    }
    return files;
}

std::string offered_name(const ::testing::TestParamInfo<std::string>& given) {
    std::string name = given.param;
    for (char& c : name) {
        c = c == '/' || c == '.' || c == '-' ? '_' : c;
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Each, Offered, ::testing::ValuesIn(offered_files()), offered_name);

TEST(Templates, KeepPackagesKeysAndHistory) {
    for (const std::string name : {"gradient-fastai", "gradient-pytorch", "container"}) {
        const Reading reading =
            read("templates/" + name + ".yaml", read_source_file).value_or(Reading{});

        std::set<std::string> paths;
        for (const Keep& keep : reading.manifest.keeps) {
            paths.insert(keep.path);
        }
        EXPECT_TRUE(paths.contains(".local") && paths.contains(".ssh") &&
                    paths.contains(".bash_history"))
            << name;
    }
}

TEST(Examples, HaveTheElevenPathsOfPaperspaceSetup) {
    const Reading reading =
        read("examples/fastai-paperspace-setup.yaml", read_source_file).value_or(Reading{});

    std::size_t folders = 0;
    std::size_t files = 0;
    for (const Keep& keep : reading.manifest.keeps) {
        folders += keep.kind == KeepKind::folder ? 1U : 0U;
        files += keep.kind == KeepKind::file ? 1U : 0U;
        EXPECT_EQ(keep.to, "/storage/cfg/" + keep.path);
    }
    EXPECT_EQ(folders, 8U);
    EXPECT_EQ(files, 3U);
}

}  // namespace
}  // namespace envkeep::manifest
