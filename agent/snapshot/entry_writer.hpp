// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// Carries single steps out. Keeps the folders of the last ones open: neighbours share them, and
// copies of the same package lie in a few that come in turn. For one thread.
class EntryWriter {
  public:
    EntryWriter(const Layer& layer, const Roots& roots, system::TreeWriter& writer)
        : layer_(layer), roots_(roots), writer_(writer) {}

    [[nodiscard]] Result<void> make_folder(const LayerStep& step);
    [[nodiscard]] Result<void> complete_folder(const LayerStep& step);

    [[nodiscard]] Result<void> make_file(const LayerStep& step, std::span<const std::byte> content);
    [[nodiscard]] Result<std::unique_ptr<system::FileBuilder>> begin_file(const LayerStep& step);
    [[nodiscard]] Result<void> make_link(const LayerStep& step);
    [[nodiscard]] Result<void> make_hard_link(const LayerStep& step);
    [[nodiscard]] Result<void> set_attributes(const LayerStep& step);

  private:
    using Folder = std::shared_ptr<system::FolderWriter>;

    // A name in an open folder.
    struct Spot {
        Folder folder;
        std::string name;
    };

    [[nodiscard]] const Entry& entry_of(const LayerStep& step) const {
        return layer_.entries[step.entry];
    }

    struct Open {
        system::Place place;
        Folder folder;
    };

    static constexpr std::size_t most_open = 8;

    [[nodiscard]] Result<Folder> folder_at(system::Place place);
    [[nodiscard]] Result<Spot> spot_of(const std::string& path);
    [[nodiscard]] static Result<system::FolderWriter::Replaced> make_room(const LayerStep& step,
                                                                          const Spot& spot);

    const Layer& layer_;
    const Roots& roots_;
    system::TreeWriter& writer_;
    std::vector<Open> open_;  // the last one used first
};

}  // namespace envkeep::snapshot
