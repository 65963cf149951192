// SPDX-License-Identifier: MIT
#include "snapshot/pack_sink.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/pack_reader.hpp"
#include "snapshot/publish_sound.hpp"
#include "snapshot/store_names.hpp"
#include "snapshot/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

Result<void> PackSink::write(std::span<const std::byte> bytes) {
    Result<void> outcome = file_->append(bytes);
    if (!outcome) {
        return tl::unexpected(std::move(outcome).error().while_doing(
            fmt::format("writing packs ({} so far, of which {} stay)",
                        human_size(written_),
                        human_size(written_ - size_))));
    }
    size_ += bytes.size();
    written_ += bytes.size();
    return {};
}

Result<void> PackSink::add_frame(std::span<const std::byte> packed, const PackFrame& frame) {
    ENVKEEP_CHECK(write(packed));
    index_.frames.push_back(frame);
    return {};
}

Result<PackSink::Spot> PackSink::append(std::span<const std::byte> packed, const PackFrame& frame) {
    if (file_ == nullptr) {
        ENVKEEP_TRY(file_, writer_.create_file(folder_));
        current_ = static_cast<std::uint32_t>(packs_.size());
        packs_.emplace_back();
    }
    const Spot spot{.pack = current_, .frame = static_cast<std::uint32_t>(index_.frames.size())};
    ENVKEEP_CHECK(add_frame(packed, frame));
    return spot;
}

Result<void> PackSink::publish() {
    const Bytes end(tar_end_size);
    Hasher hasher;
    hasher.update(std::span<const std::byte>(end));
    ENVKEEP_TRY(const Bytes packed, FrameEncoder(1).encode(end));
    ENVKEEP_CHECK(add_frame(packed,
                            {.packed = static_cast<std::uint32_t>(packed.size()),
                             .plain = static_cast<std::uint32_t>(end.size()),
                             .digest = hasher.digest()}));
    ENVKEEP_CHECK(write(index_frame(index_)));
    const std::string name = pack_name(index_);
    const Naming naming{.folder = folder_,
                        .name = fmt::format("{}{}", name, pack_suffix),
                        .reader = reader_,
                        .writer = writer_};
    // A pack of that name has the very same frames, if all of them are whole.
    auto outcome = publish_sound(*file_, naming, [&] { return is_whole(name); });
    if (!outcome) {
        return tl::unexpected(
            std::move(outcome).error().while_doing(fmt::format("naming pack '{}'", name)));
    }
    packs_[current_] = name;
    file_.reset();
    index_ = {};
    size_ = 0;
    return {};
}

bool PackSink::is_whole(const std::string& name) {
    const Result<PackReader> pack = PackReader::open(folder_, name, reader_);
    FrameDecoder decoder;
    for (std::size_t i = 0; pack && i < index_.frames.size(); ++i) {
        const Result<Bytes> plain = pack->read_packed(i).and_then(
            [&](const Bytes& packed) { return pack->decode(i, packed, decoder); });
        if (!plain) {
            return false;
        }
    }
    return pack.has_value();
}

std::uint32_t PackSink::index_of(const std::string& pack) {
    const auto found = std::ranges::find(packs_, pack);
    const auto index = static_cast<std::uint32_t>(found - packs_.begin());
    if (found == packs_.end()) {
        packs_.push_back(pack);
    }
    return index;
}

}  // namespace envkeep::snapshot
