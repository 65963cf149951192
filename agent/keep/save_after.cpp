// SPDX-License-Identifier: MIT
#include "envkeep/core/match.hpp"
#include "envkeep/keep/save.hpp"
#include "envkeep/store/working_copies.hpp"

#include <optional>
#include <set>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;
using system::Status;

struct Saved {
    Place home;
    Place store;
    Status home_seen;
};

std::optional<Saved> saved_by(const model::Action& action) {
    return match(
        action,
        [](const model::Seed& seed) -> std::optional<Saved> {
            return Saved{.home = seed.from, .store = seed.to, .home_seen = seed.seen};
        },
        [](const model::CopyBack& copy) -> std::optional<Saved> {
            return Saved{.home = copy.from, .store = copy.to, .home_seen = copy.from_seen};
        },
        [](const auto&) -> std::optional<Saved> { return std::nullopt; });
}

// What the store holds now is what was saved, whatever was written to the home since.
std::optional<Digest> saved_content(const Saved& saved, system::FileReader& files) {
    if (saved.home_seen.kind == Kind::link) {
        const auto target = files.read_link(saved.store);
        return target ? std::optional(digest_of(*target)) : std::nullopt;
    }
    if (saved.home_seen.kind != Kind::file) {
        // Of a folder its name is all there is to remember, where it is not that of the source.
        return store::is_name_beside(saved.store.path.name()) ? std::optional(Digest{})
                                                              : std::nullopt;
    }
    const auto digest = files.digest(saved.store);
    return digest ? std::optional(*digest) : std::nullopt;
}

std::optional<store::RestoredFile> record_of(const model::Action& action,
                                             const std::optional<store::RestoredFile>& before,
                                             system::FileReader& files) {
    const std::optional<Saved> saved = saved_by(action);
    if (!saved) {
        return std::nullopt;
    }
    const auto store = files.status(saved->store);
    if (!store || store->kind != saved->home_seen.kind) {
        return std::nullopt;
    }
    const std::optional<Digest> content = saved_content(*saved, files);
    if (!content) {
        return std::nullopt;
    }
    return store::RestoredFile{.place = files.absolute(saved->home),
                               .source = files.absolute(saved->store),
                               .digest = *content,
                               .home_seen = saved->home_seen,
                               .store_seen = *store,
                               .is_link = before && before->is_link};
}

}  // namespace

std::vector<store::RestoredFile> records_after(const SavePlan& plan,
                                               const model::Outcome& outcome,
                                               system::FileReader& files) {
    std::set<std::size_t> done;
    for (const model::StepOutcome& step : outcome.steps) {
        if (step.result == model::StepResult::done) {
            done.insert(step.step);
        }
    }
    std::vector<store::RestoredFile> records = plan.unchanged;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        std::optional<store::RestoredFile> record;
        if (done.contains(i) && plan.after[i]) {
            record = plan.after[i];
            record->store_seen =
                files.status(model::place_of(plan.steps[i].action)).value_or(Status{});
        } else if (done.contains(i)) {
            record = record_of(plan.steps[i].action, plan.before[i], files);
        }
        if (!record) {
            record = plan.before[i];
        }
        if (record) {
            records.push_back(*std::move(record));
        }
    }
    return records;
}

}  // namespace envkeep::keep
