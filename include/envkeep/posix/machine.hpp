// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"
#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::posix {

// The variables of this process, as main got them: "NAME=value", ended by nullptr.
[[nodiscard]] const char* const* environment();

// The machine itself, or a captured one below `root`. Paths and the links in them are resolved
// inside that root and never leave it.
class Machine final : public system::Machine {
  public:
    // The machine that this process runs on. `variables` outlives the object.
    explicit Machine(const char* const* variables);

    // The captured machine below the folder `root`; not_found if there is none.
    [[nodiscard]] static Result<Machine> captured(const std::string& root,
                                                  const char* const* variables);

    [[nodiscard]] std::optional<std::string> variable(std::string_view name) const override;
    [[nodiscard]] std::uint32_t effective_uid() const override;
    [[nodiscard]] std::optional<std::string> passwd_home(std::uint32_t uid) const override;
    [[nodiscard]] std::string host_name() const override;
    [[nodiscard]] unsigned cores() const override;
    [[nodiscard]] Result<system::Container> container() const override;
    [[nodiscard]] Result<WallTime> container_start() const override;
    [[nodiscard]] system::ProcessId self() const override;
    [[nodiscard]] bool is_alive(const system::ProcessId& process) const override;
    // As they were when this object was first asked.
    [[nodiscard]] Result<std::vector<system::Mount>> mounts() const override;
    [[nodiscard]] Result<std::string> read_fact(const std::string& absolute,
                                                std::uint64_t limit) const override;
    [[nodiscard]] bool exists(const std::string& absolute) const override;
    [[nodiscard]] std::vector<std::string> names_in(const std::string& absolute) const override;
    [[nodiscard]] Result<std::string> real_path(const std::string& absolute) const override;
    [[nodiscard]] WallTime now() const override;
    [[nodiscard]] SteadyTime steady_now() const override;
    [[nodiscard]] std::string random_id() const override;

  private:
    [[nodiscard]] bool is_captured() const { return root_.is_open(); }
    [[nodiscard]] Result<std::uint64_t> first_start() const;
    [[nodiscard]] std::optional<std::uint64_t> start_of_oldest_ancestor() const;

    const char* const* variables_;
    Fd root_;                                                   // closed: the machine itself
    mutable std::optional<std::vector<system::Mount>> mounts_;  // read once
};

}  // namespace envkeep::posix
