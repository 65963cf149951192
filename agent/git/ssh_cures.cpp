// SPDX-License-Identifier: MIT
#include "git/ssh_cures.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace envkeep::git {
namespace {

// The big hosts answer ssh on the port of https too.
struct OtherDoor {
    std::string_view host;
    std::string_view name;
};

constexpr std::array<OtherDoor, 3> other_doors{{{"github.com", "ssh.github.com"},
                                                {"gitlab.com", "altssh.gitlab.com"},
                                                {"bitbucket.org", "altssh.bitbucket.org"}}};

bool is_door_shut(const SshError& error) {
    return error.stage == SshStage::connect &&
           (error.failure == SshFailure::refused || error.failure == SshFailure::timed_out ||
            error.failure == SshFailure::unreachable);
}

// Nothing of it is there on many machines that are new.
constexpr std::string_view make_folder = "mkdir -p -m 700 ~/.ssh";

}  // namespace

std::string_view other_door(const SshError& error, const SshSettings& settings) {
    const auto* const door = std::ranges::find(other_doors, settings.host_name, &OtherDoor::host);
    return is_door_shut(error) && settings.port == 22 && door != other_doors.end()
               ? door->name
               : std::string_view();
}

void add_other_door(std::string_view door, const SshSettings& settings, model::Finding& finding) {
    finding.fix.text =
        fmt::format("port 22 may be blocked here; {} is the same host on port 443", door);
    // The first word on a host counts, so it comes first; `Host *` ends it.
    finding.fix.commands.push_back(
        fmt::format("{}; config=$(printf 'Host %s\\n  HostName {}\\n  Port 443\\n  HostKeyAlias "
                    "{}\\nHost *\\n' {}; cat ~/.ssh/config 2>/dev/null); "
                    "printf '%s\\n' \"$config\" >~/.ssh/config",
                    make_folder,
                    door,
                    settings.host_name,
                    shell_quoted(settings.named.empty() ? settings.host_name : settings.named)));
}

void add_known_host(const SshError& error, model::Finding& finding) {
    constexpr std::string_view line = "known_hosts line: ";
    for (const std::string& evidence : error.evidence) {
        if (evidence.starts_with(line)) {
            finding.fix.commands.push_back(
                fmt::format("{} && printf '\\n%s\\n' {} >>~/.ssh/known_hosts",
                            make_folder,
                            shell_quoted(evidence.substr(line.size()))));
        }
    }
}

void add_meant_port(const Address& address, model::Finding& finding) {
    Address meant = address;
    const std::string& path = address.path;
    const auto [end, fault] = std::from_chars(path.data(), path.data() + path.size(), meant.port);
    const auto digits = static_cast<std::size_t>(end - path.data());
    if (address.way != Way::ssh || address.port != 0 || fault != std::errc{} || meant.port == 0 ||
        path.size() < digits + 2 || path[digits] != '/') {
        return;
    }
    meant.path = path.substr(digits);
    finding.fix.text = fmt::format(
        "did you mean {}? Without ssh:// a number behind the host is a folder and no port; else: "
        "{}",
        printable(meant.url()),
        finding.fix.text);
}

}  // namespace envkeep::git
