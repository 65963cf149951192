// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::keep {

// A larger history is a copy as any other.
inline constexpr std::uint64_t largest_history = 16U << 20U;

[[nodiscard]] bool is_database(std::string_view head);

// What a home remembers of its files that are merged, in `.envkeep-state/merge`.
class MergeMemory {
  public:
    MergeMemory(system::RootId home, system::FileReader& files, system::FileWriter& writer)
        : home_(home), files_(files), writer_(writer) {}

    // What the file was when all of it was in the store; none of a database.
    [[nodiscard]] std::optional<std::string> known(const system::Place& place);
    [[nodiscard]] bool is_known(const system::Place& place);
    // From now on that is it. What cannot be remembered is compared without it.
    void remember(const system::Place& place, std::string_view text);
    // The same, of what stands at `source`.
    void remember_content_of(const system::Place& place, const system::Place& source);

    // Where what is to go to the store is put first.
    [[nodiscard]] system::Place prepared(const system::Place& place) const;
    [[nodiscard]] Result<void> make_folder();

  private:
    [[nodiscard]] system::Place file_for(const system::Place& place, std::string_view ending) const;

    system::RootId home_;
    system::FileReader& files_;
    system::FileWriter& writer_;
};

}  // namespace envkeep::keep
