// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// A folder of its own on a real file system, removed with all that is in it at the end. Paths are
// relative to it; the builders make missing parents (0755) and throw std::system_error on failure.
class TempTree {
  public:
    TempTree();                                    // below $TMPDIR or /tmp
    explicit TempTree(const std::string& parent);  // on another file system

    TempTree(const TempTree&) = delete;
    TempTree& operator=(const TempTree&) = delete;
    ~TempTree();

    TempTree& folder(std::string_view path, std::uint32_t mode = 0755);
    // An existing file gets new content (same inode).
    TempTree& file(std::string_view path, std::string_view content = {}, std::uint32_t mode = 0644);
    TempTree& link(std::string_view path, std::string_view target);
    TempTree& hard_link(std::string_view path, std::string_view existing);
    TempTree& fifo(std::string_view path);
    TempTree& mode(std::string_view path, std::uint32_t mode);
    TempTree& owner(std::string_view path, std::uint32_t uid, std::uint32_t gid);
    // Nanoseconds since 1970; of a link itself.
    TempTree& modified(std::string_view path, std::int64_t nanoseconds);
    TempTree& remove(std::string_view path);  // with all below it
    TempTree& rename(std::string_view from, std::string_view to);

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::string operator/(std::string_view path) const;

    // Of the thing itself, links not followed.
    [[nodiscard]] bool exists(std::string_view path) const;
    [[nodiscard]] bool is_link(std::string_view path) const;
    [[nodiscard]] std::string content(std::string_view path) const;  // links followed
    [[nodiscard]] std::string target(std::string_view path) const;
    [[nodiscard]] std::uint32_t mode_of(std::string_view path) const;
    [[nodiscard]] std::int64_t modified_at(std::string_view path) const;

    // Sorted lines, one for each thing below `path`, to compare before and after:
    //   "a folder 0755", "a/f file 0644 <16 hex digits of the digest>", "a/l link -> target",
    //   "a/p other 0644".
    [[nodiscard]] std::vector<std::string> snapshot(std::string_view path = {}) const;

  private:
    std::string path_;
};

}  // namespace envkeep::testing
