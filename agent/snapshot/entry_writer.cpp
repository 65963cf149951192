// SPDX-License-Identifier: MIT
#include "snapshot/entry_writer.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

Result<EntryWriter::Folder> EntryWriter::folder_at(system::Place place) {
    const auto found = std::ranges::find(open_, place, &Open::place);
    if (found != open_.end()) {
        std::rotate(open_.begin(), found, found + 1);
        return open_.front().folder;
    }
    ENVKEEP_TRY(Folder folder, writer_.write_folder(place));
    if (open_.size() == most_open) {
        open_.pop_back();
    }
    open_.insert(open_.begin(), {.place = std::move(place), .folder = folder});
    return folder;
}

Result<EntryWriter::Spot> EntryWriter::spot_of(const std::string& path) {
    ENVKEEP_TRY(const system::Place place, roots_.place_of(path));
    if (place.path.is_root()) {
        return failure(ErrorKind::unsafe_path, quoted("/" + path) + " can only be a folder");
    }
    ENVKEEP_TRY(Folder folder, folder_at(place.parent()));
    return Spot{.folder = std::move(folder), .name = std::string(place.path.name())};
}

Result<system::FolderWriter::Replaced> EntryWriter::make_room(const LayerStep& step,
                                                              const Spot& spot) {
    if (step.change != LayerChange::replace || step.seen.kind == system::Kind::absent) {
        return std::nullopt;
    }
    if (step.seen.kind == system::Kind::folder) {
        ENVKEEP_CHECK(spot.folder->remove(spot.name, step.seen));
        return std::nullopt;
    }
    return step.seen;
}

Result<void> EntryWriter::make_folder(const LayerStep& step) {
    ENVKEEP_TRY(const system::Place place, roots_.place_of(entry_of(step).path));
    if (place.path.is_root()) {
        return {};
    }
    ENVKEEP_TRY(const Spot spot, spot_of(entry_of(step).path));
    const bool is_in_the_way = step.change == LayerChange::replace &&
                               step.seen.kind != system::Kind::absent &&
                               step.seen.kind != system::Kind::folder;
    if (is_in_the_way) {
        ENVKEEP_CHECK(spot.folder->remove(spot.name, step.seen));
    }
    return spot.folder->make_folder(spot.name);
}

Result<void> EntryWriter::complete_folder(const LayerStep& step) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const system::Place place, roots_.place_of(entry.path));
    ENVKEEP_TRY(const Folder folder, writer_.write_folder(place));
    return folder->set_attributes({}, step.seen, entry.attributes);
}

Result<void> EntryWriter::make_file(const LayerStep& step, std::span<const std::byte> content) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const Spot spot, spot_of(entry.path));
    ENVKEEP_TRY(const auto replaced, make_room(step, spot));
    return spot.folder->make_file(spot.name, content, entry.attributes, replaced);
}

Result<std::unique_ptr<system::FileBuilder>> EntryWriter::begin_file(const LayerStep& step) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const Spot spot, spot_of(entry.path));
    ENVKEEP_TRY(const auto replaced, make_room(step, spot));
    return spot.folder->begin_file(spot.name, entry.is_sparse, replaced);
}

Result<void> EntryWriter::make_link(const LayerStep& step) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const Spot spot, spot_of(entry.path));
    ENVKEEP_TRY(const auto replaced, make_room(step, spot));
    return spot.folder->make_link(spot.name, entry.target, entry.attributes, replaced);
}

Result<void> EntryWriter::make_hard_link(const LayerStep& step) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const Spot existing, spot_of(entry.target));
    ENVKEEP_TRY(const Spot spot, spot_of(entry.path));
    ENVKEEP_TRY(const auto replaced, make_room(step, spot));
    return spot.folder->make_hard_link(spot.name, *existing.folder, existing.name, replaced);
}

Result<void> EntryWriter::set_attributes(const LayerStep& step) {
    const Entry& entry = entry_of(step);
    ENVKEEP_TRY(const Spot spot, spot_of(entry.path));
    return spot.folder->set_attributes(spot.name, step.seen, entry.attributes);
}

}  // namespace envkeep::snapshot
