// SPDX-License-Identifier: MIT
#include "engine/layer_fit.hpp"

#include "envkeep/packages/debian_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Asked;
using packages::Domain;
using packages::Fit;
using packages::Origin;
using packages::Package;
using snapshot::Group;
using snapshot::Layer;

// Which kinds of packages a group can be of; the first that the lock has is it.
std::vector<Domain> domains_of(const Group& group) {
    switch (group.domain) {
        case snapshot::Domain::apt:
            return {Domain::apt};
        case snapshot::Domain::python:
            return {Domain::python};
        case snapshot::Domain::conda:
            return {Domain::conda};
        case snapshot::Domain::npm:
            return {Domain::npm};
        case snapshot::Domain::jupyter:
            return {Domain::kernel, Domain::lab};
        case snapshot::Domain::files:
            break;
    }
    return {Domain::r, Domain::code, Domain::tool, Domain::cargo};
}

using Index = std::multimap<std::tuple<Domain, std::string, std::string>, const Package*>;

Index index_of(const packages::Inventory& inventory) {
    Index index;
    for (const Package& package : inventory.packages) {
        index.emplace(std::tuple(package.domain, package.place, package.name), &package);
    }
    return index;
}

const Package* find(const Index& index, Domain domain, const Group& group) {
    const auto found = index.find({domain, group.place, group.name});
    return found == index.end() ? nullptr : found->second;
}

class GroupFitter {
  public:
    GroupFitter(const Layer& layer, const FitSides& sides)
        : layer_(layer), sides_(sides), lock_(index_of(sides.lock)), live_(index_of(sides.live)) {}

    std::vector<GroupFit> fit() {
        for (const Group& group : layer_.groups) {
            fits_.push_back(fit_of(group));
        }
        for (std::size_t i = 0; i < fits_.size(); ++i) {
            if (!fits_[i].is_plain && fits_[i].domain == Domain::kernel) {
                fit_kernel(layer_.groups[i], fits_[i]);
            }
        }
        return std::move(fits_);
    }

  private:
    GroupFit fit_of(const Group& group) {
        if (group.domain == snapshot::Domain::files && group.place.empty()) {
            return {.is_plain = true};
        }
        // The database of another image's packages, and what was only removed.
        if (!group.is_package()) {
            return {.stand = Stand::is_there};
        }
        const std::vector<Domain> domains = domains_of(group);
        GroupFit fit{.domain = domains.front()};
        const Package* then = nullptr;
        for (const Domain domain : domains) {
            if (const Package* const found = find(lock_, domain, group); found != nullptr) {
                then = found;
                fit.domain = domain;
                break;
            }
        }
        if (fit.domain == Domain::apt) {
            fit_apt(then, find(live_, fit.domain, group), fit);
            return fit;
        }
        const Fit& files = place(fit.domain, group.place);
        if (!files.fits) {
            return stay(fit, files.reason);
        }
        // Two where a restore was killed before the image's had made room.
        const auto here = live_.equal_range({fit.domain, group.place, group.name});
        for (auto one = here.first; one != here.second && fit.stand == Stand::comes_back; ++one) {
            fit_beside(group, then, *one->second, fit);
        }
        return fit;
    }

    const Fit& place(Domain domain, const std::string& path) {
        const auto [found, is_new] = places_.try_emplace(std::pair(domain, path));
        if (is_new) {
            found->second = fit_of_place(layer_, sides_, domain, path);
        }
        return found->second;
    }

    static GroupFit& stay(GroupFit& fit, std::string reason) {
        fit.stand = Stand::stays_away;
        fit.reason = std::move(reason);
        return fit;
    }

    void fit_apt(const Package* then, const Package* now, GroupFit& fit) const {
        const bool is_known = then != nullptr && !then->version.empty();
        if (now != nullptr && is_known &&
            packages::compare_debian_versions(now->version, then->version) >= 0) {
            fit.stand = Stand::is_there;
        } else if (value(sides_.then, "release") != value(sides_.now, "release") ||
                   value(sides_.then, "machine") != value(sides_.now, "machine")) {
            stay(fit,
                 fmt::format("made for {}, here is {}",
                             value(sides_.then, "release"),
                             value(sides_.now, "release")));
        } else if (is_known && sides_.debs.contains(deb_name(*then))) {
            fit.stand = Stand::by_dpkg;
        } else {
            stay(fit, "the image's packages are others than then, and no .deb of it is kept");
        }
    }

    // What a restore has begun to bring is here too, as this session's.
    void fit_beside(const Group& group,
                    const Package* then,
                    const Package& now,
                    GroupFit& fit) const {
        const bool is_ours = now.origin == Origin::session;
        if (now.version == group.version) {
            fit.stand = is_ours ? Stand::comes_back : Stand::is_there;
        } else if (is_ours) {
            stay(fit, fmt::format("{} was installed here since", now.version));
        } else if (fit.domain != Domain::python) {
            stay(fit, fmt::format("this image brings {}", now.version));
        } else if (then == nullptr || then->asked != Asked::asked_for) {
            stay(fit,
                 fmt::format("this image brings {}, and nobody asked for another", now.version));
        } else {
            fit.makes_room = true;
        }
    }

    // The program of a kernel may come back with the snapshot.
    void fit_kernel(const Group& group, GroupFit& fit) const {
        const Package* const then = find(lock_, Domain::kernel, group);
        const std::string program = then == nullptr ? std::string() : then->build;
        if (fit.stand != Stand::comes_back || !program.starts_with('/') ||
            sides_.is_here(program)) {
            return;
        }
        const auto entry =
            std::ranges::find(layer_.entries, program.substr(1), &snapshot::Entry::path);
        if (entry == layer_.entries.end() || fits_.at(entry->group).stand != Stand::comes_back) {
            stay(fit, fmt::format("its program {} is not here", program));
        }
    }

    static std::string value(const packages::Keys& keys, const std::string& key) {
        const auto found = keys.find(key);
        return found == keys.end() ? std::string() : found->second;
    }

    const Layer& layer_;
    const FitSides& sides_;
    Index lock_;
    Index live_;
    std::map<std::pair<Domain, std::string>, Fit> places_;
    std::vector<GroupFit> fits_;
};

}  // namespace

std::vector<GroupFit> fit_groups(const Layer& layer, const FitSides& sides) {
    return GroupFitter(layer, sides).fit();
}

const Package* package_of(const Group& group, const packages::Inventory& lock) {
    if (group.domain == snapshot::Domain::files && group.place.empty()) {
        return nullptr;
    }
    for (const Domain domain : domains_of(group)) {
        const auto found = std::ranges::find_if(lock.packages, [&](const Package& package) {
            return package.domain == domain && package.place == group.place &&
                   package.name == group.name;
        });
        if (found != lock.packages.end()) {
            return &*found;
        }
    }
    return nullptr;
}

std::string deb_name(const Package& package) {
    std::string version;
    for (const char c : package.version) {
        if (c == ':') {
            version += "%3a";
        } else {
            version += c;
        }
    }
    return fmt::format(
        "{}_{}_{}.deb", package.name.substr(0, package.name.find(':')), version, package.build);
}

}  // namespace envkeep::engine
