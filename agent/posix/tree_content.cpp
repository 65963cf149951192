// SPDX-License-Identifier: MIT
#include "envkeep/posix/tree_content.hpp"

#include "posix/tree_folder.hpp"
#include "posix/tree_reader.hpp"
#include "posix/tree_writer.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace envkeep::posix {

struct TreeContent::State {
    const Files& files;
    std::mutex mutex;
    std::map<system::RootId, Files::RootFolder> roots;  // its values stay where they are

    // Good for as long as this lives.
    Result<const Files::RootFolder*> root(system::RootId id) {
        const std::lock_guard lock(mutex);
        const auto known = roots.find(id);
        if (known != roots.end()) {
            return &known->second;
        }
        ENVKEEP_TRY(Files::RootFolder shared, files.share_root(id));
        return &roots.emplace(id, std::move(shared)).first->second;
    }

    Result<TreeFolder> folder(const system::Place& place) {
        ENVKEEP_TRY(const Files::RootFolder* top, root(place.root));
        return open_tree_folder(*top, place);
    }
};

TreeContent::TreeContent(const Files& files) : state_(new State{.files = files}) {}

TreeContent::~TreeContent() = default;

Result<std::shared_ptr<system::FolderReader>> TreeContent::read_folder(const system::Place& place) {
    ENVKEEP_TRY(TreeFolder folder, state_->folder(place));
    return std::make_shared<FolderReader>(std::move(folder));
}

Result<std::unique_ptr<system::OpenFile>> TreeContent::open_file(const system::Place& place) {
    ENVKEEP_TRY(const Files::RootFolder* root, state_->root(place.root));
    return open_tree_file(*root, place);
}

Result<std::shared_ptr<system::FolderWriter>> TreeContent::write_folder(
    const system::Place& place) {
    ENVKEEP_TRY(TreeFolder folder, state_->folder(place));
    return std::make_shared<FolderWriter>(std::move(folder));
}

Result<std::unique_ptr<system::NewFile>> TreeContent::create_file(const system::Place& folder) {
    ENVKEEP_TRY(const TreeFolder opened, state_->folder(folder));
    return create_store_file(opened);
}

}  // namespace envkeep::posix
