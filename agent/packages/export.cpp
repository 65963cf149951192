// SPDX-License-Identifier: MIT
#include "envkeep/packages/export.hpp"

#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// What may stand in a line of its own: pip, conda and apt know no way to write anything else.
bool is_plain_url(std::string_view url) {
    return url.find("://") != std::string_view::npos && std::ranges::all_of(url, [](char c) {
               return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
           });
}

bool is_in(Scope scope, const Package& package) {
    return scope == Scope::everything || package.origin != Origin::image;
}

void leave_out(Exported& out, const Package& package, std::string_view why) {
    out.left_out.push_back(printable(package.name) + ": " + std::string(why));
}

// "git+https://host/x.git#subdirectory=y" at a commit.
std::string at_commit(const Package& package) {
    if (package.commit.empty()) {
        return package.url;
    }
    const std::size_t fragment = std::min(package.url.find('#'), package.url.size());
    return package.url.substr(0, fragment) + '@' + package.commit + package.url.substr(fragment);
}

// One line of a requirements file; empty, and left out, where there is no way to write it.
std::string requirement(const Package& package, Exported& out) {
    if (!is_plain_word(package.name)) {
        leave_out(out, package, "no name that pip takes");
        return {};
    }
    if (!package.url.empty()) {
        const std::string url = at_commit(package);
        if (!is_plain_url(url)) {
            leave_out(out, package, "no URL that pip takes");
            return {};
        }
        if (!package.is_editable) {
            return package.name + " @ " + url;
        }
        if (url.starts_with("file://")) {
            return "-e " + url;
        }
        return "-e " + url + (url.find('#') == std::string::npos ? "#egg=" : "&egg=") +
               package.name;
    }
    if (!is_plain_word(package.version)) {
        leave_out(out, package, "no version that pip takes");
        return {};
    }
    return package.name + "==" + package.version;
}

// Asked for, and pip's to install.
bool is_pips(const Package& package) {
    return package.domain == Domain::python && package.asked != Asked::brought_along &&
           package.installer != "conda" && package.installer != "debian";
}

struct Requirements {
    std::set<std::string> indexes;
    std::set<std::string> lines;
};

Requirements requirements_in(const Inventory& inventory,
                             const std::vector<std::string>& sites,
                             Scope scope,
                             Exported& out) {
    Requirements found;
    for (const Package& package : inventory.packages) {
        if (!is_pips(package) || !is_in(scope, package) ||
            std::ranges::find(sites, package.place) == sites.end()) {
            continue;
        }
        if (std::string line = requirement(package, out); !line.empty()) {
            found.lines.insert(std::move(line));
            if (std::string index = index_of_local_version(package.version);
                package.url.empty() && !index.empty()) {
                found.indexes.insert(std::move(index));
            }
        }
    }
    return found;
}

// "conda-forge" of "https://conda.anaconda.org/conda-forge/linux-64/x.conda"; the URL elsewhere.
std::string channel_of(const std::string& url) {
    constexpr std::string_view anaconda = "https://conda.anaconda.org/";
    const std::string channel = parent_of(parent_of(url));
    return channel.starts_with(anaconda) ? channel.substr(anaconda.size()) : channel;
}

bool is_of_prefix(const Package& package, std::string_view prefix) {
    return package.domain == Domain::conda && package.place == prefix;
}

std::vector<std::string> sites_below(const Inventory& inventory, std::string_view prefix) {
    std::set<std::string> places;
    const std::string below = std::string(prefix) + "/lib/python";
    for (const Package& package : inventory.packages) {
        if (package.domain == Domain::python && package.place.starts_with(below)) {
            places.insert(package.place);
        }
    }
    return {places.begin(), places.end()};
}

struct CondaSpecs {
    std::set<std::string> channels;
    std::string dependencies;
};

CondaSpecs specs_of(const Inventory& inventory, std::string_view prefix, Exported& out) {
    CondaSpecs specs;
    for (const Package& package : inventory.packages) {
        if (!is_of_prefix(package, prefix) || package.asked != Asked::asked_for) {
            continue;
        }
        if (!is_plain_word(package.name) || !is_plain_word(package.version)) {
            leave_out(out, package, "no name and version that conda takes");
            continue;
        }
        specs.dependencies += "  - " + package.name + '=' + package.version;
        specs.dependencies += is_plain_word(package.build) ? '=' + package.build + '\n' : "\n";
        if (is_plain_url(package.url)) {
            specs.channels.insert(channel_of(package.url));
        }
    }
    return specs;
}

}  // namespace

