// SPDX-License-Identifier: MIT
#include "engine/auto_snapshot.hpp"

#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::engine {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

// Cannot list the home's folder of that name.
class WalkerWithAFault final : public system::TreeWalker {
  public:
    explicit WalkerWithAFault(posix::Files& files) : inner_(files) {}

    std::vector<system::WalkError> walk(
        const system::Place& place,
        unsigned threads,
        const std::function<bool(const system::WalkEntry&)>& visit) override {
        std::vector<system::WalkError> failed;
        auto errors = inner_.walk(place, 1, [&](const system::WalkEntry& entry) {
            if (entry.below.name() == "damaged") {
                failed.push_back(
                    {.below = entry.below, .error = {.message = "cannot list it", .hint = {}}});
                return false;
            }
            return visit(entry);
        });
        static_cast<void>(threads);
        failed.insert(failed.end(), errors.begin(), errors.end());
        return failed;
    }

  private:
    posix::TreeWalker inner_;
};

class AutoSnapshot : public testing::SessionOfATest {
  protected:
    void look(AutoReason reason) { look(reason, world()); }

    void look(AutoReason reason, const World& world) {
        take_auto_snapshot(options(), [&] { return World(world); }, session().store.id, reason);
    }

    // What fits here of its snapshot has just been restored.
    void come_from_another_image() {
        snapshot::LayerState state = this->state();
        state.store_id = session().store.id;
        state.partly = {.layer = "layer", .snapshot = "20261120T232459Z-8d6cf3f2a9"};
        state.not_here = {"apt htop 3: no package for this release"};
        state.cures = {"apt-get install -y htop"};
        const system::RootId home = session().home;
        ASSERT_TRUE(snapshot::save_part(home, {.home = tree / "home"}, files));
        ASSERT_TRUE(snapshot::save_layer_state(home, state, files));
    }

    std::vector<model::Finding> findings() {
        return layer_status(world(), session()).value().findings;
    }
};

TEST_F(AutoSnapshot, IsTakenAtTheEndOnlyIfPackagesChanged) {
    write_manifest("  auto: on-change\n");
    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 0U);

    install("one");
    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 1U);

    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 1U);
}

TEST_F(AutoSnapshot, WaitsUntilPackagesAreLeftAlone) {
    write_manifest("  auto: on-change\n");
    install("one");

    look(AutoReason::quiet);

    EXPECT_EQ(snapshots(), 0U);
}

TEST_F(AutoSnapshot, IsTakenOnlyWhereTheManifestAsksForIt) {
    install("one");

    look(AutoReason::session_ends);

    EXPECT_EQ(snapshots(), 0U);
}

TEST_F(AutoSnapshot, SeesAnEnvironmentOfAProjectAndAKernel) {
    write_manifest("  auto: on-change\n");
    tree.file("home/code/project/.venv/pyvenv.cfg", "version = 3.11.2\n");
    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 1U);

    tree.file("home/.local/share/jupyter/kernels/mine/kernel.json", R"({"argv": ["python"]})");
    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 2U);
}

TEST_F(AutoSnapshot, TellsByStatusWhichSecretsItLeftOut) {
    write_manifest("  auto: on-change\n");
    install("one");
    tree.file("home/.netrc", "machine x password y\n", 0600);

    look(AutoReason::session_ends);

    ASSERT_EQ(snapshots(), 1U);
    EXPECT_THAT(findings(),
                Contains(AllOf(Field(&model::Finding::id, "snapshot-left-out"),
                               Field(&model::Finding::evidence,
                                     ElementsAre(HasSubstr(".netrc: holds a secret"))))));
}

TEST_F(AutoSnapshot, IsNotDueByWhatCameBackOfAnotherImage) {
    write_manifest("  auto: on-change\n");
    install("one");
    come_from_another_image();

    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 0U);
    EXPECT_EQ(layer_status(world(), session()).value().unsaved, 0U);

    install("two");
    look(AutoReason::session_ends);
    EXPECT_EQ(snapshots(), 1U);
}

