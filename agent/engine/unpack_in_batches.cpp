// SPDX-License-Identifier: MIT
#include "engine/unpack_in_batches.hpp"

#include "engine/layer_aside.hpp"
#include "engine/layer_findings.hpp"
#include "engine/layer_place.hpp"
#include "engine/proven_steps.hpp"
#include "engine/remove_seen.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/snapshot/batches.hpp"
#include "envkeep/snapshot/unpack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

using snapshot::Batch;
using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::LayerRemoval;
using snapshot::LayerStep;
using snapshot::UnpackReport;

class Unpacking {
  public:
    Unpacking(const RestoreCall& call,
              const LayerSource& source,
              const snapshot::LayerPlan& plan,
              const WhatGoes& goes,
              LayerRestoreReport& report)
        : call_(call),
          source_(source),
          plan_(plan),
          room_(goes.room),
          superseded_(goes.superseded),
          report_(report),
          asides_(call, source.layer, source.roots) {}

    Result<void> run() {
        const Result<void> done = unpack_all(snapshot::batches_of(source_.layer, plan_.steps));
        remove_empty_folders();
        asides_.give_back_where_nothing_came();
        if (done && report_.is_whole) {
            for (const auto& [group, removals] : room_) {
                make_room(group, removals);
            }
            ENVKEEP_CHECK(put_superseded_away());
        }
        ENVKEEP_CHECK(asides_.finish(report_));
        return done;
    }

  private:
    Result<void> unpack_all(const std::vector<Batch>& batches) {
        for (const Batch& batch : batches) {
            report_.planned_files += batch.files;
            report_.planned_bytes += batch.bytes;
        }
        std::uint64_t cost_so_far = 0;
        const SteadyTime began = call_.world.machine.steady_now();
        for (const Batch& batch : batches) {
            if (!fits_the_time(batch, cost_so_far, began)) {
                report_.is_whole = false;
                return {};
            }
            ENVKEEP_CHECK(bring(batch));
            if (!report_.is_whole) {
                return {};
            }
            cost_so_far += batch.cost();
        }
        return {};
    }

