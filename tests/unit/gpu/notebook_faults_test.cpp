// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;

std::vector<std::string> with_variable(const std::string& name, const std::string& value) {
    return CapturedMachine().kernel_variable(name, value).ids();
}

TEST(TheNotebook, IsTheYoungestKernelBeforeTheServer) {
    CapturedMachine machine;
    machine.file("/proc/100/cmdline", std::string("/usr/bin/python3\0/usr/bin/jupyter-lab\0", 38))
        .file("/proc/100/environ", std::string("CUDA_VISIBLE_DEVICES=\0", 22));

    EXPECT_EQ(machine.facts().notebook.pid, 200);
    EXPECT_EQ(machine.facts().notebook.what, "kernel");
    machine.remove("/proc/200/cmdline");
    EXPECT_EQ(machine.facts().notebook.pid, 100);
    EXPECT_EQ(machine.facts().notebook.what, "server");
    EXPECT_THAT(machine.ids(), ElementsAre("env-cvd-empty"));
}

TEST(TheNotebook, IsNoProgramThatOnlyNamesOne) {
    using std::string_literals::operator""s;
    for (const std::string& command : {"tail\0-f\0/var/log/jupyter-lab.log\0"s,
                                       "vim\0/usr/bin/jupyter-lab\0"s,
                                       "python3\0train.py\0/opt/jupyter-lab\0"s,
                                       "python3\0/usr/bin/jupyter-labextension\0list\0"s}) {
        CapturedMachine machine;
        machine.file("/proc/100/cmdline", command)
            .file("/proc/100/environ", "CUDA_VISIBLE_DEVICES=\0"s)
            .remove("/proc/200/cmdline");

        EXPECT_EQ(machine.facts().notebook.pid, 0) << command;
    }
    CapturedMachine machine;
    machine
        .file("/proc/100/cmdline", "/opt/conda/bin/python3.11\0-u\0/opt/x/jupyter-lab\0--port=1\0"s)
        .file("/proc/100/environ", "CUDA_VISIBLE_DEVICES=\0"s)
        .remove("/proc/200/cmdline");
    EXPECT_EQ(machine.facts().notebook.pid, 100);
}

TEST(TheNotebook, TellsNoVariableThatMayBeASecret) {
    CapturedMachine machine;
    machine.kernel_variable("JUPYTER_TOKEN", "secret")
        .kernel_variable("NVIDIA_API_KEY", "secret")
        .kernel_variable("AWS_REGION", "x")
        .kernel_variable("CUDA_HOME", "/usr/local/cuda");

    EXPECT_THAT(
        machine.facts().notebook.variables,
        ElementsAre(std::pair<const std::string, std::string>("CUDA_HOME", "/usr/local/cuda"),
                    std::pair<const std::string, std::string>("HOME", "/root"),
                    std::pair<const std::string, std::string>("PATH", "/usr/bin:/bin")));
}

TEST(VisibleDevices, ThatHideAllAreTheCause) {
    for (const std::string value : {"", "-1", "NoDevFiles", "-1,0"}) {
        EXPECT_THAT(with_variable("CUDA_VISIBLE_DEVICES", value), ElementsAre("env-cvd-empty"));
    }
    EXPECT_THAT(with_variable("CUDA_VISIBLE_DEVICES", "0"), IsEmpty());
}

// Nothing of the kernel's module is seen under WSL and in gVisor.
TEST(VisibleDevices, ThatHideAllAreTheCauseWhereNoModuleIsSeen) {
    CapturedMachine gvisor;
    gvisor.file("/proc/version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n")
        .remove("/sys/bus/pci")
        .remove("/proc/devices")
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia")
        .kernel_variable("CUDA_VISIBLE_DEVICES", "");
    CapturedMachine wsl;
    wsl.no_node("/dev/nvidia0")
        .no_node("/dev/nvidiactl")
        .no_node("/dev/nvidia-uvm")
        .node("/dev/dxg", 10, 127)
        .remove("/sys/bus/pci/devices/0000:00:05.0")
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia")
        .library("/usr/lib/wsl/lib/libcuda.so.1", 150'000)
        .kernel_variable("LD_LIBRARY_PATH", "/usr/lib/wsl/lib")
        .kernel_variable("CUDA_VISIBLE_DEVICES", "");

    EXPECT_EQ(gvisor.diagnosis().findings.front().id, "env-cvd-empty");
    EXPECT_EQ(wsl.diagnosis().findings.front().id, "env-cvd-empty");
}

TEST(VisibleDevices, ThatAreNotThereAreNamed) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "0,3");

    EXPECT_THAT(machine.ids(), ElementsAre("env-cvd-bad-index"));
    EXPECT_THAT(machine.diagnosis().findings[0].title, HasSubstr("names card '3'"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::warning) << "card 0 is seen";
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "3,0");
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::error) << "no card is seen";
}

