// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::gpu {
namespace {

using system::Inspector;

constexpr std::uint64_t largest_proc_file = std::uint64_t{64} << 10U;
constexpr std::uint64_t largest_maps = std::uint64_t{32} << 20U;
constexpr std::uint64_t largest_variables = std::uint64_t{2} << 20U;
constexpr std::uint64_t unlimited = std::uint64_t{1} << 62U;  // cgroup v1 has no word for it

std::string text_of(const Inspector& machine,
                    const std::string& path,
                    std::uint64_t limit = largest_proc_file) {
    return machine.read(path, limit).value_or(std::string());
}

std::optional<std::uint64_t> number_of(const Inspector& machine, const std::string& path) {
    const std::string text = text_of(machine, path);
    const std::optional<std::uint64_t> number = number_in(trimmed(text));
    return number && *number < unlimited ? number : std::nullopt;
}

std::optional<std::uint64_t> first_number_of(const Inspector& machine,
                                             const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        if (const auto number = number_of(machine, path)) {
            return number;
        }
    }
    return std::nullopt;
}

// The soft limit in a line of /proc/PID/limits: "Max locked memory  65536  65536  bytes".
std::optional<std::uint64_t> limit_in(std::string_view limits, std::string_view name) {
    for (const std::string_view line : split(limits, '\n')) {
        if (line.starts_with(name)) {
            const std::string_view rest = trimmed(line.substr(name.size()));
            return number_in(rest.substr(0, rest.find(' ')));
        }
    }
    return std::nullopt;
}

// A line "oom_kill 3" of memory.events or memory.oom_control.
std::uint64_t count_in(std::string_view text, std::string_view name) {
    for (const std::string_view line : split(text, '\n')) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ') {
            return number_in(trimmed(line.substr(name.size()))).value_or(0);
        }
    }
    return 0;
}

void read_cgroup(const Inspector& machine, Resources& resources) {
    const std::string root = "/sys/fs/cgroup";
    resources.memory_limit =
        first_number_of(machine, {root + "/memory.max", root + "/memory/memory.limit_in_bytes"});
    resources.memory_used = first_number_of(
        machine, {root + "/memory.current", root + "/memory/memory.usage_in_bytes"});
    resources.killed_for_memory =
        count_in(text_of(machine, root + "/memory.events"), "oom_kill") +
        count_in(text_of(machine, root + "/memory/memory.oom_control"), "oom_kill");
    resources.process_limit =
        first_number_of(machine, {root + "/pids.max", root + "/pids/pids.max"});
    resources.processes =
        first_number_of(machine, {root + "/pids.current", root + "/pids/pids.current"});
}

// As an image is that is one file: it has no room, and needs none.
bool is_read_only(const std::vector<system::Mount>& mounts, const std::string& path) {
    const auto found = std::ranges::find(mounts, path, &system::Mount::point);
    return found != mounts.end() && found->is_read_only;
}

std::optional<Disk> disk_at(const Inspector& machine, const std::string& path) {
    const Result<system::Space> space = machine.space(path);
    return space ? std::optional(Disk{.path = path,
                                      .total = space->total,
                                      .free = space->free,
                                      .free_inodes = space->free_inodes})
                 : std::nullopt;
}

bool has_card_open(const Inspector& machine, const std::string& folder) {
    for (const system::Entry& descriptor : machine.list(folder + "/fd")) {
        const std::string target =
            machine.link_target(folder + "/fd/" + descriptor.name).value_or(std::string());
        if (target.starts_with("/dev/nvidia") && target != "/dev/nvidiactl") {
            return true;
        }
    }
    return false;
}

constexpr std::string_view torch_library_folder = "/torch/lib/";

// Of /proc/PID/maps: "7f00-7f10 r-xp 00000000 fd:00 12 /x/torch/lib/libc10.so (deleted)". NFS keeps
// what was deleted under another name.
bool is_replaced(std::string_view path) {
    return path.ends_with(" (deleted)") || path.find("/lib/.nfs") != std::string_view::npos;
}

std::string stale_torch_in(std::string_view maps, const std::string& torch) {
    for (const std::string_view line : split(maps, '\n')) {
        const std::string_view path = line.substr(std::min(line.find('/'), line.size()));
        const bool is_of_other = !torch.empty() && !path.starts_with(torch + "/lib/");
        if (path.find(torch_library_folder) != std::string_view::npos &&
            (is_replaced(path) || is_of_other)) {
            return std::string(path);
        }
    }
    return {};
}

