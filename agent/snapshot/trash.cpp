// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/trash.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::snapshot {
namespace {

Result<void> take_back_one(const Shelf& shelf, const std::string& path) {
    const system::Place place = shelf.store.place(path);
    ENVKEEP_TRY(const system::Status status, shelf.files.status(place));
    if (status.kind == system::Kind::file) {
        return {};
    }
    const auto gone = failure(ErrorKind::busy,
                              fmt::format("{} is not in the store any more", quoted(path)),
                              "take the snapshot again");
    const std::optional<system::Place> kept = in_trash(shelf.store, shelf.files, path);
    if (!kept) {
        return gone;
    }
    const Result<void> moved = shelf.writer->move(*kept, place);
    // The very gc that took it may be bringing it back.
    const bool is_there =
        moved || moved.error().kind == ErrorKind::already_exists ||
        shelf.files.status(place).value_or(system::Status{}).kind == system::Kind::file;
    return is_there ? Result<void>{} : gone;
}

std::string named(std::string_view folder, std::string_view name, std::string_view suffix) {
    return fmt::format("{}/{}{}", folder, name, suffix);
}

}  // namespace

std::optional<system::Place> in_trash(const store::Store& store,
                                      system::FileReader& files,
                                      const std::string& path) {
    const system::Place trash = store.place(store::names::trash);
    const auto entries = files.list(trash);
    if (!entries) {
        return std::nullopt;
    }
    // Sorted by name, so by time.
    for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
        const auto since = time_of_trash(entry->name);
        if (since && entry->kind == system::Kind::file && trash_name(*since, path) == entry->name) {
            return trash.child(entry->name);
        }
    }
    return std::nullopt;
}

Result<void> take_back(const Shelf& shelf, const Snapshot& snapshot, const Layer& layer) {
    ENVKEEP_CHECK(
        take_back_one(shelf, named(store::names::manifests, snapshot.layer, layer_suffix)));
    ENVKEEP_CHECK(take_back_one(shelf, named(store::names::manifests, snapshot.lock, lock_suffix)));
    for (const std::string& pack : layer.packs) {
        ENVKEEP_CHECK(take_back_one(shelf, named(store::names::packs, pack, pack_suffix)));
    }
    return {};
}

Result<std::unique_ptr<system::OpenFile>> ReaderWithTrash::open_file(const system::Place& place) {
    auto file = reader_.open_file(place);
    if (file || file.error().kind != ErrorKind::not_found || place.root != store_.root) {
        return file;
    }
    const std::optional<system::Place> kept = in_trash(store_, files_, place.path.text());
    return kept ? reader_.open_file(*kept) : std::move(file);
}

}  // namespace envkeep::snapshot
