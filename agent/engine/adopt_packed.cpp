// SPDX-License-Identifier: MIT
#include "engine/adopt_packed.hpp"

#include "engine/carry_out.hpp"
#include "engine/layer_place.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/others_here.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "engine/store_side.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

using keep::WantedKeep;
using snapshot::Omission;

class PackedFinish {
  public:
    PackedFinish(const World& world,
                 Session& session,
                 const PackedWork& work,
                 AdoptReport& report,
                 const Listener& listener)
        : world_(world), session_(session), work_(work), report_(report), listener_(listener) {}

    Result<void> run() {
        Result<SnapshotReport> taken = take_snapshot(world_, session_, {}, listener_);
        if (!taken) {
            say_no_snapshot(taken.error());
            return {};
        }
        report_.snapshot = *std::move(taken);
        ENVKEEP_CHECK(find_stored());
        if (is_whole() && is_nobody_else_here()) {
            return put_away();
        }
        return {};
    }

  private:
    void tell_partly(model::Finding finding) {
        report_.ending = report_.restore.ending = Ending::partly;
        report_.restore.findings.push_back(std::move(finding));
    }

    void say_no_snapshot(const Error& error) {
        std::string text = error.hint.empty() ? std::string() : error.hint + "; ";
        text +=
            "meanwhile it works here, and what the store had is there still: sessions get it "
            "from there by copy";
        if (!report_.restore.outcome.run.empty()) {
            text += fmt::format("; 'envkeep undo {}' makes it again what it was",
                                report_.restore.outcome.run);
        }
        tell_partly({.id = "packed-not-captured",
                     .severity = model::Severity::error,
                     .subject = "snapshot",
                     .title = "it is on the local disk, but the snapshot could not be taken",
                     .evidence = {error.message},
                     .fix = {.commands = {work_.again}, .text = std::move(text)}});
    }

    // The packed keeps that are meant and of which the store has something of its own.
    Result<void> find_stored() {
        ENVKEEP_TRY(const Picture picture, look(world_, session_, {}, listener_));
        std::vector<std::string> shared;
        for (std::size_t i = 0; i < picture.wanted.keeps.size(); ++i) {
            const WantedKeep& keep = picture.wanted.keeps[i];
            if (keep.form != keep::Form::packed || !work_.is_meant(keep.subject)) {
                continue;
            }
            packed_.push_back(keep);
            const bool is_stored =
                picture.observation.keeps.at(i).store.kind != system::Kind::absent;
            if (!is_stored || !is_in_our_store(session_, keep)) {
                continue;
            }
            if (const WantedKeep* const other = other_with_source(keep, picture.wanted.keeps);
                other != nullptr) {
                shared.push_back(fmt::format(
                    "{}: {} is kept there, as {}", keep.subject, other->subject, keep.target));
            } else {
                stored_.push_back(keep);
            }
        }
        if (!shared.empty()) {
            report_.restore.findings.push_back(store_side_shared(std::move(shared)));
        }
        return {};
    }

    // Links that would lead to nothing once the store's side is away.
    void find_links_to_it(std::vector<std::string>& found) {
        std::mutex mutex;
        for (const WantedKeep& keep : stored_) {
            const auto visit = [&](const system::WalkEntry& entry) {
                const bool has_own_place = std::ranges::any_of(
                    keep.leaves_out,
                    [&](const RelPath& path) { return entry.below.is_within(path); });
                if (has_own_place || entry.status.kind != system::Kind::link) {
                    return !has_own_place;
                }
                const system::Place place{.root = keep.place.root,
                                          .path = keep.place.path.joined(entry.below)};
                const std::lock_guard lock(mutex);
                const Result<std::string> target = world_.files.read_link(place);
                if (target && is_path_within(*target, keep.target)) {
                    found.push_back(fmt::format(
                        "{} is a link to {}", world_.files.absolute(place), quoted(*target)));
                }
                return true;
            };
            static_cast<void>(world_.walker.walk(keep.place, 1, visit));
        }
    }

    // What the next session would miss keeps the store's side where it is.
    bool is_whole() {
        std::vector<std::string> secrets;
        std::vector<std::string> others;
        const Result<snapshot::Scope> scope = scope_of(world_, session_);
        for (const snapshot::LeftOut& one : report_.snapshot->left_out) {
            const std::string path = typed_path(one.path, scope);
            if (path.empty()) {
                continue;
            }
            if (one.why == Omission::secret) {
                secrets.push_back(path);
            } else if (one.why == Omission::excluded && scope &&
                       scope->omission_of(one.path, system::Kind::file) == Omission::none) {
                others.push_back(path);  // by `packages:`, not by a pattern
            }
        }
        const auto is_captured = captured_here(world_, session_);
        for (const WantedKeep& keep : packed_) {
            const Result<system::Status> status = world_.files.status(keep.place);
            const bool is_there = !status || status->kind != system::Kind::absent;
            if (is_there && !is_captured(keep)) {
                others.push_back(keep.subject + ": it is no part of the snapshot at all");
            }
        }
        say_secrets(secrets);
        say_others(std::move(others));
        return secrets.empty() && !has_others_;
    }

