// SPDX-License-Identifier: MIT
#include "envkeep/packages/compare.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace envkeep::packages {
namespace {

using Key = std::tuple<Domain, std::string_view, std::string_view>;

// Usually one package a key; two where pip left the metadata of an older version.
struct Sides {
    std::vector<const Package*> before;
    std::vector<const Package*> after;
};

bool is_anothers(const Package& package) {
    return package.domain == Domain::python &&
           (package.installer == "conda" || package.installer == "debian" ||
            package.installer == "apt");
}

bool differs(std::string_view one, std::string_view other) {
    return !one.empty() && !other.empty() && one != other;
}

std::optional<ChangeKind> difference(const Package& one, const Package& other) {
    if (one.version != other.version || one.build != other.build || one.url != other.url ||
        one.commit != other.commit || one.is_editable != other.is_editable) {
        return ChangeKind::changed;
    }
    if (differs(one.record, other.record) || one.size != other.size) {
        return ChangeKind::changed_below;
    }
    const bool knows_asked = one.asked != Asked::unknown && other.asked != Asked::unknown;
    if ((knows_asked && one.asked != other.asked) || one.is_held != other.is_held) {
        return ChangeKind::flags;
    }
    return std::nullopt;
}

// Takes out what both sides have of the same version, and gives the pairs.
std::vector<std::pair<const Package*, const Package*>> same_versions(Sides& sides) {
    std::vector<std::pair<const Package*, const Package*>> pairs;
    for (auto one = sides.before.begin(); one != sides.before.end();) {
        const auto other = std::ranges::find_if(
            sides.after, [&](const Package* after) { return after->version == (*one)->version; });
        if (other == sides.after.end()) {
            ++one;
            continue;
        }
        pairs.emplace_back(*one, *other);
        sides.after.erase(other);
        one = sides.before.erase(one);
    }
    return pairs;
}

void compare_sides(Sides sides, std::vector<PackageChange>& changes) {
    auto pairs = same_versions(sides);
    const std::size_t changed = std::min(sides.before.size(), sides.after.size());
    for (std::size_t i = 0; i < changed; ++i) {
        pairs.emplace_back(sides.before[i], sides.after[i]);
    }
    for (const auto& [before, after] : pairs) {
        const auto kind = difference(*before, *after);
        if (kind && !(is_anothers(*before) && is_anothers(*after))) {
            changes.push_back({.kind = *kind, .before = *before, .after = *after});
        }
    }
    for (std::size_t i = changed; i < sides.before.size(); ++i) {
        if (!is_anothers(*sides.before[i])) {
            changes.push_back(
                {.kind = ChangeKind::removed, .before = *sides.before[i], .after = {}});
        }
    }
    for (std::size_t i = changed; i < sides.after.size(); ++i) {
        if (!is_anothers(*sides.after[i])) {
            changes.push_back({.kind = ChangeKind::added, .before = {}, .after = *sides.after[i]});
        }
    }
}

Base without_runtimes(Base base) {
    base.runtimes.clear();
    return base;
}

bool is_other_image(const Base& before, const Base& after) {
    Base one = without_runtimes(before);
    Base other = without_runtimes(after);
    if (one.fingerprint.empty() || other.fingerprint.empty()) {
        one.fingerprint.clear();
        other.fingerprint.clear();
    }
    return one != other;
}

}  // namespace

Comparison compare(const Inventory& before, const Inventory& after) {
    std::map<Key, Sides> all;
    for (const Package& package : before.packages) {
        all[{package.domain, package.place, package.name}].before.push_back(&package);
    }
    for (const Package& package : after.packages) {
        all[{package.domain, package.place, package.name}].after.push_back(&package);
    }
    Comparison out;
    if (is_other_image(before.base, after.base)) {
        out.image = ImageChange{.before = before.base, .after = after.base};
    }
    for (auto& [key, sides] : all) {
        compare_sides(std::move(sides), out.changes);
    }
    return out;
}

}  // namespace envkeep::packages
