// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/tree_content.hpp"
#include "files_test.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace envkeep::posix {

using system::Attributes;
using system::ExtendedAttribute;

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// Real trees below a fresh folder "t".
class TreeContentTest : public FilesTest {
  protected:
    TreeContentTest() { tree.folder("t"); }

    static constexpr std::int64_t then = 1'500'000'000'123'456'789;

    [[nodiscard]] static Attributes attributes(std::uint32_t mode) {
        return {.mode = mode,
                .uid = ::geteuid(),
                .gid = ::getegid(),
                .modified = WallTime(std::chrono::nanoseconds(then))};
    }

    [[nodiscard]] std::shared_ptr<system::FolderWriter> writer(std::string_view path = "t") {
        return content.write_folder(at(path)).value();
    }

    [[nodiscard]] std::shared_ptr<system::FolderReader> reader(std::string_view path = "t") {
        return content.read_folder(at(path)).value();
    }

    [[nodiscard]] struct ::stat stat_of(std::string_view path) const {
        struct ::stat found{};
        EXPECT_EQ(::lstat((tree / path).c_str(), &found), 0) << path;
        return found;
    }

    [[nodiscard]] std::string extended(std::string_view path, const char* name) const {
        std::string value(100, '\0');
        const ssize_t size = ::lgetxattr((tree / path).c_str(), name, value.data(), value.size());
        value.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return value;
    }

    TreeContent content{files};
};

}  // namespace envkeep::posix
