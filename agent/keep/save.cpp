// SPDX-License-Identifier: MIT
#include "envkeep/keep/save.hpp"

#include "envkeep/core/text.hpp"
#include "keep/apply_records.hpp"
#include "keep/modes_nested.hpp"
#include "keep/observe_trees.hpp"
#include "keep/own_names.hpp"
#include "keep/save_file.hpp"
#include "keep/save_records.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Status;

class SavePlanner {
  public:
    SavePlanner(const Wanted& wanted, const SaveContext& context, system::FileReader& files)
        : wanted_(wanted),
          context_(context),
          files_(files),
          nested_(wanted),
          records_(context.state.files),
          writer_(context.state, context.session, files),
          saver_(wanted.store_path, context.merger, files, writer_) {}

    SavePlan make() {
        for (const WantedKeep& keep : wanted_.keeps) {
            switch (keep.form) {
                case Form::link:
                    save_link_keep(keep);
                    break;
                case Form::copy:
                    save_copy_keep(keep);
                    break;
                case Form::packed:  // snapshots take it
                case Form::folder:  // whatever appears in it is a keep of its own
                    break;
            }
        }
        return writer_.take(records_.rest());
    }

  private:
    using Paths = std::vector<RelPath>;

    struct Bounds {
        const WantedKeep& keep;
        const Paths& left_out;
        // Nobody knows that what stands there took the place of something of ours: then what nobody
        // touched in this session is left to `restore`.
        bool only_of_this_session = false;
    };

    [[nodiscard]] SavePair pair_of(const WantedKeep& keep) {
        return {.home = keep.place,
                .store = keep.source,
                .kept = keep.place,
                .preset = keep.preset,
                .subject = keep.subject,
                .record = records_.take(files_.absolute(keep.place)),
                .merges = keep.merges};
    }

    void save_link_keep(const WantedKeep& keep) {
        SavePair pair = pair_of(keep);
        pair.is_link = true;
        if (pair.record != nullptr && pair.record->home_seen.kind == Kind::link) {
            // One call where the link stands and nobody wrote through it.
            const auto behind = files_.follow(pair.record->place);
            if (behind && is_unchanged(pair.record->store_seen, *behind)) {
                writer_.hold(pair);
                return;
            }
        }
        const auto seen = files_.look(keep.place);
        if (seen && (seen->status.kind == Kind::file || seen->status.kind == Kind::folder)) {
            save_in_place_of_link(keep, std::move(pair), seen->status);
        } else if (seen && seen->status.kind == Kind::link && seen->target == keep.target) {
            remember_linked(pair, seen->status);
        } else {
            writer_.hold(pair);
        }
    }

    // While the link stands, what the store holds is what this home has. Of a folder nothing more
    // is remembered than that our link stood there.
    void remember_linked(const SavePair& pair, const Status& link) {
        if (pair.record != nullptr && pair.record->home_seen.kind == Kind::absent) {
            writer_.hold(pair);
            return;
        }
        const auto store = files_.status(pair.store);
        if (store && store->kind == Kind::folder) {
            writer_.refresh(pair, {});
        } else if (store && store->kind == Kind::file) {
            const bool is_read = store->size <= largest_read_for_link;
            writer_.refresh(
                pair,
                {.home = link,
                 .store = *store,
                 .digest = is_read ? files_.digest(pair.store).value_or(Digest{}) : Digest{}});
        } else {
            writer_.hold(pair);
        }
    }

    // Something real where a link belongs. It goes back if our link was there (a program or the
    // user replaced it), and if the store has nothing of that name: it is new, or was left over
    // when the start ran out of time. Else both are kept of what is of this session, and would be
    // lost with it; what is older is for `restore` to decide.
    void save_in_place_of_link(const WantedKeep& keep, SavePair pair, const Status& home) {
        const auto store = files_.status(pair.store);
        if (!store) {
            writer_.say_failed(pair, store.error());
            writer_.hold(pair);
            return;
        }
        const bool was_ours = pair.record != nullptr;
        if (!was_ours && keep.origin != Origin::keep) {
            return;
        }
        if (!was_ours && store->kind == Kind::absent) {
            if (!may_be_seeded(keep, home)) {
                return;
            }
            pair.record =
                &newcomers_.emplace_back(store::RestoredFile{.place = files_.absolute(pair.home),
                                                             .source = files_.absolute(pair.store),
                                                             .digest = {},
                                                             .home_seen = {},
                                                             .store_seen = {},
                                                             .is_link = true});
        }
        const Paths left_out = left_out_of(keep, nested_);
        save_with_all_below(std::move(pair), home, {keep, left_out, pair.record == nullptr});
    }

