// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/way_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

// The device nodes, and what the container runtime gave.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

// Without the cards of other jobs, which a batch system closes while one is open.
std::vector<DeviceNode> nodes_of(const NodeFacts& nodes) {
    std::vector<DeviceNode> all;
    if (std::ranges::find(nodes.cards, 0, &DeviceNode::access_error) == nodes.cards.end()) {
        all = nodes.cards;
    }
    for (const std::optional<DeviceNode>& one : {nodes.control, nodes.uvm}) {
        if (one) {
            all.push_back(*one);
        }
    }
    return all;
}

bool is_set_to(const std::optional<std::string>& variable, std::string_view value) {
    return variable && *variable == value;
}

bool wishes_nothing(const ContainerFacts& container) {
    return is_set_to(container.visible_devices, "") || is_set_to(container.visible_devices, "void");
}

// The runtime did its work in part, or nobody asked it: other checks name why nodes are missing.
bool is_explained_by_wishes(const Facts& facts) {
    const ContainerFacts& container = facts.container;
    return wishes_nothing(container) || is_set_to(container.visible_devices, "none") ||
           (!facts.nodes.has_any() && container.mounted.empty());
}

std::string shown(const DeviceNode& node) {
    return fmt::format("{}: {}:{}, mode {}, owner {}:{}",
                       node.path,
                       node.major,
                       node.minor,
                       octal(node.mode),
                       node.uid,
                       node.gid);
}

std::optional<Finding> nodes_missing(const Facts& facts, const CompatData& /*data*/) {
    const bool is_complete = facts.nodes.control && !facts.nodes.cards.empty();
    if (!has_driver(facts) || is_complete || facts.driver.is_made_on_demand ||
        facts.nodes.has_dxg || is_explained_by_wishes(facts)) {
        return std::nullopt;
    }
    Finding finding{
        .severity = Severity::error,
        .title = "the device nodes of the card are not there",
        .evidence = {fmt::format(
            "kernel driver: {}",
            facts.driver.version() ? facts.driver.version()->text() : "loaded")},
        .fix = {.who = Who::restart,
                .text = "start the container anew with the GPU runtime ('--gpus all'); as root of "
                        "the host 'nvidia-modprobe -c 0 -u' makes them"}};
    if (!facts.nodes.control) {
        finding.evidence.emplace_back("/dev/nvidiactl: not there");
    }
    if (facts.nodes.cards.empty()) {
        finding.evidence.emplace_back("/dev/nvidia0, /dev/nvidia1, ...: none is there");
    }
    return finding;
}