TEST_F(AutoSnapshot, IsNoAnswerToWhatAnotherImagesSnapshotLacksHere) {
    write_manifest("  auto: on-change\n");
    come_from_another_image();
    install("one");

    look(AutoReason::session_ends);

    ASSERT_EQ(snapshots(), 1U);
    EXPECT_THAT(findings(), Contains(Field(&model::Finding::id, "snapshot-not-here")));
    EXPECT_THAT(prove_layer(world(), session(), false, {}).value().not_here,
                ElementsAre("apt htop 3: no package for this release"));
    tree.file("home/mine", "x");
    ASSERT_TRUE(take().value().record.has_value());
    EXPECT_THAT(findings(), Not(Contains(Field(&model::Finding::id, "snapshot-not-here"))));
}

TEST_F(AutoSnapshot, IsNotDueByWhatLiesInTheStore) {
    write_manifest("  auto: on-change\n");
    tree.folder("storage/envkeep/home/.local")
        .link("home/.local", tree / "storage/envkeep/home/.local");
    install("one");

    look(AutoReason::session_ends);

    EXPECT_EQ(snapshots(), 0U);
    EXPECT_EQ(layer_status(world(), session()).value().unsaved, 0U);
    // Beside something of its own, that is not named either.
    tree.file("home/code/env/pyvenv.cfg", "version = 3.11.2\n")
        .file("home/code/env/lib/python3.11/site-packages/x-1.0.dist-info/METADATA",
              "Name: x\nVersion: 1.0\n");
    EXPECT_EQ(layer_status(world(), session()).value().unsaved, 1U);
}

TEST_F(AutoSnapshot, IsNotKeptWhereSomethingCannotBeRead) {
    write_manifest("  auto: on-change\n");
    install("one");
    tree.file("home/damaged/x", "mine");
    WalkerWithAFault failing(files);
    const World damaged{.files = files,
                        .writer = &files,
                        .machine = machine,
                        .walker = failing,
                        .trees = &trees,
                        .tree_writer = &trees,
                        .own_binary = tree / "envkeep"};

    look(AutoReason::session_ends, damaged);

    EXPECT_EQ(snapshots(), 0U);
    EXPECT_THAT(findings(),
                Contains(AllOf(Field(&model::Finding::id, "snapshot-refused"),
                               Field(&model::Finding::title, HasSubstr("cannot list it")))));
    EXPECT_TRUE(take().value().record.has_value());
    EXPECT_FALSE(state().refused.has_value());
}

// A store of its own, so small that a share of it is soon taken.
class LimitOfSnapshots : public ::testing::Test {};

TEST_F(LimitOfSnapshots, IsToldWithWhatGcWouldFree) {
    testing::in_child([] {
        const testing::OwnMounts own;
        struct Session final : AutoSnapshot {
            void TestBody() override {}

            void check() {
                tree.folder("storage");
                const auto mount = testing::ScopedMount::tmpfs(tree / "storage", "size=4m");
                SetUp();
                write_manifest("  auto: on-change\n  limit: 1%\n");
                std::string noise;
                for (std::uint32_t i = 1; noise.size() < 400'000; i = i * 1664525U + 1013904223U) {
                    noise += static_cast<char>(i >> 24U);
                }
                install("one");
                tree.file("home/data", noise);

                look(AutoReason::session_ends);

                EXPECT_EQ(snapshots(), 0U);
                ASSERT_TRUE(state().refused.has_value());
                EXPECT_THAT(state().refused->problem, HasSubstr("are allowed"));
                EXPECT_THAT(
                    findings(),
                    Contains(AllOf(Field(&model::Finding::id, "snapshot-refused"),
                                   Field(&model::Finding::title, HasSubstr("are allowed")))));

                write_manifest("  auto: on-change\n  limit: 40%\n");
                look(AutoReason::session_ends);

                EXPECT_EQ(snapshots(), 1U);
                EXPECT_FALSE(state().refused.has_value());
            }
        };
        Session().check();
    });
}

}  // namespace
}  // namespace envkeep::engine
