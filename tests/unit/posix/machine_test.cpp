// SPDX-License-Identifier: MIT
#include "envkeep/posix/machine.hpp"

#include "files_test.hpp"
#include "support/child.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>

namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;
using ::testing::MatchesRegex;

constexpr std::array<const char*, 4> variables{"HOME=/root", "EMPTY=", "HOMER=x", nullptr};

class LiveMachine : public ::testing::Test {
  protected:
    Machine machine{variables.data()};
};

TEST_F(LiveMachine, KnowsItsVariables) {
    EXPECT_EQ(machine.variable("HOME"), "/root");
    EXPECT_EQ(machine.variable("EMPTY"), "");
    EXPECT_EQ(machine.variable("HOM"), std::nullopt);
    EXPECT_EQ(machine.variable("PATH"), std::nullopt);
    EXPECT_TRUE(Machine(environment()).variable("PATH").has_value());
}

TEST_F(LiveMachine, KnowsUserHostAndProcessors) {
    EXPECT_EQ(machine.effective_uid(), ::geteuid());
    EXPECT_EQ(machine.passwd_home(0), "/root");
    EXPECT_EQ(machine.passwd_home(4'000'000), std::nullopt);
    EXPECT_NE(machine.host_name(), "");
    EXPECT_GE(machine.cores(), 1U);
    testing::in_child([&] {
        ::cpu_set_t allowed;
        ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
        std::size_t first = 0;
        while (!CPU_ISSET(first, &allowed)) {
            ++first;
        }
        ::cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
        EXPECT_EQ(machine.cores(), 1U);
    });
}

TEST_F(LiveMachine, KnowsItsContainer) {
    const auto container = machine.container().value();

    EXPECT_THAT(container.boot_id, MatchesRegex("[0-9a-f-]{36}"));
    EXPECT_GT(container.pid_namespace, 0U);
    EXPECT_EQ(machine.container().value(), container);
}

TEST_F(LiveMachine, KnowsWhenItsContainerStarted) {
    const WallTime start = machine.container_start().value();

    EXPECT_LT(start, machine.now());
    const auto again = machine.container_start().value();
    EXPECT_LT(start - again, 1s);
    EXPECT_LT(again - start, 1s);
}

TEST_F(LiveMachine, KnowsWhichProcessesLive) {
    const system::ProcessId self = machine.self();

    EXPECT_EQ(self.pid, ::getpid());
    EXPECT_TRUE(machine.is_alive(self));
    EXPECT_FALSE(machine.is_alive({.pid = self.pid, .started = self.started + 1}));
    EXPECT_FALSE(machine.is_alive({.pid = 0, .started = 0}));
}

TEST_F(LiveMachine, KnowsItsMounts) {
    const auto mounts = machine.mounts().value();

    const auto proc = std::find_if(mounts.begin(), mounts.end(), [](const system::Mount& mount) {
        return mount.point == "/proc";
    });
    ASSERT_NE(proc, mounts.end());
    EXPECT_EQ(proc->type, "proc");
}

