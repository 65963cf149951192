// SPDX-License-Identifier: MIT
#include "envkeep/python/modules.hpp"

#include "envkeep/core/text.hpp"
#include "python/paths.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::size_t deepest_name = 32;  // of "a.b.c"

// "cpython-311-x86_64-linux-gnu" of this interpreter. The standard library's own modules tell for
// which machine it was built.
std::string abi_tag(Folders& folders, const Environment& environment) {
    std::string start = "cpython-" + environment.version + environment.abi_flags + '-';
    std::erase(start, '.');
    for (const system::Entry& entry : folders.in(environment.library() + "/lib-dynload")) {
        const std::size_t at = entry.name.find('.' + start);
        if (at != std::string::npos && entry.name.ends_with(".so")) {
            return entry.name.substr(at + 1, entry.name.size() - at - 4);
        }
    }
    return start + "x86_64-linux-gnu";
}

// A folder of a name that Python would never look for must not lead out of it.
bool is_plain(std::string_view name) {
    return !name.empty() &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

}  // namespace

std::string_view word_of(ModuleKind kind) {
    switch (kind) {
        case ModuleKind::package:
            return "package";
        case ModuleKind::extension:
            return "extension";
        case ModuleKind::source:
            return "source";
        case ModuleKind::bytecode:
            return "bytecode";
        case ModuleKind::namespace_package:
            break;
    }
    return "namespace package";
}

ModuleSearch::ModuleSearch(Folders& folders, const Environment& environment)
    : folders_(folders),
      suffixes_{'.' + abi_tag(folders, environment) + ".so", ".abi3.so", ".so"} {}

std::vector<Module> ModuleSearch::find(const std::vector<std::string>& path,
                                       std::string_view name) {
    std::vector<std::string> within = path;
    std::vector<Module> found;
    const std::vector<std::string_view> parts = split(name, '.');
    for (std::size_t i = 0; i < std::min(parts.size(), deepest_name); ++i) {
        found.clear();
        if (!is_plain(parts[i])) {
            break;
        }
        for (const std::string& folder : within) {
            find_in(folder, std::string(parts[i]), found);
        }
        std::stable_partition(found.begin(), found.end(), [](const Module& one) {
            return one.kind != ModuleKind::namespace_package;
        });
        if (found.empty()) {
            break;
        }
        within.clear();
        if (found.front().kind == ModuleKind::package) {
            within.push_back(found.front().path);
        } else if (found.front().kind == ModuleKind::namespace_package) {
            // Its path are all the portions.
            std::ranges::transform(found, std::back_inserter(within), &Module::path);
        }
    }
    return found;
}

void ModuleSearch::find_in(const std::string& folder,
                           const std::string& name,
                           std::vector<Module>& found) {
    const bool is_namespace =
        folders_.has_folder(folder, name) && !find_package(folder, name, found);
    const auto take = [&](ModuleKind kind, std::string_view suffix) {
        const std::string file = name + std::string(suffix);
        if (folders_.has_file(folder, file)) {
            found.push_back(
                {.kind = kind, .path = joined(folder, file), .init = {}, .in_folder = folder});
        }
    };
    for (const std::string& suffix : suffixes_) {
        take(ModuleKind::extension, suffix);
    }
    take(ModuleKind::source, ".py");
    take(ModuleKind::bytecode, ".pyc");
    if (is_namespace) {
        found.push_back({.kind = ModuleKind::namespace_package,
                         .path = joined(folder, name),
                         .init = {},
                         .in_folder = folder});
    }
}

bool ModuleSearch::find_package(const std::string& folder,
                                const std::string& name,
                                std::vector<Module>& found) {
    const std::string inside = joined(folder, name);
    std::vector<std::string> inits;
    for (const std::string& suffix : suffixes_) {
        inits.push_back("__init__" + suffix);
    }
    inits.insert(inits.end(), {"__init__.py", "__init__.pyc"});
    for (std::string& init : inits) {
        if (is_file(folders_.machine(), joined(inside, init))) {
            found.push_back({.kind = ModuleKind::package,
                             .path = inside,
                             .init = std::move(init),
                             .in_folder = folder});
            return true;
        }
    }
    return false;
}

std::vector<ForeignExtension> ModuleSearch::foreign_extensions(const std::string& folder,
                                                               std::string_view name) {
    std::vector<ForeignExtension> foreign;
    const std::string start = std::string(name) + '.';
    for (const system::Entry& entry : folders_.in(folder)) {
        if (!entry.name.starts_with(start) || !entry.name.ends_with(".so")) {
            continue;
        }
        const std::string suffix = entry.name.substr(name.size());
        if (std::ranges::find(suffixes_, suffix) == suffixes_.end()) {
            foreign.push_back(
                {.path = joined(folder, entry.name), .tag = suffix.substr(1, suffix.size() - 4)});
        }
    }
    return foreign;
}

}  // namespace envkeep::python
