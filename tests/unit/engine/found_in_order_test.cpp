// SPDX-License-Identifier: MIT
#include "envkeep/engine/restore.hpp"
#include "session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace envkeep::engine {
namespace {

using ::testing::IsEmpty;

// A container that is started again, and whose disk stayed: all stands there, nothing is recorded.
class StartedAgain : public testing::SessionOfATest {
  protected:
    void stands(std::string_view keeps) {
        tree.file("storage/envkeep/manifest.yaml",
                  "envkeep: 1\nkeep: [" + std::string(keeps) + "]\n");
        restore_now();
        tree.remove("home/.envkeep-state/session.json");
    }

    RestoreReport restore_now() {
        Session now = session();
        return restore(world(), now, {.look = {.is_start = true}}, {}).value();
    }

    SaveReport save_now() {
        Session now = session();
        return save(world(), now, {}).value();
    }

    std::ptrdiff_t records_of(const std::string& place) {
        const auto now = session();
        return std::ranges::count(
            now.state.value().files, tree / place, &store::RestoredFile::place);
    }
};

TEST_F(StartedAgain, SavesTheFileThatTakesThePlaceOfALinkFoundInOrder) {
    tree.file("storage/envkeep/home/.gitconfig", "old\n");
    stands("{path: .gitconfig, kind: file}");
    ASSERT_THAT(restore_now().plan.steps, IsEmpty());
    tree.file("home/.gitconfig.new", "new\n").rename("home/.gitconfig.new", "home/.gitconfig");

    const SaveReport saved = save_now();

    EXPECT_THAT(saved.findings, IsEmpty());
    EXPECT_EQ(tree.content("storage/envkeep/home/.gitconfig"), "new\n");
}

TEST_F(StartedAgain, SavesTheFolderThatTakesThePlaceOfALinkFoundInOrder) {
    tree.file("storage/envkeep/home/.config/a", "old\n");
    stands(".config");
    ASSERT_THAT(restore_now().plan.steps, IsEmpty());
    tree.remove("home/.config").file("home/.config/b", "new\n");

    save_now();

    EXPECT_EQ(tree.content("storage/envkeep/home/.config/b"), "new\n");
}

TEST_F(StartedAgain, WritesAChangedCopyBackThatWasFoundInOrder) {
    tree.file("storage/envkeep/home/.hist", "one\n").file("storage/envkeep/home/.d/a", "one\n");
    stands("{path: .hist, how: copy}, {path: .d, how: copy}");
    ASSERT_THAT(restore_now().plan.steps, IsEmpty());
    tree.file("home/.hist", "one\ntwo\n").file("home/.d/a", "one\ntwo\n");

    const SaveReport saved = save_now();

    EXPECT_THAT(saved.findings, IsEmpty());
    EXPECT_EQ(tree.content("storage/envkeep/home/.hist"), "one\ntwo\n");
    EXPECT_EQ(tree.content("storage/envkeep/home/.d/a"), "one\ntwo\n");
}

TEST_F(StartedAgain, RecordsNothingOfWhatACopyLeavesOut) {
    tree.file("storage/envkeep/home/.d/a", "one\n");
    stands("{path: .d, how: copy, exclude: [cache]}");
    tree.file("storage/envkeep/home/.d/cache/b", "b").file("home/.d/cache/b", "b");

    ASSERT_THAT(restore_now().plan.steps, IsEmpty());

    EXPECT_EQ(records_of("home/.d/a"), 1);
    EXPECT_EQ(records_of("home/.d/cache/b"), 0);
}

TEST_F(StartedAgain, WritesItsStateOnceForAllThatItFinds) {
    tree.file("storage/envkeep/home/.gitconfig", "old\n").file("storage/envkeep/home/.d/a", "a");
    stands("{path: .gitconfig, kind: file}, .d, {path: .e, how: copy}");
    restore_now();
    constexpr std::int64_t long_since = 1'605'873'600'000'000'000;  // 2020
    tree.modified("home/.envkeep-state/session.json", long_since);

    restore_now();

    EXPECT_EQ(tree.modified_at("home/.envkeep-state/session.json"), long_since);
}

}  // namespace
}  // namespace envkeep::engine
