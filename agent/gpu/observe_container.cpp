// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <string_view>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_fact = std::uint64_t{2} << 20U;

std::optional<std::string> value_of(const std::map<std::string, std::string>& variables,
                                    const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
}

// libnvidia-container binds files with these words in their names, and the nodes. A volume of a
// user or a platform (/datasets/nvidia) may be called like that, too.
bool is_of_driver(std::string_view point) {
    constexpr std::array<std::string_view, 6> words{
        "libnvidia", "libcuda", "/nvidia", "libvdpau_nvidia", "libnvcuvid", "libnvoptix"};
    constexpr std::array<std::string_view, 7> systems_folders{
        "/dev/", "/etc/", "/lib", "/opt/", "/proc/", "/run/", "/usr/"};
    return std::ranges::any_of(
               systems_folders,
               [&](std::string_view folder) { return point.starts_with(folder); }) &&
           std::ranges::any_of(words, [&](std::string_view word) {
               return point.find(word) != std::string_view::npos;
           });
}

// The kernel version that gVisor shows to every program (pkg/sentry/kernel, Version).
bool is_gvisor(std::string_view version) {
    return version.find("gVisor") != std::string_view::npos ||
           (version.find("4.4.0") != std::string_view::npos &&
            version.find("Sun Jan 10 15:06:54 PST 2016") != std::string_view::npos);
}

}  // namespace

std::map<std::string, std::string> variables_in(std::string_view environ) {
    std::map<std::string, std::string> variables;
    for (const std::string_view entry : split(environ, '\0')) {
        const std::size_t equals = entry.find('=');
        if (equals != std::string_view::npos && equals > 0) {
            // The first of a name is what getenv(3) gives.
            variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
        }
    }
    return variables;
}

ContainerFacts observe_container(const system::Inspector& machine,
                                 const std::vector<system::Mount>& mounts) {
    ContainerFacts facts;
    const Result<std::string> environ = machine.read("/proc/1/environ", largest_fact);
    facts.knows_wishes = environ.has_value();
    const auto variables = variables_in(environ.value_or(std::string()));
    facts.visible_devices = value_of(variables, "NVIDIA_VISIBLE_DEVICES");
    facts.driver_capabilities = value_of(variables, "NVIDIA_DRIVER_CAPABILITIES");
    const std::string disabled = value_of(variables, "NVIDIA_DISABLE_REQUIRE").value_or("");
    for (const auto& [name, value] : variables) {
        if (name.starts_with("NVIDIA_REQUIRE_") && disabled != "1" && disabled != "true") {
            facts.requirements.push_back(name + '=' + value);
        }
    }
    for (const system::Mount& mount : mounts) {
        if (is_of_driver(mount.point)) {
            facts.mounted.push_back(mount.point);
        }
    }
    const std::string version = machine.read("/proc/version", largest_fact).value_or(std::string());
    facts.is_gvisor = is_gvisor(version);
    facts.is_wsl = version.find("microsoft") != std::string::npos ||
                   version.find("Microsoft") != std::string::npos;
    const std::string preload =
        machine.read("/etc/ld.so.preload", largest_fact).value_or(std::string());
    std::string word;
    for (const char byte : preload + '\n') {
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == ':') {
            if (!word.empty()) {
                facts.preloaded.push_back(std::move(word));
            }
            word.clear();
        } else {
            word += byte;
        }
    }
    return facts;
}

}  // namespace envkeep::gpu
