// SPDX-License-Identifier: MIT
#include "engine/other_image.hpp"

#include "engine/image_here.hpp"
#include "engine/keep_debs.hpp"
#include "engine/layer_place.hpp"
#include "engine/layer_traces.hpp"
#include "engine/package_groups.hpp"
#include "engine/prune_layer.hpp"
#include "engine/reinstall.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/files_of.hpp"
#include "envkeep/packages/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Package;
using snapshot::Group;
using snapshot::Layer;
using snapshot::LayerRemoval;

constexpr std::size_t most_named = 3;

class Fitter {
  public:
    Fitter(const World& world,
           const Session& session,
           const snapshot::LayerState& state,
           const snapshot::Snapshot& record,
           Layer layer,
           const snapshot::Roots& roots)
        : world_(world),
          session_(session),
          state_(state),
          record_(record),
          layer_(std::move(layer)),
          roots_(roots) {}

    Result<FittingPart> fit() {
        ENVKEEP_TRY(const std::string lock,
                    snapshot::load_lock(shelf_of(world_, session_), record_.lock));
        ENVKEEP_TRY(lock_, packages::parse_lock(lock));
        ENVKEEP_TRY(live_, inventory_of(world_, session_, state_));
        const packages::Keys now = packages::keys_of(
            live_, state_.apt_key, packages::program_on_path(world_.machine, "node"));
        const FitSides sides{
            .then = record_.keys,
            .now = now,
            .lock = lock_.inventory,
            .live = live_,
            .debs = kept_debs(world_, session_),
            .is_here = [&](const std::string& path) { return world_.machine.exists(path); },
            .is_same = [&](const snapshot::Entry& entry) { return is_same(entry); },
            .real_path =
                [&](const std::string& path) {
                    return world_.machine.real_path(path).value_or(std::string());
                }};
        groups_ = fit_groups(layer_, sides);
        drop_unwanted();
        find_room();
        const snapshot::LayerSeen seen =
            snapshot::look_at_layer(layer_, roots_, *world_.trees, capture_tools(world_).threads);
        entries_ = fit_entries(layer_, seen, groups_, sides, state_.image_until);
        tell_groups();
        tell_files();
        write_finding(sides);
        part_.layer = without(std::move(layer_), entries_.left_out, {});
        part_.layer.deletions.clear();
        leave_what_is_replaced();
        return std::move(part_);
    }

