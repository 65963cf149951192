// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/check_pack.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/prove.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/unfinished.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "envkeep/snapshot/write_packs.hpp"
#include "support/call_number.hpp"
#include "support/each_system_call.hpp"
#include "support/mounts.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// A snapshot, or a restore, that is killed when it is about to make any of its changes: what was
// published once can be restored, nothing half made passes for the whole, and the next run ends.
namespace envkeep::snapshot {
namespace {

using envkeep::testing::CallNumber;
using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::ScopedMount;
using envkeep::testing::TempTree;
using ::testing::IsEmpty;

// One process' view of a machine in `machine/`, its home in `machine/root`, a store in `storage/`.
class PlaceOfRuns {
  public:
    explicit PlaceOfRuns(const std::string& path) {
        machine = files.open_root(path + "/machine").value();
        home = files.open_root(path + "/machine/root").value();
        store = {.base = files.open_root(path + "/storage").value(),
                 .root = files.open_root(path + "/storage/envkeep").value(),
                 .base_path = path + "/storage",
                 .path = path + "/storage/envkeep",
                 .id = "0",
                 .created = ""};
    }

    [[nodiscard]] Roots roots() const {
        return {.machine = machine, .home = home, .home_then = "root"};
    }

    [[nodiscard]] system::Place packs() const { return store.place(store::names::packs); }

    // As `envkeep snapshot` does it, with one thread: calls are counted for each.
    void take_snapshot(const std::string& id) {
        Layer known;
        if (const auto unfinished = load_unfinished(home, files)) {
            add_known(known, *unfinished, [&](const std::string& pack) {
                return check_pack(packs(), pack, trees).has_value();
            });
        }
        const Scope scope{.roots = {"usr", "root"}, .home = "root"};
        Capture found = capture(scope,
                                {.session_began = WallTime{}},
                                roots(),
                                [](const std::string&) { return Group{.name = "/"}; },
                                {.files = files, .reader = trees, .walker = walker, .threads = 1})
                            .value();
        ASSERT_TRUE(files.make_folders(packs(), 0700));
        const std::optional<Ref> newest = newest_ref(shelf, "p").value();
        const auto report =
            write_packs(found.layer,
                        found.to_pack,
                        known,
                        roots(),
                        {packs(), trees, trees},
                        {.threads = 1, .pack_size = 1, .published = [&](const Layer& so_far) {
                             static_cast<void>(save_unfinished(home, so_far, files));
                         }});
        ASSERT_TRUE(report);
        bytes_packed = report->bytes;
        const TreeDigests digests = digests_of(found.layer);
        const std::string layer = save_layer(shelf, found.layer).value();
        const Snapshot record{.id = id,
                              .created = "2026-11-24T00:00:00Z",
                              .profile = "p",
                              .layer = layer,
                              .lock = save_lock(shelf, "envkeep-lock 1\n").value(),
                              .content = digests.content,
                              .full = digests.full};
        ASSERT_TRUE(publish(shelf, record, newest));
        drop_unfinished(home, files, files);
    }

    [[nodiscard]] std::uint64_t bytes_in_unfinished() {
        std::uint64_t bytes = 0;
        for (const Entry& entry : load_unfinished(home, files).value_or(Layer{}).entries) {
            bytes += entry.size;
        }
        return bytes;
    }

    [[nodiscard]] Layer newest_layer(Snapshot* record = nullptr) {
        const SnapshotList list = list_snapshots(shelf).value();
        const Snapshot newest =
            find_snapshot(list, newest_ref(shelf, "p").value()->snapshot).value();
        if (record != nullptr) {
            *record = newest;
        }
        return load_layer(shelf, newest.layer).value();
    }

    // All that is there counts as the image's: what differs is replaced.
    [[nodiscard]] LayerPlan plan(const Layer& layer) {
        return plan_layer(
            layer, look_at_layer(layer, roots(), trees, 1), {.image_until = WallTime::max()});
    }

    // By a look at what can only be the restore's own.
    [[nodiscard]] bool looks_whole(const Layer& layer) {
        return plan_layer(layer, look_at_layer(layer, roots(), trees, 1), {}).is_empty();
    }

    // What could not be brought back, and why.
    std::vector<std::string> restore(const Layer& layer) {
        const UnpackReport report =
            unpack(layer, plan(layer).steps, roots(), packs(), trees, trees, {.threads = 1});
        std::vector<std::string> failed;
        for (const UnpackReport::Failed& one : report.failed) {
            failed.push_back(layer.entries[one.entry].path + ": " + one.error.message);
        }
        return failed;
    }

    [[nodiscard]] Proof proof(const Layer& layer) {
        return prove(layer, look_at_layer(layer, roots(), trees, 1), {}, roots(), trees, 1, {})
            .value();
    }

