// SPDX-License-Identifier: MIT
#pragma once

#include "peers/ssh_server.hpp"
#include "support/temp_tree.hpp"

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <string>

namespace envkeep::testing {

// A real agent, for as long as this lives.
class Agent {
  public:
    Agent() {
        const std::string text = run_program({"ssh-agent", "-a", socket()});
        const std::size_t at = text.find("SSH_AGENT_PID=") + 14;
        pid_ = std::stoi(text.substr(at));
    }

    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    Agent(Agent&&) = delete;
    Agent& operator=(Agent&&) = delete;

    ~Agent() { ::kill(pid_, SIGKILL); }

    [[nodiscard]] std::string socket() const { return tree_ / "socket"; }

    void add(const std::string& key) const {
        // Passphrases are "secret".
        run_program({"sh",
                     "-c",
                     "printf '#!/bin/sh\\necho secret\\n' >" + (tree_ / "ask") + "; chmod 700 " +
                         (tree_ / "ask") + "; SSH_AUTH_SOCK=" + socket() + " SSH_ASKPASS=" +
                         (tree_ / "ask") + " SSH_ASKPASS_REQUIRE=force ssh-add -q " + key});
    }

  private:
    TempTree tree_;
    pid_t pid_ = 0;
};

}  // namespace envkeep::testing
