// SPDX-License-Identifier: MIT
#include "envkeep/posix/machine.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/process.hpp"
#include "posix/at_root.hpp"
#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/proc_text.hpp"
#include "posix/status_at.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

namespace envkeep::posix {
namespace {

constexpr std::uint64_t fact_limit = std::uint64_t{16} << 20U;

WallTime clock_time(clockid_t clock) {
    struct ::timespec now {};

    ::clock_gettime(clock, &now);
    return WallTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

// A plain cpu_set_t holds 1024 processors; the kernel says EINVAL where it knows of more.
unsigned allowed_processors() {
    for (int most = CPU_SETSIZE; most <= (1 << 16); most *= 2) {
        cpu_set_t* const set = CPU_ALLOC(static_cast<std::size_t>(most));
        const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
        const bool is_known = ::sched_getaffinity(0, size, set) == 0;
        const int count = is_known ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (is_known || errno != EINVAL) {
            return static_cast<unsigned>(std::max(count, 1));
        }
    }
    return 1;
}

}  // namespace

const char* const* environment() {
    return ::environ;
}

Machine::Machine(const char* const* variables) : variables_(variables) {}

Result<Machine> Machine::captured(const std::string& root, const char* const* variables) {
    Machine machine(variables);
    machine.root_ = Fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!machine.root_.is_open()) {
        return last_error("cannot open folder " + quoted(root));
    }
    return machine;
}

std::optional<std::string> Machine::variable(std::string_view name) const {
    for (const char* const* entry = variables_; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=') {
            return std::string(text.substr(name.size() + 1));
        }
    }
    return std::nullopt;
}

std::uint32_t Machine::effective_uid() const {
    return ::geteuid();
}

std::optional<std::string> Machine::passwd_home(std::uint32_t uid) const {
    const auto passwd = read_fact("/etc/passwd", fact_limit);
    return passwd ? parse_home(*passwd, uid) : std::nullopt;
}

std::string Machine::host_name() const {
    if (is_captured()) {
        return std::string(trimmed(read_fact("/etc/hostname", fact_limit).value_or(std::string())));
    }
    std::array<char, 256> name{};
    static_cast<void>(::gethostname(name.data(), name.size() - 1));
    return name.data();
}

unsigned Machine::cores() const {
    return allowed_processors();
}

Result<system::Container> Machine::container() const {
    // Some sandboxes have none.
    const Result<std::string> boot_id = read_fact("/proc/sys/kernel/random/boot_id", fact_limit);
    if (!boot_id && boot_id.error().kind != ErrorKind::not_found &&
        boot_id.error().kind != ErrorKind::permission_denied) {
        return tl::unexpected(boot_id.error());
    }
    const Fd proc = open_at_root(root_, "/proc/self/ns", O_PATH | O_DIRECTORY);
    const auto link = proc.is_open() ? link_target(proc.get(), "pid") : std::nullopt;
    // Hidden from us (hidepid), the start of pid 1 tells nothing apart; the name space still does.
    const auto first =
        parse_process_state(read_fact("/proc/1/stat", fact_limit).value_or(std::string()));
    return system::Container{
        .boot_id = std::string(trimmed(boot_id.value_or(""))),
        .pid_namespace = parse_name_space(link.value_or(std::string())).value_or(0),
        .first_start = first ? first->started : 0};
}

// A process whose own parent ended has one that may be younger (PR_SET_CHILD_SUBREAPER).
std::optional<std::uint64_t> Machine::start_of_oldest_ancestor() const {
    constexpr int most = 1000;  // numbers may be taken again while this goes up
    std::optional<std::uint64_t> oldest;
    std::string process = "self";
    for (int up = 0; up < most; ++up) {
        const auto stat = read_fact(fmt::format("/proc/{}/stat", process), fact_limit);
        const auto state = stat ? parse_process_state(*stat) : std::nullopt;
        if (!state) {
            break;
        }
        oldest = std::min(oldest.value_or(state->started), state->started);
        if (state->parent <= 0) {
            break;
        }
        process = std::to_string(state->parent);
    }
    return oldest;
}

Result<std::uint64_t> Machine::first_start() const {
    const Result<std::string> stat = read_fact("/proc/1/stat", fact_limit);
    if (stat) {
        if (const auto first = parse_process_state(*stat)) {
            return first->started;
        }
        return failure(ErrorKind::unsupported, "'/proc/1/stat' does not say when pid 1 started");
    }
    if (const auto oldest = start_of_oldest_ancestor()) {
        return *oldest;
    }
    return tl::unexpected(stat.error());
}

Result<WallTime> Machine::container_start() const {
    ENVKEEP_TRY(const std::uint64_t started, first_start());
    const long ticks = is_captured() ? 100 : ::sysconf(_SC_CLK_TCK);
    if (ticks <= 0) {
        return failure(ErrorKind::unsupported, "the kernel does not say how long a tick is");
    }
    constexpr std::uint64_t nanoseconds = 1'000'000'000;
    const auto per_second = static_cast<std::uint64_t>(ticks);
    const auto after_boot = std::chrono::nanoseconds(static_cast<std::int64_t>(
        started / per_second * nanoseconds + started % per_second * nanoseconds / per_second));
    if (!is_captured()) {
        // Not /proc/uptime and btime: lxcfs shows those of the container, but the tick count of pid
        // 1 is the kernel's. Both clocks read at once, so that a step of the wall clock cancels
        // out.
        const auto up = clock_time(CLOCK_BOOTTIME).time_since_epoch();
        return now() - up + after_boot;
    }
    ENVKEEP_TRY(const std::string kernel, read_fact("/proc/stat", fact_limit));
    const auto boot = parse_boot_time(kernel);
    if (!boot) {
        return failure(ErrorKind::unsupported,
                       "'/proc/stat' does not say when the machine started");
    }
    return WallTime(std::chrono::seconds(*boot)) + after_boot;
}

system::ProcessId Machine::self() const {
    return this_process();
}

bool Machine::is_alive(const system::ProcessId& process) const {
    if (!is_captured()) {
        return is_running(process);
    }
    const auto stat = read_fact(fmt::format("/proc/{}/stat", process.pid), fact_limit);
    const auto state = stat ? parse_process_state(*stat) : std::nullopt;
    return state && state->started == process.started && state->state != 'Z';
}

Result<std::vector<system::Mount>> Machine::mounts() const {
    if (!mounts_) {
        ENVKEEP_TRY(const std::string text, read_fact("/proc/self/mountinfo", fact_limit));
        mounts_ = parse_mounts(text);
    }
    return *mounts_;
}

Result<std::string> Machine::read_fact(const std::string& absolute, std::uint64_t limit) const {
    return read_at_root(root_, absolute, limit);
}

bool Machine::exists(const std::string& absolute) const {
    return open_at_root(root_, absolute, O_PATH).is_open();
}

std::vector<std::string> Machine::names_in(const std::string& absolute) const {
    const Fd folder = open_at_root(root_, absolute, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    const auto entries = folder.is_open() ? list_folder(folder.get(), absolute)
                                          : Result<std::vector<system::Entry>>{};
    std::vector<std::string> names;
    for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
        names.push_back(entry.name);
    }
    return names;
}

Result<std::string> Machine::real_path(const std::string& absolute) const {
    return real_path_at_root(root_, absolute);
}

WallTime Machine::now() const {
    return clock_time(CLOCK_REALTIME);
}

SteadyTime Machine::steady_now() const {
    return std::chrono::steady_clock::now();
}

std::string Machine::random_id() const {
    return fmt::format("{:016x}", random_bits());
}

}  // namespace envkeep::posix
