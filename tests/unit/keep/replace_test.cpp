// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "support/failing_files.hpp"
#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <limits>
#include <utility>

namespace envkeep::keep {
namespace {

using envkeep::testing::ScopedMount;
using envkeep::testing::with_refused_calls;
using model::StepResult;
using testing::carry_out;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::Home;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::lost;
using ::testing::Not;
using testing::PlanOf;
using testing::Scene;

// Where RENAME_EXCHANGE is not known: NFS, some FUSE.
const std::vector<envkeep::testing::RefusedCall> no_exchange{
    {.number = SYS_renameat2, .code = EINVAL, .argument = 4, .value = 2}};

class Replace : public testing::KeepTest {
  protected:
    static Applied replace(HomeAndStore& world, const std::string& path) {
        return carry_out(world,
                         model::ReplaceByLink{.place = world.at_home(path),
                                              .seen = world.seen(world.at_home(path)),
                                              .target = world.source("home/" + path)});
    }
};

TEST_F(Replace, PutsALinkInTheSameInstantInWhichTheFolderGoes) {
    tree.file("home/.local/bin/tool", "x");
    HomeAndStore world = open();

    std::map<long, int> calls =
        envkeep::testing::system_calls_of([&] { replace(world, ".local"); });

    EXPECT_EQ(calls[SYS_renameat2], 1);
    EXPECT_EQ(tree.target("home/.local"), world.source("home/.local"));
}

TEST_F(Replace, MovesWhatStandsThereWhereNamesCannotBeExchanged) {
    tree.file("home/.local/bin/tool", "x").file("home/.gitconfig", "g").link("home/.vimrc", "/v");
    HomeAndStore world = open();

    with_refused_calls(no_exchange, [&] {
        for (const char* const path : {".local", ".gitconfig"}) {
            const Applied applied = replace(world, path);
            EXPECT_EQ(applied.outcome.count(StepResult::done), 1U);
            EXPECT_EQ(tree.target(std::string("home/") + path),
                      world.source(std::string("home/") + path));
            EXPECT_TRUE(tree.exists(aside(applied.outcome, path)));
        }
        const Applied applied = carry_out(world,
                                          model::ReplaceLink{.place = world.at_home(".vimrc"),
                                                             .old_target = "/v",
                                                             .new_target = "/ours",
                                                             .is_ours = false});
        EXPECT_EQ(tree.target(aside(applied.outcome, ".vimrc")), "/v");
        EXPECT_EQ(tree.target("home/.vimrc"), "/ours");
    });
}

TEST_F(Replace, CopiesInWhereNamesCannotBeExchanged) {
    tree.file("home/.netrc", "image").file("store/home/.netrc", "store");
    HomeAndStore world = open();

    with_refused_calls(no_exchange, [&] {
        const Applied applied =
            carry_out(world,
                      model::CopyIn{.from = world.in_store("home/.netrc"),
                                    .to = world.at_home(".netrc"),
                                    .seen = world.seen(world.at_home(".netrc"))});

        EXPECT_EQ(tree.content("home/.netrc"), "store");
        EXPECT_EQ(tree.content(aside(applied.outcome, ".netrc")), "image");
    });
}

TEST_F(Replace, LeavesAMountPoint) {
    tree.file("source/x", "mounted").folder("home/.cache");
    const ScopedMount mount = ScopedMount::bind(tree / "home/.cache", tree / "source");
    HomeAndStore world = open();

    const Applied applied = replace(world, ".cache");

    EXPECT_EQ(applied.outcome.steps.at(0).error.value().kind, ErrorKind::busy);
    EXPECT_EQ(tree.content("home/.cache/x"), "mounted");
    EXPECT_FALSE(tree.exists("home/.envkeep-aside"));
}

TEST_F(Replace, PutsWhatIsOnAnotherMountAsideThere) {
    tree.file("source/sub/tool", "x").folder("home/.cache");
    const ScopedMount mount = ScopedMount::bind(tree / "home/.cache", tree / "source");
    HomeAndStore world = open();

    const Applied applied = replace(world, ".cache/sub");

    EXPECT_EQ(tree.content("source/.envkeep-aside/" + applied.outcome.run + "/sub/tool"), "x");
    EXPECT_EQ(tree.target("home/.cache/sub"), world.source("home/.cache/sub"));
    EXPECT_THAT(applied.outcome.steps.at(0).note, HasSubstr("~/.cache/.envkeep-aside/"));
}

TEST_F(Replace, RefusesAPlaceForThingsAsideThatIsALink) {
    tree.file("home/.gitconfig", "mine").folder("away").link("home/.envkeep-aside", tree / "away");
    HomeAndStore world = open();

    const Applied applied = replace(world, ".gitconfig");

    EXPECT_EQ(applied.outcome.steps.at(0).error.value().kind, ErrorKind::unsafe_path);
    EXPECT_EQ(tree.content("home/.gitconfig"), "mine");
}

class ReplaceOfImage : public ::testing::TestWithParam<Home> {
  protected:
    ReplaceOfImage() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    [[nodiscard]] Scene scene(const std::string& kind) const {
        return {folder_.path(), GetParam(), kind};
    }

