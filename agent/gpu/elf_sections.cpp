// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "gpu/bytes.hpp"
#include "gpu/elf.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

// What stands in sections: notes, and the tables of symbols.
namespace envkeep::gpu {
namespace {

constexpr std::size_t elf_header_size = 64;
constexpr std::size_t section_size = 64;
constexpr unsigned most_sections = 4096;
constexpr std::size_t symbol_size = 24;
constexpr std::uint64_t largest_note = 64U << 10U;
constexpr std::uint64_t largest_symbols = std::uint64_t{8} << 20U;
constexpr std::uint64_t largest_hashes = std::uint64_t{16} << 20U;
constexpr std::uint64_t largest_constants = std::uint64_t{16} << 20U;
constexpr std::size_t longest_targets = 512;
constexpr std::size_t most_undefined = 5000;  // symbols of one file
constexpr int longest_chain = 10000;          // of symbols with one hash

enum SectionType : std::uint32_t {
    dynamic_symbols = 11,     // SHT_DYNSYM
    gnu_hashes = 0x6ffffff6,  // SHT_GNU_HASH
};

struct Section {
    std::uint32_t name = 0;
    std::uint32_t type = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t link = 0;
};

struct Sections {
    std::vector<Section> all;
    unsigned names = 0;  // index of the section with their names
};

// None where the file is no ELF file, or has no table of them.
Sections sections_of(const system::OpenedFile& file) {
    const std::string head = file.read_at(0, elf_header_size).value_or(std::string());
    if (!head.starts_with("\x7f"
                          "ELF\x02\x01") ||
        number_at<std::uint16_t>(head, 58) != section_size) {
        return {};
    }
    const unsigned count = std::min<unsigned>(number_at<std::uint16_t>(head, 60), most_sections);
    const std::string table = file.read_at(number_at<std::uint64_t>(head, 40), count * section_size)
                                  .value_or(std::string());
    Sections sections{.all = {}, .names = number_at<std::uint16_t>(head, 62)};
    for (std::size_t at = 0; at + section_size <= table.size(); at += section_size) {
        sections.all.push_back({.name = number_at<std::uint32_t>(table, at),
                                .type = number_at<std::uint32_t>(table, at + 4),
                                .offset = number_at<std::uint64_t>(table, at + 24),
                                .size = number_at<std::uint64_t>(table, at + 32),
                                .link = number_at<std::uint32_t>(table, at + 40)});
    }
    return sections;
}

const Section* first_of(const Sections& sections, std::uint32_t type) {
    const auto found = std::ranges::find(sections.all, type, &Section::type);
    return found == sections.all.end() ? nullptr : &*found;
}

// Empty if it is larger.
std::string content(const system::OpenedFile& file, const Section& section, std::uint64_t limit) {
    return section.size > limit
               ? std::string()
               : file.read_at(section.offset, section.size).value_or(std::string());
}

// By its name; null if there is none.
const Section* section_named(const system::OpenedFile& file,
                             const Sections& sections,
                             std::string_view beginning) {
    if (sections.names >= sections.all.size()) {
        return nullptr;
    }
    const std::string names = content(file, sections.all[sections.names], largest_note);
    const auto found = std::ranges::find_if(sections.all, [&](const Section& one) {
        return string_at(names, one.name).starts_with(beginning);
    });
    return found == sections.all.end() ? nullptr : &*found;
}

// "sm_50 sm_60 compute_90a": at least two of them and nothing else. The code of a family of cards
// ("sm_120f") runs on all of them.
std::vector<std::string> targets_in(std::string_view text) {
    std::vector<std::string> targets;
    if (text.size() > longest_targets) {
        return {};
    }
    for (const std::string_view word : split(text, ' ')) {
        const std::size_t number = word.find('_') + 1;
        const std::size_t end = word.find_first_not_of("0123456789", number);
        const std::string_view rest = word.substr(std::min(end, word.size()));
        const bool is_target = (word.starts_with("sm_") || word.starts_with("compute_")) &&
                               end > number && number < word.size() &&
                               (rest.empty() || rest == "a" || rest == "f");
        if (!is_target) {
            return {};
        }
        targets.emplace_back(rest == "f" ? word.substr(0, end) : word);
    }
    return targets.size() > 1 ? targets : std::vector<std::string>();
}

std::optional<ForwardCompatibility> parse_note(std::string_view note) {
    const std::size_t begin = note.find('{');
    const std::size_t end = note.rfind('}');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
        return std::nullopt;
    }
    const Result<Json> json = Json::parse(note.substr(begin, end - begin + 1));
    if (!json) {
        return std::nullopt;
    }
    ForwardCompatibility found{.cuda = json->text_or("CUDA version", ""), .branches = {}};
    const Json* const branches = json->find("driver");
    if (branches != nullptr && branches->as_array() != nullptr) {
        for (const Json& branch : *branches->as_array()) {
            const auto* const number = std::get_if<std::int64_t>(&branch.value());
            if (number != nullptr && *number > 0) {
                found.branches.push_back(static_cast<unsigned>(*number));
            }
        }
    }
    return found;
}

}  // namespace

