// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"
#include "unit/keep/plan_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What a plan holds beyond the rows of single keeps.
namespace envkeep::keep::testing {
namespace {

using manifest::Preset;
using model::KeepState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

KeepSeen in_the_way(Obstacle obstacle, const std::string& path) {
    KeepSeen seen;
    seen.home = a_folder();
    seen.store = a_folder();
    seen.obstacle = obstacle;
    seen.problem = "some words";
    seen.in_the_way = path;
    return seen;
}

KeepSeen only_in_store() {
    KeepSeen seen;
    seen.store = a_folder();
    return seen;
}

std::vector<std::size_t> groups_of(const model::Plan& plan) {
    std::vector<std::size_t> groups;
    for (const model::Step& step : plan.steps) {
        groups.push_back(step.group);
    }
    return groups;
}

std::vector<KeepState> states_of(const model::Plan& plan) {
    std::vector<KeepState> states;
    for (const model::KeepRow& row : plan.keeps) {
        states.push_back(row.state);
    }
    return states;
}

struct ObstacleRow {
    std::string name;
    Obstacle obstacle;
    std::vector<std::string> commands;
};

class Obstacles : public ::testing::TestWithParam<ObstacleRow> {};

TEST_P(Obstacles, AreConflictsWithAWayOut) {
    const KeepSeen seen = in_the_way(GetParam().obstacle, "/root/what stands");

    const model::Plan plan = plan_of({keep_of(".x")}, {seen});

    EXPECT_THAT(plan.steps, IsEmpty());
    EXPECT_THAT(plan.conflicts,
                ElementsAre(model::Conflict{.subject = "~/.x",
                                            .place = "/root/.x",
                                            .source = "/storage/envkeep/home/.x",
                                            .reason = "some words",
                                            .commands = GetParam().commands}));
}

const std::string move_it = "mv -nT '/root/what stands' '/root/what stands.old' && envkeep restore";

INSTANTIATE_TEST_SUITE_P(
    All,
    Obstacles,
    ::testing::ValuesIn(std::vector<ObstacleRow>{
        {"mount_point",
         Obstacle::mount_point,
         {"umount '/root/what stands' && envkeep restore", "envkeep release /root/.x"}},
        {"loop", Obstacle::loop, {move_it}},
        {"foreign_parent_link", Obstacle::foreign_parent_link, {move_it}},
        {"parent_is_file", Obstacle::parent_is_file, {move_it}},
        {"special", Obstacle::special, {move_it}},
        {"same_file", Obstacle::same_file, {"ls -ldi /root/.x /storage/envkeep/home/.x"}},
        {"unreadable", Obstacle::unreadable, {"ls -ld /root/.x /storage/envkeep/home/.x"}},
    }),
    [](const auto& row) { return row.param.name; });

TEST(MakePlan, LeavesWhatCannotBeKeptWhereAPatternFoundIt) {
    WantedKeep keep = keep_of(".x");
    keep.may_be_missing = true;
    KeepSeen socket = in_the_way(Obstacle::special, "/root/.x");
    socket.store = {};

    const model::Plan plan = plan_of({keep}, {socket});

    EXPECT_TRUE(plan.is_empty());
}

TEST(MakePlan, OffersBothSidesWhereOnlyTheUserCanDecide) {
    KeepSeen seen;
    seen.home = a_file(1);
    seen.store = a_file(2);
    seen.sameness = Sameness::differs;
    seen.changed_in_session = true;

    const model::Plan plan = plan_of({keep_of("with space")}, {seen});

    ASSERT_EQ(plan.conflicts.size(), 1U);
    EXPECT_THAT(plan.conflicts[0].commands,
                ElementsAre("envkeep restore --take home '/root/with space'",
                            "envkeep restore --take store '/root/with space'"));
}

TEST(MakePlan, TakesASideForAllBelowAPath) {
    KeepSeen seen;
    seen.home = a_file(1);
    seen.store = a_file(2);
    seen.sameness = Sameness::differs;
    seen.changed_in_session = true;
    PlanContext context = plan_context();
    context.take["/root/.config"] = Take::store;

    const model::Plan plan =
        plan_of({keep_of(".config/a"), keep_of(".configs")}, {seen, seen}, context);

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("replace_by_link /root/.config/a -> /storage/envkeep/home/.config/a "
                            "(only here)",
                            "conflict: it was changed in this session and differs from the "
                            "store's"));
}

TEST(MakePlan, GoesOnWithSoundEntriesAndTellsAllConflicts) {
    Wanted wanted;
    wanted.keeps = {keep_of("a"), keep_of("b"), keep_of("c")};
    wanted.keeps[1].group = 1;
    wanted.keeps[2].group = 2;
    wanted.conflicts = {{.subject = "~/d", .place = "/root/d", .reason = "its source lies inside"}};
    wanted.rows = {{.subject = "~/d", .state = KeepState::conflict}};
    const KeepSeen busy = in_the_way(Obstacle::mount_point, "/root/a");

    const model::Plan plan =
        make_plan(wanted, {.keeps = {busy, only_in_store(), busy}}, plan_context());

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("make_link /root/b -> /storage/envkeep/home/b",
                            "conflict: its source lies inside",
                            "conflict: some words",
                            "conflict: some words"));
    EXPECT_THAT(
        states_of(plan),
        ElementsAre(
            KeepState::conflict, KeepState::to_do, KeepState::conflict, KeepState::conflict));
}

