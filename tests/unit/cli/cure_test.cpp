// SPDX-License-Identifier: MIT
#include "envkeep/engine/cure.hpp"

#include "cli/render_cures.hpp"
#include "envkeep/cli/this_machine.hpp"
#include "support/mounts.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>

#include <array>
#include <optional>
#include <string>

namespace envkeep::cli {
namespace {

using model::RepairKind;
using model::StepResult;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A home and a store in order, on which repairs are carried out that a doctor could have found.
class Cures : public ::testing::Test {
  protected:
    Cures() {
        EXPECT_EQ(command_line.run({"init"}).status, 0);
        manifest("A: \"1\"\n  LD_PRELOAD: x.so  # why\n  B: \"2\"\n");
        command_line.tree.file("home/.local/share/jupyter/kernels/old/kernel.json", "{}");
        EXPECT_EQ(command_line.run({"restore"}).status, 0);
    }

    void manifest(const std::string& variables) {
        command_line.tree.file(
            "storage/envkeep/manifest.yaml",
            "envkeep: 1\nkeep:\n  - .local\nenv:\n  " + variables + "# the end\n");
    }

    engine::CureReport cure(std::vector<model::Repair> repairs) {
        std::vector<engine::Cure> cures;
        for (const model::Repair& repair : repairs) {
            cures.push_back({.finding = "a-finding", .repair = repair, .note = {}});
        }
        const std::array<const char*, 2> variables{"PATH=/usr/bin:/bin", nullptr};
        ThisMachine machine(variables.data());
        auto report = engine::cure(machine.world(std::nullopt).value(),
                                   {.store = command_line.storage(), .home = command_line.home()},
                                   std::move(cures),
                                   {});
        return report ? *std::move(report) : engine::CureReport{.ending = engine::Ending::internal};
    }

    testing::CommandLine command_line;
    const std::string kernel = "home/.local/share/jupyter/kernels/old";
};

TEST_F(Cures, MoveAsideWhatLiesBehindAKeptFolder) {
    const engine::CureReport report =
        cure({{.kind = RepairKind::move_aside, .subject = command_line.tree / kernel}});

    ASSERT_EQ(report.cures.size(), 1);
    EXPECT_EQ(report.cures.front().result, StepResult::done) << report.cures.front().note;
    EXPECT_FALSE(command_line.tree.exists(kernel));
    ASSERT_FALSE(report.run.empty());

    EXPECT_EQ(command_line.run({"undo", report.run}).status, 0);
    EXPECT_EQ(command_line.tree.content(kernel + "/kernel.json"), "{}");
}

TEST_F(Cures, TakeAVariableOutOfTheManifestAndNothingElse) {
    const engine::CureReport report =
        cure({{.kind = RepairKind::drop_variable, .subject = "LD_PRELOAD"}});

    EXPECT_EQ(report.cures.front().result, StepResult::done) << report.cures.front().note;
    EXPECT_EQ(command_line.tree.content("storage/envkeep/manifest.yaml"),
              "envkeep: 1\nkeep:\n  - .local\nenv:\n  A: \"1\"\n  B: \"2\"\n# the end\n");

    EXPECT_EQ(command_line.run({"undo", report.run}).status, 0);
    EXPECT_THAT(command_line.tree.content("storage/envkeep/manifest.yaml"),
                HasSubstr("x.so  # why"));
}

TEST_F(Cures, TakeTheLastVariableOut) {
    manifest("LD_PRELOAD: x.so\n");

    const engine::CureReport report =
        cure({{.kind = RepairKind::drop_variable, .subject = "LD_PRELOAD"}});

    EXPECT_EQ(report.cures.front().result, StepResult::done) << report.cures.front().note;
    EXPECT_THAT(command_line.tree.content("storage/envkeep/manifest.yaml"),
                Not(HasSubstr("LD_PRELOAD")));
    EXPECT_EQ(command_line.run({"manifest", "check"}).status, 0);
}

TEST_F(Cures, LeaveAVariableThatTheManifestDoesNotSet) {
    const engine::CureReport report =
        cure({{.kind = RepairKind::drop_variable, .subject = "CUDA_VISIBLE_DEVICES"}});

    EXPECT_EQ(report.cures.front().result, StepResult::skipped);
    EXPECT_THAT(report.cures.front().note, HasSubstr("does not set it"));
    EXPECT_TRUE(report.run.empty());
}

TEST_F(Cures, LeaveAVariableThatNoLineIsOf) {
    command_line.tree.file("storage/envkeep/manifest.yaml",
                           "envkeep: 1\nkeep: [.local]\nenv: {LD_PRELOAD: x.so, A: b}\n");

    const engine::CureReport report =
        cure({{.kind = RepairKind::drop_variable, .subject = "LD_PRELOAD"}});

    EXPECT_EQ(report.cures.front().result, StepResult::skipped);
    EXPECT_THAT(command_line.tree.content("storage/envkeep/manifest.yaml"), HasSubstr("x.so"));
}

TEST_F(Cures, LeaveWhatLiesInTheImage) {
    command_line.tree.file("image/kernels/old/kernel.json", "{}");

    const engine::CureReport report = cure(
        {{.kind = RepairKind::move_aside, .subject = command_line.tree / "image/kernels/old"}});

    EXPECT_EQ(report.cures.front().result, StepResult::skipped);
    EXPECT_THAT(report.cures.front().note, HasSubstr("outside the home and the store"));
    EXPECT_TRUE(command_line.tree.exists("image/kernels/old/kernel.json"));
}

TEST_F(Cures, SetAMode) {
    command_line.tree.file("home/.jupyter-runtime", "x", 0644);

    const engine::CureReport report = cure({{.kind = RepairKind::set_mode,
                                             .subject = command_line.home() + "/.jupyter-runtime",
                                             .mode = 0600}});

    EXPECT_EQ(report.cures.front().result, StepResult::done) << report.cures.front().note;
    EXPECT_EQ(command_line.tree.mode_of("home/.jupyter-runtime"), 0600);
    EXPECT_EQ(command_line.run({"undo", report.run}).status, 0);
    EXPECT_EQ(command_line.tree.mode_of("home/.jupyter-runtime"), 0644);
}

// An /etc of its own, in which the machine's own ldconfig is at work.
class LoaderCache : public Cures {
  protected:
    LoaderCache() {
        command_line.tree.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
            .file(cache, "what stood there");
        etc.emplace(testing::ScopedMount::bind("/etc", command_line.tree / "etc"));
    }

