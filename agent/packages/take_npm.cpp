// SPDX-License-Identifier: MIT
#include "envkeep/core/digest.hpp"
#include "packages/json_scan.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_lock = std::uint64_t{16} << 20U;
constexpr std::size_t integrity_digits = 16;

// "node_modules/name" to its integrity, of npm's hidden lock file.
std::map<std::string, std::string> integrities(Taking& taking, const Spot& modules) {
    std::map<std::string, std::string> found;
    const Package about{
        .domain = Domain::npm, .place = modules.shown, .name = ".package-lock.json"};
    const auto text = taking.read(modules.real + "/.package-lock.json", largest_lock, about);
    if (!text) {
        return found;
    }
    std::string_view packages;
    bool is_sound = scan_members(*text, [&](const std::string& name, std::string_view value) {
                        packages = name == "packages" ? value : packages;
                        return true;
                    }).has_value();
    const auto take = [&](const std::string& path, std::string_view package) {
        const auto scanned =
            scan_members(package, [&](const std::string& key, std::string_view value) {
                if (key == "integrity") {
                    found[path] = string_of(value);
                }
                return true;
            });
        is_sound = is_sound && scanned.has_value();
        return true;
    };
    if (!packages.empty()) {
        const auto scanned = scan_members(packages, take);
        is_sound = is_sound && scanned.has_value();
    }
    if (!is_sound) {
        taking.note(NoteKind::damaged, about);
    }
    return found;
}

class ModulesReader {
  public:
    ModulesReader(Taking& taking, Spot modules)
        : taking_(taking),
          modules_(std::move(modules)),
          integrities_(integrities(taking, modules_)),
          origin_(taking.origin_of_all_in(modules_.real)) {}

    void read() {
        for (const system::Entry& entry : taking_.list(modules_.real)) {
            if (entry.name.starts_with('@')) {
                for (const system::Entry& scoped : taking_.list(modules_.real + '/' + entry.name)) {
                    read_module(entry.name + '/' + scoped.name, scoped.kind);
                }
            } else if (!entry.name.starts_with('.')) {
                read_module(entry.name, entry.kind);
            }
        }
    }

  private:
    void read_module(const std::string& name, system::Kind kind) {
        Package package{.domain = Domain::npm, .place = modules_.shown, .name = name};
        package.asked = Asked::asked_for;
        std::string folder = modules_.real + '/' + name;
        if (kind == system::Kind::link) {
            // "npm link", or "npm install -g ./folder".
            const auto target = taking_.spot(modules_.shown + '/' + name);
            if (!target) {
                taking_.note(NoteKind::link, package);
                return;
            }
            folder = target->real;
            package.is_editable = true;
            package.url = "file://" + folder;
        } else if (kind != system::Kind::folder) {
            return;
        }
        read_description(folder, package);
        const auto integrity = integrities_.find("node_modules/" + name);
        if (integrity != integrities_.end()) {
            package.record = digest_of(integrity->second).text().substr(0, integrity_digits);
        }
        // A folder of a scope does not change the folder above it.
        const bool is_scoped = name.starts_with('@');
        package.origin =
            origin_ && !is_scoped ? *origin_ : taking_.origin_of(modules_.real + '/' + name);
        taking_.add(std::move(package));
    }

    void read_description(const std::string& folder, Package& package) {
        const auto text = taking_.read(folder + "/package.json", largest_lock, package);
        if (!text) {
            return;
        }
        const auto scanned =
            scan_members(*text, [&](const std::string& key, std::string_view value) {
                if (key == "version") {
                    package.version = string_of(value);
                }
                return true;
            });
        if (!scanned || package.version.empty()) {
            taking_.note(NoteKind::damaged, package, "package.json");
        }
    }

    Taking& taking_;
    Spot modules_;
    std::map<std::string, std::string> integrities_;
    std::optional<Origin> origin_;
};

}  // namespace

std::vector<std::string> module_folders(Taking& taking, const std::vector<Prefix>& prefixes) {
    const std::string& home = taking.options().home;
    std::vector<std::string> roots;
    roots.reserve(prefixes.size() + 2);
    for (const Prefix& prefix : prefixes) {
        roots.push_back(prefix.spot.shown);
    }
    roots.push_back(home + "/.npm-global");
    const std::string chosen = taking.machine().variable("NPM_CONFIG_PREFIX").value_or("");
    if (!chosen.empty()) {
        roots.push_back(chosen);
    }
    if (const auto versions = taking.spot(home + "/.nvm/versions/node")) {
        for (const std::string& name : taking.folders_in(versions->real)) {
            roots.push_back(versions->shown + '/' + name);
        }
    }
    for (std::string& root : roots) {
        root += "/lib/node_modules";
    }
    return roots;
}

void take_npm(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> seen;
    for (const std::string& folder : module_folders(taking, prefixes)) {
        auto modules = taking.spot(folder);
        if (modules && std::ranges::find(seen, modules->real) == seen.end()) {
            seen.push_back(modules->real);
            ModulesReader(taking, *std::move(modules)).read();
        }
    }
}

}  // namespace envkeep::packages
