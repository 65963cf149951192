// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/system/network.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

struct AgentKey {
    std::string blob;
    std::string comment;
};

// An ssh-agent behind its socket. Errors say what it did, and never that the deadline is its fault.
class SshAgent {
  public:
    [[nodiscard]] static Result<SshAgent> connect(system::Network& network,
                                                  const std::string& socket);

    [[nodiscard]] Result<std::vector<AgentKey>> keys(SteadyTime deadline);

    // The signature without its head, made with `algorithm` ("rsa-sha2-512"). An agent may ask its
    // user first.
    [[nodiscard]] Result<std::string> sign(std::string_view key_blob,
                                           std::string_view data,
                                           std::string_view algorithm,
                                           SteadyTime deadline);

  private:
    explicit SshAgent(std::unique_ptr<system::Connection> stream) : stream_(std::move(stream)) {}

    [[nodiscard]] Result<std::string> ask(const std::string& question, SteadyTime deadline);
    [[nodiscard]] Result<std::string> read(std::size_t size, SteadyTime deadline);

    std::unique_ptr<system::Connection> stream_;
};

}  // namespace envkeep::git
