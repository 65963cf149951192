// SPDX-License-Identifier: MIT
#include "envkeep/python/interpreter.hpp"

#include "python/jupyter_rules.hpp"
#include "python/kernel_spec.hpp"
#include "python/version_of.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::python {
namespace {

std::optional<Interpreter> interpreter_at(const std::string& path,
                                          std::string because,
                                          const system::Machine& machine) {
    const auto real = machine.real_path(path);
    if (!real) {
        return std::nullopt;
    }
    auto version = version_of(path, *real, machine);
    if (!version) {
        return std::nullopt;
    }
    return Interpreter{
        .path = *real, .version = *std::move(version), .because = std::move(because)};
}

std::optional<Interpreter> interpreter_on_path(std::string_view program,
                                               const std::string& because,
                                               const system::Machine& machine) {
    for (const std::string& folder : path_folders(machine)) {
        // A wrapper script (pyenv's shims) tells no version: what it would start comes further on.
        if (auto found = interpreter_at(folder + '/' + std::string(program), because, machine)) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<Interpreter> of_spec(const KernelSpec& spec, const system::Machine& machine) {
    const std::string because = "kernelspec " + spec.folder;
    if (spec.program.starts_with('/')) {
        return interpreter_at(spec.program, because, machine);
    }
    if (is_servers_own(spec.program, {}) && !spec.prefix.empty()) {
        if (auto found = interpreter_at(spec.prefix + "/bin/" + spec.program, because, machine)) {
            return found;
        }
        if (auto found = interpreter_at(spec.prefix + "/bin/python3", because, machine)) {
            return found;
        }
    }
    return spec.program.find('/') == std::string::npos
               ? interpreter_on_path(spec.program, because, machine)
               : std::nullopt;
}

}  // namespace

std::optional<Interpreter> default_interpreter(const system::Machine& machine,
                                               const std::string& home,
                                               const std::string& kept_home) {
    for (const KernelSpec& spec : find_kernel_specs(machine, home, kept_home)) {
        if (auto found = of_spec(spec, machine)) {
            return found;
        }
    }
    for (const std::string_view program : {"python3", "python"}) {
        if (auto found = interpreter_on_path(program, "PATH", machine)) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace envkeep::python