std::vector<std::string> undefined_symbols(const system::Inspector& machine,
                                           const std::string& path,
                                           const std::vector<std::string_view>& beginnings) {
    const auto file = machine.open_file(path).value_or(nullptr);
    if (!file) {
        return {};
    }
    const Sections sections = sections_of(*file);
    const Section* const section = first_of(sections, dynamic_symbols);
    if (section == nullptr || section->link >= sections.all.size()) {
        return {};
    }
    const std::string symbols = content(*file, *section, largest_symbols);
    const std::string strings = content(*file, sections.all[section->link], largest_symbols);
    std::vector<std::string> names;
    for (std::size_t at = 0; at + symbol_size <= symbols.size() && names.size() < most_undefined;
         at += symbol_size) {
        constexpr unsigned global = 1;  // STB_GLOBAL
        const unsigned binding = static_cast<unsigned char>(symbols[at + 4]) >> 4U;
        const bool is_undefined = number_at<std::uint16_t>(symbols, at + 6) == 0;
        if (!is_undefined || binding != global) {
            continue;
        }
        const std::string_view name = string_at(strings, number_at<std::uint32_t>(symbols, at));
        if (std::ranges::any_of(beginnings, [&](std::string_view beginning) {
                return name.starts_with(beginning);
            })) {
            names.emplace_back(name);
        }
    }
    return names;
}

Result<OfferedSymbols> OfferedSymbols::read(const system::Inspector& machine,
                                            const std::string& path) {
    ENVKEEP_TRY(const std::unique_ptr<system::OpenedFile> file, machine.open_file(path));
    const Sections sections = sections_of(*file);
    const Section* const section = first_of(sections, gnu_hashes);
    OfferedSymbols offered;
    if (section != nullptr) {
        offered.table_ = content(*file, *section, largest_hashes);
    }
    if (offered.table_.size() < 16) {
        return failure(ErrorKind::unsupported, quoted(path) + " has no table of its symbols");
    }
    return offered;
}

bool OfferedSymbols::has(std::string_view name) const {
    std::uint32_t hash = 5381;
    for (const char c : name) {
        hash = hash * 33 + static_cast<unsigned char>(c);
    }
    const auto buckets = number_at<std::uint32_t>(table_, 0);
    const auto first = number_at<std::uint32_t>(table_, 4);
    const std::size_t bucket_begin =
        16 + std::size_t{number_at<std::uint32_t>(table_, 8)} * sizeof(std::uint64_t);
    const std::size_t chain_begin = bucket_begin + std::size_t{buckets} * 4;
    if (buckets == 0 || chain_begin > table_.size()) {
        return false;
    }
    const auto symbol = number_at<std::uint32_t>(table_, bucket_begin + (hash % buckets) * 4);
    if (symbol < first) {
        return false;
    }
    const std::size_t begin = chain_begin + std::size_t{symbol - first} * 4;
    for (int i = 0; i < longest_chain; ++i) {
        const std::size_t at = begin + std::size_t{4} * static_cast<unsigned>(i);
        if (at + 4 > table_.size()) {
            break;
        }
        const auto here = number_at<std::uint32_t>(table_, at);
        if ((here | 1U) == (hash | 1U)) {
            return true;
        }
        if ((here & 1U) != 0) {
            break;  // the last of its bucket
        }
    }
    return false;
}

std::vector<std::string> torch_targets(const system::Inspector& machine, const std::string& path) {
    const auto file = machine.open_file(path).value_or(nullptr);
    if (!file) {
        return {};
    }
    const Sections sections = sections_of(*file);
    const Section* const constants = section_named(*file, sections, ".rodata");
    const std::string bytes =
        constants == nullptr ? std::string() : content(*file, *constants, largest_constants);
    std::vector<std::string> targets;
    for (std::size_t at = bytes.find("sm_"); at != std::string::npos;
         at = bytes.find("sm_", at + 1)) {
        const bool is_begin = at == 0 || bytes[at - 1] < ' ' || bytes[at - 1] > '~';
        const std::string_view rest = std::string_view(bytes).substr(at, longest_targets + 1);
        std::vector<std::string> here =
            is_begin ? targets_in(string_at(rest, 0)) : std::vector<std::string>();
        if (!here.empty() && !targets.empty() && here != targets) {
            return {};
        }
        if (!here.empty()) {
            targets = std::move(here);
        }
    }
    return targets;
}

std::optional<ForwardCompatibility> forward_compatibility(const system::Inspector& machine,
                                                          const std::string& path) {
    const auto file = machine.open_file(path).value_or(nullptr);
    if (!file) {
        return std::nullopt;
    }
    const Sections sections = sections_of(*file);
    const Section* const note = section_named(*file, sections, ".note.cuda.fwd_compatibility");
    return note == nullptr ? std::nullopt : parse_note(content(*file, *note, largest_note));
}

}  // namespace envkeep::gpu
