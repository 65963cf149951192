// SPDX-License-Identifier: MIT
#include "snapshot/pack_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace envkeep::snapshot {
namespace {

// All numbers little endian. A skippable frame is its magic number (RFC 8878, 3.1.2), the length of
// what follows, and that: the index, then the trailer, which is the length of the whole and a mark.
constexpr std::uint32_t skippable = 0x184D2A5E;
constexpr std::uint32_t trailer_mark = 0x58494B45;  // "EKIX"
constexpr std::size_t head_size = 8;
constexpr std::string_view first_line = "envkeep-pack 1\n";
constexpr std::size_t digest_size = std::tuple_size_v<decltype(Digest::bytes)>;
// What zstd makes of a frame that does not shrink, and a little more.
constexpr std::size_t largest_packed = largest_frame + largest_frame / 128;
constexpr std::size_t record_size = 4 + 4 + digest_size;

void put(Bytes& bytes, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<std::byte>((number >> shift) & 0xFFU));
    }
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < 4; ++i) {
        number |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
    }
    return number;
}

tl::unexpected<Error> no_pack(std::string_view why) {
    return failure(ErrorKind::io, fmt::format("damaged pack: {}", why));
}

Result<PackIndex> decode_frames(std::span<const std::byte> records) {
    PackIndex index;
    index.frames.resize(records.size() / record_size);
    for (std::size_t i = 0; i < index.frames.size(); ++i) {
        const std::size_t at = i * record_size;
        PackFrame& frame = index.frames[i];
        frame.packed = number_at(records, at);
        frame.plain = number_at(records, at + 4);
        std::memcpy(frame.digest.bytes.data(), records.data() + at + 8, digest_size);
        if (frame.plain > largest_frame || frame.packed == 0 || frame.packed > largest_packed) {
            return no_pack("a frame of an impossible size");
        }
    }
    return index;
}

}  // namespace

Bytes encode_index(const PackIndex& index) {
    Bytes bytes(first_line.size());
    std::memcpy(bytes.data(), first_line.data(), first_line.size());
    bytes.reserve(bytes.size() + index.frames.size() * record_size);
    for (const PackFrame& frame : index.frames) {
        put(bytes, frame.packed);
        put(bytes, frame.plain);
        const auto digest = std::as_bytes(std::span(frame.digest.bytes));
        bytes.insert(bytes.end(), digest.begin(), digest.end());
    }
    return bytes;
}

std::string pack_name(const PackIndex& index) {
    Hasher hasher;
    hasher.update(std::span<const std::byte>(encode_index(index)));
    return hasher.digest().text();
}

Bytes index_frame(const PackIndex& index) {
    const Bytes encoded = encode_index(index);
    Bytes frame;
    frame.reserve(head_size + encoded.size() + trailer_size);
    put(frame, skippable);
    put(frame, static_cast<std::uint32_t>(encoded.size() + trailer_size));
    frame.insert(frame.end(), encoded.begin(), encoded.end());
    put(frame, static_cast<std::uint32_t>(frame.size() + trailer_size));
    put(frame, trailer_mark);
    return frame;
}

Result<std::size_t> index_frame_size(std::span<const std::byte> trailer, std::uint64_t file_size) {
    if (trailer.size() != trailer_size || number_at(trailer, 4) != trailer_mark) {
        return no_pack("it has no index at its end");
    }
    const std::size_t size = number_at(trailer, 0);
    constexpr std::size_t around = head_size + first_line.size() + trailer_size;
    const bool is_sound = size >= around && size <= file_size &&
                          size <= around + most_frames * record_size &&
                          (size - around) % record_size == 0;
    return is_sound ? Result<std::size_t>(size) : no_pack("its index has an impossible size");
}

Result<PackIndex> decode_index(std::span<const std::byte> frame,
                               std::uint64_t file_size,
                               const std::string& name) {
    constexpr std::size_t around = head_size + first_line.size() + trailer_size;
    if (frame.size() < around || number_at(frame, 0) != skippable ||
        number_at(frame, 4) != frame.size() - head_size) {
        return no_pack("it has no index at its end");
    }
    const auto encoded = frame.subspan(head_size, frame.size() - head_size - trailer_size);
    Hasher hasher;
    hasher.update(encoded);
    if (hasher.digest().text() != name) {
        return no_pack("its index is not the one that its name tells");
    }
    if (std::memcmp(encoded.data(), first_line.data(), first_line.size()) != 0) {
        return no_pack("it is of an unknown version");
    }
    ENVKEEP_TRY(PackIndex index, decode_frames(encoded.subspan(first_line.size())));
    std::uint64_t end = 0;
    for (const PackFrame& one : index.frames) {
        end += one.packed;
    }
    if (end + frame.size() != file_size) {
        return no_pack("its frames do not fill it");
    }
    return index;
}

}  // namespace envkeep::snapshot
