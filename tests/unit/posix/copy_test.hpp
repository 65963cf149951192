// SPDX-License-Identifier: MIT
#pragma once

#include "files_test.hpp"

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::posix {

using system::CopyOptions;

class CopyTest : public FilesTest {
  protected:
    [[nodiscard]] struct ::stat stat_of(const std::string& path) const {
        struct ::stat found{};
        EXPECT_EQ(::lstat((tree / path).c_str(), &found), 0) << path;
        return found;
    }

    [[nodiscard]] Result<system::CopyReport> copy(std::string_view from, std::string_view to) {
        return files.copy(at(from), at(to), {}, {});
    }

    // Nothing else than these names is in the top folder: no half-made thing was left.
    [[nodiscard]] std::vector<std::string> names() {
        std::vector<std::string> all;
        const auto entries = files.list(at(""));
        for (const auto& entry : entries.value()) {
            all.push_back(entry.name);
        }
        return all;
    }
};

}  // namespace envkeep::posix
