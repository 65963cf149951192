// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/manifest/evaluate.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/manifest/show.hpp"
#include "fuzz/given.hpp"
#include "manifest/marks.hpp"
#include "manifest/parse_yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as a manifest. Whatever they are: the short way through the parser gives what the long
// one gives, what was read is shown as something that reads back as the same, and an edit changes
// nothing but what it says.
namespace envkeep::manifest {
namespace {

using given::require;

Result<Reading> read_text(const std::string& text) {
    return read("/m.yaml", [&](const std::string& file) -> Result<std::string> {
        return file == "/m.yaml" ? text : "envkeep: 1\n" + text;
    });
}

void check_ways(const std::string& text) {
    const SourceText source(text);
    const Parsed parsed = parse_yaml(source);
    const Parsed in_full = parse_yaml_in_full(source);
    require(parsed.tree.nodes == in_full.tree.nodes);
    require(parsed.tree.decoded == in_full.tree.decoded);
    require(parsed.faults.size() == in_full.faults.size());
}

void check_show(const Manifest& manifest) {
    const Result<Reading> again = read_text(show(manifest));
    require(again.has_value() && again->problems.empty());
    require(without_marks(again->manifest) == without_marks(manifest));
}

void check_edits(const std::string& text, const Manifest& manifest) {
    const Result<std::string> added = add_keep(text, {.path = ".added/by the fuzzer"});
    if (added) {
        const Result<std::string> removed = remove_keep(*added, ".added/by the fuzzer");
        require(removed.has_value());
    }
    if (!manifest.keeps.empty()) {
        const Result<std::string> removed = remove_keep(text, manifest.keeps.front().path);
        require(!removed || *removed != text);
    }
}

// The same bytes as a file of links that a repository brings: nothing in it leads out of the home.
void check_links(const std::string& text) {
    const Links links = read_link_file(text, "links.yaml");
    for (const auto& [from, to] : links.links) {
        require(RelPath::parse(from).has_value() && RelPath::parse(to).has_value());
    }
    for (const Problem& problem : links.problems) {
        require(problem.file == "links.yaml" && !problem_text(problem).empty());
    }
}

}  // namespace
}  // namespace envkeep::manifest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::manifest;
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_ways(text);
    const envkeep::Result<Reading> reading = read_text(text);
    require(reading.has_value());
    for (const Problem& problem : reading->problems) {
        require(!problem_text(problem).empty() && problem.line > 0 && problem.column > 0);
    }
    const Facts facts{.home = "/root",
                      .platform = "gradient",
                      .images = {},
                      .host = "n1",
                      .has_gpu = false,
                      .variable = [](std::string_view name) { return std::string(name); },
                      .exists = [](const std::string&) { return true; }};
    require(evaluate(reading->manifest, facts).manifest.keeps.size() <=
            reading->manifest.keeps.size());
    check_show(reading->manifest);
    check_edits(text, reading->manifest);
    check_links(text);
    return 0;
}
