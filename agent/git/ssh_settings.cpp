// SPDX-License-Identifier: MIT
#include "envkeep/git/ssh_settings.hpp"

#include "envkeep/core/text.hpp"
#include "git/host_pattern.hpp"
#include "git/ssh_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace envkeep::git {
namespace {

// Those of security keys are left out: nobody is there to touch one.
constexpr std::string_view usual_identities =
    "~/.ssh/id_rsa ~/.ssh/id_ecdsa ~/.ssh/id_ed25519 ~/.ssh/id_dsa";
constexpr std::string_view usual_user_hosts = "~/.ssh/known_hosts ~/.ssh/known_hosts2";
constexpr std::string_view usual_machine_hosts =
    "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2";

bool is_none(std::string_view value) {
    return lower_case(value) == "none";
}

// Makes paths of what the files say of one host.
class Expander {
  public:
    Expander(const SshConfigReader& reader, const std::string& host, SshSettings& settings)
        : reader_(reader), host_(host), settings_(settings) {}

    // Absolute; nothing for what cannot be worked out, which is then among the problems.
    std::optional<std::string> path(std::string_view text) {
        std::string out;
        std::string_view rest = text;
        if (rest.starts_with('~')) {
            const std::string_view user = rest.substr(1, rest.find('/') - 1);
            if (!user.empty() && user != reader_.local_user) {
                return unknown(text);
            }
            out = reader_.home;
            rest.remove_prefix(std::min(1 + user.size(), rest.size()));
        }
        while (!rest.empty()) {
            const std::optional<std::string> piece = take_piece(rest);
            if (!piece) {
                return unknown(text);
            }
            out += *piece;
        }
        return out.starts_with('/') ? out : reader_.home + '/' + out;
    }

    void add_paths(const std::vector<std::string>& said,
                   std::string_view usual,
                   std::vector<std::string>& paths) {
        const std::vector<std::string_view> texts =
            said.empty() ? split(usual, ' ')
                         : std::vector<std::string_view>(said.begin(), said.end());
        for (const std::string_view text : texts) {
            std::optional<std::string> one = is_none(text) ? std::nullopt : path(text);
            if (one) {
                paths.push_back(*std::move(one));
            }
        }
    }

    // Of the agent's socket: a path, "none", or the name of the variable that holds it.
    std::string agent(const std::string& said) {
        if (is_none(said)) {
            return {};
        }
        if (said == "SSH_AUTH_SOCK" || (said.starts_with('$') && !said.starts_with("${"))) {
            const std::string_view name = said;
            return reader_.variable(said.starts_with('$') ? name.substr(1) : name).value_or("");
        }
        return path(said).value_or("");
    }

  private:
    // What the next letter, "%h" or "${NAME}" stands for.
    [[nodiscard]] std::optional<std::string> take_piece(std::string_view& rest) const {
        const std::size_t end = rest.starts_with("${") ? rest.find('}') : std::string_view::npos;
        if (end != std::string_view::npos) {
            const std::string_view name = rest.substr(2, end - 2);
            rest.remove_prefix(end + 1);
            return reader_.variable(name);
        }
        if (rest.starts_with('%')) {
            const char letter = rest.size() > 1 ? rest[1] : '\0';
            rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
            return token(letter);
        }
        const char letter = rest.front();
        rest.remove_prefix(1);
        return std::string(1, letter);
    }

    [[nodiscard]] std::optional<std::string> token(char letter) const {
        switch (letter) {
            case '%':
                return "%";
            case 'd':
                return reader_.home;
            case 'h':
                return settings_.host_name;
            case 'i':
                return std::to_string(reader_.uid);
            case 'k':
                return settings_.host_key_alias.empty() ? host_ : settings_.host_key_alias;
            case 'L':
                return reader_.local_host.substr(0, reader_.local_host.find('.'));
            case 'l':
                return reader_.local_host;
            case 'n':
                return host_;
            case 'p':
                return std::to_string(settings_.port);
            case 'r':
                return settings_.user.empty() ? reader_.local_user : settings_.user;
            case 'u':
                return reader_.local_user;
            default:
                return std::nullopt;
        }
    }

    std::nullopt_t unknown(std::string_view text) {
        settings_.problems.push_back(
            fmt::format("cannot tell what {} stands for in ssh's configuration", quoted(text)));
        return std::nullopt;
    }

    const SshConfigReader& reader_;
    const std::string& host_;
    SshSettings& settings_;
};

std::uint16_t port_from(const SshConfig& config, std::uint16_t port) {
    if (port == 0 && config.port) {
        std::from_chars(config.port->data(), config.port->data() + config.port->size(), port);
    }
    return port == 0 ? std::uint16_t{22} : port;
}

HostKeyChecking checking_from(const std::optional<std::string>& said) {
    const std::string value = lower_case(said.value_or("yes"));
    if (value == "no" || value == "false" || value == "off") {
        return HostKeyChecking::no;
    }
    return value == "accept-new" ? HostKeyChecking::accept_new : HostKeyChecking::yes;
}

bool is_yes(const std::optional<std::string>& said) {
    const std::string value = lower_case(said.value_or("no"));
    return value == "yes" || value == "true";
}

}  // namespace

SshSettings resolve_ssh(const SshConfigReader& reader,
                        const std::string& host,
                        const std::string& user,
                        std::uint16_t port) {
    SshConfig config = read_ssh_config(reader, host, user);
    SshSettings settings{.named = host,
                         .host_name = config.host_name.value_or(lower_case(host)),
                         .user = user.empty() ? config.user.value_or("") : user,
                         .port = port_from(config, port),
                         .identity_files = {},
                         .has_own_identities = !config.identity_files.empty(),
                         .certificate_files = {},
                         .identities_only = is_yes(config.identities_only),
                         .identity_agent = {},
                         .known_hosts_files = {},
                         .host_key_checking = checking_from(config.host_key_checking),
                         .host_key_alias = lower_case(config.host_key_alias.value_or("")),
                         .unsupported = std::move(config.unsupported),
                         .has_proxy = config.has_proxy,
                         .problems = std::move(config.problems)};
    Expander expander(reader, host, settings);
    expander.add_paths(config.identity_files, usual_identities, settings.identity_files);
    expander.add_paths(config.certificate_files, "none", settings.certificate_files);
    settings.identity_agent = expander.agent(config.identity_agent.value_or("SSH_AUTH_SOCK"));
    expander.add_paths(config.user_known_hosts, usual_user_hosts, settings.known_hosts_files);
    expander.add_paths(config.global_known_hosts, usual_machine_hosts, settings.known_hosts_files);
    return settings;
}

}  // namespace envkeep::git
