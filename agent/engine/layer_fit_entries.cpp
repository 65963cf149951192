// SPDX-License-Identifier: MIT
#include "engine/layer_fit.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Domain;
using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Layer;
using system::Kind;
using system::Status;

constexpr std::string_view of_the_system =
    "belongs to the system of the image that it was taken on";
constexpr std::string_view stands_here = "this image has it too";

bool is_within_any(std::string_view path, std::span<const std::string_view> folders) {
    return std::ranges::any_of(
        folders, [&](std::string_view folder) { return is_path_within(path, folder); });
}

// What only the image that it was taken on can have: its packages and their database, what their
// scripts made, accounts, services.
bool is_of_the_system(std::string_view path) {
    constexpr std::array<std::string_view, 12> system_folders{"usr",
                                                              "var",
                                                              "bin",
                                                              "sbin",
                                                              "lib",
                                                              "lib32",
                                                              "lib64",
                                                              "libx32",
                                                              "boot",
                                                              "dev",
                                                              "proc",
                                                              "sys"};
    constexpr std::array<std::string_view, 6> of_scripts{
        "etc/alternatives", "etc/apt", "etc/dpkg", "etc/systemd", "etc/init.d", "etc/ssl/certs"};
    constexpr std::array<std::string_view, 6> accounts{
        "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid", "etc/subgid"};
    if (is_path_within(path, "usr/local")) {
        return false;
    }
    const bool is_run_level = path.starts_with("etc/rc") && path.substr(0, 9).ends_with(".d");
    return is_run_level || is_within_any(path, system_folders) || is_within_any(path, of_scripts) ||
           is_within_any(path, accounts);
}

// What comes with a package again: the managers' own records, what their scripts link, byte code.
bool goes_without_saying(const Entry& entry) {
    constexpr std::array<std::string_view, 3> records{
        "var/lib/dpkg", "var/lib/apt", "etc/alternatives"};
    return is_within_any(entry.path, records) || entry.target.starts_with("/etc/alternatives/") ||
           (is_of_the_system(entry.path) && entry.path.ends_with(".pyc"));
}