    static bool may_be_seeded(const WantedKeep& keep, const Status& home) {
        const bool is_other_kind =
            (keep.kind == manifest::KeepKind::file && home.kind != Kind::file) ||
            (keep.kind == manifest::KeepKind::folder && home.kind != Kind::folder);
        return !is_other_kind && !keep.fallback;
    }

    void save_copy_keep(const WantedKeep& keep) {
        SavePair pair = pair_of(keep);
        if (pair.record == nullptr && keep.origin != Origin::keep) {
            return;
        }
        const auto home = files_.status(keep.place);
        if (!home) {
            writer_.say_failed(pair, home.error());
            writer_.hold(pair);
            return;
        }
        if (home->kind == Kind::link) {
            const auto store = files_.status(keep.source);
            const bool is_kept_as_link = keep.may_be_missing && store &&
                                         (store->kind == Kind::absent || store->kind == Kind::link);
            if (!is_kept_as_link) {
                writer_.hold(pair);  // it is in the way of the copy
                return;
            }
        }
        const Paths left_out = left_out_of(keep, nested_);
        const bool only_of_this_session = !is_known(pair) && store_has(pair);
        save_with_all_below(std::move(pair), *home, {keep, left_out, only_of_this_session});
    }

    // Whether it, or anything in it, was restored or saved here. If not, a start that ran out of
    // time left there what the image has, which is no change of this session's.
    [[nodiscard]] bool is_known(const SavePair& pair) const {
        const std::string below = files_.absolute(pair.home) + '/';
        return pair.record != nullptr ||
               std::ranges::any_of(context_.state.files, [&](const store::RestoredFile& file) {
                   return file.place.starts_with(below);
               });
    }

    [[nodiscard]] bool store_has(const SavePair& pair) {
        const auto store = files_.status(pair.store);
        return store && store->kind != Kind::absent;
    }

    // A stack of its own: trees can be deep.
    void save_with_all_below(SavePair top, const Status& home, const Bounds& bounds) {
        std::vector<SavePair> folders;
        save_one(std::move(top), home, bounds, folders);
        while (!folders.empty()) {
            const SavePair folder = std::move(folders.back());
            folders.pop_back();
            const auto entries = files_.list(folder.home);
            if (!entries) {
                writer_.say_failed(folder, entries.error());
                continue;
            }
            for (const system::Entry& entry : *entries) {
                visit({.home = folder.home.child(entry.name),
                       .store = folder.store.child(entry.name),
                       .kept = folder.kept,
                       .preset = folder.preset,
                       .subject = folder.subject + "/" + entry.name},
                      bounds,
                      folders);
            }
        }
    }

    void visit(SavePair pair, const Bounds& bounds, std::vector<SavePair>& folders) {
        const RelPath below = pair.home.path.below(bounds.keep.place.path);
        if (is_own_name(pair.home.path.name()) ||
            std::ranges::binary_search(bounds.left_out, below)) {
            return;
        }
        pair.record = records_.take(files_.absolute(pair.home));
        const auto status = files_.status(pair.home);
        if (!status) {
            writer_.say_failed(pair, status.error());
            writer_.hold(pair);
            return;
        }
        save_one(std::move(pair), *status, bounds, folders);
    }

    void save_one(SavePair pair,
                  const Status& home,
                  const Bounds& bounds,
                  std::vector<SavePair>& folders) {
        const bool is_old = bounds.only_of_this_session && pair.record == nullptr &&
                            home.kind != Kind::folder && home.changed <= context_.container_start;
        if (home.kind == Kind::absent || home.kind == Kind::other || home.is_mount_point ||
            is_old || !find_version(pair, home)) {
            writer_.hold(pair);
            return;
        }
        if (home.kind == Kind::file) {
            saver_.save_file(pair, home);
        } else if (home.kind == Kind::link) {
            saver_.save_link(pair, home);
        } else {
            const RelPath below = pair.home.path.below(bounds.keep.place.path);
            save_folder(pair, home, below_in(bounds.left_out, below), folders);
        }
    }