TEST(MakePlan, TellsEachConflictAsAFinding) {
    const model::Plan plan =
        plan_of({keep_of(".x")}, {in_the_way(Obstacle::mount_point, "/root/.x")});

    ASSERT_EQ(plan.findings.size(), 1U);
    EXPECT_EQ(plan.findings[0].id, "keep-conflict");
    EXPECT_EQ(plan.findings[0].severity, model::Severity::error);
    EXPECT_EQ(plan.findings[0].subject, "~/.x");
    EXPECT_EQ(plan.findings[0].fix.commands, plan.conflicts[0].commands);
    EXPECT_THAT(plan.findings[0].evidence, ElementsAre("/root/.x", "/storage/envkeep/home/.x"));
}

TEST(MakePlan, MakesMissingParentsOnceAndApart) {
    KeepSeen seen = only_in_store();
    seen.missing_parents = {RelPath::parse(".config").value(),
                            RelPath::parse(".config/deep").value()};

    const model::Plan plan =
        plan_of({keep_of(".config/deep/a"), keep_of(".config/deep/b")}, {seen, seen});

    EXPECT_THAT(
        lines_of(plan, absolute),
        ElementsAre("make_folder /root/.config 0755",
                    "make_folder /root/.config/deep 0755",
                    "make_link /root/.config/deep/a -> /storage/envkeep/home/.config/deep/a",
                    "make_link /root/.config/deep/b -> "
                    "/storage/envkeep/home/.config/deep/b"));
    EXPECT_THAT(groups_of(plan), ElementsAre(0, 1, 2, 3));
}

TEST(MakePlan, MakesParentsInTheStoreOnlyForWhatIsPutThere) {
    KeepSeen seeded;
    seeded.home = a_file();
    seeded.missing_store_parents = {RelPath::parse("home/.config").value()};
    KeepSeen stale;
    stale.home = a_link();
    stale.target = "/storage/envkeep/home/.cache/b";
    stale.missing_store_parents = {RelPath::parse("home/.cache").value()};
    WantedKeep match = keep_of(".cache/b");
    match.may_be_missing = true;

    const model::Plan plan = plan_of({match, keep_of(".config/a")}, {stale, seeded});

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("move_aside /root/.cache/b",
                            "make_folder /storage/envkeep/home/.config 0700",
                            "seed /root/.config/a -> /storage/envkeep/home/.config/a",
                            "replace_by_link /root/.config/a -> /storage/envkeep/home/.config/a "
                            "(held)"));
    EXPECT_THAT(groups_of(plan), ElementsAre(0, 1, 2, 2));
}

