// SPDX-License-Identifier: MIT
#include "snapshot/pack_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

Result<void> read_exactly(system::OpenFile& file,
                          std::uint64_t offset,
                          std::span<std::byte> buffer) {
    ENVKEEP_TRY(const std::size_t got, file.read_at(offset, buffer));
    if (got != buffer.size()) {
        return failure(ErrorKind::io, "damaged pack: cut short");
    }
    return {};
}

}  // namespace

PackReader::PackReader(std::unique_ptr<system::OpenFile> file, PackIndex index)
    : file_(std::move(file)), index_(std::move(index)) {
    std::uint64_t offset = 0;
    offsets_.reserve(index_.frames.size());
    for (const PackFrame& frame : index_.frames) {
        offsets_.push_back(offset);
        offset += frame.packed;
    }
}

Result<PackReader> PackReader::open(const system::Place& folder,
                                    const std::string& name,
                                    system::TreeReader& reader) {
    ENVKEEP_TRY(std::unique_ptr<system::OpenFile> file,
                reader.open_file(folder.child(name + ".tar.zst")));
    ENVKEEP_TRY(const system::Status status, file->status());
    if (status.size < trailer_size) {
        return failure(ErrorKind::io, "damaged pack: cut short");
    }
    Bytes trailer(trailer_size);
    ENVKEEP_CHECK(read_exactly(*file, status.size - trailer_size, trailer));
    ENVKEEP_TRY(const std::size_t size, index_frame_size(trailer, status.size));
    Bytes frame(size);
    ENVKEEP_CHECK(read_exactly(*file, status.size - size, frame));
    ENVKEEP_TRY(PackIndex index, decode_index(frame, status.size, name));
    return PackReader(std::move(file), std::move(index));
}

Result<Bytes> PackReader::read_packed(std::size_t frame) const {
    Bytes packed(index_.frames.at(frame).packed);
    ENVKEEP_CHECK(read_exactly(*file_, offsets_[frame], packed));
    return packed;
}

void PackReader::expect(std::size_t frame, std::size_t count) const {
    const std::size_t end = std::min(frame + count, index_.frames.size());
    if (frame < end) {
        const std::uint64_t size = offsets_[end - 1] + index_.frames[end - 1].packed;
        file_->expect(offsets_[frame], size - offsets_[frame]);
    }
}

Result<Bytes> PackReader::decode(std::size_t frame,
                                 std::span<const std::byte> packed,
                                 FrameDecoder& decoder) const {
    const PackFrame& wanted = index_.frames.at(frame);
    Bytes plain(wanted.plain);
    ENVKEEP_CHECK(decoder.decode(packed, plain));
    Hasher hasher;
    hasher.update(std::span<const std::byte>(plain));
    if (hasher.digest() != wanted.digest) {
        return failure(ErrorKind::io, "damaged pack: a frame has another digest");
    }
    return plain;
}

}  // namespace envkeep::snapshot
