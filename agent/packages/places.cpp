// SPDX-License-Identifier: MIT
#include "packages/places.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/find_environments.hpp"
#include "packages/metadata.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::size_t most_candidates = 2000;  // of folders looked into for environments
constexpr std::uint64_t largest_list = 1U << 20U;

class Finder {
  public:
    explicit Finder(Taking& taking) : taking_(taking), home_(taking.options().home) {}

    std::vector<Prefix> find() && {
        for (const std::string& path : {std::string("/usr"), std::string("/usr/local")}) {
            add(path, PrefixKind::system);
        }
        add(home_ + "/.local", PrefixKind::system);
        for (const std::string& child : children(home_ + "/.pyenv/versions")) {
            add(child, PrefixKind::system);
        }
        find_conda();
        find_tools();
        find_environments();
        return std::move(found_);
    }

  private:
    std::vector<std::string> children(const std::string& folder) {
        std::vector<std::string> out;
        if (const auto spot = taking_.spot(folder)) {
            for (const std::string& name : taking_.folders_in(spot->real)) {
                out.push_back(Spot{.shown = folder, .real = {}}.child(name).shown);
            }
        }
        return out;
    }

    void add(const std::string& path, PrefixKind kind) {
        auto spot = taking_.spot(path);
        if (spot && std::ranges::none_of(
                        found_, [&](const Prefix& one) { return one.spot.real == spot->real; })) {
            found_.push_back({.spot = *std::move(spot), .kind = kind});
        }
    }

    [[nodiscard]] std::string variable(std::string_view name) const {
        return taking_.options().asks_variables
                   ? taking_.machine().variable(name).value_or(std::string())
                   : std::string();
    }

    void add_conda(const std::string& path) {
        if (taking_.spot(path + "/conda-meta")) {
            add(path, PrefixKind::conda);
        }
        for (const std::string& child : children(path + "/envs")) {
            if (taking_.spot(child + "/conda-meta")) {
                add(child, PrefixKind::conda);
            }
        }
    }

    void find_conda() {
        for (const std::string& base : {std::string("/opt"), home_}) {
            for (const std::string_view name : python::conda_folders) {
                add_conda(base + '/' + std::string(name));
            }
        }
        add_conda(variable("CONDA_PREFIX"));
        add_conda(variable("MAMBA_ROOT_PREFIX"));
        for (const std::string& child : children(home_ + "/.conda/envs")) {
            add_conda(child);
        }
        const auto listed =
            taking_.machine().read_fact(home_ + "/.conda/environments.txt", largest_list);
        for (const std::string_view line : lines_of(listed ? *listed : std::string_view{})) {
            add_conda(std::string(trimmed(line)));
        }
    }

    void find_tools() {
        for (const std::string_view folder :
             {"/.local/share/pipx/venvs", "/.local/pipx/venvs", "/.local/share/uv/tools"}) {
            for (const std::string& child : children(home_ + std::string(folder))) {
                add(child, PrefixKind::tool);
            }
        }
    }

    void add_environment(const std::string& path) {
        if (++candidates_ > most_candidates) {
            return;
        }
        const auto spot = taking_.spot(path);
        if (spot && taking_.status(spot->real + "/pyvenv.cfg").kind == system::Kind::file) {
            add(path, PrefixKind::environment);
        }
    }

    void find_environments() {
        add_environment(home_);
        for (const std::string_view name : {"/.venv", "/venv"}) {
            add_environment(home_ + std::string(name));
        }
        for (const std::string& folder :
             {std::string("/opt"), home_, home_ + "/.virtualenvs", home_ + "/.venvs"}) {
            for (const std::string& child : children(folder)) {
                add_environment(child);
            }
        }
        add_environment(variable("VIRTUAL_ENV"));
        for (const std::string& folder : taking_.options().environments) {
            add_environment(folder);
        }
        add_below(taking_.options().work_folders, 2);
    }

    // Level by level: a folder with very many in it keeps no other from being looked into.
    void add_below(const std::vector<std::string>& folders, int levels) {
        std::vector<std::string> next;
        for (const std::string& folder : folders) {
            if (candidates_ >= most_candidates) {
                return;
            }
            add_environment(folder);
            add_environment(folder + "/.venv");
            if (levels > 0) {
                add_real_children(folder, next);
            }
        }
        if (!next.empty()) {
            add_below(next, levels - 1);
        }
    }

    // Links lead to what is kept elsewhere, and other mounts to data.
    void add_real_children(const std::string& folder, std::vector<std::string>& children) {
        const auto spot = taking_.spot(folder);
        for (const system::Entry& entry :
             spot ? taking_.list(spot->real) : std::vector<system::Entry>{}) {
            if (entry.kind == system::Kind::folder && !entry.name.starts_with('.') &&
                entry.name != "node_modules" &&
                !taking_.status(spot->real + '/' + entry.name).is_mount_point) {
                children.push_back(Spot{.shown = folder, .real = {}}.child(entry.name).shown);
            }
        }
    }

    Taking& taking_;
    const std::string& home_;
    std::vector<Prefix> found_;
    std::size_t candidates_ = 0;
};

}  // namespace

std::vector<Prefix> find_prefixes(Taking& taking) {
    return Finder(taking).find();
}

std::vector<Spot> site_folders(Taking& taking, const Prefix& prefix) {
    std::vector<Spot> sites;
    const auto add = [&](const std::string& path) {
        auto spot = taking.spot(path);
        if (spot && std::ranges::find(sites, spot->real, &Spot::real) == sites.end()) {
            sites.push_back(*std::move(spot));
        }
    };
    for (const std::string_view library : {"/lib", "/lib64"}) {
        const auto lib = taking.spot(prefix.spot.shown + std::string(library));
        if (!lib) {
            continue;
        }
        for (const std::string& name : taking.folders_in(lib->real)) {
            if (name.starts_with("python3")) {
                const Spot folder = lib->child(name);
                add(folder.child("site-packages").shown);
                add(folder.child("dist-packages").shown);
            }
        }
    }
    return sites;
}

}  // namespace envkeep::packages
