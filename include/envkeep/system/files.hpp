// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What can be asked of files (FileReader) and done to them (FileWriter). Whoever only looks gets
// only the reader, so that "a dry run writes nothing" holds by type.
namespace envkeep::system {

// A folder that was opened once, links followed, because the user named it: home, store, ...
struct RootId {
    std::uint16_t index = 0;

    friend bool operator==(const RootId&, const RootId&) = default;
    friend auto operator<=>(const RootId&, const RootId&) = default;
};

// A path below a root. No link on the way to it is ever followed, nor is the place itself.
struct Place {
    RootId root;
    RelPath path;

    [[nodiscard]] Place parent() const { return {.root = root, .path = path.parent()}; }

    [[nodiscard]] Place child(std::string_view name) const {
        return {.root = root, .path = path.child(name)};
    }

    [[nodiscard]] Place joined(const RelPath& below) const {
        return {.root = root, .path = path.joined(below)};
    }

    friend bool operator==(const Place&, const Place&) = default;
    friend auto operator<=>(const Place&, const Place&) = default;
};

enum class Kind { absent, file, folder, link, other };  // other: device, fifo, socket

struct Status {
    Kind kind = Kind::absent;
    std::uint32_t mode = 0;  // the permission bits, 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;
    std::uint64_t allocated = 0;  // bytes that it takes on its disk: fewer where it has holes
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t links = 0;
    WallTime modified{};
    WallTime changed{};
    bool is_mount_point =
        false;  // Linux 5.8 statx; else from a device that differs from its parent's

    friend bool operator==(const Status&, const Status&) = default;

    [[nodiscard]] bool is_same_file(const Status& other) const {
        return device == other.device && inode == other.inode;
    }
};

struct Entry {
    std::string name;
    Kind kind = Kind::absent;

    friend bool operator==(const Entry&, const Entry&) = default;
};

struct Space {
    std::uint64_t total = 0;  // bytes
    std::uint64_t free = 0;   // bytes that this user may take
    std::uint64_t free_inodes = 0;
    std::uint64_t total_inodes = 0;  // 0: this file system counts none

    // Whether so much more goes in, as far as the file system tells.
    [[nodiscard]] bool holds(std::uint64_t bytes, std::uint64_t files) const {
        return (total == 0 || bytes <= free) && (total_inodes == 0 || files <= free_inodes);
    }
};

// What became of exclusive locks (fcntl and flock) on one file by two who opened it.
enum class Locks {
    unknown,
    honoured,
    ignored,  // both got it
    refused,  // none got it
    hung,     // no answer within a second
};

// What stands at a place, with one system call where it is a link.
struct Seen {
    Status status;       // for a link only `kind` is sure to be set
    std::string target;  // of a link
};

class FileReader {
  public:
    virtual ~FileReader() = default;

    // The same folder gives the same id. not_found if it is no folder.
    [[nodiscard]] virtual Result<RootId> open_root(const std::string& absolute) = 0;
    [[nodiscard]] virtual std::string root_path(RootId root) const = 0;

    // The absolute path of a place, for messages and link targets.
    [[nodiscard]] std::string absolute(const Place& place) const;

    // Absent (also below a missing folder) is an answer; unsafe_path if a link is on the way.
    [[nodiscard]] virtual Result<Status> status(const Place& place) = 0;
    [[nodiscard]] virtual Result<Seen> look(const Place& place) = 0;

    // Where an absolute path leads when links are followed, as the user's programs would; absent
    // for a dangling link, conflict for a loop (ELOOP).
    [[nodiscard]] virtual Result<Status> follow(const std::string& absolute) = 0;
    // realpath(3): not_found if a part is missing.
    [[nodiscard]] virtual Result<std::string> real_path(const std::string& absolute) = 0;

    [[nodiscard]] virtual Result<std::string> read_link(const Place& place) = 0;
    // Refuses (unsupported) what is no regular file or larger than `limit` bytes.
    [[nodiscard]] virtual Result<std::string> read_file(const Place& place,
                                                        std::uint64_t limit) = 0;
    // The first bytes of a regular file, at most `count`.
    [[nodiscard]] virtual Result<std::string> read_head(const Place& place, std::size_t count) = 0;

    // read_file from the file system itself, as far as the kernel lets go of what it holds of it.
    [[nodiscard]] virtual Result<std::string> read_uncached(const Place& place,
                                                            std::uint64_t limit) {
        return read_file(place, limit);
    }

    // Sorted by name, without "." and "..".
    [[nodiscard]] virtual Result<std::vector<Entry>> list(const Place& place) = 0;

