// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/store/layout.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace envkeep::store {

// A persistent folder `storage` with an empty store in it, on real files.
class StoreTest : public ::testing::Test {
  protected:
    StoreTest() { tree.folder("storage/envkeep", 0700).folder("home"); }

    [[nodiscard]] Store opened_store() { return store_at(tree / "storage"); }

    [[nodiscard]] Store store_at(const std::string& base) {
        return {.base = files.open_root(base).value(),
                .root = files.open_root(base + "/envkeep").value(),
                .base_path = base,
                .path = base + "/envkeep",
                .id = "0123456789abcdef",
                .created = "2026-11-20T23:24:59Z"};
    }

    [[nodiscard]] system::RootId home() { return files.open_root(tree / "home").value(); }

    testing::TempTree tree;
    posix::Files files;
    posix::Machine machine{posix::environment()};
};

}  // namespace envkeep::store
