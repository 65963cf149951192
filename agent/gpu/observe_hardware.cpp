// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace envkeep::gpu {
namespace {

using system::Entry;
using system::Inspector;

constexpr std::uint32_t set_uid = 04000;
constexpr std::uint64_t largest_line = 4096;
constexpr std::uint64_t largest_table = 256U << 10U;
const std::string pci_folder = "/sys/bus/pci/devices";
const std::string driver_folder = "/proc/driver/nvidia";

std::string line_of(const Inspector& machine, const std::string& path) {
    return std::string(trimmed(machine.read(path, largest_line).value_or(std::string())));
}

// "0x10de".
std::optional<std::uint32_t> hexadecimal(std::string_view text) {
    if (!text.starts_with("0x")) {
        return std::nullopt;
    }
    text.remove_prefix(2);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

std::optional<unsigned> decimal(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

std::string_view last_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_display(std::uint32_t device_class) {
    return device_class >> 8U == 0x0300 || device_class >> 8U == 0x0302;
}

bool is_bridge(std::uint32_t device_class) {
    return device_class >> 8U == 0x0680;  // what an NVSwitch calls itself
}

bool reads_all_ones(const Inspector& machine, const std::string& folder) {
    return machine.read_at(folder + "/config", 0, 4).value_or(std::string()) ==
           std::string(4, '\xff');
}

PciCard card_at(const Inspector& machine, const std::string& address) {
    const std::string folder = pci_folder + '/' + address;
    const std::string driver = machine.link_target(folder + "/driver").value_or(std::string());
    return {.address = address,
            .device = static_cast<std::uint16_t>(
                hexadecimal(line_of(machine, folder + "/device")).value_or(0)),
            .driver = std::string(last_name(driver)),
            .is_off_bus = reads_all_ones(machine, folder)};
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 ...": the fields are
// divided by two blanks, since branch 515 in two forms.
std::optional<Version> version_of_driver(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::size_t at = line.find("  ");
    while (at != std::string_view::npos) {
        const std::size_t begin = line.find_first_not_of(' ', at);
        if (begin == std::string_view::npos) {
            break;
        }
        if (auto version = Version::parse(line.substr(begin))) {
            return version;
        }
        at = line.find("  ", begin);
    }
    return std::nullopt;
}

// The character devices of /proc/devices: "195 nvidia".
void read_majors(const Inspector& machine, KernelDriver& driver) {
    const Result<std::string> table = machine.read("/proc/devices", largest_table);
    driver.knows_majors = table.has_value();
    if (!table) {
        return;
    }
    for (const std::string_view line : split(*table, '\n')) {
        if (line.starts_with("Block devices")) {
            break;
        }
        const std::string_view words = trimmed(line);
        const std::size_t blank = words.find(' ');
        const std::optional<unsigned> major = decimal(words.substr(0, blank));
        if (major && blank != std::string_view::npos) {
            driver.majors.emplace(words.substr(blank + 1), *major);
        }
    }
}

CardInformation information_of(const Inspector& machine, const std::string& address) {
    CardInformation card{.address = address};
    const std::string text =
        machine.read(driver_folder + "/gpus/" + address + "/information", largest_table)
            .value_or(std::string());
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view key = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (key == "Model") {
            card.model = value;
        } else if (key == "GPU UUID" && value.find('?') == std::string_view::npos) {
            card.uuid = value;
        } else if (key == "Device Minor") {
            card.minor = decimal(value);
        }
    }
    return card;
}

std::optional<DeviceNode> node_at(const Inspector& machine, const std::string& path) {
    const Result<system::Node> node = machine.node(path);
    if (!node || node->kind == system::Kind::absent) {
        return std::nullopt;
    }
    return DeviceNode{.path = path,
                      .is_device = node->is_device,
                      .major = node->major,
                      .minor = node->minor,
                      .mode = node->mode,
                      .uid = node->uid,
                      .gid = node->gid,
                      .access_error = machine.access_error(path)};
}

// The nodes that this container's MIG instances would need, and that are not there. With one of
// them the others may be the host's other containers'.
std::vector<std::string> missing_capabilities(const Inspector& machine) {
    std::vector<std::string> missing;
    bool has_one = false;
    const std::string root = driver_folder + "/capabilities";
    for (const Entry& card : machine.list(root)) {
        const std::string instances = root + '/' + card.name + "/mig";
        for (const Entry& instance : machine.list(instances)) {
            for (const Entry& compute : machine.list(instances + '/' + instance.name)) {
                const std::string access =
                    machine
                        .read(instances + '/' + instance.name + '/' + compute.name + "/access",
                              largest_line)
                        .value_or(std::string());
                const std::size_t at = access.find("DeviceFileMinor:");
                const std::string_view number = trimmed(std::string_view(access).substr(
                    std::min(at + 16, access.size()), access.find('\n', at) - at - 16));
                const std::string node = "/dev/nvidia-caps/nvidia-cap" + std::string(number);
                if (at == std::string::npos || !decimal(number)) {
                    continue;
                }
                if (node_at(machine, node)) {
                    has_one = true;
                } else {
                    missing.push_back(node);
                }
            }
        }
    }
    return has_one ? std::vector<std::string>() : missing;
}

}  // namespace

PciFacts observe_pci(const Inspector& machine) {
    PciFacts facts;
    const std::vector<Entry> devices = machine.list(pci_folder);
    facts.is_readable = !devices.empty();
    for (const Entry& entry : devices) {
        const std::string folder = pci_folder + '/' + entry.name;
        if (line_of(machine, folder + "/vendor") != "0x10de") {
            continue;
        }
        const std::uint32_t kind = hexadecimal(line_of(machine, folder + "/class")).value_or(0);
        if (is_display(kind)) {
            facts.cards.push_back(card_at(machine, entry.name));
        } else if (is_bridge(kind)) {
            facts.switches.push_back(entry.name);
        }
    }
    for (const Entry& entry : machine.list(driver_folder + "/gpus")) {
        if (facts.is_readable &&
            std::ranges::find(facts.cards, entry.name, &PciCard::address) == facts.cards.end()) {
            facts.lost.push_back(entry.name);
        }
    }
    return facts;
}

KernelDriver observe_driver(const Inspector& machine, const std::vector<system::Mount>& mounts) {
    KernelDriver driver;
    driver.loaded = Version::parse(line_of(machine, "/sys/module/nvidia/version"));
    const std::string told =
        machine.read(driver_folder + "/version", largest_table).value_or(std::string());
    driver.told = version_of_driver(told);
    driver.is_open = told.find("Open Kernel Module") != std::string::npos;
    driver.is_module_present = !machine.list("/sys/module/nvidia").empty();
    driver.is_proc_a_copy = std::ranges::any_of(mounts, [](const system::Mount& mount) {
        return mount.point == driver_folder && mount.type == "tmpfs";
    });
    read_majors(machine, driver);
    driver.is_uvm_loaded =
        driver.majors.contains("nvidia-uvm") || !machine.list("/sys/module/nvidia_uvm").empty();
    const Result<system::Node> modprobe = machine.node("/usr/bin/nvidia-modprobe");
    driver.is_made_on_demand = modprobe && (modprobe->mode & set_uid) != 0;
    driver.disables_hmm = line_of(machine, "/sys/module/nvidia_uvm/parameters/uvm_disable_hmm");
    for (const Entry& entry : machine.list(driver_folder + "/gpus")) {
        driver.cards.push_back(information_of(machine, entry.name));
    }
    return driver;
}

NodeFacts observe_nodes(const Inspector& machine) {
    NodeFacts nodes{.control = node_at(machine, "/dev/nvidiactl"),
                    .uvm = node_at(machine, "/dev/nvidia-uvm"),
                    .has_dxg = node_at(machine, "/dev/dxg").has_value(),
                    .missing_capabilities = missing_capabilities(machine)};
    for (const Entry& entry : machine.list("/dev")) {
        const std::string_view name = entry.name;
        if (name.starts_with("nvidia") && decimal(name.substr(6))) {
            if (auto node = node_at(machine, "/dev/" + entry.name)) {
                nodes.cards.push_back(*std::move(node));
            }
        }
    }
    std::ranges::sort(nodes.cards, {}, &DeviceNode::minor);
    return nodes;
}

}  // namespace envkeep::gpu
