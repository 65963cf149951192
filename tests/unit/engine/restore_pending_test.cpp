// SPDX-License-Identifier: MIT
#include "engine/store_claim.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/store/lease.hpp"
#include "session_of_a_test.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace envkeep::engine {
namespace {

using RestoreAtAStart = testing::SessionOfATest;

TEST_F(RestoreAtAStart, TellsWhatItDidWhileAnotherSessionChangedTheStore) {
    tree.file("storage/envkeep/manifest.yaml",
              "envkeep: 1\nkeep: [.config/new, {path: .gitconfig, kind: file}]\n");
    tree.file("home/.config/new/settings", "x").file("storage/envkeep/home/.gitconfig", "[user]");
    const auto claim =
        store::ChangesClaim::take(session().store, "save", machine, files, files).value();
    Session now = session();

    const RestoreReport report = restore(world(), now, {.look = {.is_start = true}}, {}).value();

    ASSERT_EQ(report.outcome.steps.size(), 1U);
    EXPECT_EQ(report.plan.steps.at(report.outcome.steps[0].step).subject, "~/.gitconfig");
    EXPECT_TRUE(tree.is_link("home/.gitconfig"));
    EXPECT_FALSE(tree.is_link("home/.config/new"));
    const auto pending = std::ranges::find(report.findings, "start-pending", &model::Finding::id);
    ASSERT_NE(pending, report.findings.end());
    EXPECT_NE(pending->evidence.at(0).find("~/.config/new"), std::string::npos);
}

using RestoreByHand = testing::SessionOfATest;

TEST_F(RestoreByHand, LooksAnewOnceTheOtherSessionIsThrough) {
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.config/new]\n");
    tree.file("home/.config/new/settings", "here");
    std::optional<store::ChangesClaim> other(
        store::ChangesClaim::take(session().store, "save", machine, files, files).value());
    Session now = session();
    World patient = world();
    patient.claim_patience = std::chrono::minutes(1);

    const auto report =
        restore(patient, now, {.look = {}, .may_go_on = {}}, {.phase = [&](auto phase) {
                    if (phase == waiting_for_claim) {
                        tree.file("storage/envkeep/home/.config/new/settings", "there");
                        other.reset();
                    }
                }});

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_FALSE(other.has_value());
    EXPECT_EQ(report->outcome.count(model::StepResult::failed), 0U);
    EXPECT_TRUE(tree.is_link("home/.config/new"));
    EXPECT_EQ(tree.content("storage/envkeep/home/.config/new/settings"), "there");
}

}  // namespace
}  // namespace envkeep::engine
