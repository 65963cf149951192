// SPDX-License-Identifier: MIT
#include "gpu/capture_tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace envkeep::gpu {
namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t name_size = 100;
constexpr std::size_t holes_at = 386;     // where GNU's header lists what a sparse file has
constexpr std::size_t holes_in_head = 4;  // how many, and in each block behind it
constexpr std::size_t holes_in_block = 21;

// A field of octal digits and a NUL; GNU writes what does not fit as a number in base 256.
std::string field(std::uint64_t number, std::size_t size) {
    const std::string digits = fmt::format("{:0{}o}", number, size - 1);
    if (digits.size() < size) {
        return digits + '\0';
    }
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < sizeof number; ++i) {
        bytes[size - 1 - i] = static_cast<char>(number >> (8 * i));
    }
    bytes.front() = '\x80';
    return bytes;
}

// Whole blocks of a file that hold something, by number.
using Blocks = std::map<std::uint64_t, std::string>;

Blocks blocks_of(const std::map<std::uint64_t, std::string>& parts) {
    Blocks blocks;
    for (const auto& [offset, bytes] : parts) {
        for (std::size_t done = 0; done < bytes.size();) {
            const std::uint64_t at = offset + done;
            std::string& block = blocks[at / block_size];
            block.resize(block_size, '\0');
            const std::size_t count =
                std::min<std::size_t>(block_size - (at % block_size), bytes.size() - done);
            block.replace(at % block_size, count, bytes, done, count);
            done += count;
        }
    }
    return blocks;
}

// Where neighbouring blocks begin, and how many bytes they have; the last one ends with the file.
std::vector<std::pair<std::uint64_t, std::uint64_t>> regions_of(const Blocks& blocks,
                                                                std::uint64_t size) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> regions;
    for (const auto& [number, block] : blocks) {
        const std::uint64_t begin = number * block_size;
        const std::uint64_t length = std::min<std::uint64_t>(block_size, size - begin);
        if (!regions.empty() && regions.back().first + regions.back().second == begin) {
            regions.back().second += length;
        } else {
            regions.emplace_back(begin, length);
        }
    }
    regions.emplace_back(size, 0);  // the size itself
    return regions;
}

}  // namespace

// `tail`: what stands behind the link's name of the header, from `holes_at` on.
void CaptureTar::add_header(std::string_view name,
                            std::uint64_t size,
                            char type,
                            std::string_view tail) {
    if (name.size() > name_size) {
        add_header("././@LongLink", name.size() + 1, 'L', {});
        add_content(std::string(name) + '\0');
    }
    std::string header(name.substr(0, name_size));
    header.resize(name_size, '\0');
    header += field(0644, 8) + field(0, 8) + field(0, 8) + field(size, 12) + field(0, 12);
    header += "        ";  // the place of the sum, which counts as blanks
    header += type;
    header.resize(257, '\0');
    header += "ustar  ";
    header.resize(holes_at, '\0');
    header += tail;
    header.resize(block_size, '\0');
    unsigned sum = 0;
    for (const char byte : header) {
        sum += static_cast<unsigned char>(byte);
    }
    header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    bytes_ += header;
}

void CaptureTar::add_content(std::string_view content) {
    bytes_ += content;
    bytes_.resize((bytes_.size() + block_size - 1) / block_size * block_size, '\0');
}

void CaptureTar::add(std::string_view path, std::string_view content) {
    add_header(path.substr(1), content.size(), '0', {});
    add_content(content);
}

void CaptureTar::add_parts(std::string_view path,
                           std::uint64_t size,
                           const std::map<std::uint64_t, std::string>& parts) {
    const Blocks blocks = blocks_of(parts);
    for (const auto& [offset, bytes] : parts) {
        size = std::max(size, offset + bytes.size());
    }
    const auto regions = regions_of(blocks, size);
    std::string lists;
    std::uint64_t stored = 0;
    for (const auto& [begin, length] : regions) {
        lists += field(begin, 12) + field(length, 12);
        stored += length;
    }
    constexpr std::size_t in_head = holes_in_head * 24;
    std::string tail = lists.substr(0, in_head);
    tail.resize(in_head, '\0');
    tail += lists.size() > in_head ? '\1' : '\0';
    add_header(path.substr(1), stored, 'S', tail + field(size, 12));
    constexpr std::size_t in_block = holes_in_block * 24;
    for (std::size_t at = in_head; at < lists.size(); at += in_block) {
        std::string block = lists.substr(at, in_block);
        block.resize(in_block, '\0');
        block += at + in_block < lists.size() ? '\1' : '\0';
        add_content(block);
    }
    for (const auto& [number, block] : blocks) {
        bytes_ += block;
    }
}

std::string CaptureTar::finish() && {
    bytes_.append(2 * block_size, '\0');
    return std::move(bytes_);
}

}  // namespace envkeep::gpu
