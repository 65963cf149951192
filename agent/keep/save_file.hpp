// SPDX-License-Identifier: MIT
#pragma once

#include "keep/save_sides.hpp"

#include <string>

namespace envkeep::keep {

// Decides about one file or link of the home, given what was restored and what the store holds now.
class FileSaver {
  public:
    // Links to below `store_path` are our own.
    FileSaver(const std::string& store_path,
              Merger* merger,
              system::FileReader& files,
              SaveWriter& writer)
        : store_path_(store_path), merger_(merger), files_(files), writer_(writer) {}

    void save_file(const SavePair& pair, const system::Status& home);
    void save_link(const SavePair& pair, const system::Status& home);

  private:
    void save_merged(const SavePair& pair);
    void cannot_merge(const SavePair& pair,
                      const system::Status& home,
                      const system::Status& store,
                      const Merged& merged);
    void compare(const SavePair& pair, const system::Status& home, const system::Status& store);
    // It could not be read as a whole, so that nothing is known of it.
    void hold_unread(const SavePair& pair, const Error& why);
    [[nodiscard]] bool is_ours(const std::string& target) const;

    const std::string& store_path_;
    Merger* merger_;
    system::FileReader& files_;
    SaveWriter& writer_;
};

}  // namespace envkeep::keep
