// SPDX-License-Identifier: MIT
#include "engine/ready_store.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/folder_lock.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/failing_files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <functional>
#include <limits>
#include <utility>

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

// Another process has all its time before the state is written, if nothing keeps it away.
class Overtaken final : public testing::FailingFiles {
  public:
    Overtaken(system::FileWriter& inner, std::function<void()> by_another)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          by_another_(std::move(by_another)) {}

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override {
        by_another_();
        return FailingFiles::overwrite_own_file(place, content, mode);
    }

  private:
    std::function<void()> by_another_;
};

TEST_F(CommitState, LetsNobodyWriteBetweenItsLookAndItsWrite) {
    Session slow = began();
    Session quick = began();
    quick.state->files.push_back(record("/c", "two"));
    bool is_kept_away = false;
    Overtaken writer(files_, [&] {
        const auto turn = posix::FolderLock::try_take(tree_ / "home/.envkeep-state/session-turn");
        is_kept_away = turn.has_value() && !turn->has_value();
        if (!is_kept_away) {
            EXPECT_TRUE(commit_state(world_, quick).has_value());
        }
    });
    World slowly = world_;
    slowly.writer = &writer;

    ASSERT_TRUE(commit_state(slowly, slow).has_value());
    if (is_kept_away) {
        ASSERT_TRUE(commit_state(world_, quick).has_value());
    }

    EXPECT_THAT(stored(), UnorderedElementsAre("/a one", "/b one", "/c two"));
    EXPECT_TRUE(is_kept_away);
}

// `init` on another store.
TEST_F(CommitState, LetsNobodyWriteWhileTheOtherStoreIsForgotten) {
    ASSERT_TRUE(began().state.has_value());
    bool is_kept_away = false;
    Overtaken writer(files_, [&] {
        const auto turn = posix::FolderLock::try_take(tree_ / "home/.envkeep-state/session-turn");
        is_kept_away = turn.has_value() && !turn->has_value();
    });
    World slowly = world_;
    slowly.writer = &writer;

    ASSERT_TRUE(forget_other_store(slowly, tree_ / "home", {.id = "another"}).has_value());

    EXPECT_TRUE(is_kept_away);
    EXPECT_EQ(store::last_store(began().home, files_), "another");
}

TEST_F(CommitState, KeepsTheMarkOfAnotherRunThatBeganMeanwhile) {
    Session slow = began();
    Session quick = began();
    ASSERT_TRUE(note_changing(world_, quick).has_value());

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_TRUE(began().state->is_changing);
}

TEST_F(CommitState, TakesItsOwnMarkAway) {
    for (const bool is_first : {false, true}) {
        if (is_first) {
            tree_.remove("home/.envkeep-state/session.json");
        }
        Session one = began();
        ASSERT_TRUE(note_changing(world_, one).has_value());
        EXPECT_TRUE(began().state->is_changing);
        one.state->is_changing = false;

        ASSERT_TRUE(commit_state(world_, one).has_value());

        EXPECT_FALSE(began().state->is_changing);
    }
}

TEST_F(CommitState, KeepsTheBackgroundAndTheLeaseOfANewStart) {
    Session before = began();
    before.state->background = system::ProcessId{.pid = 1, .started = 1};
    before.state->session = "old";
    ASSERT_TRUE(commit_state(world_, before).has_value());
    Session slow = began();
    Session start = began();
    start.state->background = system::ProcessId{.pid = 2, .started = 2};
    start.state->session = "new";
    ASSERT_TRUE(commit_state(world_, start).has_value());

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_EQ(began().state->background, (system::ProcessId{.pid = 2, .started = 2}));
    EXPECT_EQ(began().state->session, "new");
}

TEST_F(CommitState, SaysAtItsSecondTimeOnlyWhatItChangedSinceTheFirst) {
    Session slow = began();
    slow.state->files.push_back(record("/c", "one"));
    ASSERT_TRUE(commit_state(world_, slow).has_value());
    Session quick = began();
    quick.state->files = {record("/a", "one"), record("/b", "one"), record("/c", "two")};
    ASSERT_TRUE(commit_state(world_, quick).has_value());

    ASSERT_TRUE(commit_state(world_, slow).has_value());

    EXPECT_THAT(stored(), UnorderedElementsAre("/a one", "/b one", "/c two"));
}

}  // namespace
}  // namespace envkeep::engine