std::string index_of_local_version(std::string_view version) {
    const std::size_t plus = version.find('+');
    if (plus == std::string_view::npos) {
        return {};
    }
    const std::string_view local = version.substr(plus + 1);
    const bool is_cuda = local.starts_with("cu") && is_number(local.substr(2));
    const std::string_view rocm = local.starts_with("rocm") ? local.substr(4) : std::string_view{};
    const bool is_rocm =
        !rocm.empty() && rocm.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_cuda || is_rocm || local == "cpu" || local == "xpu"
               ? "https://download.pytorch.org/whl/" + std::string(local)
               : std::string{};
}

std::vector<std::string> sites_of(const Inventory& inventory, const Runtime& interpreter) {
    const std::string prefix = parent_of(parent_of(interpreter.path));
    std::set<std::string> places;
    for (const Package& package : inventory.packages) {
        const std::string folder = parent_of(package.place);
        const std::string_view minor = name_of(folder);
        const bool fits = minor == "python3" || minor == "python" + interpreter.version;
        const std::string of = parent_of(parent_of(folder));
        // Debian's python3 takes what stands in /usr/local too, and all but environments the home.
        const bool is_users = of.ends_with("/.local");
        if (package.domain == Domain::python && fits &&
            (of == prefix || is_users || (of == "/usr/local" && prefix == "/usr"))) {
            places.insert(package.place);
        }
    }
    const bool is_environment = interpreter.path.ends_with("/bin/python");
    std::erase_if(places, [&](const std::string& place) {
        return is_environment && place.find("/.local/lib/") != std::string::npos &&
               !place.starts_with(prefix + '/');
    });
    return {places.begin(), places.end()};
}

Exported export_requirements(const Inventory& inventory, const Runtime& interpreter, Scope scope) {
    Exported out;
    const Requirements found =
        requirements_in(inventory, sites_of(inventory, interpreter), scope, out);
    for (const std::string& index : found.indexes) {
        out.text += "--extra-index-url " + index + '\n';
    }
    for (const std::string& line : found.lines) {
        out.text += line + '\n';
    }
    return out;
}

Exported export_conda_environment(const Inventory& inventory, std::string_view prefix) {
    Exported out;
    const CondaSpecs specs = specs_of(inventory, prefix, out);
    const Requirements pip =
        requirements_in(inventory, sites_below(inventory, prefix), Scope::everything, out);
    out.text = specs.channels.empty() ? "" : "channels:\n";
    for (const std::string& channel : specs.channels) {
        out.text += "  - " + channel + '\n';
    }
    out.text += "dependencies:\n" + specs.dependencies;
    if (!pip.lines.empty()) {
        out.text += "  - pip\n  - pip:\n";
        for (const std::string& index : pip.indexes) {
            out.text += "    - \"--extra-index-url " + index + "\"\n";
        }
        for (const std::string& line : pip.lines) {
            out.text += "    - \"" + line + "\"\n";
        }
    }
    return out;
}

Exported export_conda_environments(const Inventory& inventory) {
    std::set<std::string> prefixes;
    for (const Package& package : inventory.packages) {
        if (package.domain == Domain::conda) {
            prefixes.insert(package.place);
        }
    }
    Exported all;
    for (const std::string& prefix : prefixes) {
        Exported one = export_conda_environment(inventory, prefix);
        all.text += (prefixes.size() > 1 ? "--- # " + printable(prefix) + '\n' : "") + one.text;
        std::ranges::move(one.left_out, std::back_inserter(all.left_out));
    }
    return all;
}

Exported export_apt(const Inventory& inventory, Scope scope) {
    Exported out;
    for (const Package& package : inventory.packages) {
        if (package.domain != Domain::apt || package.asked != Asked::asked_for ||
            !is_in(scope, package)) {
            continue;
        }
        if (is_plain_word(package.name)) {
            out.text += package.name + '\n';
        } else {
            leave_out(out, package, "no name that apt takes");
        }
    }
    return out;
}

}  // namespace envkeep::packages
