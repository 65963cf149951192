// SPDX-License-Identifier: MIT
#include "engine/layer_fit.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::engine {
namespace {

using packages::Domain;
using packages::Fit;
using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Layer;

Fit no(std::string reason) {
    return {.fits = false, .reason = std::move(reason)};
}

// Paths are absolute.
class PlaceFitter {
  public:
    PlaceFitter(const Layer& layer, const FitSides& sides) : layer_(layer), sides_(sides) {}

    [[nodiscard]] Fit node(const std::string& place, Fit by_keys) const {
        const std::array<std::string, 3> programs{
            std::string(folder_of(folder_of(place))) + "/bin/node",
            "/usr/local/bin/node",
            "/usr/bin/node"};
        const bool is_coming = std::ranges::any_of(programs, [&](const std::string& program) {
            return !sides_.is_here(program) && comes_along(program);
        });
        return !by_keys.fits && is_coming ? machine() : by_keys;
    }

    [[nodiscard]] Fit python(const std::string& place, Fit by_keys) const {
        const std::string library(folder_of(place));
        const std::string version = library.substr(library.rfind('/') + 1);  // "python3.11"
        const std::string prefix(folder_of(folder_of(library)));
        const std::string program = program_of(prefix, version);
        if (program.empty()) {
            return by_keys;
        }
        const std::string here = real_path(program);
        if (here.empty()) {
            return comes_along(program) ? machine()
                                        : no(fmt::format("its program {} is not here", program));
        }
        const std::string name = here.substr(here.rfind('/') + 1);
        return name.starts_with("python3.") && name != version
                   ? no(fmt::format("its program {} is {} here", program, name))
                   : by_keys;
    }

  private:
    // What an environment's links lead to, or the interpreter that stands in the prefix itself.
    [[nodiscard]] std::string program_of(const std::string& prefix,
                                         const std::string& version) const {
        const Entry* const own = find(prefix + "/bin/" + version);
        if (find(prefix + "/pyvenv.cfg") == nullptr) {
            return own != nullptr && own->kind == EntryKind::file ? prefix + "/bin/" + version : "";
        }
        for (const char* const name : {"python", "python3", version.c_str()}) {
            const Entry* const entry = find(prefix + "/bin/" + name);
            if (entry != nullptr && entry->kind == EntryKind::link &&
                entry->target.starts_with('/')) {
                return entry->target;
            }
        }
        return {};
    }

    [[nodiscard]] const Entry* find(const std::string& path) const {
        const auto found = std::ranges::lower_bound(
            layer_.entries, path.substr(1), snapshot::comes_before, &Entry::path);
        return found != layer_.entries.end() && found->path == path.substr(1) ? &*found : nullptr;
    }

    [[nodiscard]] std::string real_path(const std::string& path) const {
        if (!sides_.is_here(path)) {
            return {};
        }
        return sides_.real_path ? sides_.real_path(path) : path;
    }

    // With the layer's files, or with a package that dpkg puts back.
    [[nodiscard]] bool comes_along(const std::string& program) const {
        const Entry* const entry = find(program);
        if (entry == nullptr) {
            return false;
        }
        const snapshot::Group& group = layer_.groups.at(entry->group);
        if (group.domain == snapshot::Domain::conda) {
            return packages::fits(sides_.then, sides_.now, Domain::conda, group.place).fits;
        }
        if (group.domain != snapshot::Domain::apt) {
            return true;
        }
        const packages::Package* const package = package_of(group, sides_.lock);
        return package != nullptr && sides_.debs.contains(deb_name(*package)) &&
               is_same_key("release") && is_same_key("machine");
    }

    [[nodiscard]] bool is_same_key(const std::string& key) const {
        const auto then = sides_.then.find(key);
        const auto now = sides_.now.find(key);
        return then != sides_.then.end() && now != sides_.now.end() && then->second == now->second;
    }

    [[nodiscard]] Fit machine() const {
        return packages::fits(sides_.then, sides_.now, Domain::cargo, {});
    }

    const Layer& layer_;
    const FitSides& sides_;
};

}  // namespace

Fit fit_of_place(const Layer& layer,
                 const FitSides& sides,
                 Domain domain,
                 const std::string& place) {
    Fit by_keys = packages::fits(sides.then, sides.now, domain, place);
    const PlaceFitter fitter(layer, sides);
    if (domain == Domain::npm) {
        return fitter.node(place, std::move(by_keys));
    }
    return domain == Domain::python ? fitter.python(place, std::move(by_keys)) : by_keys;
}

}  // namespace envkeep::engine
