// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/system/tree_content.hpp"

#include <memory>
#include <optional>
#include <string>

// What `gc` took out of the store lies in `trash/` for a day: whoever still needs it finds it
// there.
namespace envkeep::snapshot {

// Where "packs/NAME.tar.zst" lies in the trash, if it does: what came there last.
[[nodiscard]] std::optional<system::Place> in_trash(const store::Store& store,
                                                    system::FileReader& files,
                                                    const std::string& path);

// Moves to its place what a snapshot names and a `gc` has taken away: its layer, its lock and the
// packs of that layer. busy if something is neither here nor there. To be called once the snapshot
// is published: from then on no `gc` takes it.
[[nodiscard]] Result<void> take_back(const Shelf& shelf,
                                     const Snapshot& snapshot,
                                     const Layer& layer);

// Opens what has gone to the trash meanwhile there: a `gc` does not end a restore. The parts must
// outlive it.
class ReaderWithTrash final : public system::TreeReader {
  public:
    ReaderWithTrash(const store::Store& store,
                    system::FileReader& files,
                    system::TreeReader& reader)
        : store_(store), files_(files), reader_(reader) {}

    [[nodiscard]] Result<std::shared_ptr<system::FolderReader>> read_folder(
        const system::Place& place) override {
        return reader_.read_folder(place);
    }

    // Looks into the trash from one thread only.
    [[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open_file(
        const system::Place& place) override;

  private:
    const store::Store& store_;
    system::FileReader& files_;
    system::TreeReader& reader_;
};

}  // namespace envkeep::snapshot
