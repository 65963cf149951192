// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/records.hpp"
#include "snapshot/frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// Compressed texts in folders of the store.
namespace envkeep::snapshot {

// No text of ours is larger when it is decoded.
inline constexpr std::size_t largest_text = std::size_t{256} << 20U;

// In several frames, so that threads can share the work of decoding. A file that is there stays.
[[nodiscard]] Result<void> save_packed(const Shelf& shelf,
                                       std::string_view folder,
                                       const std::string& name,
                                       std::string_view text);
// The same in place of what is there: the one or the other has the name at any time.
[[nodiscard]] Result<void> replace_packed(const Shelf& shelf,
                                          std::string_view folder,
                                          const std::string& name,
                                          std::string_view text);
[[nodiscard]] Result<std::string> load_packed(const Shelf& shelf,
                                              std::string_view folder,
                                              const std::string& name);
// The same in two steps, for whoever does not do the same where it cannot be read and where it is
// damaged.
[[nodiscard]] Result<Bytes> read_packed(const Shelf& shelf,
                                        std::string_view folder,
                                        const std::string& name);
[[nodiscard]] Result<std::string> decode_packed(const Bytes& packed);

}  // namespace envkeep::snapshot
