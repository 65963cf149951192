// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envkeep::system {

// What stands at a path, links followed.
struct Node {
    Kind kind = Kind::absent;
    bool is_device = false;  // then `kind` is `other`
    std::uint32_t mode = 0;  // the permission bits, 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;
    unsigned major = 0;  // of a device
    unsigned minor = 0;
    WallTime modified{};

    friend bool operator==(const Node&, const Node&) = default;
};

// A regular file that is read in several parts.
class OpenedFile {
  public:
    virtual ~OpenedFile() = default;

    // Of the file, as Node tells it.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    // Shorter where the file ends.
    [[nodiscard]] virtual Result<std::string> read_at(std::uint64_t offset,
                                                      std::uint64_t count) const = 0;
};

// What a diagnosis looks at: the files, folders and device nodes of this machine, or of one that
// was captured. It looks only. Paths are absolute; links are followed as the machine's programs do.
class Inspector {
  public:
    virtual ~Inspector() = default;

    // Absent is an answer, also where a part of the path is missing.
    [[nodiscard]] virtual Result<Node> node(const std::string& path) const = 0;
    // What open(2) for reading and writing would meet, asked with faccessat(2) and without opening:
    // 0, EACCES by the mode, EPERM by the device cgroup, ENOENT, ...
    [[nodiscard]] virtual int access_error(const std::string& path) const = 0;
    // unsupported for what is no regular file or larger than `limit` bytes.
    [[nodiscard]] virtual Result<std::string> read(const std::string& path,
                                                   std::uint64_t limit) const = 0;
    // A part of a regular file; shorter where the file ends.
    [[nodiscard]] virtual Result<std::string> read_at(const std::string& path,
                                                      std::uint64_t offset,
                                                      std::uint64_t count) const = 0;
    // Opened once for all its parts where the machine is at hand; else each part is a read_at().
    // Outlived by the inspector. unsupported for what is no regular file.
    [[nodiscard]] virtual Result<std::unique_ptr<OpenedFile>> open_file(
        const std::string& path) const;
    // Names, sorted; empty if there is no such folder.
    [[nodiscard]] virtual std::vector<Entry> list(const std::string& path) const = 0;
    // Of a link itself; not_found if there is none.
    [[nodiscard]] virtual Result<std::string> link_target(const std::string& path) const = 0;
    [[nodiscard]] virtual Result<std::string> real_path(const std::string& path) const = 0;
    // Of the file system at that path.
    [[nodiscard]] virtual Result<Space> space(const std::string& path) const = 0;
};

}  // namespace envkeep::system
