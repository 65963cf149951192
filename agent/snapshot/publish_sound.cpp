// SPDX-License-Identifier: MIT
#include "snapshot/publish_sound.hpp"

#include <memory>

namespace envkeep::snapshot {
namespace {

// Another session may have mended it meanwhile: then it is not what was seen, and stays.
Result<void> remove_damaged(const Naming& naming) {
    ENVKEEP_TRY(const std::shared_ptr<system::FolderReader> folder,
                naming.reader.read_folder(naming.folder));
    ENVKEEP_TRY(const system::Status seen, folder->status(naming.name));
    ENVKEEP_TRY(const std::shared_ptr<system::FolderWriter> above,
                naming.writer.write_folder(naming.folder));
    return above->remove(naming.name, seen);
}

}  // namespace

Result<void> publish_sound(system::NewFile& file,
                           const Naming& naming,
                           const std::function<bool()>& is_sound) {
    constexpr int most_tries = 3;
    for (int tried = 1;; ++tried) {
        Result<void> outcome = file.publish(naming.name);
        if (outcome || outcome.error().kind != ErrorKind::already_exists) {
            return outcome;
        }
        if (is_sound()) {
            return {};
        }
        const Result<void> removed = remove_damaged(naming);
        if (tried == most_tries) {
            return removed ? outcome : removed;
        }
    }
}

}  // namespace envkeep::snapshot
