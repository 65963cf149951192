// SPDX-License-Identifier: MIT
#include "engine/background.hpp"
#include "engine/layer_lock.hpp"
#include "engine/layer_progress.hpp"
#include "engine/notice_file.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A session has changed what a snapshot is to bring back there.
class RestoringOverChanges : public testing::SessionOfATest {
  protected:
    // Bytes that a pack holds as they are.
    static std::string noise(unsigned seed) {
        std::mt19937 random(seed);
        std::string bytes(4096, '\0');
        std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
        return bytes;
    }

    // Where the packs of the store hold those bytes, they hold others from now on.
    void damage(const std::string& bytes) {
        for (const auto& pack :
             std::filesystem::directory_iterator(tree / "storage/envkeep/packs")) {
            const std::string path = pack.path().string().substr(tree.path().size() + 1);
            std::string content = tree.content(path);
            const std::size_t at = content.find(bytes.substr(100, 100));
            if (at != std::string::npos) {
                content.replace(at, 4, "\1\2\3\4");
                tree.file(path, content);
                ++damaged;
            }
        }
    }

    // Another session's image has that instead.
    void new_session() {
        tree.remove("home/work").remove("home/.local").folder("home/work");
        begin_session();
    }

    LayerRestoreReport restore(const LayerRestoreOptions& options = {}) {
        Session now = session();
        return restore_layer(world(), now, options, {}).value();
    }

    static std::vector<std::string> ids(const LayerRestoreReport& report) {
        std::vector<std::string> all;
        for (const model::Finding& finding : report.findings) {
            all.push_back(finding.id);
        }
        return all;
    }

    const std::string site = "home/.local/lib/python3.11/site-packages/";
    int damaged = 0;
};

TEST_F(RestoringOverChanges, LeavesThemWhereTheSnapshotsBytesAreDamaged) {
    tree.file("home/work/train.py", noise(1));
    ASSERT_TRUE(take().value().record);
    damage(noise(1));
    ASSERT_EQ(damaged, 1);
    new_session();
    tree.file("home/work/train.py", "mine");

    for (const char* const which : {"first", "second"}) {
        const LayerRestoreReport report = restore();

        EXPECT_EQ(report.ending, Ending::partly) << which;
        EXPECT_THAT(report.aside, IsEmpty()) << which;
        EXPECT_EQ(tree.content("home/work/train.py"), "mine") << which;
    }
}

TEST_F(RestoringOverChanges, PutsThemAsideOnlyForWhatIsProven) {
    tree.file("home/work/a.py", "a then").file("home/work/bin/b", noise(1), 0755);
    ASSERT_TRUE(take().value().record);
    damage(noise(1));
    ASSERT_EQ(damaged, 1);
    new_session();
    tree.file("home/work/a.py", "my a").file("home/work/bin/b", "my b");

    const LayerRestoreReport report = restore();

    EXPECT_THAT(report.aside, ElementsAre(tree / "home/work/a.py"));
    EXPECT_EQ(tree.content("home/work/a.py"), "a then");
    EXPECT_EQ(tree.content("home/work/bin/b"), "my b");
    EXPECT_THAT(ids(report), UnorderedElementsAre("snapshot-aside", "snapshot-not-restored"));
}

TEST_F(RestoringOverChanges, LeavesAPackageWholeWhereTheSnapshotsIsNot) {
    install("one");
    tree.file(site + "one-1.0.dist-info/LICENSE", noise(1))
        .file(site + "one-1.0.dist-info/RECORD",
              "one.py,,\none-1.0.dist-info/LICENSE,,\none-1.0.dist-info/METADATA,,\n");
    ASSERT_TRUE(take().value().record);
    damage(noise(1));
    ASSERT_EQ(damaged, 1);
    new_session();
    tree.file(site + "one.py", "x = 2\n")
        .file(site + "one-2.0.dist-info/METADATA", "Name: one\nVersion: 2.0\n");

    const LayerRestoreReport report = restore();

    EXPECT_EQ(report.ending, Ending::partly);
    EXPECT_THAT(report.aside, IsEmpty());
    EXPECT_EQ(tree.content(site + "one.py"), "x = 2\n");
    EXPECT_FALSE(tree.exists(site + "one-1.0.dist-info"));
}

