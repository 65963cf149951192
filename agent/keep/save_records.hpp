// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/session_state.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace envkeep::keep {

// What was restored, by place.
class SaveRecords {
  public:
    explicit SaveRecords(const std::vector<store::RestoredFile>& files);  // which must outlive it

    // nullptr if nothing was restored there.
    [[nodiscard]] const store::RestoredFile* take(const std::string& place);

    // Those that nobody asked for: of files that are gone now, or that are kept no more.
    [[nodiscard]] std::vector<store::RestoredFile> rest() const;

  private:
    struct Known {
        const store::RestoredFile* file = nullptr;
        bool is_taken = false;
    };

    std::unordered_map<std::string_view, Known> by_place_;
};

}  // namespace envkeep::keep
