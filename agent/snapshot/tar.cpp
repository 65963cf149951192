// SPDX-License-Identifier: MIT
#include "snapshot/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

namespace envkeep::snapshot {
namespace {

// One block, as POSIX.1-2001 names its fields.
struct Block {
    std::array<char, 100> name{};
    std::array<char, 8> mode{};
    std::array<char, 8> uid{};
    std::array<char, 8> gid{};
    std::array<char, 12> size{};
    std::array<char, 12> mtime{};
    std::array<char, 8> checksum{};
    char type = '0';
    std::array<char, 100> link_name{};
    std::array<char, 8> magic{'u', 's', 't', 'a', 'r', '\0', '0', '0'};
    std::array<char, 32> user{};
    std::array<char, 32> group{};
    std::array<char, 8> device_major{'0', '0', '0', '0', '0', '0', '0', '\0'};
    std::array<char, 8> device_minor{'0', '0', '0', '0', '0', '0', '0', '\0'};
    std::array<char, 155> prefix{};
    std::array<char, 12> unused{};
};

static_assert(sizeof(Block) == tar_block);

template <std::size_t Size>
constexpr std::uint64_t largest_number = (std::uint64_t{1} << (3 * (Size - 1))) - 1;

// Octal digits, then NUL; 0 for what does not fit, which a pax record then says.
template <std::size_t Size>
void put_number(std::array<char, Size>& field, std::uint64_t number) {
    const std::uint64_t shown = number > largest_number<Size> ? 0 : number;
    fmt::format_to_n(field.data(), Size - 1, "{:0{}o}", shown, Size - 1);
}

template <std::size_t Size>
void put_text(std::array<char, Size>& field, std::string_view text) {
    std::ranges::copy(text.substr(0, Size), field.begin());
}

void put_checksum(Block& block) {
    block.checksum.fill(' ');
    const auto bytes = std::as_bytes(std::span(&block, 1));
    unsigned sum = 0;
    for (const std::byte byte : bytes) {
        sum += std::to_integer<unsigned>(byte);
    }
    fmt::format_to_n(block.checksum.data(), 7, "{:06o}{}", sum, '\0');
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself too.
void add_record(std::string& records, std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (rest + std::to_string(length).size() != length) {
        length = rest + std::to_string(length).size();
    }
    fmt::format_to(std::back_inserter(records), "{} {}=", length, key);
    records.append(value);
    records.push_back('\n');
}

std::string time_text(WallTime time) {
    using std::chrono::nanoseconds;
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t count = time.time_since_epoch().count();
    const std::int64_t whole = count / second;
    const std::int64_t rest = count % second;
    std::string text = fmt::format("{}{}", count < 0 ? "-" : "", whole < 0 ? -whole : whole);
    if (rest != 0) {
        text += fmt::format(".{:09}", rest < 0 ? -rest : rest);
    }
    return text;
}

bool fits_as_time(WallTime time) {
    const std::int64_t count = time.time_since_epoch().count();
    return count >= 0 && count % 1'000'000'000 == 0;
}

// As GNU tar does: '=' would end the key.
std::string attribute_key(std::string_view name) {
    std::string key = "SCHILY.xattr.";
    for (const char letter : name) {
        if (letter == '=') {
            key += "%3D";
        } else if (letter == '%') {
            key += "%25";
        } else {
            key.push_back(letter);
        }
    }
    return key;
}

std::string member_name(const Entry& entry) {
    return entry.kind == EntryKind::folder ? entry.path + '/' : entry.path;
}

std::string records_of(const Entry& entry, const std::string& name) {
    std::string records;
    if (name.size() > sizeof(Block::name)) {
        add_record(records, "path", name);
    }
    if (entry.target.size() > sizeof(Block::link_name)) {
        add_record(records, "linkpath", entry.target);
    }
    if (!fits_as_time(entry.attributes.modified)) {
        add_record(records, "mtime", time_text(entry.attributes.modified));
    }
    if (entry.attributes.uid > largest_number<8>) {
        add_record(records, "uid", std::to_string(entry.attributes.uid));
    }
    if (entry.attributes.gid > largest_number<8>) {
        add_record(records, "gid", std::to_string(entry.attributes.gid));
    }
    if (entry.kind == EntryKind::file && entry.size > largest_number<12>) {
        add_record(records, "size", std::to_string(entry.size));
    }
    for (const system::ExtendedAttribute& attribute : entry.attributes.extended) {
        add_record(records, attribute_key(attribute.name), attribute.value);
    }
    return records;
}

void add_block(Bytes& bytes, const Block& block) {
    const auto raw = std::as_bytes(std::span(&block, 1));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

// A member whose content tells about the one that follows it.
void add_about(Bytes& bytes, char type, std::string_view name, const std::string& records) {
    Block block;
    block.type = type;
    put_text(block.name, name);
    put_number(block.mode, 0);
    put_number(block.uid, 0);
    put_number(block.gid, 0);
    put_number(block.size, records.size());
    put_number(block.mtime, 0);
    put_checksum(block);
    add_block(bytes, block);
    const auto raw = std::as_bytes(std::span(records));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
    bytes.resize(bytes.size() + tar_padding(records.size()));
}

char type_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::folder:
            return '5';
        case EntryKind::link:
            return '2';
        case EntryKind::hard_link:
            return '1';
        case EntryKind::file:
            break;
    }
    return '0';
}

Block block_of(const Entry& entry, const std::string& name) {
    const std::int64_t seconds =
        std::chrono::floor<std::chrono::seconds>(entry.attributes.modified.time_since_epoch())
            .count();
    Block block;
    put_text(block.name, name);
    put_number(block.mode, entry.attributes.mode & 07777U);
    put_number(block.uid, entry.attributes.uid);
    put_number(block.gid, entry.attributes.gid);
    put_number(block.size, entry.kind == EntryKind::file ? entry.size : 0);
    put_number(block.mtime, seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds));
    block.type = type_of(entry.kind);
    put_text(block.link_name, entry.target);
    return block;
}

}  // namespace

Bytes tar_header(const Entry& entry) {
    const std::string name = member_name(entry);
    const std::string records = records_of(entry, name);
    Block block = block_of(entry, name);
    put_checksum(block);
    Bytes bytes;
    bytes.reserve((3 * tar_block) + records.size());
    if (!records.empty()) {
        add_about(bytes, 'x', "././@PaxHeader", records);
    }
    add_block(bytes, block);
    return bytes;
}

Bytes gnu_tar_header(const Entry& entry) {
    constexpr std::string_view long_name = "././@LongLink";
    const std::string name = member_name(entry);
    Bytes bytes;
    if (entry.target.size() > sizeof(Block::link_name)) {
        add_about(bytes, 'K', long_name, entry.target + '\0');
    }
    if (name.size() > sizeof(Block::name)) {
        add_about(bytes, 'L', long_name, name + '\0');
    }
    Block block = block_of(entry, name);
    block.magic = {'u', 's', 't', 'a', 'r', ' ', ' ', '\0'};
    put_checksum(block);
    add_block(bytes, block);
    return bytes;
}

std::size_t tar_padding(std::uint64_t size) {
    return (tar_block - size % tar_block) % tar_block;
}

}  // namespace envkeep::snapshot