TEST(VisibleDevices, OfAnotherMachineAreToldByTheirUuid) {
    EXPECT_THAT(with_variable("CUDA_VISIBLE_DEVICES", "GPU-ffff"), ElementsAre("env-cvd-bad-uuid"));
    EXPECT_THAT(with_variable("CUDA_VISIBLE_DEVICES", "GPU-1d"), IsEmpty());

    CapturedMachine fresh;
    fresh.file("/proc/driver/nvidia/gpus/0000:00:05.0/information", "GPU UUID: GPU-????????\n")
        .kernel_variable("CUDA_VISIBLE_DEVICES", "GPU-ffff");
    EXPECT_THAT(fresh.ids(), IsEmpty()) << "not known before the card was initialised";
}

TEST(Variables, LeftFromDebuggingAreWarnings) {
    EXPECT_THAT(with_variable("CUDA_DISABLE_PTX_JIT", "1"), ElementsAre("env-ptx-jit"));
    EXPECT_THAT(with_variable("CUDA_INJECTION64_PATH", "/x.so"),
                ElementsAre("env-debug-injection"));
    EXPECT_THAT(with_variable("CUDA_LAUNCH_BLOCKING", "1"), ElementsAre("env-launch-blocking"));
    EXPECT_THAT(with_variable("CUDA_CACHE_DISABLE", "1"), ElementsAre("env-jit-cache"));
    EXPECT_THAT(with_variable("JAX_PLATFORMS", "cpu"), IsEmpty()) << "no jax is here";
    EXPECT_THAT(with_variable("CUDA_LAUNCH_BLOCKING", "0"), IsEmpty());
}

TEST(Variables, ThatGoAreRepairs) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_PROFILE", "1").kernel_variable("COMPUTE_PROFILE", "1");
    const model::Fix fix = machine.diagnosis().findings.at(0).fix;

    EXPECT_THAT(fix.commands, ElementsAre("unset CUDA_PROFILE COMPUTE_PROFILE"));
    EXPECT_THAT(
        fix.repairs,
        ElementsAre(
            model::Repair{.kind = model::RepairKind::drop_variable, .subject = "CUDA_PROFILE"},
            model::Repair{.kind = model::RepairKind::drop_variable, .subject = "COMPUTE_PROFILE"}));
}

TEST(Variables, OfDifferentCardsWantTheOrderOfThePciBus) {
    CapturedMachine machine;
    machine.card("0000:00:06.0", "0x20b0")
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information", "Device Minor: \t 1\n")
        .node("/dev/nvidia1", 195, 1)
        .kernel_variable("CUDA_VISIBLE_DEVICES", "1");

    EXPECT_THAT(machine.ids(), ElementsAre("env-device-order"));
    machine.kernel_variable("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Variables, ThatNameSomeOfDifferentCardsWantTheOrderOfThePciBus) {
    CapturedMachine machine;
    for (const std::string number : {"1", "2"}) {
        const std::string address = "0000:00:0" + std::to_string(5 + std::stoi(number)) + ".0";
        machine.card(address, "0x20b0")
            .file("/proc/driver/nvidia/gpus/" + address + "/information",
                  "Device Minor: \t " + number + '\n')
            .node("/dev/nvidia" + number, 195, static_cast<unsigned>(std::stoi(number)));
    }
    for (const std::string list : {"1,2", " 2 , 0", "GPU-1d3c,1"}) {
        machine.kernel_variable("CUDA_VISIBLE_DEVICES", list);
        EXPECT_THAT(machine.ids(), Contains("env-device-order")) << list;
    }
    // All of them, whatever their numbers are.
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "0,1,2");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Resources, OfSharedMemoryMayBeTooSmall) {
    CapturedMachine machine;
    machine.space("/dev/shm", 64U << 20U, 60U << 20U);

    EXPECT_THAT(machine.ids(), ElementsAre("res-shm-small"));
}

