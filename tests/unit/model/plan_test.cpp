// SPDX-License-Identifier: MIT
#include "envkeep/model/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace envkeep::model {
namespace {

const Place home{.root = {0}, .path = RelPath::parse(".ssh").value()};
const Place store{.root = {1}, .path = RelPath::parse("home/.ssh").value()};

// One action of each kind, all of which change `home`.
std::vector<Action> one_of_each() {
    return {MakeFolder{.place = home},
            MakeFile{.place = home},
            MakeLink{.place = home, .target = "/storage/envkeep/home/.ssh"},
            ReplaceLink{.place = home, .old_target = "a", .new_target = "b"},
            ReplaceLinkByFolder{.place = home, .old_target = "a"},
            Seed{.from = store, .to = home},
            ReplaceByLink{.place = home, .target = "a"},
            MoveAside{.place = home},
            CopyIn{.from = store, .to = home},
            CopyBack{.from = store, .to = home},
            SetMode{.place = home, .new_mode = 0600}};
}

TEST(Action, NamesThePlaceThatItChanges) {
    for (const Action& action : one_of_each()) {
        EXPECT_EQ(place_of(action), home) << name_of(action);
    }
}

TEST(Action, HasANameOfItsOwn) {
    const std::vector<Action> actions = one_of_each();
    std::set<std::string_view> names;
    for (const Action& action : actions) {
        names.insert(name_of(action));
    }

    EXPECT_EQ(actions.size(), std::variant_size_v<Action>);
    EXPECT_EQ(names.size(), actions.size());
    EXPECT_THAT(names, ::testing::Not(::testing::Contains("")));
}

TEST(Action, DiffersFromAnotherByWhatItWouldDo) {
    EXPECT_EQ(Action(MakeLink{.place = home, .target = "a"}),
              Action(MakeLink{.place = home, .target = "a"}));
    EXPECT_NE(Action(MakeLink{.place = home, .target = "a"}),
              Action(MakeLink{.place = home, .target = "b"}));
    EXPECT_NE(Action(MakeLink{.place = home, .target = "a"}),
              Action(MakeLink{.place = store, .target = "a"}));
    EXPECT_NE(Action(MakeFile{.place = home}), Action(MoveAside{.place = home}));
}

TEST(Plan, IsEmptyWithoutStepsAndConflicts) {
    EXPECT_TRUE(Plan{}.is_empty());
    EXPECT_TRUE(
        (Plan{.findings = {{.id = "keep-packed-by-copy"}}, .keeps = {{.subject = "~/.ssh"}}})
            .is_empty());
    EXPECT_FALSE(Plan{.steps = {{.action = MakeFolder{.place = home}}}}.is_empty());
    EXPECT_FALSE(Plan{.conflicts = {{.subject = "~/.ssh"}}}.is_empty());
    EXPECT_FALSE(Plan{.keeps = {{.state = KeepState::waits_for_store}}}.is_empty());
}

TEST(Outcome, CountsItsStepsByResult) {
    const Outcome outcome{.steps = {{.step = 0, .result = StepResult::done},
                                    {.step = 1, .result = StepResult::failed},
                                    {.step = 2, .result = StepResult::done},
                                    {.step = 3, .result = StepResult::pending}}};

    EXPECT_EQ(outcome.count(StepResult::done), 2U);
    EXPECT_EQ(outcome.count(StepResult::failed), 1U);
    EXPECT_EQ(outcome.count(StepResult::skipped), 0U);
    EXPECT_EQ(outcome.count(StepResult::pending), 1U);
}

}  // namespace
}  // namespace envkeep::model
