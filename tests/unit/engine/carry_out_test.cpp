// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"

#include "envkeep/engine/collect.hpp"
#include "envkeep/engine/history.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"
#include "session_of_a_test.hpp"
#include "support/failing_files.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class CarryingOut : public testing::SessionOfATest {
  protected:
    // The home has one `.netrc`, the store another, which is to win.
    void differ(const std::string& mine) {
        tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.netrc]\n")
            .file("storage/envkeep/home/.netrc", "of the store\n", 0600)
            .remove("home/.netrc")
            .file("home/.netrc", mine, 0600);
    }

    Result<RestoreReport> take_the_stores() {
        Session now = session();
        return restore(
            world(), now, {.look = {.take = {{tree / "home/.netrc", keep::Take::store}}}}, {});
    }

    static const model::Finding* find(const RestoreReport& report, std::string_view id) {
        const auto found = std::ranges::find(report.findings, id, &model::Finding::id);
        return found == report.findings.end() ? nullptr : &*found;
    }

    std::string claim_file() { return "storage/envkeep/leases/changes.claim"; }
};

TEST_F(CarryingOut, ComesToItsEndWhereNoBackupCanBeMade) {
    differ("mine\n");
    tree.remove("storage/envkeep/backups")
        .folder("elsewhere")
        .link("storage/envkeep/backups", tree / "elsewhere");

    const Result<RestoreReport> report = take_the_stores();

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_TRUE(tree.is_link("home/.netrc"));
    const model::Finding* const told = find(*report, "backup-only-here");
    ASSERT_NE(told, nullptr);
    EXPECT_THAT(told->evidence, Contains(tree / "home/.netrc"));
    EXPECT_THAT(told->evidence, Contains(HasSubstr("backups")));
    EXPECT_TRUE(log(world(), session(), 1).value().front().is_finished);
    EXPECT_EQ(session().state->only_here.size(), 1U);
}

TEST_F(CarryingOut, MakesItsBackupBesideOneThatCannotBeLookedAt) {
    differ("mine\n");
    const std::string old = "storage/envkeep/backups/20200101T000000Z-0000000000";
    tree.folder("elsewhere")
        .file(old + ".jsonl",
              R"({"path":"/root/.x","at":"root/.x","bytes":1,"files":1})"
              "\n")
        .folder(old)
        .link(old + "/root", tree / "elsewhere");

    const Result<RestoreReport> report = take_the_stores();

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->backups.copied, 5U);
    EXPECT_EQ(find(*report, "backup-only-here"), nullptr);
    EXPECT_TRUE(log(world(), session(), 1).value().front().is_finished);
}

TEST_F(CarryingOut, CountsOnNoEarlierBackupWhileAnotherSessionMayRemoveIt) {
    differ("mine\n");
    ASSERT_EQ(take_the_stores().value().backups.copied, 5U);
    differ("mine\n");
    ASSERT_EQ(take_the_stores().value().backups.held_before, 5U);
    differ("mine\n");
    const auto other =
        store::ChangesClaim::take(session().store, "gc --backups", machine, files, files);

    const RestoreReport report = take_the_stores().value();

    EXPECT_TRUE(tree.is_link("home/.netrc"));
    EXPECT_EQ(report.backups.held_before, 0U);
    EXPECT_EQ(report.backups.copied, 5U);
}

// Counts what is written in a folder of the store.
class CountsWritesIn final : public testing::FailingFiles {
  public:
    CountsWritesIn(system::FileWriter& inner, std::string folder)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          folder_(std::move(folder)) {}

    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& seen) override {
        writes += place.path.text().starts_with(folder_) ? 1U : 0U;
        return FailingFiles::write_file(place, content, mode, seen);
    }

    std::size_t writes = 0;

  private:
    std::string folder_;
};

