// SPDX-License-Identifier: MIT
#include "engine/ready_store.hpp"
#include "envkeep/engine/history.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/store/lease.hpp"
#include "session_of_a_test.hpp"
#include "support/mounts.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace envkeep::engine {
namespace {

using testing::ScopedMount;

// A store on a small file system of its own.
class MeasuredStore : private testing::OwnMounts, public testing::SessionOfATest {
  protected:
    void SetUp() override {
        mounted_.emplace(ScopedMount::tmpfs(tree / "storage", "size=16m"));
        testing::SessionOfATest::SetUp();
        tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.config]\n")
            .file("storage/envkeep/home/.config/tool", "kept\n");
    }

    RestoreReport restored() {
        Session session = this->session();
        return restore(world(), session, {.look = {.is_start = true}}, {}).value();
    }

    void fill() {
        // As much as goes in.
        const std::string block(std::size_t{1} << 20U, 'x');
        const system::RootId root = files.open_root(tree / "storage").value();
        for (std::size_t size = block.size(); size >= 4096; size /= 2) {
            int made = 0;
            while (files.write_file({.root = root,
                                     .path = RelPath::parse("fill-" + std::to_string(size) + "-" +
                                                            std::to_string(made++))
                                                 .value()},
                                    block.substr(0, size),
                                    0600,
                                    std::nullopt)) {
                fillers_.push_back("storage/fill-" + std::to_string(size) + "-" +
                                   std::to_string(made - 1));
            }
        }
    }

    void empty() {
        for (const std::string& filler : fillers_) {
            tree.remove(filler);
        }
    }

    static bool says_read_only(const RestoreReport& report) {
        return std::ranges::any_of(report.findings, [](const model::Finding& finding) {
            return finding.id == "store-read-only" &&
                   finding.evidence.front().find("no space") != std::string::npos;
        });
    }

    std::optional<ScopedMount> mounted_;
    std::vector<std::string> fillers_;
};

TEST_F(MeasuredStore, ThatFilledUpSinceIsReadAndIsWrittenToAgainOnceThereIsRoom) {
    ASSERT_TRUE(restored().outcome.steps.size() > 0);
    ASSERT_TRUE(session().state->probe->is_writable);
    tree.remove("home/.config").file("home/.new/file", "mine\n");
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.config, .new]\n");
    fill();

    const RestoreReport full = restored();

    EXPECT_TRUE(says_read_only(full));
    EXPECT_EQ(tree.target("home/.config"), tree / "storage/envkeep/home/.config");
    EXPECT_EQ(tree.content("home/.new/file"), "mine\n");
    EXPECT_FALSE(session().state->probe->is_writable);

    empty();
    EXPECT_FALSE(says_read_only(restored()));

    EXPECT_EQ(tree.target("home/.new"), tree / "storage/envkeep/home/.new");
    EXPECT_EQ(tree.content("storage/envkeep/home/.new/file"), "mine\n");
    EXPECT_TRUE(session().state->probe->is_writable);
}

TEST_F(MeasuredStore, ThatIsFullSaysSoAndWhatMakesRoom) {
    tree.file("home/.config/mine", "mine\n").remove("storage/envkeep/home/.config");
    fill();

    const RestoreReport full = restored();

    const auto told = std::ranges::find(full.findings, "store-read-only", &model::Finding::id);
    ASSERT_NE(told, full.findings.end());
    EXPECT_EQ(told->title, "the store is full: 1 keep could not be taken into it");
    EXPECT_THAT(told->evidence.front(),
                ::testing::ContainsRegex("no space left on device; .* of 16.0 MiB are free"));
    EXPECT_THAT(told->fix.text,
                ::testing::AllOf(::testing::HasSubstr("'envkeep gc'"),
                                 ::testing::HasSubstr("'envkeep gc --backups'"),
                                 ::testing::HasSubstr("'rm'")));
}

