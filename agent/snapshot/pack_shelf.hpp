// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "snapshot/pack_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// The packs of a layer, each opened when it is first needed.
class PackShelf {
  public:
    PackShelf(const std::vector<std::string>& names,
              const system::Place& folder,
              system::TreeReader& reader);

    // Whether the first frame holds all `size` bytes from `where` on; io if there are not so many.
    // Opens the pack: for one thread.
    [[nodiscard]] Result<bool> is_in_one_frame(const Location& where, std::uint64_t size);

    // One that was asked for above.
    [[nodiscard]] const PackReader& pack(std::uint32_t index) const {
        return books_[index]->value().reader;
    }

  private:
    struct Book {
        PackReader reader;
        std::vector<std::uint64_t> ends;  // of each frame, in decoded bytes
    };

    [[nodiscard]] Result<Book> open(const std::string& name);

    const std::vector<std::string>& names_;
    system::Place folder_;
    system::TreeReader& reader_;
    std::vector<std::optional<Result<Book>>> books_;
};

}  // namespace envkeep::snapshot
