// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>

namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;

SteadyTime worker_in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

// Long enough for any machine; passes only if something hangs.
SteadyTime worker_deadline() {
    return worker_in(60s);
}

// What a worker says in its one frame.
std::string said_by(const std::function<std::string()>& what) {
    const auto worker =
        start_worker([&](int report_fd) { return send_frame(report_fd, 1, what()) ? 0 : 1; });
    FrameReader frames(worker->reports.get());
    const Received received = frames.next(worker_deadline());
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 0, .signal = 0}));
    const Frame* const frame = std::get_if<Frame>(&received);
    return frame == nullptr ? "nothing" : frame->payload;
}

TEST(Worker, ReportsAndEnds) {
    const auto worker = start_worker([](int report_fd) {
        static_cast<void>(send_frame(report_fd, 7, "hello"));
        static_cast<void>(send_frame(report_fd, 8, ""));
        return 42;
    });
    ASSERT_TRUE(worker.has_value());
    FrameReader frames(worker->reports.get());

    EXPECT_EQ(std::get<Frame>(frames.next(worker_deadline())),
              (Frame{.type = 7, .payload = "hello"}));
    EXPECT_EQ(std::get<Frame>(frames.next(worker_deadline())), (Frame{.type = 8, .payload = ""}));
    EXPECT_TRUE(std::holds_alternative<WorkerClosed>(frames.next(worker_deadline())));
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 42, .signal = 0}));
}

TEST(Worker, HasItsOwnSessionAndNothingOfTheParentOpen) {
    const testing::TempTree tree;
    const Fd kept_open(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC, as a shell leaves them

    EXPECT_EQ(said_by([] { return std::string(::getsid(0) == ::getpid() ? "own" : "shared"); }),
              "own");
    EXPECT_EQ(said_by([] {
                  std::string streams;
                  for (int stream = 0; stream <= 2; ++stream) {
                      streams +=
                          std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", stream))
                              .string() +
                          " ";
                  }
                  return streams;
              }),
              "/dev/null /dev/null /dev/null ");
    // The three streams, the report end, and the one that the counting itself opens.
    EXPECT_EQ(said_by([] { return std::to_string(testing::open_descriptors()); }), "5");
}

TEST(Worker, HasDefaultSignalsAndTheParentsUmask) {
    const auto before = std::signal(SIGUSR1, SIG_IGN);
    const mode_t umask = ::umask(0123);
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);

    const std::string said = said_by([] {
        ::sigset_t mask;
        ::sigprocmask(SIG_BLOCK, nullptr, &mask);
        const bool is_default = std::signal(SIGUSR1, SIG_DFL) == SIG_DFL;
        return fmt::format("{} {} {:o}", is_default, ::sigismember(&mask, SIGUSR2), ::umask(0));
    });

    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    ::umask(umask);
    std::signal(SIGUSR1, before);
    EXPECT_EQ(said, "true 0 123");
}

TEST(Worker, IsToldOfAFileThatMayGrowNoMoreInsteadOfBeingKilled) {
    const testing::TempTree tree;

    const std::string said = said_by([&] {
        constexpr struct ::rlimit one_byte{.rlim_cur = 1, .rlim_max = 1};
        ::setrlimit(RLIMIT_FSIZE, &one_byte);
        const Fd file(::open((tree / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        const bool is_refused = ::pwrite(file.get(), "x", 1, 1) < 0 && errno == EFBIG;
        return std::string(is_refused ? "refused" : "written");
    });

    EXPECT_EQ(said, "refused");
}

TEST(Worker, HoldsNothingOpenOnAnOldKernelEither) {
    testing::with_refused_calls({{.number = SYS_close_range, .code = ENOSYS}}, [] {
        allow_many_files();
        constexpr int high = 4100;
        const Fd kept_open(::fcntl(STDERR_FILENO, F_DUPFD, high));
        ASSERT_GE(kept_open.get(), high) << "the hard limit of open files is lower";

        EXPECT_EQ(said_by([] { return std::to_string(testing::open_descriptors()); }), "5");
    });
}

TEST(Worker, WorksWhenTheStandardStreamsAreClosed) {
    testing::in_child([] {
        const int saved = ::fcntl(2, F_DUPFD_CLOEXEC, 10);
        ::close(0);
        ::close(1);
        ::close(2);
        const std::string said = said_by([] {
            std::string open;
            for (const int stream : {0, 1, 2}) {
                open += ::fcntl(stream, F_GETFD) == 0 ? "open " : "closed ";
            }
            return open;
        });
        ::dup2(saved, 2);
        EXPECT_EQ(said, "open open open ");
    });
}

TEST(Worker, EndsWhereItsWorkThrows) {
    const auto worker = start_worker([](int) -> int { throw std::runtime_error("of work"); });

    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 9, .signal = 0}));
}