    engine::CureReport renew() { return cure({{.kind = RepairKind::run_ldconfig}}); }

    const std::string cache = "etc/ld.so.cache";
    std::optional<testing::ScopedMount> etc;
};

TEST_F(LoaderCache, IsWrittenAnewAndTheOldOneIsKept) {
    const engine::CureReport report = renew();

    EXPECT_EQ(report.cures.front().result, StepResult::done) << report.cures.front().note;
    EXPECT_THAT(command_line.tree.content(cache), StartsWith("glibc-ld.so.cache"));
    EXPECT_EQ(command_line.tree.mode_of(cache), 0644);
    ASSERT_FALSE(report.run.empty());
    EXPECT_EQ(command_line.tree.content("home/.envkeep-aside/" + report.run + "/ld.so.cache"),
              "what stood there");
    EXPECT_FALSE(command_line.tree.exists("home/.envkeep-aside/" + report.run + ".new"));

    EXPECT_EQ(command_line.run({"undo", report.run}).status, 0);
    EXPECT_EQ(command_line.tree.content(cache), "what stood there");
}

TEST_F(LoaderCache, ThatWasNotThereIsGoneAgainAfterUndo) {
    command_line.tree.remove(cache);

    const engine::CureReport report = renew();

    EXPECT_THAT(command_line.tree.content(cache), StartsWith("glibc-ld.so.cache"));
    EXPECT_EQ(command_line.run({"undo", report.run}).status, 0);
    EXPECT_FALSE(command_line.tree.exists(cache));
}

TEST_F(LoaderCache, ThatIsAsItWouldBeIsLeft) {
    static_cast<void>(renew());

    const engine::CureReport again = renew();

    EXPECT_EQ(again.cures.front().result, StepResult::done);
    EXPECT_THAT(again.cures.front().note, HasSubstr("as it would be"));
    EXPECT_TRUE(again.run.empty());
}

TEST_F(LoaderCache, ThatWasWrittenAgainSinceStaysAsItIs) {
    const engine::CureReport report = renew();
    command_line.tree.file(cache, "of a later ldconfig");

    EXPECT_EQ(command_line.run({"undo", report.run}).status, 3);

    EXPECT_EQ(command_line.tree.content(cache), "of a later ldconfig");
}

TEST_F(LoaderCache, StaysWhereItsLdconfigFails) {
    command_line.tree.file("ldconfig", "#!/bin/sh\necho no room >&2\nexit 1\n", 0755);
    const auto broken =
        testing::ScopedMount::bind("/sbin/ldconfig", command_line.tree / "ldconfig");

    const engine::CureReport report =
        cure({{.kind = RepairKind::run_ldconfig},
              {.kind = RepairKind::move_aside, .subject = command_line.tree / kernel}});

    EXPECT_EQ(report.ending, engine::Ending::partly);
    EXPECT_EQ(report.cures[0].result, StepResult::failed);
    EXPECT_THAT(report.cures[0].note, HasSubstr("no room"));
    EXPECT_EQ(report.cures[1].result, StepResult::done);
    EXPECT_EQ(command_line.tree.content(cache), "what stood there");
}

TEST_F(Cures, AreNoneWithoutAStore) {
    command_line.tree.remove("storage");

    EXPECT_EQ(cure({{.kind = RepairKind::run_ldconfig}}).ending, engine::Ending::internal);
}

TEST_F(Cures, OfAMachineThatIsOnlyLookedAtAreRefused) {
    command_line.tree.folder("m/root").file("m/proc/self/mountinfo");

    const testing::Answer answer =
        command_line.run({"doctor", "--fix", "--root", command_line.tree / "m", "--home", "/root"});

    EXPECT_EQ(answer.status, 2);
    EXPECT_THAT(answer.err, HasSubstr("run 'envkeep doctor --fix' on the machine itself"));
}

TEST(NoCure, PointsToCommandsOnlyWhereThereAreSome) {
    model::Finding finding;
    EXPECT_EQ(cures_text({}, {finding}, View{}), "there is nothing that --fix could do\n");

    finding.fix.commands = {"ldconfig"};
    EXPECT_EQ(cures_text({}, {finding}, View{}),
              "there is nothing that --fix could do: the commands below are yours\n");
}

}  // namespace
}  // namespace envkeep::cli
