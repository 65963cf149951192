// SPDX-License-Identifier: MIT
#include "gpu/compat_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace envkeep::gpu {
namespace {

struct Column {
    std::string_view name;
    std::string (*cell)(const Json& value);  // empty where it is of another type
};

std::string text_cell(const Json& value) {
    const std::string* const text = value.as_string();
    return text != nullptr ? *text : std::string();
}

// Of a device: "1EB8" as "1eb8".
std::string id_cell(const Json& value) {
    std::string digits = text_cell(value);
    std::ranges::transform(digits, digits.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return digits;
}

std::string number_cell(const Json& value) {
    const auto* const number = std::get_if<std::int64_t>(&value.value());
    return number != nullptr ? std::to_string(*number) : std::string();
}

std::string flag_cell(const Json& value) {
    const auto* const flag = std::get_if<bool>(&value.value());
    return flag != nullptr && *flag ? "yes" : std::string();
}

// "sm_80|sm_90".
std::string list_cell(const Json& value) {
    std::string all;
    for (const Json& one : value.as_array() != nullptr ? *value.as_array() : Json::Array()) {
        if (const std::string* const word = one.as_string()) {
            all += all.empty() ? *word : '|' + *word;
        }
    }
    return all;
}

// A cell is one part of one line.
std::string cell_of(const Json& row, const Column& column) {
    const Json* const value = row.find(column.name);
    std::string cell = value != nullptr ? column.cell(*value) : std::string();
    std::ranges::replace_if(cell, [](char c) { return c == '\t' || c == '\n'; }, ' ');
    return cell;
}

std::string lines_of(const Json& json,
                     std::string_view table,
                     std::initializer_list<Column> columns) {
    std::string lines = std::string(table) + '\n';
    const Json* found = json.find(table);
    if (found != nullptr && found->as_object() != nullptr) {
        found = found->find("rows");
    }
    const Json::Array* const rows = found != nullptr ? found->as_array() : nullptr;
    for (const Json& row : rows != nullptr ? *rows : Json::Array()) {
        for (const Column& column : columns) {
            lines += '\t' + cell_of(row, column);
        }
        lines += '\n';
    }
    return lines;
}

std::string lines_of_cards(const Json& json) {
    return lines_of(
               json,
               "pci_devices",
               {{"id", id_cell}, {"chip", text_cell}, {"cc", text_cell}, {"name", text_cell}}) +
           lines_of(json,
                    "pci_ranges_fallback",
                    {{"first", text_cell},
                     {"last", text_cell},
                     {"note", text_cell},
                     {"cc", text_cell}}) +
           lines_of(json, "pci_not_gpus", {{"id", text_cell}}) +
           lines_of(json, "chips", {{"chip", text_cell}, {"arch", text_cell}, {"cc", text_cell}}) +
           lines_of(json,
                    "driver_gpu_floor",
                    {{"arch", text_cell}, {"last_driver_branch", number_cell}});
}

std::string lines_of_drivers(const Json& json) {
    return lines_of(
               json, "driver_branch_max_cuda", {{"branch", number_cell}, {"max_cuda", text_cell}}) +
           lines_of(json,
                    "minor_version_compat_min",
                    {{"cuda", text_cell}, {"min_driver_linux", text_cell}}) +
           lines_of(json, "cuda_sonames", {{"cuda_major", number_cell}, {"sonames", list_cell}}) +
           lines_of(json,
                    "cuda_error_codes",
                    {{"code", number_cell}, {"name", text_cell}, {"doctor_meaning", text_cell}}) +
           lines_of(json,
                    "nvml_codes",
                    {{"code", number_cell}, {"name", text_cell}, {"doctor_meaning", text_cell}});
}

std::string lines_of_frameworks(const Json& json) {
    return lines_of(json,
                    "torch_wheels",
                    {{"torch", text_cell},
                     {"moniker", text_cell},
                     {"cuda", text_cell},
                     {"cudnn", text_cell},
                     {"arch", list_cell},
                     {"min_driver_mvc", text_cell},
                     {"pythons", text_cell},
                     {"first", text_cell},
                     {"pypi_default", flag_cell}}) +
           lines_of(
               json, "torch_pypi_default_cuda", {{"torch", text_cell}, {"moniker", text_cell}}) +
           lines_of(json,
                    "recommended_torch",
                    {{"driver_min", text_cell},
                     {"driver_max_exclusive", text_cell},
                     {"cc_min", text_cell},
                     {"cc_max", text_cell},
                     {"index", text_cell},
                     {"torch", text_cell},
                     {"why", text_cell}}) +
           lines_of(json,
                    "torch_companions",
                    {{"torch", text_cell},
                     {"torchvision", text_cell},
                     {"torchaudio", text_cell},
                     {"triton", text_cell}}) +
           lines_of(json, "torch_conda_measured", {{"package", text_cell}, {"arch", list_cell}}) +
           lines_of(json,
                    "tensorflow_builds",
                    {{"tensorflow", text_cell}, {"cuda", text_cell}, {"pythons", text_cell}}) +
           lines_of(json, "jax_rules", {{"wheel", text_cell}, {"min_cc", text_cell}});
}

}  // namespace

std::string compat_text(const Json& json) {
    const Json* const about = json.find("_meta");
    const std::string compiled = about != nullptr ? cell_of(*about, {"compiled", text_cell}) : "";
    return "compiled\n\t" + compiled + '\n' + lines_of_cards(json) + lines_of_drivers(json) +
           lines_of_frameworks(json);
}

}  // namespace envkeep::gpu
