// SPDX-License-Identifier: MIT
#include "platform_machine.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <string>

namespace envkeep::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::libraries;
using testing::PlatformMachine;

// Without a container: what the driver's installer or package put there.
class MachineWithDriver : public PlatformMachine {
  public:
    MachineWithDriver(const std::string& version, const std::string& folder) {
        drives({.version = version, .folder = folder, .is_mounted = false, .is_proc_a_copy = false},
               {{"0000:05:00.0", "0x2230", "NVIDIA RTX A6000"}});
    }
};

// There is nothing to take away: with another libcuda there would be none of this driver's.
TEST(Libcuda, OfADriverThatWasUpgradedWantsTheMachineRestarted) {
    for (const std::string& folder : {testing::debians_libraries, std::string("/usr/lib64")}) {
        MachineWithDriver machine("550.144.03", folder);
        machine.driver("550.120").file("/var/lib/dpkg/info/libnvidia-compute-550:amd64.list",
                                       libraries + "libcuda.so.550.144.03\n");
        machine.ldconfig({folder});

        ASSERT_THAT(machine.ids(), ElementsAre("kmod-user-version-mismatch")) << folder;
        const model::Fix fix = machine.diagnosis().findings[0].fix;
        EXPECT_EQ(fix.who, model::Who::restart);
        EXPECT_THAT(fix.commands, IsEmpty());
        EXPECT_THAT(fix.text, HasSubstr("restart the machine"));
    }
}

TEST(Libcuda, OlderThanTheKernelsDriverIsInstalledAnew) {
    MachineWithDriver machine("550.120", testing::debians_libraries);
    machine.driver("550.144.03");
    machine.ldconfig({testing::debians_libraries});

    ASSERT_THAT(machine.ids(), ElementsAre("kmod-user-version-mismatch"));
    EXPECT_THAT(machine.diagnosis().findings[0].fix.text,
                HasSubstr("install the driver's libraries of version 550.144.03"));
}

TEST(Libcuda, ThatAnInstallerLeftHidesThatOfTheDriver) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    MachineWithDriver machine("550.120", testing::debians_libraries);
    machine.put({{"/usr/local/lib/libcuda.so.535.54.03", "driver/libcuda.so.1"}})
        .ldconfig({"/usr/local/lib", testing::debians_libraries});

    ASSERT_THAT(machine.ids(), ElementsAre("drv-libcuda-in-image"));
    const model::Finding finding = machine.diagnosis().findings[0];
    EXPECT_THAT(finding.title, HasSubstr("another driver library 535.54.03 is found first"));
    EXPECT_THAT(finding.evidence, Contains(libraries + "libcuda.so.550.120: hidden by it"));
    EXPECT_THAT(finding.fix.commands, ElementsAre(HasSubstr("/usr/local/lib/")));
}

}  // namespace
}  // namespace envkeep::gpu
