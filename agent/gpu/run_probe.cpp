// SPDX-License-Identifier: MIT
#include "envkeep/gpu/run_probe.hpp"

#include "embedded/gpu_probe.hpp"
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"
#include "gpu/read_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace envkeep::gpu {
namespace {

using Variables = std::map<std::string, std::string>;

// What has been seen to keep CUDA from working.
constexpr std::array<std::string_view, 17> suspects{"CUDA_VISIBLE_DEVICES",
                                                    "LD_LIBRARY_PATH",
                                                    "LD_PRELOAD",
                                                    "LD_AUDIT",
                                                    "CUDA_MPS_PIPE_DIRECTORY",
                                                    "CUDA_INJECTION64_PATH",
                                                    "NVTX_INJECTION64_PATH",
                                                    "NSIGHT_CUDA_DEBUGGER",
                                                    "CUDA_DISABLE_PTX_JIT",
                                                    "CUDA_DISABLE_JIT",
                                                    "CUDA_FORCE_PTX_JIT",
                                                    "CUDA_FORCE_JIT",
                                                    "CUDA_MODULE_LOADING",
                                                    "CUDA_PROFILE",
                                                    "COMPUTE_PROFILE",
                                                    "CUDA_DEVICE_MEMORY_LIMIT",
                                                    "CUDA_ENABLE_COREDUMP_ON_EXCEPTION"};

// A list of the loader's, which takes what is relative in it from the folder that the notebook's
// process is in: the probe is in another.
std::string made_absolute(std::string_view list,
                          std::string_view separators,
                          const std::string& folder) {
    std::string out;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t end = std::min(list.find_first_of(separators, at), list.size());
        const std::string_view part = list.substr(at, end - at);
        // "$ORIGIN" and the like are the loader's own words.
        if (!part.starts_with('/') && !part.starts_with('$')) {
            out += folder + '/';
        }
        out += list.substr(at, end - at + 1);
        at = end + 1;
    }
    return out;
}

void find_as_in(const std::string& folder, Variables& variables) {
    if (!folder.starts_with('/')) {
        return;
    }
    const auto paths = variables.find("LD_LIBRARY_PATH");
    if (paths != variables.end() && !paths->second.empty()) {
        paths->second = made_absolute(paths->second, ":;", folder);
    }
    // Of files a name without a slash is looked for as libraries are.
    for (const char* const name : {"LD_PRELOAD", "LD_AUDIT"}) {
        const auto files = variables.find(name);
        if (files == variables.end()) {
            continue;
        }
        std::string out;
        for (const std::string_view list : split(files->second, ' ')) {
            for (const std::string_view file : split(list, ':')) {
                const bool is_path = file.find('/') != std::string_view::npos;
                out += out.empty() || file.empty() ? "" : ":";
                out += is_path ? made_absolute(file, ":", folder) : std::string(file);
            }
        }
        files->second = std::move(out);
    }
}

Variables environment_of(const system::Inspector& machine, const NotebookProcess& notebook) {
    constexpr std::uint64_t largest = std::uint64_t{2} << 20U;
    const std::string path =
        notebook.pid == 0 ? "/proc/self/environ" : fmt::format("/proc/{}/environ", notebook.pid);
    const Result<std::string> environ = machine.read(path, largest);
    Variables all = environ ? variables_in(*environ) : notebook.variables;
    // And what the kernelspec adds to the server's, where no kernel runs yet.
    for (const auto& [name, value] : notebook.variables) {
        const auto own = all.find(name);
        if (own == all.end() || told_value(own->second) != value) {
            all[name] = value;
        }
    }
    find_as_in(notebook.folder, all);
    // A cache of compiled code is not ours to leave.
    all["CUDA_CACHE_DISABLE"] = "1";
    return all;
}

class Runner {
  public:
    Runner(system::Processes& processes, Variables variables)
        : processes_(processes), variables_(std::move(variables)) {}

