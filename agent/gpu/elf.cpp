// SPDX-License-Identifier: MIT
#include "gpu/elf.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/gpu/version.hpp"
#include "gpu/bytes.hpp"
#include "gpu/elf_strings.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::size_t header_size = 64;
constexpr std::size_t segment_size = 56;  // of one program header
// What linkers write first: the header, and the program headers of nearly every library.
constexpr std::size_t beginning_size = 1024;
constexpr unsigned most_segments = 256;
constexpr std::size_t most_own_folders = 64;  // of a search path; torch's have some 17
constexpr std::string_view cxx_library = "libstdc++.so.6";
constexpr std::uint64_t largest_dynamic = 64U << 10U;
constexpr std::uint64_t largest_strings = std::uint64_t{8} << 20U;
constexpr std::uint64_t longest_name = 4096;

enum SegmentType : std::uint32_t {
    loaded = 1,          // PT_LOAD
    dynamic = 2,         // PT_DYNAMIC
    interpreter = 3,     // PT_INTERP
    stack = 0x6474e551,  // PT_GNU_STACK
};

enum DynamicTag : std::uint64_t {
    needed_tag = 1,
    string_table = 5,
    string_size = 10,
    soname_tag = 14,
    rpath_tag = 15,
    runpath_tag = 29,
    offered_versions_tag = 0x6ffffffc,        // DT_VERDEF
    offered_versions_count_tag = 0x6ffffffd,  // DT_VERDEFNUM
    needed_versions_tag = 0x6ffffffe,         // DT_VERNEED
    needed_versions_count_tag = 0x6fffffff,   // DT_VERNEEDNUM
};

struct Segment {
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // in the file
};

tl::unexpected<Error> damaged(const std::string& path) {
    return failure(ErrorKind::unsupported, quoted(path) + " is no sound 64 bit ELF file");
}

std::vector<Segment> segments_in(std::string_view table, unsigned count) {
    std::vector<Segment> segments;
    for (unsigned i = 0; i < count; ++i) {
        const std::size_t at = i * segment_size;
        segments.push_back({.type = number_at<std::uint32_t>(table, at),
                            .flags = number_at<std::uint32_t>(table, at + 4),
                            .offset = number_at<std::uint64_t>(table, at + 8),
                            .address = number_at<std::uint64_t>(table, at + 16),
                            .size = number_at<std::uint64_t>(table, at + 32)});
    }
    return segments;
}

const Segment* first_of(const std::vector<Segment>& segments, std::uint32_t type) {
    const auto found = std::ranges::find(segments, type, &Segment::type);
    return found == segments.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> offset_of(const std::vector<Segment>& segments,
                                       std::uint64_t address) {
    for (const Segment& segment : segments) {
        if (segment.type == loaded && address >= segment.address &&
            address - segment.address < segment.size) {
            return segment.offset + (address - segment.address);
        }
    }
    return std::nullopt;
}

bool is_elf(std::string_view head) {
    constexpr std::string_view magic(
        "\x7f"
        "ELF\x02\x01",
        6);  // 64 bit, little-endian
    return head.size() >= header_size && head.starts_with(magic);
}

std::vector<std::string> folders_in(const std::string& text) {
    std::vector<std::string> folders;
    for (const std::string_view folder : split(text, ':')) {
        if (!folder.empty() && folders.size() < most_own_folders) {
            folders.emplace_back(folder);
        }
    }
    return folders;
}

// The dynamic section, as tag and value.
class Dynamic {
  public:
    explicit Dynamic(std::string bytes) : bytes_(std::move(bytes)) {}

    [[nodiscard]] std::vector<std::uint64_t> values(std::uint64_t tag) const {
        std::vector<std::uint64_t> found;
        for (std::size_t at = 0; at + 16 <= bytes_.size(); at += 16) {
            const auto here = number_at<std::uint64_t>(bytes_, at);
            if (here == 0) {
                break;
            }
            if (here == tag) {
                found.push_back(number_at<std::uint64_t>(bytes_, at + 8));
            }
        }
        return found;
    }

    [[nodiscard]] std::uint64_t value(std::uint64_t tag) const {
        const std::vector<std::uint64_t> found = values(tag);
        return found.empty() ? 0 : found.front();
    }

    // The strings that values of that tag stand for.
    [[nodiscard]] Result<std::vector<std::string>> strings(std::uint64_t tag,
                                                           ElfStrings& strings,
                                                           const std::string& path) const {
        std::vector<std::string> all;
        for (const std::uint64_t offset : values(tag)) {
            if (!strings.has(offset)) {
                return damaged(path);
            }
            ENVKEEP_TRY(std::string name, strings.at(offset));
            all.push_back(std::move(name));
        }
        return all;
    }

  private:
    std::string bytes_;
};

Result<std::vector<Segment>> read_segments(const system::OpenedFile& file,
                                           const std::string& path,
                                           std::string_view head) {
    const auto offset = number_at<std::uint64_t>(head, 32);
    const auto size = number_at<std::uint16_t>(head, 54);
    const auto count = number_at<std::uint16_t>(head, 56);
    if (size != segment_size || count > most_segments) {
        return damaged(path);
    }
    const std::size_t table_size = count * segment_size;
    if (offset <= head.size() && table_size <= head.size() - offset) {
        return segments_in(head.substr(offset, table_size), count);
    }
    ENVKEEP_TRY(const std::string table, file.read_at(offset, table_size));
    if (table.size() != table_size) {
        return damaged(path);
    }
    return segments_in(table, count);
}

Result<void> read_dynamic(const system::OpenedFile& file,
                          const std::vector<Segment>& segments,
                          Elf& elf) {
    const Segment* const segment = first_of(segments, dynamic);
    if (segment == nullptr) {
        return {};
    }
    ENVKEEP_TRY(std::string bytes,
                file.read_at(segment->offset, std::min(segment->size, largest_dynamic)));
    const Dynamic table(std::move(bytes));
    const std::optional<std::uint64_t> strings = offset_of(segments, table.value(string_table));
    if (!strings) {
        return damaged(elf.path);
    }
    elf.strings_offset = *strings;
    elf.strings_size = table.value(string_size);
    ElfStrings names(file, elf.strings_offset, elf.strings_size);
    const auto strings_of = [&](DynamicTag tag) { return table.strings(tag, names, elf.path); };
    ENVKEEP_TRY(elf.needed, strings_of(needed_tag));
    ENVKEEP_TRY(const std::vector<std::string> soname, strings_of(soname_tag));
    ENVKEEP_TRY(const std::vector<std::string> rpath, strings_of(rpath_tag));
    ENVKEEP_TRY(const std::vector<std::string> runpath, strings_of(runpath_tag));
    elf.soname = soname.empty() ? std::string() : soname.front();
    elf.rpath = rpath.empty() ? std::vector<std::string>{} : folders_in(rpath.front());
    elf.runpath = runpath.empty() ? std::vector<std::string>{} : folders_in(runpath.front());
    const auto place_of = [&](DynamicTag address, DynamicTag count) {
        return VersionsPlace{.offset = offset_of(segments, table.value(address)).value_or(0),
                             .count = table.value(count)};
    };
    const VersionsPlace needed = place_of(needed_versions_tag, needed_versions_count_tag);
    if (needed.offset != 0 && std::ranges::find(elf.needed, cxx_library) != elf.needed.end()) {
        elf.cxx_versions = needed_versions(cxx_library, needed, file, names);
    }
    const VersionsPlace offered = place_of(offered_versions_tag, offered_versions_count_tag);
    if (offered.offset != 0 && elf.soname == cxx_library) {
        elf.offered_cxx_versions = offered_versions(offered, file, names);
    }
    return {};
}

}  // namespace