TEST(Worker, IsSeenToCrash) {
    const auto worker = start_worker([](int) {
        ::raise(SIGKILL);
        return 0;
    });
    FrameReader frames(worker->reports.get());

    EXPECT_TRUE(std::holds_alternative<WorkerClosed>(frames.next(worker_deadline())));
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 0, .signal = SIGKILL}));
}

TEST(Worker, LivesOnWhenTheParentIsGone) {
    testing::TempTree tree;
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    testing::in_child([&] {
        ::close(ends[0]);
        auto worker = start_worker([&](int report_fd) {
            // Until nobody reads any more; then the proof that this process is still there.
            while (send_frame(report_fd, 1, "are you there?")) {
            }
            std::filesystem::create_directory(tree / "alive");
            return 0;
        });
        ASSERT_TRUE(worker.has_value());
    });
    ::close(ends[1]);
    ::close(ends[0]);

    const SteadyTime deadline = worker_deadline();
    while (!tree.exists("alive") && std::chrono::steady_clock::now() < deadline) {
        ::usleep(1000);
    }
    EXPECT_TRUE(tree.exists("alive"));
}

TEST(Worker, EndsWithTheParentWhereThatIsItsLifetime) {
    testing::TempTree tree;
    testing::in_child([&] {
        const auto worker = start_worker(
            [](int) {
                while (true) {
                    ::pause();
                }
                return 0;
            },
            Lifetime::of_parent);
        ASSERT_TRUE(worker.has_value());
        const auto process = process_with(worker->pid);
        ASSERT_TRUE(process.has_value());
        tree.file("process", std::to_string(process->pid) + " " + std::to_string(process->started));
    });

    system::ProcessId process;
    std::istringstream(tree.content("process")) >> process.pid >> process.started;
    EXPECT_TRUE(wait_for_end(process, worker_deadline()));
}

TEST(Worker, ThatEndedUnseenCanBeForgotten) {
    testing::in_child([] {
        const auto ended = start_worker([](int) { return 0; });
        const auto running = start_worker([](int) { return ::pause(); }, Lifetime::of_parent);
        ASSERT_TRUE(ended && running);
        while (::kill(ended->pid, 0) == 0) {
            forget_ended_children();
        }
        EXPECT_EQ(::kill(running->pid, 0), 0);
    });
}

TEST(Worker, IsGivenUpAtTheDeadline) {
    auto worker = start_worker([](int) {
        ::pause();
        return 0;
    });
    FrameReader frames(worker->reports.get());

    EXPECT_TRUE(std::holds_alternative<DeadlinePassed>(frames.next(worker_in(10ms))));
    EXPECT_EQ(wait_for_worker(*worker, worker_in(10ms)), std::nullopt);
    const auto process = process_with(worker->pid);
    ASSERT_TRUE(process.has_value());
    EXPECT_TRUE(end_process(*process, Ending::politely).has_value());
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 0, .signal = SIGTERM}));
}

TEST(Worker, HearsByTheFlagThatTheHookHasReturned) {
    auto flag = SharedFlag::make();
    ASSERT_TRUE(flag.has_value());
    EXPECT_FALSE(flag->is_set());
    const auto worker = start_worker([&](int report_fd) {
        static_cast<void>(send_frame(report_fd, 1, flag->is_set() ? "set" : "not set"));
        while (!flag->is_set()) {
            ::usleep(100);
        }
        return 0;
    });
    FrameReader frames(worker->reports.get());
    EXPECT_EQ(std::get<Frame>(frames.next(worker_deadline())).payload, "not set");

    flag->set();

    EXPECT_TRUE(flag->is_set());
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 0, .signal = 0}));
}