std::optional<Finding> node_permission(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{.severity = Severity::error,
                    .title = "you may not open the device nodes of the card",
                    .fix = {.text = {}}};
    std::string paths;
    for (const DeviceNode& node : nodes_of(facts.nodes)) {
        if (node.access_error == EACCES) {
            finding.evidence.push_back(shown(node));
            paths += ' ' + node.path;
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    finding.fix.commands = {"sudo chmod 666" + paths};
    return finding;
}

// Opening is refused by the device cgroup: the rights that the container began with are gone. The
// mode alone would give EACCES (device_cgroup: EPERM; cgroup v1 and v2).
std::optional<Finding> cgroup_lost(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{
        .severity = Severity::error,
        .title = "the container has lost its right to the card (NVML: Unknown Error)",
        .fix = {.who = Who::restart,
                .text = "restart the notebook; it comes back where the host reloads systemd: then "
                        "its runtime should give devices by CDI"}};
    for (const DeviceNode& node : nodes_of(facts.nodes)) {
        if (node.access_error == EPERM) {
            finding.evidence.push_back(shown(node) + ": opening is not permitted (EPERM)");
        }
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

std::optional<Finding> uvm_node_missing(const Facts& facts, const CompatData& /*data*/) {
    const auto major = facts.driver.majors.find("nvidia-uvm");
    const std::string capabilities = facts.container.driver_capabilities.value_or("compute");
    if (major == facts.driver.majors.end() || facts.nodes.uvm || !facts.nodes.control ||
        facts.driver.is_made_on_demand ||
        (capabilities.find("compute") == std::string::npos && capabilities != "all")) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "the node /dev/nvidia-uvm is not there: CUDA ends with an unknown error (999)",
        .evidence = {fmt::format("/proc/devices: {} nvidia-uvm", major->second),
                     "/dev/nvidia-uvm: not there"},
        .fix = {
            .who = Who::restart,
            .commands = {fmt::format("sudo mknod -m 666 /dev/nvidia-uvm c {} 0", major->second)},
            .text = "restart the notebook, or where the container may make nodes:"}};
}

std::optional<Finding> uvm_stale_major(const Facts& facts, const CompatData& /*data*/) {
    const auto major = facts.driver.majors.find("nvidia-uvm");
    if (major == facts.driver.majors.end() || !facts.nodes.uvm ||
        facts.nodes.uvm->major == major->second) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "the node /dev/nvidia-uvm has the number of an earlier driver",
                   .evidence = {shown(*facts.nodes.uvm),
                                fmt::format("/proc/devices: {} nvidia-uvm", major->second)},
                   .fix = {.who = Who::host,
                           .text = "restart the notebook; if it stays, the host must write its CDI "
                                   "specification anew: 'nvidia-ctk cdi generate'"}};
}

std::optional<Finding> mig_capabilities(const Facts& facts, const CompatData& /*data*/) {
    if (facts.nodes.missing_capabilities.empty()) {
        return std::nullopt;
    }
    Finding finding{
        .severity = Severity::error,
        .title = "the nodes of the MIG instance are not there: CUDA finds no device",
        .fix = {.who = Who::restart, .text = "the container must be started for that MIG device"}};
    for (const std::string& node : facts.nodes.missing_capabilities) {
        finding.evidence.push_back(node + ": not there");
    }
    return finding;
}

std::optional<Finding> no_runtime(const Facts& facts, const CompatData& data) {
    const bool has_none = facts.pci.is_readable && facts.pci.cards.empty();
    if (!has_driver(facts) || has_none || facts.nodes.has_any() || facts.nodes.has_dxg ||
        !facts.container.mounted.empty() || wishes_nothing(facts.container) ||
        is_set_to(facts.container.visible_devices, "none")) {
        return std::nullopt;
    }
    const std::string wish =
        facts.container.visible_devices
            ? '=' + printable(*facts.container.visible_devices) + ", and nobody heard it"
            : std::string(facts.container.knows_wishes ? ": not set" : ": cannot be read");
    return Finding{
        .severity = Severity::error,
        .title = "the container was started without the NVIDIA runtime",
        .evidence = {facts.pci.cards.empty()
                         ? "/sys/module/nvidia: the host has loaded the driver"
                         : "/sys/bus/pci/devices: " + name_of(facts.pci.cards.front(), data),
                     "/dev: no nvidia node; /proc/self/mountinfo: nothing of the driver",
                     "NVIDIA_VISIBLE_DEVICES" + wish},
        .fix = {.who = Who::restart,
                .text = "start it with '--gpus all', or with the runtime class of the GPU"}};
}

std::optional<Finding> visible_void(const Facts& facts, const CompatData& /*data*/) {
    if (!has_driver(facts) || !wishes_nothing(facts.container) || facts.nodes.has_any()) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "the container asked for no GPU: NVIDIA_VISIBLE_DEVICES is empty or void",
        .evidence = {fmt::format("/proc/1/environ: NVIDIA_VISIBLE_DEVICES={}",
                                 printable(*facts.container.visible_devices))},
        .fix = {.who = Who::restart,
                .text = "take the variable out of the image or set it to 'all', then start the "
                        "notebook again"}};
}

std::optional<Finding> visible_none(const Facts& facts, const CompatData& /*data*/) {
    if (!has_driver(facts) || !is_set_to(facts.container.visible_devices, "none") ||
        !facts.nodes.cards.empty()) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "the container asked for the driver without a card: NVIDIA_VISIBLE_DEVICES=none",
        .evidence = {"/proc/1/environ: NVIDIA_VISIBLE_DEVICES=none", "/dev: no /dev/nvidia0"},
        .fix = {.who = Who::restart,
                .text = "set it to 'all' or an index, then start the notebook again"}};
}

