// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"
#include "posix/tree_folder.hpp"

#include <memory>
#include <string>

namespace envkeep::posix {

class FolderReader final : public system::FolderReader {
  public:
    explicit FolderReader(TreeFolder folder) : folder_(std::move(folder)) {}

    [[nodiscard]] Result<system::Status> status(const std::string& name) override;
    [[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open_file(
        const std::string& name) override;
    [[nodiscard]] Result<std::string> read_link(const std::string& name) override;
    [[nodiscard]] Result<std::vector<system::ExtendedAttribute>> extended() override;

  private:
    TreeFolder folder_;
};

// The regular file at a place below an open root.
[[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open_tree_file(
    const Files::RootFolder& root, const system::Place& place);

}  // namespace envkeep::posix
