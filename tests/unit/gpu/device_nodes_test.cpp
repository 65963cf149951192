// SPDX-License-Identifier: MIT
#include "platform_machine.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>

// Real device nodes in the root of a machine, as `doctor --root` sees that of a container that
// runs.
namespace envkeep::gpu {
namespace {

using ::testing::IsEmpty;
using testing::PlatformMachine;

constexpr unsigned uvm_major = 511;
constexpr ::uid_t nobody = 65534;

class RealNodes : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "device nodes are made by root";
        }
        machine_.drives(
            {.version = "550.54.15", .folder = testing::debians_libraries, .uvm_major = uvm_major},
            {{"0000:00:04.0", "0x1eb8", "Tesla T4"}});
        surroundings_ = machine_.written();
        // Without a record everything is what it is; others may walk to the nodes.
        machine_.remove(posix::Inspector::capture_record);
        std::filesystem::create_directories(machine_.root() + "/dev");
        std::filesystem::permissions(std::filesystem::path(machine_.root()).parent_path(),
                                     std::filesystem::perms(0755));
        for (const auto& [name, major, minor] : {std::tuple{"nvidiactl", 195U, 255U},
                                                 std::tuple{"nvidia0", 195U, 0U},
                                                 std::tuple{"nvidia-uvm", uvm_major, 0U}}) {
            if (!make(name, major, minor)) {
                GTEST_SKIP() << "mknod is refused: " << std::strerror(errno);
            }
        }
        if (::faccessat(AT_FDCWD, path("nvidiactl").c_str(), R_OK | W_OK, 0) != 0) {
            GTEST_SKIP() << "the container's device cgroup closes such nodes";
        }
    }

    [[nodiscard]] std::string path(const std::string& name) const {
        return machine_.root() + "/dev/" + name;
    }

    // In place of one that is there.
    bool make(const std::string& name, unsigned major, unsigned minor, ::mode_t mode = 0666) {
        ::unlink(path(name).c_str());
        return ::mknod(path(name).c_str(), S_IFCHR, ::gnu_dev_makedev(major, minor)) == 0 &&
               ::chmod(path(name).c_str(), mode) == 0;
    }

    [[nodiscard]] Facts facts() const {
        return observe(posix::Inspector::captured(machine_.root()).value(), surroundings_);
    }

    [[nodiscard]] std::string ids() const {
        std::string all;
        for (const model::Finding& finding : diagnose(facts(), built_in_compat_data()).findings) {
            all += finding.id + ' ';
        }
        return all;
    }

    // The same, as another user sees it.
    [[nodiscard]] std::string ids_as(::uid_t uid) const {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        const ::pid_t child = ::fork();
        if (child == 0) {
            const bool dropped = ::setresgid(uid, uid, uid) == 0 && ::setresuid(uid, uid, uid) == 0;
            const std::string found = dropped ? ids() : "cannot become another user";
            const bool is_written = ::write(ends[1], found.data(), found.size()) ==
                                    static_cast<::ssize_t>(found.size());
            ::_exit(is_written ? 0 : 1);
        }
        ::close(ends[1]);
        std::array<char, 1024> text{};
        const ::ssize_t size = ::read(ends[0], text.data(), text.size());
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        return {text.data(), static_cast<std::size_t>(std::max<::ssize_t>(size, 0))};
    }

  private:
    PlatformMachine machine_;
    Surroundings surroundings_;
};

TEST_F(RealNodes, ThatAreRightAreRight) {
    const NodeFacts nodes = facts().nodes;

    ASSERT_EQ(nodes.cards.size(), 1);
    EXPECT_EQ(
        nodes.cards.front(),
        (DeviceNode{
            .path = "/dev/nvidia0", .is_device = true, .major = 195, .minor = 0, .mode = 0666}));
    EXPECT_EQ(nodes.control.value().minor, 255);
    EXPECT_EQ(nodes.uvm.value().major, uvm_major);
    EXPECT_THAT(ids(), IsEmpty());
    EXPECT_THAT(ids_as(nobody), IsEmpty());
}

TEST_F(RealNodes, ThatAreNotThereAreMissed) {
    ::unlink(path("nvidia0").c_str());
    EXPECT_EQ(ids(), "dev-nodes-missing ");

    ASSERT_TRUE(make("nvidia0", 195, 0));
    ::unlink(path("nvidia-uvm").c_str());
    EXPECT_EQ(ids(), "dev-uvm-node-missing ");
}

TEST_F(RealNodes, OfAnEarlierDriverAreTold) {
    ASSERT_TRUE(make("nvidia-uvm", uvm_major - 1, 0));

    EXPECT_EQ(ids(), "dev-uvm-stale-major ");
}

TEST_F(RealNodes, OfRootAloneAreClosedToOthers) {
    ASSERT_TRUE(make("nvidiactl", 195, 255, 0600));

    EXPECT_THAT(ids(), IsEmpty()) << "root may open them";
    EXPECT_EQ(ids_as(nobody), "dev-node-permission ");
}

}  // namespace
}  // namespace envkeep::gpu
