// SPDX-License-Identifier: MIT
#include "engine/background.hpp"

#include "engine/auto_snapshot.hpp"
#include "engine/background_save.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/engine/status.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/lease.hpp"
#include "support/child.hpp"
#include "support/failing_files.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <thread>

namespace envkeep::engine {
namespace {

using model::Finding;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Long enough for any machine; passes only if something hangs.
SteadyTime at_the_very_last() {
    return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

// Another process makes it so, and tells nobody: it is looked at until it does.
[[nodiscard]] bool comes_true(const std::function<bool()>& condition) {
    const SteadyTime last = at_the_very_last();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > last) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

// dpkg is at work until it is let go on.
class HeldPackages final : public system::Processes {
  public:
    explicit HeldPackages(testing::TempTree& tree) : tree_(tree) {}

    Result<system::CommandEnd> run(const system::Command& command) override {
        if (command.words.front() == "/usr/bin/dpkg") {
            tree_.file("dpkg-began");
            EXPECT_TRUE(comes_true([&] { return tree_.exists("dpkg-may-end"); }));
            for (int file = 0; file < 1000; ++file) {
                tree_.file("unpacked/" + std::to_string(file));
            }
            tree_.file("dpkg-ended");
        }
        return system::CommandEnd{};
    }

    Result<bool> is_locked(const std::string& /*absolute*/) override { return false; }

  private:
    testing::TempTree& tree_;
};

// What a test has to say before the state of a layer is written, and before a backup is removed.
struct Watch {
    std::function<Result<void>()> before_layer_state;
    std::function<void()> before_removal;
};

class WatchedFiles final : public testing::FailingFiles {
  public:
    WatchedFiles(system::FileWriter& inner, const Watch& watch)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}), watch_(watch) {}

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override {
        if (watch_.before_layer_state && place.path.name() == "layer.json") {
            ENVKEEP_CHECK(watch_.before_layer_state());
        }
        return FailingFiles::overwrite_own_file(place, content, mode);
    }

    [[nodiscard]] Result<void> remove_own_tree(const system::Place& place) override {
        if (watch_.before_removal && place.path.text().starts_with("backups/")) {
            watch_.before_removal();
        }
        return FailingFiles::remove_own_tree(place);
    }

  private:
    const Watch& watch_;
};

// Of a process of its own, which has none of the descriptors that were open before it.
struct FilesOfAProcess {
    explicit FilesOfAProcess(const Watch& watch) : watched(files, watch) {}

    posix::Files files;
    posix::TreeWalker walker{files};
    posix::TreeContent trees{files};
    WatchedFiles watched;
};

class InTheBackground : public testing::SessionOfATest {
  protected:
    int run() {
        std::optional<CopiesAtStart> no_copies;
        return run_background(options(), [&] { return anew(); }, std::nullopt, no_copies);
    }

    World anew() {
        FilesOfAProcess& own = *all.emplace_back(std::make_unique<FilesOfAProcess>(watch));
        return {.files = own.files,
                .writer = &own.watched,
                .machine = machine,
                .walker = own.walker,
                .trees = &own.trees,
                .tree_writer = &own.trees,
                .processes = &packages,
                .own_binary = tree / "envkeep"};
    }

    // As the start leaves it: what comes back is the work of that process.
    posix::Worker begin() {
        const pid_t pid = ::fork();
        if (pid == 0) {
            background = machine.self();
            has_debs_to_come(background);
            ::_exit(run());
        }
        return {.pid = pid, .reports = {}};
    }

    // It is told to end before it begins.
    int run_to_the_end_at_once() {
        const posix::SignalWaiter held_back;
        ::raise(SIGTERM);
        return run();
    }

    void has_debs_to_come(const system::ProcessId& worker) {
        snapshot::LayerState coming = state();
        coming.store_id = session().store.id;
        coming.debs = {"jq_1.7_amd64.deb"};
        coming.worker = worker;
        ASSERT_TRUE(snapshot::save_layer_state(session().home, coming, files).has_value());
    }

    static void end(const posix::Worker& worker) {
        const auto process = posix::process_with(worker.pid);
        ASSERT_TRUE(process.has_value());
        ASSERT_TRUE(posix::end_process(*process, posix::Ending::politely).has_value());
    }

    static bool is_ended_well(const posix::Worker& worker) {
        return posix::wait_for_worker(worker, at_the_very_last()) == posix::WorkerEnd{};
    }

    [[nodiscard]] std::vector<std::string> leases() const {
        std::vector<std::string> all;
        for (const auto& file :
             std::filesystem::directory_iterator(tree / "storage/envkeep/leases")) {
            if (file.path().extension() == ".json") {
                all.push_back(file.path().filename());
            }
        }
        return all;
    }