  private:
    envkeep::testing::TempTree folder_;
    ScopedMount mount_;
};

TEST_P(ReplaceOfImage, MovesTheFolderOutPieceByPiece) {
    Scene image = scene("seeded_folder");
    const auto before = image.tree().snapshot("home/.keep");
    HomeAndStore world(image.path());

    const Applied applied = carry_out(world, Scene::plan(world, "seeded_folder"));

    EXPECT_EQ(applied.outcome.count(StepResult::failed), 0U);
    const std::string aside = "home/.envkeep-aside/" + applied.outcome.run;
    EXPECT_EQ(image.tree().snapshot(aside + "/.keep"), before);
    EXPECT_EQ(image.tree().target("home/.keep"), world.source("home/.keep"));
    EXPECT_FALSE(image.tree().exists(aside + ".copy"));
    EXPECT_TRUE(image.is_restored());
}

TEST_P(ReplaceOfImage, KeepsModesTimesAndOwnersOfWhatGoesAside) {
    Scene image = scene("seeded_folder");
    image.tree().mode("home/.keep/sub", 0710).owner("home/.keep/sub", 12, 34);
    image.tree().modified("home/.keep/a", 1'000'000'000'000'000'001);
    HomeAndStore world(image.path());

    const Applied applied = carry_out(world, Scene::plan(world, "seeded_folder"));

    const std::string aside = ".envkeep-aside/" + applied.outcome.run + "/.keep";
    const system::Status sub = world.seen(world.at_home(aside + "/sub"));
    EXPECT_EQ(sub.mode, 0710U);
    EXPECT_EQ(sub.uid, 12U);
    EXPECT_EQ(sub.gid, 34U);
    EXPECT_EQ(image.tree().modified_at("home/" + aside + "/a"), 1'000'000'000'000'000'001);
}

TEST_P(ReplaceOfImage, ReplacesEveryKindOfThing) {
    for (const std::string& kind : testing::scene_kinds()) {
        Scene image = scene(kind);
        const auto before = image.belongings();

        Scene::carry_out(image.path(), kind);

        EXPECT_TRUE(image.is_restored()) << kind;
        EXPECT_THAT(lost(before, image.belongings()), IsEmpty()) << kind;
    }
}

TEST_P(ReplaceOfImage, PutsAllBackIfAPieceCannotBeMoved) {
    Scene image = scene("seeded_folder");
    image.tree().folder("home/.keep/sub/mounted").folder("source");
    const auto before = image.tree().snapshot("home/.keep");
    HomeAndStore world(image.path());
    const system::Status seen = world.seen(world.at_home(".keep"));
    const ScopedMount mount =
        ScopedMount::bind(image.path() + "/home/.keep/sub/mounted", image.path() + "/source");

    const Applied applied = carry_out(
        world,
        model::ReplaceByLink{.place = world.at_home(".keep"), .seen = seen, .target = "/nowhere"});

    EXPECT_EQ(applied.outcome.count(StepResult::failed), 1U);
    EXPECT_EQ(image.tree().snapshot("home/.keep"), before);
}

INSTANTIATE_TEST_SUITE_P(Overlay,
                         ReplaceOfImage,
                         ::testing::Values(Home::image, Home::image_on_another_device));

// A folder of the image, which overlayfs renames for nobody; what is in it can be renamed.
class MovesNoFolder final : public envkeep::testing::FailingFiles {
  public:
    MovesNoFolder(system::FileWriter& inner, system::Place folder)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          folder_(std::move(folder)) {}

    [[nodiscard]] Result<void> move(const system::Place& from, const system::Place& to) override {
        return from == folder_ ? failure(ErrorKind::cross_device, "of the image")
                               : FailingFiles::move(from, to);
    }

  private:
    system::Place folder_;
};

TEST_F(Replace, AsksForTheClaimToBeRenewedWhileAFolderIsMovedByItsChildren) {
    tree.file("home/.local/bin/tool", "x").file("home/.local/share/x", "y");
    HomeAndStore world = open();
    const system::Place place = world.at_home(".local");
    MovesNoFolder writer(world.files, place);
    store::Journal journal = world.journal(writer);
    int renewed = 0;

    const Applied applied =
        apply(PlanOf()
                  .group("it")
                  .step(model::MoveAside{.place = place, .seen = world.seen(place)})
                  .get(),
              {.journal = &journal, .home = world.home, .renew = [&] { ++renewed; }},
              world.files,
              writer);

    EXPECT_EQ(applied.outcome.count(StepResult::done), 1U);
    EXPECT_EQ(tree.content(aside(applied.outcome, ".local/bin/tool")), "x");
    EXPECT_EQ(renewed, 6) << "copied: bin, bin/tool, share, share/x; moved: bin, share";
    ASSERT_TRUE(journal.finish().has_value());
}

}  // namespace
}  // namespace envkeep::keep
