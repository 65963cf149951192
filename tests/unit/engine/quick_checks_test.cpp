// SPDX-License-Identifier: MIT
#include "engine/quick_checks.hpp"

#include "support/hung_folder.hpp"
#include "support/mounts.hpp"
#include "unit/engine/machine_with_gpu.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace envkeep::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A driver that does not answer: a look at anything never ends.
class HangingInspector final : public system::Inspector {
  public:
    Result<system::Node> node(const std::string& path) const override { return hang(path); }

    int access_error(const std::string& /*path*/) const override { return 0; }

    Result<std::string> read(const std::string& path, std::uint64_t /*limit*/) const override {
        return hang(path);
    }

    Result<std::string> read_at(const std::string& path,
                                std::uint64_t /*offset*/,
                                std::uint64_t /*count*/) const override {
        return hang(path);
    }

    std::vector<system::Entry> list(const std::string& path) const override {
        return hang(path), std::vector<system::Entry>();
    }

    Result<std::string> link_target(const std::string& path) const override { return hang(path); }

    Result<std::string> real_path(const std::string& path) const override { return hang(path); }

    Result<system::Space> space(const std::string& path) const override { return hang(path); }

  private:
    static tl::unexpected<Error> hang(const std::string& path) {
        while (true) {
            ::pause();
        }
        return failure(ErrorKind::io, path);
    }
};

class QuickChecksOfAStart : public testing::SessionWithGpu {
  protected:
    // What a test is about is what they find, however slow this machine is.
    static constexpr std::chrono::seconds long_patience{100};

    std::optional<GpuAtStart> look(bool knows_python = true) {
        const World here = seen_world();
        const Session now = session();
        const MakeWorld make_world = [&] { return world_beside(); };
        QuickChecks checks(here, now, make_world, long_patience);
        return checks.result(knows_python);
    }

    // With the patience of a start.
    std::optional<GpuAtStart> look_with(const MakeWorld& make_world) {
        const World here = seen_world();
        const Session now = session();
        QuickChecks checks(here, now, make_world);
        return checks.result(true);
    }

    // The world of the process beside, which says who it is.
    World world_beside() {
        tree.file("beside", std::to_string(::getpid()));
        return seen_world();
    }

    // For a process beside where nothing may be looked at from here.
    World world_of_what_is_there() {
        tree.file("beside", std::to_string(::getpid()));
        inspector.emplace(posix::Inspector::captured(captured.root()).value());
        World seen = world();
        seen.inspector = &*inspector;
        return seen;
    }

    // Not even dead.
    bool is_gone() { return ::kill(std::stoi(tree.content("beside")), 0) != 0 && errno == ESRCH; }

    // As the background process sees to it; without end if it is not killed.
    void wait_until_gone() {
        while (!is_gone()) {
            posix::forget_ended_children();
        }
    }

    void take_card_away() {
        captured.remove("/sys/bus/pci/devices/0000:00:05.0")
            .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n")
            .remove("/sys/module/nvidia")
            .remove("/sys/module/nvidia_uvm")
            .remove("/proc/driver/nvidia");
        captured.no_node("/dev/nvidiactl").no_node("/dev/nvidia0").no_node("/dev/nvidia-uvm");
    }

    static constexpr const char* memory = "storage/envkeep/gpu/last-good.json";
};

TEST_F(QuickChecksOfAStart, OfAHealthyMachineAreRememberedAndSayNothing) {
    const auto found = look();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ending, Ending::well);
    EXPECT_THAT(found->findings, IsEmpty());
    EXPECT_THAT(tree.content(memory), HasSubstr("535.104.05"));
    wait_until_gone();
}

TEST_F(QuickChecksOfAStart, TellTheCauseAsTheDoctorDoes) {
    captured.node("/dev/nvidia0", 195, 0, EPERM);
    const std::vector<model::Finding> wanted = examine()->diagnosis.findings;
    const auto found = look();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ending, Ending::gpu);
    EXPECT_EQ(found->findings, wanted);
    EXPECT_EQ(found->findings.front().id, "ctr-cgroup-lost");
    EXPECT_FALSE(tree.exists(memory));
}

