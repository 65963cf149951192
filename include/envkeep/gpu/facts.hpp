// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/loaded_libraries.hpp"
#include "envkeep/gpu/probe.hpp"
#include "envkeep/gpu/python_facts.hpp"
#include "envkeep/gpu/version.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the machine says of its graphics cards, and of all that a CUDA call passes on its way: a
// value, read from files alone. What could not be read is empty, and never taken for an answer.
namespace envkeep::gpu {

// On PCI, of vendor 10de, class 0300xx or 0302xx.
struct PciCard {
    std::string address;       // "0000:00:05.0"
    std::uint16_t device = 0;  // PCI device id
    std::string driver;        // "nvidia", "vfio-pci", ...; empty: none is bound
    bool is_off_bus = false;   // its configuration space reads all ones

    friend bool operator==(const PciCard&, const PciCard&) = default;
};

struct PciFacts {
    bool is_readable = false;  // there is a list of PCI devices at all
    std::vector<PciCard> cards;
    std::vector<std::string> switches;  // addresses of NVSwitches
    std::vector<std::string> lost;      // known to the driver, and no more on the bus

    friend bool operator==(const PciFacts&, const PciFacts&) = default;
};

// As /proc/driver/nvidia/gpus/<address>/information has it.
struct CardInformation {
    std::string address;
    std::string model;
    std::string uuid;  // empty until the card was initialised once
    std::optional<unsigned> minor;

    friend bool operator==(const CardInformation&, const CardInformation&) = default;
};

// The driver in the kernel.
struct KernelDriver {
    std::optional<Version> loaded;  // /sys/module/nvidia/version, which is live
    std::optional<Version> told;    // /proc/driver/nvidia/version
    bool is_module_present = false;
    bool is_open = false;         // the open kernel modules
    bool is_proc_a_copy = false;  // the container runtime froze /proc/driver/nvidia at its start
    bool knows_majors = false;    // /proc/devices could be read
    std::map<std::string, unsigned> majors;  // "nvidia", "nvidia-uvm", ... -> major number
    bool is_uvm_loaded = false;              // module or major number
    bool is_made_on_demand = false;          // nvidia-modprobe is there for all: modules and nodes
    std::string disables_hmm;                // parameter uvm_disable_hmm: "Y", "N"
    std::vector<CardInformation> cards;

    [[nodiscard]] std::optional<Version> version() const { return loaded ? loaded : told; }

    friend bool operator==(const KernelDriver&, const KernelDriver&) = default;
};

struct DeviceNode {
    std::string path;
    bool is_device = false;
    unsigned major = 0;
    unsigned minor = 0;
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    int access_error = 0;  // errno that opening it would meet; 0: none

    friend bool operator==(const DeviceNode&, const DeviceNode&) = default;
};

struct NodeFacts {
    std::vector<DeviceNode> cards;                  // /dev/nvidia0, ...
    std::optional<DeviceNode> control;              // /dev/nvidiactl
    std::optional<DeviceNode> uvm;                  // /dev/nvidia-uvm
    bool has_dxg = false;                           // WSL's /dev/dxg
    std::vector<std::string> missing_capabilities;  // nodes of MIG instances that are granted

    [[nodiscard]] bool has_any() const { return control || uvm || !cards.empty(); }

    friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

// What the container was started with, and what its runtime gave it.
struct ContainerFacts {
    bool knows_wishes = false;                       // the environment of process 1 could be read
    std::optional<std::string> visible_devices;      // NVIDIA_VISIBLE_DEVICES
    std::optional<std::string> driver_capabilities;  // NVIDIA_DRIVER_CAPABILITIES
    std::vector<std::string> requirements;  // "NVIDIA_REQUIRE_CUDA=cuda>=12.0", unless disabled
    std::vector<std::string> mounted;       // the driver's files and nodes that were bound in
    bool is_gvisor = false;
    bool is_wsl = false;
    std::vector<std::string> preloaded;  // /etc/ld.so.preload

    friend bool operator==(const ContainerFacts&, const ContainerFacts&) = default;
};

// What a compatibility build of libcuda says of itself in its section .note.cuda.fwd_compatibility.
struct ForwardCompatibility {
    std::string cuda;                // "12.9"
    std::vector<unsigned> branches;  // of kernel drivers that it works with

    friend bool operator==(const ForwardCompatibility&, const ForwardCompatibility&) = default;
};

// A library of the driver, as a process with the notebook's environment finds it.
struct DriverLibrary {
    std::string soname;
    std::optional<FoundLibrary> found;
    std::optional<Version> version;  // in the name of the file: libcuda.so.535.104.05
    bool is_mounted = false;         // bound in by the container runtime
    bool is_stub = false;
    bool is_compat = false;  // of a package for forward compatibility
    std::optional<ForwardCompatibility> forward;
    std::string owner;  // the Debian package that brought it
    // Copies that the search does not take, where it finds none or one of another version than the
    // kernel's driver.
    std::vector<std::string> unused;
    // Where it finds none: of the first of them, where ldconfig looks into no folder that has one;
    // else empty.
    std::string unlisted_folder;

