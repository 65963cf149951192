// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/collect.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

Error while_at(Error error, std::string_view doing, const StoredFile& file) {
    return std::move(error).while_doing(fmt::format("{} {}", doing, file.path));
}

Result<bool> remove_for_good(const Shelf& shelf, const StoredFile& file) {
    const system::Place place = shelf.store.place(file.path);
    ENVKEEP_TRY(const system::Status status, shelf.files.status(place));
    if (status.kind == system::Kind::absent) {
        return false;
    }
    if (status.kind != system::Kind::file || status.modified != file.modified) {
        return failure(ErrorKind::conflict, "it is another file by now");
    }
    auto outcome = shelf.writer->remove_file(place, status);
    return outcome ? Result<bool>(true) : tl::unexpected(std::move(outcome).error());
}

class Work {
  public:
    Work(const Shelf& shelf,
         const GcPlan& plan,
         WallTime now,
         const std::function<Result<void>()>& before_each)
        : shelf_(shelf),
          plan_(plan),
          now_(now),
          before_each_(before_each),
          trash_(shelf.store.place(store::names::trash)) {}

    Result<GcReport> run() {
        ENVKEEP_TRY(const SnapshotList list, list_snapshots(shelf_));
        if (list.refs != plan_.refs) {
            return others_came();
        }
        ENVKEEP_CHECK(take_back());
        if (Result<void> moved = move_to_trash(); !moved) {
            undo();
            return tl::unexpected(std::move(moved).error());
        }
        if (!moved_.empty()) {
            ENVKEEP_CHECK(look_again());
        }
        ENVKEEP_CHECK(remove_the_old());
        return std::move(report_);
    }

  private:
    [[nodiscard]] static tl::unexpected<Error> others_came() {
        return failure(ErrorKind::conflict,
                       "another session changed the snapshots meanwhile",
                       "run it once more");
    }

    // Whoever published before this look is seen here; whoever does so after it finds what is gone
    // by then.
    Result<void> look_again() {
        const Result<SnapshotList> list = list_snapshots(shelf_);
        if (list && !has_others(*list)) {
            return {};
        }
        undo();
        return list ? Result<void>(others_came()) : tl::unexpected(list.error());
    }

    // A ref that cannot be read may be one that is being written.
    [[nodiscard]] bool has_others(const SnapshotList& list) const {
        return !list.problems.empty() || std::ranges::any_of(list.refs, [&](const Ref& ref) {
            return std::ranges::find(plan_.refs, ref) == plan_.refs.end();
        });
    }

    [[nodiscard]] Result<void> may_go_on() const {
        return before_each_ ? before_each_() : Result<void>{};
    }

    Result<void> take_back() {
        for (const StoredFile& file : plan_.to_take_back) {
            ENVKEEP_CHECK(may_go_on());
            const std::string path =
                path_of_trash(std::string_view(file.path).substr(store::names::trash.size() + 1));
            auto outcome =
                shelf_.writer->move(shelf_.store.place(file.path), shelf_.store.place(path));
            if (!outcome && outcome.error().kind != ErrorKind::not_found) {
                tell(while_at(std::move(outcome).error(), "taking back", file));
            }
        }
        return {};
    }

    Result<void> move_to_trash() {
        if (auto made = make_trash(); !made) {
            tell(std::move(made).error());
            return {};
        }
        for (const StoredFile& file : plan_.to_trash) {
            ENVKEEP_CHECK(may_go_on());
            auto outcome = shelf_.writer->move(shelf_.store.place(file.path), in_trash(file));
            if (outcome) {
                moved_.push_back(&file);
                ++report_.trashed;
            } else if (outcome.error().kind != ErrorKind::not_found) {  // another gc was here
                // What it names stays: whoever reads it must find all.
                tell(while_at(std::move(outcome).error(), "moving", file));
                return {};
            }
        }
        return {};
    }

    // A full store may have no room for it: what is in no need of it is removed all the same.
    Result<void> make_trash() {
        return plan_.to_trash.empty() ? Result<void>{} : shelf_.writer->make_folders(trash_, 0700);
    }

    // What names something last, so that nobody reads what is not there yet.
    void undo() {
        for (auto file = moved_.rbegin(); file != moved_.rend(); ++file) {
            // What is not there any more its new owner has taken back.
            static_cast<void>(
                shelf_.writer->move(in_trash(**file), shelf_.store.place((*file)->path)));
        }
    }

    Result<void> remove_the_old() {
        for (const StoredFile& file : plan_.to_remove) {
            ENVKEEP_CHECK(may_go_on());
            auto outcome = remove_for_good(shelf_, file);
            if (!outcome) {
                tell(while_at(std::move(outcome).error(), "removing", file));
            } else if (*outcome) {
                ++report_.removed;
                report_.bytes_removed += file.bytes;
            }
        }
        return {};
    }

    [[nodiscard]] system::Place in_trash(const StoredFile& file) const {
        return trash_.child(trash_name(now_, file.path));
    }

    void tell(Error error) { report_.problems.push_back(std::move(error.message)); }

    const Shelf& shelf_;
    const GcPlan& plan_;
    WallTime now_;
    const std::function<Result<void>()>& before_each_;
    system::Place trash_;
    std::vector<const StoredFile*> moved_;
    GcReport report_;
};

}  // namespace

Result<GcReport> apply_gc(const Shelf& shelf,
                          const GcPlan& plan,
                          WallTime now,
                          const std::function<Result<void>()>& before_each) {
    return Work(shelf, plan, now, before_each).run();
}

}  // namespace envkeep::snapshot
