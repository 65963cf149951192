// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/system/machine.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What the start is made of: a parent that keeps the deadline and a worker that does the work. The
// parent touches no store path; it reads frames from the worker until the deadline and may give up.
namespace envkeep::posix {

// A worker process and the end on which its frames arrive.
struct Worker {
    std::int32_t pid = 0;
    Fd reports;
};

// What becomes of a worker when this process ends, however it ends.
enum class Lifetime {
    own,        // it lives on
    of_parent,  // the kernel ends it at once (Linux 2.1.57, PR_SET_PDEATHSIG)
};

// Forks a worker that runs `work` with the descriptor for send_frame and exits with what it
// returns. The worker has its own session, its standard streams on /dev/null, no other descriptor
// of the parent, no blocked signal and default signal actions, but that a write which fails raises
// none (see ignore_signals_of_writes); the umask is kept. The parent must have one thread. Once the
// parent is gone the writes of a worker that lives on fail.
[[nodiscard]] Result<Worker> start_worker(const std::function<int(int report_fd)>& work,
                                          Lifetime lifetime = Lifetime::own);

// How a worker ended: by exit, or by a signal.
struct WorkerEnd {
    int exit_code = 0;
    int signal = 0;  // 0: it exited

    friend bool operator==(const WorkerEnd&, const WorkerEnd&) = default;
};

// Waits for the worker's end; nothing if it still runs at the deadline.
[[nodiscard]] std::optional<WorkerEnd> wait_for_worker(const Worker& worker, SteadyTime deadline);

// Takes all children that have ended out of the process table; nobody may wait for one meanwhile.
void forget_ended_children();

// One message from worker to parent.
struct Frame {
    std::uint8_t type = 0;
    std::string payload;

    friend bool operator==(const Frame&, const Frame&) = default;
};

constexpr std::uint32_t largest_frame = 16U << 20U;

// One byte type, four bytes length (little endian), payload. Fails with `io` once the parent is
// gone and with `unsupported` for more than largest_frame.
[[nodiscard]] Result<void> send_frame(int report_fd, std::uint8_t type, std::string_view payload);

// Whether a small frame would be sent at once: what may be left out need not wait for the parent.
[[nodiscard]] bool has_room_for_frame(int report_fd);

struct DeadlinePassed {};  // what has arrived of a frame is kept; asking again goes on

struct WorkerClosed {};  // the worker ended, or closed its end, after whole frames

struct BrokenStream {};  // it ended within a frame, or sent one that is too large

using Received = std::variant<Frame, DeadlinePassed, WorkerClosed, BrokenStream>;

// Puts frames together from what arrives on a descriptor that it does not own.
class FrameReader {
  public:
    explicit FrameReader(int reports) : reports_(reports) {}

    // The next frame, waiting until `deadline` at most. Frames that are already there are given
    // even after the deadline.
    [[nodiscard]] Received next(SteadyTime deadline);

  private:
    [[nodiscard]] bool has_frame() const;
    [[nodiscard]] bool has_too_large_frame() const;
    // What has arrived, into the buffer; false at the end of the stream.
    [[nodiscard]] bool receive();
    [[nodiscard]] Frame take_frame();

    int reports_;
    std::string buffer_;
    bool is_broken_ = false;
};

// A flag in memory shared with processes forked after it was made. The parent sets it when the hook
// has returned, and the worker changes no keep's place from then on.
class SharedFlag {
  public:
    [[nodiscard]] static Result<SharedFlag> make();

    SharedFlag(const SharedFlag&) = delete;
    SharedFlag& operator=(const SharedFlag&) = delete;
    SharedFlag(SharedFlag&& other) noexcept;
    SharedFlag& operator=(SharedFlag&&) = delete;
    ~SharedFlag();

    void set() noexcept;
    [[nodiscard]] bool is_set() const noexcept;

  private:
    explicit SharedFlag(std::atomic<std::uint32_t>* flag) : flag_(flag) {}

    std::atomic<std::uint32_t>* flag_;
};

// Brings all of this program's own text and data into memory and locks it there as far as the
// limits allow, so that no later step waits for the file system that the binary came from.
void make_text_resident();

// The heap grows by a MiB at a time, and large blocks come from it too: a third of the system calls
// for memory, and no page more that is touched. To be called before anything is allocated.
void grow_heap_in_large_steps();

// What this process makes is its owner's to read, write and enter, whatever umask it was started
// with; of the group's and others' rights nothing changes.
void keep_own_rights();

// As many open files as the hard limit allows, 65,536 at most: each folder outside the home takes
// one, and shells begin with 1,024.
void allow_many_files();

// Nice 5 and the least best-effort class for the disk; what the kernel refuses stays as it is. No
// idle class: beside a training that takes all processors it would never write back
// (docs/decisions/0005).
void run_at_low_priority();

// Holds SIGTERM, SIGINT and SIGHUP back while it lives, so that they come only when waited for. For
// processes with one thread; the signal mask is inherited by what is forked meanwhile.
class SignalWaiter {
  public:
    SignalWaiter();
    SignalWaiter(const SignalWaiter&) = delete;
    SignalWaiter& operator=(const SignalWaiter&) = delete;
    ~SignalWaiter();

    // The signal that came, waiting `duration` at most (zero: only looks); nothing otherwise.
    [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds duration);

  private:
    std::vector<int> blocked_;  // by us, not before
};

enum class Ending { politely, at_once };  // SIGTERM, SIGKILL

// Start time included; pid reuse does not fool them.
[[nodiscard]] system::ProcessId this_process();
[[nodiscard]] std::optional<system::ProcessId> process_with(std::int32_t pid);
[[nodiscard]] bool is_running(const system::ProcessId& process);  // a zombie is not
// not_found if it is gone.
[[nodiscard]] Result<void> end_process(const system::ProcessId& process, Ending how);
// True once it is gone.
[[nodiscard]] bool wait_for_end(const system::ProcessId& process, SteadyTime deadline);

// The file that this process runs, links followed; not_found where /proc is missing.
[[nodiscard]] Result<std::string> own_executable();

}  // namespace envkeep::posix
