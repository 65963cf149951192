// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/system/tree_content.hpp"

#include <memory>

namespace envkeep::posix {

// Reads and builds real trees, from any number of threads. Each folder is opened once, without
// passing through any link (as Files does it), and all else is done by name in it; whoever swaps a
// folder for a link afterwards changes nothing for an open one.
//
// What it costs, in system calls:
// - a folder: one openat2 (and statx for the first file made in it, to learn how files are born
//   there);
// - a new file: openat, write, futimens, close; fchown if its owner is not ours, fsetxattr for each
//   extended attribute, fchmod if the umask, the owner, an access list or set-id bits ask for it;
// - a new link: symlinkat, utimensat; a second name: statx, linkat;
// - a replaced file or link: a temporary name, a look at what stands there, an exchange, two more
//   looks and an unlink: about ten more. An overlay copies what it replaces to its own layer first;
// - a built file: about eight, and one pwrite for each piece, or each run of blocks that are not
//   all zero;
// - an opened file: openat, statx, close.
//
// It goes on without what the file system or the kernel refuses to keep, as the copies of Files do:
// the owner (and then set-id bits), extended attributes, mode, times; only set_attributes fails
// where mode or times are not ours to change. In trees nothing is synced: the disk of a container
// ends with it.
class TreeContent final : public system::TreeReader, public system::TreeWriter {
  public:
    // Knows the roots that `files` has opened or will have; that must outlive it.
    explicit TreeContent(const Files& files);
    TreeContent(const TreeContent&) = delete;
    TreeContent& operator=(const TreeContent&) = delete;
    ~TreeContent() override;

    [[nodiscard]] Result<std::shared_ptr<system::FolderReader>> read_folder(
        const system::Place& place) override;
    [[nodiscard]] Result<std::unique_ptr<system::OpenFile>> open_file(
        const system::Place& place) override;
    [[nodiscard]] Result<std::shared_ptr<system::FolderWriter>> write_folder(
        const system::Place& place) override;
    [[nodiscard]] Result<std::unique_ptr<system::NewFile>> create_file(
        const system::Place& folder) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace envkeep::posix
