// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::posix {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using system::Kind;
using system::Place;
using system::Status;
using testing::TempTree;

// Why something failed; nothing if it did not.
template <typename T>
std::optional<ErrorKind> kind_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().kind);
}

// Files below a fresh folder on a real file system.
class FilesTest : public ::testing::Test {
  protected:
    FilesTest() = default;

    explicit FilesTest(const std::string& parent) : tree(parent) {}

    [[nodiscard]] Place at(std::string_view path) const {
        return {.root = root, .path = RelPath::parse(path).value()};
    }

    // What stands there, for calls that want to be told what was seen.
    [[nodiscard]] Status seen(std::string_view path) { return files.status(at(path)).value(); }

    TempTree tree;
    Files files;
    system::RootId root = files.open_root(tree.path()).value();
};

// The same in memory, for tests that make many files.
class ManyFilesTest : public FilesTest {
  protected:
    ManyFilesTest() : FilesTest("/dev/shm") {}
};

}  // namespace envkeep::posix
