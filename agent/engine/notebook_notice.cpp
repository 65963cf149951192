// SPDX-License-Identifier: MIT
#include "engine/notebook_notice.hpp"

#include "embedded/templates.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace envkeep::engine {
namespace {

constexpr std::string_view mark = "# Made by envkeep";
constexpr std::string_view file_name = "00-envkeep.py";
constexpr std::array<std::string_view, 3> folders{".ipython", "profile_default", "startup"};
constexpr std::uint64_t largest = 64U << 10U;

std::string startup_folder(const std::string& home) {
    return fmt::format("{}/{}/{}/{}", home, folders[0], folders[1], folders[2]);
}

// As far as the folders are there links lead on, as for IPython; the rest is made.
Result<system::Place> make_startup_folder(const World& world, const std::string& home) {
    std::string there = home;
    std::size_t next = 0;
    while (next < folders.size()) {
        const Result<std::string> real =
            world.files.real_path(fmt::format("{}/{}", there, folders.at(next)));
        if (!real) {
            break;
        }
        there = *real;
        ++next;
    }
    ENVKEEP_TRY(const system::RootId root, world.files.open_root(there));
    system::Place place{.root = root, .path = {}};
    for (; next < folders.size(); ++next) {
        place = place.child(folders.at(next));
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

    [[nodiscard]] bool is_ours() const { return text.starts_with(mark); }
};

Result<Standing> look(const World& world, const system::Place& place) {
    Standing standing;
    ENVKEEP_TRY(standing.status, world.files.status(place));
    if (standing.status.kind == system::Kind::file) {
        standing.text = world.files.read_file(place, largest).value_or(std::string());
    }
    return standing;
}

}  // namespace

Result<void> keep_notebook_notice(const World& world, const std::string& home, bool is_wanted) {
    if (!is_wanted) {
        ENVKEEP_CHECK(remove_notebook_notice(world, home));
        return {};
    }
    ENVKEEP_TRY(const system::Place folder, make_startup_folder(world, home));
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

Result<std::optional<std::string>> remove_notebook_notice(const World& world,
                                                          const std::string& home) {
    const std::string path = fmt::format("{}/{}", startup_folder(home), file_name);
    if (!world.machine.exists(path)) {
        return std::nullopt;
    }
    ENVKEEP_TRY(const std::string real, world.files.real_path(startup_folder(home)));
    ENVKEEP_TRY(const system::RootId folder, world.files.open_root(real));
    const system::Place place = system::Place{.root = folder, .path = {}}.child(file_name);
    ENVKEEP_TRY(const Standing standing, look(world, place));
    if (!standing.is_ours()) {
        return std::nullopt;
    }
    ENVKEEP_CHECK(world.writer->remove_file(place, standing.status));
    return path;
}

Result<void> write_gpu_notice(const World& world, system::RootId home, const std::string& line) {
    const system::Place place =
        system::Place{.root = home, .path = {}}.child(store::names::state).child("gpu-notice");
    if (line.empty()) {
        ENVKEEP_TRY(const system::Status there, world.files.status(place));
        return there.kind == system::Kind::file ? world.writer->remove_file(place, there)
                                                : Result<void>();
    }
    return world.writer->overwrite_own_file(place, line + "\n", 0600);
}

}  // namespace envkeep::engine
