// SPDX-License-Identifier: MIT
#include "keep/resolve_places.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

constexpr std::string_view outside_home = ".outside";

std::string joined(std::string_view folder, const RelPath& below) {
    std::string path(folder);
    if (below.is_root()) {
        return path;
    }
    if (!path.ends_with('/')) {
        path += '/';
    }
    return path + below.text();
}

std::string folder_above(const std::string& absolute) {
    const std::size_t slash = absolute.rfind('/');
    return slash == 0 ? "/" : absolute.substr(0, slash);
}

std::string_view name_of(const std::string& absolute) {
    return std::string_view(absolute).substr(absolute.rfind('/') + 1);
}

NamedPath in_home(std::string_view home, RelPath below) {
    NamedPath path{.absolute = joined(home, below), .is_in_home = true};
    path.subject = below.is_root() ? "~" : "~/" + below.text();
    path.below = std::move(below);
    return path;
}

// What remains of an absolute path below a folder that it is within.
std::string_view rest_below(std::string_view path, std::string_view folder) {
    path.remove_prefix(folder.size());
    while (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    return path;
}

}  // namespace

Result<PlaceFinder> PlaceFinder::create(const ResolveContext& context, system::FileReader& files) {
    PlaceFinder finder(context, files);
    finder.home_ = files.root_path(context.home);
    ENVKEEP_TRY(finder.real_home_, files.real_path(finder.home_));
    ENVKEEP_TRY(finder.real_store_, files.real_path(files.root_path(context.store.root)));
    finder.real_roots_.emplace(context.home, finder.real_home_);
    finder.real_roots_.emplace(context.store.root, finder.real_store_);
    return finder;
}

Result<NamedPath> PlaceFinder::name(std::string_view path) const {
    if (path == "~" || path.starts_with("~/")) {
        path = path == "~" ? std::string_view{} : path.substr(2);
    }
    if (!path.starts_with('/')) {
        ENVKEEP_TRY(RelPath below, RelPath::parse(path));
        return in_home(home_, std::move(below));
    }
    ENVKEEP_TRY(RelPath below, RelPath::parse(rest_below(path, "/")));
    const std::string absolute = "/" + below.text();
    for (const std::string* home : {&home_, &real_home_}) {
        if (is_path_within(absolute, *home)) {
            ENVKEEP_TRY(RelPath in, RelPath::parse(rest_below(absolute, *home)));
            return in_home(home_, std::move(in));
        }
    }
    return NamedPath{.absolute = absolute, .subject = absolute, .below = std::move(below)};
}

Result<system::Place> PlaceFinder::place_of(const NamedPath& path) {
    if (path.is_in_home) {
        return system::Place{.root = context_->home, .path = path.below};
    }
    return below_parent(path.absolute);
}

Result<system::Place> PlaceFinder::source_of(std::string_view to) {
    const store::Store& store = context_->store;
    if (!to.starts_with('/') && !to.starts_with('~')) {
        ENVKEEP_TRY(RelPath below, RelPath::parse(to));
        return system::Place{.root = store.root, .path = std::move(below)};
    }
    ENVKEEP_TRY(const NamedPath path, name(to));
    const std::pair<std::string_view, system::RootId> known[] = {{store.path, store.root},
                                                                 {store.base_path, store.base}};
    for (const auto& [folder, root] : known) {
        if (!folder.empty() && path.absolute != folder && is_path_within(path.absolute, folder)) {
            ENVKEEP_TRY(RelPath below, RelPath::parse(rest_below(path.absolute, folder)));
            return system::Place{.root = root, .path = std::move(below)};
        }
    }
    return path.is_in_home ? place_of(path) : below_parent(path.absolute);
}

system::Place PlaceFinder::default_source(const NamedPath& path) const {
    system::Place side{.root = context_->store.root, .path = {}};
    side = side.child(store::names::home);
    if (!path.is_in_home) {
        side = side.child(outside_home);
    }
    return {.root = side.root, .path = side.path.joined(path.below)};
}

std::string PlaceFinder::real(const system::Place& place) {
    const auto known = real_roots_.find(place.root);
    if (known != real_roots_.end()) {
        return joined(known->second, place.path);
    }
    const std::string path = files_->root_path(place.root);
    const std::string real = files_->real_path(path).value_or(path);
    return joined(real_roots_.emplace(place.root, real).first->second, place.path);
}

Result<system::Place> PlaceFinder::below_parent(const std::string& absolute) {
    if (absolute == "/") {
        return failure(ErrorKind::unsafe_path, "the root folder '/' has no place of its own");
    }
    const std::string parent = folder_above(absolute);
    RelPath below = RelPath{}.child(name_of(absolute));
    Result<system::RootId> root = open(parent);
    if (!root && root.error().kind == ErrorKind::not_found) {
        root = open(folder_above(parent));
        below = RelPath{}.child(name_of(parent)).joined(below);
    }
    if (!root && root.error().kind == ErrorKind::not_found) {
        return failure(ErrorKind::not_found,
                       fmt::format("the folder {} is not there", quoted(parent)),
                       "mkdir -p " + shell_quoted(parent));
    }
    ENVKEEP_CHECK(root);
    return system::Place{.root = *root, .path = std::move(below)};
}

Result<system::RootId> PlaceFinder::open(const std::string& folder) {
    if (const auto known = opened_.find(folder); known != opened_.end()) {
        return known->second;
    }
    ENVKEEP_TRY(const system::RootId root, files_->open_root(folder));
    opened_.emplace(folder, root);
    return root;
}

}  // namespace envkeep::keep
