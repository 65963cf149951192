// SPDX-License-Identifier: MIT
#include "gpu/elf_strings.hpp"

#include "gpu/bytes.hpp"

#include <algorithm>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t longest_string = 4096;
constexpr std::uint64_t largest_window = 16U << 10U;
constexpr std::uint64_t usual_version_table = 1024;
constexpr std::uint64_t largest_version_table = 64U << 10U;
constexpr std::uint64_t most_versions = 200;

}  // namespace

std::size_t ElfStrings::end_of(std::uint64_t offset) const {
    return offset < window_begin_ ? std::string::npos : window_.find('\0', offset - window_begin_);
}

Result<std::string> ElfStrings::at(std::uint64_t offset) {
    if (!has(offset)) {
        return std::string();
    }
    std::size_t end = end_of(offset);
    if (end == std::string::npos) {
        std::uint64_t from = offset;
        std::uint64_t to = offset + std::min(longest_string, table_size_ - offset);
        const std::uint64_t window_end = window_begin_ + window_.size();
        if (!window_.empty() && std::max(to, window_end) - std::min(from, window_begin_) <=
                                    largest_window - longest_string) {
            // Back and forth between two parts would read each of them each time.
            from = std::min(from - std::min(from, longest_string), window_begin_);
            to = std::max(to, window_end);
        }
        ENVKEEP_TRY(window_, file_.read_at(table_ + from, to - from));
        window_begin_ = from;
        end = end_of(offset);
    }
    const std::string_view rest =
        std::string_view(window_).substr(std::min(offset - window_begin_, window_.size()));
    const std::size_t length =
        end == std::string::npos ? rest.size() : end - (offset - window_begin_);
    return std::string(rest.substr(0, std::min<std::size_t>(length, longest_string)));
}

std::vector<std::string> versions_of(std::string_view library,
                                     const NeededVersions& needed,
                                     const system::OpenedFile& file,
                                     ElfStrings& strings) {
    std::string table = file.read_at(needed.offset, usual_version_table).value_or(std::string());
    const auto reach = [&](std::size_t at) {
        constexpr std::size_t entry_size = 16;  // of an Elf64_Verneed and an Elf64_Vernaux
        if (at + entry_size > table.size() && table.size() == usual_version_table) {
            table = file.read_at(needed.offset, largest_version_table).value_or(std::string());
        }
    };
    const auto name = [&](std::size_t at) {
        return strings.at(number_at<std::uint32_t>(table, at)).value_or(std::string());
    };
    std::vector<std::string> all;
    std::size_t at = 0;  // an Elf64_Verneed
    for (std::uint64_t i = 0; i < std::min(needed.count, most_versions); ++i) {
        reach(at);
        if (name(at + 4) == library) {
            std::size_t entry = at + number_at<std::uint32_t>(table, at + 8);  // an Elf64_Vernaux
            const auto count = number_at<std::uint16_t>(table, at + 2);
            for (unsigned j = 0; j < count && all.size() < most_versions; ++j) {
                reach(entry);
                all.push_back(name(entry + 8));
                entry += number_at<std::uint32_t>(table, entry + 12);
            }
            break;
        }
        const auto next = number_at<std::uint32_t>(table, at + 12);
        if (next == 0) {
            break;
        }
        at += next;
    }
    return all;
}

}  // namespace envkeep::gpu
