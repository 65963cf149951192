// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// Memory, processes, disks, and who has the card.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

std::string space_of(const Disk& disk) {
    return fmt::format(
        "{}: {} of {} free", disk.path, human_size(disk.free), human_size(disk.total));
}

std::string counted_processes(std::uint64_t count) {
    return fmt::format("{} {}", count, count == 1 ? "process" : "processes");
}

// Docker gives 64 MiB, which data loaders with workers fill.
std::optional<Finding> shm_small(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<Disk>& shm = facts.resources.shared_memory;
    const bool is_small = shm && shm->total > 0 && shm->total <= 64 * mebibyte;
    const bool is_full = shm && shm->total > 0 && shm->free < mebibyte;
    if (!has_card(facts) || (!is_small && !is_full)) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::warning,
        .title = is_full ? "shared memory is full: workers of a DataLoader end with a bus error"
                         : "shared memory is small: workers of a DataLoader end with a bus error",
        .evidence = {space_of(*shm)},
        .fix = {.commands = {"sudo mount -o remount,size=8G /dev/shm"},
                .text = "num_workers=0, or "
                        "torch.multiprocessing.set_sharing_strategy(\"file_system\"); or where the "
                        "container may mount:"}};
}

std::optional<Finding> shm_for_nccl(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<Disk>& shm = facts.resources.shared_memory;
    constexpr std::uint64_t enough = 1024 * mebibyte;
    if (facts.nodes.cards.size() < 2 || !shm || shm->total == 0 || shm->total >= enough ||
        shm->total <= 64 * mebibyte) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::warning,
                   .title = "shared memory is small for NCCL between several cards",
                   .evidence = {space_of(*shm)},
                   .fix = exported(facts, "NCCL_SHM_DISABLE=1")};
}

// CUDA reserves addresses for all memory of its cards, and its libraries take several GiB. How much
// it is in the end no file tells.
std::optional<Finding> address_space(const Facts& facts, const CompatData& data) {
    if (!has_card(facts) || !facts.resources.address_space) {
        return std::nullopt;
    }
    constexpr std::uint64_t least = std::uint64_t{16} << 30U;
    std::uint64_t wanted = least;
    for (const PciCard& card : facts.pci.cards) {
        const auto model = data.card(card.device);
        wanted += is_own_card(facts, card)
                      ? (model ? memory_of(model->name) : std::nullopt).value_or(least)
                      : 0;
    }
    const std::uint64_t limit = *facts.resources.address_space;
    return Finding{
        .severity = limit < least    ? Severity::error
                    : limit < wanted ? Severity::warning
                                     : Severity::info,
        .title = limit < least ? "the address space of the notebook is limited: CUDA cannot "
                                 "start (errors 2 and 304)"
                 : limit < wanted
                     ? "the address space of the notebook is limited to less than CUDA "
                       "may reserve (errors 2 and 304)"
                     : "the address space of the notebook is limited",
        .evidence = {fmt::format(
            "/proc/{}/limits: Max address space {}",
            facts.notebook.pid == 0 ? std::string("self") : std::to_string(facts.notebook.pid),
            human_size(*facts.resources.address_space))},
        .fix = {.commands = {"ulimit -v unlimited"},
                .text = facts.notebook.pid == 0
                            ? std::string()
                            : "a notebook has the limit of its server: before that starts"}};
}

std::optional<Finding> killed(const Facts& facts, const CompatData& /*data*/) {
    const Resources& resources = facts.resources;
    if (resources.killed_for_memory == 0) {
        return std::nullopt;
    }
    Finding finding{
        .severity = Severity::warning,
        .title = fmt::format("the kernel has ended {} here for want of main memory",
                             counted_processes(resources.killed_for_memory)),
        .evidence = {fmt::format("/sys/fs/cgroup: oom_kill {}", resources.killed_for_memory)},
        .fix = {.text = "smaller batches, fewer workers, or a machine with more memory"}};
    if (resources.memory_limit && resources.memory_used) {
        finding.evidence.push_back(fmt::format("memory: {} of {} used",
                                               human_size(*resources.memory_used),
                                               human_size(*resources.memory_limit)));
    }
    return finding;
}

