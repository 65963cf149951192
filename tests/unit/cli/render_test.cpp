// SPDX-License-Identifier: MIT
#include "cli/render_findings.hpp"
#include "cli/render_plan.hpp"
#include "cli/render_report.hpp"
#include "cli/render_status.hpp"
#include "unit/cli/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using std::chrono::microseconds;
using testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Two roots: the home and the store.
std::string absolute(const system::Place& place) {
    return (place.root.index == 0 ? "/root/" : "/storage/envkeep/home/") + place.path.text();
}

system::Place at_home(std::string_view path) {
    return {.root = {.index = 0}, .path = *RelPath::parse(path)};
}

system::Place in_store(std::string_view path) {
    return {.root = {.index = 1}, .path = *RelPath::parse(path)};
}

const View log_view{.home = "/root"};
const View terminal_view{.colour = true, .width = 72, .home = "/root"};

// A step of every kind.
model::Plan rich_plan() {
    const system::Status file{.kind = system::Kind::file, .mode = 0644};
    model::Plan plan;
    const auto add = [&](model::Action action, std::string subject, std::string why) {
        plan.steps.push_back({.group = plan.steps.size(),
                              .action = std::move(action),
                              .subject = std::move(subject),
                              .why = std::move(why)});
    };
    add(model::MakeFolder{.place = in_store(".cache"), .mode = 0755}, "~/.cache", "for its parts");
    add(model::MakeFile{.place = in_store(".netrc")}, "~/.netrc", "not there yet");
    add(model::MakeLink{.place = at_home(".ssh"), .target = "/storage/envkeep/home/.ssh"},
        "~/.ssh",
        "not there yet");
    add(model::ReplaceLink{.place = at_home(".conda"),
                           .old_target = "/storage/cfg/.conda",
                           .new_target = "/storage/envkeep/home/.conda"},
        "~/.conda",
        "led to an older store");
    add(model::ReplaceLinkByFolder{.place = at_home(".local"), .old_target = "/storage/cfg/.local"},
        "~/.local",
        "entries below it have places of their own");
    add(model::Seed{.from = at_home(".jupyter"), .to = in_store(".jupyter"), .seen = {}},
        "~/.jupyter",
        "the store lacks it");
    add(model::ReplaceByLink{.place = at_home(".jupyter"),
                             .seen = {},
                             .target = "/storage/envkeep/home/.jupyter",
                             .is_in_store = true},
        "~/.jupyter",
        "the same bytes are in the store");
    add(model::MoveAside{.place = at_home(".x"), .seen = {}},
        "~/.x",
        "a file where a folder must be");
    add(
        model::CopyIn{
            .from = in_store(".bash_history"), .to = at_home(".bash_history"), .seen = {}},
        "~/.bash_history",
        "not there yet");
    add(model::CopyBack{.from = at_home(".gitconfig"),
                        .to = in_store(".gitconfig"),
                        .from_seen = {},
                        .to_seen = {}},
        "~/.gitconfig",
        "changed since it was restored");
    add(model::SetMode{.place = at_home(".ssh/id_rsa"), .seen = file, .new_mode = 0600},
        "~/.ssh",
        "a private key");
    add(model::SetMode{.place = at_home("bin/run"), .seen = file, .new_mode = 0755, .widens = true},
        "~/bin",
        "the manifest says so");
    return plan;
}

model::Outcome outcome_of(const model::Plan& plan) {
    model::Outcome outcome{.run = "20261120T232459Z-3f2a9c1e"};
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        outcome.steps.push_back({.step = i});
    }
    return outcome;
}

std::vector<model::Conflict> one_conflict() {
    return {{.subject = "~/.condarc",
             .place = "/root/.condarc",
             .source = "/storage/envkeep/home/.condarc",
             .reason = "changed in this session, and the store has another one",
             .commands = {"envkeep restore --take home /root/.condarc",
                          "envkeep restore --take store /root/.condarc"}}};
}

std::vector<model::Finding> three_findings() {
    return {
        {.id = "store-shared-secrets",
         .severity = model::Severity::error,
         .subject = "~/.ssh/id_rsa",
         .title = "your team can read this key",
         .evidence = {"/storage/envkeep/home/.ssh/id_rsa: mode 0644"},
         .fix = {.commands = {"ssh-keygen -p -f ~/.ssh/id_rsa"}, .text = "give it a passphrase"}},
        {.id = "store-not-mounted",
         .severity = model::Severity::warning,
         .subject = "store",
         .title = "the store is lost with the container",
         .fix = {.who = model::Who::restart, .text = "mount a folder that persists"}},
        {.id = "git-busy",
         .severity = model::Severity::info,
         .subject = "dotfiles",
         .title = "another session is at work on this repository"}};
}

