// SPDX-License-Identifier: MIT
#include "envkeep/python/module_path.hpp"

#include "envkeep/core/text.hpp"
#include "python/notebook.hpp"
#include "python/path_file.hpp"
#include "python/paths.hpp"
#include "python/version_rules.hpp"
#include "python/wishes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_path_file = 1U << 20U;
constexpr std::size_t most_entries = 10000;
// Of all .pth files together, whatever their lines lead to.
constexpr std::size_t most_path_lines = 10000;
constexpr std::size_t most_path_bytes = std::size_t{16} << 20U;
constexpr std::size_t longest_code = 1000;
constexpr int first_absolute = 11;  // PYTHONPATH is made absolute by getpath.py since then
constexpr int first_absolute_script = 9;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class Builder {
  public:
    Builder(Folders& folders, const Environment& environment, const Launch& launch)
        : folders_(folders),
          environment_(environment),
          launch_(launch),
          wishes_(wishes_of(environment, launch)) {}

    ModulePath build() && {
        find_prefixes();
        add_variable();
        add_standard_library();
        if (!wishes_.options.has_no_site) {
            drop_repeated();
            add_virtual_site();
            add_user_site();
            add_sites(shared_prefixes());
        }
        add_first();
        if (is_notebook(wishes_.options)) {
            become_a_notebook(folders_, wishes_.options.subject, launch_, path_.entries);
        }
        return std::move(path_);
    }

  private:
    [[nodiscard]] std::string absolute_here(std::string_view path) const {
        return absolute(launch_.working_folder, path);
    }

    void find_prefixes() {
        prefix_ = exec_prefix_ = environment_.base_prefix;
        const std::string home =
            wishes_.ignores_variables ? std::string() : variable(launch_, "PYTHONHOME");
        if (!home.empty()) {
            const std::size_t colon = home.find(':');
            prefix_ = home.substr(0, colon);
            exec_prefix_ = colon == std::string::npos ? prefix_ : home.substr(colon + 1);
        }
    }

    void add(std::string text, PathKind kind) {
        std::string folder = absolute_here(text);
        path_.entries.push_back(
            {.text = std::move(text), .folder = std::move(folder), .kind = kind, .path_file = {}});
    }

    void add_variable() {
        const std::string list =
            wishes_.ignores_variables ? std::string() : variable(launch_, "PYTHONPATH");
        if (list.empty()) {
            return;
        }
        const bool is_absolute = minor_of(environment_.version) >= first_absolute;
        for (const std::string_view folder : split(list, ':')) {
            add(is_absolute ? absolute_here(folder) : std::string(folder), PathKind::variable);
            if (path_.entries.size() >= most_entries) {
                break;
            }
        }
    }

    void add_standard_library() {
        const std::string library = environment_.library_folder + '/';
        std::string zip = environment_.version + environment_.abi_flags;
        std::erase(zip, '.');
        const std::string name = environment_.library_name();
        add(joined(prefix_, library + "python" + zip + ".zip"), PathKind::standard_library);
        add(joined(prefix_, library + name), PathKind::standard_library);
        add(joined(exec_prefix_, library + name + "/lib-dynload"), PathKind::standard_library);
    }

    // removeduppaths(): also makes all of them absolute.
    void drop_repeated() {
        std::vector<PathEntry> kept;
        for (PathEntry& entry : path_.entries) {
            if (known_.insert(entry.folder).second) {
                entry.text = entry.folder;
                kept.push_back(std::move(entry));
            }
        }
        path_.entries = std::move(kept);
    }

    // venv(): before the user's site folder.
    void add_virtual_site() {
        if (environment_.is_virtual()) {
            add_sites({environment_.prefix});
        }
    }

    void add_user_site() {
        if (!uses_user_site(environment_, launch_)) {
            return;
        }
        const std::string site = absolute_here(user_site_of(environment_, launch_));
        if (is_folder(folders_.machine(), site)) {
            add_site(site, PathKind::user_site);
        }
    }

    [[nodiscard]] std::vector<std::string> shared_prefixes() const {
        std::vector<std::string> prefixes;
        if (environment_.is_virtual()) {
            prefixes.push_back(environment_.prefix);
        }
        if (!environment_.is_virtual() || environment_.virtual_config->has_system_site) {
            prefixes.push_back(prefix_);
            prefixes.push_back(exec_prefix_);
        }
        if (environment_.site.has_usr_local && uses_user_site(environment_, launch_)) {
            prefixes.insert(prefixes.begin(), "/usr/local");
        }
        return prefixes;
    }

    // getsitepackages() for one prefix.
    [[nodiscard]] std::vector<std::string> sites_of(const std::string& prefix) const {
        const std::string name = environment_.library_name();
        std::vector<std::string> libraries{environment_.library_folder};
        if (libraries.front() != "lib") {
            libraries.emplace_back("lib");
        }
        std::vector<std::string> sites;
        if (environment_.site.has_dist_packages) {
            const bool is_virtual =
                environment_.is_virtual() ||
                (environment_.site.asks_virtual_env && launch_.variables.contains("VIRTUAL_ENV"));
            if (is_virtual) {
                sites.push_back("lib/" + name + "/site-packages");
            }
            sites.push_back("local/lib/" + name + "/dist-packages");
            sites.emplace_back("lib/python3/dist-packages");
        }
        const std::string_view last =
            environment_.site.has_dist_packages ? "dist-packages" : "site-packages";
        for (const std::string& library : libraries) {
            sites.push_back(fmt::format("{}/{}/{}", library, name, last));
        }
        for (std::string& site : sites) {
            site = absolute_here(joined(prefix, site));
        }
        return sites;
    }

    void add_sites(const std::vector<std::string>& prefixes) {
        std::set<std::string> seen;
        for (const std::string& prefix : prefixes) {
            if (prefix.empty() || !seen.insert(prefix).second) {
                continue;
            }
            for (const std::string& site : sites_of(prefix)) {
                if (is_folder(folders_.machine(), site)) {
                    add_site(site, PathKind::site);
                }
            }
        }
    }

    // addsitedir(); a second time it would find nothing new.
    void add_site(const std::string& site, PathKind kind) {
        if (!sites_.insert(site).second) {
            return;
        }
        if (known_.insert(site).second) {
            add(site, kind);
        }
        for (const system::Entry& entry : folders_.in(site)) {
            const bool is_hidden =
                environment_.site.skips_hidden_files && entry.name.starts_with('.');
            if (entry.name.ends_with(".pth") && !is_hidden) {
                add_path_file(site, entry.name);
            }
        }
    }

    void add_path_file(const std::string& site, const std::string& name) {
        const std::string file = joined(site, name);
        if (lines_ >= most_path_lines || bytes_ >= most_path_bytes) {
            path_.unread.push_back(file);
            return;
        }
        const auto text = folders_.machine().read(file, largest_path_file);
        if (!text) {
            path_.unread.push_back(file);
            return;
        }
        std::string_view body = *text;
        bytes_ += body.size();
        if (environment_.site.skips_byte_order_mark && body.starts_with(byte_order_mark)) {
            body.remove_prefix(byte_order_mark.size());
        }
        for (const PathLine& line : parse_path_file(body)) {
            if (++lines_ > most_path_lines) {
                path_.unread.push_back(file);
                return;
            }
            if (line.is_code) {
                path_.code.push_back({.path_file = file,
                                      .line = line.number,
                                      .text = std::string(line.text.substr(0, longest_code))});
            } else {
                add_line(site, file, line);
            }
        }
    }

    void add_line(const std::string& site, const std::string& file, const PathLine& line) {
        const std::string folder = absolute(site, line.text);
        if (path_.entries.size() >= most_entries || known_.contains(folder) ||
            kind_at(folders_.machine(), folder) == system::Kind::absent) {
            return;
        }
        known_.insert(folder);
        path_.entries.push_back({.text = folder,
                                 .folder = folder,
                                 .kind = PathKind::path_file,
                                 .path_file = file,
                                 .line = line.number});
    }

    void put(std::size_t place, std::string text, PathKind kind) {
        std::string folder = absolute_here(text);
        path_.entries.insert(
            path_.entries.begin() + static_cast<std::ptrdiff_t>(place),
            {.text = std::move(text), .folder = std::move(folder), .kind = kind, .path_file = {}});
    }

    // sys.path[0] (Python/pathconfig.c, _PyPathConfig_ComputeSysPath0). A folder or zip file that
    // is run comes first in any case (Modules/main.c, pymain_run_python()).
    void add_first() {
        const Options& options = wishes_.options;
        const std::string script = absolute_here(options.subject);
        if (options.start == Start::script && is_folder(folders_.machine(), script)) {
            put(0,
                minor_of(environment_.version) >= first_absolute_script ? script : options.subject,
                PathKind::script);
        } else if (wishes_.leaves_out_unsafe) {
            return;
        } else if (options.start == Start::script) {
            put(0,
                parent_of(folders_.machine().real_path(script).value_or(script)),
                PathKind::script);
        } else {
            put(0,
                options.start == Start::module ? launch_.working_folder : std::string(),
                PathKind::working_folder);
        }
    }

    Folders& folders_;
    const Environment& environment_;
    const Launch& launch_;
    Wishes wishes_;
    std::string prefix_;
    std::string exec_prefix_;
    std::set<std::string> known_;
    std::set<std::string> sites_;
    std::size_t lines_ = 0;  // of the .pth files that were read
    std::size_t bytes_ = 0;
    ModulePath path_;
};

}  // namespace

std::string_view word_of(PathKind kind) {
    switch (kind) {
        case PathKind::working_folder:
            return "working folder";
        case PathKind::script:
            return "script";
        case PathKind::variable:
            return "PYTHONPATH";
        case PathKind::standard_library:
            return "standard library";
        case PathKind::user_site:
            return "user site";
        case PathKind::site:
            return "site";
        case PathKind::path_file:
            break;
    }
    return ".pth file";
}

ModulePath module_path(Folders& folders, const Environment& environment, const Launch& launch) {
    return environment.version.empty() ? ModulePath{}
                                       : Builder(folders, environment, launch).build();
}

}  // namespace envkeep::python