TEST_F(QuickChecksOfAStart, LeaveOutWhatHangsOnPackagesThatAreNotBackYet) {
    captured.torch(testing::image_site, "2.4.1+cpu", "");
    want("gpu: {frameworks: [jax], cuda: '>=12.4'}\n");
    EXPECT_EQ(look()->findings.front().id, "torch-cpu-only");
    const auto found = look(false);
    ASSERT_EQ(found->findings.size(), 1);
    EXPECT_EQ(found->findings.front().id, "gpu-cuda-too-low");
    EXPECT_FALSE(tree.exists(memory));
}

TEST_F(QuickChecksOfAStart, MissTheTensorflowThatTheManifestWants) {
    want("gpu: {frameworks: [tensorflow]}\n");
    const auto found = look();
    ASSERT_EQ(found->findings.size(), 1);
    EXPECT_EQ(found->findings.front().id, "gpu-framework-missing");
    EXPECT_THAT(found->findings.front().title, HasSubstr("tensorflow"));
    EXPECT_THAT(found->findings.front().fix.commands,
                ::testing::ElementsAre(HasSubstr("install 'tensorflow[and-cuda]'")));
}

// What other steps took the time for is there, and nothing is waited for.
TEST_F(QuickChecksOfAStart, AreTakenAtTheEndHoweverLongThatTook) {
    captured.node("/dev/nvidia0", 195, 0, EPERM);
    tree.file("beside", "");
    const World here = seen_world();
    const Session now = session();
    const MakeWorld make_world = [&] { return world_beside(); };
    QuickChecks checks(here, now, make_world, std::chrono::milliseconds(0));
    const auto is_through = [&] {
        const std::string pid = tree.content("beside");
        ::siginfo_t end{};
        return !pid.empty() &&
               ::waitid(
                   P_PID, static_cast<id_t>(std::stoi(pid)), &end, WEXITED | WNOHANG | WNOWAIT) ==
                   0 &&
               end.si_pid != 0;
    };
    while (!is_through()) {
        ::usleep(1000);
    }
    EXPECT_EQ(checks.result(true)->findings.front().id, "ctr-cgroup-lost");
}

TEST_F(QuickChecksOfAStart, TakePackagesThatAreNotBackYetForNoChange) {
    ASSERT_TRUE(look());
    std::string other = tree.content(memory);
    const std::string boot = R"("boot_id":")";
    tree.file(memory, other.insert(other.find(boot) + boot.size(), "x"));
    captured.torch(testing::image_site, "2.5.1+cu121", "12.1");
    EXPECT_THAT(look(false)->findings, IsEmpty());
    EXPECT_EQ(title_of(look()->findings, "gpu-changed"),
              "torch 2.4.1+cu121 -> 2.5.1+cu121 since the last session");
}

TEST_F(QuickChecksOfAStart, DoNotBeginWithoutAGpuUnlessOneIsRequired) {
    take_card_away();
    const auto fail = [&]() -> World { std::abort(); };
    EXPECT_EQ(look_with(fail).has_value(), false);
    want("gpu: {expect: required}\n");
    const auto found = look();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ending, Ending::gpu);
    EXPECT_EQ(found->findings.front().id, "gpu-expected-missing");
}

TEST_F(QuickChecksOfAStart, DoNotBeginWhereNoneIsExpected) {
    want("gpu: {expect: none}\n");
    captured.node("/dev/nvidia0", 195, 0, EPERM);
    EXPECT_EQ(look().has_value(), false);
}