TEST_F(CarryingOut, AsksForAClaimThatAnotherHasNoMoreOftenForMoreFiles) {
    const auto other =
        store::ChangesClaim::take(session().store, "gc --backups", machine, files, files);
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.d]\n")
        .file("storage/envkeep/home/.d/a", "of the store");
    const auto writes_with = [&](int count) {
        tree.remove("home/.d").folder("home/.d");
        for (int i = 0; i < count; ++i) {
            tree.file("home/.d/a" + std::to_string(i), "mine " + std::to_string(count));
        }
        CountsWritesIn counts(files, session().store.place("leases").path.text());
        World counting = world();
        counting.writer = &counts;
        Session now = session();
        const auto report =
            restore(counting, now, {.look = {.take = {{tree / "home/.d", keep::Take::store}}}}, {});
        EXPECT_TRUE(report.has_value()) << report.error().message;
        EXPECT_TRUE(tree.is_link("home/.d"));
        return counts.writes;
    };

    const std::size_t with_two = writes_with(2);

    EXPECT_GT(with_two, 0U);
    EXPECT_EQ(writes_with(20), with_two);
}

// Who is at work as `run` has it.
store::Run run_of(const system::ProcessId& process, const system::Machine& machine) {
    store::Run run = store::new_run("restore", "/root", machine);
    run.process = process;
    return run;
}

// The parent of this process, which lives as long as it is needed.
system::ProcessId parent(const system::Machine& machine) {
    const std::string pid = std::to_string(::getppid());
    const std::string stat = machine.read_fact("/proc/" + pid + "/stat", 4096).value();
    std::istringstream words(stat.substr(stat.rfind(')') + 2));
    std::string word;
    for (int field = 3; field <= 22; ++field) {
        words >> word;
    }
    return {.pid = ::getppid(), .started = std::stoull(word)};
}

TEST_F(CarryingOut, LeavesTheMarkOfARunThatIsStillAtIt) {
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.netrc]\n");
    const system::ProcessId other = parent(machine);
    ASSERT_TRUE(machine.is_alive(other));
    Session now = session();
    store::Journal journal(journal_folder(now), run_of(other, machine), files, files);
    ASSERT_TRUE(journal.intend({.kind = store::Change::Kind::made_link, .path = "/root/.x"}));

    ASSERT_TRUE(restore(world(), now, {}, {}));
    EXPECT_TRUE(session().state->is_changing);
    ASSERT_TRUE(journal.finish());
    Session later = session();
    ASSERT_TRUE(restore(world(), later, {}, {}));

    EXPECT_FALSE(session().state->is_changing);
}

// Takes no line that says that a run has ended.
class NoRoomForTheEnd final : public testing::FailingFiles {
  public:
    explicit NoRoomForTheEnd(system::FileWriter& inner)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}) {}

    [[nodiscard]] Result<void> append(const system::Place& place, std::string_view line) override {
        return line.find("finished") == std::string_view::npos
                   ? FailingFiles::append(place, line)
                   : failure(ErrorKind::io, "input/output error");
    }
};

TEST_F(CarryingOut, RemembersWhatItDidThoughItsEndCannotBeWritten) {
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.netrc]\n")
        .file("storage/envkeep/home/.netrc", "of the store\n", 0600);
    NoRoomForTheEnd no_room(files);
    World failing = world();
    failing.writer = &no_room;
    Session now = session();

    const Result<RestoreReport> report = restore(failing, now, {}, {});

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_NE(find(*report, "journal-unfinished"), nullptr);
    EXPECT_TRUE(session().state.value().is_changing);
    tree.file("home/new", "mine\n", 0600).rename("home/new", "home/.netrc");
    Session later = session();
    ASSERT_TRUE(save(world(), later, {}).has_value());
    EXPECT_EQ(tree.content("storage/envkeep/home/.netrc"), "mine\n");
}

