// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/packages/keys.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What of a snapshot comes back on another image than the one that it was taken on. Pure functions.
namespace envkeep::engine {

enum class Stand : std::uint8_t {
    comes_back,  // its files
    by_dpkg,     // its kept Debian package is put back by dpkg
    is_there,    // this image brings it
    stays_away,
    is_unwanted,  // by the manifest
};

struct GroupFit {
    Stand stand = Stand::comes_back;
    std::string reason;       // why it stays away: "made for Python 3.11, here is 3.13"
    bool makes_room = false;  // this image's own version of it goes first
    packages::Domain domain = packages::Domain::python;  // what it is, unless it is plain files
    bool is_plain = false;                               // a folder of files that no package owns

    friend bool operator==(const GroupFit&, const GroupFit&) = default;
};

struct FitSides {
    const packages::Keys& then;
    const packages::Keys& now;
    const packages::Inventory& lock;  // what the snapshot's session had
    const packages::Inventory& live;  // what is here; the image's where its origin says so
    std::set<std::string> debs;       // names of the packages kept for dpkg, see deb_name
    std::function<bool(const std::string&)> is_here;  // whether an absolute path is a file here
    // Whether what stands at an entry's place, of its kind, has its bytes or target; none: not
    // known.
    std::function<bool(const snapshot::Entry&)> is_same = {};
    // Where an absolute path leads when links are followed; empty if nowhere. None: to itself.
    std::function<std::string(const std::string&)> real_path = {};
};

// Whether what is installed in a place of Python, conda or npm works here: packages::fits, and the
// program that runs it is here or comes along with the layer.
[[nodiscard]] packages::Fit fit_of_place(const snapshot::Layer& layer,
                                         const FitSides& sides,
                                         packages::Domain domain,
                                         const std::string& place);

// For each of Layer::groups.
[[nodiscard]] std::vector<GroupFit> fit_groups(const snapshot::Layer& layer, const FitSides& sides);

// The package of the lock that a group of its layer came from; none for plain files.
[[nodiscard]] const packages::Package* package_of(const snapshot::Group& group,
                                                  const packages::Inventory& lock);

// "NAME_VERSION_ARCH.deb", as apt names files.
[[nodiscard]] std::string deb_name(const packages::Package& package);

struct EntryFit {
    std::vector<std::size_t> left_out;                    // entries, sorted
    std::map<std::string, std::vector<std::string>> why;  // plain files: reason to absolute paths
};

// Entries that do not come back: those of groups that do not, and of plain files what belongs to an
// environment that stays away or to the image's own system, and what this image has below /etc.
// Configuration of Debian packages that dpkg is to put back comes before it: dpkg then keeps it.
// Folders that are there keep their rights. `image_until` as LayerState has it.
[[nodiscard]] EntryFit fit_entries(const snapshot::Layer& layer,
                                   const snapshot::LayerSeen& seen,
                                   const std::vector<GroupFit>& groups,
                                   const FitSides& sides,
                                   std::optional<WallTime> image_until);

}  // namespace envkeep::engine