TEST(MakePlan, MakesAFolderOfALinkOfOursOnTheWay) {
    KeepSeen seen = only_in_store();
    seen.parent_is_our_link = true;
    seen.parent_link = {.place = at_home(".config"), .target = "/storage/envkeep/home/.config"};

    const model::Plan plan = plan_of({keep_of(".config/a"), keep_of(".config/b")}, {seen, seen});

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("replace_link_by_folder /root/.config (was our "
                            "/storage/envkeep/home/.config)",
                            "make_link /root/.config/a -> /storage/envkeep/home/.config/a",
                            "make_link /root/.config/b -> /storage/envkeep/home/.config/b"));
    EXPECT_THAT(groups_of(plan), ElementsAre(0, 0, 0));
}

TEST(MakePlan, KeepsTheLinksOfAFolderThatWasALinkInItsGroup) {
    WantedKeep folder = keep_of(".local", Form::folder);
    KeepSeen was_link;
    was_link.home = a_link();
    was_link.target = folder.target;
    KeepSeen below = only_in_store();
    below.parent_is_our_link = true;
    KeepSeen to_be_made;
    to_be_made.parent_is_our_link = true;

    const model::Plan plan =
        plan_of({folder, keep_of(".local/lib"), keep_of(".local/share"), keep_of(".ssh")},
                {was_link, below, to_be_made, only_in_store()});

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("replace_link_by_folder /root/.local (was our "
                            "/storage/envkeep/home/.local)",
                            "make_link /root/.local/lib -> /storage/envkeep/home/.local/lib",
                            "make_folder /storage/envkeep/home/.local/share 0755",
                            "make_link /root/.local/share -> /storage/envkeep/home/.local/share",
                            "make_link /root/.ssh -> /storage/envkeep/home/.ssh"));
    EXPECT_THAT(groups_of(plan), ElementsAre(0, 0, 1, 1, 2));
}

TEST(MakePlan, TouchesNothingBelowAFolderInConflict) {
    const KeepSeen file = in_the_way(Obstacle::loop, "/root/.config");

    const model::Plan plan =
        plan_of({keep_of(".config", Form::folder), keep_of(".config/a"), keep_of(".config.d")},
                {file, only_in_store(), only_in_store()});

    EXPECT_THAT(lines_of(plan, absolute),
                ElementsAre("make_link /root/.config.d -> /storage/envkeep/home/.config.d",
                            "conflict: some words"));
}

TEST(MakePlan, GivesEachEntryOneRowWithTheWorstOfItsParts) {
    std::vector<WantedKeep> keeps{keep_of(".config", Form::folder),
                                  keep_of(".config/a"),
                                  keep_of(".config/b"),
                                  keep_of(".ssh")};
    keeps[3].group = 1;
    KeepSeen folder;
    folder.home = a_folder();
    KeepSeen right;
    right.home = a_link();
    right.store = a_folder();

    const model::Plan plan = plan_of(keeps, {folder, only_in_store(), right, right});

    EXPECT_THAT(plan.keeps,
                ElementsAre(model::KeepRow{.subject = "~/.config",
                                           .place = "/root/.config",
                                           .source = "/storage/envkeep/home/.config",
                                           .how = "folder",
                                           .state = KeepState::to_do},
                            model::KeepRow{.subject = "~/.ssh",
                                           .place = "/root/.ssh",
                                           .source = "/storage/envkeep/home/.ssh",
                                           .how = "link",
                                           .state = KeepState::in_order}));
}

TEST(MakePlan, CarriesOldStatesAndBoundsIntoItsActions) {
    WantedKeep keep = keep_of(".ssh");
    keep.preset = Preset::ssh;
    KeepSeen seen;
    seen.home = a_folder();

    const model::Plan plan = plan_of({keep}, {seen});

    EXPECT_THAT(plan.steps,
                ElementsAre(model::Step{.group = 0,
                                        .action = model::Seed{.from = at_home(".ssh"),
                                                              .to = at_store("home/.ssh"),
                                                              .seen = a_folder(),
                                                              .folder_bound = 0700},
                                        .subject = "~/.ssh",
                                        .why = "not in the store yet"},
                            model::Step{.group = 0,
                                        .action = model::ReplaceByLink{.place = at_home(".ssh"),
                                                                       .seen = a_folder(),
                                                                       .target = keep.target,
                                                                       .is_in_store = true},
                                        .subject = "~/.ssh",
                                        .why = "its content is in the store now"}));
}

