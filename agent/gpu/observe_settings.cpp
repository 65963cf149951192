// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

// Shell files, the daemon of MPS and the driver's cache of code.
namespace envkeep::gpu {
namespace {

using system::Inspector;

constexpr std::uint64_t largest_shell_file = 256U << 10U;
constexpr std::size_t most_shell_files = 50;
constexpr std::size_t most_exports = 200;

constexpr std::array<std::string_view, 14> starts{"BNB_",
                                                  "CUDA_",
                                                  "JAX_",
                                                  "LD_LIBRARY_PATH",
                                                  "LD_PRELOAD",
                                                  "NCCL_",
                                                  "PYTHONNOUSERSITE",
                                                  "PYTHONPATH",
                                                  "PYTHONUSERBASE",
                                                  "PYTORCH_",
                                                  "TF_",
                                                  "TORCH_",
                                                  "TRITON_",
                                                  "XLA_"};

bool is_for_notebooks(std::string_view name) {
    const bool is_name = std::ranges::all_of(
        name, [](char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
    return is_name && matters(name) && std::ranges::any_of(starts, [&](std::string_view start) {
               return name.starts_with(start);
           });
}

// The first word behind `=`, without quotes around it.
std::string_view value_in(std::string_view text) {
    if (text.starts_with('"') || text.starts_with('\'')) {
        return text.substr(1, std::min(text.find(text.front(), 1), text.size()) - 1);
    }
    return text.substr(0, text.find_first_of(" \t;#&"));
}

// Of a line `export NAME=VALUE` what stands from the name on, if it is one that matters.
std::optional<std::string_view> export_in(std::string_view line) {
    constexpr std::string_view word = "export ";
    line = trimmed(line);
    if (!line.starts_with(word)) {
        return std::nullopt;
    }
    line = trimmed(line.substr(word.size()));
    const std::size_t equals = line.find('=');
    return equals != std::string_view::npos && is_for_notebooks(line.substr(0, equals))
               ? std::optional(line)
               : std::nullopt;
}

void read_exports(std::string_view text, const std::string& file, std::vector<ShellExport>& all) {
    unsigned number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        const auto assignment = export_in(line);
        if (!assignment || all.size() == most_exports) {
            continue;
        }
        const std::size_t equals = assignment->find('=');
        all.push_back({.file = file,
                       .line = number,
                       .name = std::string(assignment->substr(0, equals)),
                       .value = std::string(value_in(assignment->substr(equals + 1)))});
    }
}

constexpr std::string_view profiles = "/etc/profile.d";
constexpr std::array<std::string_view, 4> names_in_home{
    ".bashrc", ".profile", ".bash_profile", ".zshrc"};

std::string folder_above(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

bool is_there(const Inspector& machine, const std::string& path) {
    const auto node = machine.node(path);
    return node && node->kind != system::Kind::absent;
}

bool is_shell_file(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return is_path_within(path, profiles) ||
           std::ranges::find(names_in_home, name) != names_in_home.end();
}

std::string exports_of(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        if (const auto assignment = export_in(line)) {
            const std::size_t equals = assignment->find('=');
            out += "export " + std::string(assignment->substr(0, equals + 1)) +
                   shell_quoted(value_in(assignment->substr(equals + 1)));
        }
        out += '\n';
    }
    return out;
}

std::vector<ShellExport> observe_shell_files(const Inspector& machine, const std::string& home) {
    std::vector<std::string> files;
    for (const std::string_view name : names_in_home) {
        files.push_back(home + '/' + std::string(name));
    }
    const std::string folder(profiles);
    for (const system::Entry& entry : machine.list(folder)) {
        if (entry.name.ends_with(".sh") && files.size() < most_shell_files) {
            files.push_back(folder + '/' + entry.name);
        }
    }
    std::vector<ShellExport> all;
    for (const std::string& file : files) {
        if (const auto text = machine.read(file, largest_shell_file)) {
            read_exports(*text, file, all);
        }
    }
    return all;
}

MpsPipe observe_mps(const Inspector& machine,
                    const std::vector<system::Mount>& mounts,
                    const NotebookProcess& notebook) {
    const std::string wish = notebook.variable("CUDA_MPS_PIPE_DIRECTORY");
    MpsPipe mps{.folder = wish.starts_with('/') ? wish : "/tmp/nvidia-mps"};
    mps.has_control = is_there(machine, mps.folder + "/control");
    mps.is_mounted = std::ranges::any_of(mounts, [&](const system::Mount& mount) {
        return mount.point != "/" && mount.point != "/tmp" &&
               is_path_within(mps.folder, mount.point);
    });
    constexpr std::uint64_t longest = 64;
    const std::string text =
        machine.read(mps.folder + "/nvidia-cuda-mps-control.pid", longest).value_or("");
    if (const auto pid = number_in(trimmed(text))) {
        // The kernel cuts names of processes short.
        mps.runs_here = machine.read("/proc/" + std::to_string(*pid) + "/comm", longest)
                            .value_or("")
                            .starts_with("nvidia-cuda-mps");
    }
    return mps;
}

CodeCache observe_code_cache(const Inspector& machine,
                             const NotebookProcess& notebook,
                             const std::string& home,
                             std::uint32_t uid) {
    const std::string wish = notebook.variable("CUDA_CACHE_PATH");
    const std::string own = notebook.variable("HOME");
    CodeCache cache{.folder = wish.starts_with('/')
                                  ? wish
                                  : (own.starts_with('/') ? own : home) + "/.nv/ComputeCache"};
    cache.standing = cache.folder;
    while (cache.standing != "/" && !is_there(machine, cache.standing)) {
        cache.standing = folder_above(cache.standing);
    }
    cache.access_error = machine.access_error(cache.standing);
    constexpr std::uint32_t open = 0700;
    const auto node = machine.node(cache.standing);
    if (cache.access_error == EACCES && node && node->kind == system::Kind::folder &&
        node->uid == uid && (node->mode & open) != open) {
        cache.open_mode = node->mode | open;
    }
    if (const auto space = machine.space(cache.standing)) {
        cache.disk = Disk{.path = cache.standing,
                          .total = space->total,
                          .free = space->free,
                          .free_inodes = space->free_inodes};
    }
    return cache;
}

}  // namespace envkeep::gpu
