// SPDX-License-Identifier: MIT
#include "embedded/compat.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/gpu/compat_data.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace envkeep::gpu {
namespace {

const Json::Array& rows(const Json& json, std::string_view table) {
    static const Json::Array none;
    const Json* found = json.find(table);
    if (found != nullptr && found->as_object() != nullptr) {
        found = found->find("rows");
    }
    const Json::Array* const array = found != nullptr ? found->as_array() : nullptr;
    return array != nullptr ? *array : none;
}

std::string text(const Json& row, std::string_view name) {
    return row.text_or(name, "");
}

Version version(const Json& row, std::string_view name) {
    return Version::parse(text(row, name)).value_or(Version());
}

Capability capability(const Json& row, std::string_view name) {
    return Capability::parse(text(row, name)).value_or(Capability());
}

std::optional<std::uint16_t> id_in(std::string_view digits) {
    std::uint16_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return error == std::errc{} && digits.size() == 4 ? std::optional(number) : std::nullopt;
}

std::optional<std::uint16_t> id(const Json& row, std::string_view name) {
    return id_in(text(row, name));
}

// Of cmake/compact_compat_data.cpp: "1eb8|TU104GL|7.5|Tesla T4".
void read_lines_of_cards(std::string_view lines, CompatData& data) {
    for (const std::string_view line : split(lines, '\n')) {
        const std::vector<std::string_view> cells = split(line, '|');
        const auto device = id_in(cells.front());
        if (device && cells.size() == 4) {
            data.cards.push_back(
                {.device = *device,
                 .chip = std::string(cells[1]),
                 .name = std::string(cells[3]),
                 .capability = Capability::parse(cells[2]).value_or(Capability())});
        }
    }
}

void read_cards(const Json& json, CompatData& data) {
    for (const Json& row : rows(json, "pci_devices")) {
        if (const auto device = id(row, "id")) {
            data.cards.push_back({.device = *device,
                                  .chip = text(row, "chip"),
                                  .name = text(row, "name"),
                                  .capability = capability(row, "cc")});
        }
    }
    std::ranges::sort(data.cards, {}, &CardModel::device);
    for (const Json& row : rows(json, "pci_ranges_fallback")) {
        const auto first = id(row, "first");
        const auto last = id(row, "last");
        if (first && last) {
            data.card_ranges.emplace_back(*last,
                                          CardModel{.device = *first,
                                                    .chip = text(row, "note"),
                                                    .name = {},
                                                    .capability = capability(row, "cc")});
        }
    }
    for (const Json& row : rows(json, "pci_not_gpus")) {
        if (const auto device = id(row, "id")) {
            data.not_cards.push_back(*device);
        }
    }
    for (const Json& row : rows(json, "chips")) {
        data.chips.push_back({.name = text(row, "chip"),
                              .architecture = text(row, "arch"),
                              .capability = capability(row, "cc")});
    }
    for (const Json& row : rows(json, "driver_gpu_floor")) {
        const std::int64_t last = row.number_or("last_driver_branch", 0);
        data.architectures.push_back(
            {.name = text(row, "arch"),
             .last_branch = last > 0 ? std::optional(static_cast<unsigned>(last)) : std::nullopt});
    }
}

void read_drivers(const Json& json, CompatData& data) {
    for (const Json& row : rows(json, "driver_branch_max_cuda")) {
        data.branches.emplace_back(static_cast<unsigned>(row.number_or("branch", 0)),
                                   version(row, "max_cuda"));
    }
    std::ranges::sort(data.branches, {}, &std::pair<unsigned, Version>::first);
    for (const Json& row : rows(json, "minor_version_compat_min")) {
        if (const auto range = VersionRange::parse(text(row, "cuda"))) {
            data.least_drivers.emplace_back(*range, version(row, "min_driver_linux"));
        }
    }
}

std::vector<std::string> texts(const Json& row, std::string_view name) {
    std::vector<std::string> all;
    const Json* const found = row.find(name);
    if (found != nullptr && found->as_array() != nullptr) {
        for (const Json& one : *found->as_array()) {
            if (const std::string* const word = one.as_string()) {
                all.push_back(*word);
            }
        }
    }
    return all;
}

// "PyPI default or https://...": the address, which says the same.
std::string address_in(const std::string& text) {
    const std::size_t begin = text.find("https://");
    return begin == std::string::npos ? std::string()
                                      : text.substr(begin, text.find(' ', begin) - begin);
}

void read_torch(const Json& json, CompatData& data) {
    for (const Json& row : rows(json, "torch_wheels")) {
        data.torch_builds.push_back(
            {.torch = version(row, "torch"),
             .moniker = text(row, "moniker"),
             .cuda = version(row, "cuda"),
             .cudnn = version(row, "cudnn"),
             .code = texts(row, "arch"),
             .least_driver = version(row, "min_driver_mvc"),
             .pythons = VersionRange::parse(text(row, "pythons")).value_or(VersionRange()),
             .first = version(row, "first"),
             .is_default = row.flag_or("pypi_default", false)});
    }
    for (const Json& row : rows(json, "torch_pypi_default_cuda")) {
        if (const auto range = VersionRange::parse(text(row, "torch"))) {
            data.default_builds.emplace_back(*range, text(row, "moniker"));
        }
    }
    for (const Json& row : rows(json, "recommended_torch")) {
        data.recommendations.push_back(
            {.least_driver = version(row, "driver_min"),
             .below_driver = Version::parse(text(row, "driver_max_exclusive")),
             .least = capability(row, "cc_min"),
             .most = capability(row, "cc_max"),
             .index = address_in(text(row, "index")),
             .torch = text(row, "torch"),
             .why = text(row, "why")});
    }
    for (const Json& row : rows(json, "torch_companions")) {
        data.companions.push_back({.torch = version(row, "torch"),
                                   .torchvision = text(row, "torchvision"),
                                   .torchaudio = text(row, "torchaudio"),
                                   .triton = text(row, "triton")});
    }
}

// Of these tables files of the store may have nothing: their checks know nothing then.
void read_other_frameworks(const Json& json, CompatData& data) {
    for (const Json& row : rows(json, "torch_conda_measured")) {
        data.conda_torches.emplace_back(text(row, "package"), texts(row, "arch"));
    }
    for (const Json& row : rows(json, "tensorflow_builds")) {
        if (const auto releases = VersionRange::parse(text(row, "tensorflow"))) {
            data.tensorflow_builds.push_back(
                {.releases = *releases,
                 .cuda = version(row, "cuda"),
                 .pythons = VersionRange::parse(text(row, "pythons")).value_or(VersionRange())});
        }
    }
    for (const Json& row : rows(json, "jax_rules")) {
        // "jax[cuda12]"
        const std::string wheel = text(row, "wheel");
        const std::size_t open = wheel.find('[');
        if (open != std::string::npos && wheel.ends_with(']')) {
            data.jax_wheels.push_back({.extra = wheel.substr(open + 1, wheel.size() - open - 2),
                                       .least = capability(row, "min_cc")});
        }
    }
}

// "libcusolver.so.11 (10 in 11.0)": the name alone.
void read_sonames(const Json& json, CompatData& data) {
    for (const Json& row : rows(json, "cuda_sonames")) {
        std::vector<std::string> names = texts(row, "sonames");
        for (std::string& name : names) {
            name.erase(std::min(name.find(' '), name.size()));
        }
        data.cuda_sonames.emplace_back(static_cast<unsigned>(row.number_or("cuda_major", 0)),
                                       std::move(names));
    }
}

std::vector<ErrorCode> codes(const Json& json, std::string_view table) {
    std::vector<ErrorCode> all;
    for (const Json& row : rows(json, table)) {
        all.push_back({.code = static_cast<int>(row.number_or("code", -1)),
                       .name = text(row, "name"),
                       .meaning = text(row, "doctor_meaning")});
    }
    return all;
}

// "2026-11-20".
bool is_date(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-dd";
    return std::ranges::equal(text, form, [](char c, char wanted) {
        return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
    });
}

Result<CompatData> parsed(std::string_view text_of_it, std::string_view lines_of_cards) {
    ENVKEEP_TRY(const Json json, Json::parse(text_of_it));
    CompatData data;
    const Json* const about = json.find("_meta");
    data.compiled = about != nullptr ? text(*about, "compiled") : std::string();
    read_lines_of_cards(lines_of_cards, data);
    read_cards(json, data);
    read_drivers(json, data);
    read_torch(json, data);
    read_other_frameworks(json, data);
    read_sonames(json, data);
    data.cuda_codes = codes(json, "cuda_error_codes");
    data.nvml_codes = codes(json, "nvml_codes");
    // What lacks a table would take its answers away, and say nothing of it.
    if (!is_date(data.compiled) || data.cards.empty() || data.chips.empty() ||
        data.architectures.empty() || data.branches.empty() || data.least_drivers.empty() ||
        data.torch_builds.empty() || data.default_builds.empty() || data.recommendations.empty() ||
        data.companions.empty() || data.cuda_codes.empty() || data.nvml_codes.empty()) {
        return failure(ErrorKind::unsupported,
                       "this is no compatibility data: it lacks its date or one of its tables");
    }
    return data;
}

}  // namespace

Result<CompatData> parse_compat_data(std::string_view json) {
    return parsed(json, {});
}

const CompatData& built_in_compat_data() {
    static const CompatData data =
        parsed(embedded::compat::compat_json, embedded::compat::cards_txt).value();
    return data;
}

}  // namespace envkeep::gpu
