// SPDX-License-Identifier: MIT
#include "bind_fs.hpp"
#include "child.hpp"
#include "envkeep/store/lease.hpp"
#include "other_machine.hpp"
#include "store_test.hpp"
#include "support/failing_files.hpp"
#include "support/mounts.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>

namespace envkeep::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* claim_file = "storage/envkeep/leases/changes.claim";

class ClaimTest : public StoreTest {
  protected:
    Result<ChangesClaim> taken(const system::Machine& by, const std::string& command = "restore") {
        return ChangesClaim::take(store, command, by, files, files);
    }

    // Leaves a claim of a process that is dead.
    void leave_dead_claim() {
        Child child([&] {
            const posix::Machine own(posix::environment());
            auto claim = ChangesClaim::take(store, "adopt", own, files, files);
            ::_exit(claim ? 0 : 1);
            return 1;
        });
        ASSERT_EQ(child.exit_code(), 0);
        ASSERT_TRUE(tree.exists(claim_file));
    }

    void make_older(std::chrono::seconds age) {
        tree.modified(claim_file,
                      tree.modified_at(claim_file) - std::chrono::nanoseconds(age).count());
    }

    // How many of the processes that claim at once get it. Each that gets it holds it until all
    // others have tried.
    int winners_of(int processes) {
        const Gate start;
        const Gate tried;
        const Gate end;
        std::deque<Child> children;
        for (int i = 0; i < processes; ++i) {
            children.emplace_back([&] {
                posix::Files own_files;
                const posix::Machine own(posix::environment());
                const Store own_store{.root = own_files.open_root(store.path).value(),
                                      .path = store.path};
                start.pass();
                const auto claim =
                    ChangesClaim::take(own_store, "restore", own, own_files, own_files);
                tried.let(1);
                end.pass();
                return claim ? 7 : claim.error().kind == ErrorKind::busy ? 0 : 1;
            });
        }
        start.let(processes);
        for (int i = 0; i < processes; ++i) {
            tried.pass();
        }
        end.let(processes);
        int winners = 0;
        for (Child& child : children) {
            const int code = child.exit_code();
            EXPECT_NE(code, 1) << "failed for another reason";
            winners += code == 7 ? 1 : 0;
        }
        return winners;
    }

    Store store = opened_store();
    OtherMachine elsewhere = OtherMachine::elsewhere();
};

TEST_F(ClaimTest, IsHeldUntilItEnds) {
    {
        const auto held = taken(machine);
        ASSERT_TRUE(held.has_value());
        EXPECT_TRUE(tree.exists(claim_file));
        EXPECT_EQ(taken(machine).error().kind, ErrorKind::busy);
    }

    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"), IsEmpty());
    EXPECT_TRUE(taken(machine).has_value());
}

TEST_F(ClaimTest, IsSeenByWhoeverAsksAsLongAsItsHolderMayLive) {
    EXPECT_FALSE(is_changing(store, machine, files));
    {
        const auto held = taken(elsewhere);
        EXPECT_TRUE(is_changing(store, machine, files));
    }
    EXPECT_FALSE(is_changing(store, machine, files));
    leave_dead_claim();

    EXPECT_FALSE(is_changing(store, machine, files));

    EXPECT_TRUE(tree.exists(claim_file));
}

TEST_F(ClaimTest, NamesTheProcessThatHoldsIt) {
    const auto held = taken(machine, "adopt .ssh");

    const Error busy = taken(machine).error();

    EXPECT_THAT(busy.message,
                AllOf(HasSubstr("'envkeep adopt .ssh' is changing this store since 20"),
                      HasSubstr("process " + std::to_string(machine.self().pid))));
    EXPECT_THAT(busy.hint, HasSubstr("wait"));
}

TEST_F(ClaimTest, NamesTheHostThatHoldsIt) {
    const auto held = taken(elsewhere);

    const Error busy = taken(machine).error();

    EXPECT_THAT(busy.message, HasSubstr("host 'other-host'"));
    EXPECT_THAT(busy.hint, HasSubstr("5 minutes"));
}

TEST_F(ClaimTest, OfADeadProcessIsTakenOver) {
    leave_dead_claim();

    EXPECT_TRUE(taken(machine).has_value());

    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"), IsEmpty());
}

