// SPDX-License-Identifier: MIT
#include "engine/one_background.hpp"

#include "engine/ready_store.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/lease.hpp"
#include "envkeep/store/start_stamp.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

pid_t forked() {
    const pid_t pid = ::fork();
    while (pid == 0) {
        ::pause();
    }
    return pid;
}

// Runs its program by the time that this returns.
pid_t begun_sleep() {
    pid_t pid = -1;
    std::string name = "sleep";
    std::string time = "1000";
    const std::array<char*, 3> words{name.data(), time.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid, "/bin/sleep", nullptr, nullptr, words.data(), nullptr), 0);
    return pid;
}

// Another process of this container that does nothing, until the test ends.
class AnotherProcess {
  public:
    explicit AnotherProcess(pid_t pid = forked())
        : pid_(pid), id_(posix::process_with(pid).value_or(system::ProcessId{})) {}

    AnotherProcess(const AnotherProcess&) = delete;
    AnotherProcess& operator=(const AnotherProcess&) = delete;

    ~AnotherProcess() { end(); }

    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }

    [[nodiscard]] const system::ProcessId& id() const { return id_; }

  private:
    pid_t pid_;
    system::ProcessId id_;
};

class OneBackground : public testing::SessionOfATest {
  protected:
    void is_claimed_by(const system::ProcessId& process) {
        const Session now = session();
        ASSERT_TRUE(store::save_background(now.home, now.container, process, files).has_value());
    }

    AnotherProcess another;
};

TEST_F(OneBackground, IsTheFirstThatLives) {
    is_claimed_by(another.id());
    EXPECT_FALSE(claim_background(world(), session()));
    EXPECT_EQ(live_background(world(), session()), another.id());

    another.end();

    EXPECT_TRUE(claim_background(world(), session()));
    EXPECT_EQ(live_background(world(), session()), machine.self());
    EXPECT_TRUE(claim_background(world(), session()));
}

TEST_F(OneBackground, IsTheOneThatAnOlderProgramNoted) {
    Session before = session();
    state_of(before).background = another.id();
    ASSERT_TRUE(commit_state(world(), before).has_value());

    EXPECT_FALSE(claim_background(world(), session()));
}

TEST_F(OneBackground, EndsWhereAnotherTookItsPlace) {
    ASSERT_TRUE(claim_background(world(), session()));
    EXPECT_TRUE(is_background_still(world(), options(), "0123"));

    is_claimed_by(another.id());

    EXPECT_FALSE(is_background_still(world(), options(), "0123"));
}

TEST_F(OneBackground, SaysAnewWhoItIsWhereTheFolderOfTheStateWasRemoved) {
    tree.remove("home/.envkeep-state");

    EXPECT_TRUE(is_background_still(world(), options(), "0123"));
    EXPECT_EQ(live_background(world(), session()), machine.self());
    EXPECT_EQ(session().state->background, machine.self());
    EXPECT_EQ(session().state->session, "0123");
}

TEST_F(OneBackground, IsFoundByItsLeaseWhereNothingElseTellsOfIt) {
    const auto lease_of = [&](const std::string& id, const std::string& home, bool is_of_run) {
        store::Lease lease{.id = id,
                           .container = session().container,
                           .process = another.id(),
                           .host = "host",
                           .home = home,
                           .started = "",
                           .is_of_run = is_of_run};
        ASSERT_TRUE(store::renew_lease(session().store, lease, files).has_value());
    };
    lease_of("of-a-run", tree / "home", true);
    lease_of("of-another-home", tree / "other", false);
    EXPECT_THAT(all_backgrounds(world(), session()), IsEmpty());

    lease_of("of-this-home", tree / "home", false);

    EXPECT_THAT(all_backgrounds(world(), session()), ElementsAre(another.id()));
}

// A lease can be written by whoever may write to the store.
TEST_F(OneBackground, IsNoProcessOfAnotherProgramWhateverIsSaidOfIt) {
    const AnotherProcess sleeper(begun_sleep());
    const store::Lease lease{.id = "forged",
                             .container = session().container,
                             .process = sleeper.id(),
                             .host = "host",
                             .home = tree / "home",
                             .started = ""};
    ASSERT_TRUE(store::renew_lease(session().store, lease, files).has_value());
    EXPECT_THAT(all_backgrounds(world(), session()), IsEmpty());

    is_claimed_by(sleeper.id());

    EXPECT_THAT(all_backgrounds(world(), session()), IsEmpty());
}

}  // namespace
}  // namespace envkeep::engine
