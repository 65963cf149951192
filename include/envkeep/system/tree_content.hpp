// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/system/files.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Reading and building whole trees at the speed of the disk: an open folder is asked by name, from
// as many threads as there are. Names are single components; no link is ever followed.
namespace envkeep::system {

struct ExtendedAttribute {
    std::string name;  // "security.capability", "user.x"
    std::string value;

    friend bool operator==(const ExtendedAttribute&, const ExtendedAttribute&) = default;
    friend auto operator<=>(const ExtendedAttribute&, const ExtendedAttribute&) = default;
};

// What a tree gives back beside names and bytes.
struct Attributes {
    std::uint32_t mode = 0;  // the permission bits, 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    WallTime modified{};
    std::vector<ExtendedAttribute> extended{};  // user.*, access lists, security.capability

    friend bool operator==(const Attributes&, const Attributes&) = default;
};

// A regular file, open for reading. Its access time stays (O_NOATIME) where the kernel allows it.
class OpenFile {
  public:
    virtual ~OpenFile() = default;

    // As it is now.
    [[nodiscard]] virtual Result<Status> status() = 0;
    // Fills `buffer` as far as there are bytes; less only at the end of the file.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      std::span<std::byte> buffer) = 0;

    // That this will be read soon: a disk may fetch it meanwhile.
    virtual void expect(std::uint64_t /*offset*/, std::uint64_t /*size*/) {}

    [[nodiscard]] virtual Result<std::vector<ExtendedAttribute>> extended() = 0;
};

class FolderReader {
  public:
    virtual ~FolderReader() = default;

    // Of the folder itself for an empty name.
    [[nodiscard]] virtual Result<Status> status(const std::string& name) = 0;
    // Refuses (unsupported) what is no regular file; unsafe_path for a link.
    [[nodiscard]] virtual Result<std::unique_ptr<OpenFile>> open_file(const std::string& name) = 0;
    [[nodiscard]] virtual Result<std::string> read_link(const std::string& name) = 0;
    // Of the folder itself.
    [[nodiscard]] virtual Result<std::vector<ExtendedAttribute>> extended() = 0;
};

// A file that is being built from pieces in any order, by several threads; it goes with this object
// unless it was finished.
class FileBuilder {
  public:
    virtual ~FileBuilder() = default;

    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset,
                                                std::span<const std::byte> bytes) = 0;
    // The size, for a file that ends in a hole; attributes, times last; then its name.
    [[nodiscard]] virtual Result<void> finish(std::uint64_t size, const Attributes& attributes) = 0;
};

// Each call that makes something takes what it may replace: the file or link that was seen there
// (conflict if another stands there by now, and that one stays). Without it nothing may stand there
// (already_exists). What is new has its time of modification only when it is complete.
class FolderWriter {
  public:
    virtual ~FolderWriter() = default;

    using Replaced = std::optional<Status>;

    [[nodiscard]] virtual Result<void> make_file(const std::string& name,
                                                 std::span<const std::byte> content,
                                                 const Attributes& attributes,
                                                 const Replaced& replaced) = 0;
    // Takes its name at `finish`. `is_sparse`: blocks of zeros are left as holes.
    [[nodiscard]] virtual Result<std::unique_ptr<FileBuilder>> begin_file(
        const std::string& name, bool is_sparse, const Replaced& replaced) = 0;
    [[nodiscard]] virtual Result<void> make_link(const std::string& name,
                                                 const std::string& target,
                                                 const Attributes& attributes,
                                                 const Replaced& replaced) = 0;
    // A second name for the regular file `existing` of `folder`, which this kind of writer opened.
    [[nodiscard]] virtual Result<void> make_hard_link(const std::string& name,
                                                      FolderWriter& folder,
                                                      const std::string& existing,
                                                      const Replaced& replaced) = 0;
    // Mode 0700 until set_attributes; well too if a folder is there already.
    [[nodiscard]] virtual Result<void> make_folder(const std::string& name) = 0;
    // Of a file, link or folder that still is the one seen (conflict); for an empty name of the
    // folder itself, whatever was seen. What may be carried and is not among the attributes goes.
    [[nodiscard]] virtual Result<void> set_attributes(const std::string& name,
                                                      const Status& seen,
                                                      const Attributes& attributes) = 0;
    // A file or a link, if it still is the one seen with the size and time of modification seen; a
    // folder, if it is the one seen and empty; else conflict.
    [[nodiscard]] virtual Result<void> remove(const std::string& name, const Status& seen) = 0;
};

// A new file of a store: it appears under its name complete and synced, or not at all.
class NewFile {
  public:
    virtual ~NewFile() = default;

    [[nodiscard]] virtual Result<void> append(std::span<const std::byte> bytes) = 0;
    // Synced, closed and named without replacing (already_exists), then the folder is synced.
    [[nodiscard]] virtual Result<void> publish(const std::string& name) = 0;
};

// Opens what stands at places below roots that were opened before; for several threads.
class TreeReader {
  public:
    virtual ~TreeReader() = default;

    // not_found, or unsafe_path if a link is on the way.
    [[nodiscard]] virtual Result<std::shared_ptr<FolderReader>> read_folder(const Place& place) = 0;
    [[nodiscard]] virtual Result<std::unique_ptr<OpenFile>> open_file(const Place& place) = 0;
};

class TreeWriter {
  public:
    virtual ~TreeWriter() = default;

    [[nodiscard]] virtual Result<std::shared_ptr<FolderWriter>> write_folder(
        const Place& place) = 0;
    // Under a temporary name in `folder`, mode 0600, until it is published.
    [[nodiscard]] virtual Result<std::unique_ptr<NewFile>> create_file(const Place& folder) = 0;
};

}  // namespace envkeep::system
