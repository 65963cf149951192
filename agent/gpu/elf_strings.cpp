// SPDX-License-Identifier: MIT
#include "gpu/elf_strings.hpp"

#include "gpu/bytes.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t longest_string = 4096;
constexpr std::uint64_t largest_window = 16U << 10U;
constexpr std::uint64_t largest_version_table = 64U << 10U;
constexpr std::uint64_t most_versions = 200;

// A table of versions: little of it is read, and more only where that is needed.
class VersionTable {
  public:
    VersionTable(const system::OpenedFile& file, std::uint64_t offset, std::uint64_t usual_size)
        : file_(file), offset_(offset), usual_size_(usual_size) {
        bytes_ = file_.read_at(offset_, usual_size_).value_or(std::string());
    }

    // Zero beyond its end.
    template <typename Number>
    [[nodiscard]] Number at(std::size_t place) {
        if (place + sizeof(Number) > bytes_.size() && bytes_.size() == usual_size_) {
            bytes_ = file_.read_at(offset_, largest_version_table).value_or(std::string());
        }
        return number_at<Number>(bytes_, place);
    }

  private:
    const system::OpenedFile& file_;
    std::uint64_t offset_;
    std::uint64_t usual_size_;
    std::string bytes_;
};

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

std::vector<std::string> needed_versions(std::string_view library,
                                         const VersionsPlace& place,
                                         const system::OpenedFile& file,
                                         ElfStrings& strings) {
    VersionTable table(file, place.offset, 1024);
    const auto name = [&](std::size_t at) {
        return strings.at(table.at<std::uint32_t>(at)).value_or(std::string());
    };
    std::vector<std::string> all;
    std::size_t at = 0;  // an Elf64_Verneed
    for (std::uint64_t i = 0; i < std::min(place.count, most_versions); ++i) {
        if (name(at + 4) == library) {
            std::size_t entry = at + table.at<std::uint32_t>(at + 8);  // an Elf64_Vernaux
            const auto count = table.at<std::uint16_t>(at + 2);
            for (unsigned j = 0; j < count && all.size() < most_versions; ++j) {
                all.push_back(name(entry + 8));
                entry += table.at<std::uint32_t>(entry + 12);
            }
            break;
        }
        const auto next = table.at<std::uint32_t>(at + 12);
        if (next == 0) {
            break;
        }
        at += next;
    }
    return all;
}

std::vector<std::string> offered_versions(const VersionsPlace& place,
                                          const system::OpenedFile& file,
                                          ElfStrings& strings) {
    VersionTable table(file, place.offset, 4096);
    std::vector<std::string> all;
    std::size_t at = 0;  // an Elf64_Verdef
    for (std::uint64_t i = 0; i < std::min(place.count, most_versions); ++i) {
        const std::size_t entry = at + table.at<std::uint32_t>(at + 12);  // an Elf64_Verdaux
        std::string name = strings.at(table.at<std::uint32_t>(entry)).value_or(std::string());
        if (!name.empty()) {
            all.push_back(std::move(name));
        }
        const auto next = table.at<std::uint32_t>(at + 16);
        if (next == 0) {
            break;
        }
        at += next;
    }
    return all;
}

}  // namespace envkeep::gpu