TEST_F(QuickChecksOfAStart, AreGivenUpWhereTheyHang) {
    const HangingInspector hanging;
    const auto found = look_with([&] {
        World world = seen_world();
        world.inspector = &hanging;
        return world;
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ending, Ending::well);
    ASSERT_EQ(found->findings.size(), 1);
    EXPECT_EQ(found->findings.front().id, "gpu-not-looked-at");
    EXPECT_EQ(found->findings.front().severity, model::Severity::info);
}

TEST_F(QuickChecksOfAStart, LeaveNoProcessBehind) {
    const HangingInspector hanging;
    const World here = seen_world();
    const Session now = session();
    tree.file("beside", "");
    const MakeWorld make_world = [&] {
        World world = world_beside();
        world.inspector = &hanging;
        return world;
    };
    {
        const QuickChecks checks(here, now, make_world, long_patience);
        while (tree.content("beside").empty()) {
            ::usleep(1000);
        }
    }
    wait_until_gone();
}

// What is waited for with this patience is waited for in vain.
constexpr std::chrono::hours no_end{24};

class QuickChecksOfAHungFolder : private testing::OwnMounts,
                                 public QuickChecksOfAStart,
                                 public ::testing::WithParamInterface<std::string> {};

TEST_P(QuickChecksOfAHungFolder, HoldNothingUpAlthoughNothingEndsThem) {
    if (!testing::HungFolder::is_possible()) {
        GTEST_SKIP() << "this machine has no /dev/fuse that can be opened";
    }
    const World here = seen_world();
    const Session now = session();
    testing::HungFolder hung(captured.root() + GetParam());
    const MakeWorld make_world = [&] { return world_of_what_is_there(); };
    std::string stuck;
    {
        QuickChecks checks(here, now, make_world, no_end);
        hung.take_request();
        stuck = tree.content("beside");

        checks.begin_again();
        const auto found = checks.result(true, [] { return false; });

        ASSERT_TRUE(found);
        EXPECT_EQ(found->findings.front().id, "gpu-not-looked-at");
    }
    EXPECT_EQ(::kill(std::stoi(stuck), 0), 0);

    hung.let_go();
    tree.file("beside", stuck);
    wait_until_gone();
}

INSTANTIATE_TEST_SUITE_P(Each,
                         QuickChecksOfAHungFolder,
                         ::testing::Values(std::string("/proc/driver/nvidia"),
                                           testing::image_site));

TEST_F(QuickChecksOfAStart, AreNotWaitedForWhenTheSessionIsToldToEnd) {
    const HangingInspector hanging;
    tree.file("beside", "");
    const MakeWorld make_world = [&] {
        World world = world_beside();
        world.inspector = &hanging;
        return world;
    };
    const World here = seen_world();
    const Session now = session();
    QuickChecks checks(here, now, make_world, no_end);
    const auto found = checks.result(true, [&] { return tree.content("beside").empty(); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->findings.front().id, "gpu-not-looked-at");
}

TEST_F(QuickChecksOfAStart, MayEndBadlyAndTheStartGoesOn) {
    const auto found = look_with([]() -> World { ::_exit(7); });
    ASSERT_TRUE(found);
    ASSERT_EQ(found->findings.size(), 1);
    EXPECT_EQ(found->findings.front().id, "gpu-not-looked-at");
}

TEST_F(QuickChecksOfAStart, LookAgainAtWhatHasChanged) {
    captured.torch(testing::image_site, "2.4.1+cpu", "");
    const World here = seen_world();
    const Session now = session();
    const MakeWorld make_world = [&] { return seen_world(); };
    QuickChecks checks(here, now, make_world, long_patience);
    captured.torch(testing::image_site, "2.4.1+cu121", "12.1");
    checks.begin_again();
    const auto found = checks.result(true);
    ASSERT_TRUE(found);
    EXPECT_THAT(found->findings, IsEmpty());
}

TEST_F(QuickChecksOfAStart, AreMadeOnceMoreByTheBackgroundProcessForTheNotices) {
    want("gpu: {notebook_notice: true}\n");
    captured.node("/dev/nvidia0", 195, 0, EPERM);
    tree.file("home/.envkeep-state/notice", "something else\n");
    const RenderReport render = [&](const Result<RestoreReport>& report) {
        return RenderedReport{.gpu_notice = report->gpu->findings.front().id};
    };
    for (int i = 0; i < 2; ++i) {
        look_at_gpu_later(
            options(),
            [&] { return seen_world(); },
            session().store.id,
            render,
            [] { return true; });
        EXPECT_EQ(tree.content("home/.envkeep-state/notice"), "something else | ctr-cgroup-lost\n");
        EXPECT_EQ(tree.content("home/.envkeep-state/gpu-notice"), "ctr-cgroup-lost\n");
    }
}

TEST_F(QuickChecksOfAStart, AreNotMadeForAnotherStore) {
    captured.node("/dev/nvidia0", 195, 0, EPERM);
    look_at_gpu_later(
        options(),
        [&] { return seen_world(); },
        "another",
        [](const Result<RestoreReport>&) { return RenderedReport{.gpu_notice = "x"}; },
        [] { return true; });
    EXPECT_FALSE(tree.exists("home/.envkeep-state/notice"));
}

}  // namespace
}  // namespace envkeep::engine