TEST(PlanText, HasALineForEachChangeWithWhy) {
    expect_golden("plan", plan_text(rich_plan(), absolute, log_view));
}

TEST(PlanText, FitsANarrowTerminal) {
    expect_golden("plan_on_a_terminal", plan_text(rich_plan(), absolute, terminal_view));
}

TEST(OutcomeText, SaysWhatBecameOfEachStep) {
    const model::Plan plan = rich_plan();
    model::Outcome outcome = outcome_of(plan);
    outcome.steps[3].result = model::StepResult::failed;
    outcome.steps[3].error = Error{.kind = ErrorKind::permission_denied,
                                   .message = "cannot replace link '.conda': permission denied",
                                   .hint = "run as the owner of the home"};
    outcome.steps[4].result = model::StepResult::skipped;
    outcome.steps[5].result = model::StepResult::pending;
    outcome.steps[6].note = "was moved to ~/.envkeep-aside/20261120T232459Z-3f2a9c1e/.jupyter";

    expect_golden("outcome", outcome_text(plan, outcome, absolute, log_view));
}

TEST(OutcomeText, QuietShowsOnlyWhatDidNotSucceed) {
    const model::Plan plan = rich_plan();
    model::Outcome outcome = outcome_of(plan);
    outcome.steps[2].result = model::StepResult::failed;

    const std::string text = outcome_text(plan, outcome, absolute, {.quiet = true});

    EXPECT_THAT(text, HasSubstr("failed  ~/.ssh"));
    EXPECT_THAT(text, Not(HasSubstr("~/.netrc")));
}

TEST(Counts, AreTakenByKind) {
    const model::Plan plan = rich_plan();

    EXPECT_EQ(counts_text(plan),
              "2 folders to make, 1 file to make, 1 to link, 1 to relink, 1 to seed, "
              "1 to replace by a link, 1 to move aside, 1 to copy home, 1 to save, 2 modes to set");
    model::Outcome outcome = outcome_of(plan);
    outcome.steps[0].result = model::StepResult::failed;
    outcome.steps[1].result = model::StepResult::skipped;
    EXPECT_EQ(counts_text(plan, outcome),
              "1 linked, 1 relinked, 1 folder made, 1 seeded, 1 replaced by a link, 1 moved aside, "
              "1 copied home, 1 saved, 2 modes set, 1 failed, 1 skipped");
}