TEST_F(MeasuredStore, ThatIsFullGivesTheRoomOfItsBackups) {
    const std::string run = "20200101T000000Z-0000000000";
    tree.file("storage/envkeep/backups/" + run + "/root/a", "old");
    static_cast<void>(restored());
    fill();

    const Result<GcReport> freed = remove_backups(world(), session(), std::chrono::hours(1));

    ASSERT_TRUE(freed.has_value()) << freed.error().message;
    EXPECT_EQ(freed->removal.removed.size(), 1U);
    EXPECT_FALSE(tree.exists("storage/envkeep/backups/" + run));
}

TEST_F(MeasuredStore, IsNotMeasuredAgainByTheNextRun) {
    static_cast<void>(restored());
    Session first = session();
    // No second measurement would come to that.
    state_of(first).probe->small_file = std::chrono::hours(1);
    ASSERT_TRUE(commit_state(world(), first));

    Session second = session();
    EXPECT_FALSE(measure_store(world(), second));
    static_cast<void>(restored());

    EXPECT_EQ(session().state->probe->small_file, std::chrono::hours(1));
}

TEST_F(MeasuredStore, OfAnotherBootOrContainerIsNoneThatWasMeasured) {
    static_cast<void>(restored());
    store::SessionState state = session().state.value();

    state.container.boot_id = "another boot";
    ASSERT_TRUE(store::save_state(session().home, state, files));

    EXPECT_FALSE(session().state.has_value());
    Session anew = session();
    EXPECT_TRUE(measure_store(world(), anew));
}

TEST_F(MeasuredStore, OnAnotherMountIsNoneThatWasMeasured) {
    static_cast<void>(restored());
    ASSERT_TRUE(session().state->probe.has_value());
    const std::string identity = tree.content("storage/envkeep/store.json");

    const auto other = ScopedMount::tmpfs(tree / "storage", "size=16m");
    tree.file("storage/envkeep/store.json", identity)
        .file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: []\n");
    posix::Files fresh;
    World now = world();
    const World anew{.files = fresh,
                     .writer = &fresh,
                     .machine = now.machine,
                     .walker = now.walker,
                     .own_binary = now.own_binary};

    EXPECT_FALSE(open_session(anew, options()).value().state->probe.has_value());
}

TEST_F(MeasuredStore, WaitsForAnotherSessionAndPlansWithWhatThatOneDid) {
    tree.file("home/.new/file", "as the image has it\n");
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.new]\n");
    Session session = this->session();
    auto claim = std::make_unique<store::ChangesClaim>(
        store::ChangesClaim::take(session.store, "restore", machine, files, files).value());
    int asked = 0;
    const auto other_ends = [&] {
        if (++asked == 3) {
            tree.file("storage/envkeep/home/.new/file", "as the image has it\n");
            claim.reset();
        }
        return true;
    };

    const RestoreReport report = restore(world(),
                                         session,
                                         {.look = {.is_start = true},
                                          .may_go_on = other_ends,
                                          .patience = std::chrono::minutes(1)},
                                         {})
                                     .value();

    EXPECT_EQ(report.ending, Ending::well);
    EXPECT_THAT(report.findings, ::testing::IsEmpty());
    EXPECT_EQ(tree.target("home/.new"), tree / "storage/envkeep/home/.new");
}

TEST_F(MeasuredStore, WaitsNoLongerThanItsPatienceAndDoesTheRest) {
    tree.file("home/.new/file", "only here\n");
    tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.config, .new]\n");
    Session session = this->session();
    const auto claim =
        store::ChangesClaim::take(session.store, "restore", machine, files, files).value();

    const RestoreReport report =
        restore(world(),
                session,
                {.look = {.is_start = true}, .patience = std::chrono::milliseconds(30)},
                {})
            .value();

    EXPECT_EQ(report.findings.at(0).id, "start-pending");
    EXPECT_TRUE(tree.is_link("home/.config"));
    EXPECT_EQ(tree.content("home/.new/file"), "only here\n");
}

}  // namespace
}  // namespace envkeep::engine
