// SPDX-License-Identifier: MIT
#include "envkeep/system/temporary_name.hpp"
#include "keep/clean_up_leftovers.hpp"
#include "support/call_number.hpp"
#include "support/each_system_call.hpp"
#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace envkeep::keep {
namespace {

using envkeep::testing::CallNumber;
using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::ScopedMount;
using envkeep::testing::TempTree;
using store::Change;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Home;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::lost;
using testing::Scene;
using ::testing::SizeIs;

std::vector<model::Finding> clean_up(HomeAndStore& world) {
    return clean_up_after_kills(
               world.runs(), world.reach(), world.machine, world.files, world.files)
        .value();
}

std::vector<std::string> temporaries(const std::string& base) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(base)) {
        if (system::is_temporary_name(entry.path().filename().string())) {
            found.push_back(entry.path());
        }
    }
    return found;
}

class CleanUpAfterEach : public ::testing::TestWithParam<std::tuple<Home, std::string>> {
  protected:
    CleanUpAfterEach() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    [[nodiscard]] static const std::string& kind() { return std::get<1>(GetParam()); }

    [[nodiscard]] Scene scene() const { return {folder_.path(), std::get<0>(GetParam()), kind()}; }

  private:
    TempTree folder_;
    ScopedMount mount_;
};

TEST_P(CleanUpAfterEach, LeavesNothingHalfMadeAndLosesNothing) {
    Meddled outcome = Meddled::killed;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Scene killed = scene();
        const auto before = killed.belongings();
        outcome = kill_at_changing_call(call, [&] { Scene::carry_out(killed.path(), kind()); });
        const bool has_leftovers = !temporaries(killed.path() + "/home").empty() ||
                                   !temporaries(killed.path() + "/store").empty();
        HomeAndStore world(killed.path());

        const auto findings = clean_up(world);

        EXPECT_THAT(lost(before, killed.belongings()), IsEmpty());
        EXPECT_THAT(temporaries(killed.path() + "/home"), IsEmpty());
        EXPECT_THAT(temporaries(killed.path() + "/store"), IsEmpty());
        EXPECT_TRUE(!has_leftovers || findings.size() == 1);
        Scene::carry_out(killed.path(), kind());
        EXPECT_TRUE(killed.is_restored());
        EXPECT_TRUE(world.runs().empty() || !world.runs().at(0).is_finished ||
                    clean_up(world).empty())
            << "told once";
        ASSERT_FALSE(HasFailure()) << "killed at call " << call;
    }
}

TEST_P(CleanUpAfterEach, LetsAKilledRunBeUndone) {
    Meddled outcome = Meddled::killed;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Scene killed = scene();
        const auto before = killed.belongings();
        const auto home = killed.tree().snapshot("home");
        outcome = kill_at_changing_call(call, [&] { Scene::carry_out(killed.path(), kind()); });
        HomeAndStore world(killed.path());
        static_cast<void>(clean_up(world));
        const std::vector<store::RunRecord> runs = world.runs();
        if (runs.empty()) {
            continue;
        }

        const model::Outcome undone = testing::undo(world, runs.at(0));

        EXPECT_EQ(undone.count(model::StepResult::failed), 0U);
        EXPECT_THAT(lost(before, killed.belongings()), IsEmpty());
        auto now = killed.tree().snapshot("home");
        std::erase_if(now, [](const auto& line) { return line.starts_with(".envkeep-aside"); });
        EXPECT_EQ(now, home);
        ASSERT_FALSE(HasFailure()) << "killed at call " << call;
    }
}

INSTANTIATE_TEST_SUITE_P(Plain,
                         CleanUpAfterEach,
                         ::testing::Combine(::testing::Values(Home::plain),
                                            ::testing::ValuesIn(testing::scene_kinds())),
                         testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Overlay,
                         CleanUpAfterEach,
                         ::testing::Combine(::testing::Values(Home::image),
                                            ::testing::Values("seeded_folder", "copied_folder")),
                         testing::name_of_scene);

class CleanUp : public testing::KeepTest {
  protected:
    static constexpr const char* killed = "20261120T232459Z-8d6cf3f2a9";
    static constexpr const char* other = "20261120T232500Z-8d6cf3f2a9";

    // What that run has half made beside `.ssh` in the store.
    static std::string half_made(const std::string& run = killed) {
        return "store/home/" + system::temporary_name(".ssh", system::first_number_of_run(run));
    }

    // A journal of a run whose process is gone, cut short after it intended a change.
    static void intend(HomeAndStore& world, const Change& change, const std::string& id = killed) {
        store::Run run = store::new_run("restore", world.home_path, world.machine);
        run.id = id;
        run.process.started += 1;
        store::Journal journal(world.in_store("journal"), run, world.files, world.files);
        ASSERT_TRUE(journal.intend(change));
    }

    [[nodiscard]] Change copy_of_ssh() const {
        return {.kind = Change::Kind::copied,
                .is_in_store = true,
                .path = tree / "store/home/.ssh",
                .other = tree / "home/.ssh"};
    }
};

TEST_F(CleanUp, RemovesAHalfCopyAndSaysSo) {
    tree.file("home/.ssh/key", "key").file(half_made() + "/key", "k");
    HomeAndStore world = open();
    intend(world, copy_of_ssh());

    const auto findings = clean_up(world);

    EXPECT_FALSE(tree.exists(half_made()));
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings.front().id, "run-was-killed");
    EXPECT_THAT(findings.front().evidence, ElementsAre(HasSubstr("was half made, and is removed")));
}

