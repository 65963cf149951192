// SPDX-License-Identifier: MIT
#include "engine/store_side.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

using store::Change;
using system::Place;

class Mover {
  public:
    Mover(const World& world, store::Journal& journal) : world_(world), journal_(journal) {}

    Result<void> move(const Place& from, const Place& to) {
        ENVKEEP_CHECK(world_.writer->make_folders(to.parent(), 0700));
        const Change change{.kind = Change::Kind::moved,
                            .is_in_store = true,
                            .path = world_.files.absolute(to),
                            .other = world_.files.absolute(from)};
        ENVKEEP_TRY(const std::size_t number, journal_.intend(change));
        if (Result<void> moved = world_.writer->move(from, to); !moved) {
            ENVKEEP_CHECK(journal_.gave_up(number));
            return moved;
        }
        return journal_.done(number);
    }

    Result<void> move_around(const Place& from,
                             const Place& to,
                             const std::vector<RelPath>& left_out) {
        ENVKEEP_TRY(const std::vector<system::Entry> entries, world_.files.list(from));
        for (const system::Entry& entry : entries) {
            const RelPath name = RelPath{}.child(entry.name);
            if (std::ranges::find(left_out, name) != left_out.end()) {
                continue;
            }
            std::vector<RelPath> below;
            for (const RelPath& path : left_out) {
                if (path.is_within(name)) {
                    below.push_back(path.below(name));
                }
            }
            const bool is_way = !below.empty() && entry.kind == system::Kind::folder;
            ENVKEEP_CHECK(is_way ? move_around(from.child(entry.name), to.child(entry.name), below)
                                 : move(from.child(entry.name), to.child(entry.name)));
        }
        return {};
    }

  private:
    const World& world_;
    store::Journal& journal_;
};

}  // namespace

bool is_in_our_store(const Session& session, const keep::WantedKeep& keep) {
    return keep.target.starts_with(session.store.path + "/");
}

bool has_part(const keep::WantedKeep& keep, const std::string& root, const std::string& path) {
    if (!is_path_within(path, root)) {
        return false;
    }
    const std::string below = path.substr(root.size());
    const Result<RelPath> part = RelPath::parse(below.empty() ? below : below.substr(1));
    return !part || std::ranges::none_of(keep.leaves_out,
                                         [&](const RelPath& out) { return part->is_within(out); });
}

const keep::WantedKeep* other_with_source(const keep::WantedKeep& keep,
                                          const std::vector<keep::WantedKeep>& others) {
    const auto found = std::ranges::find_if(others, [&](const keep::WantedKeep& other) {
        // What a folder holds has a place of its own each.
        const bool is_around =
            other.form != keep::Form::folder && has_part(other, other.target, keep.target);
        return other.subject != keep.subject &&
               (is_around || has_part(keep, keep.target, other.target));
    });
    return found == others.end() ? nullptr : &*found;
}

model::Finding store_side_shared(std::vector<std::string> evidence) {
    return {.id = "store-side-shared",
            .severity = model::Severity::info,
            .subject = "store",
            .title = "what the store has stays where it is: another entry keeps that too",
            .evidence = std::move(evidence),
            .fix = {.text = "nothing, if that is meant; release the other one too if it is not"}};
}

Result<std::string> put_store_side_away(const World& world,
                                        const Session& session,
                                        const keep::WantedKeep& keep,
                                        store::Journal& journal) {
    const std::string below = keep.target.substr(session.store.path.size() + 1);
    ENVKEEP_TRY(const RelPath path, RelPath::parse(below));
    const Place folder =
        session.store.place(store::names::backups).child("released").child(journal.run().id);
    const Place to{.root = folder.root, .path = folder.path.joined(path)};
    ENVKEEP_TRY(const system::Status source, world.files.status(keep.source));
    const bool has_others = keep.form == keep::Form::packed && !keep.leaves_out.empty() &&
                            source.kind == system::Kind::folder;
    Mover mover(world, journal);
    ENVKEEP_CHECK(has_others ? mover.move_around(keep.source, to, keep.leaves_out)
                             : mover.move(keep.source, to));
    return world.files.absolute(to);
}

}  // namespace envkeep::engine