TEST(SharedMemory, IsWantedByNcclBetweenSeveralCards) {
    CapturedMachine machine;
    machine.space("/dev/shm", 512U << 20U, 500U << 20U);
    EXPECT_THAT(machine.ids(), IsEmpty());

    machine.card("0000:00:06.0", "0x1eb8")
        .node("/dev/nvidia1", 195, 1)
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information",
              "Model: \t\t Tesla T4\nGPU UUID: \t GPU-2e4d\nDevice Minor: \t 1\n");
    EXPECT_THAT(machine.ids(), ElementsAre("nccl-shm-small"));
}

TEST(Resources, OfAddressesMustNotBeLimited) {
    CapturedMachine machine;
    machine.file(
        "/proc/200/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max address space         8589934592           unlimited            bytes     \n");

    EXPECT_THAT(machine.ids(), ElementsAre("res-rlimit-as"));
    machine.file(
        "/proc/200/limits",
        "Max address space         unlimited            unlimited            bytes     \n");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

// CUDA starts within a limit that is far larger than the card's memory.
TEST(Resources, OfAddressesThatAreManyAreANote) {
    const auto severity_with = [](const std::string& card, std::uint64_t gibibytes) {
        CapturedMachine machine;
        machine.card("0000:00:05.0", card)
            .file("/proc/200/limits",
                  "Max address space         " + std::to_string(gibibytes << 30U) +
                      "           unlimited            bytes     \n");
        const Diagnosis diagnosis = machine.diagnosis();
        EXPECT_THAT(machine.ids(), ElementsAre("res-rlimit-as"));
        return diagnosis.findings.at(0).severity;
    };

    EXPECT_EQ(severity_with("0x1eb8", 8), model::Severity::error);
    EXPECT_EQ(severity_with("0x1eb8", 24), model::Severity::warning);
    EXPECT_EQ(severity_with("0x1eb8", 64), model::Severity::info);
    EXPECT_EQ(severity_with("0x20b2", 64), model::Severity::warning) << "an A100 of 80 GB";
    EXPECT_EQ(severity_with("0x20b2", 512), model::Severity::info);
}

TEST(Resources, OfTheContainerAreReadInBothFormsOfCgroups) {
    CapturedMachine second;
    CapturedMachine first;
    second.file("/sys/fs/cgroup/memory.events", "low 0\noom 3\noom_kill 2\n")
        .file("/sys/fs/cgroup/memory.max", "1073741824\n")
        .file("/sys/fs/cgroup/memory.current", "1000000\n");
    first.file("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\noom_kill 1\n")
        .file("/sys/fs/cgroup/pids/pids.max", "100\n")
        .file("/sys/fs/cgroup/pids/pids.current", "99\n");

    EXPECT_THAT(second.ids(), ElementsAre("res-cgroup-mem"));
    EXPECT_THAT(first.ids(), ElementsAre("res-cgroup-mem", "res-pids-limit"));
}

TEST(Resources, OfDisksMayBeUsedUp) {
    CapturedMachine full;
    CapturedMachine crowded;
    full.space("/root", 1U << 30U, 1U << 20U);
    crowded.space("/", 1U << 30U, 1U << 29U, 5);

    EXPECT_THAT(full.ids(), ElementsAre("res-disk-full"));
    EXPECT_THAT(crowded.ids(), ElementsAre("res-inodes-quota"));
}

// Its cache lies in the home, and the first pip on PATH may be another Python's, or none.
TEST(Resources, OfDisksAreFreedByTheNotebooksPip) {
    const auto commands_of = [](CapturedMachine& machine) {
        return machine.diagnosis().findings.at(0).fix.commands;
    };
    CapturedMachine home;
    CapturedMachine other;
    home.space("/root", 1U << 30U, 1U << 20U);
    other.kernel_variable("TMPDIR", "/scratch")
        .space("/root", 1U << 30U, 1U << 29U)
        .space("/scratch", 1U << 30U, 1U << 20U);

    EXPECT_THAT(commands_of(home), ElementsAre("/usr/bin/python3 -m pip cache purge"));
    EXPECT_THAT(other.ids(), ElementsAre("res-disk-full"));
    EXPECT_THAT(commands_of(other), IsEmpty());
}

TEST(Resources, OfTheKernelMayBeUsedUp) {
    CapturedMachine machine;
    machine.file("/proc/sys/vm/max_map_count", "10\n").file("/proc/200/maps", std::string(9, '\n'));

    EXPECT_THAT(machine.ids(), ElementsAre("res-map-count"));
}

TEST(Holders, ThatAreOverAreNamedWithTheirEnd) {
    CapturedMachine machine;
    machine.holder(300, "300 (python3) Z 200 300 1");

    EXPECT_THAT(machine.ids(), ElementsAre("res-gpu-mem-zombie"));
    EXPECT_THAT(machine.diagnosis().findings[0].fix.commands, ElementsAre("kill 300"));
}

TEST(Holders, OfOtherNotebooksAreANote) {
    CapturedMachine machine;
    machine.holder(150, "150 (python3) S 100 150 1")
        .file("/proc/150/cmdline", std::string("python\0-m\0ipykernel_launcher\0", 29));

    EXPECT_THAT(machine.ids(), ElementsAre("res-gpu-mem-own-kernel"));
}

TEST(Holders, WithJaxLeaveLittleForOthers) {
    CapturedMachine machine;
    machine.holder(300, "300 (python3) S 200 300 1", "7f00 r-xp /usr/lib/jaxlib/x.so\n")
        .holder(301, "301 (train (1)) S 200 301 1");

    EXPECT_THAT(machine.ids(), ElementsAre("res-jax-prealloc"));
}

TEST(Holders, WithJaxThatWasToldToTakeLessAreWell) {
    const auto ids_with = [](const std::string& variables) {
        CapturedMachine machine;
        machine.holder(300, "300 (python3) S 200 300 1", "7f00 r-xp /usr/lib/jaxlib/x.so\n")
            .file("/proc/300/environ", variables)
            .holder(301, "301 (train (1)) S 200 301 1");
        return machine.ids();
    };

    EXPECT_THAT(ids_with("HOME=/root"), ElementsAre("res-jax-prealloc"));
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_PREALLOCATE=false"), IsEmpty());
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_ALLOCATOR=platform"), IsEmpty());
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_MEM_FRACTION=0.25"), IsEmpty());
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_MEM_FRACTION=.5"), IsEmpty());
    EXPECT_THAT(ids_with("XLA_CLIENT_MEM_FRACTION=.10"), IsEmpty());
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_MEM_FRACTION=.9"), ElementsAre("res-jax-prealloc"));
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_MEM_FRACTION=1"), ElementsAre("res-jax-prealloc"));
    EXPECT_THAT(ids_with("XLA_PYTHON_CLIENT_MEM_FRACTION=x.y."), ElementsAre("res-jax-prealloc"));
}

// One without CUDA has no card open.
TEST(TheNotebook, WhoseTorchWasReplacedMustStartAgain) {
    const auto finding_with = [](const std::string& path) {
        CapturedMachine machine;
        machine.file("/proc/200/maps", "7f00-7f10 r-xp 00000000 fd:00 12     " + path + '\n');
        return finding_of(machine, "nb-stale-kernel");
    };
    const std::string library = image_site + "/torch/lib/libtorch_cpu.so";

    EXPECT_EQ(finding_with(library), std::nullopt);
    const auto replaced = finding_with(library + " (deleted)").value();
    EXPECT_EQ(replaced.severity, Severity::warning);
    EXPECT_THAT(replaced.evidence, ElementsAre("/proc/200/maps: " + library + " (deleted)"));
    EXPECT_EQ(finding_with(image_site + "/torch/lib/.nfs0000000001c2").value().severity,
              Severity::warning);
    EXPECT_EQ(finding_with("/root/other/torch/lib/libtorch_cpu.so").value().severity,
              Severity::info);
}

TEST(Holders, OfReplacedFilesMustStartAgain) {
    CapturedMachine machine;
    machine.holder(
        300, "300 (python3) S 200 300 1", "7f00 r-xp /x/torch/lib/libc10.so (deleted)\n");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-stale-kernel"));
}

}  // namespace
}  // namespace envkeep::gpu
