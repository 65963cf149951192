// SPDX-License-Identifier: MIT
#include "envkeep/python/find_environments.hpp"

#include "envkeep/core/text.hpp"
#include "python/jupyter_rules.hpp"
#include "python/paths.hpp"
#include "python/version_rules.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_list = 1U << 20U;

bool has_fault(const Environment& environment, Fault fault) {
    return std::ranges::find(environment.faults, fault) != environment.faults.end();
}

// "python3.11" and "python3.13t".
bool is_versioned_python(std::string_view name) {
    return version_in_name(name.ends_with('t') ? name.substr(0, name.size() - 1) : name)
        .has_value();
}

class Finder {
  public:
    Finder(Folders& folders, const EnvironmentSearch& search)
        : folders_(folders), search_(search) {}

    FoundEnvironments find() && {
        for (const NamedProgram& program : search_.programs) {
            add_program(program.path, program.because, Missing::is_told);
        }
        for (const std::string& folder : absolute_folders(search_.path)) {
            add_programs_in(folder, "PATH");
        }
        add_prefix("/usr");
        add_prefix("/usr/local");
        add_prefixes_in("/opt");
        for (const std::string& root : search_.roots) {
            add_root(root);
        }
        if (search_.home.starts_with('/')) {
            add_home();
        }
        add_below(search_.work_folders);
        add_below(search_.more);
        return std::move(found_);
    }

  private:
    enum class Missing { is_told, is_passed_over };

    void add_program(const std::string& program, const std::string& because, Missing missing) {
        if (!program.starts_with('/') || !tried_.insert(program).second) {
            return;
        }
        Environment environment = folders_.environment_of(program);
        const bool is_unknown =
            !environment.is_virtual() && (has_fault(environment, Fault::version_unknown) ||
                                          has_fault(environment, Fault::program_missing) ||
                                          has_fault(environment, Fault::library_missing));
        // A wrapper script (pyenv's shims, also those that a version names) is no environment, nor
        // is a link that leads nowhere.
        if (is_unknown && missing == Missing::is_passed_over) {
            return;
        }
        const std::string key = environment.real_program + '\n' + environment.prefix + '\n' +
                                (environment.real_program.empty() ? environment.version : "");
        if (!known_.insert(key).second) {
            return;
        }
        if (found_.environments.size() >= search_.most_environments) {
            tell_not_searched(because);
        } else {
            found_.environments.push_back(
                {.environment = std::move(environment), .because = because});
        }
    }

    void add_programs_in(const std::string& bin, const std::string& because) {
        for (const std::string_view name : {"python3", "python"}) {
            if (folders_.names(bin, name)) {
                add_program(joined(bin, name), because, Missing::is_passed_over);
            }
        }
        for (const system::Entry& entry : folders_.in(bin)) {
            if (is_versioned_python(entry.name)) {
                add_program(joined(bin, entry.name), because, Missing::is_passed_over);
            }
        }
    }

    void add_prefix(const std::string& prefix) { add_prefix(prefix, prefix); }

    void add_prefix(const std::string& prefix, const std::string& because) {
        add_programs_in(prefix + "/bin", because);
    }

    // Whether one more folder may be looked into; else the first of `places` around it is told.
    bool may_look_into(const std::string& folder, const std::vector<std::string>& places) {
        if (looked_into_ < search_.most_folders) {
            ++looked_into_;
            return true;
        }
        const auto place = std::ranges::find_if(
            places, [&](const std::string& one) { return is_path_within(folder, one); });
        tell_not_searched(place == places.end() ? folder : *place);
        return false;
    }

    void tell_not_searched(const std::string& place) {
        if (std::ranges::find(found_.not_searched, place) == found_.not_searched.end()) {
            found_.not_searched.push_back(place);
        }
    }

    void add_prefixes_in(const std::string& folder) {
        for (const system::Entry& entry : folders_.in(folder)) {
            const std::string prefix = joined(folder, entry.name);
            if (entry.kind != system::Kind::folder && entry.kind != system::Kind::link) {
                continue;
            }
            if (!may_look_into(folder, {})) {
                return;
            }
            add_root(prefix);
        }
    }

    // A prefix with others in it: conda's, pyenv's.
    void add_root(const std::string& root) {
        if (!root.starts_with('/') || !roots_.insert(root).second) {
            return;
        }
        add_prefix(root);
        for (const std::string_view below : {"envs", "versions"}) {
            if (folders_.has_folder(root, below)) {
                add_prefixes_in(joined(root, below));
            }
        }
    }

    void add_home() {
        const std::string& home = search_.home;
        add_prefix(home + "/.local");
        for (const std::string_view name : conda_folders) {
            add_root(joined(home, name));
        }
        add_root(home + "/.conda");
        add_root(home + "/.pyenv");
        add_condas_list(home + "/.conda/environments.txt");
        add_prefix(home + "/.venv");
        add_prefix(home + "/venv");
        add_prefixes_in(home + "/.virtualenvs");
    }

    // One prefix a line (conda/core/envs_manager.py).
    void add_condas_list(const std::string& file) {
        const auto text = folders_.machine().read(file, largest_list);
        if (!text) {
            return;
        }
        for (const std::string_view line : split(*text, '\n')) {
            const std::string prefix(trimmed(line));
            if (!prefix.starts_with('/') || prefix.find('\0') != std::string::npos) {
                continue;
            }
            if (!may_look_into(file, {})) {
                return;
            }
            add_prefix(prefix, file);
        }
    }

    // Level by level: a folder with very many in it keeps no other from being looked into. Of what
    // is given up the places are told in which it lies: below them it may be any number.
    void add_below(const std::vector<std::string>& places) {
        std::vector<std::string> folders = places;
        for (int level = 0; level <= search_.levels && !folders.empty(); ++level) {
            std::vector<std::string> next;
            for (const std::string& folder : folders) {
                if (!folder.starts_with('/') || !may_look_into(folder, places)) {
                    continue;
                }
                if (is_file(folders_.machine(), folder + "/pyvenv.cfg") ||
                    is_folder(folders_.machine(), folder + "/conda-meta")) {
                    add_prefix(folder);
                } else if (level < search_.levels) {
                    add_children(folder, next);
                }
            }
            folders = std::move(next);
        }
    }

    void add_children(const std::string& folder, std::vector<std::string>& children) {
        for (const system::Entry& entry : folders_.in(folder)) {
            const bool is_ours =
                entry.name != ".git" && entry.name != "node_modules" && entry.name != "__pycache__";
            if (entry.kind == system::Kind::folder && is_ours) {
                children.push_back(joined(folder, entry.name));
            }
        }
    }

    Folders& folders_;
    const EnvironmentSearch& search_;
    std::set<std::string> tried_;
    std::set<std::string> known_;
    std::set<std::string> roots_;
    std::size_t looked_into_ = 0;
    FoundEnvironments found_;
};

}  // namespace

FoundEnvironments find_environments(Folders& folders, const EnvironmentSearch& search) {
    return Finder(folders, search).find();
}

}  // namespace envkeep::python
