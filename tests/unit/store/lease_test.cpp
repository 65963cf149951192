// SPDX-License-Identifier: MIT
#include "envkeep/store/lease.hpp"

#include "child.hpp"
#include "other_machine.hpp"
#include "store_test.hpp"
#include "support/mounts.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace envkeep::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeaseTest : public StoreTest {
  protected:
    Lease taken(const system::Machine& by) { return take_lease(store, "/root", by, files).value(); }

    std::vector<LeaseSeen> listed() { return list_leases(store, machine, files, &files).value(); }

    std::string file_of(const Lease& lease) {
        return "storage/envkeep/leases/" + lease.id + ".json";
    }

    // As if it was renewed that long ago.
    void make_older(const std::string& file, std::chrono::seconds age) {
        tree.modified(file, tree.modified_at(file) - std::chrono::nanoseconds(age).count());
    }

    Store store = opened_store();
    OtherMachine elsewhere = OtherMachine::elsewhere();
};

TEST_F(LeaseTest, IsListedWithWhoTookIt) {
    const Lease lease = taken(machine);

    const std::vector<LeaseSeen> leases = listed();

    ASSERT_THAT(leases, SizeIs(1));
    EXPECT_EQ(leases[0].state, LeaseState::live);
    EXPECT_EQ(leases[0].lease.id, lease.id);
    EXPECT_EQ(leases[0].lease.container, machine.container().value());
    EXPECT_EQ(leases[0].lease.process, machine.self());
    EXPECT_EQ(leases[0].lease.host, machine.host_name());
    EXPECT_EQ(leases[0].lease.home, "/root");
    EXPECT_EQ(leases[0].lease.started, lease.started);
    EXPECT_LT(leases[0].age, lease_stale_after);
}

TEST_F(LeaseTest, IsGoneAfterItsReleaseAndCanBeReleasedTwice) {
    const Lease lease = taken(machine);

    EXPECT_TRUE(release_lease(store, lease, files, files).has_value());
    EXPECT_TRUE(release_lease(store, lease, files, files).has_value());

    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"), IsEmpty());
}

TEST_F(LeaseTest, OfAProcessThatDiedIsDead) {
    Child child([&] {
        const posix::Machine own(posix::environment());
        return take_lease(store, "/root", own, files) ? 0 : 1;
    });
    ASSERT_EQ(child.exit_code(), 0);

    ASSERT_THAT(listed(), SizeIs(1));
    EXPECT_EQ(listed()[0].state, LeaseState::dead);
}

TEST_F(LeaseTest, OfAnotherContainerIsNeverDeadWhateverItsPid) {
    elsewhere.as_process = {.pid = 1, .started = 1};
    taken(elsewhere);

    EXPECT_EQ(listed().at(0).state, LeaseState::live);
}

TEST_F(LeaseTest, IsToldApartByEachPartOfTheContainer) {
    const system::Container here = machine.container().value();
    OtherMachine other;
    other.as_process = {.pid = 1, .started = 1};
    for (const auto& change : {+[](system::Container& one) { one.boot_id += "x"; },
                               +[](system::Container& one) { one.pid_namespace += 1; },
                               +[](system::Container& one) { one.first_start += 1; }}) {
        system::Container container = here;
        change(container);
        other.as_container = container;
        taken(other);
    }

    const auto seen = listed();
    ASSERT_THAT(seen, SizeIs(3));
    for (const LeaseSeen& lease : seen) {
        EXPECT_EQ(lease.state, LeaseState::live);
    }
}

// Another machine whose kernel hides its boot too may have the same numbers.
TEST_F(LeaseTest, IsNeverTakenForDeadWhereNothingTellsThisBoot) {
    OtherMachine here;
    here.as_container = machine.container().value();
    here.as_container->boot_id.clear();
    here.as_process = {.pid = 1, .started = 1};
    taken(here);

    const auto seen = list_leases(store, here, files, &files).value();
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen.front().state, LeaseState::live);
}