// Some providers bring it by means of their own. One that the image brings, for another driver or
// for compatibility, is none.
bool has_drivers_libcuda(const Facts& facts) {
    const DriverLibrary& library = facts.libcuda;
    const std::optional<Version> kernel = facts.driver.version();
    const bool is_of_kernel = !kernel || !library.version || *kernel == *library.version;
    const auto is_libcuda = [](const std::string& path) {
        return path.find("/libcuda.so.") != std::string::npos;
    };
    return (library.found && !library.is_stub && (library.is_mounted || is_of_kernel)) ||
           std::ranges::any_of(facts.container.mounted, is_libcuda);
}

std::optional<Finding> no_compute(const Facts& facts, const CompatData& /*data*/) {
    const std::string wish = facts.container.driver_capabilities.value_or("");
    const bool has_driver_library = has_drivers_libcuda(facts);
    if (!has_driver(facts) || wish.empty() || wish == "all" ||
        wish.find("compute") != std::string::npos || has_driver_library) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title =
            "the container asked for a driver without CUDA: NVIDIA_DRIVER_CAPABILITIES lacks "
            "'compute'",
        .evidence = {"/proc/1/environ: NVIDIA_DRIVER_CAPABILITIES=" + printable(wish)},
        .fix = {.who = Who::restart,
                .text = "set NVIDIA_DRIVER_CAPABILITIES=compute,utility in the image or the start "
                        "command, then start the notebook again"}};
}

// "cuda>=12.0 brand=tesla,driver>=450": the first version that `cuda>=` names.
std::optional<Version> wanted_cuda(std::string_view requirement) {
    const std::size_t at = requirement.find("cuda>=");
    return at == std::string_view::npos ? std::nullopt : Version::parse(requirement.substr(at + 6));
}

// That a package for forward compatibility gives, where the loader takes its libcuda.
std::optional<Version> cuda_of_compat(const DriverLibrary& libcuda, const CompatData& data) {
    if (!libcuda.is_compat) {
        return std::nullopt;
    }
    return libcuda.forward   ? Version::parse(libcuda.forward->cuda)
           : libcuda.version ? data.highest_cuda(*libcuda.version)
                             : std::nullopt;
}

std::optional<Finding> unsatisfied(const Facts& facts, const CompatData& data) {
    const std::optional<Version> driver = facts.driver.version();
    std::optional<Version> highest = driver ? data.highest_cuda(*driver) : std::nullopt;
    if (const auto compat = cuda_of_compat(facts.libcuda, data); compat && highest < compat) {
        highest = compat;
    }
    for (const std::string& requirement : facts.container.requirements) {
        const std::optional<Version> wanted = wanted_cuda(requirement);
        // Alternatives for data-centre drivers make more than this one sentence true.
        const bool has_alternative = requirement.find("driver>=") != std::string::npos;
        if (highest && wanted && *wanted > *highest && !has_alternative) {
            return Finding{
                .severity = Severity::warning,
                .title = fmt::format("the image asks for CUDA {}, and this driver gives {}: on "
                                     "other hosts it will not start",
                                     wanted->text(),
                                     highest->text()),
                .evidence = {"/proc/1/environ: " + printable(requirement),
                             "kernel driver: " + driver->text()},
                .fix = {.text = "an image for an older CUDA, or NVIDIA_DISABLE_REQUIRE=1 where "
                                "nothing needs the newer one"}};
        }
    }
    return std::nullopt;
}

