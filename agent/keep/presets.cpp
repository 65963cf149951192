// SPDX-License-Identifier: MIT
#include "envkeep/keep/modes.hpp"

#include <string_view>

namespace envkeep::keep {
namespace {

constexpr std::uint32_t private_file = 0600;
constexpr std::uint32_t public_file = 0644;
constexpr std::uint32_t private_folder = 0700;

// As ssh(1), sshd(8) and ssh-keygen(1) name them.
std::uint32_t ssh_bound(std::string_view name) {
    if (name.ends_with(".pub") || name.starts_with("known_hosts")) {
        return public_file;
    }
    if (name.starts_with("id_") || name == "identity" || name == "config" ||
        name == "environment" || name.starts_with("authorized_keys")) {
        return private_file;
    }
    return private_folder;  // a script of the user's keeps its owner's right to run it
}

}  // namespace

std::uint32_t bound_of(manifest::Preset preset,
                       const RelPath& path,
                       system::Kind kind,
                       bool is_private_key) {
    if (preset == manifest::Preset::none) {
        return 07777;
    }
    if (kind == system::Kind::folder) {
        return private_folder;
    }
    if (preset == manifest::Preset::secrets || is_private_key) {
        return private_file;
    }
    return ssh_bound(path.name());
}

}  // namespace envkeep::keep
