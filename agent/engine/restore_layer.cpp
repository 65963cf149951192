// SPDX-License-Identifier: MIT
#include "engine/accounts.hpp"
#include "engine/image_here.hpp"
#include "engine/layer_aside.hpp"
#include "engine/layer_findings.hpp"
#include "engine/layer_forecast.hpp"
#include "engine/layer_lock.hpp"
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/layer_traces.hpp"
#include "engine/loader.hpp"
#include "engine/other_image.hpp"
#include "engine/other_layers.hpp"
#include "engine/package_groups.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/prune_layer.hpp"
#include "engine/put_debs_back.hpp"
#include "engine/remove_seen.hpp"
#include "engine/restore_lease.hpp"
#include "engine/settle_layer.hpp"
#include "engine/snapshot_findings.hpp"
#include "engine/stopwatch.hpp"
#include "engine/superseded.hpp"
#include "engine/unpack_in_batches.hpp"
#include "engine/unread_snapshots.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/snapshot/trash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Layer;
using snapshot::LayerPlan;
using snapshot::LayerRef;
using snapshot::LayerSeen;
using snapshot::LayerState;
using snapshot::LayerStep;
using snapshot::Snapshot;

class LayerRun {
  public:
    LayerRun(const World& world,
             Session& session,
             const LayerRestoreOptions& options,
             const Listener& listener)
        : world_(world),
          session_(session),
          options_(options),
          listener_(listener),
          shelf_(shelf_of(world, session)),
          packs_(session.store, world.files, *world.trees),
          watch_(world.machine) {}

    Result<LayerRestoreReport> run() {
        if (Result<void> found = find_what_is_to_do(); !found) {
            note_that_it_is_to_come();
            return tl::unexpected(std::move(found).error());
        }
        if (report_.record) {
            ENVKEEP_CHECK(carry_out());
            report_.timings = watch_.take();
        }
        return std::move(report_);
    }

    // What `run` would do.
    Result<LayerForecast> forecast() {
        ENVKEEP_CHECK(find_what_is_to_do());
        LayerForecast told = forecast_of(layer_, plan_, part_, superseded_, roots_, world_.files);
        told.record = std::move(report_.record);
        told.is_same_image = report_.is_same_image;
        told.findings = std::move(report_.findings);
        told.timings = watch_.take();
        return told;
    }

  private:
    Result<void> find_what_is_to_do() {
        ENVKEEP_TRY(state_, layer_state_of(world_, session_));
        ENVKEEP_CHECK(choose());
        return report_.record ? compare() : Result<void>{};
    }

    // What could not be read is still what should be here: nothing is taken on top of its lack.
    void note_that_it_is_to_come() {
        if (report_.record && options_.at.empty() && !state_.coming) {
            state_.coming = wanted_;
            // Else it is as if this one had not begun: the next one tries again.
            static_cast<void>(save_state());
        }
    }