    static Paths below_in(const Paths& paths, const RelPath& folder) {
        Paths found;
        for (const RelPath& path : paths) {
            if (path != folder && path.is_within(folder)) {
                found.push_back(path.below(folder));
            }
        }
        return found;
    }

    // Once both sides were kept, this home's version has a name of its own, and goes on under it
    // until the two sides agree. False if nothing is to be saved, or if that cannot be found out.
    bool find_version(SavePair& pair, const Status& home) {
        if (pair.record == nullptr || pair.record->source == files_.absolute(pair.store)) {
            return true;
        }
        const auto beside = version_of(pair);
        if (!beside) {
            pair.record = nullptr;  // it was restored from elsewhere: says nothing of this source
            return true;
        }
        const auto status = files_.status(*beside);
        if (!status) {
            writer_.say_failed(pair, status.error());
            return false;
        }
        if (status->kind == Kind::absent && is_unchanged(pair.record->home_seen, home)) {
            return false;  // the user did not want it
        }
        if (status->kind == Kind::absent || agrees_with_store(pair, home)) {
            pair.record = nullptr;  // both sides are looked at anew
            return true;
        }
        writer_.say_both(pair, *beside);
        pair.store = *beside;
        return true;
    }

    // The name beside the source that the record speaks of, if it is one that a save gave.
    [[nodiscard]] std::optional<system::Place> version_of(const SavePair& pair) const {
        const std::string& source = pair.record->source;
        if (!is_beside(source, files_.absolute(pair.store))) {
            return std::nullopt;
        }
        return pair.store.parent().child(source.substr(source.rfind('/') + 1));
    }

    [[nodiscard]] bool agrees_with_store(const SavePair& pair, const Status& home) {
        const auto store = files_.look(pair.store);
        if (!store || store->status.kind != home.kind) {
            return false;
        }
        if (home.kind == Kind::link) {
            const auto target = files_.read_link(pair.home);
            return target && *target == store->target;
        }
        return home.kind == Kind::folder ||
               (home.size == store->status.size &&
                files_.has_same_bytes(pair.home, pair.store).value_or(false));
    }

    void save_folder(const SavePair& pair,
                     const Status& home,
                     Paths left_out,
                     std::vector<SavePair>& folders) {
        const auto store = files_.status(pair.store);
        if (!store) {
            writer_.say_failed(pair, store.error());
            writer_.hold(pair);
        } else if (store->kind == Kind::folder) {
            writer_.hold(pair);
            folders.push_back(pair);
        } else if (const std::string mount = mount_below(pair, left_out); !mount.empty()) {
            writer_.say_failed(pair,
                               {.kind = ErrorKind::unsupported,
                                .message = quoted(mount) + " in it is a mount point",
                                .hint = "unmount it, or name it under 'exclude' of the keep"});
            writer_.hold(pair);
        } else if (store->kind == Kind::absent) {
            writer_.seed(pair, home, std::move(left_out));
        } else {
            writer_.keep_both(pair, home, std::move(left_out));
        }
    }

    // What is mounted somewhere in a folder is not the folder's; copying would take it along.
    [[nodiscard]] std::string mount_below(const SavePair& pair, const Paths& left_out) {
        const std::vector<Status> none;
        const auto scanned = scan_tree(
            {.home = pair.home, .store = pair.store, .leaves_out = left_out, .above_source = none},
            files_);
        return scanned ? scanned->mount_point : std::string{};
    }

    const Wanted& wanted_;
    const SaveContext& context_;
    system::FileReader& files_;
    NestedKeeps nested_;
    SaveRecords records_;
    SaveWriter writer_;
    FileSaver saver_;
    std::deque<store::RestoredFile> newcomers_;  // pairs point to them
};

}  // namespace

Result<SavePlan> plan_save(const Wanted& wanted,
                           const SaveContext& context,
                           system::FileReader& files) {
    return SavePlanner(wanted, context, files).make();
}

}  // namespace envkeep::keep
