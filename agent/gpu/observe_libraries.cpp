// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/python/folders.hpp"
#include "gpu/elf.hpp"
#include "gpu/library_search.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{1} << 20U;
constexpr std::uint64_t most_of_lists = std::uint64_t{8} << 20U;  // bytes of all together
const std::string package_lists = "/var/lib/dpkg/info";
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

// Lists of packages that could have brought a library of the driver, the likeliest first: of CUDA's
// there are many.
std::vector<std::string> possible_lists(const system::Inspector& machine) {
    constexpr std::size_t most_lists = 500;
    std::vector<std::string> lists;
    for (const system::Entry& entry : machine.list(package_lists)) {
        const std::string_view name = entry.name;
        const bool is_possible =
            name.ends_with(".list") &&
            std::ranges::any_of(package_beginnings, [&](std::string_view beginning) {
                return name.starts_with(beginning);
            });
        if (is_possible) {
            lists.push_back(entry.name);
        }
    }
    std::stable_partition(lists.begin(), lists.end(), [](const std::string& name) {
        return !name.starts_with("cuda-");
    });
    lists.resize(std::min(lists.size(), most_lists));
    return lists;
}

std::vector<std::string> copies_of(python::Folders& folders,
                                   const LibrarySearch& search,
                                   const std::string& soname) {
    std::vector<std::string> copies;
    const std::string beginning = soname.substr(0, soname.rfind('.') + 1);  // "libcuda.so."
    for (const std::string_view folder : library_folders) {
        for (const system::Entry& entry : folders.in(std::string(folder))) {
            if (!entry.name.starts_with(beginning) || entry.kind == system::Kind::link) {
                continue;
            }
            std::string path = std::string(folder) + '/' + entry.name;
            if (search.ends_search(path)) {
                copies.push_back(std::move(path));
            }
        }
    }
    return copies;
}

// Those that the loader could take in the place of `taken`.
std::vector<std::string> other_copies(python::Folders& folders,
                                      const LibrarySearch& search,
                                      const std::string& soname,
                                      const std::string& taken) {
    std::vector<std::string> candidates = copies_of(folders, search, soname);
    for (const auto& path : {search.in_cache(soname), search.in_default_folder(soname)}) {
        if (path) {
            candidates.push_back(*path);
        }
    }
    std::vector<std::string> others;
    for (const std::string& path : candidates) {
        const std::string real = search.real_path(path).value_or(path);
        if (real != taken && std::ranges::find(others, real) == others.end()) {
            others.push_back(real);
        }
    }
    return others;
}

// The folders that ldconfig(8) looks into: those of /etc/ld.so.conf, and its own.
class LoaderFolders {
  public:
    explicit LoaderFolders(python::Folders& folders) : machine_(folders.machine()) {
        const bool has_list = read("/etc/ld.so.conf", 0);
        const bool is_debians = !folders.in(std::string(library_folders[0])).empty();
        // Debian names its own in a file of the list.
        if (is_debians && !has_list) {
            add(library_folders[0]);
        } else if (!is_debians) {
            add("/lib64");
            add("/usr/lib64");
        }
        add("/lib");
        add("/usr/lib");
    }

    [[nodiscard]] bool have(const std::string& folder) const {
        const std::string real = machine_.real_path(folder).value_or(folder);
        return std::ranges::find(folders_, real) != folders_.end();
    }

  private:
    static constexpr std::size_t most = 500;  // folders, and files

    void add(std::string_view folder) {
        if (folders_.size() < most) {
            folders_.push_back(
                machine_.real_path(std::string(folder)).value_or(std::string(folder)));
        }
    }

    // A line is a folder or `include PATTERN`.
    bool read(const std::string& file, unsigned depth) {
        constexpr unsigned deepest = 4;
        const auto text = machine_.read(file, largest_list);
        if (!text || depth == deepest || ++files_ > most) {
            return false;
        }
        for (std::string_view line : split(*text, '\n')) {
            line = trimmed(line.substr(0, line.find('#')));
            constexpr std::string_view include = "include";
            if (line.starts_with('/')) {
                while (line.size() > 1 && line.ends_with('/')) {
                    line.remove_suffix(1);
                }
                add(line);
            } else if (line.starts_with(include)) {
                read_all(std::string(trimmed(line.substr(include.size()))), depth + 1);
            }
        }
        return true;
    }

