// SPDX-License-Identifier: MIT
#include "engine/package_watch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {
namespace {

// Site directories below a folder of Python's: "/usr/local/lib" has python3.11/dist-packages.
void add_sites(const system::Machine& machine,
               const std::string& library,
               std::vector<std::string>& watched) {
    for (const std::string& name : machine.names_in(library)) {
        if (name.starts_with("python3")) {
            watched.push_back(library + '/' + name + "/dist-packages");
            watched.push_back(library + '/' + name + "/site-packages");
        }
    }
}

std::vector<std::string> watched_places(const system::Machine& machine, const std::string& home) {
    std::vector<std::string> watched{"/var/lib/dpkg/status",
                                     "/usr/lib/node_modules",
                                     "/usr/local/lib/node_modules",
                                     home + "/.npm-global/lib/node_modules",
                                     "/opt/conda/conda-meta"};
    for (const std::string library : {"/usr/lib", "/usr/local/lib", "/opt/conda/lib"}) {
        add_sites(machine, library, watched);
    }
    add_sites(machine, home + "/.local/lib", watched);
    for (const std::string_view name :
         {"miniconda3", "miniforge3", "mambaforge", "anaconda3", "micromamba"}) {
        const std::string prefix = home + '/' + std::string(name);
        watched.push_back(prefix + "/conda-meta");
        add_sites(machine, prefix + "/lib", watched);
    }
    return watched;
}

}  // namespace

std::optional<WallTime> packages_changed_at(const World& world,
                                            const Session& session,
                                            const snapshot::LayerState& state) {
    const WallTime known = state.holds_until.value_or(state.session_began);
    std::optional<WallTime> last;
    for (const std::string& path : watched_places(world.machine, session.home_path)) {
        const Result<system::Status> status = world.files.follow(path);
        if (status && status->kind != system::Kind::absent && status->changed >= known &&
            status->changed >= last.value_or(known)) {
            last = status->changed;
        }
    }
    return last;
}

}  // namespace envkeep::engine
