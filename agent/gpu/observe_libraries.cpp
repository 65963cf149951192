// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/elf.hpp"
#include "gpu/library_search.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{1} << 20U;
// The smallest real libcuda.so has some 10 MB, the toolkit's stub some 50 KB.
constexpr std::uint64_t smallest_driver = std::uint64_t{1} << 20U;

// Where container runtimes and packages put the driver's libraries.
constexpr std::array<std::string_view, 7> library_folders{"/usr/lib/x86_64-linux-gnu",
                                                          "/usr/lib64",
                                                          "/usr/lib",
                                                          "/usr/local/nvidia/lib64",
                                                          "/usr/local/nvidia/lib",
                                                          "/usr/lib/wsl/lib",
                                                          "/opt/nvidia/lib64"};

constexpr std::array<std::string_view, 5> package_beginnings{
    "cuda-", "libcuda", "libnvidia-", "nvidia-", "xserver-xorg-video-nvidia"};

// In "libcuda.so.535.104.05"; none for "libcuda.so.1".
std::optional<Version> version_in_name(std::string_view real) {
    const std::size_t at = real.rfind(".so.");
    const auto version =
        at == std::string_view::npos ? std::nullopt : Version::parse(real.substr(at + 4));
    return version && version->major() >= 100 ? version : std::nullopt;
}

// The Debian package that brought a file, among those that could have.
std::string owner_of(const system::Inspector& machine, const std::string& real) {
    const std::string folder = "/var/lib/dpkg/info";
    for (const system::Entry& entry : machine.list(folder)) {
        const std::string_view name = entry.name;
        const bool is_possible =
            name.ends_with(".list") &&
            std::ranges::any_of(package_beginnings, [&](std::string_view beginning) {
                return name.starts_with(beginning);
            });
        if (!is_possible) {
            continue;
        }
        const std::string list =
            machine.read(folder + '/' + entry.name, largest_list).value_or(std::string());
        const std::vector<std::string_view> lines = split(list, '\n');
        if (std::ranges::find(lines, real) != lines.end()) {
            return std::string(name.substr(0, name.size() - 5));
        }
    }
    return {};
}

std::vector<std::string> copies_of(const system::Inspector& machine, const std::string& soname) {
    std::vector<std::string> copies;
    const std::string base = soname.substr(0, soname.rfind('.'));  // "libcuda.so"
    for (const std::string_view folder : library_folders) {
        for (const system::Entry& entry : machine.list(std::string(folder))) {
            const std::string_view name = entry.name;
            if (name.starts_with(base + '.') && entry.kind != system::Kind::link) {
                copies.push_back(std::string(folder) + '/' + entry.name);
            }
        }
    }
    return copies;
}

}  // namespace

DriverLibrary observe_library(const system::Inspector& machine,
                              const std::vector<system::Mount>& mounts,
                              const LibrarySearch& search,
                              const std::string& soname) {
    DriverLibrary library{.soname = soname, .found = search.find(soname)};
    if (!library.found) {
        library.unused = copies_of(machine, soname);
        return library;
    }
    const std::string& real = library.found->real;
    library.version = version_in_name(real);
    library.is_mounted = std::ranges::find(mounts, real, &system::Mount::point) != mounts.end();
    const bool is_of_wsl = is_path_within(real, "/usr/lib/wsl");
    const Result<system::Node> node = machine.node(real);
    library.is_stub = soname == "libcuda.so.1" && !library.version && !is_of_wsl && node &&
                      node->size < smallest_driver;
    if (soname == "libcuda.so.1" && !library.is_stub) {
        library.forward = forward_compatibility(machine, real);
        library.is_compat =
            library.forward.has_value() || real.find("/compat/") != std::string::npos;
    }
    if (!library.is_mounted) {
        library.owner = owner_of(machine, real);
    }
    return library;
}

}  // namespace envkeep::gpu