    Watch watch;
    std::vector<std::unique_ptr<FilesOfAProcess>> all;
    HeldPackages packages{tree};
    system::ProcessId background;
};

TEST_F(InTheBackground, LeavesNoLeaseWhereItCannotTakeUpItsWork) {
    tree.remove("home/.envkeep-state/session.json").folder("home/.envkeep-state/session.json/x");

    testing::in_child([&] { EXPECT_EQ(run_to_the_end_at_once(), 1); });

    EXPECT_THAT(leases(), IsEmpty());
}

TEST_F(InTheBackground, LetsDpkgComeToItsEndThoughItIsToldToEnd) {
    const posix::Worker worker = begin();
    ASSERT_TRUE(comes_true([&] { return tree.exists("dpkg-began"); }));
    ASSERT_THAT(leases(), SizeIs(1));

    end(worker);

    EXPECT_TRUE(comes_true([&] { return leases().empty(); }));
    tree.file("dpkg-may-end");
    EXPECT_TRUE(is_ended_well(worker));
    EXPECT_TRUE(tree.exists("dpkg-ended"));
    EXPECT_THAT(state().debs, IsEmpty());
}

// Else a gc of another session could take it until the lease is renewed.
TEST_F(InTheBackground, NamesWhatIsHereAsSoonAsItHasItsLease) {
    snapshot::LayerState restored = state();
    restored.here = snapshot::LayerRef{.layer = "l", .snapshot = "s-1"};
    ASSERT_TRUE(snapshot::save_layer_state(session().home, restored, files).has_value());
    const posix::Worker worker = begin();
    ASSERT_TRUE(comes_true([&] { return tree.exists("dpkg-began"); }));

    ASSERT_THAT(leases(), SizeIs(1));
    EXPECT_THAT(tree.content("storage/envkeep/leases/" + leases().front()), HasSubstr("s-1"));
    end(worker);
    tree.file("dpkg-may-end");
    EXPECT_TRUE(is_ended_well(worker));
}

TEST_F(InTheBackground, TellsThatNobodyBringsWhatNoProcessCouldBeMadeFor) {
    const std::vector<testing::RefusedCall> no_fork{
        {.number = SYS_clone, .code = EAGAIN},
        {.number = SYS_clone3, .code = EAGAIN},
    };
    testing::with_refused_calls(no_fork, [&] {
        has_debs_to_come(machine.self());
        EXPECT_EQ(run_to_the_end_at_once(), 0);
    });

    EXPECT_EQ(state().worker, std::nullopt);
    EXPECT_THAT(state().debs, SizeIs(1));
}

TEST_F(InTheBackground, BringsWhatItCouldNotTakeOverAtFirst) {
    tree.file("dpkg-may-end").file("home-is-full");
    watch.before_layer_state = [&]() -> Result<void> {
        if (tree.exists("home-is-full")) {
            tree.file("refused");
            return failure(ErrorKind::no_space, "no space left on device");
        }
        return {};
    };
    const posix::Worker worker = begin();
    ASSERT_TRUE(comes_true([&] { return tree.exists("refused"); }));

    tree.remove("home-is-full");

    EXPECT_TRUE(comes_true([&] { return state().debs.empty(); }));
    end(worker);
    EXPECT_TRUE(is_ended_well(worker));
}

TEST_F(InTheBackground, TellsThatNobodyBringsWhatItsProcessWasKilledOver) {
    tree.file("dpkg-may-end");
    watch.before_layer_state = [&]() -> Result<void> {
        if (machine.self() != background) {
            ::raise(SIGKILL);
        }
        return {};
    };

    const posix::Worker worker = begin();

    EXPECT_TRUE(comes_true([&] { return leases().size() == 1 && !state().worker; }));
    EXPECT_THAT(state().debs, SizeIs(1));
    end(worker);
    EXPECT_TRUE(is_ended_well(worker));
}

TEST_F(InTheBackground, RemovesNoMoreBackupsOnceItIsToldToEnd) {
    tree.file("dpkg-may-end")
        .file("storage/envkeep/backups/20200101T000000Z-8d6cf3f2a9/1/old")
        .file("storage/envkeep/backups/20200102T000000Z-8d6cf3f2a9/1/old");
    write_manifest("backups: {expire: 1d}\n");
    watch.before_removal = [&] {
        if (tree.exists("removing")) {
            return;
        }
        tree.file("removing");
        EXPECT_TRUE(comes_true([] {
            ::sigset_t pending;
            ::sigpending(&pending);
            return ::sigismember(&pending, SIGTERM) == 1;
        }));
    };
    const posix::Worker worker = begin();
    ASSERT_TRUE(comes_true([&] { return tree.exists("removing"); }));

    end(worker);

    EXPECT_TRUE(is_ended_well(worker));
    EXPECT_FALSE(tree.exists("storage/envkeep/backups/20200101T000000Z-8d6cf3f2a9"));
    EXPECT_TRUE(tree.exists("storage/envkeep/backups/20200102T000000Z-8d6cf3f2a9/1/old"));
}

TEST_F(InTheBackground, RemovesTheLeasesOfSessionsThatWereKilled) {
    constexpr std::int64_t long_since = 1'605'873'600'000'000'000;  // 2020
    const std::vector<std::string> left{"storage/envkeep/leases/of-a-killed-session.json",
                                        "storage/envkeep/leases/.clock.envkeep-0123abcd",
                                        "storage/envkeep/leases/takeover-0123abcd.claim"};
    for (const std::string& file : left) {
        tree.file(file, "").modified(file, long_since);
    }
    tree.file("dpkg-may-end");

    const posix::Worker worker = begin();

    EXPECT_TRUE(comes_true([&] {
        return std::ranges::none_of(left, [&](const auto& file) { return tree.exists(file); });
    }));
    EXPECT_THAT(leases(), SizeIs(1));
    end(worker);
    EXPECT_TRUE(is_ended_well(worker));
}

TEST_F(InTheBackground, IsNotHeldUpByItsLookForQuietPackages) {
    const auto make_world = [&] {
        EXPECT_TRUE(comes_true([&] { return tree.exists("may-go-on"); }));
        tree.file("looked");
        return anew();
    };
    QuietLooks looks;

    looks.look(options(), make_world, session().store.id);

    EXPECT_FALSE(tree.exists("looked"));
    tree.file("may-go-on");
    looks.wait_for_its_end();
    EXPECT_TRUE(tree.exists("looked"));
}

TEST_F(InTheBackground, TellsNoProblemWhereItsOwnWorkHoldsUpASave) {
    tree.file("home/.toolrc", "1")
        .file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [{path: .toolrc, how: copy}]\n");
    Session before = session();
    ASSERT_TRUE(restore(world(), before, {}, {}).has_value());
    tree.file("home/.toolrc", "2");
    const pid_t pid = ::fork();
    if (pid == 0) {
        const auto claim =
            store::ChangesClaim::take(session().store, "gc --backups", machine, files, files);
        tree.file("claimed");
        EXPECT_TRUE(comes_true([&] { return tree.exists("done"); }));
        ::_exit(0);
    }
    ASSERT_TRUE(comes_true([&] { return tree.exists("claimed"); }));
    const auto work = posix::process_with(pid);
    const auto save = [&](const std::optional<system::ProcessId>& own_work) {
        return save_once(options(), [&] { return world(); }, session().store.id, own_work);
    };

    EXPECT_FALSE(save(work));
    EXPECT_EQ(session().state->last_save_problem, "");
    EXPECT_FALSE(save(machine.self()));
    EXPECT_NE(session().state->last_save_problem, "");
    tree.file("done");
    EXPECT_TRUE(is_ended_well({.pid = pid, .reports = {}}));
    EXPECT_TRUE(save(work));
    EXPECT_EQ(session().state->last_save_problem, "");
}

TEST_F(InTheBackground, IsMissedForWhatItWouldDo) {
    Session ended = session();
    state_of(ended).hook_ran_at = "2026-11-30T06:00:00Z";
    state_of(ended).background = system::ProcessId{.pid = 1 << 30, .started = 1};
    ASSERT_TRUE(commit_state(world(), ended).has_value());
    const auto told = [&](const std::string& settings) {
        tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: []\n" + settings);
        Session now = session();
        const StatusReport report = status(world(), now, {}).value();
        const auto found = std::ranges::find(report.findings, "background-gone", &Finding::id);
        return found == report.findings.end() ? Finding{} : *found;
    };

    const Finding saves = told("save: {every: 1m}\n");
    const Finding takes = told("save: off\nsnapshot: {auto: on-change}\n");
    const Finding neither = told("save: off\n");

    EXPECT_THAT(saves.title, HasSubstr("nothing is saved by itself"));
    EXPECT_THAT(saves.fix.commands,
                ElementsAre("envkeep save", "envkeep restore --start >/dev/null"));
    EXPECT_THAT(takes.title, HasSubstr("no snapshot is taken by itself any more"));
    EXPECT_THAT(takes.fix.commands, ElementsAre("envkeep restore --start >/dev/null"));
    EXPECT_THAT(neither.title, HasSubstr("gone: nobody renews the session's lease"));
}

}  // namespace
}  // namespace envkeep::engine