bool is_full(const Disk& disk) {
    constexpr std::uint64_t least = 200 * mebibyte;
    // Small ones, as the layer over an image that cannot be written, may be as good as empty.
    return disk.total > 0 && disk.free < least && disk.free < disk.total / 4;
}

// The one that holds a folder: of those that were looked at the deepest.
const Disk* disk_of(const Facts& facts, const std::string& folder) {
    const Disk* deepest = nullptr;
    for (const Disk& disk : facts.resources.disks) {
        if (is_path_within(folder, disk.path) &&
            (deepest == nullptr || disk.path.size() > deepest->path.size())) {
            deepest = &disk;
        }
    }
    return deepest;
}

std::optional<Finding> disk_full(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{
        .severity = Severity::warning,
        .title = "a disk is full: installs and checkpoints are cut short",
        .fix = {.text = "free space ('envkeep gc'), or set TMPDIR to a folder with room"}};
    for (const Disk& disk : facts.resources.disks) {
        if (is_full(disk)) {
            finding.evidence.push_back(space_of(disk));
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    // pip's cache is in the home.
    const Disk* const disk = disk_of(facts, facts.notebook.variable("HOME"));
    if (!facts.python.notebooks.empty() && (disk == nullptr || is_full(*disk))) {
        finding.fix.commands = {pip_cache_purge(facts.python.notebooks.front())};
    }
    return finding;
}

std::optional<Finding> inodes(const Facts& facts, const CompatData& /*data*/) {
    // File systems without such a limit say 0 too: they have room.
    for (const Disk& disk : facts.resources.disks) {
        if (disk.free_inodes > 0 && disk.free_inodes < 100) {
            return Finding{.severity = Severity::warning,
                           .title = "a disk takes no more files",
                           .evidence = {fmt::format(
                               "{}: {} more", disk.path, counted(disk.free_inodes, "file"))},
                           .fix = {.text = "delete caches of many small files"}};
        }
    }
    return std::nullopt;
}

std::optional<Finding> process_limit(const Facts& facts, const CompatData& /*data*/) {
    const Resources& resources = facts.resources;
    if (!resources.process_limit || !resources.processes ||
        *resources.processes + 16 < *resources.process_limit) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::warning,
        .title = "the container may start no more threads",
        .evidence = {fmt::format("/sys/fs/cgroup/pids.current: {} of {}",
                                 *resources.processes,
                                 *resources.process_limit)},
        .fix = {.who = Who::restart, .text = "fewer workers, or a container with a higher limit"}};
}

std::optional<Finding> map_count(const Facts& facts, const CompatData& /*data*/) {
    const Resources& resources = facts.resources;
    if (!resources.map_limit || resources.maps * 10 < *resources.map_limit * 9) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::warning,
                   .title = "the notebook has nearly as many mappings as the kernel allows",
                   .evidence = {fmt::format("/proc/{}/maps: {} of {} mappings",
                                            facts.notebook.pid,
                                            resources.maps,
                                            *resources.map_limit)},
                   .fix = {.who = Who::host,
                           .text = "fewer and larger buffers; the host can raise "
                                   "vm.max_map_count"}};
}