TEST(Times, HaveOneUnit) {
    EXPECT_EQ(time_text(microseconds(40)), "0.0 ms");
    EXPECT_EQ(time_text(microseconds(1'234)), "1.2 ms");
    EXPECT_EQ(time_text(microseconds(12'345)), "12 ms");
    EXPECT_EQ(time_text(microseconds(1'234'567)), "1.2 s");
    EXPECT_EQ(time_text(std::chrono::minutes(3)), "3 min");
    EXPECT_EQ(timings_text({{.name = "open", .took = microseconds(1'100)},
                            {.name = "plan", .took = microseconds(10)},
                            {.name = "apply", .took = microseconds(8'900)}}),
              "10 ms (open 1.1 ms, apply 8.9 ms)");
}

TEST(ConflictsText, NamesBothPathsAndTheWaysOut) {
    expect_golden("conflict", conflicts_text(one_conflict(), log_view));
}

TEST(FindingsText, HasSeverityTitleEvidenceAndCure) {
    expect_golden("findings", findings_text(three_findings(), log_view));
}

TEST(FindingsText, QuietLeavesInformationOut) {
    const std::string text = findings_text(three_findings(), {.quiet = true});

    EXPECT_THAT(text, HasSubstr("your team can read this key"));
    EXPECT_THAT(text, Not(HasSubstr("gpu")));
}

TEST(FindingsText, ShowsNothingThatATerminalWouldObey) {
    const std::string text = findings_text({{.id = "x",
                                             .severity = model::Severity::error,
                                             .subject = "s",
                                             .title = "bad \x1b[31mname",
                                             .evidence = {"a\nb"},
                                             .fix = {.commands = {"rm \x07"}, .text = "\x1b]0;"}}},
                                           {});

    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_THAT(text, HasSubstr("a\\x0ab"));
}

TEST(Merged, KeepsEachFindingOnce) {
    EXPECT_EQ(merged({three_findings(), three_findings()}), three_findings());
}

TEST(ErrorText, HasAHintWhereThereIsOne) {
    EXPECT_EQ(error_text({.message = "cannot open 'x': no such file", .hint = ""}, {}),
              "error: cannot open 'x': no such file\n");
    EXPECT_EQ(error_text({.message = "no", .hint = "run 'envkeep init'"}, {}),
              "error: no\nhint: run 'envkeep init'\n");
}

engine::RestoreReport rich_report() {
    engine::RestoreReport report{.ending = engine::Ending::partly, .plan = rich_plan()};
    report.plan.conflicts = one_conflict();
    report.outcome = outcome_of(report.plan);
    report.backups.copied = 1'258'291;
    report.findings = three_findings();
    report.timings = {{.name = "observe", .took = microseconds(3'100)},
                      {.name = "apply", .took = microseconds(9'000)}};
    return report;
}

engine::RestoreReport empty_report() {
    engine::RestoreReport report;
    report.plan.keeps = {{.subject = "~/.ssh"}, {.subject = "~/.jupyter"}};
    report.timings = {{.name = "observe", .took = microseconds(900)}};
    return report;
}

TEST(RestoreText, EndsWithASummary) {
    expect_golden("restore", restore_text(rich_report(), absolute, log_view));
}

TEST(RestoreText, IsOneLineWhereThereWasNothingToDo) {
    EXPECT_EQ(restore_text(empty_report(), absolute, log_view),
              "nothing to do: 2 keeps in order, 0.9 ms (observe 0.9 ms)\n");
    EXPECT_EQ(restore_text(empty_report(), absolute, {.quiet = true}), "");
}

TEST(StartReport, IsSilentWhereThereWasNothingToDo) {
    const engine::RenderedReport rendered = start_report(empty_report(), absolute, log_view);

    EXPECT_EQ(rendered.text, "");
    EXPECT_EQ(rendered.notice, "");
    EXPECT_THAT(rendered.json, HasSubstr(R"("command":"restore","exit":0)"));
}

TEST(StartReport, SaysInAFewWordsWhatWasDone) {
    const engine::RenderedReport rendered = start_report(rich_report(), absolute, log_view);

    expect_golden("start", rendered.text);
    EXPECT_EQ(rendered.notice,
              "envkeep: 1 conflict, 1 error, 1 warning at the start; see 'envkeep status'");
    EXPECT_THAT(rendered.json, HasSubstr(R"("exit":3)"));
}

TEST(StartReport, TellsWhyASessionCouldNotBeOpened) {
    const engine::RenderedReport rendered = start_report(
        failure(ErrorKind::store_missing, "store folder '/storage' is empty", "attach the storage"),
        absolute,
        log_view);

    EXPECT_EQ(rendered.text,
              "envkeep: store folder '/storage' is empty\nenvkeep: attach the storage\n");
    EXPECT_EQ(rendered.notice,
              "envkeep: the start failed: store folder '/storage' is empty; see 'envkeep status'");
    EXPECT_THAT(rendered.json, HasSubstr(R"("exit":4)"));
}

engine::StatusReport rich_status() {
    engine::StatusReport report{.ending = engine::Ending::findings};
    report.plan = rich_plan();
    report.plan.steps.resize(3);
    report.plan.conflicts = one_conflict();
    report.plan.keeps = {{.subject = "~/.ssh",
                          .place = "/root/.ssh",
                          .source = "/storage/envkeep/home/.ssh",
                          .how = "link",
                          .state = model::KeepState::to_do},
                         {.subject = "~/.bash_history",
                          .place = "/root/.bash_history",
                          .source = "/storage/envkeep/home/.bash_history",
                          .how = "copy"},
                         {.subject = "~/.local",
                          .place = "/root/.local",
                          .source = "/storage/envkeep/home/.local",
                          .how = "folder"},
                         {.subject = "~/.condarc",
                          .place = "/root/.condarc",
                          .source = "/storage/envkeep/home/.condarc",
                          .how = "link",
                          .state = model::KeepState::conflict},
                         {.subject = "~/.conda",
                          .place = "/root/.conda",
                          .source = "/storage/envkeep/home/.conda",
                          .how = "packed",
                          .note = "not captured yet: 'envkeep snapshot'"}};
    report.findings = three_findings();
    report.home = "/root";
    report.store = "/storage/envkeep";
    report.store_because = "ENVKEEP_STORE";
    report.platform = "Paperspace Gradient";
    report.probe = store::Probe{.is_mounted = true,
                                .mount_type = "nfs4",
                                .is_writable = true,
                                .has_links = true,
                                .small_file = microseconds(2'500),
                                .small_read = microseconds(1'100),
                                .total_bytes = 50ULL << 30U,
                                .free_bytes = 12ULL << 30U};
    report.sessions = {
        {.lease = {.host = "nb1", .home = "/root", .started = "2026-11-20T23:00:00Z"}},
        {.lease = {.host = "nb0"}, .state = store::LeaseState::dead}};
    report.start = engine::StartSeen::ran;
    report.hook_ran_at = "2026-11-20T22:24:59Z";
    report.last_save_at = "2026-11-20T23:24:47Z";
    report.background = system::ProcessId{.pid = 14, .started = 1};
    report.backups = {{.run = "20261120T232459Z-3f2a9c1e",
                       .path = "/storage/envkeep/backups/20261120T232459Z-3f2a9c1e",
                       .at = "/storage/envkeep/backups/20261120T232459Z-3f2a9c1e",
                       .bytes = 2048,
                       .files = 2,
                       .made = {}}};
    report.aside = {{.run = "20261120T232459Z-3f2a9c1e",
                     .at = "/root/.envkeep-aside/20261120T232459Z-3f2a9c1e",
                     .bytes = 17,
                     .made = *parse_utc("2026-11-20T23:24:29Z")}};
    return report;
}

const StatusContext status_context{.absolute = absolute, .now = *parse_utc("2026-11-20T23:24:59Z")};

TEST(StatusText, TellsHowThingsStand) {
    expect_golden("status", status_text(rich_status(), status_context, log_view));
}

TEST(StatusText, VerboseTellsWhatTheStoreWasMeasuredToDo) {
    const std::string text =
        status_text(rich_status(), status_context, {.home = "/root", .verbose = true});

    EXPECT_THAT(text, HasSubstr("mounted (nfs4), writing, links, no renaming over, no hard links"));
    EXPECT_THAT(text, HasSubstr("backups/20261120T232459Z-3f2a9c1e  2.0 KiB"));
}

TEST(StatusText, QuietShowsOnlyWhatIsNotInOrder) {
    const std::string text = status_text(rich_status(), status_context, {.quiet = true});

    EXPECT_THAT(text, HasSubstr("conflict"));
    EXPECT_THAT(text, Not(HasSubstr("~/.bash_history")));
    EXPECT_THAT(text, Not(HasSubstr("Paperspace")));
}

TEST(StatusText, SaysThatTheStartLineDidNotRun) {
    engine::StatusReport report = rich_status();
    report.start = engine::StartSeen::not_run;
    report.hook_ran_at.clear();
    report.last_save_at.clear();
    report.background.reset();
    report.sessions.clear();

    const std::string text = status_text(report, status_context, log_view);

    EXPECT_THAT(text, HasSubstr("the start line did not run in this container"));
    EXPECT_THAT(text, HasSubstr("not yet, the background process does not run"));
    EXPECT_THAT(text, HasSubstr("none with a background process"));
}

TEST(StatusText, TellsWhenTheCopyOfTheLongestAgoWasFetched) {
    engine::StatusReport report = rich_status();
    report.copies = {{.subject = "dotfiles", .fetched_at = "2026-11-20T20:20:00Z"}};
    const auto told = [&] { return status_text(report, status_context, log_view); };
    EXPECT_THAT(told(), HasSubstr("1 repository: 1 up to date; fetched 3 h ago\n"));

    report.copies.push_back({.subject = "b", .fetched_at = "2026-11-18T20:20:00Z"});
    report.copies.push_back({.subject = "c"});
    EXPECT_THAT(told(), HasSubstr("3 up to date; the oldest fetched 2 d ago\n"));

    report.copies = {{.subject = "c"}};
    EXPECT_THAT(told(), HasSubstr("1 repository: 1 up to date\n"));
}

}  // namespace
}  // namespace envkeep::cli
