// SPDX-License-Identifier: MIT
#include "engine/deletion_group.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Group;

struct Folder {
    std::string_view name;
    snapshot::Domain domain;
};

constexpr std::array<Folder, 5> package_folders{
    Folder{"/site-packages/", snapshot::Domain::python},
    Folder{"/dist-packages/", snapshot::Domain::python},
    Folder{"/lib/node_modules/", snapshot::Domain::npm},
    Folder{"/jupyter/kernels/", snapshot::Domain::jupyter},
    Folder{"/jupyter/labextensions/", snapshot::Domain::jupyter}};
constexpr std::string_view debians_modules = "usr/lib/python3/dist-packages";

// Where dpkg puts things, and hardly anybody else.
bool is_below_a_system_folder(std::string_view path) {
    constexpr std::array<std::string_view, 10> folders{
        "bin", "boot", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "var"};
    return !is_path_within(path, "usr/local") &&
           std::ranges::any_of(
               folders, [&](std::string_view folder) { return is_path_within(path, folder); });
}

// Where the scripts of packages stand, PREFIX/bin of PREFIX/lib/python3.11/site-packages. In /usr
// it is Debian's.
bool is_script_of(const std::string& path, const std::string& site) {
    const std::string prefix(folder_of(folder_of(folder_of(site))));
    return prefix != "usr" && folder_of(path) == prefix + "/bin";
}

// The folder of packages that it lies in, or stands beside; of domain `files` if there is none.
Group place_of(const std::string& path, const Landmarks& landmarks) {
    const std::string whole = '/' + path + '/';
    for (const Folder& folder : package_folders) {
        const std::size_t at = whole.find(folder.name);
        if (at != std::string::npos && !is_path_within(path, debians_modules)) {
            return {.domain = folder.domain,
                    .place = whole.substr(0, at + folder.name.size() - 1),
                    .name = folder_of_group(path)};
        }
    }
    const auto site = std::ranges::find_if(
        landmarks.used_sites, [&](const std::string& one) { return is_script_of(path, one); });
    if (site != landmarks.used_sites.end()) {
        return {.domain = snapshot::Domain::python,
                .place = '/' + *site,
                .name = folder_of_group(path)};
    }
    return {.name = folder_of_group(path)};
}

}  // namespace

bool is_database_of_apt(const std::string& path) {
    return is_path_within(path, "var/lib/dpkg") ||
           is_path_within(path, "var/lib/apt/extended_states");
}

Group group_of_deletion(const std::string& path, const Landmarks& landmarks) {
    Group group = place_of(path, landmarks);
    for (const CondaPrefix& prefix : landmarks.prefixes) {
        // pip writes over what conda brought, and never into conda-meta.
        const bool is_pips = group.domain == snapshot::Domain::python && !prefix.has_changes;
        if (is_path_within(path, prefix.path) && !is_pips) {
            return {.domain = snapshot::Domain::conda,
                    .place = '/' + prefix.path,
                    .name = std::move(group.name)};
        }
    }
    const bool is_of_dpkg = group.domain == snapshot::Domain::files && landmarks.has_dpkg &&
                            !is_path_within(path, landmarks.home) && is_below_a_system_folder(path);
    group.domain = is_of_dpkg ? snapshot::Domain::apt : group.domain;
    return group;
}

std::string folder_of_group(const std::string& path) {
    const std::size_t first = path.find('/');
    const std::size_t second = first == std::string::npos ? first : path.find('/', first + 1);
    return '/' + path.substr(0, second);
}

}  // namespace envkeep::engine
