// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/databases.hpp"

#include "snapshot/find_path.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr auto endings = std::to_array<std::string_view>({"-wal", "-journal"});

// What is gone has the status of nothing.
system::Status status_of(const std::string& path, const Roots& roots, system::FileReader& files) {
    return roots.place_of(path)
        .and_then([&](const system::Place& place) { return files.status(place); })
        .value_or(system::Status{});
}

// The path of the database that this lies beside, by the names alone.
std::string_view main_path(std::string_view path) {
    for (const std::string_view ending : endings) {
        if (path.ends_with(ending) && path.size() > ending.size()) {
            return path.substr(0, path.size() - ending.size());
        }
    }
    return {};
}

}  // namespace

bool is_database(const std::string& path, const Roots& roots, system::FileReader& files) {
    // The byte of zero that ends the text is part of it.
    constexpr std::string_view magic("SQLite format 3", sizeof("SQLite format 3"));
    const Result<std::string> head = roots.place_of(path).and_then(
        [&](const system::Place& place) { return files.read_head(place, magic.size()); });
    return head && *head == magic;
}

std::vector<OpenDatabase> open_databases(const Layer& layer,
                                         const Roots& roots,
                                         system::FileReader& files) {
    std::vector<OpenDatabase> found;
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        const Entry& entry = layer.entries[i];
        std::string main(main_path(entry.path));
        if (entry.kind != EntryKind::file || main.empty() || !is_database(main, roots, files)) {
            continue;
        }
        OpenDatabase database{.path = main, .entries = {i}, .paths = {std::move(main), entry.path}};
        if (const Entry* const file = find_path(layer.entries, database.path)) {
            database.entries.push_back(static_cast<std::size_t>(file - layer.entries.data()));
        }
        found.push_back(std::move(database));
    }
    return found;
}

bool is_written_to(const OpenDatabase& database,
                   WallTime looked_for,
                   const Roots& roots,
                   system::FileReader& files) {
    return std::ranges::any_of(database.paths, [&](const std::string& path) {
        const system::Status status = status_of(path, roots, files);
        return status.kind == system::Kind::absent || status.changed >= looked_for;
    });
}

}  // namespace envkeep::snapshot