class EntryFitter {
  public:
    EntryFitter(const Layer& layer,
                const snapshot::LayerSeen& seen,
                const std::vector<GroupFit>& groups,
                const FitSides& sides,
                std::optional<WallTime> image_until)
        : layer_(layer),
          seen_(seen),
          groups_(groups),
          sides_(sides),
          image_until_(image_until),
          comes_(layer.entries.size(), false),
          home_(layer.home.substr(std::min<std::size_t>(1, layer.home.size()))),
          programs_(packages::fits(sides.then, sides.now, Domain::cargo, {})) {
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (!groups[i].is_plain && !layer.groups[i].place.empty()) {
                decide_place(layer.groups[i]);
            }
        }
    }

    EntryFit fit() {
        for (std::size_t i = 0; i < layer_.entries.size(); ++i) {
            comes_[i] = does_come(i);
        }
        bring_ancestors();
        for (std::size_t i = 0; i < comes_.size(); ++i) {
            if (!comes_[i]) {
                out_.left_out.push_back(i);
            }
        }
        return std::move(out_);
    }

  private:
    // The folders of environments, and whether what lies in them fits here.
    void decide_place(const snapshot::Group& group) {
        const bool is_python = group.domain == snapshot::Domain::python;
        if (!is_python && group.domain != snapshot::Domain::conda &&
            group.domain != snapshot::Domain::npm) {
            return;
        }
        const Domain domain = is_python                                 ? Domain::python
                              : group.domain == snapshot::Domain::conda ? Domain::conda
                                                                        : Domain::npm;
        const std::string place = group.place.substr(1);
        if (places_.contains(place)) {
            return;
        }
        packages::Fit fit = fit_of_place(layer_, sides_, domain, group.place);
        places_.emplace(place, fit);
        const std::string prefix(folder_of(folder_of(folder_of(place))));
        const bool is_environment =
            std::ranges::find(layer_.entries, prefix + "/pyvenv.cfg", &Entry::path) !=
            layer_.entries.end();
        if (is_python && is_environment) {
            places_.emplace(prefix, std::move(fit));
        }
    }

    [[nodiscard]] bool does_come(std::size_t i) {
        const Entry& entry = layer_.entries[i];
        const GroupFit& group = groups_.at(entry.group);
        if (is_configuration(entry, group)) {
            return does_configuration_come(i);
        }
        if (group.stand != Stand::comes_back || is_settled_folder(i)) {
            return false;
        }
        if (!group.is_plain) {
            return true;
        }
        const std::string reason = why_not(i);
        if (!reason.empty() && entry.kind != EntryKind::folder && !goes_without_saying(entry)) {
            out_.why[reason].push_back('/' + entry.path);
        }
        return reason.empty();
    }

    static bool is_configuration(const Entry& entry, const GroupFit& group) {
        return !group.is_plain && group.domain == Domain::apt && entry.kind != EntryKind::folder &&
               is_path_within(entry.path, "etc") && group.stand != Stand::comes_back &&
               group.stand != Stand::is_unwanted;
    }

    // What was edited there is the user's: it comes, or is named.
    [[nodiscard]] bool does_configuration_come(std::size_t i) {
        const std::string_view reason = why_no_configuration(i);
        if (!reason.empty()) {
            out_.why[std::string(reason)].push_back('/' + layer_.entries[i].path);
        }
        return reason.empty() && groups_.at(layer_.entries[i].group).stand == Stand::by_dpkg;
    }

    [[nodiscard]] std::string_view why_no_configuration(std::size_t i) const {
        const Stand stand = groups_.at(layer_.entries[i].group).stand;
        if (stand == Stand::stays_away) {
            return "configures a Debian package that does not come back";
        }
        if (is_taken(i)) {
            return stands_here;
        }
        return stand == Stand::is_there && seen_.entries[i].kind == Kind::absent
                   ? "this image brings its package without it"
                   : "";
    }

    // One that a killed restore made has mode 0700 still. (Without `image_until_` all is compared
    // as changed since.)
    [[nodiscard]] bool is_settled_folder(std::size_t i) const {
        const Status& status = seen_.entries[i];
        constexpr std::uint32_t as_made = 0700;
        return layer_.entries[i].kind == EntryKind::folder && status.kind == Kind::folder &&
               (status.changed < image_until_ || status.mode != as_made);
    }

    [[nodiscard]] std::string why_not(std::size_t i) const {
        const std::string& path = layer_.entries[i].path;
        if (const packages::Fit* const place = nearest_place(path); place != nullptr) {
            return place->fits && is_taken(i) ? std::string(stands_here) : place->reason;
        }
        if (!home_.empty() && is_path_within(path, home_)) {
            return {};
        }
        if (is_of_the_system(path)) {
            return std::string(of_the_system);
        }
        constexpr std::array<std::string_view, 3> programs{"usr/local", "opt", "srv"};
        if (is_within_any(path, programs)) {
            return programs_.reason;
        }
        return is_path_within(path, "etc") && is_taken(i) ? std::string(stands_here)
                                                          : std::string();
    }

    // By something else than what a restore before may have brought, or the same.
    [[nodiscard]] bool is_taken(std::size_t i) const {
        const Entry& entry = layer_.entries[i];
        const Status& status = seen_.entries[i];
        const bool is_ours = status.modified == entry.attributes.modified &&
                             (entry.kind != EntryKind::file || status.size == entry.size) &&
                             status.changed >= image_until_;
        const bool may_be_same =
            sides_.is_same && ((entry.kind == EntryKind::link && status.kind == Kind::link) ||
                               (entry.kind == EntryKind::file && status.kind == Kind::file &&
                                status.size == entry.size));
        return status.kind != Kind::absent && !is_ours && !(may_be_same && sides_.is_same(entry));
    }

    [[nodiscard]] const packages::Fit* nearest_place(std::string path) const {
        while (!path.empty()) {
            if (const auto found = places_.find(path); found != places_.end()) {
                return &found->second;
            }
            path.resize(folder_of(path).size());
        }
        return nullptr;
    }

    // A folder that is not here is made for what is to lie in it.
    void bring_ancestors() {
        std::set<std::string> needed;
        for (std::size_t i = layer_.entries.size(); i-- > 0;) {
            const Entry& entry = layer_.entries[i];
            if (entry.kind == EntryKind::folder && needed.contains(entry.path) &&
                !is_settled_folder(i)) {
                comes_[i] = true;
            }
            if (comes_[i]) {
                needed.emplace(folder_of(entry.path));
            }
        }
    }

    const Layer& layer_;
    const snapshot::LayerSeen& seen_;
    const std::vector<GroupFit>& groups_;
    const FitSides& sides_;
    std::optional<WallTime> image_until_;
    std::vector<bool> comes_;
    std::string home_;
    packages::Fit programs_;  // whether programs made there run here
    std::map<std::string, packages::Fit> places_;
    EntryFit out_;
};

}  // namespace

EntryFit fit_entries(const Layer& layer,
                     const snapshot::LayerSeen& seen,
                     const std::vector<GroupFit>& groups,
                     const FitSides& sides,
                     std::optional<WallTime> image_until) {
    return EntryFitter(layer, seen, groups, sides, image_until).fit();
}

}  // namespace envkeep::engine
