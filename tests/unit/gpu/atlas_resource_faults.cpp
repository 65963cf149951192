// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"
#include "notebook_machine.hpp"

#include <array>
#include <cstdint>

// What a notebook may use of its machine, and who else uses it.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

constexpr std::uint64_t mebibyte = 1U << 20U;

void limit(Machine& m, const std::string& what, const std::string& value) {
    std::string line = what;
    line.resize(26, ' ');
    m.file("/proc/200/limits",
           "Limit                     Soft Limit           Hard Limit           Units     \n" +
               line + value + std::string(21 - value.size(), ' ') + value +
               std::string(21 - value.size(), ' ') + "bytes     \n");
}

const std::array faults{
    AtlasFault{
        "nccl-shm-small",
        Step::resources,
        warning,
        [](Machine& m) { m.second_card().space("/dev/shm", 512 * mebibyte, 500 * mebibyte); }},
    AtlasFault{"res-gpu-mem-zombie",
               Step::resources,
               warning,
               [](Machine& m) { m.holder(312, "312 (python3.11) Z 200 312 200 0 -1\n"); }},
    AtlasFault{"res-gpu-mem-own-kernel",
               Step::resources,
               info,
               [](Machine& m) {
                   m.holder(150, "150 (python3.11) S 100 150 150 0\n")
                       .file("/proc/150/cmdline",
                             words({"/usr/bin/python3.11", "-m", "ipykernel_launcher", "-f", "y"}))
                       .file("/proc/150/environ", words({"HOME=/root", "PATH=/usr/bin"}));
               }},
    AtlasFault{"res-jax-prealloc",
               Step::resources,
               warning,
               [](Machine& m) {
                   m.holder(312,
                            "312 (python3.11) S 200 312 200 0\n",
                            "7f3c00000000-7f3c01000000 r-xp 00000000 00:31 77 " + image_site +
                                "/jaxlib/xla_extension.so\n")
                       .holder(200, "200 (python3.11) S 100 200 200 0\n");
               }},
    AtlasFault{"res-shm-small",
               Step::resources,
               warning,
               [](Machine& m) { m.space("/dev/shm", 64 * mebibyte, 63 * mebibyte); }},
    AtlasFault{"res-rlimit-as",
               Step::resources,
               error,
               [](Machine& m) { limit(m, "Max address space", "8589934592"); }},
    AtlasFault{"res-cgroup-mem",
               Step::resources,
               warning,
               [](Machine& m) {
                   m.file("/sys/fs/cgroup/memory.max", "32212254720\n")
                       .file("/sys/fs/cgroup/memory.current", "31900000000\n")
                       .file("/sys/fs/cgroup/memory.events",
                             "low 0\nhigh 0\nmax 912\noom 2\noom_kill 2\n");
               }},
    AtlasFault{"res-disk-full",
               Step::resources,
               warning,
               [](Machine& m) { m.space("/root", 5120 * mebibyte, 3 * mebibyte); }},
    AtlasFault{"res-inodes-quota",
               Step::resources,
               warning,
               [](Machine& m) { m.space("/root", 5120 * mebibyte, 2048 * mebibyte, 7); }},
    AtlasFault{"res-memlock",
               Step::resources,
               info,
               [](Machine& m) { limit(m, "Max locked memory", "65536"); }},
    AtlasFault{
        "res-pids-limit",
        Step::resources,
        warning,
        [](Machine& m) {
            m.file("/sys/fs/cgroup/pids.max", "512\n").file("/sys/fs/cgroup/pids.current", "509\n");
        }},
    AtlasFault{"res-map-count",
               Step::resources,
               warning,
               [](Machine& m) {
                   std::string maps;
                   for (int i = 0; i < 195; ++i) {
                       maps += "7f0000000000-7f0000001000 rw-p 00000000 00:00 0\n";
                   }
                   m.file("/proc/sys/vm/max_map_count", "200\n").file("/proc/200/maps", maps);
               }},
    // pip replaced what this kernel had loaded.
    AtlasFault{"nb-stale-kernel",
               Step::resources,
               warning,
               [](Machine& m) {
                   m.holder(200,
                            "200 (python3.11) S 100 200 200 0\n",
                            "7f3c00000000-7f3c01000000 r-xp 00000000 00:31 99 " + image_site +
                                "/torch/lib/libtorch_cuda.so (deleted)\n");
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_resource_faults() {
    return faults;
}

}  // namespace envkeep::testing