    friend bool operator==(const DriverLibrary&, const DriverLibrary&) = default;
};

// The process whose environment counts: a kernel, the notebook server, else envkeep's own.
struct NotebookProcess {
    std::int32_t pid = 0;                          // 0: envkeep's own environment
    std::string what;                              // "kernel", "server", "this shell"
    std::map<std::string, std::string> variables;  // those that matter to CUDA and Python
    std::string folder;                            // that it is in
    std::vector<std::string> arguments;            // its program first; may hold secrets

    [[nodiscard]] std::string variable(std::string_view name) const {
        const auto found = variables.find(std::string(name));
        return found == variables.end() ? std::string() : found->second;
    }

    [[nodiscard]] bool has(std::string_view name) const {
        return variables.contains(std::string(name));
    }

    friend bool operator==(const NotebookProcess&, const NotebookProcess&) = default;
};

// A process that has a card open.
struct Holder {
    std::int32_t pid = 0;
    std::string name;
    char state = '?';              // as /proc/PID/stat has it: 'Z', 'D', ...
    bool is_kernel = false;        // of a notebook
    std::int32_t forked_from = 0;  // the kernel whose copy it is, as workers of multiprocessing are
    bool is_orphan = false;        // its parent is gone
    unsigned jax_percent = 0;      // of a card's memory, that its jaxlib takes at its start
    bool uses_deleted = false;     // of torch: the files are replaced by now

    friend bool operator==(const Holder&, const Holder&) = default;
};

struct Disk {
    std::string path;  // "/", the home, ...
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    std::uint64_t free_inodes = 0;

    friend bool operator==(const Disk&, const Disk&) = default;
};

// Bytes; none: unlimited, or not known.
struct Resources {
    std::optional<std::uint64_t> address_space;  // of the notebook's process
    std::optional<std::uint64_t> locked_memory;
    std::optional<std::uint64_t> memory_limit;  // of the container's cgroup
    std::optional<std::uint64_t> memory_used;
    std::uint64_t killed_for_memory = 0;  // processes of this cgroup
    std::optional<std::uint64_t> process_limit;
    std::optional<std::uint64_t> processes;
    std::optional<std::uint64_t> map_limit;  // /proc/sys/vm/max_map_count
    std::uint64_t maps = 0;                  // of the notebook's process
    // A file of torch that it has loaded, as /proc/PID/maps has it: "... (deleted)" where that was
    // replaced; of another folder than `import torch` takes by now. Empty: neither.
    std::string stale_torch;
    std::optional<Disk> shared_memory;  // /dev/shm
    std::vector<Disk> disks;
    std::vector<Holder> holders;

    friend bool operator==(const Resources&, const Resources&) = default;
};

// A line `export NAME=VALUE` of a shell's start file.
struct ShellExport {
    std::string file;
    unsigned line = 0;
    std::string name;
    std::string value;  // without quotes; may hold "$"

    friend bool operator==(const ShellExport&, const ShellExport&) = default;
};

// Where clients look for the daemon of NVIDIA's Multi-Process Service.
struct MpsPipe {
    std::string folder;
    bool has_control = false;  // its pipe is there
    bool runs_here = false;    // the process that its pid file names
    bool is_mounted = false;   // from elsewhere, where the daemon may run

    friend bool operator==(const MpsPipe&, const MpsPipe&) = default;
};

// Where the driver keeps code that it compiled.
struct CodeCache {
    std::string folder;
    std::string standing;  // it, or the nearest folder above it that there is
    int access_error = 0;  // errno that writing to that would meet
    // Of a folder of one's own that its mode closes: the mode that opens it; else 0.
    std::uint32_t open_mode = 0;
    std::optional<Disk> disk;

    friend bool operator==(const CodeCache&, const CodeCache&) = default;
};

struct Facts {
    PciFacts pci;
    KernelDriver driver;
    NodeFacts nodes;
    ContainerFacts container;
    NotebookProcess notebook;
    bool is_root = false;                       // envkeep runs as root, and commands need no sudo
    std::vector<std::string> variable_folders;  // of LD_LIBRARY_PATH
    bool has_glibc_loader = false;              // /lib64/ld-linux-x86-64.so.2
    DriverLibrary libcuda;
    DriverLibrary libnvidia_ml;
    DriverLibrary ptx_compiler;
    PythonFacts python;
    std::vector<ShellExport> shell_exports;  // of names that matter to CUDA and Python
    MpsPipe mps;
    CodeCache code_cache;
    Resources resources;
    std::optional<ProbeFacts> probe;  // none: the driver was not loaded

    friend bool operator==(const Facts&, const Facts&) = default;
};

}  // namespace envkeep::gpu
