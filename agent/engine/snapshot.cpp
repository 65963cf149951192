// SPDX-License-Identifier: MIT
#include "engine/image_here.hpp"
#include "engine/keep_debs.hpp"
#include "engine/layer_lock.hpp"
#include "engine/layer_place.hpp"
#include "engine/note_findings.hpp"
#include "engine/package_groups.hpp"
#include "engine/package_managers.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/prune_layer.hpp"
#include "engine/snapshot_checks.hpp"
#include "engine/snapshot_findings.hpp"
#include "engine/snapshot_refusal.hpp"
#include "engine/spared_databases.hpp"
#include "engine/stopwatch.hpp"
#include "engine/stored_bytes.hpp"
#include "engine/unread_snapshots.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/diff.hpp"
#include "envkeep/packages/keys.hpp"
#include "envkeep/packages/lock.hpp"
#include "envkeep/snapshot/thin_packs.hpp"
#include "envkeep/snapshot/trash.hpp"
#include "envkeep/store/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Layer;
using snapshot::LayerState;

// The kernel's clock for files moves in steps: what happened in the same one is looked at again.
constexpr std::chrono::milliseconds clock_step{20};

class SnapshotRun {
  public:
    SnapshotRun(const World& world,
                const Session& session,
                const SnapshotOptions& options,
                const Listener& listener)
        : world_(world),
          session_(session),
          options_(options),
          listener_(listener),
          shelf_(shelf_of(world, session)),
          watch_(world.machine),
          stored_(world, session) {}

    Result<SnapshotReport> run() {
        ENVKEEP_CHECK(prepare());
        ENVKEEP_CHECK(find_changes());
        if (is_unchanged()) {
            return finish_unchanged();
        }
        ENVKEEP_CHECK(check_room(world_, session_, capture_.bytes_to_store));
        ENVKEEP_CHECK(pack());
        // Files that were touched and are the same: only their bytes could tell.
        if (base_ && !must_publish() &&
            snapshot::digests_of(capture_.layer) == snapshot::digests_of(*base_) &&
            snapshot::deletes_the_same(capture_.layer, *base_)) {
            return finish_unchanged();
        }
        if (Result<void> recorded = record(); !recorded) {
            stored_.keep(capture_.layer);
            return tl::unexpected(std::move(recorded).error());
        }
        ENVKEEP_CHECK(remember());
        keep_packages();
        return finish();
    }

  private:
    Result<SnapshotReport> finish_unchanged() {
        report_.unchanged_since = state_.here ? state_.here->snapshot : std::string();
        ENVKEEP_CHECK(remember());
        keep_packages();  // those that a kill, or a store without room, left out
        std::ranges::move(say_what_comes_next(world_, session_, state_),
                          std::back_inserter(report_.findings));
        return finish();
    }

    // Last: what only other images need takes no room from the snapshot.
    void keep_packages() {
        tell("keeping Debian packages");
        std::ranges::move(keep_debs(world_, session_, inventory_, scope_),
                          std::back_inserter(report_.findings));
        watch_.lap("debs");
    }

    Result<void> prepare() {
        tell("looking at what is known of this session");
        ENVKEEP_CHECK(check_nobody_installs(world_));
        ENVKEEP_TRY(state_, layer_state_of(world_, session_));
        ENVKEEP_CHECK(check_is_whole(state_, options_.as_is));
        if (state_.coming) {
            state_.here = std::exchange(state_.coming, std::nullopt);
            state_.holds_until.reset();
        }
        ENVKEEP_CHECK(know_image(world_, session_, state_));
        ENVKEEP_CHECK(check_follows_newest(world_, session_, state_, options_));
        ENVKEEP_TRY(scope_, scope_of(world_, session_));
        scope_.with_secrets = options_.with_secrets;
        ENVKEEP_TRY(roots_, roots_of(world_, session_, scope_.home));
        if (state_.here) {
            load_base();
        } else if (state_.partly) {
            // Of another image's snapshot: bytes that came back need no room a second time.
            if (auto layer = snapshot::load_layer(shelf_, state_.partly->layer)) {
                stored_.add(*std::move(layer));
            }
        }
        watch_.lap("prepare");
        tell("looking up what the image brought");
        ENVKEEP_TRY(image_, image_listing(world_, session_, state_, scope_));
        watch_.lap("image");
        return {};
    }

    // What this session came from. Where it is damaged, all is read again, and what lies in damaged
    // packs is stored anew.
    void load_base() {
        Result<Layer> layer = snapshot::load_layer(shelf_, state_.here->layer);
        const Result<void> whole =
            layer ? check_packs(world_, session_, *layer) : tl::unexpected(layer.error());
        if (whole) {
            base_ = *std::move(layer);
            return;
        }
        if (layer) {
            stored_.add(*std::move(layer));
        }
        state_.holds_until.reset();
        report_.findings.push_back(base_gone_finding(state_.here->snapshot, whole.error()));
    }

