// SPDX-License-Identifier: MIT
#include "engine/layer_aside.hpp"

#include "engine/back_up_asides.hpp"
#include "engine/carry_out.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::LayerStep;
using system::Kind;
using system::Place;

model::Finding in_the_way(const std::string& path, const Error& error) {
    return {.id = "snapshot-in-the-way",
            .severity = model::Severity::error,
            .subject = path,
            .title = "what stands here could not make room for what the snapshot has",
            .evidence = {error.message},
            .fix = {.text = "move it away yourself, then run 'envkeep restore'"}};
}

// By it `undo` knows that what stands there still is what the snapshot has.
std::string digest_of_what_comes(const snapshot::Layer& layer, const Entry& entry) {
    if (entry.kind == EntryKind::hard_link) {
        const auto first = std::ranges::lower_bound(
            layer.entries, entry.target, snapshot::comes_before, &Entry::path);
        const bool is_there = first != layer.entries.end() && first->path == entry.target &&
                              first->kind == EntryKind::file;
        return is_there ? first->digest.text() : std::string();
    }
    return entry.kind == EntryKind::file ? entry.digest.text() : std::string();
}

// A file that was killed before it had its attributes has the bytes, or none yet.
bool is_nothing_lost(const Entry& entry,
                     const LayerStep& step,
                     bool is_resumed,
                     const snapshot::Roots& roots,
                     system::FileReader& files) {
    if (entry.kind != EntryKind::file || step.seen.kind != Kind::file) {
        return false;
    }
    const auto has_the_bytes = [&] {
        return step.seen.size == entry.size &&
               roots.place_of(entry.path)
                       .and_then([&](const Place& place) { return files.digest(place); })
                       .value_or(Digest()) == entry.digest;
    };
    return (is_resumed && step.seen.size == 0) || has_the_bytes();
}

}  // namespace

void spare_what_is_not_lost(const snapshot::Layer& layer,
                            const snapshot::Roots& roots,
                            bool is_resumed,
                            system::FileReader& files,
                            snapshot::LayerPlan& plan) {
    std::erase_if(plan.aside, [&](std::size_t entry) {
        const auto step = std::ranges::lower_bound(plan.steps, entry, {}, &LayerStep::entry);
        const bool is_spared =
            step != plan.steps.end() && step->entry == entry &&
            is_nothing_lost(layer.entries[entry], *step, is_resumed, roots, files);
        if (is_spared) {
            step->change = snapshot::LayerChange::replace;
        }
        return is_spared;
    });
}

LayerAsides::LayerAsides(const RestoreCall& call,
                         const snapshot::Layer& layer,
                         const snapshot::Roots& roots)
    : call_(call),
      layer_(layer),
      roots_(roots),
      journal_(journal_folder(call.session),
               store::new_run(call.options.is_start ? "restore --start" : "restore",
                              call.session.home_path,
                              call.world.machine),
               call.world.files,
               *call.world.writer),
      places_(journal_.run().id, call.world.files, *call.world.writer) {}

Result<std::set<std::uint32_t>> LayerAsides::make_room(const std::vector<std::size_t>& entries,
                                                       std::vector<LayerStep>& steps) {
    std::set<std::uint32_t> incomplete;
    const std::size_t before = gone_.size();
    std::erase_if(steps, [&](LayerStep& step) {
        if (!std::ranges::binary_search(entries, step.entry)) {
            return false;
        }
        const Entry& entry = layer_.entries[step.entry];
        const Result<void> made = roots_.place_of(entry.path).and_then([&](const Place& place) {
            return move(entry, place);
        });
        if (!made) {
            blocked_.push_back(in_the_way('/' + entry.path, made.error()));
            incomplete.insert(entry.group);
        }
        return !made;
    });
    back_up_from(before);
    return incomplete;
}

Result<void> LayerAsides::move(const Entry& entry, const Place& place) {
    ENVKEEP_TRY(Place aside, places_.take(place));
    const std::string original = call_.world.files.absolute(place);
    ENVKEEP_TRY(const std::size_t number,
                journal_.intend({.kind = store::Change::Kind::moved,
                                 .path = call_.world.files.absolute(aside),
                                 .other = original,
                                 .text = digest_of_what_comes(layer_, entry)}));
    if (Result<void> moved = call_.world.writer->move(place, aside); !moved) {
        places_.give_back(aside);
        ENVKEEP_CHECK(journal_.gave_up(number));
        return moved;
    }
    gone_.push_back({.aside = {.place = std::move(aside), .original = original}, .from = place});
    return journal_.done(number);
}

