// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/snapshot/records.hpp"
#include "support/plain_tree.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::snapshot {

// A store on real files, with nothing in it.
class ShelfTest : public ::testing::Test {
  protected:
    static store::Store made_store(testing::TempTree& tree, posix::Files& files) {
        tree.folder("storage/envkeep");
        return {.base = files.open_root(tree / "storage").value(),
                .root = files.open_root(tree / "storage/envkeep").value(),
                .base_path = tree / "storage",
                .path = tree / "storage/envkeep",
                .id = "0",
                .created = ""};
    }

    static std::string in_store(const std::string& path) { return "storage/envkeep/" + path; }

    testing::TempTree tree;
    posix::Files files;
    testing::PlainTree plain{files};
    store::Store store = made_store(tree, files);
    Shelf shelf{
        .store = store, .files = files, .reader = plain, .writer = &files, .tree_writer = &plain};
};

}  // namespace envkeep::snapshot
