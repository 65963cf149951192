// SPDX-License-Identifier: MIT
#include "engine/unpack_in_batches.hpp"

#include "engine/layer_findings.hpp"
#include "engine/layer_place.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/snapshot/batches.hpp"
#include "envkeep/snapshot/unpack.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace envkeep::engine {
namespace {

class Unpacking {
  public:
    Unpacking(const RestoreCall& call,
              const LayerSource& source,
              std::set<std::uint32_t> incomplete,
              LayerRestoreReport& report)
        : call_(call), source_(source), incomplete_(std::move(incomplete)), report_(report) {}

    void run(const std::vector<snapshot::Batch>& batches) {
        for (const snapshot::Batch& batch : batches) {
            report_.planned_files += batch.files;
            report_.planned_bytes += batch.bytes;
        }
        std::uint64_t cost_so_far = 0;
        const SteadyTime began = call_.world.machine.steady_now();
        for (const snapshot::Batch& batch : batches) {
            if (!fits_the_time(batch, cost_so_far, began)) {
                report_.is_whole = false;
                return;
            }
            unpack(batch);
            if (!report_.is_whole) {
                return;
            }
            cost_so_far += batch.cost();
        }
    }

  private:
    // By how fast it went so far; the first batch is small and always tried.
    [[nodiscard]] bool fits_the_time(const snapshot::Batch& batch,
                                     std::uint64_t cost_so_far,
                                     SteadyTime began) const {
        if (!call_.options.until || cost_so_far == 0) {
            return true;
        }
        const SteadyTime now = call_.world.machine.steady_now();
        const double spent = std::chrono::duration<double>(now - began).count();
        const double left = std::chrono::duration<double>(*call_.options.until - now).count();
        return spent * static_cast<double>(batch.cost()) / static_cast<double>(cost_so_far) <= left;
    }

    void unpack(const snapshot::Batch& batch) {
        const std::uint64_t files = report_.files;
        const std::uint64_t bytes = report_.bytes;
        snapshot::UnpackReport done =
            snapshot::unpack(source_.layer,
                             batch.steps,
                             source_.roots,
                             call_.session.store.place(store::names::packs),
                             source_.packs,
                             *call_.world.tree_writer,
                             {.threads = capture_tools(call_.world).threads,
                              .readers = readers(),
                              .may_go_on = [this] { return may_go_on(); },
                              .progress = [&](std::uint64_t so_far) { tell(bytes + so_far); },
                              .incomplete = incomplete_});
        report_.files = files + done.files;
        report_.bytes = bytes + done.bytes;
        report_.is_whole = report_.is_whole && done.is_whole;
        if (!done.failed.empty()) {
            report_.ending = Ending::partly;
            incomplete_ = done.incomplete;
            report_.findings.push_back(not_restored(source_.layer, done));
        }
    }

    [[nodiscard]] bool may_go_on() {
        source_.lease.renew();
        return !call_.options.may_go_on || call_.options.may_go_on();
    }

    // A store that takes its time to answer is asked ahead.
    [[nodiscard]] unsigned readers() const {
        constexpr std::chrono::microseconds quick{1500};
        const auto& state = call_.session.state;
        const bool is_slow = state && state->probe && state->probe->small_file > quick;
        return is_slow ? 4 : 0;
    }

    void tell(std::uint64_t bytes) const {
        if (call_.listener.phase) {
            call_.listener.phase(fmt::format("bringing packages back: {} of {}",
                                             human_size(bytes),
                                             human_size(report_.planned_bytes)));
        }
    }

    const RestoreCall& call_;
    const LayerSource& source_;
    std::set<std::uint32_t> incomplete_;
    LayerRestoreReport& report_;
};

}  // namespace

void unpack_in_batches(const RestoreCall& call,
                       const LayerSource& source,
                       const std::vector<snapshot::LayerStep>& steps,
                       std::set<std::uint32_t> incomplete,
                       LayerRestoreReport& report) {
    Unpacking(call, source, std::move(incomplete), report)
        .run(snapshot::batches_of(source.layer, steps));
}

}  // namespace envkeep::engine
