// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/unfinished.hpp"

#include "envkeep/snapshot/records.hpp"
#include "snapshot/shelf_files.hpp"

namespace envkeep::snapshot {
namespace {

system::Place folder_in(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state);
}

system::Place file_in(system::RootId home) {
    return folder_in(home).child("unfinished");
}

}  // namespace

Result<void> save_unfinished(system::RootId home, const Layer& packed, system::FileWriter& writer) {
    ENVKEEP_CHECK(writer.make_folders(folder_in(home), 0700));
    return writer.overwrite_own_file(file_in(home), layer_text(packed), 0600);
}

std::optional<Layer> load_unfinished(system::RootId home, system::FileReader& files) {
    Result<Layer> layer = files.read_file(file_in(home), largest_text).and_then(parse_layer);
    return layer ? std::optional(*std::move(layer)) : std::nullopt;
}

void drop_unfinished(system::RootId home, system::FileReader& files, system::FileWriter& writer) {
    const Result<system::Status> seen = files.status(file_in(home));
    if (seen && seen->kind == system::Kind::file) {
        static_cast<void>(writer.remove_file(file_in(home), *seen));
    }
}

}  // namespace envkeep::snapshot