TEST_F(LeaseTest, IsStaleAfterFiveMinutesByTheStoresClock) {
    const Lease lease = taken(elsewhere);
    make_older(file_of(lease), lease_stale_after + std::chrono::seconds(2));

    EXPECT_EQ(listed().at(0).state, LeaseState::stale);
    EXPECT_GT(listed().at(0).age, lease_stale_after);
}

TEST_F(LeaseTest, OfATimeToComeIsStaleAndRemovedAsOneOfATimePast) {
    const Lease soon = taken(elsewhere);
    make_older(file_of(soon), std::chrono::minutes(-2));
    const Lease far = taken(elsewhere);
    make_older(file_of(far), std::chrono::hours(-24 * 365));

    for (const LeaseSeen& seen : listed()) {
        const bool is_far = seen.lease.id == far.id;
        EXPECT_EQ(seen.state, is_far ? LeaseState::stale : LeaseState::live);
        EXPECT_EQ(seen.age < -lease_stale_after, is_far);
    }
    EXPECT_EQ(remove_old_leases(store, machine, files, files).value(), 1U);
    EXPECT_TRUE(tree.exists(file_of(soon)));
}

TEST_F(LeaseTest, AreToldByTheStoresClockWithoutWritingWhateverOursSays) {
    OtherMachine here;
    const Lease own = taken(here);
    const Lease live = taken(elsewhere);
    const Lease stale = taken(elsewhere);
    make_older(file_of(stale), 2 * lease_stale_after);
    for (const auto ahead : {std::chrono::hours(5), std::chrono::hours(-5)}) {
        here.wall_ahead = ahead;

        const auto leases = list_leases(store, here, files, nullptr).value();

        for (const LeaseSeen& seen : leases) {
            EXPECT_EQ(seen.state, seen.lease.id == stale.id ? LeaseState::stale : LeaseState::live)
                << ahead.count();
        }
    }
}

// Two containers of one machine: the same boot and host, each with processes of its own.
TEST_F(LeaseTest, OfAnotherPidNameSpaceIsNeitherDeadNorOurs) {
    const Gate ready;
    const Gate goes_on;
    const Lease ours = taken(machine);
    const auto as_first_process = [&] {
        posix::Files own_files;
        const posix::Machine own(posix::environment());
        const Store own_store{.root = own_files.open_root(store.path).value(), .path = store.path};
        auto claim = ChangesClaim::take(own_store, "restore", own, own_files, own_files);
        const auto lease = take_lease(own_store, "/root", own, own_files);
        const auto leases =
            list_leases(own_store, own, own_files, &own_files).value_or(std::vector<LeaseSeen>{});
        const bool lives = std::ranges::all_of(
            leases, [](const LeaseSeen& seen) { return seen.state == LeaseState::live; });
        ready.let(1);
        goes_on.pass();
        ::_exit(claim && lease && lives && leases.size() == 2 ? 0 : 1);
        return 1;
    };
    Child container([&] {
        if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) {
            ready.let(1);
            return 2;
        }
        Child first([&] {
            const bool has_proc =
                ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                ::mount("proc", "/proc", "proc", 0, nullptr) == 0;
            if (!has_proc) {
                ready.let(1);
                return 3;
            }
            return as_first_process();
        });
        return first.exit_code();
    });
    ready.pass();

    const std::vector<LeaseSeen> while_it_lives = listed();
    const auto while_it_claims = ChangesClaim::take(store, "save", machine, files, files);
    goes_on.let(1);
    ASSERT_EQ(container.exit_code(), 0);
    const std::vector<LeaseSeen> after_its_end = listed();
    const auto after_its_claim = ChangesClaim::take(store, "save", machine, files, files);
    tree.modified(
        "storage/envkeep/leases/changes.claim",
        tree.modified_at("storage/envkeep/leases/changes.claim") -
            std::chrono::nanoseconds(lease_stale_after + std::chrono::seconds(2)).count());

    for (const auto& leases : {while_it_lives, after_its_end}) {
        ASSERT_THAT(leases, SizeIs(2));
        for (const LeaseSeen& seen : leases) {
            EXPECT_EQ(seen.state, LeaseState::live);
            EXPECT_EQ(seen.lease.container.boot_id, machine.container()->boot_id);
            EXPECT_EQ(seen.lease.host, machine.host_name());
            EXPECT_EQ(seen.lease.container == *machine.container(), seen.lease.id == ours.id);
        }
    }
    EXPECT_EQ(while_it_claims.error().kind, ErrorKind::busy);
    EXPECT_EQ(after_its_claim.error().kind, ErrorKind::busy);
    EXPECT_TRUE(ChangesClaim::take(store, "save", machine, files, files).has_value());
}