TEST_F(LiveMachine, ReadsFactsButNoDevices) {
    EXPECT_EQ(machine.read_fact("/proc/sys/kernel/ostype", 100).value(), "Linux\n");
    EXPECT_EQ(kind_of(machine.read_fact("/proc/cpuinfo", 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(machine.read_fact("/dev/null", 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(machine.read_fact("/no/such", 10)), ErrorKind::not_found);
}

TEST_F(LiveMachine, FollowsLinks) {
    TempTree tree;
    tree.file("real/file").link("link", "real");
    const std::string top = machine.real_path(tree.path()).value();

    EXPECT_EQ(machine.real_path(tree / "link/file").value(), top + "/real/file");
    EXPECT_EQ(kind_of(machine.real_path(tree / "none")), ErrorKind::not_found);
    EXPECT_TRUE(machine.exists(tree / "link/file"));
    EXPECT_FALSE(machine.exists(tree / "none"));
    EXPECT_THAT(machine.names_in(tree / "link"), ElementsAre("file"));
    EXPECT_THAT(machine.names_in(tree / "none"), IsEmpty());
}

TEST_F(LiveMachine, GivesNewRandomIds) {
    EXPECT_THAT(machine.random_id(), MatchesRegex("[0-9a-f]{16}"));
    EXPECT_NE(machine.random_id(), machine.random_id());
}

TEST_F(LiveMachine, KnowsTheTime) {
    const SteadyTime earlier = machine.steady_now();

    EXPECT_LE(earlier, machine.steady_now());
    EXPECT_GT(machine.now(), WallTime(1'700'000'000s));
}

// A machine captured in a folder, with links that would lead out of it.
class CapturedMachine : public ::testing::Test {
  protected:
    CapturedMachine() {
        tree.file("m/etc/passwd", "u:x:0:0::/home/u:/bin/sh\n").file("m/etc/hostname", "t4-box\n");
        tree.file("m/proc/sys/kernel/random/boot_id", "0123-45\n");
        tree.file("m/proc/1/stat", "1 (init) S 0 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 250 0 0\n");
        tree.file("m/proc/7/stat", "7 (gone) Z 0 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0\n");
        tree.file("m/proc/stat", "btime 1700000000\n").link("m/proc/self", "1");
        tree.link("m/proc/1/ns/pid", "pid:[42]");
        tree.file("m/proc/1/mountinfo", "1 0 8:1 / /captured rw - ext4 /dev/sda1 rw\n");
        tree.file("m/opt/real/lib", "inside").link("m/opt/link", "/opt/real");
        tree.file("lib", "outside").link("m/out", "../../../../../lib").file("m/lib", "inner");
        tree.link("m/round", "round").link("m/etc/up", "../opt/link/lib");
        machine.emplace(Machine::captured(tree / "m", variables.data()).value());
    }

    TempTree tree;
    std::optional<Machine> machine;
};

TEST_F(CapturedMachine, KnowsItsContainerWithoutABootId) {
    tree.remove("m/proc/sys/kernel/random/boot_id");

    EXPECT_EQ(machine->container().value(),
              (system::Container{.boot_id = "", .pid_namespace = 42, .first_start = 250}));
}

TEST_F(CapturedMachine, TakesTheStartOfItsOldestAncestorWhereTheFirstProcessIsHidden) {
    const auto stat = [&](int pid, int parent, int started) {
        tree.file("m/proc/" + std::to_string(pid) + "/stat",
                  std::to_string(pid) + " (sh) S " + std::to_string(parent) +
                      " 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(started) + " 0 0\n");
    };
    tree.remove("m/proc/1/stat").remove("m/proc/self").link("m/proc/self", "30");
    stat(30, 20, 900);
    stat(20, 10, 700);  // whose parent is hidden

    EXPECT_EQ(machine->container_start().value(), WallTime(1'700'000'007'000ms));
    EXPECT_EQ(machine->container().value().first_start, 0U);
    tree.remove("m/proc/20/stat");
    EXPECT_EQ(machine->container_start().value(), WallTime(1'700'000'009'000ms));
    tree.remove("m/proc/30/stat");
    EXPECT_EQ(kind_of(machine->container_start()), ErrorKind::not_found);
}

TEST_F(CapturedMachine, AnswersFromTheFolder) {
    EXPECT_EQ(machine->passwd_home(0), "/home/u");
    EXPECT_EQ(machine->host_name(), "t4-box");
    EXPECT_EQ(machine->container().value(),
              (system::Container{.boot_id = "0123-45", .pid_namespace = 42, .first_start = 250}));
    EXPECT_EQ(machine->container_start().value(), WallTime(1'700'000'002'500ms));
    EXPECT_EQ(machine->mounts().value()[0].point, "/captured");
    EXPECT_TRUE(machine->is_alive({.pid = 1, .started = 250}));
    EXPECT_FALSE(machine->is_alive({.pid = 1, .started = 251}));
    EXPECT_FALSE(machine->is_alive({.pid = 7, .started = 99}));
    EXPECT_EQ(machine->variable("HOME"), "/root");
}

TEST_F(CapturedMachine, StaysInTheFolderWhateverLinksSay) {
    const auto check = [&] {
        EXPECT_EQ(machine->read_fact("/opt/link/lib", 100).value(), "inside");
        EXPECT_EQ(machine->read_fact("/etc/up", 100).value(), "inside");
        EXPECT_EQ(machine->read_fact("/out", 100).value(), "inner");
        EXPECT_EQ(machine->read_fact("/../../lib", 100).value(), "inner");
        EXPECT_EQ(machine->real_path("/opt/link/lib").value(), "/opt/real/lib");
        EXPECT_EQ(machine->real_path("/etc/../out").value(), "/lib");
        EXPECT_EQ(machine->real_path("/").value(), "/");
        EXPECT_EQ(kind_of(machine->real_path("/none")), ErrorKind::not_found);
        EXPECT_EQ(kind_of(machine->read_fact("/round", 100)), ErrorKind::unsafe_path);
        EXPECT_EQ(kind_of(machine->real_path("/round")), ErrorKind::unsafe_path);
        EXPECT_TRUE(machine->exists("/opt/link/lib"));
        EXPECT_FALSE(machine->exists(tree / "lib"));
        EXPECT_THAT(machine->names_in("/opt/link"), ElementsAre("lib"));
    };

    check();
    testing::with_refused_calls({{.number = SYS_openat2, .code = ENOSYS}}, check);
}

TEST_F(CapturedMachine, MustBeAFolder) {
    EXPECT_EQ(kind_of(Machine::captured(tree / "none", variables.data())), ErrorKind::not_found);
    EXPECT_EQ(kind_of(Machine::captured(tree / "lib", variables.data())), ErrorKind::not_found);
}

}  // namespace
}  // namespace envkeep::posix