TEST_F(ClaimTest, OfADeadProcessOfAnotherContainerIsTakenOverWhenItIsStale) {
    leave_dead_claim();
    EXPECT_EQ(taken(elsewhere).error().kind, ErrorKind::busy);
    make_older(lease_stale_after + std::chrono::seconds(2));

    EXPECT_TRUE(taken(elsewhere).has_value());
}

TEST_F(ClaimTest, OfALiveProcessOfThisContainerIsNeverStale) {
    const auto held = taken(machine);
    make_older(std::chrono::hours(1));

    EXPECT_EQ(taken(machine).error().kind, ErrorKind::busy);
    EXPECT_TRUE(taken(elsewhere).has_value());
}

TEST_F(ClaimTest, ThatCannotBeReadCountsForFiveMinutes) {
    tree.file(claim_file, "{\"id\":");
    EXPECT_THAT(taken(machine).error().message, HasSubstr("cannot be read"));
    make_older(lease_stale_after + std::chrono::seconds(2));

    EXPECT_TRUE(taken(machine).has_value());
}

TEST_F(ClaimTest, OfATimeToComeCountsNoLongerThanOneOfATimePast) {
    leave_dead_claim();
    make_older(std::chrono::minutes(-2));
    EXPECT_EQ(taken(elsewhere).error().kind, ErrorKind::busy);
    make_older(std::chrono::hours(-24 * 365));

    EXPECT_TRUE(taken(elsewhere).has_value());

    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"), IsEmpty());
}

TEST_F(ClaimTest, InWhosePlaceAFolderStandsNamesTheCommandThatMovesItAway) {
    tree.folder(claim_file);

    const Error error = taken(machine).error();

    EXPECT_THAT(error.message, HasSubstr("changes.claim' is no file"));
    EXPECT_THAT(error.hint, HasSubstr("mv -nT " + tree / claim_file));
}

TEST_F(ClaimTest, IsRenewedOnceInThirtySeconds) {
    auto held = taken(elsewhere).value();
    make_older(std::chrono::hours(1));
    const std::int64_t before = tree.modified_at(claim_file);
    ASSERT_TRUE(held.renew().has_value());
    EXPECT_EQ(tree.modified_at(claim_file), before);
    elsewhere.steady_ahead += lease_renewal;

    ASSERT_TRUE(held.renew().has_value());

    EXPECT_GT(tree.modified_at(claim_file), before);
    EXPECT_EQ(taken(machine).error().kind, ErrorKind::busy);
}

// No file is written while it is full.
class FilesOfAFullStore final : public testing::FailingFiles {
  public:
    explicit FilesOfAFullStore(system::FileWriter& inner)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}) {}

    bool is_full = false;
    int refused = 0;

    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& expected) override {
        if (is_full) {
            ++refused;
            return failure(ErrorKind::no_space, "no space left");
        }
        return FailingFiles::write_file(place, content, mode, expected);
    }
};

TEST_F(ClaimTest, ThatCannotBeRenewedIsTriedOnceInAWhileToo) {
    FilesOfAFullStore full(files);
    auto held = ChangesClaim::take(store, "restore", elsewhere, files, full).value();
    full.is_full = true;
    elsewhere.steady_ahead += lease_renewal;

    EXPECT_EQ(held.renew().error().kind, ErrorKind::no_space);
    EXPECT_TRUE(held.renew().has_value());
    EXPECT_EQ(full.refused, 1);

    full.is_full = false;
    make_older(std::chrono::minutes(4));
    const std::int64_t before = tree.modified_at(claim_file);
    elsewhere.steady_ahead += lease_renewal;
    ASSERT_TRUE(held.renew().has_value());
    EXPECT_GT(tree.modified_at(claim_file), before);
}

TEST_F(ClaimTest, ThatWasTakenOverIsNotRenewedAndNotReleasedByItsOldHolder) {
    auto slow = taken(elsewhere).value();
    make_older(lease_stale_after + std::chrono::seconds(2));
    const auto quick = taken(machine);
    ASSERT_TRUE(quick.has_value());
    const std::string content = tree.content(claim_file);
    elsewhere.steady_ahead += lease_renewal;

    EXPECT_EQ(slow.renew().error().kind, ErrorKind::busy);
    {
        const ChangesClaim dropped = std::move(slow);
    }

    EXPECT_EQ(tree.content(claim_file), content);
}