    // With the variables but those left out; what is told of the cards goes to `facts`.
    ProbePass run(std::span<const std::string> passes,
                  std::chrono::milliseconds limit,
                  const std::vector<std::string>& left_out,
                  ProbeFacts& facts) {
        system::Command command{.words = {"envkeep-gpu-probe"},
                                .image = embedded::gpu_probe::gpu_probe,
                                .limit = limit,
                                .folders = folders()};
        command.words.insert(command.words.end(), passes.begin(), passes.end());
        for (const auto& [name, value] : variables_) {
            if (std::ranges::find(left_out, name) == left_out.end()) {
                command.environment.push_back(fmt::format("{}={}", name, value));
            }
        }
        ProbePass pass;
        const Result<system::CommandEnd> end = processes_.run(command);
        if (!end) {
            pass.not_started = end.error().message;
            return pass;
        }
        pass.is_over_time = end->is_over_time;
        pass.is_stuck = end->is_stuck;
        pass.signal = end->signal;
        read_records(end->output, pass, facts);
        pass.is_complete = pass.is_complete && end->is_well();
        return pass;
    }

    // The proof that a variable is to blame: first without all that might be, then, where that
    // works, with each alone, which takes long only for those that make it hang.
    std::optional<ProbeTrial> try_without(const std::string& pass,
                                          std::chrono::milliseconds limit) {
        ProbeTrial trial;
        for (const std::string_view suspect : suspects) {
            if (variables_.contains(std::string(suspect))) {
                trial.left_out.emplace_back(suspect);
            }
        }
        if (trial.left_out.empty()) {
            return std::nullopt;
        }
        const std::array words{pass};
        const auto works_without = [&](const std::vector<std::string>& left_out) {
            ProbeFacts facts;
            return run(words, limit, left_out, facts).is_well();
        };
        trial.is_well = works_without(trial.left_out);
        // The driver may be found by that variable alone, and another be to blame.
        constexpr std::string_view path = "LD_LIBRARY_PATH";
        if (!trial.is_well && trial.left_out.size() > 1 && std::erase(trial.left_out, path) != 0) {
            trial.is_well = works_without(trial.left_out);
        }
        if (!trial.is_well) {
            return trial;
        }
        for (const std::string& name : trial.left_out) {
            std::vector<std::string> others = trial.left_out;
            std::erase(others, name);
            if (others.empty() || !works_without(others)) {
                trial.culprits.push_back(name);
            }
        }
        if (trial.culprits.empty()) {
            trial.culprits = trial.left_out;
        }
        return trial;
    }

  private:
    [[nodiscard]] std::vector<std::string> folders() const {
        std::vector<std::string> out{
            variable("XDG_RUNTIME_DIR"), "/dev/shm", "/tmp", variable("HOME")};
        std::erase_if(out, [](const std::string& folder) { return !folder.starts_with('/'); });
        return out;
    }

    [[nodiscard]] std::string variable(const std::string& name) const {
        const auto found = variables_.find(name);
        return found == variables_.end() ? std::string() : found->second;
    }

    system::Processes& processes_;
    Variables variables_;
};

}  // namespace

bool is_of_user(const system::Inspector& machine,
                const NotebookProcess& notebook,
                std::uint32_t uid) {
    constexpr std::uint64_t largest = 64U << 10U;
    // The owner of its folder may be root whoever runs it: proc(5).
    const std::string status =
        machine.read(fmt::format("/proc/{}/status", notebook.pid), largest).value_or(std::string());
    return notebook.pid == 0 ||
           status.find(fmt::format("\nUid:\t{0}\t{0}\t", uid)) != std::string::npos;
}

ProbeFacts run_probe(system::Processes& processes,
                     const system::Inspector& machine,
                     const NotebookProcess& notebook,
                     const ProbeWish& wish) {
    Runner runner(processes, environment_of(machine, notebook));
    ProbeFacts facts;
    const std::array<std::string, 2> asked{"kernel", "nvml"};
    facts.nvml = runner.run(asked, wish.nvml_limit, {}, facts);
    if (!facts.nvml->is_well() && facts.nvml->not_started.empty()) {
        facts.nvml->trial = runner.try_without("nvml", wish.nvml_limit);
    }
    if (wish.depth == ProbeDepth::compute && facts.nvml->not_started.empty()) {
        const std::array<std::string, 1> computed{"cuda"};
        facts.libcuda = runner.run(computed, wish.cuda_limit, {}, facts);
        if (!facts.libcuda->is_well()) {
            facts.libcuda->trial = runner.try_without("cuda", wish.cuda_limit);
        }
    }
    return facts;
}

}  // namespace envkeep::gpu
