// SPDX-License-Identifier: MIT
#include "engine/notebook_notice.hpp"

#include "embedded/templates.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/exports.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view notebook_mark = "# Made by envkeep";
constexpr std::string_view file_name = "00-envkeep.py";
constexpr std::string_view startup = "/profile_default/startup";
constexpr std::uint64_t largest_notebook_startup = 64U << 10U;

std::string folder_in_home(const Session& session) {
    return fmt::format("{}/.ipython{}", session.home_path, startup);
}

// As the session's notebooks get it; empty if nothing sets it.
std::string ipython_dir(const World& world, const Session& session) {
    const auto variable = [&](std::string_view name) { return world.machine.variable(name); };
    constexpr std::string_view name = "IPYTHONDIR";
    for (const auto& [exported, value] : keep::make_exports(session.manifest, variable)) {
        if (exported == name) {
            return value;
        }
    }
    return variable(name).value_or(std::string());
}

// Where IPython looks. A relative IPYTHONDIR is another folder for each notebook.
Result<std::string> startup_folder(const World& world, const Session& session) {
    std::string folder = ipython_dir(world, session);
    if (folder.empty()) {
        return folder_in_home(session);
    }
    if (folder == "~" || folder.starts_with("~/")) {
        folder.replace(0, 1, session.home_path);
    }
    const std::vector<std::string_view> names = split(folder, '/');
    if (!folder.starts_with('/') || std::ranges::find(names, "..") != names.end()) {
        return failure(
            ErrorKind::unsupported,
            fmt::format("IPYTHONDIR is {}, not the whole path of a folder", quoted(folder)),
            "set it to one that begins with '/'");
    }
    return folder.append(startup);
}

// As far as the folders are there links lead on, as for IPython; the rest is made.
Result<system::Place> make_startup_folder(const World& world, const std::string& folder) {
    std::vector<std::string_view> missing = split(folder, '/');
    std::erase_if(missing, [](std::string_view name) { return name.empty() || name == "."; });
    std::string there;
    auto next = missing.begin();
    for (; next != missing.end(); ++next) {
        const Result<std::string> real = world.files.real_path(fmt::format("{}/{}", there, *next));
        if (!real) {
            break;
        }
        there = *real;
    }
    ENVKEEP_TRY(const system::RootId root, world.files.open_root(there.empty() ? "/" : there));
    system::Place place{.root = root, .path = {}};
    for (; next != missing.end(); ++next) {
        place = place.child(*next);
    }
    if (place.path != RelPath{}) {
        ENVKEEP_CHECK(world.writer->make_folders(place, 0755));
    }
    return place;
}

// What stands at the place of the file, and whether we made it.
struct Standing {
    system::Status status;
    std::string text;

    [[nodiscard]] bool is_ours() const { return text.starts_with(notebook_mark); }
};

Result<Standing> look(const World& world, const system::Place& place) {
    Standing standing;
    ENVKEEP_TRY(standing.status, world.files.status(place));
    if (standing.status.kind == system::Kind::file) {
        standing.text =
            world.files.read_file(place, largest_notebook_startup).value_or(std::string());
    }
    return standing;
}

Result<std::optional<std::string>> remove_from(const World& world, const std::string& folder) {
    std::string path = fmt::format("{}/{}", folder, file_name);
    if (!world.machine.exists(path)) {
        return std::nullopt;
    }
    ENVKEEP_TRY(const std::string real, world.files.real_path(folder));
    ENVKEEP_TRY(const system::RootId root, world.files.open_root(real));
    const system::Place place = system::Place{.root = root, .path = {}}.child(file_name);
    ENVKEEP_TRY(const Standing standing, look(world, place));
    if (!standing.is_ours()) {
        return std::nullopt;
    }
    ENVKEEP_CHECK(world.writer->remove_file(place, standing.status));
    return path;
}

}  // namespace

Result<void> keep_notebook_notice(const World& world, const Session& session, bool is_wanted) {
    if (!is_wanted) {
        ENVKEEP_CHECK(remove_notebook_notice(world, session));
        return {};
    }
    ENVKEEP_TRY(const std::string path, startup_folder(world, session));
    ENVKEEP_TRY(const system::Place folder, make_startup_folder(world, path));
    const system::Place place = folder.child(file_name);
    ENVKEEP_TRY(const Standing standing, look(world, place));
    const std::string_view wanted = embedded::templates::notebook_notice_py;
    if (standing.text == wanted) {
        return {};
    }
    if (standing.status.kind != system::Kind::absent && !standing.is_ours()) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is not envkeep's", quoted(world.files.absolute(place))),
                       "move it away, or write 'notebook_notice: false'");
    }
    return world.writer->overwrite_own_file(place, wanted, 0644);
}

Result<std::vector<std::string>> remove_notebook_notice(const World& world,
                                                        const Session& session) {
    std::vector<std::string> removed;
    const std::string in_home = folder_in_home(session);
    for (const std::string& folder : {in_home, startup_folder(world, session).value_or(in_home)}) {
        ENVKEEP_TRY(std::optional<std::string> path, remove_from(world, folder));
        if (path) {
            removed.push_back(*std::move(path));
        }
    }
    return removed;
}

Result<void> write_gpu_notice(const World& world, system::RootId home, const std::string& line) {
    const system::Place place =
        system::Place{.root = home, .path = {}}.child(store::names::state).child("gpu-notice");
    if (line.empty()) {
        ENVKEEP_TRY(const system::Status there, world.files.status(place));
        return there.kind == system::Kind::file ? world.writer->remove_file(place, there)
                                                : Result<void>();
    }
    return world.writer->overwrite_own_file(place, with_whole_commands(world, line) + "\n", 0600);
}

}  // namespace envkeep::engine
