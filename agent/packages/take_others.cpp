// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <utility>

// R, VS Code, pipx and uv, cargo.
namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_text = std::uint64_t{4} << 20U;
constexpr std::size_t largest_description = std::size_t{64} << 10U;

void take_library(Taking& taking, const Spot& library) {
    for (const std::string& name : taking.folders_in(library.real)) {
        const std::string folder = library.real + '/' + name;
        const std::string text = taking.head(folder + "/DESCRIPTION", largest_description);
        if (text.empty()) {
            continue;
        }
        Package package{.domain = Domain::r, .place = library.shown, .name = name};
        package.version = header_field(text, "Version");
        const std::string_view built = header_field(text, "Built");
        package.build = trimmed(built.substr(0, built.find(';')));
        package.commit = header_field(text, "RemoteSha");
        package.url = scrubbed(header_field(text, "RemoteUrl"));
        if (package.version.empty()) {
            taking.note(NoteKind::damaged, package, "DESCRIPTION");
        }
        package.origin = taking.origin_of(folder + "/DESCRIPTION");
        taking.add(std::move(package));
    }
}

bool take_extension_list(Taking& taking, const Spot& folder) {
    const Package about{.domain = Domain::code, .place = folder.shown, .name = "extensions.json"};
    const auto text = taking.read(folder.real + "/extensions.json", largest_text, about);
    if (!text) {
        return false;
    }
    const auto json = Json::parse(*text);
    if (!json || json->as_array() == nullptr) {
        taking.note(NoteKind::damaged, about);
        return false;
    }
    const Origin origin = taking.origin_of(folder.real + "/extensions.json");
    for (const Json& one : *json->as_array()) {
        const Json* const identifier = one.find("identifier");
        Package package{.domain = Domain::code, .place = folder.shown};
        package.name = identifier == nullptr ? std::string{} : identifier->text_or("id", "");
        package.version = one.text_or("version", "");
        if (const Json* const metadata = one.find("metadata")) {
            package.build = metadata->text_or("targetPlatform", "");
        }
        package.origin = origin;
        if (!package.name.empty()) {
            taking.add(std::move(package));
        }
    }
    return true;
}

void take_extension_folders(Taking& taking, const Spot& folder) {
    for (const std::string& name : taking.folders_in(folder.real)) {
        const std::string file = folder.real + '/' + name + "/package.json";
        Package package{.domain = Domain::code, .place = folder.shown, .name = name};
        const auto text = taking.read(file, largest_text, package);
        const auto json = Json::parse(text ? *text : std::string{});
        if (!json) {
            if (text) {
                taking.note(NoteKind::damaged, package, "package.json");
            }
            continue;
        }
        package.name = json->text_or("publisher", "") + '.' + json->text_or("name", "");
        package.version = json->text_or("version", "");
        package.origin = taking.origin_of(file);
        taking.add(std::move(package));
    }
}

// The version of the distribution that gave an environment of tools its name.
void take_tool(Taking& taking, const Prefix& prefix) {
    const std::string parent = parent_of(prefix.spot.shown);
    Package package{
        .domain = Domain::tool, .place = parent, .name = std::string(name_of(prefix.spot.shown))};
    package.asked = Asked::asked_for;
    package.installer = parent.ends_with("/uv/tools") ? "uv" : "pipx";
    const std::string wanted = normalised(package.name);
    for (const Spot& site : site_folders(taking, prefix)) {
        for (const system::Entry& entry : taking.list(site.real)) {
            if (entry.name.ends_with(".dist-info") &&
                normalised(from_folder_name(entry.name).name) == wanted) {
                package.version = from_folder_name(entry.name).version;
            }
        }
    }
    package.origin = taking.origin_of(prefix.spot.real);
    taking.add(std::move(package));
}

}  // namespace

std::vector<std::string> r_libraries(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> folders{"/usr/lib/R/site-library", "/usr/local/lib/R/site-library"};
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind != PrefixKind::tool && prefix.kind != PrefixKind::environment) {
            folders.push_back(prefix.spot.shown + "/lib/R/library");
        }
    }
    // The user's: HOME/R/x86_64-pc-linux-gnu-library/4.2.
    if (const auto platforms = taking.spot(taking.options().home + "/R")) {
        for (const std::string& name : taking.folders_in(platforms->real)) {
            const Spot platform = platforms->child(name);
            for (const std::string& version : taking.folders_in(platform.real)) {
                folders.push_back(platform.child(version).shown);
            }
        }
    }
    return folders;
}

void take_r(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> seen;
    for (const std::string& folder : r_libraries(taking, prefixes)) {
        const auto library = taking.spot(folder);
        if (library && std::ranges::find(seen, library->real) == seen.end()) {
            seen.push_back(library->real);
            take_library(taking, *library);
        }
    }
}

void take_code(Taking& taking) {
    for (const std::string_view folder : {"/.vscode-server/extensions",
                                          "/.vscode/extensions",
                                          "/.local/share/code-server/extensions",
                                          "/.openvscode-server/extensions"}) {
        const auto extensions = taking.spot(taking.options().home + std::string(folder));
        if (extensions && !take_extension_list(taking, *extensions)) {
            take_extension_folders(taking, *extensions);
        }
    }
}

void take_tools(Taking& taking, const std::vector<Prefix>& prefixes) {
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind == PrefixKind::tool) {
            take_tool(taking, prefix);
        }
    }
}

// Lines such as "ripgrep 13.0.0 (registry+https://...)" = ["rg"].
void take_cargo(Taking& taking) {
    const auto folder = taking.spot(taking.options().home + "/.cargo");
    if (!folder) {
        return;
    }
    const Package about{.domain = Domain::cargo, .place = folder->shown, .name = ".crates.toml"};
    const auto text = taking.read(folder->real + "/.crates.toml", largest_text, about);
    for (const std::string_view line : lines_of(text ? *text : std::string_view{})) {
        const std::size_t end = line.find('"', 1);
        if (!line.starts_with('"') || end == std::string_view::npos) {
            continue;
        }
        const std::vector<std::string_view> words = split(line.substr(1, end - 1), ' ');
        if (words.size() < 2) {
            continue;
        }
        Package package{.domain = Domain::cargo,
                        .place = folder->shown,
                        .name = std::string(words[0]),
                        .version = std::string(words[1])};
        package.asked = Asked::asked_for;
        if (words.size() > 2 && words[2].starts_with("(git+") && words[2].ends_with(')')) {
            package.url = scrubbed(words[2].substr(1, words[2].size() - 2));
        }
        package.origin = taking.origin_of(folder->real + "/.crates.toml");
        taking.add(std::move(package));
    }
}

}  // namespace envkeep::packages
