// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "envkeep/posix/machine.hpp"
#include "unit/keep/keep_world.hpp"
#include "unit/keep/plan_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

// Random homes, stores and manifests: what a plan does, and what is left to be done after it.
namespace envkeep::keep::testing {
namespace {

using envkeep::testing::TempTree;

constexpr const char* in_memory = "/dev/shm";
constexpr std::array<const char*, 4> contents{"one", "two", "three", ""};

void fill_folder(TempTree& tree, const std::string& path, int depth) {
    tree.folder(path);
    const int count = *rc::gen::inRange(0, 3);
    for (int i = 0; i < count; ++i) {
        const std::string below = path + '/' + *rc::gen::element<std::string>("a", "b", ".c");
        if (tree.exists(below)) {
            continue;
        }
        if (depth > 0 && *rc::gen::inRange(0, 3) == 0) {
            fill_folder(tree, below, depth - 1);
        } else if (*rc::gen::inRange(0, 6) == 0) {
            tree.link(below, *rc::gen::element<std::string>("a", "/gone", "../b"));
        } else {
            tree.file(below, *rc::gen::elementOf(contents));
        }
    }
}

void put_something(TempTree& tree, const std::string& path, const std::string& link) {
    switch (*rc::gen::inRange(0, 7)) {
        case 0:
        case 1:
            break;
        case 2:
        case 3:
            tree.file(path, *rc::gen::elementOf(contents));
            break;
        case 4:
        case 5:
            fill_folder(tree, path, 2);
            break;
        default:
            tree.link(path, link);
            break;
    }
}

void add_entry(KeepWorld& world, const std::string& path) {
    manifest::Keep& keep = world.keep(path);
    keep.how = *rc::gen::element(manifest::How::link, manifest::How::link, manifest::How::copy);
    keep.children = *rc::gen::inRange(0, 4) == 0;
    keep.per_python = *rc::gen::inRange(0, 8) == 0;
    keep.on_conflict = *rc::gen::element(manifest::OnConflict::by_table,
                                         manifest::OnConflict::store,
                                         manifest::OnConflict::home,
                                         manifest::OnConflict::stop);
    if (*rc::gen::inRange(0, 4) == 0) {
        keep.exclude = {keep.how == manifest::How::copy
                            ? *rc::gen::element<std::string>("a", "*/a", "**/b")
                            : *rc::gen::element<std::string>("a", "*/a")};
    }
}

void make_world(KeepWorld& world) {
    for (const std::string path : {"p", "p/a", "p/b/c", "q", "r/s"}) {
        const std::string in_home = "root/" + path;
        const std::string in_store = "storage/envkeep/home/" + path;
        const std::string link = *rc::gen::element<std::string>(world.store("home/" + path),
                                                                world.store("home/old"),
                                                                world.tree / "other",
                                                                "/gone",
                                                                world.home(path));
        // Where a parent is a file or a link, nothing can be put below it.
        try {
            if (!world.tree.exists(in_home)) {
                put_something(world.tree, in_home, link);
            }
            if (!world.tree.exists(in_store)) {
                put_something(world.tree, in_store, "/elsewhere");
            }
        } catch (const std::system_error&) {
            RC_TAG(std::string("parent in the way"));
        }
        if (*rc::gen::inRange(0, 3) != 0) {
            add_entry(world, path);
        }
    }
    world.tree.folder("other");
    world.observing.is_start = *rc::gen::arbitrary<bool>();
}

// The bytes of all files and the texts of all links that do not lead into the store.
std::set<std::string> belongings(const KeepWorld& world) {
    namespace fs = std::filesystem;
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(world.tree.path())) {
        const std::string path = entry.path();
        if (path.find("/envkeep/journal/") != std::string::npos) {
            continue;
        }
        if (entry.is_symlink()) {
            const std::string target = fs::read_symlink(entry.path());
            if (!target.starts_with(world.store())) {
                all.insert("link to " + target);
            }
        } else if (entry.is_regular_file()) {
            all.insert("file with " +
                       world.tree.content(path.substr(world.tree.path().size() + 1)));
        }
    }
    return all;
}

model::Outcome carry_out(KeepWorld& world, const model::Plan& plan, store::SessionState& state) {
    const posix::Machine machine(posix::environment());
    store::Journal journal(world.resolving.store.place(store::names::journal),
                           store::new_run("restore", world.home(), machine),
                           world.real_files,
                           world.real_files);
    Applied applied = apply(plan,
                            {.journal = &journal, .home = world.resolving.home},
                            world.real_files,
                            world.real_files);
    for (store::RestoredFile& file : applied.restored) {
        std::erase_if(state.files, [&](const auto& one) { return one.place == file.place; });
        state.files.push_back(std::move(file));
    }
    world.observing.state = &state;
    return std::move(applied.outcome);
}

std::string failures(const model::Plan& plan, const model::Outcome& outcome) {
    std::string text;
    for (const model::StepOutcome& step : outcome.steps) {
        if (step.result != model::StepResult::done) {
            text += plan.steps[step.step].subject + ": " +
                    (step.error ? step.error->message : std::string("skipped")) + '\n';
        }
    }
    return text;
}

// A first run may make what a link led to that was dangling, which then is no conflict any more:
// what stays of the plan once nothing is left to do, and how often it was carried out.
struct Settled {
    model::Plan rest;
    std::string failures;
};

Settled settle(KeepWorld& world, store::SessionState& state) {
    constexpr int most = 5;
    Settled settled;
    for (int round = 0; round < most; ++round) {
        settled.rest = world.plan();
        RC_LOG() << ::testing::PrintToString(lines_of(settled.rest, world.planning.absolute))
                 << '\n';
        if (settled.rest.steps.empty()) {
            return settled;
        }
        const std::set<std::string> before = belongings(world);
        settled.failures += failures(settled.rest, carry_out(world, settled.rest, state));
        const std::set<std::string> after = belongings(world);
        RC_ASSERT(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    }
    return settled;
}

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::ranges::sort(words);
    return words;
}

// Not the words: a link that led to nothing may lead to something that was just made.
std::vector<std::string> places_of(const std::vector<model::Conflict>& conflicts) {
    std::vector<std::string> places;
    for (const model::Conflict& conflict : conflicts) {
        places.push_back(conflict.place);
    }
    return places;
}

RC_GTEST_PROP(RoundTrip, LeavesNothingToDoAndLosesNothing, ()) {
    KeepWorld world(in_memory);
    make_world(world);
    RC_LOG() << ::testing::PrintToString(world.tree.snapshot()) << '\n';

    store::SessionState state;
    const Settled settled = settle(world, state);

    RC_ASSERT(settled.failures == "");
    RC_ASSERT(settled.rest.steps.empty());
}

RC_GTEST_PROP(RoundTrip, LeavesConflictsAlone, ()) {
    KeepWorld world(in_memory);
    make_world(world);
    const std::vector<std::string> before = places_of(world.plan().conflicts);

    store::SessionState state;
    const std::vector<std::string> after = places_of(settle(world, state).rest.conflicts);

    RC_ASSERT(std::ranges::includes(sorted(before), sorted(after)));
}

RC_GTEST_PROP(RoundTrip, FillsTheHomeOfTheNextSession, ()) {
    KeepWorld world(in_memory);
    make_world(world);
    store::SessionState state;
    settle(world, state);
    const std::vector<std::string> stored = world.tree.snapshot("storage/envkeep/home");

    world.tree.remove("root").folder("root");
    world.reopen();
    world.observing.state = nullptr;
    store::SessionState next_state;
    const Settled next = settle(world, next_state);

    RC_LOG() << ::testing::PrintToString(stored) << '\n';
    RC_ASSERT(next.failures == "");
    RC_ASSERT(next.rest.steps.empty());
    const std::vector<std::string> kept = world.tree.snapshot("storage/envkeep/home");
    RC_ASSERT(std::includes(kept.begin(), kept.end(), stored.begin(), stored.end()));
}

RC_GTEST_PROP(RoundTrip, PlansTheSameTwice, ()) {
    KeepWorld world(in_memory);
    make_world(world);

    const model::Plan once = world.plan();
    const model::Plan again = world.plan();

    RC_ASSERT(once.steps == again.steps);
    RC_ASSERT(once.conflicts == again.conflicts);
    RC_ASSERT(once.keeps == again.keeps);
}

}  // namespace
}  // namespace envkeep::keep::testing