    // The one that was asked for; else what is under way goes on; else, in a session that has none
    // yet, the newest. What came back once is the session's own: it may have moved on since.
    Result<void> choose() {
        const bool is_fresh = !state_.coming && !state_.here && !state_.partly;
        if (options_.at.empty() && !state_.coming && !is_fresh) {
            return {};
        }
        std::vector<snapshot::UnreadRef> unread;
        ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf_, unread));
        if (list.snapshots.empty() && unread.empty() && options_.at.empty()) {
            return {};
        }
        ENVKEEP_CHECK(know_image(world_, session_, state_));
        ENVKEEP_TRY(report_.record, wanted_of(list));
        if (options_.at.empty()) {
            tell_unread(list, unread);
        }
        if (!report_.record) {
            return {};
        }
        const auto ref = std::ranges::find(list.refs, report_.record->id, &snapshot::Ref::snapshot);
        wanted_ = {.layer = report_.record->layer,
                   .snapshot = report_.record->id,
                   .profile = report_.record->profile,
                   .number = ref == list.refs.end() ? 0 : ref->number};
        report_.is_same_image = report_.record->image == state_.image;
        watch_.lap("snapshot");
        return {};
    }

    // An older one that comes back, or none, is not what the user left.
    void tell_unread(const snapshot::SnapshotList& list,
                     const std::vector<snapshot::UnreadRef>& unread) {
        const std::string here = report_.record ? report_.record->id : std::string();
        if (auto told = say_unread(world_, session_, state_.image, here, list, unread)) {
            report_.ending = report_.record ? Ending::findings : Ending::partly;
            report_.findings.push_back(*std::move(told));
        }
    }

    Result<std::optional<Snapshot>> wanted_of(const snapshot::SnapshotList& list) {
        const std::string& id = !options_.at.empty() ? options_.at
                                : state_.coming      ? state_.coming->snapshot
                                                     : std::string();
        if (!id.empty()) {
            return named_snapshot(list, id);
        }
        const Snapshot* const found = snapshot_for(list,
                                                   profile_of(world_, session_),
                                                   state_.image,
                                                   !session_.manifest.snapshot.profile.empty());
        return found == nullptr ? std::nullopt : std::optional(*found);
    }

    Result<void> compare() {
        tell("reading the snapshot");
        ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world_, session_));
        ENVKEEP_TRY(Layer whole, snapshot::load_layer(shelf_, report_.record->layer));
        ENVKEEP_TRY(state_.packed, packed_in(world_, session_, whole));
        std::ranges::move(say_mounted(what_lies_at(scope.mounts, whole, scope).places),
                          std::back_inserter(report_.findings));
        layer_ = without_kept(std::move(whole), scope);
        state_.environments = environments_in(layer_, session_);
        ENVKEEP_TRY(roots_, roots_of(world_, session_, layer_.home));
        if (!report_.is_same_image) {
            tell("looking for what fits this image");
            ENVKEEP_TRY(part_,
                        part_for_this_image(
                            world_, session_, state_, *report_.record, std::move(layer_), roots_));
            layer_ = std::move(part_.layer);
            if (!is_named(snapshot::Domain::python)) {
                part_.room.clear();
            }
            say_other_image();
        }
        watch_.lap("layer");
        tell("comparing with what is here");
        const unsigned threads = capture_tools(world_).threads;
        seen_ = snapshot::look_at_layer(layer_, roots_, *world_.trees, threads);
        snapshot::LayerContext context = layer_context(world_, state_);
        if (report_.is_same_image) {
            context.image_seen_at = parse_utc(report_.record->created);
        }
        context.is_wanted = [&](const snapshot::Group& group) {
            return is_named(group.domain) && is_wanted(session_.manifest, group);
        };
        ENVKEEP_CHECK(look_at_others(world_,
                                     session_,
                                     state_,
                                     {wanted_, layer_, report_.is_same_image},
                                     scope,
                                     roots_,
                                     seen_,
                                     context,
                                     others_));
        plan_ = snapshot::plan_layer(layer_, seen_, context);
        spare_what_is_not_lost(layer_, roots_, is_resumed(), world_.files, plan_);
        if (report_.is_same_image) {
            superseded_ = superseded(world_, session_, state_, layer_, plan_, context, roots_);
            std::erase_if(plan_.stay, [&](const std::string& path) {
                return std::ranges::find(superseded_, path) != superseded_.end();
            });
        }
        watch_.lap("compare");
        std::ranges::move(findings_of(plan_), std::back_inserter(report_.findings));
        return {};
    }

    [[nodiscard]] bool is_named(snapshot::Domain domain) const {
        return options_.only.empty() ||
               std::ranges::find(options_.only, word_of(domain)) != options_.only.end();
    }

    void say_other_image() {
        if (part_.finding.severity != model::Severity::info) {
            report_.ending = Ending::findings;
        }
        report_.findings.push_back(part_.finding);
    }

    // One before was killed, and may have left files without their bytes.
    [[nodiscard]] bool is_resumed() const { return state_.coming || !state_.begun.empty(); }

    Result<void> carry_out() {
        if (is_resumed()) {
            remove_traces(world_, {&layer_, &others_.held}, roots_);
            for (const Layer& begun : others_.begun) {
                remove_traces(world_, {&begun}, roots_);
            }
        }
        if (plan_.is_empty() && part_.room.empty() && superseded_.empty()) {
            return settle();
        }
        lease_.emplace(world_, session_, wanted_.snapshot);
        if (options_.only.empty()) {
            note_begun(state_, wanted_);
            state_.coming = wanted_;
            state_.worker = world_.machine.self();
            ENVKEEP_CHECK(save_state());
        } else {
            ENVKEEP_CHECK(save_begun(world_, session_, wanted_));
        }
        ENVKEEP_CHECK(list_before_it_changes());
        ENVKEEP_CHECK(unpack_in_batches({world_, session_, options_, listener_},
                                        {layer_, roots_, packs_, *lease_},
                                        plan_,
                                        {part_.room, superseded_},
                                        report_));
        refresh_loader(world_, layer_, plan_.steps);
        complete_accounts(world_, layer_, plan_.steps);
        watch_.lap("unpack");
        if (!report_.is_whole) {
            return {};
        }
        // Where something failed, what was there before is the better half.
        if (report_.ending != Ending::partly) {
            report_.removed += remove_seen(world_, roots_, plan_.removals);
        }
        watch_.lap("remove");
        return settle();
    }

    // Of an image that no session has listed yet: what goes now, nobody could tell any more.
    Result<void> list_before_it_changes() {
        const bool has_replaced = std::ranges::any_of(plan_.steps, [](const LayerStep& step) {
            return step.change == snapshot::LayerChange::replace;
        });
        if (report_.is_same_image || (part_.room.empty() && !has_replaced)) {
            return {};
        }
        ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world_, session_));
        ENVKEEP_CHECK(image_listing(world_, session_, state_, scope));
        return {};
    }

    // From here on what is here is what the layer says.
    Result<void> settle() {
        if (report_.ending == Ending::partly || !options_.only.empty()) {
            return {};
        }
        if (!report_.is_same_image) {
            return settle_part(world_, session_, wanted_, layer_, part_, state_);
        }
        ENVKEEP_CHECK(settle_whole(world_, session_, wanted_, state_));
        if (!options_.at.empty()) {
            std::ranges::move(say_what_comes_next(world_, session_, state_),
                              std::back_inserter(report_.findings));
        }
        return {};
    }

    Result<void> save_state() {
        return snapshot::save_layer_state(session_.home, state_, *world_.writer);
    }

    void tell(std::string_view phase) const {
        if (listener_.phase) {
            listener_.phase(phase);
        }
    }

    const World& world_;
    Session& session_;
    const LayerRestoreOptions& options_;
    const Listener& listener_;
    snapshot::Shelf shelf_;
    snapshot::ReaderWithTrash packs_;
    std::optional<RestoreLease> lease_;
    Stopwatch watch_;
    LayerRestoreReport report_;
    LayerState state_;
    LayerRef wanted_;
    snapshot::Roots roots_;
    Layer layer_;
    OtherLayers others_;
    FittingPart part_;
    LayerSeen seen_;
    LayerPlan plan_;
    std::vector<std::string> superseded_;
};