  private:
    void drop_unwanted() {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            if (!is_wanted(session_.manifest, layer_.groups[i])) {
                groups_[i].stand = Stand::is_unwanted;
            }
        }
    }

    [[nodiscard]] bool is_same(const snapshot::Entry& entry) const {
        const Result<system::Place> place = roots_.place_of(entry.path);
        if (!place) {
            return false;
        }
        return entry.kind == snapshot::EntryKind::link
                   ? world_.files.read_link(*place) == entry.target
                   : world_.files.digest(*place) == entry.digest;
    }

    void find_room() {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            GroupFit& fit = groups_[i];
            if (fit.stand == Stand::comes_back && fit.domain == packages::Domain::python) {
                find_emptied_metadata(i);
            }
            if (fit.stand != Stand::comes_back || !fit.makes_room) {
                continue;
            }
            if (const Result<void> found = find_room_of(i); !found) {
                part_.room.erase(static_cast<std::uint32_t>(i));
                fit.stand = Stand::stays_away;
                fit.reason = "this image brings another version, which cannot make room: " +
                             found.error().message;
            }
        }
    }

    // All that a restore left of the image's version that was killed while it made room.
    void find_emptied_metadata(std::size_t i) {
        constexpr std::string_view metadata = "/METADATA";
        const Group& group = layer_.groups[i];
        for (const packages::Note& note : live_.notes) {
            if (note.domain != packages::Domain::python || note.place != group.place ||
                note.name != group.name || !note.detail.ends_with(".dist-info/METADATA")) {
                continue;
            }
            const std::string path = (group.place + '/' + note.detail).substr(1);
            const std::string folder = path.substr(0, path.size() - metadata.size());
            std::vector<LayerRemoval> traces = traces_beside(world_, {path}, roots_);
            const Result<system::Place> place = roots_.place_of(folder);
            const auto left = place ? world_.files.list(*place) : tl::unexpected(place.error());
            const auto seen = place ? world_.files.status(*place) : tl::unexpected(place.error());
            if (left && left->size() == traces.size() && seen) {
                std::vector<LayerRemoval>& room = part_.room[static_cast<std::uint32_t>(i)];
                std::ranges::move(traces, std::back_inserter(room));
                room.push_back({.path = folder, .seen = *seen});
            }
        }
    }

    // Only what still is the image's goes: another container has it again. So does byte code that
    // was made of it. Nothing goes from a disk that others have used.
    Result<void> find_room_of(std::size_t i) {
        const Group& group = layer_.groups[i];
        const auto image = std::ranges::find_if(live_.packages, [&](const Package& package) {
            return package.domain == packages::Domain::python && package.place == group.place &&
                   package.name == group.name && package.version != group.version;
        });
        ENVKEEP_TRY(const std::vector<std::string> files,
                    packages::files_of_distribution(*image, world_.files, world_.machine));
        const snapshot::LayerContext context = layer_context(world_, state_);
        std::vector<LayerRemoval>& room = part_.room[static_cast<std::uint32_t>(i)];
        std::ranges::move(traces_beside(world_, below_root(files), roots_),
                          std::back_inserter(room));
        for (const std::string& file : files) {
            if (!is_on_root_mount(world_, file)) {
                return failure(ErrorKind::conflict, quoted(file) + " is mounted here");
            }
            LayerRemoval removal{.path = file.substr(1)};
            ENVKEEP_TRY(const system::Place place, roots_.place_of(removal.path));
            ENVKEEP_TRY(removal.seen, world_.files.status(place));
            if (removal.seen.kind == system::Kind::absent ||
                removal.seen.kind == system::Kind::folder || is_replaced(removal.path, i)) {
                continue;
            }
            if (!snapshot::is_of_image(context, removal.path, removal.seen) &&
                !removal.path.ends_with(".pyc")) {
                return failure(ErrorKind::conflict, quoted(file) + " was changed here");
            }
            room.push_back(std::move(removal));
        }
        return {};
    }

    // By a file of that group: there may stand what a restore before has brought.
    [[nodiscard]] bool is_replaced(const std::string& path, std::size_t group) const {
        const auto entry = std::ranges::lower_bound(
            layer_.entries, path, snapshot::comes_before, &snapshot::Entry::path);
        return entry != layer_.entries.end() && entry->path == path && entry->group == group;
    }

    static std::vector<std::string> below_root(std::vector<std::string> absolute) {
        for (std::string& path : absolute) {
            path.erase(0, 1);
        }
        return absolute;
    }

    void leave_what_is_replaced() {
        std::set<std::string> paths;
        for (const snapshot::Entry& entry : part_.layer.entries) {
            paths.insert(entry.path);
        }
        for (auto& [group, removals] : part_.room) {
            std::erase_if(removals, [&](const LayerRemoval& removal) {
                return paths.contains(removal.path);
            });
            remove_metadata_folders(paths, removals);
        }
    }

    // A folder of metadata without any would still count as a distribution, of no name.
    void remove_metadata_folders(const std::set<std::string>& still_needed,
                                 std::vector<LayerRemoval>& removals) const {
        std::set<std::string, std::greater<>> folders;  // what is in a folder goes before it
        for (const LayerRemoval& removal : removals) {
            const std::size_t info = removal.path.find("-info/");
            for (std::size_t end = removal.path.find('/', info);
                 info != std::string::npos && end != std::string::npos;
                 end = removal.path.find('/', end + 1)) {
                folders.insert(removal.path.substr(0, end));
            }
        }
        for (const std::string& folder : folders) {
            const auto needed = still_needed.lower_bound(folder + '/');
            const Result<system::Status> status = roots_.place_of(folder).and_then(
                [&](const system::Place& place) { return world_.files.status(place); });
            if (status && (needed == still_needed.end() || !is_path_within(*needed, folder))) {
                removals.push_back({.path = folder, .seen = *status});
            }
        }
    }

    void tell_groups() {
        std::set<std::string> debs;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            const Group& group = layer_.groups[i];
            const Package* const package = package_of(group, lock_.inventory);
            if (groups_[i].stand == Stand::by_dpkg && package != nullptr) {
                debs.insert(deb_name(*package));
            }
            if (groups_[i].stand != Stand::stays_away) {
                continue;
            }
            if (package != nullptr) {
                lost_.push_back(*package);
            }
            const std::string what =
                group.place.empty()
                    ? std::string(word_of(group.domain))
                    : fmt::format("{} in {}", word_of(group.domain), printable(group.place));
            lost_of_[{what, groups_[i].reason}].push_back(
                printable(group.name + (group.version.empty() ? "" : ' ' + group.version)));
        }
        part_.debs.assign(debs.begin(), debs.end());
    }

    void tell_files() {
        for (const auto& [reason, paths] : entries_.why) {
            for (const std::string& path : paths) {
                lost_of_[{"files", reason}].push_back(printable(path));
            }
        }
    }

    void write_finding(const FitSides& sides) {
        std::vector<std::string>& evidence = part_.finding.evidence;
        evidence.push_back(fmt::format("snapshot {} of {}, image {}",
                                       record_.id,
                                       record_.created,
                                       record_.image.substr(0, 12)));
        evidence.push_back(fmt::format("this image {}", state_.image.substr(0, 12)));
        for (const auto& [what, names] : lost_of_) {
            for (const std::string& name : names) {
                part_.not_here.push_back(fmt::format("{} {}: {}", what.first, name, what.second));
            }
            evidence.push_back(fmt::format("{}: {}: {}", what.first, named(names), what.second));
        }
        if (!part_.debs.empty()) {
            evidence.push_back(fmt::format("apt: {}: dpkg puts {} back in the background",
                                           named(part_.debs),
                                           part_.debs.size() == 1 ? "it" : "them"));
        }
        const bool is_all_here = lost_of_.empty();
        model::Finding& finding = part_.finding;
        finding.id = "snapshot-other-image";
        finding.severity = is_all_here ? model::Severity::info : model::Severity::warning;
        finding.subject = "snapshot";
        finding.title = is_all_here ? "the snapshot was taken on another image; all of it fits here"
                                    : "the snapshot was taken on another image: of it comes back "
                                      "here what fits";
        finding.fix.commands = reinstall_commands(
            {.lock = lock_.inventory, .lost = lost_, .now = live_.base, .is_here = sides.is_here});
        finding.fix.text =
            "'envkeep snapshot' then begins a line of snapshots for this image; the old snapshot "
            "stays in the store with all that did not come back";
    }

    static std::string named(const std::vector<std::string>& names) {
        std::string text = names.front();
        for (std::size_t i = 1; i < std::min(names.size(), most_named); ++i) {
            text += ", " + names[i];
        }
        return names.size() <= most_named
                   ? text
                   : fmt::format("{} and {} more", text, names.size() - most_named);
    }

    const World& world_;
    const Session& session_;
    const snapshot::LayerState& state_;
    const snapshot::Snapshot& record_;
    Layer layer_;
    const snapshot::Roots& roots_;
    packages::LockReading lock_;
    packages::Inventory live_;
    std::vector<GroupFit> groups_;
    EntryFit entries_;
    std::vector<Package> lost_;
    // What and why to names.
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> lost_of_;
    FittingPart part_;
};

}  // namespace

Result<FittingPart> part_for_this_image(const World& world,
                                        const Session& session,
                                        const snapshot::LayerState& state,
                                        const snapshot::Snapshot& record,
                                        Layer layer,
                                        const snapshot::Roots& roots) {
    return Fitter(world, session, state, record, std::move(layer), roots).fit();
}

const snapshot::Snapshot* snapshot_for(const snapshot::SnapshotList& list,
                                       const std::string& profile,
                                       const std::string& image,
                                       bool is_profile_named) {
    const snapshot::Snapshot* newest = nullptr;
    for (auto ref = list.refs.rbegin(); ref != list.refs.rend(); ++ref) {
        if (ref->profile != profile) {
            continue;
        }
        const auto found =
            std::ranges::find(list.snapshots, ref->snapshot, &snapshot::Snapshot::id);
        if (found != list.snapshots.end() && found->image == image) {
            return &*found;
        }
        if (found != list.snapshots.end() && newest == nullptr) {
            newest = &*found;
        }
    }
    const bool may_take_any = !is_profile_named && !list.snapshots.empty();
    return newest == nullptr && may_take_any ? &list.snapshots.front() : newest;
}

}  // namespace envkeep::engine
