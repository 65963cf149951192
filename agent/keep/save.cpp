// SPDX-License-Identifier: MIT
#include "envkeep/keep/save.hpp"

#include "keep/modes_nested.hpp"
#include "keep/own_names.hpp"
#include "keep/save_file.hpp"
#include "keep/save_records.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Status;

// As much is read to know a linked file again; a larger one counts as changed when its stat is.
constexpr std::uint64_t largest_read_for_link = 8U << 20U;

class SavePlanner {
  public:
    SavePlanner(const Wanted& wanted,
                const store::SessionState& state,
                const std::string& session,
                system::FileReader& files)
        : wanted_(wanted),
          files_(files),
          nested_(wanted),
          records_(state.files),
          writer_(state, session, files),
          saver_(wanted.store_path, files, writer_) {}

    SavePlan make() {
        for (const WantedKeep& keep : wanted_.keeps) {
            switch (keep.form) {
                case Form::link:
                    save_link_keep(keep);
                    break;
                case Form::copy:
                    save_tree(keep, {});
                    break;
                case Form::folder:
                    save_new_children(keep);
                    break;
            }
        }
        return writer_.take(records_.rest());
    }

  private:
    using Paths = std::vector<RelPath>;

    // Only where our own link was: what else stands there is a matter for `restore`.
    void save_link_keep(const WantedKeep& keep) {
        SavePair pair{.home = keep.place,
                      .store = keep.source,
                      .preset = keep.preset,
                      .subject = keep.subject,
                      .record = records_.take(files_.absolute(keep.place))};
        if (pair.record == nullptr) {
            return;
        }
        if (pair.record->home_seen.kind != Kind::file) {
            // One call where the link stands and nobody wrote through it.
            const auto behind = files_.follow(pair.record->place);
            if (behind && is_unchanged(pair.record->store_seen, *behind)) {
                writer_.hold(pair);
                return;
            }
        }
        const auto seen = files_.look(keep.place);
        if (seen && seen->status.kind == Kind::file) {
            if (find_version(pair)) {
                saver_.save_file(pair, seen->status);
            }
        } else if (seen && seen->status.kind == Kind::link && seen->target == keep.target) {
            remember_linked(pair, seen->status);
        } else {
            writer_.hold(pair);
        }
    }

    // While the link stands, what the store holds is what this home has.
    void remember_linked(const SavePair& pair, const Status& link) {
        const auto store = files_.status(pair.store);
        if (!store || store->kind != Kind::file) {
            writer_.hold(pair);
            return;
        }
        Digest digest;
        if (store->size <= largest_read_for_link) {
            digest = files_.digest(pair.store).value_or(Digest{});
        }
        writer_.refresh(pair, {.home = link, .store = *store, .digest = digest});
    }

    void save_new_children(const WantedKeep& folder) {
        if (!folder.saves_new_children) {
            return;
        }
        const auto status = files_.status(folder.place);
        if (!status || status->kind != Kind::folder) {
            return;
        }
        const Paths left_out = left_out_of(folder, nested_);
        const auto entries = files_.list(folder.place);
        if (!entries) {
            return;
        }
        for (const system::Entry& entry : *entries) {
            const RelPath below = RelPath().child(entry.name);
            if (!is_own_name(entry.name) && !std::ranges::binary_search(left_out, below)) {
                save_tree(folder, below, left_out);
            }
        }
    }

    void save_tree(const WantedKeep& keep, const RelPath& below) {
        save_tree(keep, below, left_out_of(keep, nested_));
    }

    // What stands at `below` in a keep, with all in it. A stack of its own: trees can be deep.
    void save_tree(const WantedKeep& keep, const RelPath& below, const Paths& left_out) {
        std::vector<SavePair> folders;
        visit({.home = {.root = keep.place.root, .path = keep.place.path.joined(below)},
               .store = {.root = keep.source.root, .path = keep.source.path.joined(below)},
               .preset = keep.preset,
               .subject = below.is_root() ? keep.subject : keep.subject + "/" + below.text()},
              {keep, left_out},
              folders);
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
                       .preset = folder.preset,
                       .subject = folder.subject + "/" + entry.name},
                      {keep, left_out},
                      folders);
            }
        }
    }

    struct Bounds {
        const WantedKeep& keep;
        const Paths& left_out;
    };

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
        if (pair.record != nullptr && status->kind == Kind::file &&
            is_unchanged(pair.record->home_seen, *status)) {
            say_still_both(pair);
            writer_.hold(pair);
            return;
        }
        const bool is_in_the_way = below.is_root() && status->kind == Kind::link;
        if (status->kind == Kind::absent || status->kind == Kind::other || is_in_the_way ||
            !find_version(pair)) {
            writer_.hold(pair);
            return;
        }
        if (status->kind == Kind::file) {
            saver_.save_file(pair, *status);
        } else if (status->kind == Kind::link) {
            saver_.save_link(pair, *status);
        } else {
            save_folder(pair, *status, below_in(bounds.left_out, below), folders);
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

    // Once both sides were kept, this home's version has a name of its own, and goes on under it.
    // False if that cannot be found out.
    bool find_version(SavePair& pair) {
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
        if (status->kind == Kind::absent) {
            pair.record = nullptr;  // the user took it away: both sides are looked at anew
            return true;
        }
        writer_.say_both(pair, *beside);
        pair.store = *beside;
        return true;
    }

    // The name beside the source that the record speaks of, if it is one that a save gave.
    [[nodiscard]] std::optional<system::Place> version_of(const SavePair& pair) const {
        const std::string& source = pair.record->source;
        const system::Place beside =
            pair.store.parent().child(source.substr(source.rfind('/') + 1));
        const bool is_beside = files_.absolute(beside) == source && beside != pair.store &&
                               is_name_beside(beside.path.name());
        return is_beside ? std::optional(beside) : std::nullopt;
    }

    void say_still_both(const SavePair& pair) {
        const auto beside = version_of(pair);
        if (!beside) {
            return;
        }
        const auto status = files_.status(*beside);
        if (status && status->kind != Kind::absent) {
            writer_.say_both(pair, *beside);
        }
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
        } else if (store->kind == Kind::absent) {
            writer_.seed(pair, home, std::move(left_out));
        } else {
            writer_.keep_both(pair, home, std::move(left_out));
        }
    }

    const Wanted& wanted_;
    system::FileReader& files_;
    NestedKeeps nested_;
    SaveRecords records_;
    SaveWriter writer_;
    FileSaver saver_;
};

}  // namespace

Result<SavePlan> plan_save(const Wanted& wanted,
                           const store::SessionState& state,
                           const std::string& session,
                           system::FileReader& files) {
    return SavePlanner(wanted, state, session, files).make();
}

}  // namespace envkeep::keep
