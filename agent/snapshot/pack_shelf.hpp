// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "snapshot/pack_reader.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// The packs of a layer, each opened when it is first needed. A layer may name thousands: what was
// not used for the longest time is closed, and opened again when it is asked for.
class PackShelf {
  public:
    PackShelf(const std::vector<std::string>& names,
              const system::Place& folder,
              system::TreeReader& reader);

    // So many packs stay open at a time.
    static constexpr std::size_t most_open = 64;

    // Whether the first frame holds all `size` bytes from `where` on; io if there are not so many.
    // For one thread, before any frame is read.
    [[nodiscard]] Result<bool> is_in_one_frame(const Location& where, std::uint64_t size);

    // Of one that was asked for above.
    [[nodiscard]] const PackIndex& index(std::uint32_t pack) const {
        return books_[pack]->value().index;
    }

    using Pack = std::shared_ptr<const PackReader>;

    // Likewise, open; for several threads.
    [[nodiscard]] Result<Pack> open(std::uint32_t pack);

  private:
    struct Book {
        PackIndex index;
        std::vector<std::uint64_t> ends;  // of each frame, in decoded bytes
    };

    struct Open {
        std::uint32_t number = 0;
        Pack pack;
    };

    [[nodiscard]] Result<Book> book_of(std::uint32_t pack);

    const std::vector<std::string>& names_;
    system::Place folder_;
    system::TreeReader& reader_;
    std::vector<std::optional<Result<Book>>> books_;
    std::mutex mutex_;
    std::list<Open> open_;  // the last one used first
};

}  // namespace envkeep::snapshot