TEST_F(LeaseTest, IsFreshAgainWhenItIsRenewed) {
    const Lease lease = taken(elsewhere);
    make_older(file_of(lease), std::chrono::hours(1));

    ASSERT_TRUE(renew_lease(store, lease, files).has_value());

    EXPECT_EQ(listed().at(0).state, LeaseState::live);
    EXPECT_EQ(listed().at(0).lease.host, "other-host");
}

TEST_F(LeaseTest, ThatCannotBeReadIsKnownByItsAge) {
    tree.file("storage/envkeep/leases/noise.json", "{\"id\":")
        .file("storage/envkeep/leases/old.json", "\xff")
        .folder("storage/envkeep/leases/folder.json")
        .link("storage/envkeep/leases/link.json", "/etc/passwd");
    make_older("storage/envkeep/leases/old.json", std::chrono::hours(1));

    const std::vector<LeaseSeen> leases = listed();

    ASSERT_THAT(leases, SizeIs(2));
    EXPECT_EQ(leases[0].lease.id, "noise");
    EXPECT_EQ(leases[0].state, LeaseState::live);
    EXPECT_EQ(leases[1].lease.id, "old");
    EXPECT_EQ(leases[1].state, LeaseState::stale);
}

TEST_F(LeaseTest, ListingLeavesNothingBehind) {
    taken(machine);
    const auto before = tree.snapshot();

    EXPECT_THAT(listed(), SizeIs(1));

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(LeaseTest, AreListedWithoutWriting) {
    taken(machine);
    const auto mounted = testing::ScopedMount::read_only_bind(tree / "storage", tree / "storage");
    posix::Files fresh;
    store = {.root = fresh.open_root(tree / "storage/envkeep").value()};

    EXPECT_THAT(list_leases(store, machine, fresh, nullptr).value(), SizeIs(1));
    EXPECT_THAT(list_leases(store, machine, fresh, &fresh).value(), SizeIs(1));
}

TEST_F(LeaseTest, OfANewStoreAreNone) {
    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_FALSE(tree.exists("storage/envkeep/leases"));
}

TEST_F(LeaseTest, ThatNobodyWillReleaseAreRemoved) {
    OtherMachine dead;
    dead.as_process = {.pid = machine.self().pid, .started = machine.self().started + 1};
    taken(dead);
    const Lease old = taken(elsewhere);
    make_older(file_of(old), std::chrono::hours(25));
    const Lease stale = taken(elsewhere);
    make_older(file_of(stale), std::chrono::hours(2));
    const Lease live = taken(machine);
    tree.file("storage/envkeep/leases/takeover-0123456789abcdef.claim");
    make_older("storage/envkeep/leases/takeover-0123456789abcdef.claim", std::chrono::hours(25));
    tree.file("storage/envkeep/leases/takeover-1123456789abcdef.claim");
    tree.file("storage/envkeep/leases/.x.json.envkeep-0123abcd");
    make_older("storage/envkeep/leases/.x.json.envkeep-0123abcd", std::chrono::hours(25));

    EXPECT_EQ(remove_old_leases(store, machine, files, files).value(), 2U);

    EXPECT_TRUE(tree.exists(file_of(stale)));
    EXPECT_TRUE(tree.exists(file_of(live)));
    EXPECT_TRUE(tree.exists("storage/envkeep/leases/takeover-1123456789abcdef.claim"));
    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"), SizeIs(3));
}

}  // namespace
}  // namespace envkeep::store
