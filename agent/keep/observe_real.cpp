// SPDX-License-Identifier: MIT
#include "keep/observe_real.hpp"

#include "envkeep/core/text.hpp"
#include "keep/observe_trees.hpp"
#include "keep/save_sides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::keep {
namespace {

using store::RestoredFile;
using system::Kind;
using system::Status;

class RealKeep {
  public:
    RealKeep(const WantedKeep& keep,
             const ObserveContext& context,
             SessionRecords& records,
             system::FileReader& files,
             KeepSeen& seen)
        : keep_(keep),
          context_(context),
          records_(records),
          files_(files),
          seen_(seen),
          place_(files.absolute(keep.place)) {}

    Result<void> see() {
        if (keep_.form == Form::folder) {
            seen_.changed_in_session = seen_.home.kind == Kind::file && is_changed();
            return {};
        }
        if (seen_.home.is_mount_point) {
            stop(Obstacle::mount_point, fmt::format("{} is a mount point", quoted(place_)), place_);
            return {};
        }
        ENVKEEP_CHECK(find_aliases());
        if (seen_.obstacle != Obstacle::none) {
            return {};
        }
        return seen_.home.kind == Kind::file ? see_file() : see_folder();
    }

  private:
    void stop(Obstacle obstacle, std::string problem, std::string in_the_way) {
        seen_.obstacle = obstacle;
        seen_.problem = std::move(problem);
        seen_.in_the_way = std::move(in_the_way);
    }

    // Bind mounts and hard links can make one of two names, or put one inside the other.
    Result<void> find_aliases() {
        const std::string source = files_.absolute(keep_.source);
        if (seen_.store.kind != Kind::absent && seen_.home.is_same_file(seen_.store)) {
            stop(Obstacle::same_file,
                 fmt::format("it is the same file as {}", quoted(source)),
                 place_);
            return {};
        }
        if (seen_.home.kind == Kind::folder) {
            ENVKEEP_TRY(above_source_, folders_above(source));
            if (is_among(seen_.home, above_source_)) {
                stop(Obstacle::same_file, fmt::format("it holds {}", quoted(source)), place_);
                return {};
            }
        }
        if (seen_.store.kind == Kind::folder) {
            ENVKEEP_TRY(const std::vector<Status> above, folders_above(place_));
            if (is_among(seen_.store, above)) {
                stop(Obstacle::same_file, fmt::format("it lies inside {}", quoted(source)), place_);
            }
        }
        return {};
    }

    Result<std::vector<Status>> folders_above(std::string path) {
        std::vector<Status> folders;
        while (path.size() > 1) {
            path.resize(std::max<std::size_t>(path.rfind('/'), 1));
            ENVKEEP_TRY(const Status above, files_.follow(path));
            if (above.kind != Kind::absent) {
                folders.push_back(above);
            }
        }
        return folders;
    }

    static bool is_among(const Status& one, const std::vector<Status>& folders) {
        return std::any_of(folders.begin(), folders.end(), [&](const Status& folder) {
            return folder.is_same_file(one);
        });
    }

    bool is_changed() const {
        const bool nobody_worked_yet = context_.state == nullptr && context_.is_start;
        return !nobody_worked_yet && seen_.home.changed > context_.container_start;
    }

    system::Place source_side() const {
        return seen_.uses_fallback ? *keep_.fallback : keep_.source;
    }

    Result<void> see_file() {
        const RestoredFile* const record = records_.find(place_);
        seen_.was_linked_here = record != nullptr && record->is_link;
        seen_.was_copied_here = record != nullptr && !record->is_link;
        if (seen_.store.kind == Kind::file) {
            ENVKEEP_TRY(const bool is_same, is_same_file_content(record));
            seen_.sameness = is_same ? Sameness::same : Sameness::differs;
            if (!is_same && record != nullptr) {
                ENVKEEP_CHECK(compare_with(*record));
            }
        }
        seen_.changed_in_session = is_changed() && !seen_.home_as_restored;
        return {};
    }

    static bool is_known_same(const RestoredFile* record, const Status& home, const Status& store) {
        return record != nullptr && !record->is_link && is_as_recorded(record->home_seen, home) &&
               is_as_recorded(record->store_seen, store);
    }

    Result<bool> is_same_file_content(const RestoredFile* record) {
        if (seen_.home.size != seen_.store.size) {
            return false;
        }
        if (is_known_same(record, seen_.home, seen_.store)) {
            return true;
        }
        return files_.has_same_bytes(keep_.place, source_side());
    }

    Result<bool> is_as_restored(const system::Place& file,
                                const Status& recorded,
                                const Status& now,
                                const Digest& digest) {
        if (is_as_recorded(recorded, now)) {
            return true;
        }
        if (now.kind == Kind::link) {
            ENVKEEP_TRY(const std::string target, files_.read_link(file));
            return digest_of(target) == digest;
        }
        if (now.kind != Kind::file) {
            return false;
        }
        ENVKEEP_TRY(const Digest present, files_.digest(file));
        return present == digest;
    }