    // "/etc/ld.so.conf.d/*.conf", "ld.so.conf.d/*.conf".
    void read_all(const std::string& pattern, unsigned depth) {
        const std::string path = pattern.starts_with('/') ? pattern : "/etc/" + pattern;
        const std::size_t name = path.rfind('/') + 1;
        const std::size_t star = path.find('*', name);
        if (star == std::string::npos) {
            read(path, depth);
            return;
        }
        const std::string folder = path.substr(0, name);
        for (const system::Entry& entry : machine_.list(folder.substr(0, name - 1))) {
            if (entry.name.starts_with(path.substr(name, star - name)) &&
                entry.name.ends_with(path.substr(star + 1))) {
                read(folder + entry.name, depth);
            }
        }
    }

    const system::Inspector& machine_;
    std::vector<std::string> folders_;
    std::size_t files_ = 0;
};

// By itself, or with the folder that the host has its driver in, as on Kubernetes of Google's.
bool is_bound(const std::string& real, const std::vector<system::Mount>& mounts) {
    return std::ranges::any_of(mounts, [&](const system::Mount& mount) {
        return mount.point == real || (mount.point.find("/nvidia") != std::string::npos &&
                                       is_path_within(real, mount.point));
    });
}

// A library with a driver's functions that asks nothing of any other: what they do needs at least
// the C library. No driver is as small.
bool is_stub(const system::Inspector& machine, const std::string& real) {
    const Result<Elf> elf = read_elf(machine, real);
    if (!elf || elf->size >= smallest_driver) {
        return false;
    }
    const Result<std::string> names = dynamic_strings(machine, *elf);
    return names && has_name(*names, "cuInit") && undefined_symbols(machine, real, {""}).empty();
}

}  // namespace

DriverLibrary observe_library(python::Folders& folders,
                              const std::vector<system::Mount>& mounts,
                              const LibrarySearch& search,
                              const std::optional<Version>& kernel,
                              const std::string& soname) {
    const system::Inspector& machine = folders.machine();
    DriverLibrary library{.soname = soname, .found = search.find(soname)};
    if (!library.found) {
        library.unused = copies_of(folders, search, soname);
        if (!library.unused.empty()) {
            const LoaderFolders loader(folders);
            const bool is_listed = std::ranges::any_of(
                library.unused,
                [&](const std::string& copy) { return loader.have(std::string(folder_of(copy))); });
            library.unlisted_folder = is_listed ? "" : folder_of(library.unused.front());
        }
        return library;
    }
    const std::string& real = library.found->real;
    library.version = version_in_name(real);
    if (library.version && kernel && *library.version != *kernel) {
        library.unused = other_copies(folders, search, soname, real);
    }
    library.is_mounted = is_bound(real, mounts);
    library.is_stub = soname == "libcuda.so.1" && !library.version && is_stub(machine, real);
    if (soname == "libcuda.so.1" && !library.is_stub) {
        library.forward = forward_compatibility(machine, real);
        library.is_compat =
            library.forward.has_value() || real.find("/compat/") != std::string::npos;
    }
    return library;
}

void find_owners(const system::Inspector& machine, std::span<DriverLibrary* const> libraries) {
    std::vector<DriverLibrary*> wanted;
    std::ranges::copy_if(libraries, std::back_inserter(wanted), [](const DriverLibrary* library) {
        return library->found && !library->is_mounted;
    });
    if (wanted.empty()) {
        return;
    }
    std::uint64_t bytes = 0;
    for (const std::string& name : possible_lists(machine)) {
        if (wanted.empty() || bytes >= most_of_lists) {
            return;
        }
        const std::string list =
            '\n' + machine.read(package_lists + '/' + name, largest_list).value_or(std::string()) +
            '\n';
        bytes += list.size();
        std::erase_if(wanted, [&](DriverLibrary* const library) {
            const bool is_its = list.find('\n' + library->found->real + '\n') != std::string::npos;
            library->owner = is_its ? name.substr(0, name.rfind('.')) : std::string();
            return is_its;
        });
    }
}

}  // namespace envkeep::gpu
