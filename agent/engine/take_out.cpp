// SPDX-License-Identifier: MIT
#include "engine/take_out.hpp"

#include "engine/half_released.hpp"
#include "engine/others_here.hpp"
#include "engine/store_side.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace envkeep::engine {
namespace {

bool holds_the_store(const Session& session, const keep::WantedKeep& keep) {
    return keep.target == session.store.base_path ||
           session.store.base_path.starts_with(keep.target + "/");
}

}  // namespace

// Real in this home; what the store has of it follows.
Result<void> TakeOut::take_out(const keep::WantedKeep& keep) {
    // What cannot be read now may be our link: the store keeps what it leads to.
    ENVKEEP_TRY(const system::Seen seen, world_.files.look(keep.place));
    const bool is_linked = seen.status.kind == system::Kind::link && seen.target == keep.target;
    if (is_linked && !holds_the_store(session_, keep)) {
        ENVKEEP_CHECK(make_real(world_, keep, under_));
    }
    report_.released.push_back({.subject = keep.subject,
                                .place = world_.files.absolute(keep.place),
                                .kept_at = keep.form == keep::Form::packed ? "" : keep.target});
    real_.push_back(keep);
    return {};
}

Result<void> TakeOut::release_one(const keep::WantedKeep& keep) {
    if (keep.form == keep::Form::folder) {
        return {};
    }
    const bool is_linked = is_our_link(world_, keep);
    if (keep.form != keep::Form::copy && !is_linked) {
        ENVKEEP_TRY(const system::Status there, world_.files.status(keep.place));
        if (there.kind == system::Kind::absent) {
            return {};
        }
    }
    if (keep.form == keep::Form::link && !is_linked) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is not our link", keep.subject),
                       "what stands there stays, and what the store has goes to "
                       "backups/released/: move it away if that is not meant");
    }
    return take_out(keep);
}

Result<void> TakeOut::end_one(const keep::WantedKeep& keep) {
    ENVKEEP_TRY(const system::Status there, world_.files.status(keep.place));
    if (keep.form == keep::Form::link && there.kind == system::Kind::absent) {
        ENVKEEP_CHECK(link_again(world_, keep, under_.journal));
    }
    return take_out(keep);
}

std::vector<keep::WantedKeep> TakeOut::real() const {
    std::vector<keep::WantedKeep> sorted = real_;
    std::ranges::stable_sort(sorted, {}, &keep::WantedKeep::target);
    return sorted;
}

Result<void> TakeOut::put_away(const keep::WantedKeep& keep) {
    if (!is_in_our_store(session_, keep) || keep.origin == keep::Origin::dotfiles) {
        return {};
    }
    if (const keep::WantedKeep* const other = other_with_source(keep, still_); other != nullptr) {
        shared_.push_back(
            fmt::format("{}: {} is kept there, as {}", keep.subject, other->subject, keep.target));
        return {};
    }
    ENVKEEP_TRY(const system::Status source, world_.files.status(keep.source));
    if (source.kind == system::Kind::absent) {
        // It went with another one of this run, or was never there.
        for (const auto& [from, to] : moved_) {
            if (is_path_within(keep.target, from)) {
                note_kept_at(keep, to + keep.target.substr(from.size()));
            }
        }
        return {};
    }
    // Where it is kept as a copy nobody has a link to it.
    if (keep.form != keep::Form::copy && is_anybody_else_here()) {
        in_use_.push_back(fmt::format("{}: {}", keep.subject, keep.target));
        return {};
    }
    ENVKEEP_TRY(std::string kept_at, put_store_side_away(world_, session_, keep, under_.journal));
    moved_.emplace_back(keep.target, kept_at);
    note_kept_at(keep, std::move(kept_at));
    return {};
}

bool TakeOut::is_anybody_else_here() {
    if (!others_) {
        others_ = others_here(world_, session_);
    }
    return !others_->empty();
}

void TakeOut::note_kept_at(const keep::WantedKeep& keep, std::string kept_at) {
    const auto one =
        std::ranges::find(report_.released, keep.subject, &ReleaseReport::One::subject);
    if (one != report_.released.end()) {
        one->kept_at = std::move(kept_at);
    }
}

void TakeOut::say_what_stays(const std::string& command) {
    if (!in_use_.empty()) {
        std::ranges::copy(*others_, std::back_inserter(in_use_));
        report_.findings.push_back(
            {.id = "release-in-use",
             .severity = model::Severity::info,
             .subject = "sessions",
             .title = "what the store has stays where it is: other sessions may have links to it",
             .evidence = std::move(in_use_),
             .fix = {.commands = {"envkeep " + command},
                     .text = "once they have ended, to put it to backups/released/"}});
    }
    if (!shared_.empty()) {
        report_.findings.push_back(store_side_shared(std::move(shared_)));
    }
}

model::Finding not_released(const keep::WantedKeep& keep, const Error& why) {
    return {.id = "keep-conflict",
            .severity = model::Severity::error,
            .subject = keep.subject,
            .title = why.message,
            .fix = {.text = why.hint + (why.hint.empty() ? "" : "; then ") +
                            "run the same command again: it goes on from here"}};
}

void say_temporary(ReleaseReport& report) {
    const bool is_any_kept = std::ranges::any_of(
        report.released, [](const ReleaseReport::One& one) { return !one.kept_at.empty(); });
    if (!is_any_kept) {
        return;
    }
    model::Finding finding{
        .id = "home-is-temporary",
        .severity = model::Severity::info,
        .subject = "release",
        .title =
            "this home is temporary: what was released ends with this "
            "container",
        .fix = {.text = "the kept copies stay in the store until you remove them"}};
    for (const ReleaseReport::One& one : report.released) {
        if (!one.kept_at.empty()) {
            finding.evidence.push_back(
                fmt::format("{}: kept copy in {}", one.subject, one.kept_at));
        }
    }
    report.findings.push_back(std::move(finding));
}

}  // namespace envkeep::engine
