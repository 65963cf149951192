// SPDX-License-Identifier: MIT
// A tool of the build: writes compat.json without what only people read, and without tables that no
// check needs; the cards, half of it, as lines of text, which are read in a tenth of the time.
//   compact_compat_data IN OUT CARDS
#include "envkeep/core/json.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

namespace envkeep {
namespace {

constexpr std::array<std::string_view, 6> for_people{
    "source", "source_note", "confidence", "how", "notes", "source_keys"};
// What this version's checks look up (parse_compat_data.cpp).
constexpr std::array<std::string_view, 16> tables{"_meta",
                                                  "chips",
                                                  "cuda_error_codes",
                                                  "cuda_sonames",
                                                  "driver_branch_max_cuda",
                                                  "driver_gpu_floor",
                                                  "jax_rules",
                                                  "minor_version_compat_min",
                                                  "nvml_codes",
                                                  "pci_not_gpus",
                                                  "pci_ranges_fallback",
                                                  "recommended_torch",
                                                  "tensorflow_builds",
                                                  "torch_companions",
                                                  "torch_pypi_default_cuda",
                                                  "torch_wheels"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

Json compacted(const Json& json) {
    if (const Json::Array* const array = json.as_array()) {
        Json out = Json::array();
        for (const Json& one : *array) {
            out.add(compacted(one));
        }
        return out;
    }
    if (const Json::Object* const object = json.as_object()) {
        Json out = Json::object();
        for (const auto& [name, value] : *object) {
            if (!is_among(for_people, name)) {
                out.set(name, compacted(value));
            }
        }
        return out;
    }
    return json;
}

// "1eb8|TU104GL|7.5|Tesla T4", one a line.
std::string lines_of_cards(const Json& json) {
    std::string lines;
    const Json* const table = json.find("pci_devices");
    const Json* const rows = table == nullptr ? nullptr : table->find("rows");
    for (const Json& row : rows == nullptr ? Json::Array() : *rows->as_array()) {
        lines += row.text_or("id", "") + '|' + row.text_or("chip", "") + '|' +
                 row.text_or("cc", "") + '|' + row.text_or("name", "") + '\n';
    }
    return lines;
}

// Of conda's packages only what they have code for, where that was measured.
Json code_of_condas(const Json& json) {
    Json rows = Json::array();
    const Json* const table = json.find("torch_conda_measured");
    const Json* const all = table == nullptr ? nullptr : table->find("rows");
    for (const Json& row : all == nullptr ? Json::Array() : *all->as_array()) {
        const Json* const code = row.find("arch");
        if (code != nullptr && code->as_array() != nullptr && !code->as_array()->empty()) {
            rows.add(Json::object().set("package", row.text_or("package", "")).set("arch", *code));
        }
    }
    return rows;
}

Json only_tables(const Json& json) {
    Json out = Json::object();
    out.set("torch_conda_measured", code_of_condas(json));
    for (const std::string_view table : tables) {
        if (const Json* const found = json.find(table)) {
            out.set(std::string(table), compacted(*found));
        }
    }
    return out;
}

bool write(const char* path, std::string_view text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    return !out.fail();
}

}  // namespace
}  // namespace envkeep

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "usage: compact_compat_data IN OUT CARDS\n";
        return 2;
    }
    std::ifstream in(arguments[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto json = envkeep::Json::parse(text);
    if (!json) {
        std::cerr << arguments[1] << ": " << json.error().message << '\n';
        return 1;
    }
    const bool is_written = envkeep::write(arguments[2], envkeep::only_tables(*json).compact()) &&
                            envkeep::write(arguments[3], envkeep::lines_of_cards(*json));
    return is_written ? 0 : 1;
}
