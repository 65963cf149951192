// SPDX-License-Identifier: MIT
#include "engine/restore_lease.hpp"

#include "engine/ready_store.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What other sessions see while one restores.
class RestoreLeaseTest : public ::testing::Test {
  protected:
    RestoreLeaseTest() {
        tree_.folder("storage/envkeep").folder("home");
        session_.home_path = tree_ / "home";
        session_.store = {.base = files_.open_root(tree_ / "storage").value(),
                          .root = files_.open_root(tree_ / "storage/envkeep").value(),
                          .base_path = tree_ / "storage",
                          .path = tree_ / "storage/envkeep",
                          .id = "0",
                          .created = ""};
    }

    // "a live", by the snapshots that the leases name.
    std::vector<std::string> seen() {
        std::vector<std::string> lines;
        const auto leases = store::list_leases(session_.store, machine_, files_, &files_);
        for (const store::LeaseSeen& one : leases.value()) {
            const bool is_live = one.state == store::LeaseState::live;
            lines.push_back(one.lease.snapshot + (is_live ? " live" : " not live"));
        }
        return lines;
    }

    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{environ};
    posix::TreeWalker walker_{files_};
    World world_{.files = files_, .writer = &files_, .machine = machine_, .walker = walker_};
    Session session_;
};

TEST_F(RestoreLeaseTest, NamesTheSnapshotWhileItLasts) {
    {
        const RestoreLease lease(world_, session_, "a");

        EXPECT_THAT(seen(), ElementsAre("a live"));
    }

    EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(RestoreLeaseTest, ChangesTheLeaseOfTheSessionItself) {
    const auto own = store::take_lease(session_.store, "/root", machine_, files_);
    session_.state = store::SessionState{};
    session_.state->session = own->id;
    {
        const RestoreLease lease(world_, session_, "a");
    }

    // It stays named: the session's next snapshot builds on it.
    EXPECT_THAT(seen(), ElementsAre("a live"));
}

TEST_F(RestoreLeaseTest, DoesWithoutWhereNoneCanBeWritten) {
    session_.store.is_read_only = true;
    RestoreLease lease(world_, session_, "a");
    lease.renew();

    EXPECT_THAT(seen(), IsEmpty());
}

}  // namespace
}  // namespace envkeep::engine
