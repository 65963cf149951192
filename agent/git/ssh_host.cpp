// SPDX-License-Identifier: MIT
#include "git/ssh_host.hpp"

#include "envkeep/core/text.hpp"
#include "git/ssh_keys.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace envkeep::git {
namespace {

constexpr std::size_t largest_known_hosts = 16 * 1024 * 1024;

}  // namespace

std::optional<SshError> unsupported_way(const SshSettings& settings, const std::string& host) {
    if (settings.unsupported.empty()) {
        return std::nullopt;
    }
    return SshError{.stage = SshStage::connect,
                    .failure = SshFailure::unsupported_setting,
                    .message = fmt::format("{} is reached in a way that envkeep does not know",
                                           printable(host)),
                    .evidence = settings.unsupported};
}

HostKeyLookup host_key_lookup(const SshSettings& settings, const SshSources& sources) {
    HostKeyLookup lookup{.known = sources.known_hosts,
                         .host = settings.host_name,
                         .port = settings.port,
                         .shown = printable(settings.host_name)};
    if (settings.port != 22) {
        lookup.shown += fmt::format(" port {}", settings.port);
    }
    if (!settings.host_key_alias.empty()) {
        lookup.host = settings.host_key_alias;
        lookup.port = 22;  // ssh forgets the port then
    }
    for (const std::string& path : settings.known_hosts_files) {
        const auto text = sources.read(path);
        if (text && text->size() <= largest_known_hosts) {
            lookup.known.add(*text, shown_path(path, sources.home));
        }
    }
    return lookup;
}

}  // namespace envkeep::git
