// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The rows of docs/conflicts.md, for one keep at a time. Pure.
namespace envkeep::keep {

// Who is to win where home and store differ.
enum class Wish { by_table, store, home, stop };

// All that a rule may look at.
struct Case {
    const WantedKeep& keep;
    const KeepSeen& seen;
    Wish wish = Wish::by_table;
    bool is_taken = false;  // the wish is that of `restore --take`, not the manifest's
    bool store_is_read_only = false;
    std::string place;  // absolute

    [[nodiscard]] bool has_store() const { return seen.store.kind != system::Kind::absent; }
};

struct Task {
    model::Action action;
    std::string why;
    std::string below;  // the name below the keep that it is about; empty: the keep itself
};

// What is to be done with one keep. Neither tasks nor a conflict: nothing.
struct Decision {
    std::vector<Task> tasks;
    std::optional<model::Conflict> conflict;
    std::string waits_for_store;  // why something was not done on a read-only store; empty: nothing
    bool puts_excluded_aside = false;
    bool leaves_mount_point = false;  // found by a pattern or a folder's listing, and left as it is

    Decision& add(model::Action action, std::string why, std::string below = {}) {
        tasks.push_back(
            {.action = std::move(action), .why = std::move(why), .below = std::move(below)});
        return *this;
    }
};

[[nodiscard]] Decision decide(const Case& one);

// By form; obstacles and wrong kinds are settled before.
[[nodiscard]] Decision decide_link(const Case& one);
[[nodiscard]] Decision decide_copy(const Case& one);
[[nodiscard]] Decision decide_packed(const Case& one);
[[nodiscard]] Decision decide_folder(const Case& one);

// Shared by links and copies.

// The bits of a mode that what is copied of that kind may have.
[[nodiscard]] std::uint32_t bound(const Case& one, system::Kind kind);
// "points elsewhere: '/opt/jupyter'".
[[nodiscard]] std::string words_for_link(const Case& one);
// Home -> store, where nothing stands there.
void add_seed(const Case& one, Decision& decision);
// The names that only the home has.
void add_missing(const Case& one, Decision& decision);
// The home's content replaces or joins the store's.
void add_home_wins(const Case& one, Decision& decision);
// The source as an empty file or folder.
void add_empty_source(const Case& one, Decision& decision);

}  // namespace envkeep::keep
