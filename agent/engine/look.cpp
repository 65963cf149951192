// SPDX-License-Identifier: MIT
#include "engine/image_here.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/ready_store.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

std::size_t groups_of(const model::Plan& plan) {
    std::size_t groups = 0;
    for (const model::Step& step : plan.steps) {
        groups = std::max(groups, step.group + 1);
    }
    return groups;
}

void say(const Listener& listener, std::string_view phase) {
    if (listener.phase) {
        listener.phase(phase);
    }
}

// A side is taken for a keep, or for all below a folder; any other path is a slip.
Result<void> refuse_unknown(const std::map<std::string, keep::Take>& take,
                            const keep::Wanted& wanted,
                            const system::FileReader& files) {
    for (const auto& choice : take) {
        const std::string& path = choice.first;
        const bool is_kept = std::ranges::any_of(wanted.keeps, [&](const keep::WantedKeep& keep) {
            const std::string place = files.absolute(keep.place);
            return place == path || place.starts_with(path + "/");
        });
        if (!is_kept) {
            return failure(ErrorKind::usage,
                           fmt::format("nothing is kept at {}", quoted(path)),
                           "'envkeep status' lists what is; relative paths start at the home");
        }
    }
    return {};
}

// A mount that is meant to be read only: worth a word as long as nothing waits for it.
void say_mounted_read_only(const Session& session, std::vector<model::Finding>& findings) {
    const bool is_told = std::ranges::any_of(
        findings, [](const model::Finding& one) { return one.id == "store-read-only"; });
    if (is_mounted_read_only(session.store) && !is_told) {
        findings.push_back({.id = "store-read-only",
                            .severity = model::Severity::info,
                            .subject = "store",
                            .title = "the store is mounted read-only: nothing is saved to it",
                            .evidence = {session.store.path},
                            .fix = {.text = "nothing, if that is meant"}});
    }
}

// A store that is not mounted read-only, and yet takes nothing, says so with its reason.
void say_refusal(const World& world,
                 const Session& session,
                 std::vector<model::Finding>& findings) {
    if (session.store.refusal.empty()) {
        return say_mounted_read_only(session, findings);
    }
    auto told = std::ranges::find(findings, "store-read-only", &model::Finding::id);
    if (told == findings.end()) {
        findings.push_back({.id = "store-read-only",
                            .severity = model::Severity::warning,
                            .subject = "store",
                            .title = "the store can only be read: nothing can be written to it",
                            .fix = {.commands = {"envkeep restore"},
                                    .text = "make the store writable, then restore again"}});
        told = std::prev(findings.end());
    }
    told->evidence.insert(
        told->evidence.begin(),
        fmt::format("{}: {}", printable(session.store.path), printable(session.store.refusal)));
    say_if_full(world, session.store, *told);
}

// Of a folder that may be missing: what is made there lies where the nearest one above it does.
bool is_on_containers_disk(const World& world, std::string path) {
    while (path.size() > 1) {
        if (const auto real = world.files.real_path(path)) {
            return is_on_root_mount(world, *real);
        }
        path.resize(std::max<std::size_t>(path.rfind('/'), 1));
    }
    return true;
}

// A slip in `to:`, or a mount that is not there. Where the store itself is no mount it says nothing
// of a folder that it is none.
void say_unmounted_sources(const World& world,
                           const Session& session,
                           std::vector<model::Finding>& findings) {
    std::vector<std::string> keeps;
    for (const manifest::Keep& keep : session.manifest.keeps) {
        if (keep.to && keep.to->starts_with('/') &&
            !is_path_within(*keep.to, session.store.base_path) &&
            is_on_containers_disk(world, *keep.to)) {
            keeps.push_back(
                fmt::format("{} -> {}, on the same mount as /",
                            printable(keep.path.starts_with('/') ? keep.path : "~/" + keep.path),
                            printable(*keep.to)));
        }
    }
    if (keeps.empty() || is_on_containers_disk(world, session.store.base_path)) {
        return;
    }
    findings.push_back({.id = "source-not-mounted",
                        .severity = model::Severity::warning,
                        .subject = "store",
                        .title = "'to:' names the container's own disk: what is put there is lost "
                                 "with it",
                        .evidence = std::move(keeps),
                        .fix = {.commands = {"envkeep plan --verbose"},
                                .text = "correct 'to:' in the manifest, or mount that folder"}});
}

}  // namespace

Result<Picture> look(const World& world,
                     Session& session,
                     const LookOptions& options,
                     const Listener& listener) {
    Picture picture;
    Stopwatch watch(world.machine);
    heed_probe(session);
    const bool modes_honoured = are_modes_honoured(world, session);
    // What this very run noted so far says nothing of the home: without a state that was read, it
    // is the container's first.
    const store::SessionState* const state =
        session.loaded && session.state ? &*session.state : nullptr;
    ENVKEEP_TRY(picture.wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = modes_honoured,
                               .state = state},
                              world.files));
    watch.lap("resolve");
    ENVKEEP_CHECK(refuse_unknown(options.take, picture.wanted, world.files));

    say(listener, "comparing the home with the store");
    ENVKEEP_TRY(picture.observation,
                keep::observe(picture.wanted,
                              {.state = state,
                               .container_start = session.image_until,
                               .is_start = options.is_start,
                               .is_captured = captured_here(world, session)},
                              world.files));
    watch.lap("observe");

    const auto absolute = [&](const system::Place& place) { return world.files.absolute(place); };
    picture.plan = keep::make_plan(picture.wanted,
                                   picture.observation,
                                   {.absolute = absolute,
                                    .take = options.take,
                                    .store_is_read_only = session.store.is_read_only});
    say_refusal(world, session, picture.plan.findings);
    say_unmounted_sources(world, session, picture.plan.findings);
    watch.lap("plan");

    say(listener, "looking at modes");
    ENVKEEP_TRY(keep::ModesPlan modes,
                keep::plan_modes(session.manifest,
                                 picture.wanted,
                                 {.home = session.home,
                                  .threads = world.machine.cores(),
                                  .modes_honoured = modes_honoured,
                                  .store_is_read_only = session.store.is_read_only,
                                  .state = state,
                                  .observation = &picture.observation,
                                  .plan = &picture.plan,
                                  .first_group = groups_of(picture.plan)},
                                 world.files,
                                 world.walker));
    picture.sniffed = modes.sniffed;
    picture.secret_names = modes.secret_names;
    keep::add_modes(std::move(modes), absolute, picture.plan);
    watch.lap("modes");
    picture.timings = watch.take();
    return picture;
}

}  // namespace envkeep::engine
