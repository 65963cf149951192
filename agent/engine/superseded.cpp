// SPDX-License-Identifier: MIT
#include "engine/superseded.hpp"

#include "engine/image_here.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/files_of.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace envkeep::engine {
namespace {

using packages::Metadata;
using snapshot::Layer;
using snapshot::LayerChange;
using system::Kind;

template <typename T>
bool has_path(const std::vector<T>& sorted, const std::string& path) {
    const auto at = std::ranges::lower_bound(sorted, path, snapshot::comes_before, &T::path);
    return at != sorted.end() && at->path == path;
}

class Finder {
  public:
    Finder(const World& world,
           const Session& session,
           const snapshot::LayerState& state,
           const Layer& layer,
           const snapshot::LayerPlan& plan,
           const snapshot::LayerContext& context,
           const snapshot::Roots& roots)
        : world_(world),
          session_(session),
          state_(state),
          layer_(layer),
          plan_(plan),
          context_(context),
          roots_(roots) {
        for (const snapshot::LayerRemoval& removal : plan.removals) {
            removed_.insert(removal.path);
        }
    }

    std::vector<std::string> find() {
        find_what_comes();
        for (const auto& [folder, names] : names_in_) {
            find_in(folder, names);
        }
        for (const std::string& path : lists_anew_) {
            take(path, *packages::metadata_at('/' + path));
        }
        return std::move(found_);
    }

  private:
    // The names of packages that the layer has, by the folder of their metadata.
    void find_what_comes() {
        for (std::size_t i = 0; i < layer_.entries.size(); ++i) {
            const snapshot::Entry& entry = layer_.entries[i];
            const auto metadata = may_be_metadata(entry.path)
                                      ? packages::metadata_at('/' + entry.path)
                                      : std::nullopt;
            const bool is_wanted =
                !context_.is_wanted || context_.is_wanted(layer_.groups.at(entry.group));
            if (!metadata || !is_wanted) {
                continue;
            }
            if (metadata->domain != packages::Domain::apt) {
                names_in_[entry.path.substr(0, entry.path.rfind('/'))].insert(metadata->name);
            } else if (is_made_anew(i)) {
                lists_anew_.push_back(entry.path);
            }
        }
    }

    // Most of what there is are other files.
    static bool may_be_metadata(std::string_view path) {
        return path.ends_with("-info") || path.ends_with(".json") || path.ends_with(".list");
    }

    // A list of the session's own, where another comes.
    [[nodiscard]] bool is_made_anew(std::size_t entry) const {
        const auto step =
            std::ranges::lower_bound(plan_.steps, entry, {}, &snapshot::LayerStep::entry);
        return step != plan_.steps.end() && step->entry == entry &&
               step->change != LayerChange::attributes && step->seen.kind == Kind::file &&
               !is_of_image(context_, layer_.entries[entry].path, step->seen);
    }

    void find_in(const std::string& folder, const std::set<std::string>& names) {
        const auto entries = roots_.place_of(folder).and_then(
            [&](const system::Place& place) { return world_.files.list(place); });
        for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
            const std::string path = folder + '/' + entry.name;
            const auto metadata = packages::metadata_at('/' + path);
            if (metadata && names.contains(metadata->name) && !has_path(layer_.entries, path) &&
                is_of_session(packages::list_at(path, metadata->domain))) {
                take(path, *metadata);
                add(path);
            }
        }
    }

    void take(const std::string& metadata_path, const Metadata& metadata) {
        const std::string list = packages::list_at(metadata_path, metadata.domain);
        const auto text = roots_.place_of(list).and_then([&](const system::Place& place) {
            return world_.files.read_file(place, packages::largest_list_of_files);
        });
        for (const std::string& file :
             packages::files_in_list(metadata, text.value_or(std::string()))) {
            const std::string path = file.substr(1);
            if (!is_path_within(path, metadata_path) && !has_path(layer_.entries, path) &&
                is_of_session(path)) {
                add(path);
            }
        }
    }

    [[nodiscard]] bool is_of_session(const std::string& path) {
        const system::Status status = status_of(path);
        const bool is_there = status.kind == Kind::file || status.kind == Kind::link;
        // What the snapshot's session had removed of the image is no loss.
        return is_there && !snapshot::is_of_image(context_, path, status) &&
               (has_path(layer_.deletions, path) || find_entry(image(), path) == nullptr);
    }

    [[nodiscard]] system::Status status_of(const std::string& path) const {
        return roots_.place_of(path)
            .and_then([&](const system::Place& place) { return world_.files.status(place); })
            .value_or(system::Status{});
    }

    const snapshot::ImageListing& image() {
        if (!image_) {
            image_ = known_listing(world_, session_, state_).value_or(snapshot::ImageListing{});
        }
        return *image_;
    }

    // What goes with the layer before needs no room.
    void add(const std::string& path) {
        if (!removed_.contains(path)) {
            found_.push_back(path);
        }
    }

    const World& world_;
    const Session& session_;
    const snapshot::LayerState& state_;
    const Layer& layer_;
    const snapshot::LayerPlan& plan_;
    const snapshot::LayerContext& context_;
    const snapshot::Roots& roots_;
    std::set<std::string> removed_;
    std::map<std::string, std::set<std::string>> names_in_;
    std::vector<std::string> lists_anew_;
    std::optional<snapshot::ImageListing> image_;
    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> superseded(const World& world,
                                    const Session& session,
                                    const snapshot::LayerState& state,
                                    const Layer& layer,
                                    const snapshot::LayerPlan& plan,
                                    const snapshot::LayerContext& context,
                                    const snapshot::Roots& roots) {
    return Finder(world, session, state, layer, plan, context, roots).find();
}

}  // namespace envkeep::engine
