// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace envkeep::testing {

// TreeReader and the part of TreeWriter that makes files of a store, by plain calls that follow
// links: for tests of what stands above them.
class PlainTree final : public system::TreeReader, public system::TreeWriter {
  public:
    explicit PlainTree(const system::FileReader& roots) : roots_(roots) {}

    // Called with the path of a file after each read of it: to change it under the reader's hands.
    std::function<void(const std::string& path)> after_read;
    // All that may be written; then no_space.
    std::atomic<std::uint64_t> space{std::numeric_limits<std::uint64_t>::max()};

    [[nodiscard]] Result<std::shared_ptr<system::FolderReader>> read_folder(
        const system::Place& place) override;
    [[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open_file(
        const system::Place& place) override;
    [[nodiscard]] Result<std::shared_ptr<system::FolderWriter>> write_folder(
        const system::Place& place) override;
    [[nodiscard]] Result<std::unique_ptr<system::NewFile>> create_file(
        const system::Place& folder) override;

  private:
    const system::FileReader& roots_;
};

}  // namespace envkeep::testing