// Two keeps that go to the store, and a machine whose time flies while the first does.
class CarryingOutForLong : public CarryingOut {
  protected:
    RestoreReport restored(
        const std::function<void()>& at_first_step,
        const std::function<void()>& at_later_steps = [] {}) {
        tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.one, .two]\n")
            .file("home/.one/x", "1")
            .file("home/.two/x", "2");
        bool has_begun = false;
        Session now = session();
        return restore(world(),
                       now,
                       {},
                       {.begins =
                            [&](const model::Step&) {
                                has_begun ? at_later_steps() : at_first_step();
                                has_begun = true;
                                machine.ahead = [] { return std::chrono::seconds(60); };
                            }})
            .value();
    }
};

// What happens while the clock of the store's trash is read.
class TakenOver final : public testing::FailingFiles {
  public:
    TakenOver(system::FileWriter& inner, std::function<void()> meanwhile)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          meanwhile_(std::move(meanwhile)) {}

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override {
        if (!place.path.text().starts_with("leases/")) {
            meanwhile_();
        }
        return FailingFiles::overwrite_own_file(place, content, mode);
    }

  private:
    std::function<void()> meanwhile_;
};

TEST_F(CarryingOutForLong, RenewsItsClaim) {
    constexpr std::int64_t long_since = 1'605'873'600'000'000'000;  // 2020
    std::int64_t renewed = 0;

    const RestoreReport report = restored([&] { tree.modified(claim_file(), long_since); },
                                          [&] { renewed = tree.modified_at(claim_file()); });

    EXPECT_EQ(report.ending, Ending::well);
    EXPECT_TRUE(tree.is_link("home/.two"));
    EXPECT_GT(renewed, long_since);
}

TEST_F(CarryingOutForLong, LeavesTheRestOnceAnotherSessionHasTakenItsClaimOver) {
    const RestoreReport report = restored([&] { tree.file(claim_file(), "another's\n"); });

    EXPECT_EQ(report.ending, Ending::time_limit);
    EXPECT_GT(report.outcome.count(model::StepResult::pending), 0U);
    EXPECT_FALSE(tree.is_link("home/.two"));
    EXPECT_EQ(tree.content("home/.two/x"), "2");
    const model::Finding* const told = find(report, "start-pending");
    ASSERT_NE(told, nullptr);
    EXPECT_THAT(told->evidence, Contains(HasSubstr("~/.two")));
    EXPECT_EQ(tree.content(claim_file()), "another's\n");
}

TEST_F(CarryingOutForLong, LeavesTheLinksOfAnUninstallOnceItsClaimWasTakenOver) {
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.one]\n")
        .file("storage/envkeep/home/.one/x", "1");
    Session before = session();
    ASSERT_TRUE(restore(world(), before, {}, {}).has_value());

    const UninstallReport report =
        uninstall(world(),
                  options(),
                  false,
                  {.phase =
                       [&](std::string_view phase) {
                           if (phase.starts_with("copying")) {
                               tree.file(claim_file(), "another's\n");
                               machine.ahead = [] { return std::chrono::seconds(60); };
                           }
                       }})
            .value();

    EXPECT_EQ(report.ending, Ending::partly);
    EXPECT_TRUE(tree.is_link("home/.one"));
    EXPECT_EQ(tree.content(claim_file()), "another's\n");
}

TEST_F(CarryingOutForLong, LeavesTheRestOfAGcOnceItsClaimWasTakenOver) {
    constexpr std::int64_t long_since = 1'605'873'600'000'000'000;  // 2020
    const std::string deb = "storage/envkeep/packages/apt/x_1_amd64.deb";
    tree.file(deb, "a package").modified(deb, long_since);
    TakenOver taken_over(files, [&] {
        tree.file(claim_file(), "another's\n");
        machine.ahead = [] { return std::chrono::seconds(60); };
    });
    World slow = world();
    slow.writer = &taken_over;

    const Result<CollectReport> report = collect_snapshots(slow, session(), {});

    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().kind, ErrorKind::busy);
    EXPECT_TRUE(tree.exists(deb));
}

}  // namespace
}  // namespace envkeep::engine
