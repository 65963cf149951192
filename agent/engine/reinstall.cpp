// SPDX-License-Identifier: MIT
#include "engine/reinstall.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/packages/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace envkeep::engine {
namespace {

using packages::Asked;
using packages::Domain;
using packages::Package;
using packages::Runtime;

std::string prefix_of(const Runtime& runtime) {
    return std::string(folder_of(folder_of(runtime.path)));
}

std::string quoted_if_needed(std::string_view word) {
    const bool is_plain = !word.empty() && std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:=@%+,").find(c) != std::string_view::npos;
    });
    return is_plain ? std::string(word) : shell_quoted(word);
}

class Writer {
  public:
    explicit Writer(const ReinstallFrom& from) : from_(from) {}

    std::vector<std::string> write() {
        add_apt();
        for (const std::string& prefix : places_of(Domain::conda)) {
            add_conda(prefix);
        }
        for (const std::string& site : places_of(Domain::python)) {
            add_python(site);
        }
        add_npm();
        add_r();
        return std::move(commands_);
    }

  private:
    [[nodiscard]] std::set<std::string> places_of(Domain domain) const {
        std::set<std::string> places;
        for (const Package& package : from_.lost) {
            if (package.domain == domain) {
                places.insert(package.place);
            }
        }
        return places;
    }

    [[nodiscard]] packages::Inventory lost_of(Domain domain, const std::string& place) const {
        packages::Inventory inventory{.base = from_.lock.base};
        std::ranges::copy_if(
            from_.lost, std::back_inserter(inventory.packages), [&](const Package& package) {
                return package.domain == domain && package.place == place;
            });
        return inventory;
    }

    void add(std::string command, const std::vector<std::string>& words) {
        if (words.empty()) {
            return;
        }
        for (const std::string& word : words) {
            command += ' ' + quoted_if_needed(word);
        }
        commands_.push_back(std::move(command));
    }

    void add_apt() {
        const packages::Exported names =
            packages::export_apt(lost_of(Domain::apt, {}), packages::Scope::everything);
        std::vector<std::string> words;
        for (const std::string_view name : split(names.text, '\n')) {
            if (!name.empty()) {
                words.emplace_back(name);
            }
        }
        add("apt-get install -y", words);
    }

    void add_conda(const std::string& prefix) {
        std::vector<std::string> words;
        for (const Package& package : lost_of(Domain::conda, prefix).packages) {
            if (package.asked != Asked::brought_along) {
                words.push_back(package.name + '=' + package.version);
            }
        }
        const bool is_there = from_.is_here(prefix + "/conda-meta/history");
        add(fmt::format(
                "conda {} -y -p {}", is_there ? "install" : "create", quoted_if_needed(prefix)),
            words);
    }

    // Of the interpreters that import from a site directory, as the lock knew them.
    [[nodiscard]] const Runtime* interpreter_then(const packages::Inventory& lost,
                                                  const std::string& site) const {
        for (const Runtime& runtime : from_.lock.base.runtimes) {
            const std::vector<std::string> sites = packages::sites_of(lost, runtime);
            if (runtime.language == "python" && std::ranges::find(sites, site) != sites.end()) {
                return &runtime;
            }
        }
        return nullptr;
    }

    // The same one, else the newest of this machine at the same prefix.
    [[nodiscard]] std::string interpreter_now(const Runtime& then) const {
        const Runtime* found = nullptr;
        for (const Runtime& runtime : from_.now.runtimes) {
            if (runtime.language != "python") {
                continue;
            }
            if (runtime.path == then.path) {
                return then.path;
            }
            const bool is_newer = found == nullptr ||
                                  found->version.size() < runtime.version.size() ||
                                  (found->version.size() == runtime.version.size() &&
                                   found->version < runtime.version);
            if (prefix_of(runtime) == prefix_of(then) && is_newer) {
                found = &runtime;
            }
        }
        return found == nullptr ? std::string("python3") : found->path;
    }

    [[nodiscard]] bool is_managed(const std::string& interpreter) const {
        const std::size_t slash = interpreter.rfind('/');
        return slash != std::string::npos &&
               from_.is_here(fmt::format("{}/lib/{}/EXTERNALLY-MANAGED",
                                         folder_of(folder_of(interpreter)),
                                         interpreter.substr(slash + 1)));
    }

    void add_python(const std::string& site) {
        const packages::Inventory lost = lost_of(Domain::python, site);
        const Runtime* const then = interpreter_then(lost, site);
        const packages::Exported wanted = packages::export_requirements(
            lost, then == nullptr ? Runtime{} : *then, packages::Scope::everything);
        std::vector<std::string> words;
        for (const std::string_view line : split(wanted.text, '\n')) {
            for (const std::string_view option : {"--extra-index-url ", "-e "}) {
                if (line.starts_with(option)) {
                    words.emplace_back(trimmed(option));
                    words.emplace_back(line.substr(option.size()));
                }
            }
            if (!line.empty() && !line.starts_with('-')) {
                words.emplace_back(line);
            }
        }
        const std::string interpreter =
            then == nullptr ? std::string("python3") : interpreter_now(*then);
        std::string command = quoted_if_needed(interpreter) + " -m pip install";
        command += site.find("/.local/lib/") != std::string::npos ? " --user" : "";
        command += is_managed(interpreter) ? " --break-system-packages" : "";
        add(std::move(command), words);
    }

    void add_npm() {
        for (const std::string& place : places_of(Domain::npm)) {
            std::vector<std::string> words;
            for (const Package& package : lost_of(Domain::npm, place).packages) {
                // A folder that was linked: no registry has it.
                constexpr std::string_view scheme = "file://";
                words.push_back(package.is_editable && package.url.starts_with(scheme)
                                    ? package.url.substr(scheme.size())
                                    : package.name + '@' + package.version);
            }
            add("npm install -g", words);
        }
    }

    void add_r() {
        std::string names;
        for (const Package& package : from_.lost) {
            if (package.domain == Domain::r) {
                names += (names.empty() ? "'" : ", '") + package.name + '\'';
            }
        }
        if (!names.empty()) {
            add("Rscript -e", {fmt::format("install.packages(c({}))", names)});
        }
    }

    const ReinstallFrom& from_;
    std::vector<std::string> commands_;
};

}  // namespace

std::vector<std::string> reinstall_commands(const ReinstallFrom& from) {
    ReinstallFrom sorted = from;
    std::ranges::sort(sorted.lost);
    return Writer(sorted).write();
}

}  // namespace envkeep::engine
