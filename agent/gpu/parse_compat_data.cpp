// SPDX-License-Identifier: MIT
#include "embedded/compat.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/gpu/compat_data.hpp"
#include "gpu/compat_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace envkeep::gpu {
namespace {

// What stands before a separator, which is taken away with it.
std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

// The cells of a line of compat_text(), from the first to the last.
class Cells {
  public:
    explicit Cells(std::string_view line) : line_(line), rest_(line.substr(1)) {}

    [[nodiscard]] std::string_view line() const { return line_; }

    std::string_view view() { return take_until(rest_, '\t'); }

    std::string text() { return std::string(view()); }

    std::optional<Version> parsed_version() { return Version::parse(view()); }

    Version version() { return parsed_version().value_or(Version()); }

    std::optional<VersionRange> range() { return VersionRange::parse(view()); }

    Capability capability() { return Capability::parse(view()).value_or(Capability()); }

    template <typename Number>
    Number number(Number otherwise) {
        const std::string_view digits = view();
        std::int64_t number = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return error == std::errc{} ? static_cast<Number>(number) : otherwise;
    }

    std::optional<std::uint16_t> id() {
        const std::string_view digits = view();
        std::uint16_t number = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
        return error == std::errc{} && digits.size() == 4 ? std::optional(number) : std::nullopt;
    }

    bool flag() { return !view().empty(); }

    std::vector<std::string> list() {
        std::vector<std::string> all;
        for (std::string_view words = view(); !words.empty();) {
            all.emplace_back(take_until(words, '|'));
        }
        return all;
    }

