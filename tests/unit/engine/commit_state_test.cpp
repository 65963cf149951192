// SPDX-License-Identifier: MIT
#include "engine/ready_store.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

namespace envkeep::engine {
namespace {

using ::testing::UnorderedElementsAre;

// Two processes of one container, each with the state as it was when it began.
class CommitState : public ::testing::Test {
  protected:
    CommitState() {
        tree_.folder("home");
        Session first = began();
        state_of(first).files = {record("/a", "one"), record("/b", "one")};
        EXPECT_TRUE(commit_state(world_, first).has_value());
    }

    static store::RestoredFile record(const std::string& place, std::string_view content) {
        return {.place = place, .source = "/storage" + place, .digest = digest_of(content)};
    }

    Session began() {
        Session session;
        session.home = files_.open_root(tree_ / "home").value();
        session.container = {.boot_id = "boot", .pid_namespace = 1, .first_start = 2};
        session.store.id = "store";
        session.state = store::load_state(session.home, session.container, files_);
        session.loaded = session.state;
        return session;
    }

    std::vector<std::string> stored() {
        std::vector<std::string> lines;
        const Session now = began();
        for (const store::RestoredFile& file : now.state.value().files) {
            const bool is_one = file.digest == digest_of("one");
            lines.push_back(file.place + (is_one ? " one" : " two"));
        }
        return lines;
    }

    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{environ};
    posix::TreeWalker walker_{files_};
    World world_{.files = files_, .writer = &files_, .machine = machine_, .walker = walker_};
};

TEST_F(CommitState, KeepsWhatAnotherProcessWroteMeanwhile) {
    Session slow = began();
    Session quick = began();
    quick.state->files = {record("/a", "two"), record("/b", "one"), record("/c", "two")};
    ASSERT_TRUE(commit_state(world_, quick).has_value());
    slow.state->session = "lease";

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_THAT(stored(), UnorderedElementsAre("/a two", "/b one", "/c two"));
    EXPECT_EQ(began().state->session, "lease");
}

TEST_F(CommitState, DropsWhatEitherProcessDropped) {
    Session slow = began();
    Session quick = began();
    quick.state->files = {record("/b", "one")};
    ASSERT_TRUE(commit_state(world_, quick).has_value());
    slow.state->files = {record("/a", "one")};

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_THAT(stored(), UnorderedElementsAre());
}

TEST_F(CommitState, LetsItsOwnChangeStand) {
    Session slow = began();
    Session quick = began();
    quick.state->files = {record("/a", "two"), record("/b", "one")};
    ASSERT_TRUE(commit_state(world_, quick).has_value());
    slow.state->files = {record("/a", "one"), record("/b", "two")};

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_THAT(stored(), UnorderedElementsAre("/a two", "/b two"));
}

}  // namespace
}  // namespace envkeep::engine
