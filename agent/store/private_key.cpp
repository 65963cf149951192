// SPDX-License-Identifier: MIT
#include "store/private_key.hpp"

namespace envkeep::store {
namespace {

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

bool is_open_private_key(std::string_view head) {
    if (head.starts_with("PuTTY-User-Key-File-")) {
        return holds(head, "Encryption: none");
    }
    // Text may stand before it, but no other armour.
    const std::size_t begin = head.find("-----BEGIN ");
    const std::string_view armour =
        begin == std::string_view::npos ? std::string_view{} : head.substr(begin);
    const std::string_view first_line = armour.substr(0, armour.find('\n'));
    if (!holds(first_line, "PRIVATE KEY-----") || holds(first_line, "ENCRYPTED")) {
        return false;
    }
    if (holds(first_line, "OPENSSH")) {
        // "openssh-key-v1", NUL, then the name of the cipher: four bytes of length and "none".
        return holds(armour, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU");
    }
    return !holds(armour, "Proc-Type: 4,ENCRYPTED");
}

}  // namespace envkeep::store
