// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/wanted.hpp"
#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <string>
#include <string_view>

namespace envkeep::testing {

// A home and a store side by side, on a real file system.
struct SaveWorld {
    TempTree tree;
    posix::Files files;
    system::RootId home;
    system::RootId store;

    SaveWorld() {
        tree.folder("home").folder("store");
        home = files.open_root(tree / "home").value();
        store = files.open_root(tree / "store").value();
    }

    [[nodiscard]] system::Place in_home(std::string_view path) const {
        return {.root = home, .path = RelPath::parse(path).value()};
    }

    [[nodiscard]] system::Place in_store(std::string_view path) const {
        return {.root = store, .path = RelPath::parse(path).value()};
    }

    // A keep whose source has the same path in the store.
    [[nodiscard]] keep::WantedKeep keep(std::string_view path,
                                        keep::Form form,
                                        manifest::Preset preset = manifest::Preset::none) const {
        keep::WantedKeep wanted;
        wanted.subject = "~/" + std::string(path);
        wanted.place = in_home(path);
        wanted.source = in_store(path);
        wanted.target = tree / ("store/" + std::string(path));
        wanted.form = form;
        wanted.preset = preset;
        return wanted;
    }
};

}  // namespace envkeep::testing