    Result<void> find_changes() {
        ENVKEEP_TRY(quiet_, QuietTime::begin(world_, session_, state_));
        ENVKEEP_CHECK(look());
        const std::vector<std::string> known =
            std::exchange(state_.environments, environments_in(capture_.layer, session_));
        // Those that lie deep, and were not known of: their packages are packages too.
        if (state_.environments != known && !knows_all(inventory_, state_.environments)) {
            ENVKEEP_CHECK(look());
        }
        report_.left_out = capture_.left_out;
        for (const Error& error : capture_.unreadable) {
            report_.unreadable.push_back(error.message);
        }
        ENVKEEP_CHECK(check_may_lack(options_, report_.unreadable));
        std::ranges::move(findings_of(inventory_), std::back_inserter(report_.findings));
        watch_.lap("look");
        return {};
    }

    Result<void> look() {
        tell("reading what is installed");
        ENVKEEP_TRY(inventory_, inventory_of(world_, session_, state_));
        watch_.lap("inventory");
        tell("looking for what changed");
        ENVKEEP_TRY(looked_at_,
                    snapshot::file_system_now(session_.home, world_.files, *world_.writer));
        ENVKEEP_TRY(const PackageGroups groups,
                    PackageGroups::of(world_, session_, state_, inventory_));
        const auto group_of = [&](const std::string& path) { return groups.group_of(path); };
        const snapshot::Before before{
            .session_began = state_.session_began,
            .layer_holds_until = state_.holds_until,
            .layer = base_ ? &*base_ : nullptr,
            .image = &image_,
            .is_wanted =
                [&](const snapshot::Group& group) { return is_wanted(session_.manifest, group); },
            .group_of_deleted =
                [&](const std::string& path) { return groups.group_of_deleted(path); },
            .is_stored = [&](const std::string& path,
                             std::uint64_t size) { return stored_.holds(path, size); }};
        ENVKEEP_TRY(capture_,
                    snapshot::capture(scope_, before, roots_, group_of, capture_tools(world_)));
        return {};
    }

    // Even where nothing has changed: the next session asks for the newest of its own profile.
    [[nodiscard]] bool must_publish() const {
        return !options_.message.empty() ||
               (state_.here && state_.here->profile != profile_of(world_, session_));
    }

    [[nodiscard]] bool is_unchanged() const {
        return !must_publish() && (base_ || !state_.here) &&
               !snapshot::has_changes(capture_, base_.value_or(Layer{}));
    }

    Result<void> pack() {
        SparedDatabases databases(world_, roots_, capture_.layer, looked_at_);
        tell("packing");
        const system::Place packs = session_.store.place(store::names::packs);
        ENVKEEP_CHECK(world_.writer->make_folders(packs, 0700));
        const snapshot::PackFolder folder{packs, *world_.trees, *world_.tree_writer};
        // Only where it is certain that there will be something to publish them with.
        const std::set<std::string> thin =
            must_publish() || (base_ && snapshot::is_certainly_other(capture_, *base_))
                ? snapshot::repack_thin(capture_, folder)
                : std::set<std::string>{};
        const std::uint64_t all = capture_.bytes_to_pack;
        const snapshot::PackOptions options{
            .threads = capture_tools(world_).threads,
            .keep_going = [&](std::uint64_t bytes) -> Result<void> {
                tell(fmt::format("packing {} of {}", human_size(bytes), human_size(all)));
                return {};
            },
            .published = [&](const Layer& so_far) { stored_.keep(so_far); }};
        Layer& layer = capture_.layer;
        ENVKEEP_TRY(
            report_.packs,
            snapshot::write_packs(
                layer, capture_.to_pack, stored_.known(base_, thin), roots_, folder, options));
        if (auto torn = databases.take_out(layer, report_.packs, base_ ? &*base_ : nullptr)) {
            report_.findings.push_back(database_finding(*std::move(torn)));
            report_.ending = Ending::partly;
        }
        ENVKEEP_CHECK(say_unread());
        // What cannot be read now stays as it was.
        std::erase_if(report_.packs.unread, [&](const snapshot::PackReport::Unread& one) {
            return base_ && take_from(layer, one.entry, *base_);
        });
        layer = without(std::move(layer), report_.packs.gone, report_.packs.unread);
        watch_.lap("pack");
        return {};
    }

    Result<void> say_unread() {
        std::vector<std::string> unread;
        for (const snapshot::PackReport::Unread& one : report_.packs.unread) {
            unread.push_back(one.error.message);
        }
        ENVKEEP_CHECK(check_may_lack(options_, unread));
        std::ranges::move(unread, std::back_inserter(report_.unreadable));
        for (const std::size_t i : report_.packs.changed) {
            report_.unreadable.push_back(
                fmt::format("{} changed while it was read: it is kept as it was last read",
                            quoted('/' + capture_.layer.entries[i].path)));
        }
        return {};
    }