TEST_F(RestoringOverChanges, LeavesNoFolderOfMetadataThatIsEmpty) {
    install("one");
    tree.file(site + "one.py", noise(1));
    ASSERT_TRUE(take().value().record);
    damage(noise(1));
    ASSERT_EQ(damaged, 1);
    new_session();

    EXPECT_EQ(restore().ending, Ending::partly);
    EXPECT_FALSE(tree.exists(site + "one-1.0.dist-info"));
}

// Whenever it is told to end, something stands there.
TEST_F(RestoringOverChanges, IsNeverMidwayWhenItEnds) {
    tree.file("home/work/train.py", "then").file("home/work/other.py", noise(2));
    ASSERT_TRUE(take().value().record);
    bool is_whole = false;
    for (int steps = 0; !is_whole && steps < 100; ++steps) {
        new_session();
        tree.file("home/work/train.py", "mine");
        int left = steps;

        is_whole = restore({.may_go_on = [&] { return left-- > 0; }}).is_whole;

        EXPECT_TRUE(tree.exists("home/work/train.py")) << steps;
    }
    EXPECT_TRUE(is_whole);
    EXPECT_EQ(tree.content("home/work/train.py"), "then");
}

TEST_F(RestoringOverChanges, TellsWhereTheyAre) {
    tree.file("home/work/train.py", "then");
    ASSERT_TRUE(take().value().record);
    new_session();
    tree.file("home/work/train.py", "mine");

    const LayerRestoreReport report = restore({.is_start = true});

    ASSERT_THAT(ids(report), ElementsAre("snapshot-aside"));
    const model::Finding& finding = report.findings.front();
    EXPECT_EQ(finding.severity, model::Severity::warning);
    ASSERT_EQ(finding.evidence.size(), 1U);
    const std::string start = (tree / "home/work/train.py") + " is in " + tree.path() + '/';
    ASSERT_EQ(finding.evidence.front().substr(0, start.size()), start);
    EXPECT_EQ(tree.content(finding.evidence.front().substr(start.size())), "mine");
}

// As one that was killed before it gave a file its time leaves it.
TEST_F(RestoringOverChanges, ReplacesWhatHasTheSameBytes) {
    tree.file("home/work/train.py", "then");
    ASSERT_TRUE(take().value().record);
    const std::int64_t modified = tree.modified_at("home/work/train.py");
    new_session();
    tree.file("home/work/train.py", "then", 0600);

    const LayerRestoreReport report = restore();

    EXPECT_THAT(report.aside, IsEmpty());
    EXPECT_EQ(report.ending, Ending::well);
    EXPECT_EQ(tree.modified_at("home/work/train.py"), modified);
    EXPECT_EQ(tree.mode_of("home/work/train.py"), 0644U);
}

// As one that was killed before it had written a byte leaves it.
TEST_F(RestoringOverChanges, ReplacesAnEmptyFileOnlyWhereItGoesOn) {
    tree.file("home/work/train.py", "then");
    ASSERT_TRUE(take().value().record);
    const auto ref = state().here;
    for (const bool goes_on : {false, true}) {
        new_session();
        tree.file("home/work/train.py", "");
        snapshot::LayerState begun = state();
        begun.store_id = session().store.id;
        begun.coming = goes_on ? ref : std::nullopt;
        ASSERT_TRUE(snapshot::save_layer_state(session().home, begun, files));

        const LayerRestoreReport report = restore();

        EXPECT_EQ(report.aside.empty(), goes_on);
        EXPECT_EQ(tree.content("home/work/train.py"), "then");
    }
}

// Which still brings it, and tells the first terminal when it is done.
TEST_F(RestoringOverChanges, IsLeftByTheBackgroundToWhoeverIsAtIt) {
    tree.file("home/work/train.py", "then");
    ASSERT_TRUE(take().value().record);
    new_session();
    const Session now = session();
    const std::string coming = coming_notice("coming back") + '\n';
    ASSERT_TRUE(write_notice(world(), now.home, coming_notice("coming back")));
    {
        const auto held = LayerLock::take(world(), now, {}, {});
        ASSERT_TRUE(held.has_value());

        finish_layer(options(), [this] { return world(); }, now.store.id, [] { return false; });
    }
    EXPECT_EQ(read_notice(world(), now.home), coming);

    EXPECT_EQ(restore().ending, Ending::well);

    EXPECT_EQ(read_notice(world(), now.home), "");
}

}  // namespace
}  // namespace envkeep::engine