// Frames as they come over the wire, in pieces of our choice.
class FrameReaderTest : public ::testing::Test {
  protected:
    FrameReaderTest() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        reading = Fd(ends[0]);
        writing = Fd(ends[1]);
    }

    void arrives(std::string_view bytes) const {
        EXPECT_EQ(::send(writing.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    Fd reading;
    Fd writing;
};

TEST_F(FrameReaderTest, KeepsWhatHasArrivedOfAFrame) {
    const std::string frame(
        "\x05\x03\x00\x00\x00"
        "abc",
        8);
    FrameReader frames(reading.get());
    for (const char byte : frame) {
        EXPECT_TRUE(std::holds_alternative<DeadlinePassed>(frames.next(worker_in(0ms))));
        arrives(std::string_view(&byte, 1));
    }

    EXPECT_EQ(std::get<Frame>(frames.next(worker_in(0ms))), (Frame{.type = 5, .payload = "abc"}));
}

TEST_F(FrameReaderTest, GivesWhatIsThereEvenAfterTheDeadline) {
    FrameReader frames(reading.get());
    ASSERT_TRUE(send_frame(writing.get(), 1, "one").has_value());
    ASSERT_TRUE(send_frame(writing.get(), 2, "two").has_value());

    EXPECT_EQ(std::get<Frame>(frames.next(in(-1s))).payload, "one");
    EXPECT_EQ(std::get<Frame>(frames.next(in(-1s))).payload, "two");
    EXPECT_TRUE(std::holds_alternative<DeadlinePassed>(frames.next(in(-1s))));
}

TEST_F(FrameReaderTest, SeesAnEndWithinAFrame) {
    arrives(
        std::string_view("\x05\x03\x00\x00\x00"
                         "ab",
                         7));
    writing = Fd();
    FrameReader frames(reading.get());
    {
        const Fd closing = std::move(writing);
    }

    EXPECT_TRUE(std::holds_alternative<BrokenStream>(frames.next(worker_deadline())));
    EXPECT_TRUE(std::holds_alternative<BrokenStream>(frames.next(worker_deadline())));
}

TEST_F(FrameReaderTest, RefusesAFrameThatIsTooLarge) {
    arrives(std::string_view("\x05\x01\x00\x00\x01", 5));
    FrameReader frames(reading.get());

    EXPECT_TRUE(std::holds_alternative<BrokenStream>(frames.next(worker_deadline())));
    EXPECT_EQ(send_frame(writing.get(), 1, std::string(largest_frame + 1, 'x')).error().kind,
              ErrorKind::unsupported);
}

TEST(Worker, SendsTheLargestFrame) {
    const auto worker = start_worker([](int report_fd) {
        return send_frame(report_fd, 200, std::string(largest_frame, 'x')) ? 0 : 1;
    });
    FrameReader frames(worker->reports.get());

    const Received received = frames.next(worker_deadline());

    EXPECT_EQ(std::get<Frame>(received).payload.size(), largest_frame);
    EXPECT_EQ(std::get<Frame>(received).type, 200);
    EXPECT_EQ(wait_for_worker(*worker, worker_deadline()),
              (WorkerEnd{.exit_code = 0, .signal = 0}));
}

TEST_F(FrameReaderTest, LetsTheSenderKnowWhetherThereIsRoom) {
    EXPECT_TRUE(has_room_for_frame(writing.get()));
    std::size_t sent = 0;
    for (; has_room_for_frame(writing.get()); ++sent) {
        ASSERT_TRUE(send_frame(writing.get(), 1, "x").has_value());
    }
    FrameReader frames(reading.get());
    for (; sent > 0; --sent) {
        EXPECT_EQ(std::get<Frame>(frames.next(worker_in(0ms))).payload, "x");
    }
    EXPECT_TRUE(has_room_for_frame(writing.get()));
}

TEST_F(FrameReaderTest, LetsTheSenderKnowThatTheParentIsGone) {
    {
        const Fd closing = std::move(reading);
    }

    EXPECT_TRUE(!send_frame(writing.get(), 1, "x").has_value());
}

}  // namespace
}  // namespace envkeep::posix
