// SPDX-License-Identifier: MIT
#pragma once

#include "engine/good_session.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/posix/process.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// The doctor beside a start.
namespace envkeep::engine {

// Runs in a process of its own, which ends with the calling one: what hangs in a dead driver, or
// ends it, takes nothing with it and is waited for by nothing. The calling process must have one
// thread.
class QuickChecks {
  public:
    // Begins, where the manifest does not say `expect: none` and the machine has a trace of a GPU,
    // or must have one.
    QuickChecks(const World& world,
                const Session& session,
                const MakeWorld& make_world,
                std::chrono::milliseconds patience = std::chrono::milliseconds(50));
    QuickChecks(const QuickChecks&) = delete;
    QuickChecks& operator=(const QuickChecks&) = delete;
    QuickChecks(QuickChecks&&) = delete;
    QuickChecks& operator=(QuickChecks&&) = delete;
    // Waits a little for the ends of processes, so that none is left dead: to be reached when
    // nobody waits any more.
    ~QuickChecks();

    // Once more from the beginning: what notebooks import has changed meanwhile.
    void begin_again();

    // What they found by now, however long it took; else waits, no longer than the patience after
    // their beginning, and only while `may_wait`; a finding says if that was too little. What is well is remembered in the store.
    // Without `knows_python` what depends on it is left out: it is not all there yet.
    [[nodiscard]] std::optional<GpuAtStart> result(bool knows_python,
                                                   const std::function<bool()>& may_wait = {});

  private:
    void begin();
    void end();
    [[nodiscard]] posix::Received receive(const std::function<bool()>& may_wait) const;

    const World& world_;
    const Session& session_;
    MakeWorld make_world_;
    std::chrono::milliseconds patience_;
    bool is_wanted_;
    SteadyTime began_;
    std::optional<posix::Worker> process_;
    std::vector<posix::Worker> ended_;  // killed; one that hangs in the kernel is there still
};

// Whether the session's background process is to look once more.
[[nodiscard]] bool is_open(const std::optional<GpuAtStart>& gpu);

// That look, without haste but no longer than it may go on: what is broken goes into the notices.
// Nothing if the store is not that one any more.
void look_at_gpu_later(const Options& options,
                       const MakeWorld& make_world,
                       const std::string& store_id,
                       const RenderReport& render,
                       const std::function<bool()>& may_go_on);

}  // namespace envkeep::engine