Result<bool> LayerAsides::put_away(const std::vector<std::string>& paths) {
    const std::size_t before = gone_.size();
    const std::size_t blocked_before = blocked_.size();
    for (const std::string& path : paths) {
        const Result<void> went = roots_.place_of(path).and_then([&](const Place& place) {
            return call_.world.files.status(place).and_then([&](const system::Status& seen) {
                // Of no kind that has a digest: nothing comes there.
                return seen.kind == Kind::absent
                           ? Result<void>{}
                           : move(Entry{.path = path, .kind = EntryKind::folder}, place);
            });
        });
        if (!went) {
            blocked_.push_back(in_the_way('/' + path, went.error()));
        }
    }
    back_up_from(before);
    return blocked_.size() == blocked_before;
}

// Before anything takes their places: a container may end at any time.
void LayerAsides::back_up_from(std::size_t first) {
    std::vector<store::Aside> asides;
    for (std::size_t i = first; i < gone_.size(); ++i) {
        asides.push_back(gone_[i].aside);
    }
    if (asides.empty()) {
        return;
    }
    std::optional<store::ChangesClaim> claim;
    if (!call_.session.store.is_read_only) {
        claim = claim_at_once(call_.world, call_.session.store, "restore");
    }
    store::BackupReport made =
        back_up_asides(call_.world,
                       call_.session,
                       journal_.run().id,
                       asides,
                       {.is_claimed = [&] { return claim && claim->renew().has_value(); },
                        .renew =
                            [&] {
                                if (claim) {
                                    static_cast<void>(claim->renew());
                                }
                            }});
    std::ranges::move(made.only_here, std::back_inserter(only_here_));
}

// The journal needs no word of it: what stands at its own place is taken back already.
void LayerAsides::give_back_where_nothing_came() {
    std::erase_if(gone_, [&](const Gone& one) {
        const bool is_back = call_.world.writer->move(one.aside.place, one.from).has_value();
        if (is_back) {
            places_.give_back(one.aside.place);
        }
        return is_back;
    });
}

void LayerAsides::remember_only_here() {
    for (const std::string& original : only_here_) {
        for (const Gone& one : gone_) {
            if (is_path_within(original, one.aside.original)) {
                state_of(call_.session)
                    .only_here.push_back({.original = original,
                                          .aside = call_.world.files.absolute(one.aside.place) +
                                                   original.substr(one.aside.original.size())});
            }
        }
    }
}

// Nobody looks for it at a start.
void LayerAsides::say_aside(LayerRestoreReport& report) const {
    model::Finding finding{
        .id = "snapshot-aside",
        .severity = call_.options.is_start ? model::Severity::warning : model::Severity::info,
        .subject = "snapshot",
        .title = fmt::format("{} went aside for what the snapshot brings",
                             counted(gone_.size(), "thing")),
        .fix = {.commands = {"envkeep undo " + journal_.run().id},
                .text = "nothing, if the snapshot's is right; else this changes them back"}};
    constexpr std::size_t most = 20;
    for (const Gone& one : gone_) {
        report.aside.push_back(one.aside.original);
        if (finding.evidence.size() < most) {
            finding.evidence.push_back(fmt::format(
                "{} is in {}", one.aside.original, call_.world.files.absolute(one.aside.place)));
        }
    }
    if (gone_.size() > most) {
        finding.evidence.push_back(fmt::format("and {} more", gone_.size() - most));
    }
    report.findings.push_back(std::move(finding));
}

Result<void> LayerAsides::finish(LayerRestoreReport& report) {
    if (!gone_.empty()) {
        say_aside(report);
    }
    std::ranges::move(blocked_, std::back_inserter(report.findings));
    remember_only_here();
    if (!only_here_.empty()) {
        ENVKEEP_CHECK(commit_state(call_.world, call_.session));
    }
    return journal_.is_begun() ? journal_.finish() : Result<void>{};
}

}  // namespace envkeep::engine
