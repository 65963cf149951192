// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"

#include "files_test.hpp"
#include "support/child.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>

namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;

constexpr int populate_read = 22;

SteadyTime process_deadline() {
    return std::chrono::steady_clock::now() + 60s;
}

// A process that waits for its end.
class OtherProcess {
  public:
    OtherProcess() : pid_(::fork()) {
        if (pid_ == 0) {
            while (true) {
                ::pause();
            }
        }
        id_ = process_with(pid_).value();
    }

    ~OtherProcess() {
        ::kill(pid_, SIGKILL);
        bury();
    }

    void bury() const { ::waitpid(pid_, nullptr, 0); }

    [[nodiscard]] const system::ProcessId& id() const { return id_; }

  private:
    pid_t pid_;
    system::ProcessId id_;
};

class ProcessTest : public ::testing::TestWithParam<bool> {
  protected:
    // On a kernel with pidfds and on one without.
    static void on_this_kernel(const std::function<void()>& body) {
        if (GetParam()) {
            testing::in_child(body);
        } else {
            testing::with_refused_calls({{.number = SYS_pidfd_open, .code = ENOSYS}}, body);
        }
    }
};

TEST_P(ProcessTest, EndsTheOneThatIsMeant) {
    on_this_kernel([] {
        for (const Ending how : {Ending::politely, Ending::at_once}) {
            const OtherProcess other;
            EXPECT_TRUE(is_running(other.id()));
            EXPECT_FALSE(wait_for_end(other.id(), std::chrono::steady_clock::now()));

            EXPECT_TRUE(end_process(other.id(), how).has_value());

            EXPECT_TRUE(wait_for_end(other.id(), process_deadline()));
            EXPECT_FALSE(is_running(other.id()));
        }
    });
}

TEST_P(ProcessTest, TakesOneThatItCannotLookAtForRunningWhileThereIsOne) {
    if (!GetParam()) {
        return;
    }
    const OtherProcess other;
    for (const int code : {EMFILE, ENOENT}) {  // ENOENT: /proc is mounted with hidepid=2
        testing::with_refused_calls({{.number = SYS_openat, .code = code}}, [&] {
            EXPECT_TRUE(is_running(other.id()));
            EXPECT_FALSE(is_running({.pid = 0, .started = 1}));
            EXPECT_FALSE(is_running({.pid = 0x7FFFFFFF, .started = 1}));
        });
    }
}

TEST_P(ProcessTest, LeavesAnotherWithTheSameNumberAlone) {
    on_this_kernel([] {
        const OtherProcess other;
        const system::ProcessId earlier{.pid = other.id().pid, .started = other.id().started - 1};

        EXPECT_EQ(kind_of(end_process(earlier, Ending::at_once)), ErrorKind::not_found);

        EXPECT_TRUE(is_running(other.id()));
        EXPECT_FALSE(is_running(earlier));
        EXPECT_TRUE(wait_for_end(earlier, std::chrono::steady_clock::now()));
    });
}

INSTANTIATE_TEST_SUITE_P(PidFds, ProcessTest, ::testing::Bool());

TEST(Process, IsNotRunningOnceBuried) {
    const OtherProcess other;
    ASSERT_TRUE(end_process(other.id(), Ending::at_once).has_value());
    other.bury();

    EXPECT_FALSE(is_running(other.id()));
    EXPECT_EQ(process_with(other.id().pid), std::nullopt);
    EXPECT_EQ(kind_of(end_process(other.id(), Ending::at_once)), ErrorKind::not_found);
}

TEST(Process, KnowsItselfAndItsFile) {
    EXPECT_EQ(this_process().pid, ::getpid());
    EXPECT_TRUE(is_running(this_process()));
    EXPECT_EQ(own_executable().value(), std::filesystem::read_symlink("/proc/self/exe").string());
}

TEST(Process, KnowsThePlaceOfItsFileAfterThatWasReplaced) {
    testing::TempTree tree;
    std::filesystem::copy_file("/bin/sleep", tree / "sleep");
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execl((tree / "sleep").c_str(), "sleep", "100", nullptr);
        ::_exit(1);
    }
    const std::filesystem::path exe = "/proc/" + std::to_string(pid) + "/exe";
    const std::string place = std::filesystem::canonical(tree.path()).string() + "/sleep";
    const SteadyTime deadline = process_deadline();
    while (std::filesystem::read_symlink(exe) != place &&
           std::chrono::steady_clock::now() < deadline) {
    }
    tree.remove("sleep");

    // What the kernel says of a file that is gone is what own_executable takes apart.
    EXPECT_EQ(std::filesystem::read_symlink(exe).string(), place + " (deleted)");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST(SignalWaiter, HoldsSignalsBackUntilTheyAreAskedFor) {
    testing::in_child([] {
        SignalWaiter waiter;
        EXPECT_EQ(waiter.wait(0ms), std::nullopt);
        EXPECT_EQ(waiter.wait(5ms), std::nullopt);

        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
            ::kill(::getpid(), signal);
            EXPECT_EQ(waiter.wait(10s), signal);
        }
        EXPECT_EQ(waiter.wait(0ms), std::nullopt);
    });
}

TEST(SignalWaiter, LeavesTheSignalMaskAsItWas) {
    testing::in_child([] {
        ::sigset_t before;
        ::sigemptyset(&before);
        ::sigaddset(&before, SIGINT);
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        {
            const SignalWaiter waiter;
        }
        ::sigset_t after;
        ::sigprocmask(SIG_BLOCK, nullptr, &after);

        EXPECT_EQ(::sigismember(&after, SIGINT), 1);
        EXPECT_EQ(::sigismember(&after, SIGTERM), 0);
        EXPECT_EQ(::sigismember(&after, SIGHUP), 0);
    });
}

TEST(MakeTextResident, BringsTheWholeProgramIntoMemory) {
    const auto is_in_memory = [] {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        const auto function = reinterpret_cast<std::uintptr_t>(&make_text_resident) / page * page;
        unsigned char state = 0;
        EXPECT_EQ(::mincore(reinterpret_cast<void*>(function), page, &state), 0);
        return (state & 1U) != 0;
    };
    testing::in_child([&] {
        make_text_resident();
        EXPECT_TRUE(is_in_memory());
    });
    testing::with_refused_calls(
        {{.number = SYS_madvise, .code = EINVAL, .argument = 2, .value = populate_read},
         {.number = SYS_mlock, .code = ENOMEM}},
        [&] {
            make_text_resident();
            EXPECT_TRUE(is_in_memory());
        });
}

TEST(RunAtLowPriority, LeavesProcessorAndDiskToOthersButNeverStarves) {
    testing::in_child([] {
        run_at_low_priority();

        EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
        EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 5);
        EXPECT_EQ(::syscall(SYS_ioprio_get, 1, 0), (2 << 13) | 7);
    });
}

TEST(RunAtLowPriority, RaisesNoneThatIsLowerStill) {
    testing::in_child([] {
        ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 10), 0);

        run_at_low_priority();

        EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 10);
    });
}

}  // namespace
}  // namespace envkeep::posix