    Result<void> record() {
        tell("recording");
        const Layer& layer = capture_.layer;
        const snapshot::TreeDigests digests = snapshot::digests_of(layer);
        report_.profile = profile_of(world_, session_);
        snapshot::Snapshot record{
            .id = store::new_run("snapshot", session_.home_path, world_.machine).id,
            .parent = state_.here     ? state_.here->snapshot
                      : state_.partly ? state_.partly->snapshot
                                      : std::string(),
            .created = utc_text(world_.machine.now()),
            .message = options_.is_automatic ? "automatic" : options_.message,
            .session = session_.state ? session_.state->session : std::string(),
            .host = world_.machine.host_name(),
            .profile = report_.profile,
            .image = state_.image,
            .keys = packages::keys_of(
                inventory_, state_.apt_key, packages::program_on_path(world_.machine, "node")),
            .content = digests.content,
            .full = digests.full,
            .entries = layer.entries.size(),
            .new_bytes = report_.packs.packed};
        for (const snapshot::Entry& entry : layer.entries) {
            record.bytes += entry.kind == snapshot::EntryKind::file ? entry.size : 0;
        }
        record.left_out = to_record(report_.left_out);
        ENVKEEP_TRY(record.layer, snapshot::save_layer(shelf_, layer));
        ENVKEEP_TRY(record.lock, snapshot::save_lock(shelf_, packages::lock_text(inventory_)));
        ENVKEEP_TRY(report_.packages, changes());
        ENVKEEP_CHECK(check_packs(world_, session_, layer));
        ENVKEEP_CHECK(quiet_.check(world_, session_, state_));
        ENVKEEP_CHECK(publish(record));
        // A 'gc' of another session may have taken what this one had only just begun to name.
        ENVKEEP_CHECK(snapshot::take_back(shelf_, record, layer));
        report_.record = std::move(record);
        watch_.lap("record");
        return {};
    }

    [[nodiscard]] Result<packages::Comparison> changes() const {
        const std::string before = state_.here ? state_.here->snapshot : std::string("image");
        Result<DiffSide> side = diff_side(world_, session_, before);
        if (!side && state_.here) {
            side = diff_side(world_, session_, "image");
        }
        ENVKEEP_CHECK(side);
        return packages::compare(side->inventory, inventory_);
    }

    // Another session may have published meanwhile: both snapshots stand, the later one is newest.
    Result<void> publish(const snapshot::Snapshot& record) {
        constexpr int most_tries = 20;
        std::string known = record.parent;
        for (int tried = 0;; ++tried) {
            ENVKEEP_TRY(const std::optional<snapshot::Ref> newest,
                        snapshot::newest_ref(shelf_, record.profile));
            if (newest && newest->snapshot != known) {
                known = newest->snapshot;
                report_.findings.push_back(branch_finding(known));
            }
            Result<snapshot::Ref> ref = snapshot::publish(shelf_, record, newest);
            if (ref) {
                state_.here = snapshot::LayerRef{.layer = record.layer,
                                                 .snapshot = record.id,
                                                 .profile = record.profile,
                                                 .number = ref->number};
                report_.number = ref->number;
                return {};
            }
            if (ref.error().kind != ErrorKind::conflict || tried == most_tries) {
                return tl::unexpected(std::move(ref).error());
            }
        }
    }

    Result<void> remember() {
        note_taken(state_, options_, report_);
        state_.holds_until = looked_at_ - clock_step;
        ENVKEEP_TRY(state_.packed, packed_in(world_, session_, capture_.layer));
        stored_.drop();
        return snapshot::save_layer_state(session_.home, state_, *world_.writer);
    }

    Result<SnapshotReport> finish() {
        count(capture_.layer, report_);
        if (!report_.unreadable.empty()) {
            report_.ending = Ending::partly;
        }
        report_.timings = watch_.take();
        return std::move(report_);
    }

    void tell(std::string_view phase) const {
        if (listener_.phase) {
            listener_.phase(phase);
        }
    }

    const World& world_;
    const Session& session_;
    const SnapshotOptions& options_;
    const Listener& listener_;
    snapshot::Shelf shelf_;
    Stopwatch watch_;
    SnapshotReport report_;
    LayerState state_;
    snapshot::Scope scope_;
    snapshot::Roots roots_;
    std::optional<Layer> base_;
    StoredBytes stored_;
    snapshot::ImageListing image_;
    packages::Inventory inventory_;
    snapshot::Capture capture_;
    QuietTime quiet_;
    WallTime looked_at_{};
};

}  // namespace

Result<SnapshotReport> take_snapshot(const World& world,
                                     Session& session,
                                     const SnapshotOptions& options,
                                     const Listener& listener) {
    ENVKEEP_CHECK(check_has_trees(world, true));
    ENVKEEP_CHECK(check_is_same_store(session));
    if (session.store.is_read_only) {
        return failure(ErrorKind::read_only,
                       "the store can only be read: no snapshot can be written there",
                       "make the store writable, then take the snapshot again");
    }
    ENVKEEP_TRY(const LayerState state, layer_state_of(world, session));
    ENVKEEP_CHECK(check_is_whole(state, options.as_is));
    const auto longest = options.is_automatic ? std::chrono::minutes::zero() : LayerLock::by_hand;
    ENVKEEP_TRY(const LayerLock lock, LayerLock::take(world, session, {longest, {}}, listener));
    Result<SnapshotReport> taken = SnapshotRun(world, session, options, listener).run();
    if (!taken) {
        note_refusal(world, session, options, taken.error());
    }
    return taken;
}

}  // namespace envkeep::engine
