// SPDX-License-Identifier: MIT
#include "cli/render_report.hpp"
#include "cli/render_snapshot.hpp"
#include "cli/render_status.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace envkeep::cli {
namespace {

using ::testing::HasSubstr;

std::string nowhere(const system::Place& /*place*/) {
    return {};
}

engine::RestoreReport report_of_one_keep() {
    engine::RestoreReport report;
    report.plan.keeps = {{.subject = "~/.ssh"}};
    report.timings = {{.name = "observe", .took = std::chrono::microseconds(900)}};
    return report;
}

TEST(ReportOfASnapshot, DoesNotSayThatThereWasNothingToDo) {
    engine::RestoreReport report = report_of_one_keep();
    report.layer = engine::LayerRestoreReport{
        .record = snapshot::Snapshot{.id = "20261124T1", .created = "then"},
        .is_same_image = false,
        .planned_files = 2,
        .files = 2,
        .bytes = 10};

    EXPECT_EQ(restore_text(report, nowhere, {}), "1 keep in order, 0.9 ms (observe 0.9 ms)\n");
    EXPECT_EQ(layer_text(*report.layer, {}), "snapshot 20261124T1 of then: 2 files of 2, 10 B\n");
}

TEST(ReportOfASnapshot, ShowsNothingThatATerminalWouldObey) {
    const engine::LayerRestoreReport came{
        .record = snapshot::Snapshot{.id = "20261124T1", .created = "\x1b[2J"}};
    engine::SnapshotReport taken;
    taken.unreadable = {"/a\x1b[2J\n"};

    EXPECT_EQ(layer_text(came, {}), "snapshot 20261124T1 of \\x1b[2J: nothing to do\n");
    EXPECT_THAT(snapshot_text(taken, {.quiet = true}), HasSubstr("not whole: /a\\x1b[2J\\x0a\n"));
}

TEST(ProofOfASnapshot, CallsNothingIdenticalOrAbsentThatCouldNotBeLookedAt) {
    engine::LayerProof proof{.record = snapshot::Snapshot{.id = "20261124T1"}, .entries = 2};
    proof.differences = {
        {.path = "a", .expected = "nothing", .found = "no right", .is_unknown = true}};

    EXPECT_EQ(proof_text(proof, {}),
              "not known to be as its snapshot: snapshot 20261124T1, 2 names, as far as a look can "
              "tell\n  /a: not known (no right), expected nothing\n");

    proof.differences.push_back({.path = "b", .expected = "nothing", .found = "file"});
    EXPECT_THAT(proof_text(proof, {}), ::testing::StartsWith("differs from its snapshot: "));
}

TEST(ProofOfASnapshot, SaysThatAnotherOneComesNext) {
    EXPECT_EQ(proof_text({.record = snapshot::Snapshot{.id = "20261124T1"},
                          .next = "20261125T1",
                          .entries = 2},
                         {}),
              "identical: snapshot 20261124T1, 2 names, as far as a look can tell; a new session "
              "gets snapshot 20261125T1\n");
}

TEST(StatusOfASnapshot, TellsHowFarOneIsThatIsComing) {
    engine::StatusReport report;
    report.layer = {.snapshots = 2, .coming = "20261124T1", .progress = "1 of 2 MiB\x1b[2J"};
    EXPECT_THAT(status_text(report, {.absolute = nowhere, .now = {}}, {}),
                HasSubstr("snapshots  2, 0 B; 20261124T1 is coming: 1 of 2 MiB\\x1b[2J\n"));

    report.layer = {.snapshots = 2, .here = "20261124T1"};
    EXPECT_THAT(status_text(report, {.absolute = nowhere, .now = {}}, {}),
                HasSubstr("snapshots  2, 0 B; 20261124T1 is here\n"));
}

TEST(ReportOfASnapshot, TellsAtAStartWhatWentAside) {
    engine::RestoreReport report = report_of_one_keep();
    report.findings = {{.id = "snapshot-aside",
                        .severity = model::Severity::warning,
                        .subject = "snapshot",
                        .title = "1 thing went aside",
                        .evidence = {"/root/a is in /root/b"},
                        .fix = {.commands = {"envkeep undo 1"}}}};

    const engine::RenderedReport rendered = start_report(report, nowhere, {});

    EXPECT_THAT(rendered.text, HasSubstr("/root/a is in /root/b"));
    EXPECT_EQ(rendered.notice, "envkeep: 1 thing went aside; to have it back: 'envkeep undo 1'");
}

}  // namespace
}  // namespace envkeep::cli
