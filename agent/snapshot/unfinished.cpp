// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/unfinished.hpp"

#include "envkeep/snapshot/records.hpp"
#include "snapshot/shelf_files.hpp"

namespace envkeep::snapshot {
namespace {

system::Place state_folder(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state);
}

system::Place unfinished_file(system::RootId home) {
    return state_folder(home).child("unfinished");
}

}  // namespace

Result<void> save_unfinished(system::RootId home, const Layer& packed, system::FileWriter& writer) {
    ENVKEEP_CHECK(writer.make_folders(state_folder(home), 0700));
    return writer.overwrite_own_file(unfinished_file(home), layer_text(packed), 0600);
}

std::optional<Layer> load_unfinished(system::RootId home, system::FileReader& files) {
    Result<Layer> layer =
        files.read_file(unfinished_file(home), largest_text).and_then(parse_layer);
    return layer ? std::optional(*std::move(layer)) : std::nullopt;
}

void drop_unfinished(system::RootId home, system::FileReader& files, system::FileWriter& writer) {
    const Result<system::Status> seen = files.status(unfinished_file(home));
    if (seen && seen->kind == system::Kind::file) {
        static_cast<void>(writer.remove_file(unfinished_file(home), *seen));
    }
}

}  // namespace envkeep::snapshot
