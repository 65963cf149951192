// SPDX-License-Identifier: MIT
#include "engine/import_price.hpp"

#include "engine/manifest_edit.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace envkeep::engine {
namespace {

using system::Kind;
using system::Place;

// A kernel with a framework opens thousands of files: from here on it is seconds at each start.
constexpr std::chrono::microseconds much{500};

bool is_folder(const World& world, const Place& place) {
    const Result<system::Status> status = world.files.status(place);
    return status && status->kind == Kind::folder;
}

bool holds_packages(const World& world, const Place& folder) {
    const Place lib = folder.child("lib");
    if (is_folder(world, folder.child("site-packages")) || !is_folder(world, lib)) {
        return is_folder(world, folder.child("site-packages"));
    }
    const Result<std::vector<system::Entry>> entries = world.files.list(lib);
    return entries && std::ranges::any_of(*entries, [&](const system::Entry& entry) {
               return entry.name.starts_with("python") &&
                      is_folder(world, lib.child(entry.name).child("site-packages"));
           });
}

// What makes it packed: parts become one folder first.
std::string change_over(const Session& session, const keep::WantedKeep& keep) {
    const manifest::Keep* const entry = find_keep(session, keep.subject);
    if (entry == nullptr) {
        return {};
    }
    const std::string path = shell_quoted(entry->path);
    return entry->per_python || entry->children
               ? fmt::format("envkeep release {} && envkeep adopt --packed {}", path, path)
               : fmt::format("envkeep adopt --packed {}", path);
}

std::string price_of(std::chrono::microseconds file) {
    // A thousand times a microsecond is a millisecond: the same number, one unit up.
    const double number = std::chrono::duration<double, std::milli>(file).count();
    return fmt::format(
        "importing from the store costs about {:.1f} s for 1,000 files ({:.1f} ms a "
        "file)",
        number,
        number);
}

}  // namespace

void note_import_price(const World& world,
                       const Session& session,
                       const keep::Wanted& wanted,
                       model::Plan& plan) {
    if (!session.state || !session.state->probe || session.state->probe->small_read < much) {
        return;
    }
    for (model::KeepRow& row : plan.keeps) {
        if (!row.note.empty() || (row.how != "link" && row.how != "folder")) {
            continue;
        }
        const auto keep = std::ranges::find(wanted.keeps, row.subject, &keep::WantedKeep::subject);
        if (keep == wanted.keeps.end() || !holds_packages(world, keep->source)) {
            continue;
        }
        row.note = price_of(session.state->probe->small_read);
        if (const std::string command = change_over(session, *keep); !command.empty()) {
            row.note += fmt::format("; '{}' brings it to the local disk", command);
        }
    }
}

}  // namespace envkeep::engine
