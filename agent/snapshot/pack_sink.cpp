// SPDX-License-Identifier: MIT
#include "snapshot/pack_sink.hpp"

#include "envkeep/core/text.hpp"
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
    auto outcome = file_->publish(fmt::format("{}{}", name, pack_suffix));
    // A pack of that name holds the very same frames.
    if (!outcome && outcome.error().kind != ErrorKind::already_exists) {
        return tl::unexpected(
            std::move(outcome).error().while_doing(fmt::format("naming pack '{}'", name)));
    }
    packs_[current_] = name;
    file_.reset();
    index_ = {};
    size_ = 0;
    return {};
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
