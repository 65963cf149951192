// SPDX-License-Identifier: MIT
#pragma once

#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"
#include "unit/git/real_git.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// WithRealGit, where `remote.git` is reached over a real server behind a proxy.
class RemoteCopy : public git::testing::WithRealGit {
  protected:
    void serve_ssh(const std::string& config = {}) {
        ssh_ = std::make_unique<SshServer>(config);
        client_.trust(ssh_->known_hosts());
        ssh_->authorize(client_.make_key("id_ed25519", {"-t", "ed25519", "-N", ""}));
        base_ = fmt::format("ssh://root@127.0.0.1:{}{}/", ssh_->port(), tree_.path());
        interfere = [this](Interference how) { ssh_->interfere(how); };
        sent = [this] { return ssh_->sent(); };
    }

    void serve_git() {
        proxy_ = std::make_unique<ServerBehindProxy>([this] {
            return start_server({"git",
                                 "daemon",
                                 "--inetd",
                                 "--export-all",
                                 "--enable=receive-pack",
                                 "--base-path=" + tree_.path(),
                                 tree_.path()});
        });
        behind_proxy("git");
    }

    // `more` are options of git_http.py.
    void serve_https(const std::vector<std::string>& more = {}) {
        shell(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
            "-subj /CN=127.0.0.1 "
            "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out ca.pem 2>&1");
        std::vector<std::string> words{"/usr/bin/python3",
                                       ENVKEEP_TESTS_DIR "/peers/git_http.py",
                                       tree_.path(),
                                       "--tls",
                                       tree_ / "ca.pem",
                                       tree_ / "key.pem"};
        words.insert(words.end(), more.begin(), more.end());
        web_ = std::make_unique<RunningProgram>(words);
        proxy_ = std::make_unique<ServerBehindProxy>([this] { return connect_to(web_port()); });
        behind_proxy("https");
        variables_["SSL_CERT_FILE"] = tree_ / "ca.pem";
    }

    // serve_https behind a proxy that makes tunnels, and through which alone all goes.
    void serve_through_tunnel() {
        serve_https();
        proxy_ = std::make_unique<ServerBehindProxy>(
            [this] { return connect_to(web_port()); },
            [](const posix::Fd& client) {
                answer_request(client, "HTTP/1.1 200 Connection established\r\n\r\n");
            });
        behind_proxy("https");
        go_through(proxy_->port());
        base_ = fmt::format("https://127.0.0.1:{}/", web_port());
    }

    void go_through(std::uint16_t proxy) {
        tree_.file("home/.gitconfig",
                   fmt::format("{}[http]\n\tproxy = http://127.0.0.1:{}\n",
                               tree_.content("home/.gitconfig"),
                               proxy));
    }

    [[nodiscard]] std::uint16_t web_port() const {
        return static_cast<std::uint16_t>(std::stoi(web_->first_line()));
    }

    [[nodiscard]] git::Wish wish() const override {
        return {.subject = "dotfiles", .url = base_ + "remote.git", .folder = tree_ / "copy"};
    }

    [[nodiscard]] git::RemoteAccess remote() override {
        const auto variable = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = variables_.find(name);
            return found == variables_.end() ? std::nullopt : std::optional(found->second);
        };
        return {
            .network = client_.network,
            .config = {.read = SshClient::read_file,
                       .names_in = [this](const std::string& path) { return machine_names(path); },
                       .variable = variable,
                       .home = client_.home.path(),
                       .local_user = "root",
                       .local_host = "laptop",
                       .uid = 0},
            .http = {.token_variable = token_variable_,
                     .token_place = git::token_place(*git::parse_address(wish().url)),
                     .variable = variable,
                     .read = SshClient::read_file,
                     .home = client_.home.path()},
            .pinned = {},
            .mode_of = SshClient::mode_of,
            .limits = client_.limits,
            .progress = {},
            .no_network = false};
    }

    [[nodiscard]] std::vector<std::string> machine_names(const std::string& path) {
        return local().machine.names_in(path);
    }

    std::unique_ptr<SshServer> ssh_;
    std::unique_ptr<RunningProgram> web_;
    std::unique_ptr<ServerBehindProxy> proxy_;
    SshClient client_{0};
    std::map<std::string, std::string, std::less<>> variables_;
    std::string token_variable_;
    std::string base_;
    std::function<void(Interference)> interfere;
    std::function<std::size_t()> sent;

  private:
    void behind_proxy(const std::string& scheme) {
        base_ = fmt::format("{}://127.0.0.1:{}/", scheme, proxy_->port());
        interfere = [this](Interference how) { proxy_->interfere(how); };
        sent = [this] { return proxy_->sent(); };
    }
};

}  // namespace envkeep::testing