    std::uint64_t bytes_packed = 0;  // by the snapshot
    posix::Files files;
    posix::TreeContent trees{files};
    posix::TreeWalker walker{files};
    system::RootId machine;
    system::RootId home;
    store::Store store;
    Shelf shelf{
        .store = store, .files = files, .reader = trees, .writer = &files, .tree_writer = &trees};
};

class Killed : public ::testing::Test {
  protected:
    Killed() : mount_(ScopedMount::tmpfs(tree_.path())) { fill(); }

    void fill() {
        tree_.folder("storage/envkeep").folder("machine/root");
        tree_.file("machine/usr/bin/tool", "#!/bin/sh\n", 04755);
        tree_.file("machine/usr/lib/x-1.dist-info/METADATA", "Name: x\n");
        tree_.file("machine/usr/lib/x-1.dist-info/RECORD", "x,,\n");
        tree_.file("machine/usr/lib/large", std::string(std::size_t{9} << 20U, 'l'));
        tree_.hard_link("machine/usr/lib/second", "machine/usr/bin/tool");
        tree_.link("machine/usr/lib/link", "large");
        tree_.file("machine/root/empty");
    }

    void empty_the_machine() {
        tree_.remove("machine").folder("machine/root").folder("machine/usr/lib");
        tree_.file("machine/usr/lib/large", "the image's\n");
    }

    void expect_newest_restores(const std::string& why) {
        empty_the_machine();
        PlaceOfRuns place(tree_.path());
        Snapshot record;
        const Layer layer = place.newest_layer(&record);
        EXPECT_THAT(place.restore(layer), IsEmpty()) << why;
        EXPECT_EQ(place.proof(layer).live.full, record.full) << why;
    }

    TempTree tree_;
    ScopedMount mount_;
};

TEST_F(Killed, SnapshotLeavesTheLastOneWhichRestores) {
    PlaceOfRuns(tree_.path()).take_snapshot("1");
    Meddled outcome = Meddled::killed;
    CallNumber call;
    std::size_t kills = 0;
    for (; outcome != Meddled::not_reached; ++call) {
        tree_.file("machine/usr/lib/new", std::to_string(call));
        outcome = kill_at_changing_call(
            call, [&] { PlaceOfRuns(tree_.path()).take_snapshot("k" + std::to_string(call)); });

        expect_newest_restores("call " + std::to_string(call));
        ASSERT_FALSE(HasFailure());
        kills += outcome == Meddled::killed ? 1 : 0;
    }
    EXPECT_GE(kills, call.least());
}

TEST_F(Killed, SnapshotIsGoneOnWithByTheNext) {
    constexpr std::uint64_t all = (std::uint64_t{9} << 20U) + 22;
    std::uint64_t most = 0;
    Meddled outcome = Meddled::killed;
    CallNumber call;
    std::size_t kills = 0;
    for (; outcome != Meddled::not_reached; ++call) {
        tree_.remove("storage").remove("machine");
        fill();
        outcome =
            kill_at_changing_call(call, [&] { PlaceOfRuns(tree_.path()).take_snapshot("killed"); });
        PlaceOfRuns place(tree_.path());
        const std::uint64_t stored = place.bytes_in_unfinished();

        place.take_snapshot("next");

        EXPECT_EQ(place.bytes_packed, all - stored) << "call " << call;
        EXPECT_FALSE(tree_.exists("machine/root/.envkeep-state/unfinished"));
        expect_newest_restores("call " + std::to_string(call));
        ASSERT_FALSE(HasFailure());
        kills += outcome == Meddled::killed ? 1 : 0;
        most = std::max(most, stored);
    }
    EXPECT_GE(kills, call.least());
    EXPECT_GT(most, all - 22);
}

TEST_F(Killed, RestoreIsFinishedByTheNextAndPassesForWholeNever) {
    PlaceOfRuns(tree_.path()).take_snapshot("1");
    Snapshot record;
    const Layer layer = PlaceOfRuns(tree_.path()).newest_layer(&record);
    Meddled outcome = Meddled::killed;
    CallNumber call;
    std::size_t kills = 0;
    for (; outcome != Meddled::not_reached; ++call) {
        empty_the_machine();
        outcome = kill_at_changing_call(
            call, [&] { static_cast<void>(PlaceOfRuns(tree_.path()).restore(layer)); });

        PlaceOfRuns place(tree_.path());
        if (outcome == Meddled::killed && place.looks_whole(layer)) {
            EXPECT_EQ(place.proof(layer).live.full, record.full) << "call " << call;
        }
        EXPECT_THAT(place.restore(layer), IsEmpty()) << "call " << call;
        EXPECT_EQ(place.proof(layer).live.full, record.full) << "call " << call;
        ASSERT_FALSE(HasFailure());
        kills += outcome == Meddled::killed ? 1 : 0;
    }
    EXPECT_GE(kills, call.least());
}

}  // namespace
}  // namespace envkeep::snapshot
