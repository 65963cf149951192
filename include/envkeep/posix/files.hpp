// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::posix {

// The real files, below roots that are opened once. For one thread at a time.
//
// No name is ever resolved through a link: openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS,
// or a walk with O_NOFOLLOW where the kernel has no openat2. Whoever swaps a folder for a link
// while we work gets an error (unsafe_path), never a change outside the root.
//
// What looking costs: the folder above a place is opened once (O_PATH) and kept, so `look` at a
// link is one readlinkat, `status` one statx, `look` at anything else both, `follow` one statx by
// absolute path. At most `kept_folders` of them are open; when full all are dropped. Every writer
// call drops them and opens its own; a long-lived process takes new Files for each observation.
//
// What writing promises beyond FileWriter:
// - New content stands under a temporary name (see system/temporary_name.hpp) with mode 0600 until
//   it is complete and has its mode; write_file and copy sync it first, overwrite_own_file does
//   not; nothing is synced on an overlay or tmpfs, which end with the container.
// - Without RENAME_NOREPLACE (NFS, some FUSE: EINVAL) a file or link comes to its name by link and
//   unlink; a folder by check and rename, where a race with another program remains. Without
//   RENAME_EXCHANGE a link or file is checked and renamed over, with the same race.
// - Removing takes the thing to a temporary name first, looks at it there, and puts it back if it
//   is another one than described. not_found if nothing stands there.
// - A mode, owner or time that the file system refuses to keep (EPERM and the like on what was just
//   made) is not an error of write and copy; set-id bits are dropped with the owner. The store
//   probe says beforehand what a file system honours. set_mode reads back and does fail.
class Files final : public system::FileReader, public system::FileWriter {
  public:
    static constexpr std::size_t kept_folders = 256;

    Files();
    // What is captured below the folder `root`: absolute paths and the links in them stay inside,
    // as with chroot(2). not_found if there is none.
    [[nodiscard]] static Result<Files> captured(const std::string& root);
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    Files(Files&&) noexcept;
    Files& operator=(Files&&) noexcept;
    ~Files() override;

    // Closes the folders kept open for looking, so that the next look resolves anew.
    void forget_folders();

    // A folder at or below a root for reading its names; the descriptor is the caller's.
    [[nodiscard]] Result<Fd> open_folder(const system::Place& place);

    struct RootFolder {
        Fd fd;  // O_PATH, the caller's own
        std::string path;
    };

    // Any thread may ask, whatever another thread does with this object meanwhile.
    [[nodiscard]] Result<RootFolder> share_root(system::RootId root) const;

    [[nodiscard]] Result<system::RootId> open_root(const std::string& absolute) override;
    [[nodiscard]] std::string root_path(system::RootId root) const override;

    [[nodiscard]] Result<system::Status> status(const system::Place& place) override;
    [[nodiscard]] Result<system::Seen> look(const system::Place& place) override;
    [[nodiscard]] Result<system::Status> follow(const std::string& absolute) override;
    [[nodiscard]] Result<std::string> real_path(const std::string& absolute) override;
    [[nodiscard]] Result<std::string> read_link(const system::Place& place) override;
    [[nodiscard]] Result<std::string> read_file(const system::Place& place,
                                                std::uint64_t limit) override;
    [[nodiscard]] Result<std::string> read_head(const system::Place& place,
                                                std::size_t count) override;
    [[nodiscard]] Result<std::string> read_uncached(const system::Place& place,
                                                    std::uint64_t limit) override;
    [[nodiscard]] Result<std::vector<system::Entry>> list(const system::Place& place) override;
    [[nodiscard]] Result<Digest> digest(const system::Place& file) override;
    [[nodiscard]] Result<bool> has_same_bytes(const system::Place& one,
                                              const system::Place& other) override;
    [[nodiscard]] Result<system::Space> space(system::RootId root) override;

    [[nodiscard]] Result<void> make_folder(const system::Place& place, std::uint32_t mode) override;
    [[nodiscard]] Result<void> make_folders(const system::Place& place,
                                            std::uint32_t mode) override;
    [[nodiscard]] Result<void> make_link(const system::Place& place,
                                         const std::string& target) override;
    [[nodiscard]] Result<void> make_hard_link(const system::Place& existing,
                                              const system::Place& place) override;
    [[nodiscard]] Result<void> replace_link(const system::Place& place,
                                            const std::string& old_target,
                                            const std::string& new_target) override;
    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& expected) override;
    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override;
    [[nodiscard]] Result<void> append(const system::Place& place, std::string_view line) override;
    [[nodiscard]] Result<system::CopyReport> copy(
        const system::Place& from,
        const system::Place& to,
        const system::CopyOptions& options,
        const std::optional<system::Status>& replaced) override;
    [[nodiscard]] Result<void> move(const system::Place& from, const system::Place& to) override;
    [[nodiscard]] Result<void> exchange(const system::Place& one,
                                        const system::Place& other) override;
    [[nodiscard]] Result<void> set_mode(const system::Place& place,
                                        const system::Status& seen,
                                        std::uint32_t mode) override;
    [[nodiscard]] Result<void> remove_link(const system::Place& place,
                                           const std::string& target) override;
    [[nodiscard]] Result<void> remove_file(const system::Place& place,
                                           const system::Status& seen) override;
    [[nodiscard]] Result<void> remove_empty_folder(const system::Place& place) override;
    [[nodiscard]] system::Locks try_locks(const system::Place& file) override;
    [[nodiscard]] Result<void> remove_own_tree(const system::Place& place) override;
    void name_temporaries_for(std::string_view run) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace envkeep::posix