    // By how fast it went so far; the first batch is small and always tried.
    [[nodiscard]] bool fits_the_time(const Batch& batch,
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

    Result<void> bring(const Batch& batch) {
        tell(report_.bytes);
        ProvenSteps proven = proven_steps(
            source_.layer,
            batch.steps,
            groups_with_something_in_the_way(batch),
            [this](const std::vector<LayerStep>& steps) {
                return snapshot::rehearse(
                    source_.layer, steps, source_.roots, packs(), source_.packs, how(nullptr));
            });
        report_.is_whole = proven.is_whole;
        if (!proven.is_whole) {
            return {};
        }
        note_incomplete(proven.failed);
        ENVKEEP_TRY(const auto blocked, asides_.make_room(plan_.aside, proven.steps));
        if (!blocked.empty()) {
            incomplete_.insert(blocked.begin(), blocked.end());
            report_.ending = Ending::partly;
        }
        unpack(proven);
        asides_.give_back_where_nothing_came();
        note_made_folders(proven.steps);
        if (report_.is_whole) {
            make_room_for(proven.steps);
        }
        return {};
    }

    [[nodiscard]] std::set<std::uint32_t> groups_with_something_in_the_way(
        const Batch& batch) const {
        std::set<std::uint32_t> groups;
        for (const LayerStep& step : batch.steps) {
            const std::uint32_t group = source_.layer.entries[step.entry].group;
            if (room_.contains(group) || std::ranges::binary_search(plan_.aside, step.entry)) {
                groups.insert(group);
            }
        }
        return groups;
    }

    void note_incomplete(const std::vector<UnpackReport::Failed>& failed) {
        for (const UnpackReport::Failed& one : failed) {
            incomplete_.insert(source_.layer.entries[one.entry].group);
        }
    }

    // What failed before is told with what fails now.
    void unpack(ProvenSteps& proven) {
        const std::uint64_t files = report_.files;
        const std::uint64_t bytes = report_.bytes;
        UnpackReport done =
            snapshot::unpack(source_.layer,
                             proven.steps,
                             source_.roots,
                             packs(),
                             source_.packs,
                             *call_.world.tree_writer,
                             how([&](std::uint64_t so_far) { tell(bytes + so_far); }));
        report_.files = files + done.files;
        report_.bytes = bytes + done.bytes;
        report_.is_whole = done.is_whole;
        std::ranges::move(proven.failed, std::back_inserter(done.failed));
        if (!done.failed.empty()) {
            std::ranges::stable_sort(done.failed, {}, &UnpackReport::Failed::entry);
            report_.ending = Ending::partly;
            incomplete_.merge(done.incomplete);
            report_.findings.push_back(not_restored(source_.layer, done));
        }
    }

    // Those of packages look as if the package were there, and what went aside for one comes back
    // where it is empty.
    void note_made_folders(const std::vector<LayerStep>& steps) {
        for (const LayerStep& step : steps) {
            const Entry& entry = source_.layer.entries[step.entry];
            const bool counts = source_.layer.groups.at(entry.group).is_package() ||
                                std::ranges::binary_search(plan_.aside, step.entry);
            if (entry.kind == EntryKind::folder && step.change == snapshot::LayerChange::make &&
                counts) {
                made_folders_.push_back(step.entry);
            }
        }
    }

    // At the end: a later batch may bring something into each of them.
    void remove_empty_folders() {
        std::ranges::sort(made_folders_, std::greater<>());  // what is in a folder before it
        for (const std::size_t i : made_folders_) {
            const Entry& entry = source_.layer.entries[i];
            if (!incomplete_.contains(entry.group)) {
                continue;
            }
            const Result<system::Status> seen =
                source_.roots.place_of(entry.path).and_then([&](const system::Place& place) {
                    return call_.world.files.status(place);
                });
            if (seen) {
                static_cast<void>(
                    remove_seen(call_.world, source_.roots, {{.path = entry.path, .seen = *seen}}));
            }
        }
    }

    void make_room_for(const std::vector<LayerStep>& steps) {
        std::set<std::uint32_t> groups;
        for (const LayerStep& step : steps) {
            groups.insert(source_.layer.entries[step.entry].group);
        }
        for (const std::uint32_t group : groups) {
            if (const auto found = room_.find(group); found != room_.end()) {
                make_room(group, found->second);
            }
        }
    }

    // Once all that comes for it is there.
    void make_room(std::uint32_t group, const std::vector<LayerRemoval>& removals) {
        if (!incomplete_.contains(group) && has_room_.insert(group).second) {
            report_.removed += remove_seen(call_.world, source_.roots, removals);
        }
    }

    // Last: until the other version is there, this one is the better half.
    Result<void> put_superseded_away() {
        if (report_.ending == Ending::partly) {
            return {};
        }
        ENVKEEP_TRY(const bool is_done, asides_.put_away(superseded_));
        report_.ending = is_done ? report_.ending : Ending::partly;
        return {};
    }

    [[nodiscard]] system::Place packs() const {
        return call_.session.store.place(store::names::packs);
    }

    [[nodiscard]] snapshot::UnpackOptions how(std::function<void(std::uint64_t)> progress) {
        return {.threads = capture_tools(call_.world).threads,
                .readers = readers(),
                .may_go_on = [this] { return may_go_on(); },
                .progress = std::move(progress),
                .incomplete = incomplete_};
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
    const snapshot::LayerPlan& plan_;
    const ImageRoom& room_;
    const std::vector<std::string>& superseded_;
    LayerRestoreReport& report_;
    LayerAsides asides_;
    std::set<std::uint32_t> incomplete_;  // groups of which something failed
    std::set<std::uint32_t> has_room_;
    std::vector<std::size_t> made_folders_;  // entries
};

}  // namespace

Result<void> unpack_in_batches(const RestoreCall& call,
                               const LayerSource& source,
                               const snapshot::LayerPlan& plan,
                               const WhatGoes& goes,
                               LayerRestoreReport& report) {
    return Unpacking(call, source, plan, goes, report).run();
}

}  // namespace envkeep::engine