Result<Elf> read_elf(const system::Inspector& machine, const std::string& path) {
    ENVKEEP_TRY(const std::unique_ptr<system::OpenedFile> file, machine.open_file(path));
    ENVKEEP_TRY(const std::string head, file->read_at(0, beginning_size));
    if (!is_elf(head)) {
        return damaged(path);
    }
    Elf elf{.path = path, .size = file->size(), .machine = number_at<std::uint16_t>(head, 18)};
    ENVKEEP_TRY(const std::vector<Segment> segments, read_segments(*file, path, head));
    if (const Segment* const segment = first_of(segments, interpreter)) {
        ENVKEEP_TRY(const std::string bytes,
                    file->read_at(segment->offset, std::min(segment->size, longest_name)));
        elf.interpreter = bytes.substr(0, bytes.find('\0'));
    }
    constexpr std::uint32_t executable = 1;  // PF_X
    const Segment* const stack_segment = first_of(segments, stack);
    elf.wants_executable_stack =
        stack_segment != nullptr && (stack_segment->flags & executable) != 0;
    ENVKEEP_CHECK(read_dynamic(*file, segments, elf));
    return elf;
}

bool is_of_32_bits(const system::Inspector& machine, const std::string& path) {
    constexpr std::string_view beginning(
        "\x7f"
        "ELF\x01",
        5);
    const Result<std::string> head = machine.read_at(path, 0, header_size);
    // Of less the loader says that it is too short.
    return head && head->size() == header_size && head->starts_with(beginning);
}

bool is_whole_elf(const system::Inspector& machine, const std::string& path) {
    const auto file = machine.open_file(path);
    const auto head = file ? (*file)->read_at(0, beginning_size) : Result<std::string>();
    if (!head || !is_elf(*head)) {
        return false;
    }
    const std::uint64_t file_size = (*file)->size();
    const auto sections = number_at<std::uint64_t>(*head, 40);
    const std::uint64_t sections_size =
        std::uint64_t{number_at<std::uint16_t>(*head, 58)} * number_at<std::uint16_t>(*head, 60);
    const auto has = [&](std::uint64_t offset, std::uint64_t size) {
        return offset <= file_size && size <= file_size - offset;
    };
    const auto segments = read_segments(**file, path, *head);
    return segments && has(sections, sections_size) &&
           std::ranges::all_of(*segments,
                               [&](const Segment& one) { return has(one.offset, one.size); });
}

Result<std::string> dynamic_strings(const system::Inspector& machine, const Elf& elf) {
    return machine.read_at(
        elf.path, elf.strings_offset, std::min(elf.strings_size, largest_strings));
}

bool has_name(std::string_view strings, std::string_view name) {
    for (std::size_t at = strings.find(name); at != std::string_view::npos;
         at = strings.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || strings[at - 1] == '\0') &&
            (end >= strings.size() || strings[end] == '\0')) {
            return true;
        }
    }
    return false;
}

std::optional<std::string> highest_version(std::string_view strings, std::string_view family) {
    const std::string prefix = std::string(family) + '_';
    std::optional<Version> highest;
    for (std::size_t at = strings.find(prefix); at != std::string_view::npos;
         at = strings.find(prefix, at + 1)) {
        const bool is_a_string = at == 0 || strings[at - 1] == '\0';
        const std::optional<Version> version =
            is_a_string ? Version::parse(string_at(strings, at + prefix.size())) : std::nullopt;
        if (version && (!highest || *version > *highest)) {
            highest = version;
        }
    }
    return highest ? std::optional(prefix + highest->text()) : std::nullopt;
}

}  // namespace envkeep::gpu
