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

// Where what lies aside, or was put away in the store, may have stood; empty: it does not.
std::vector<std::string> originals_of(const std::string& path, const Reach& reach) {
    std::vector<std::string> originals;
    if (const std::optional<AsideParts> parts = aside_parts(path)) {
        originals.push_back(parts->original);
        // What `release` makes real is complete in a folder of that name first.
        constexpr std::string_view real = "/real/";
        if (parts->below.starts_with(real)) {
            const std::size_t base = parts->original.size() - parts->below.size();
            originals.push_back(parts->original.substr(0, base) +
                                parts->below.substr(real.size() - 1));
        }
    }
    for (const Reach::Folder& store : reach.store) {
        const std::string backups = fmt::format("{}/{}/", store.path, store::names::backups);
        if (!path.starts_with(backups)) {
            continue;
        }
        const std::vector<std::string_view> parts =
            split(std::string_view(path).substr(backups.size()), '/');
        if (parts.size() > 2 && parts[0] == "released") {
            const std::size_t below = backups.size() + parts[0].size() + parts[1].size() + 2;
            originals.push_back(fmt::format("{}/{}", store.path, path.substr(below)));
        } else if (parts.size() == 2 && parts[1] == "dotfiles") {
            originals.push_back(
                fmt::format("{}/{}/dotfiles", store.path, store::names::repositories));
        }
    }
    return originals;
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
    const std::vector<std::string> originals = originals_of(path, reach);
    return !is_of_the_other_side && std::ranges::any_of(originals, [&](const std::string& one) {
        return is_named(one, side, reach);
    });
}

// Between places of one folder: others may be able to make one named as ours beside it.
bool is_aside_and_back(const Change& change, const Reach& reach) {
    const auto came_from = [&](const std::string& aside, const std::string& original) {
        const std::vector<std::string> originals = originals_of(aside, reach);
        return std::ranges::find(originals, original) != originals.end();
    };
    return longest_around(change.path, reach.home) == longest_around(change.other, reach.home) &&
           longest_around(change.path, reach.store) == longest_around(change.other, reach.store) &&
           (came_from(change.path, change.other) || came_from(change.other, change.path));
}

// Folders that were made on the way to a place.
bool leads_to_a_place(const std::string& folder, const Reach& reach) {
    const auto is_above = [&](const std::string& one) { return is_path_within(one, folder); };
    return std::ranges::any_of(reach.places, is_above) ||
           std::ranges::any_of(reach.sources, is_above);
}

bool is_any_of(const std::string& path, const std::vector<std::string>& all) {
    return std::ranges::find(all, path) != all.end();
}

// A journal may spell a path with `//` and `/./`.
std::string plain(const std::string& path) {
    const Result<RelPath> parts =
        RelPath::parse(path.substr(std::min<std::size_t>(1, path.size())));
    return parts ? "/" + std::string(parts->text()) : path;
}

// At or below what is guarded, or at or above a folder that was opened.
bool is_guarded(const std::string& spelled, const Reach& reach) {
    const std::string path = plain(spelled);
    const auto holds = [&](const Reach::Folder& one) { return is_path_within(one.path, path); };
    return is_at_any(path, reach.guarded) || std::ranges::any_of(reach.home, holds) ||
           std::ranges::any_of(reach.store, holds);
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

bool is_placed(const Change& change, const store::RunRecord& run, const Reach& reach) {
    const auto is_on = [&](Side side) {
        const bool may_be = side == Side::store || run.is_of_this_container;
        return may_be && is_named(change.path, side, reach) &&
               (!has_two_ends(change) || change.other.empty() ||
                (is_named(change.other, side, reach) && is_aside_and_back(change, reach)));
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

}  // namespace

bool is_aside_of(const std::string& aside, const std::string& original, const std::string& run) {
    const std::optional<AsideParts> parts = aside_parts(aside);
    return parts && !run.empty() && parts->original == original &&
           (parts->name == run || parts->name.starts_with(run + "."));
}

std::string why_out_of_reach(const Change& change,
                             const store::RunRecord& run,
                             const Reach& reach) {
    const bool is_manifest = is_any_of(plain(change.path), reach.manifest);
    if (is_manifest && change.kind == Change::Kind::replaced_file &&
        is_any_of(change.other, reach.earlier_manifests)) {
        return {};
    }
    if (is_manifest) {
        return fmt::format(
            "it stays: only an earlier manifest that nobody else may write is put back{}",
            change.other.empty() ? "" : "; if " + quoted(change.other) + " is yours, copy it over");
    }
    const bool has_other = has_two_ends(change) && !change.other.empty();
    if (is_guarded(change.path, reach) || (has_other && is_guarded(change.other, reach))) {
        return "it stays: no run changes that, whatever a journal says";
    }
    if (!is_placed(change, run, reach)) {
        return "neither this home, nor the store, nor the manifest has to do with what the journal "
               "names there, so it stays";
    }
    return {};
}

std::string link_to_make(const Change& change) {
    return change.kind == Change::Kind::removed_link    ? change.text
           : change.kind == Change::Kind::replaced_link ? change.other
                                                        : std::string();
}

bool makes_known_link(const Change& change, const Reach& reach) {
    const std::string target = link_to_make(change);
    return target.empty() || std::ranges::any_of(reach.links, [&](const Reach::Link& link) {
               return link.path == change.path && link.target == target;
           });
}

}  // namespace envkeep::keep
