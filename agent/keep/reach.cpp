// SPDX-License-Identifier: MIT
#include "envkeep/keep/reach.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace envkeep::keep {
namespace {

using store::Change;

enum class Side { home, store };

// Written by `restore` where a snapshot brings libraries.
constexpr std::string_view loader_cache = "/etc/ld.so.cache";

// BASE/.envkeep-aside/NAME/REST
struct AsideParts {
    std::string name;      // the run's id, and what sets things apart behind it
    std::string original;  // BASE/REST
    std::string below;     // REST
};

std::optional<AsideParts> aside_parts(const std::string& path) {
    const std::string mark = fmt::format("/{}/", store::names::aside);
    const std::size_t base = path.find(mark);
    if (base == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t name = base + mark.size();
    const std::size_t end = std::min(path.find('/', name), path.size());
    const std::string rest = path.substr(end);
    return AsideParts{.name = path.substr(name, end - name),
                      .original = path.substr(0, base) + rest,
                      .below = rest};
}

// Of those that hold it; 0 if none does.
std::size_t longest_around(const std::string& path, const std::vector<Reach::Folder>& folders) {
    std::size_t longest = 0;
    for (const Reach::Folder& folder : folders) {
        longest =
            is_path_within(path, folder.path) ? std::max(longest, folder.path.size()) : longest;
    }
    return longest;
}

// Home and store may lie in one another.
bool is_in_folders(const std::string& path, Side side, const Reach& reach) {
    const std::size_t home = longest_around(path, reach.home);
    const std::size_t store = longest_around(path, reach.store);
    return side == Side::home ? home > 0 && home >= store : store > 0 && store >= home;
}

bool is_at_any(const std::string& path, const std::vector<std::string>& named) {
    return std::ranges::any_of(named,
                               [&](const std::string& one) { return is_path_within(path, one); });
}

bool is_named(const std::string& path, Side side, const Reach& reach) {
    const bool is_here = is_in_folders(path, side, reach) ||
                         is_at_any(path, side == Side::home ? reach.places : reach.sources);
    if (is_here) {
        return true;
    }
    // What goes aside in a home stays in it: what is in the store others may have written.
    const bool is_of_the_other_side = side == Side::home && is_in_folders(path, Side::store, reach);
    const std::optional<AsideParts> parts = aside_parts(path);
    if (!parts || is_of_the_other_side) {
        return false;
    }
    // What `release` makes real is complete in a folder of that name first.
    constexpr std::string_view real = "/real/";
    const bool is_real = parts->below.starts_with(real);
    const std::string base =
        parts->original.substr(0, parts->original.size() - parts->below.size());
    return is_named(parts->original, side, reach) ||
           (is_real && is_named(base + parts->below.substr(real.size() - 1), side, reach));
}

bool is_aside_of(const std::string& aside, const std::string& original, const std::string& run) {
    const std::optional<AsideParts> parts = aside_parts(aside);
    return parts && !run.empty() && parts->original == original &&
           (parts->name == run || parts->name.starts_with(run + "."));
}

// Folders that were made on the way to a place.
bool leads_to_a_place(const std::string& folder, const Reach& reach) {
    const auto is_above = [&](const std::string& one) { return is_path_within(one, folder); };
    return std::ranges::any_of(reach.places, is_above) ||
           std::ranges::any_of(reach.sources, is_above);
}

bool is_loader_cache(const Change& change, const std::string& run, const Reach& reach) {
    if (change.path != loader_cache) {
        return false;
    }
    const auto is_kept_in = [&](const Reach::Folder& home) {
        const std::string name(loader_cache.substr(loader_cache.rfind('/')));
        return is_aside_of(change.other, home.path + name, run);
    };
    return change.kind == Change::Kind::made_file ||
           (change.kind == Change::Kind::replaced_file &&
            (std::ranges::any_of(reach.home, is_kept_in) ||
             is_aside_of(change.other, change.path, run)));
}

// What made room outside of the home, for a snapshot, comes back from beside it: what lies there
// this container put there, or root.
bool made_room(const Change& change, const std::string& run, const Reach& reach) {
    return !is_in_folders(change.path, Side::store, reach) &&
           (change.kind == Change::Kind::moved || change.kind == Change::Kind::copied) &&
           is_aside_of(change.path, change.other, run);
}

bool has_two_ends(const Change& change) {
    return change.kind == Change::Kind::moved || change.kind == Change::Kind::replaced_file ||
           change.kind == Change::Kind::removed_link;
}

}  // namespace

bool is_within_reach(const Change& change, const store::RunRecord& run, const Reach& reach) {
    const auto is_on = [&](Side side) {
        const bool may_be = side == Side::store || run.is_of_this_container;
        return may_be && is_named(change.path, side, reach) &&
               (!has_two_ends(change) || change.other.empty() ||
                is_named(change.other, side, reach));
    };
    // A copy is only compared with what it was made from.
    const bool is_known = change.kind != Change::Kind::copied ||
                          is_named(change.other, Side::home, reach) ||
                          is_named(change.other, Side::store, reach);
    if (is_known && (is_on(Side::home) || is_on(Side::store))) {
        return true;
    }
    if (!run.is_of_this_container && !change.is_in_store) {
        return false;
    }
    const bool is_way =
        change.kind == Change::Kind::made_folder && leads_to_a_place(change.path, reach);
    return is_way || (run.is_of_this_container && (is_loader_cache(change, run.run.id, reach) ||
                                                   made_room(change, run.run.id, reach)));
}

}  // namespace envkeep::keep
