// SPDX-License-Identifier: MIT
#include "unit/manifest/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace envkeep::manifest {
namespace {

std::string absolute(const std::string& path) {
    return std::string(ENVKEEP_SOURCE_DIR) + "/" + path;
}

}  // namespace

Result<std::string> read_source_file(const std::string& path) {
    std::ifstream stream(absolute(path), std::ios::binary);
    if (!stream) {
        return failure(ErrorKind::not_found, fmt::format("no such file '{}'", path));
    }
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

std::vector<std::string> manifests_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(absolute(folder))) {
        if (entry.path().extension() == ".yaml") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string golden(const std::string& path, const std::string& text) {
    const char* const accept = std::getenv("ENVKEEP_ACCEPT");
    if (accept != nullptr && std::string_view(accept) == "1") {
        std::ofstream(absolute(path), std::ios::binary) << text;
    }
    return read_source_file(path).value_or("there is no file " + path);
}

Reading read_text(const std::string& text) {
    return read_texts_of("manifest.yaml", {{"manifest.yaml", text}});
}

Reading read_texts_of(const std::string& first, const std::map<std::string, std::string>& files) {
    const ReadFile read_file = [&](const std::string& file) -> Result<std::string> {
        const auto found = files.find(file);
        if (found == files.end()) {
            return failure(ErrorKind::not_found, "no such file");
        }
        return found->second;
    };
    return read(first, read_file).value_or(Reading{});
}

std::string text_of(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += problem_text(problem);
    }
    return text;
}

std::string short_text_of(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += fmt::format("{}:{} {}\n", problem.line, problem.column, problem.message);
    }
    return text;
}

Facts gradient() {
    return {
        .home = "/root",
        .platform = "gradient",
        .images = [] { return std::vector<std::string>{"paperspace/fastai:2.0-fastbook", "x-1"}; },
        .host = "n1",
        .has_gpu = true,
        .variable = [](std::string_view name) -> std::optional<std::string> {
            if (name == "WORK") {
                return "/work";
            }
            return name == "EMPTY" ? std::optional<std::string>("") : std::nullopt;
        },
        .exists = [](const std::string& path) { return path == "/datasets"; }};
}

}  // namespace envkeep::manifest
