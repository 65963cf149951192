// SPDX-License-Identifier: MIT
#pragma once

#include "engine/layer_fit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace envkeep::engine {

using packages::Asked;
using packages::Domain;
using packages::Origin;
using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Group;

inline const std::string site = "/usr/local/lib/python3.11/dist-packages";

// Two images, the packages of a session on the first, and what is on the second.
class LayerFit : public ::testing::Test {
  protected:
    LayerFit() {
        then = {{"machine", "x86_64"},
                {"libc", "glibc-2.36"},
                {"release", "debian 12"},
                {"apt", "one"},
                {"python " + site, "3.11 cpython-311"},
                {"npm /usr/lib/node_modules", "20"},
                {"lab", "4"},
                {"r", "R 4.2"}};
        now = then;
        now["interpreter 3.11"] = "cpython-311";
        now["apt"] = "two";
    }

    // What a group of that package comes to.
    GroupFit fit(const Group& group, packages::Package package) {
        package.place = group.place;
        package.name = group.name;
        package.version = group.version;
        package.origin = Origin::session;
        lock.packages = {package};
        layer.groups = {group};
        return fit_groups(layer, sides()).at(0);
    }

    GroupFit fit_python(Asked asked = Asked::asked_for) {
        return fit({snapshot::Domain::python, site, "einops", "0.8"},
                   {.domain = Domain::python, .asked = asked});
    }

    GroupFit fit_apt(const std::string& version = "1:3.2-1") {
        return fit({snapshot::Domain::apt, "", "htop", version},
                   {.domain = Domain::apt, .build = "amd64"});
    }

    GroupFit fit_kernel() {
        return fit({snapshot::Domain::jupyter, "/root/.local/share/jupyter/kernels", "mine", ""},
                   {.domain = Domain::kernel, .build = "/root/env/bin/python"});
    }

    void here(Domain domain, const Group& group, std::string version, Origin origin) {
        live.packages.push_back({.domain = domain,
                                 .place = group.place,
                                 .name = group.name,
                                 .version = std::move(version),
                                 .origin = origin});
    }

    [[nodiscard]] FitSides sides() const {
        return {.then = then,
                .now = now,
                .lock = lock,
                .live = live,
                .debs = debs,
                .is_here = [this](const std::string& path) { return programs.contains(path); },
                .is_same = [this](const Entry& entry) { return same.contains(entry.path); },
                .real_path =
                    [this](const std::string& path) {
                        return leads_to.contains(path) ? leads_to.at(path) : path;
                    }};
    }

    packages::Keys then;
    packages::Keys now;
    packages::Inventory lock;
    packages::Inventory live;
    std::set<std::string> debs;
    std::set<std::string> programs;
    std::set<std::string> same;
    std::map<std::string, std::string> leads_to;
    snapshot::Layer layer;
};

}  // namespace envkeep::engine