TEST_F(CleanUp, LeavesTheRunsOfLivingProcessesAlone) {
    tree.file("home/.ssh/key", "key").file(half_made() + "/key", "k");
    HomeAndStore world = open();
    store::Run run = store::new_run("restore", world.home_path, world.machine);
    run.id = killed;
    store::Journal journal(world.in_store("journal"), run, world.files, world.files);
    ASSERT_TRUE(journal.intend(copy_of_ssh()));

    EXPECT_THAT(clean_up(world), IsEmpty());
    EXPECT_TRUE(tree.exists(half_made()));
}

TEST_F(CleanUp, LeavesWhatAnotherRunIsMakingAtTheSamePlace) {
    tree.file("home/.ssh/key", "key").file(half_made(other) + "/key", "k");
    HomeAndStore world = open();
    intend(world, copy_of_ssh());

    EXPECT_THAT(clean_up(world), IsEmpty());
    EXPECT_TRUE(tree.exists(half_made(other) + "/key"));
}

TEST_F(CleanUp, LeavesOtherNamesAlone) {
    tree.file("home/.ssh/key", "key");
    for (const char* const name : {"..ssh.envkeep-0123abcg",
                                   ".other.envkeep-0123abcd",
                                   "..ssh.envkeep-",
                                   ".ssh.envkeep-0"}) {
        tree.file(std::string("store/home/") + name, "k");
    }
    HomeAndStore world = open();
    intend(world, copy_of_ssh());
    const auto before = tree.snapshot();

    EXPECT_THAT(clean_up(world), IsEmpty());
    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(CleanUp, KeepsWhatAnotherRunTookThereAndSaysSo) {
    tree.file("home/.ssh", "new").file(half_made(other), "old of the user");
    HomeAndStore world = open();
    intend(world, copy_of_ssh());
    intend(world,
           {.kind = Change::Kind::replaced_file,
            .is_in_store = true,
            .path = tree / "store/home/.ssh",
            .other = tree / "store/.envkeep-aside/1/home/.ssh",
            .text = digest_of("new").text()},
           other);

    const auto findings = clean_up(world);

    EXPECT_EQ(tree.content("store/.envkeep-aside/1/home/.ssh"), "old of the user");
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings.front().evidence, ElementsAre(HasSubstr("what stood at")));
}

TEST_F(CleanUp, KeepsWhatMayBeTheOnlyCopyOfAHomeThatIsGone) {
    tree.file(half_made() + "/key", "of a home that is gone");
    HomeAndStore world = open();
    store::Run run = store::new_run("restore", "/root", world.machine);
    run.id = killed;
    run.container.first_start += 1;
    store::Journal journal(world.in_store("journal"), run, world.files, world.files);
    ASSERT_TRUE(journal.intend(copy_of_ssh()));

    EXPECT_THAT(clean_up(world), IsEmpty()) << "its session may live on";

    const auto findings = clean_up_after_kills(world.runs(),
                                               world.reach(),
                                               world.machine,
                                               world.files,
                                               world.files,
                                               [](const store::Run&) { return true; })
                              .value();

    EXPECT_TRUE(tree.exists(half_made() + "/key"));
    EXPECT_THAT(findings, SizeIs(1));
}

TEST_F(CleanUp, NamesWhatOnlyStandsAside) {
    tree.file("home/.envkeep-aside/1/.vimrc", "only here").file("store/home/.vimrc", "store's");
    tree.file("home/.envkeep-aside/1/.held", "held").file("store/home/.held", "held");
    tree.link("home/.vimrc", tree / "store/home/.vimrc")
        .link("home/.held", tree / "store/home/.held");
    HomeAndStore world = open();
    for (const char* const name : {".vimrc", ".held", ".gone"}) {
        const std::string run = std::string(killed) + name;
        intend(world,
               {.kind = Change::Kind::moved,
                .path = tree / ("home/.envkeep-aside/1/" + std::string(name)),
                .other = tree / ("home/" + std::string(name))},
               run);
    }

    std::vector<std::string> originals;
    for (const store::RunRecord& run : world.runs()) {
        for (const store::Aside& aside : asides_of(run, world.reach(), world.files)) {
            originals.push_back(aside.original);
        }
    }

    EXPECT_THAT(originals, ElementsAre(tree / "home/.vimrc"));
}

// By a journal that somebody else wrote.
TEST_F(CleanUp, MovesAndRemovesNothingElsewhere) {
    const auto planted = [](const std::string& run) {
        return system::temporary_name("x", system::first_number_of_run(run));
    };
    tree.folder("etc/cron.d").file("etc/" + planted(killed), "theirs");
    HomeAndStore world = open();
    intend(world, {.kind = Change::Kind::copied, .path = tree / "etc/x", .other = tree / "home/x"});
    for (const std::string place : {"etc/cron.d/evil", "home/.bash_profile"}) {
        const std::string run = other + place.substr(0, 3);
        tree.file("store/home/" + planted(run), "evil");
        intend(world,
               {.kind = Change::Kind::replaced_file,
                .is_in_store = true,
                .path = tree / "store/home/x",
                .other = tree / place},
               run);
    }
    const auto before = tree.snapshot();

    const auto findings = clean_up(world);

    EXPECT_EQ(tree.snapshot(), before);
    EXPECT_THAT(findings, SizeIs(3));
    EXPECT_THAT(findings.front().evidence, ElementsAre(HasSubstr("nothing was done there")));
}

}  // namespace
}  // namespace envkeep::keep
