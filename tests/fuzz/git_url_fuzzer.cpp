// SPDX-License-Identifier: MIT
#include "envkeep/git/address.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as the URL of a repository. What is taken reads back as the same, and no part of it
// could be an option or two lines of a protocol.
namespace {

using envkeep::given::require;

bool is_sound(const std::string& part) {
    return !part.starts_with('-') && part.find_first_of(std::string("\0\n\r", 3)) == part.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto address = envkeep::git::parse_address(text);
    if (address) {
        require(is_sound(address->user) && is_sound(address->host) && is_sound(address->path));
        require(!address->path.empty());
        const auto again = envkeep::git::parse_address(address->url());
        require(again.has_value() && *again == *address);
    }
    return 0;
}
