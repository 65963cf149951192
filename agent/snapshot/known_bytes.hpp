// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/write_packs.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace envkeep::snapshot {

// Which entry already places, or will place, the bytes of a digest. For several threads.
class KnownBytes {
  public:
    struct Holder {
        bool is_of_known = false;  // an entry of the other layer, else of the one that is written
        std::size_t entry = 0;
    };

    // What `order` names is about to be written: it places nothing yet.
    KnownBytes(const Layer& layer, const std::vector<std::size_t>& order, const Layer& known);

    [[nodiscard]] std::optional<Holder> find(const Digest& digest);

    // The holder, if there is one; else `entry` of the layer becomes it.
    [[nodiscard]] std::optional<Holder> find_or_hold(const Digest& digest, std::size_t entry);

    // Sizes of the files that are placed.
    [[nodiscard]] const std::unordered_set<std::uint64_t>& sizes() const { return sizes_; }

  private:
    struct Hash {
        std::size_t operator()(const Digest& digest) const {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.bytes.data(), sizeof hash);
            return hash;
        }
    };

    void add(const Entry& entry, Holder holder);

    std::mutex mutex_;
    std::unordered_map<Digest, Holder, Hash> holders_;
    std::unordered_set<std::uint64_t> sizes_;
};

}  // namespace envkeep::snapshot