    // As adopt takes it, of what is in a packed keep; else empty.
    [[nodiscard]] std::string typed_path(const std::string& path,
                                         const Result<snapshot::Scope>& scope) const {
        const std::string home = scope ? scope->home + '/' : std::string();
        const std::string absolute = scope && path.starts_with(home)
                                         ? session_.home_path + '/' + path.substr(home.size())
                                         : '/' + path;
        const std::string subject = subject_of(session_, absolute);
        const bool is_in_packed = std::ranges::any_of(
            packed_, [&](const WantedKeep& keep) { return is_path_within(subject, keep.subject); });
        return is_in_packed ? manifest_path_of(session_, absolute) : std::string();
    }

    void say_secrets(const std::vector<std::string>& secrets) {
        if (secrets.empty()) {
            return;
        }
        constexpr std::size_t most = 5;
        model::Finding finding{
            .id = "packed-secrets",
            .severity = model::Severity::warning,
            .subject = "secrets",
            .title = fmt::format("{} in it {} no part of the snapshot: whoever reads the store "
                                 "could read {}",
                                 counted(secrets.size(), "secret"),
                                 secrets.size() == 1 ? "is" : "are",
                                 secrets.size() == 1 ? "it" : "them"),
            .fix = {.text = "keep them by entries of their own; the store's side stays where it is "
                            "until then"}};
        for (const std::string& path : secrets) {
            finding.evidence.push_back(path);
            if (finding.fix.commands.size() < most) {
                finding.fix.commands.push_back("envkeep adopt " + shell_quoted(path));
            }
        }
        finding.fix.commands.push_back(work_.again);
        if (stored_.empty()) {
            finding.fix.text = "keep them by entries of their own";
            finding.fix.commands.pop_back();
            report_.restore.findings.push_back(std::move(finding));
        } else {
            tell_partly(std::move(finding));
        }
    }

    void say_others(std::vector<std::string> others) {
        find_links_to_it(others);
        std::ranges::move(report_.snapshot->unreadable, std::back_inserter(others));
        has_others_ = !others.empty();
        if (!has_others_) {
            return;
        }
        constexpr std::size_t most = 20;
        if (others.size() > most) {
            others.resize(most);
            others.emplace_back("...");
        }
        tell_partly({.id = "packed-not-whole",
                     .severity = model::Severity::warning,
                     .subject = "snapshot",
                     .title = "the snapshot does not hold all of it, or it needs the store's side",
                     .evidence = std::move(others),
                     .fix = {.commands = {work_.again},
                             .text = "mend what each line names ('packages:' in the manifest may "
                                     "leave it out); the store's side stays where it is until "
                                     "then"}});
    }

    // Their homes may have links to the store's side.
    bool is_nobody_else_here() {
        if (stored_.empty()) {
            return true;
        }
        std::vector<std::string> others = others_here(world_, session_);
        if (others.empty()) {
            return true;
        }
        report_.restore.findings.push_back(
            {.id = "packed-in-use",
             .severity = model::Severity::info,
             .subject = "sessions",
             .title = "the store's side stays where it is: other sessions may have links to it",
             .evidence = std::move(others),
             .fix = {.commands = {work_.again}, .text = "once they have ended"}});
        return false;
    }

    Result<void> put_away() {
        if (stored_.empty()) {
            return {};
        }
        ENVKEEP_TRY(store::ChangesClaim claim,
                    claim_store(world_, session_.store, work_.command, listener_));
        store::Journal journal(journal_folder(session_),
                               store::new_run(work_.command, session_.home_path, world_.machine),
                               world_.files,
                               *world_.writer);
        for (const WantedKeep& keep : stored_) {
            ENVKEEP_CHECK(claim.renew());
            ENVKEEP_TRY(std::string kept_at, put_store_side_away(world_, session_, keep, journal));
            report_.put_away_run = journal.run().id;
            report_.put_away.push_back({.subject = keep.subject, .kept_at = std::move(kept_at)});
        }
        return journal.finish();
    }

    const World& world_;
    Session& session_;
    const PackedWork& work_;
    AdoptReport& report_;
    const Listener& listener_;
    std::vector<WantedKeep> packed_;
    std::vector<WantedKeep> stored_;
    bool has_others_ = false;
};

}  // namespace

Result<void> finish_packed(const World& world,
                           Session& session,
                           const PackedWork& work,
                           AdoptReport& report,
                           const Listener& listener) {
    return PackedFinish(world, session, work, report, listener).run();
}

}  // namespace envkeep::engine
