// SPDX-License-Identifier: MIT
#pragma once

#include "engine/good_session.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/posix/process.hpp"

#include <chrono>
#include <optional>

// The doctor beside a start.
namespace envkeep::engine {

// Runs in a process of its own: what hangs in a dead driver, or ends it, takes nothing with it. The
// calling process must have one thread.
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
    ~QuickChecks();

    // Once more from the beginning: what notebooks import has changed meanwhile.
    void begin_again();

    // What they found, waiting no longer than the patience after their beginning; a finding says if
    // that was too little. What is well is remembered in the store. Without `knows_python` what
    // depends on it is left out: it is not all there yet.
    [[nodiscard]] std::optional<GpuAtStart> result(bool knows_python);

  private:
    void begin();
    void end();

    const World& world_;
    const Session& session_;
    MakeWorld make_world_;
    std::chrono::milliseconds patience_;
    bool is_wanted_;
    SteadyTime began_;
    std::optional<posix::Worker> process_;
};

// Whether the session's background process is to look once more.
[[nodiscard]] bool is_open(const std::optional<GpuAtStart>& gpu);

// That look, without haste: what is broken goes into the notices. Nothing if the store is not that
// one any more.
void look_at_gpu_later(const Options& options,
                       const MakeWorld& make_world,
                       const std::string& store_id,
                       const RenderReport& render);

}  // namespace envkeep::engine