// The background lives on when its work is done, or could not be: nobody is to wait for it then.
void end_work(const World& world, const Session& session) {
    Result<LayerState> state = layer_state_of(world, session);
    if (state && state->worker == world.machine.self()) {
        state->worker.reset();
        static_cast<void>(snapshot::save_layer_state(session.home, *state, *world.writer));
    }
}

Result<LayerRestoreReport> bring_all(const World& world,
                                     Session& session,
                                     const LayerRestoreOptions& options,
                                     const Listener& listener) {
    ENVKEEP_TRY(LayerRestoreReport report, LayerRun(world, session, options, listener).run());
    if (!options.until && report.is_whole) {
        ENVKEEP_TRY(std::vector<model::Finding> told,
                    put_debs_back(world, session, options.may_go_on, listener));
        report.ending = told.empty() ? report.ending : Ending::partly;
        std::ranges::move(told, std::back_inserter(report.findings));
    }
    return report;
}

}  // namespace

Result<LayerRestoreReport> restore_layer(const World& world,
                                         Session& session,
                                         const LayerRestoreOptions& options,
                                         const Listener& listener) {
    ENVKEEP_CHECK(check_has_trees(world, true));
    ENVKEEP_CHECK(check_is_same_store(session));
    if (options.at.empty() && has_nothing_to_come(world, session)) {
        return LayerRestoreReport{};
    }
    if (!options.is_start) {
        ENVKEEP_CHECK(meet_image(world, session, listener));
    }
    ENVKEEP_TRY(const std::optional<LayerLock> lock,
                lock_for_restore(world, session, options, listener));
    if (!lock) {
        return LayerRestoreReport{.is_whole = false};
    }
    Result<LayerRestoreReport> report = bring_all(world, session, options, listener);
    if (!options.until) {
        end_work(world, session);
    }
    if (!options.until && options.only.empty()) {
        LayerProgress(world, session.home)
            .end(report && report->is_whole && report->ending == Ending::well,
                 report ? report->aside.size() : 0);
    }
    return report;
}

Result<LayerForecast> forecast_layer(const World& world,
                                     Session& session,
                                     const LayerRestoreOptions& options,
                                     const Listener& listener) {
    ENVKEEP_CHECK(check_has_trees(world, false));
    World readers = world;
    readers.writer = nullptr;
    readers.tree_writer = nullptr;
    return LayerRun(readers, session, options, listener).forecast();
}

}  // namespace envkeep::engine
