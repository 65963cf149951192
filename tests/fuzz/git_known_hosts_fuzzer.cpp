// SPDX-License-Identifier: MIT
#include "envkeep/git/host_keys.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as a known_hosts file. Whatever it says, a verdict names its source, and what changed
// names what was expected.
using envkeep::given::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::git;
    const std::string text(reinterpret_cast<const char*>(data), size);
    KnownHosts hosts;
    hosts.add(text, "f");
    const HostKey key{.type = "ssh-ed25519", .blob = std::string("\0\0\0\13ssh-ed25519x", 16)};
    for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{2222}}) {
        const HostKeyAnswer answer = hosts.check("h.example", port, key);
        require((answer.verdict == HostKeyVerdict::unknown) == answer.source.empty());
        require((answer.verdict == HostKeyVerdict::changed) == !answer.expected.empty());
        if (answer.verdict == HostKeyVerdict::changed) {
            require(!hosts.types_of("h.example", port).empty());
        }
    }
    return 0;
}