std::optional<Finding> zombies(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{.severity = Severity::info,
                    .title =
                        "programs that no notebook has started have the card open, and its "
                        "memory",
                    .fix = {.text = "if they are left of something that is over:"}};
    std::string pids;
    for (const Holder& holder : facts.resources.holders) {
        const bool is_over = holder.state == 'Z';
        const bool is_left =
            is_over || (holder.is_orphan && !holder.is_kernel && holder.name.starts_with("python"));
        if (is_left && holder.pid != facts.notebook.pid) {
            if (is_over) {
                finding.severity = Severity::warning;
                finding.title = "processes that are over still have the card open";
            }
            finding.evidence.push_back(fmt::format("/proc/{}: {}, state {}{}",
                                                   holder.pid,
                                                   printable(holder.name),
                                                   holder.state,
                                                   holder.is_orphan ? ", its parent is gone" : ""));
            pids += ' ' + std::to_string(holder.pid);
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    finding.fix.commands = {"kill" + pids};
    return finding;
}

std::optional<Finding> other_kernels(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{.severity = Severity::info,
                    .title = "other notebooks have the card open too, and its memory",
                    .fix = {.text = "shut down the kernels that you do not need"}};
    for (const Holder& holder : facts.resources.holders) {
        if (holder.is_kernel && holder.pid != facts.notebook.pid) {
            finding.evidence.push_back(
                fmt::format("/proc/{}: {}", holder.pid, printable(holder.name)));
        }
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

std::optional<Finding> jax_prealloc(const Facts& facts, const CompatData& /*data*/) {
    const std::vector<Holder>& holders = facts.resources.holders;
    const auto jax = std::ranges::max_element(holders, {}, &Holder::jax_percent);
    // All of them get an equal part at least.
    if (jax == holders.end() || holders.size() < 2 || jax->jax_percent * holders.size() <= 100) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::warning,
        .title = fmt::format("jax takes {} % of the card's memory at its start", jax->jax_percent),
        .evidence = {fmt::format("/proc/{}/maps: jaxlib", jax->pid),
                     fmt::format("{} have the card open", counted_processes(holders.size()))},
        .fix = exported(facts, "XLA_PYTHON_CLIENT_PREALLOCATE=false")};
}

// What a torch without CUDA left in a process never opens the card, which holders do.
std::optional<Finding> stale_kernel(const Facts& facts, const CompatData& /*data*/) {
    const std::string& loaded = facts.resources.stale_torch;
    if (!loaded.empty()) {
        const bool is_replaced =
            loaded.ends_with(" (deleted)") || loaded.find("/lib/.nfs") != std::string::npos;
        return Finding{
            .severity = is_replaced ? Severity::warning : Severity::info,
            .title = is_replaced ? "the notebook still runs the torch that was replaced under it"
                                 : "the notebook runs another torch than it would import now",
            .evidence = {fmt::format("/proc/{}/maps: {}", facts.notebook.pid, printable(loaded))},
            .fix = {.text = "restart its kernel"}};
    }
    for (const Holder& holder : facts.resources.holders) {
        if (holder.uses_deleted) {
            return Finding{
                .severity = Severity::warning,
                .title = "a notebook still runs the torch that was replaced under it",
                .evidence = {fmt::format("/proc/{}/maps: torch/lib (deleted)", holder.pid)},
                .fix = {.text = "restart its kernel"}};
        }
    }
    return std::nullopt;
}

// Pinned memory of the driver does not count against this limit but under WSL; that of network
// cards does.
std::optional<Finding> locked_memory(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<std::uint64_t>& limit = facts.resources.locked_memory;
    constexpr std::uint64_t least = 64U << 10U;
    const bool is_wsl = facts.container.is_wsl || facts.nodes.has_dxg;
    if (!has_card(facts) || !limit || (*limit > least && !is_wsl)) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::info,
        .title = "little memory may be locked: pin_memory=True may fail though the card is empty",
        .evidence = {fmt::format(
            "/proc/{}/limits: Max locked memory {}",
            facts.notebook.pid == 0 ? std::string("self") : std::to_string(facts.notebook.pid),
            human_size(*limit))},
        .fix = {.commands = {"ulimit -l unlimited"},
                .text = "if it fails: pin_memory=False, or a container with a higher memlock"}};
}

}  // namespace

std::span<const Check> resource_checks() {
    static constexpr std::array checks{
        Check{"res-rlimit-as", address_space},
        Check{"res-gpu-mem-zombie", zombies},
        Check{"nb-stale-kernel", stale_kernel},
        Check{"res-jax-prealloc", jax_prealloc},
        Check{"res-shm-small", shm_small},
        Check{"nccl-shm-small", shm_for_nccl},
        Check{"res-cgroup-mem", killed},
        Check{"res-disk-full", disk_full},
        Check{"res-inodes-quota", inodes},
        Check{"res-pids-limit", process_limit},
        Check{"res-map-count", map_count},
        Check{"res-memlock", locked_memory},
        Check{"res-gpu-mem-own-kernel", other_kernels},
    };
    return checks;
}

}  // namespace envkeep::gpu
