// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What can be asked of the machine beside its files of interest.
namespace envkeep::system {

// What tells one container from every other, also two of one node that share boot id and host name.
struct Container {
    // /proc/sys/kernel/random/boot_id; empty where a sandbox hides it: other machines may then have
    // the same numbers.
    std::string boot_id;
    std::uint64_t pid_namespace = 0;  // inode of /proc/self/ns/pid
    // Start time of pid 1, clock ticks since boot; 0 where it is hidden from this user (hidepid).
    std::uint64_t first_start = 0;

    friend bool operator==(const Container&, const Container&) = default;

    // The same, and no other can be it: what may harm another container's files asks this.
    [[nodiscard]] bool is_surely(const Container& other) const {
        return !boot_id.empty() && *this == other;
    }
};

struct Mount {
    std::string point;
    std::string type;  // "nfs4", "overlay", "fuse.bindfs", ...
    std::string source;
    std::uint64_t device = 0;
    bool is_read_only = false;
    bool is_no_exec = false;  // no program or library on it runs
};

struct ProcessId {
    std::int32_t pid = 0;
    std::uint64_t started = 0;  // clock ticks since boot; tells a reused pid

    friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

// Facts below `--root DIR` where one was given (then environment, uid and time are still the
// process's own, but /proc, /etc, ... are the captured ones).
class Machine {
  public:
    virtual ~Machine() = default;

    [[nodiscard]] virtual std::optional<std::string> variable(std::string_view name) const = 0;
    [[nodiscard]] virtual std::uint32_t effective_uid() const = 0;
    // Home folder of that uid in /etc/passwd; read by us, never through NSS.
    [[nodiscard]] virtual std::optional<std::string> passwd_home(std::uint32_t uid) const = 0;
    [[nodiscard]] virtual std::string host_name() const = 0;
    [[nodiscard]] virtual unsigned cores() const = 0;

    [[nodiscard]] virtual Result<Container> container() const = 0;
    // When pid 1 of this container started, on the wall clock: what was there before is the
    // image's. Where pid 1 is hidden, when the oldest of this process's ancestors did that can be
    // seen: that is later, and what came in between is not the image's.
    [[nodiscard]] virtual Result<WallTime> container_start() const = 0;

    [[nodiscard]] virtual ProcessId self() const = 0;
    [[nodiscard]] virtual bool is_alive(const ProcessId& process) const = 0;

    [[nodiscard]] virtual Result<std::vector<Mount>> mounts() const = 0;
    // A file of the machine by absolute path, links followed, at most `limit` bytes.
    [[nodiscard]] virtual Result<std::string> read_fact(const std::string& absolute,
                                                        std::uint64_t limit) const = 0;
    [[nodiscard]] virtual bool exists(const std::string& absolute) const = 0;
    // Names in a folder of the machine, sorted; empty if there is none.
    [[nodiscard]] virtual std::vector<std::string> names_in(const std::string& absolute) const = 0;
    // The absolute path that a path of the machine leads to (links followed inside the root).
    [[nodiscard]] virtual Result<std::string> real_path(const std::string& absolute) const = 0;

    [[nodiscard]] virtual WallTime now() const = 0;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    // 64 bits from the kernel as 16 hexadecimal digits.
    [[nodiscard]] virtual std::string random_id() const = 0;
};

}  // namespace envkeep::system