TEST(MakePlan, TellsWhatAReadOnlyStoreKeepsFromBeingDone) {
    PlanContext context = plan_context();
    read_only(context);
    KeepSeen only_home;
    only_home.home = a_file();

    const model::Plan plan =
        plan_of({keep_of("a"), keep_of("b")}, {only_home, only_in_store()}, context);

    ASSERT_EQ(plan.findings.size(), 1U);
    EXPECT_EQ(plan.findings[0].id, "store-read-only");
    EXPECT_THAT(plan.findings[0].evidence,
                ElementsAre("~/a: only in the home, and the store can only be read"));
    EXPECT_THAT(states_of(plan), ElementsAre(KeepState::waits_for_store));  // of one entry
    EXPECT_EQ(plan.waiting(), 1U);
}

TEST(MakePlan, TellsWhatLeadsOutOfTheStoreByALinkInIt) {
    KeepSeen seen = only_in_store();
    seen.store = a_link();
    seen.leads_out = "/etc";

    const model::Plan plan = plan_of({keep_of(".cfg"), keep_of("b")}, {seen, only_in_store()});

    EXPECT_EQ(plan.steps.size(), 2U);
    ASSERT_EQ(plan.findings.size(), 1U);
    EXPECT_EQ(plan.findings[0].id, "store-side-is-link");
    EXPECT_EQ(plan.findings[0].title, "1 keep leads out of the store, by a link in it");
    EXPECT_THAT(plan.findings[0].evidence,
                ElementsAre("~/.cfg: '/storage/envkeep/home/.cfg' leads to '/etc'"));
}

TEST(MakePlan, TellsWhatExcludePutsAside) {
    WantedKeep keep = keep_of(".x", Form::copy);
    keep.leaves_out = {RelPath::parse("a/__pycache__").value()};
    KeepSeen seen;
    seen.home = a_folder();
    seen.store = a_folder();
    seen.sameness = Sameness::differs;
    seen.holds_left_out = true;

    const model::Plan plan = plan_of({keep}, {seen});

    ASSERT_EQ(plan.findings.size(), 1U);
    EXPECT_EQ(plan.findings[0].id, "keep-excluded");
    EXPECT_EQ(plan.findings[0].severity, model::Severity::info);
    EXPECT_THAT(plan.findings[0].evidence, ElementsAre("~/.x/a/__pycache__"));
    ASSERT_EQ(plan.steps.size(), 1U);
    EXPECT_EQ(std::get<model::CopyIn>(plan.steps[0].action).leaves_out, keep.leaves_out);
}

TEST(MakePlan, IsTheSameForTheSameInput) {
    const std::vector<WantedKeep> keeps{keep_of("a"), keep_of("b", Form::copy)};
    const std::vector<KeepSeen> seen{only_in_store(), only_in_store()};

    EXPECT_EQ(plan_of(keeps, seen).steps, plan_of(keeps, seen).steps);
}

struct NameRow {
    std::string name;
    bool is_file;
};

class EmptySources : public ::testing::TestWithParam<NameRow> {};

TEST_P(EmptySources, AreOfTheKindThatTheirNameTells) {
    const model::Plan plan = plan_of({keep_of(GetParam().name)}, {KeepSeen{}});

    ASSERT_EQ(plan.steps.size(), 2U);
    EXPECT_EQ(std::holds_alternative<model::MakeFile>(plan.steps[0].action), GetParam().is_file);
}

INSTANTIATE_TEST_SUITE_P(All,
                         EmptySources,
                         ::testing::ValuesIn(std::vector<NameRow>{
                             {".bash_history", true},
                             {".gitconfig", true},
                             {".netrc", true},
                             {".kaggle/kaggle.json", true},
                             {".huggingface/token", true},
                             {".ssh", false},
                             {".jupyter", false},
                             {"src", false},
                             {".config/conf.d", false},
                             {".json", false},
                         }));

}  // namespace
}  // namespace envkeep::keep::testing