std::optional<Finding> stale_proc(const Facts& facts, const CompatData& /*data*/) {
    if (!facts.driver.is_proc_a_copy || !facts.driver.loaded || !facts.driver.told ||
        *facts.driver.loaded == *facts.driver.told) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = fmt::format("the host changed its driver from {} to {} under this notebook",
                             facts.driver.told->text(),
                             facts.driver.loaded->text()),
        .evidence = {"/proc/driver/nvidia/version: " + facts.driver.told->text() +
                         ", as it was at the container's start",
                     "/sys/module/nvidia/version: " + facts.driver.loaded->text()},
        .fix = {.who = Who::restart, .text = "restart the notebook: it gets the new libraries"}};
}

std::optional<Finding> gvisor(const Facts& facts, const CompatData& /*data*/) {
    if (!facts.container.is_gvisor || !facts.nodes.has_any()) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::info,
        .title = "this container runs in gVisor, which lets only some drivers through",
        .evidence = {"/proc/version: that of gVisor"},
        .fix = {.text = "where CUDA fails here, the host must run a driver that gVisor knows, or "
                        "start the container without it"}};
}

std::optional<Finding> share_hook(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{
        .severity = Severity::info,
        .title = "a hook shares the card between several users, and limits its memory",
        .fix = {.who = Who::host,
                .text = "if CUDA fails or hangs at its first call, the provider must repair the "
                        "hook"}};
    for (const std::string& library : facts.container.preloaded) {
        if (library.find("vgpu") != std::string::npos) {
            finding.evidence.push_back("/etc/ld.so.preload: " + printable(library));
        }
    }
    for (const std::string name :
         {"LD_PRELOAD", "CUDA_DEVICE_MEMORY_LIMIT", "CUDA_DEVICE_SM_LIMIT"}) {
        const std::string value = facts.notebook.variable(name);
        if (!value.empty() && (name != "LD_PRELOAD" || value.find("vgpu") != std::string::npos)) {
            finding.evidence.push_back(fmt::format("{}={}", name, printable(value)));
        }
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

std::optional<Finding> wsl(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<FoundLibrary>& found = facts.libcuda.found;
    if (!facts.nodes.has_dxg || (found && is_path_within(found->real, "/usr/lib/wsl"))) {
        return std::nullopt;
    }
    // Whether the loader knows WSL's folder shows once nothing stands before it.
    model::Fix fix = found ? out_of_the_way(facts, facts.libcuda)
                           : model::Fix{.commands = {"echo /usr/lib/wsl/lib | sudo tee "
                                                     "/etc/ld.so.conf.d/ld.wsl.conf && sudo "
                                                     "ldconfig"},
                                        .text = {}};
    return Finding{.severity = Severity::error,
                   .title = found ? "under WSL a Linux driver hides the one of Windows"
                                  : "under WSL the loader does not reach the driver of Windows",
                   .evidence = {"/dev/dxg: WSL",
                                found ? "libcuda.so.1: " + found->real : "libcuda.so.1: not found"},
                   .fix = std::move(fix)};
}

constexpr std::array nodes{
    Check{"dev-nodes-missing", nodes_missing},
    Check{"ctr-cgroup-lost", cgroup_lost},
    Check{"dev-node-permission", node_permission},
    Check{"dev-uvm-node-missing", uvm_node_missing},
    Check{"dev-uvm-stale-major", uvm_stale_major},
    Check{"dev-mig-caps-missing", mig_capabilities},
};

constexpr std::array wishes{
    Check{"ctr-no-nvidia-runtime", no_runtime},
    Check{"ctr-visible-void", visible_void},
    Check{"ctr-visible-none", visible_none},
    Check{"ctr-caps-no-compute", no_compute},
    Check{"ctr-require-unsatisfied", unsatisfied},
    Check{"ctr-stale-proc", stale_proc},
    Check{"ctr-gvisor-driver", gvisor},
    Check{"ctr-gpu-share-hook", share_hook},
    Check{"ctr-wsl", wsl},
};

}  // namespace

std::span<const Check> node_checks() {
    return nodes;
}

std::span<const Check> container_checks() {
    return wishes;
}

}  // namespace envkeep::gpu