    [[nodiscard]] virtual Result<Digest> digest(const Place& file) = 0;
    [[nodiscard]] virtual Result<bool> has_same_bytes(const Place& one, const Place& other) = 0;
    [[nodiscard]] virtual Result<Space> space(RootId root) = 0;
};

// How a copied file or folder comes to its mode: the source's bits and this bound.
struct CopyOptions {
    std::uint32_t file_bound = 07777;
    std::uint32_t folder_bound = 07777;
    // The exact mode of what is at a path in the tree (the root: itself); empty or none: by the
    // bounds.
    std::function<std::optional<std::uint32_t>(const RelPath&)> mode_of;
    // Names (relative to the tree) that are left out; empty: all is copied.
    std::function<bool(const RelPath&)> leaves_out;
    // Where the file that is replaced goes, the very one that programs may still have open; on the
    // same file system, and nothing stands there. Empty: it is removed.
    std::optional<Place> replaced_goes_to = std::nullopt;
    // Called before each of what is in a folder: for what must be done while a copy takes minutes.
    std::function<void()> before_each{};
};

// What a tree that was copied held; what could not be copied is named, never passed over.
struct CopyReport {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> left_out;           // sockets, fifos, devices
    std::vector<std::string> lost_attributes{};  // copied, but not every extended attribute of it
};

class FileWriter {
  public:
    virtual ~FileWriter() = default;

    // already_exists if something stands there.
    [[nodiscard]] virtual Result<void> make_folder(const Place& place, std::uint32_t mode) = 0;
    // Makes what is missing of the folders down to `place`; a link or file on the way is refused.
    [[nodiscard]] virtual Result<void> make_folders(const Place& place, std::uint32_t mode) = 0;
    // already_exists if something stands there.
    [[nodiscard]] virtual Result<void> make_link(const Place& place, const std::string& target) = 0;
    // A second name for a regular file; already_exists if something stands there, unsupported where
    // the file system has none.
    [[nodiscard]] virtual Result<void> make_hard_link(const Place& existing,
                                                      const Place& place) = 0;
    // One rename. conflict if what stood there was not a link to `old_target`; it is put back then.
    [[nodiscard]] virtual Result<void> replace_link(const Place& place,
                                                    const std::string& old_target,
                                                    const std::string& new_target) = 0;

    // A file appears complete or not at all; `expected` (if given) must still stand there, else
    // conflict; without it, already_exists if something stands there.
    [[nodiscard]] virtual Result<void> write_file(const Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode,
                                                  const std::optional<Status>& expected) = 0;
    // write_file over whatever regular file (or nothing) is there: for files that only we write.
    [[nodiscard]] virtual Result<void> overwrite_own_file(const Place& place,
                                                          std::string_view content,
                                                          std::uint32_t mode) = 0;
    // One write with O_APPEND and fdatasync, the file made (0600) if missing.
    [[nodiscard]] virtual Result<void> append(const Place& place, std::string_view line) = 0;

    // File, folder or link; modes, times and links inside are kept, hard links inside too. The copy
    // is read back and compared, then appears under its name by one rename. already_exists if
    // something stands there, unless `replaced` names the regular file that may be replaced
    // (conflict if it changed).
    [[nodiscard]] virtual Result<CopyReport> copy(const Place& from,
                                                  const Place& to,
                                                  const CopyOptions& options,
                                                  const std::optional<Status>& replaced) = 0;

    // rename that never replaces (already_exists); cross_device where the kernel refuses.
    [[nodiscard]] virtual Result<void> move(const Place& from, const Place& to) = 0;
    // Swaps two existing names in one step; unsupported or cross_device where the kernel refuses.
    [[nodiscard]] virtual Result<void> exchange(const Place& one, const Place& other) = 0;

    // Never follows a link; the mode is read back: unsupported if the file system did not take it.
    // `seen` must still be what stands there (same device and inode), else conflict.
    [[nodiscard]] virtual Result<void> set_mode(const Place& place,
                                                const Status& seen,
                                                std::uint32_t mode) = 0;

    // Each refuses (conflict) what is not exactly as described.
    [[nodiscard]] virtual Result<void> remove_link(const Place& place,
                                                   const std::string& target) = 0;
    [[nodiscard]] virtual Result<void> remove_file(const Place& place, const Status& seen) = 0;
    [[nodiscard]] virtual Result<void> remove_empty_folder(const Place& place) = 0;
    // From now on temporary names bear the numbers of that run (see temporary_name.hpp), so that
    // what it leaves behind if it is killed is known for its own; empty: random ones.
    virtual void name_temporaries_for(std::string_view run) = 0;

    // Asked in a process of its own, which is left alone if it hangs; `file` is one of our own.
    [[nodiscard]] virtual Locks try_locks(const Place& /*file*/) { return Locks::unknown; }

    // Only for trees that envkeep itself made (copies under a temporary name, probe scratch).
    [[nodiscard]] virtual Result<void> remove_own_tree(const Place& place) = 0;
};

}  // namespace envkeep::system
