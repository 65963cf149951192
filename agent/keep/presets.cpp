// SPDX-License-Identifier: MIT
#include "envkeep/keep/modes.hpp"

#include <string>
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

// "-----BEGIN RSA PRIVATE KEY-----", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"; also inside
// JSON.
bool has_begin_of_key(std::string_view text) {
    constexpr std::string_view begin = "BEGIN ";
    for (std::size_t at = text.find(begin); at != std::string_view::npos;
         at = text.find(begin, at + begin.size())) {
        const std::string_view line = text.substr(at, text.find_first_of("\r\n", at) - at);
        const std::string_view before = text.substr(0, at);
        if ((before.ends_with("--") || before.ends_with("-- ")) &&
            line.find("PRIVATE KEY") != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// What Windows tools write as UTF-16 reads as text once its zero bytes are gone.
std::string without_zeros(std::string_view head) {
    std::string text(head);
    std::erase(text, '\0');
    return text;
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

bool is_private_key(std::string_view head) {
    const std::string text = without_zeros(head);
    return has_begin_of_key(text) || text.find("PuTTY-User-Key-File-") != std::string::npos ||
           text.find("SSH PRIVATE KEY FILE FORMAT") != std::string::npos;
}

}  // namespace envkeep::keep
