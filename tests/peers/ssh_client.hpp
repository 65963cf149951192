// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/ssh_session.hpp"
#include "envkeep/posix/network.hpp"
#include "peers/ssh_server.hpp"
#include "support/temp_tree.hpp"

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace envkeep::testing {

// A user with a home of its own who connects to an SshServer.
struct SshClient {
    explicit SshClient(std::uint16_t port) {
        home.folder(".ssh", 0700);
        settings.host_name = "127.0.0.1";
        settings.user = "root";
        settings.port = port;
        settings.known_hosts_files = {home / ".ssh/known_hosts"};
        limits = {.connect = std::chrono::seconds(60),
                  .handshake = std::chrono::seconds(60),
                  .stall = std::chrono::seconds(60)};
    }

    // Makes a key in the home that ssh then tries; the text of its public part.
    std::string make_key(const std::string& name, const std::vector<std::string>& options) {
        const std::string path = home / (".ssh/" + name);
        std::vector<std::string> words{"ssh-keygen", "-q", "-C", "me@laptop", "-f", path};
        words.insert(words.end(), options.begin(), options.end());
        run_program(words);
        settings.identity_files.push_back(path);
        return home.content(".ssh/" + name + ".pub");
    }

    void trust(const std::string& lines) { home.file(".ssh/known_hosts", lines); }

    [[nodiscard]] git::SshResult<std::unique_ptr<git::SshSession>> open() {
        const git::SshTarget target{
            .host = settings.host_name, .settings = settings, .limits = limits};
        return git::SshSession::open(target,
                                     {.network = network,
                                      .known_hosts = known_hosts,
                                      .read = read_file,
                                      .mode_of = mode_of,
                                      .home = home.path(),
                                      .stage = [this](git::SshStage begun) {
                                          stages.push_back(begun);
                                          if (at_stage) {
                                              at_stage(begun);
                                          }
                                      }});
    }

    static Result<std::string> read_file(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            return failure(ErrorKind::not_found, "no such file");
        }
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

    // Of this user, without variables.
    [[nodiscard]] git::SshConfigReader config() const {
        return {.read = read_file,
                .names_in = [](const std::string&) { return std::vector<std::string>(); },
                .variable = [](std::string_view) { return std::nullopt; },
                .home = home.path(),
                .local_user = "root",
                .local_host = "laptop",
                .uid = 0};
    }

    static std::optional<std::uint32_t> mode_of(const std::string& path) {
        struct ::stat status{};
        return ::stat(path.c_str(), &status) == 0 ? std::optional(status.st_mode & 07777U)
                                                  : std::nullopt;
    }

    TempTree home;
    git::SshSettings settings;
    git::SshLimits limits;
    git::KnownHosts known_hosts;
    posix::Network network;
    std::vector<git::SshStage> stages;
    std::function<void(git::SshStage)> at_stage;
};

// What a command prints there; its output ends the session.
inline std::string output_of(git::SshSession& session, const std::string& command) {
    std::string text;
    if (auto started = session.run(command); !started) {
        return "cannot run: " + started.error().message;
    }
    std::array<char, 10000> some{};
    while (true) {
        const auto count = session.read(some);
        if (!count) {
            return "cannot read: " + count.error().message;
        }
        if (*count == 0) {
            return text;
        }
        text.append(some.data(), *count);
    }
}

}  // namespace envkeep::testing