    // For the digest of a link's record the source was read when the link was made. A record of a
    // version that a save kept beside the source says that both sides changed: nothing is as it was
    // restored until the user took one of the two.
    Result<void> compare_with(const RestoredFile& record) {
        seen_.has_version_beside = is_beside(record.source, files_.absolute(source_side()));
        if (seen_.has_version_beside) {
            return {};
        }
        ENVKEEP_TRY(seen_.home_as_restored,
                    is_as_restored(keep_.place, record.home_seen, seen_.home, record.digest));
        ENVKEEP_TRY(seen_.store_as_restored,
                    is_as_restored(source_side(), record.store_seen, seen_.store, record.digest));
        return {};
    }

    Result<void> see_folder() {
        const std::vector<const RestoredFile*> records =
            keep_.form == Form::copy ? records_.within(place_) : std::vector<const RestoredFile*>{};
        seen_.was_copied_here = !records.empty();
        seen_.changed_in_session = is_changed();
        const bool are_both_folders = seen_.store.kind == Kind::folder;
        const TreePair pair{.home = keep_.place,
                            .store = source_side(),
                            .leaves_out = keep_.leaves_out,
                            .above_source = above_source_};
        const IsKnownSame is_known = [&](const auto& home, const auto& here, const auto& there) {
            return is_known_same(records_.find(files_.absolute(home)), here, there);
        };
        Result<TreeComparison> compared =
            are_both_folders ? compare_trees(pair, is_known, files_) : scan_tree(pair, files_);
        ENVKEEP_CHECK(compared);
        if (!compared->mount_point.empty()) {
            stop(Obstacle::mount_point,
                 fmt::format("{} in it is a mount point", quoted(compared->mount_point)),
                 compared->mount_point);
        }
        if (!compared->way_to_store.empty()) {
            stop(Obstacle::same_file,
                 fmt::format("{} in it leads to the store", quoted(compared->way_to_store)),
                 compared->way_to_store);
        }
        seen_.home_is_empty = compared->home_is_empty;
        seen_.holds_left_out = compared->holds_left_out;
        if (are_both_folders) {
            seen_.sameness = compared->sameness();
            // What is packed is real, all of it.
            if (keep_.form == Form::packed && compared->holds_our_links &&
                seen_.sameness == Sameness::same) {
                seen_.sameness = Sameness::home_is_subset;
            }
            seen_.store_has_more = !compared->only_in_store.empty();
            if (seen_.was_copied_here && seen_.sameness != Sameness::same) {
                ENVKEEP_CHECK(compare_with_records(records, *compared));
            }
            seen_.missing_in_store = std::move(compared->missing_in_store);
            seen_.differing = std::move(compared->differing);
        }
        return {};
    }

    // A copied folder: has somebody changed, added or removed something, on which side?
    Result<void> compare_with_records(const std::vector<const RestoredFile*>& records,
                                      const TreeComparison& compared) {
        seen_.home_as_restored = true;
        seen_.store_as_restored = true;
        for (const RestoredFile* record : records) {
            const RelPath below = below_place(record->place);
            const system::Place home{keep_.place.root, keep_.place.path.joined(below)};
            const system::Place source{source_side().root, source_side().path.joined(below)};
            if (is_beside(record->source, files_.absolute(source))) {
                const bool is_settled = !is_named(below, compared.differing) &&
                                        !is_named(below, compared.missing_in_store);
                seen_.home_as_restored = seen_.home_as_restored && is_settled;
                seen_.store_as_restored = seen_.store_as_restored && is_settled;
                continue;
            }
            ENVKEEP_TRY(const Status here, files_.status(home));
            ENVKEEP_TRY(const Status there, files_.status(source));
            ENVKEEP_TRY(const bool is_home_same,
                        is_as_restored(home, record->home_seen, here, record->digest));
            ENVKEEP_TRY(const bool is_store_same,
                        is_as_restored(source, record->store_seen, there, record->digest));
            seen_.home_as_restored = seen_.home_as_restored && is_home_same;
            seen_.store_as_restored = seen_.store_as_restored && is_store_same;
        }
        // What one side has beyond the records is new there.
        const auto is_new = [&](const RelPath& below) {
            return records_.within(place_ + '/' + below.text()).empty();
        };
        for (const Difference& missing : compared.missing_in_store) {
            seen_.home_as_restored = seen_.home_as_restored && !is_new(missing.path);
        }
        for (const RelPath& extra : compared.only_in_store) {
            seen_.store_as_restored = seen_.store_as_restored && !is_new(extra);
        }
        return {};
    }

    static bool is_named(const RelPath& path, const std::vector<Difference>& differences) {
        return std::any_of(differences.begin(), differences.end(), [&](const Difference& one) {
            return path.is_within(one.path);
        });
    }

    RelPath below_place(const std::string& path) const {
        return path.size() <= place_.size()
                   ? RelPath{}
                   : RelPath::parse(path.substr(place_.size() + 1)).value_or(RelPath{});
    }

    const WantedKeep& keep_;
    const ObserveContext& context_;
    SessionRecords& records_;
    system::FileReader& files_;
    KeepSeen& seen_;
    std::string place_;
    std::vector<Status> above_source_;
};

}  // namespace

void see_real(const WantedKeep& keep,
              const ObserveContext& context,
              SessionRecords& records,
              system::FileReader& files,
              KeepSeen& seen) {
    auto done = RealKeep(keep, context, records, files, seen).see();
    if (!done) {
        seen.obstacle = Obstacle::unreadable;
        seen.problem = std::move(done).error().message;
    }
}

}  // namespace envkeep::keep