  private:
    std::string_view line_;
    std::string_view rest_;
};

void read_date(Cells& cells, CompatData& data) {
    data.compiled = cells.text();
}

void read_range_of_cards(Cells& cells, CompatData& data) {
    const auto first = cells.id();
    const auto last = cells.id();
    if (first && last) {
        std::string chip = cells.text();
        data.card_ranges.emplace_back(*last,
                                      CardModel{.device = *first,
                                                .chip = std::move(chip),
                                                .name = {},
                                                .capability = cells.capability()});
    }
}

void read_what_is_no_card(Cells& cells, CompatData& data) {
    if (const auto device = cells.id()) {
        data.not_cards.push_back(*device);
    }
}

void read_chip(Cells& cells, CompatData& data) {
    data.chips.push_back(
        {.name = cells.text(), .architecture = cells.text(), .capability = cells.capability()});
}

void read_architecture(Cells& cells, CompatData& data) {
    std::string name = cells.text();
    const auto last = cells.number<std::int64_t>(0);
    data.architectures.push_back(
        {.name = std::move(name),
         .last_branch = last > 0 ? std::optional(static_cast<unsigned>(last)) : std::nullopt});
}

void read_branch(Cells& cells, CompatData& data) {
    const auto branch = cells.number<unsigned>(0);
    data.branches.emplace_back(branch, cells.version());
}

void read_least_driver(Cells& cells, CompatData& data) {
    if (const auto cuda = cells.range()) {
        data.least_drivers.emplace_back(*cuda, cells.version());
    }
}

// "libcusolver.so.11 (10 in 11.0)": the name alone.
void read_sonames(Cells& cells, CompatData& data) {
    const auto major = cells.number<unsigned>(0);
    std::vector<std::string> names = cells.list();
    for (std::string& name : names) {
        name.erase(std::min(name.find(' '), name.size()));
    }
    data.cuda_sonames.emplace_back(major, std::move(names));
}

ErrorCode code_in(Cells& cells) {
    return {.code = cells.number<int>(-1), .name = cells.text(), .meaning = cells.text()};
}

void read_cuda_code(Cells& cells, CompatData& data) {
    data.cuda_codes.push_back(code_in(cells));
}

void read_nvml_code(Cells& cells, CompatData& data) {
    data.nvml_codes.push_back(code_in(cells));
}

void read_torch_build(Cells& cells, CompatData& data) {
    data.torch_builds.push_back({.torch = cells.version(),
                                 .moniker = cells.text(),
                                 .cuda = cells.version(),
                                 .cudnn = cells.version(),
                                 .code = cells.list(),
                                 .least_driver = cells.version(),
                                 .pythons = cells.range().value_or(VersionRange()),
                                 .first = cells.version(),
                                 .is_default = cells.flag()});
}

void read_default_build(Cells& cells, CompatData& data) {
    if (const auto torch = cells.range()) {
        data.default_builds.emplace_back(*torch, cells.text());
    }
}

// "PyPI default or https://...": the address, which says the same.
std::string address_in(std::string_view text) {
    const std::size_t begin = text.find("https://");
    return begin == std::string_view::npos
               ? std::string()
               : std::string(text.substr(begin, text.find(' ', begin) - begin));
}

void read_recommendation(Cells& cells, CompatData& data) {
    data.recommendations.push_back({.least_driver = cells.version(),
                                    .below_driver = cells.parsed_version(),
                                    .least = cells.capability(),
                                    .most = cells.capability(),
                                    .index = address_in(cells.view()),
                                    .torch = cells.text(),
                                    .why = cells.text()});
}

void read_companions(Cells& cells, CompatData& data) {
    data.companions.push_back({.torch = cells.version(),
                               .torchvision = cells.text(),
                               .torchaudio = cells.text(),
                               .triton = cells.text()});
}

// What a package has code for was not measured of all.
void read_conda_torch(Cells& cells, CompatData& data) {
    std::string package = cells.text();
    std::vector<std::string> code = cells.list();
    if (!code.empty()) {
        data.conda_torches.emplace_back(std::move(package), std::move(code));
    }
}

void read_tensorflow_build(Cells& cells, CompatData& data) {
    if (const auto releases = cells.range()) {
        data.tensorflow_builds.push_back({.releases = *releases,
                                          .cuda = cells.version(),
                                          .pythons = cells.range().value_or(VersionRange())});
    }
}

// "jax[cuda12]"
void read_jax_wheel(Cells& cells, CompatData& data) {
    const std::string_view wheel = cells.view();
    const std::size_t open = wheel.find('[');
    if (open != std::string_view::npos && wheel.ends_with(']')) {
        data.jax_wheels.push_back(
            {.extra = std::string(wheel.substr(open + 1, wheel.size() - open - 2)),
             .least = cells.capability()});
    }
}

// Kept as it is: of a thousand cards a few are asked for.
void read_card(Cells& cells, CompatData& data) {
    if (cells.id()) {
        (data.cards += '\n') += cells.line();
    }
}

struct Table {
    std::string_view name;
    void (*read_row)(Cells& cells, CompatData& data);
};

constexpr std::array<Table, 18> tables{{{"compiled", read_date},
                                        {"pci_devices", read_card},
                                        {"pci_ranges_fallback", read_range_of_cards},
                                        {"pci_not_gpus", read_what_is_no_card},
                                        {"chips", read_chip},
                                        {"driver_gpu_floor", read_architecture},
                                        {"driver_branch_max_cuda", read_branch},
                                        {"minor_version_compat_min", read_least_driver},
                                        {"cuda_sonames", read_sonames},
                                        {"cuda_error_codes", read_cuda_code},
                                        {"nvml_codes", read_nvml_code},
                                        {"torch_wheels", read_torch_build},
                                        {"torch_pypi_default_cuda", read_default_build},
                                        {"recommended_torch", read_recommendation},
                                        {"torch_companions", read_companions},
                                        {"torch_conda_measured", read_conda_torch},
                                        {"tensorflow_builds", read_tensorflow_build},
                                        {"jax_rules", read_jax_wheel}}};

// "2026-11-20".
bool is_date(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-dd";
    return std::ranges::equal(text, form, [](char c, char wanted) {
        return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
    });
}

Result<CompatData> data_in(std::string_view lines) {
    CompatData data;
    const Table* table = tables.end();
    while (!lines.empty()) {
        const std::string_view line = take_until(lines, '\n');
        if (!line.starts_with('\t')) {
            table = std::ranges::find(tables, line, &Table::name);
        } else if (table != tables.end()) {
            Cells cells(line);
            table->read_row(cells, data);
        }
    }
    std::ranges::sort(data.branches, {}, &std::pair<unsigned, Version>::first);
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
    ENVKEEP_TRY(const Json parsed, Json::parse(json));
    return data_in(compat_text(parsed));
}

const CompatData& built_in_compat_data() {
    static const CompatData data = data_in(embedded::compat::compat_txt).value();
    return data;
}

}  // namespace envkeep::gpu
