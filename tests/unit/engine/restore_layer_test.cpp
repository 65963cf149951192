// SPDX-License-Identifier: MIT
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

using ::testing::IsEmpty;

class RestoringALayer : public testing::SessionOfATest {
  protected:
    // What a snapshot sees in the very moment of a change it does not vouch for.
    void pass_time() {
        constexpr std::int64_t moment = 50'000'000;
        const std::int64_t began = tree.file("clock", "x").modified_at("clock");
        while (tree.file("clock", "x").modified_at("clock") < began + moment) {
        }
    }

    // Another container, whose image brings what `bring` makes.
    void begin_container(const std::function<void()>& bring) {
        tree.remove("home").folder("home");
        bring();
        pass_time();
        begin_session();
    }

    std::string take_snapshot() {
        pass_time();
        return take().value().record.value().id;
    }

    LayerRestoreReport restore(const LayerRestoreOptions& how = {}) {
        Session session = this->session();
        return restore_layer(world(), session, how, {}).value();
    }
};

// Installers that keep the times of an archive make such files, so does `cp -p`.
class RestoringLookalikes : public RestoringALayer {
  protected:
    void write(const std::string& version) {
        constexpr std::int64_t of_the_archive = 499'162'500'000'000'000;
        tree.file("home/tool/version", version)
            .modified("home/tool/version", of_the_archive)
            .link("home/tool/link", version)
            .modified("home/tool/link", of_the_archive);
    }

    std::vector<std::string> there() {
        return {tree.content("home/tool/version"), tree.target("home/tool/link")};
    }
};

TEST_F(RestoringLookalikes, ReplacesTheFilesOfTheImageThatHaveOtherBytes) {
    begin_container([&] { write("1.0.0"); });
    tree.remove("home/tool");
    write("1.0.1");
    take_snapshot();
    begin_container([&] { write("1.0.0"); });

    const LayerRestoreReport report = restore();

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_THAT(report.aside, IsEmpty());
    EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
}

TEST_F(RestoringLookalikes, ReplacesWhatTheSnapshotBeforeHad) {
    write("1.0.1");
    const std::string older = take_snapshot();
    tree.remove("home/tool");
    write("1.0.2");
    take_snapshot();

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_THAT(report.aside, IsEmpty());
}

TEST_F(RestoringLookalikes, MovesAsideWhatTheSessionMadeSince) {
    write("1.0.1");
    const std::string older = take_snapshot();
    tree.remove("home/tool");
    write("1.0.3");

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_THAT(there(), ::testing::Each("1.0.1"));
    EXPECT_EQ(report.aside.size(), 2U);
}

// What another image's snapshot left to do, or could not, is none of the one that is here.
TEST_F(RestoringALayer, ForgetsWhatAnotherOneWasStillToBring) {
    tree.file("home/work", "1\n");
    const std::string here = take_snapshot();
    snapshot::LayerState state = this->state();
    state.partly = snapshot::LayerRef{.layer = "other", .snapshot = "other"};
    state.debs = {"tiny_1_amd64.deb"};
    state.not_here = {"apt tiny 1: no .deb of it is kept"};
    state.cures = {"apt-get install -y tiny"};
    ASSERT_TRUE(snapshot::save_layer_state(session().home, state, files));

    restore({.at = here});

    EXPECT_FALSE(this->state().partly.has_value());
    EXPECT_THAT(this->state().debs, IsEmpty());
    EXPECT_THAT(this->state().cures, IsEmpty());
    EXPECT_TRUE(prove_layer(world(), session(), true, {}).value().is_identical());
}

TEST_F(RestoringALayer, KnowsOfTheImageWhatWasListedBeforeTheManifestTookInMore) {
    tree.file("home/work/one", "1\n");
    const std::string older = take_snapshot();
    tree.file("home/work/two", "2\n");
    take_snapshot();
    write_manifest("  include: [" + (tree.folder("more") / "more") + "]\n");

    const LayerRestoreReport report = restore({.at = older});

    EXPECT_FALSE(tree.exists("home/work/two"));
    EXPECT_THAT(report.findings, IsEmpty());
}

}  // namespace
}  // namespace envkeep::engine