TEST_F(ClaimTest, IsLeftAloneByAForkedChildThatDropsIt) {
    auto held = taken(machine).value();

    Child child([&] {
        {
            const ChangesClaim dropped = std::move(held);
        }
        return tree.exists(claim_file) ? 0 : 1;
    });

    EXPECT_EQ(child.exit_code(), 0);
    EXPECT_EQ(taken(machine).error().kind, ErrorKind::busy);
}

TEST_F(ClaimTest, IsNotTakenOnAReadOnlyStore) {
    const auto mounted = testing::ScopedMount::read_only_bind(tree / "storage", tree / "storage");
    posix::Files fresh;
    store = {.root = fresh.open_root(tree / "storage/envkeep").value()};

    const auto claim = ChangesClaim::take(store, "restore", machine, fresh, fresh);

    ASSERT_FALSE(claim.has_value());
    EXPECT_EQ(claim.error().kind, ErrorKind::read_only);
}

TEST_F(ClaimTest, IsWonByExactlyOneOfEight) {
    for (int round = 0; round < 10; ++round) {
        ASSERT_EQ(winners_of(8), 1);
        ASSERT_FALSE(tree.exists(claim_file));
    }
}

TEST_F(ClaimTest, OfADeadProcessIsTakenOverByExactlyOneOfEight) {
    for (int round = 0; round < 10; ++round) {
        leave_dead_claim();
        ASSERT_EQ(winners_of(8), 1);
        ASSERT_THAT(tree.snapshot("storage/envkeep/leases"), IsEmpty());
    }
}

TEST_F(ClaimTest, IsWonByExactlyOneWhereOnlyHardLinksNeverReplace) {
    tree.folder("fuse");
    const BindFs mounted(tree / "storage", tree / "fuse", "perms=0755,chmod-ignore");
    store.path = tree / "fuse/envkeep";
    for (int round = 0; round < 5; ++round) {
        leave_dead_claim();
        ASSERT_EQ(winners_of(8), 1);
        ASSERT_FALSE(tree.exists(claim_file));
    }
}

TEST_F(ClaimTest, IsTakenOverAlsoWhereATakerDiedHalfWay) {
    leave_dead_claim();
    // The first taker made the file that gives the right to remove the claim, and died.
    const std::string right = "storage/envkeep/leases/takeover-" +
                              digest_of(tree.content(claim_file)).text().substr(0, 16) + ".claim";
    tree.file(right, tree.content(claim_file));

    EXPECT_EQ(winners_of(8), 1);

    // That right alone may stay, where one puts it back that another just looked for: no claim to
    // come has its name, and it goes with the old leases.
    EXPECT_THAT(tree.snapshot("storage/envkeep/leases"),
                ::testing::Each(::testing::StartsWith(right.substr(right.rfind('/') + 1))));
}

TEST_F(ClaimTest, IsNeverHeldByTwoWhileHoldersDie) {
    constexpr int violated = 9;
    const std::string mark = tree / "held";
    const auto work = [&] {
        posix::Files own_files;
        const posix::Machine own(posix::environment());
        const Store own_store{.root = own_files.open_root(store.path).value(), .path = store.path};
        for (int held = 0; held < 8;) {
            auto claim = ChangesClaim::take(own_store, "restore", own, own_files, own_files);
            if (!claim) {
                if (claim.error().kind != ErrorKind::busy) {
                    return 1;
                }
                continue;
            }
            ++held;
            if (::mkdir(mark.c_str(), 0700) != 0 || ::rmdir(mark.c_str()) != 0) {
                return violated;
            }
            if (held == 8) {
                ::_exit(0);  // as if it was killed: the claim stays behind
            }
        }
        return 0;
    };
    for (int round = 0; round < 2; ++round) {
        std::deque<Child> children;
        for (int i = 0; i < 6; ++i) {
            children.emplace_back(work);
        }
        for (Child& child : children) {
            ASSERT_EQ(child.exit_code(), 0);
        }
    }
}

}  // namespace
}  // namespace envkeep::store
