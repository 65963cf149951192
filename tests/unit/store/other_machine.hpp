// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/machine.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::store {

// This machine, but for what a test changes: another container, another process, another time.
class OtherMachine final : public system::Machine {
  public:
    std::chrono::nanoseconds steady_ahead{};
    std::chrono::nanoseconds wall_ahead{};
    std::chrono::nanoseconds steady_step{};  // passes between two looks at the clock
    std::optional<system::Container> as_container;
    std::optional<system::ProcessId> as_process;

    // A machine of another container, whose processes nobody here can see.
    static OtherMachine elsewhere() {
        OtherMachine other;
        system::Container container = other.real_.container().value();
        container.boot_id = "ffffffff-0000-0000-0000-000000000000";
        other.as_container = container;
        return other;
    }

    std::optional<std::string> variable(std::string_view name) const override {
        return real_.variable(name);
    }

    std::uint32_t effective_uid() const override { return real_.effective_uid(); }

    std::optional<std::string> passwd_home(std::uint32_t uid) const override {
        return real_.passwd_home(uid);
    }

    std::string host_name() const override { return "other-host"; }

    unsigned cores() const override { return real_.cores(); }

    Result<system::Container> container() const override {
        return as_container ? Result<system::Container>(*as_container) : real_.container();
    }

    Result<WallTime> container_start() const override { return real_.container_start(); }

    system::ProcessId self() const override { return as_process.value_or(real_.self()); }

    bool is_alive(const system::ProcessId& process) const override {
        return real_.is_alive(process);
    }

    Result<std::vector<system::Mount>> mounts() const override { return real_.mounts(); }

    Result<std::string> read_fact(const std::string& absolute, std::uint64_t limit) const override {
        return real_.read_fact(absolute, limit);
    }

    bool exists(const std::string& absolute) const override { return real_.exists(absolute); }

    std::vector<std::string> names_in(const std::string& absolute) const override {
        return real_.names_in(absolute);
    }

    Result<std::string> real_path(const std::string& absolute) const override {
        return real_.real_path(absolute);
    }

    WallTime now() const override { return real_.now() + wall_ahead; }

    SteadyTime steady_now() const override {
        passed_ += steady_step;
        return real_.steady_now() + steady_ahead + passed_;
    }

    std::string random_id() const override { return real_.random_id(); }

  private:
    posix::Machine real_{posix::environment()};
    mutable std::chrono::nanoseconds passed_{};
};

}  // namespace envkeep::store