// As jaxlib has it: three quarters, unless variables say otherwise.
unsigned preallocated_by_jax(const std::map<std::string, std::string>& variables) {
    const auto value = [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    };
    constexpr unsigned usual = 75;
    const std::string wish = value("XLA_PYTHON_CLIENT_PREALLOCATE");
    if (wish == "false" || wish == "False" || wish == "0" ||
        value("XLA_PYTHON_CLIENT_ALLOCATOR") == "platform") {
        return 0;
    }
    for (const std::string name : {"XLA_CLIENT_MEM_FRACTION", "XLA_PYTHON_CLIENT_MEM_FRACTION"}) {
        // "0.25", ".9"
        const std::string fraction = value(name) + '.';
        const std::size_t point = fraction.find('.');
        const std::string digits =
            fraction.substr(point + 1, fraction.find('.', point + 1) - point - 1) + "00";
        if (number_in(fraction.substr(0, point)).value_or(0) > 0) {
            return 100;
        }
        if (fraction.size() > 1) {
            return static_cast<unsigned>(number_in(digits.substr(0, 2)).value_or(usual));
        }
    }
    return usual;
}

// "12 (python3) S 1 ...": the name may hold any byte but ends at the last parenthesis.
Holder holder_of(const Inspector& machine, std::int32_t pid, const std::string& folder) {
    Holder holder{.pid = pid};
    const std::string stat = text_of(machine, folder + "/stat");
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open != std::string::npos && close != std::string::npos && close > open &&
        close + 4 < stat.size()) {
        holder.name = stat.substr(open + 1, close - open - 1);
        holder.state = stat[close + 2];
        const std::string_view rest = std::string_view(stat).substr(close + 4);
        holder.is_orphan = rest.starts_with("1 ");
    }
    const std::string command = text_of(machine, folder + "/cmdline");
    holder.forked_from = kernel_that_forked(machine, pid, command);
    holder.is_kernel = holder.forked_from == 0 && role_of(command) == Role::kernel;
    const std::string maps = text_of(machine, folder + "/maps", largest_maps);
    if (maps.find("/jaxlib/") != std::string::npos) {
        holder.jax_percent = preallocated_by_jax(
            variables_in(text_of(machine, folder + "/environ", largest_variables)));
    }
    for (const std::string_view line : split(maps, '\n')) {
        holder.uses_deleted = holder.uses_deleted ||
                              (line.find(torch_library_folder) != line.npos && is_replaced(line));
    }
    return holder;
}

std::vector<Holder> find_holders(const Inspector& machine) {
    std::vector<Holder> holders;
    for (const system::Entry& entry : machine.list("/proc")) {
        const std::optional<std::uint64_t> pid = number_in(entry.name);
        const std::string folder = "/proc/" + entry.name;
        if (pid && has_card_open(machine, folder)) {
            holders.push_back(holder_of(machine, static_cast<std::int32_t>(*pid), folder));
        }
    }
    return holders;
}

}  // namespace

Resources observe_resources(const Inspector& machine,
                            const NotebookProcess& notebook,
                            const Surroundings& surroundings,
                            const std::string& torch,
                            bool has_nodes) {
    Resources resources;
    const std::string process =
        "/proc/" + (notebook.pid == 0 ? std::string("self") : std::to_string(notebook.pid));
    const std::string limits = text_of(machine, process + "/limits");
    resources.address_space = limit_in(limits, "Max address space");
    resources.locked_memory = limit_in(limits, "Max locked memory");
    read_cgroup(machine, resources);
    resources.map_limit = number_of(machine, "/proc/sys/vm/max_map_count");
    if (notebook.pid != 0) {
        const std::string maps = text_of(machine, process + "/maps", largest_maps);
        resources.maps = static_cast<std::uint64_t>(std::ranges::count(maps, '\n'));
        resources.stale_torch = stale_torch_in(maps, torch);
    }
    resources.shared_memory = disk_at(machine, "/dev/shm");
    const std::string temporary = notebook.variable("TMPDIR");
    for (const std::string& path : {std::string("/"),
                                    surroundings.home,
                                    temporary.empty() ? std::string("/tmp") : temporary,
                                    surroundings.store}) {
        const bool is_known = path.empty() || is_read_only(surroundings.mounts, path) ||
                              std::ranges::any_of(resources.disks, [&](const Disk& disk) {
                                  return disk.path == path;
                              });
        if (const auto disk = is_known ? std::nullopt : disk_at(machine, path)) {
            resources.disks.push_back(*disk);
        }
    }
    // Nobody holds a card that is not here, and a look at each open file of each process is dear.
    if (has_nodes) {
        resources.holders = find_holders(machine);
    }
    return resources;
}

}  // namespace envkeep::gpu
