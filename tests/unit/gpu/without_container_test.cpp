// SPDX-License-Identifier: MIT
#include "envkeep/posix/processes.hpp"
#include "gpu/library_search.hpp"
#include "gpu/way_out.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <chrono>
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

// A command that a finding tells, run on that tree; then whatever writes the cache again.
void carry_out(const std::string& root, std::string command) {
    const auto replace_all = [&](const std::string& what, const std::string& by) {
        for (std::size_t at = command.find(what); at != std::string::npos;
             at = command.find(what, at + by.size())) {
            command.replace(at, what.size(), by);
        }
    };
    replace_all("sudo ", "");
    replace_all(" /", ' ' + root + '/');
    replace_all("ldconfig", "/sbin/ldconfig -r " + root);
    command += " && /sbin/ldconfig -r " + root;
    const auto end = posix::Processes()
                         .run({.words = {"/bin/sh", "-c", command},
                               .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                               .limit = std::chrono::seconds(20)})
                         .value();
    EXPECT_TRUE(end.is_well()) << command << '\n' << end.output;
}

TEST(Libcuda, ThatHidesTheDriversIsGoneAfterTheCure) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    for (const std::string folder : {"/usr/local/lib", "/usr/lib/x86_64-linux-gnu"}) {
        MachineWithDriver machine("550.120", testing::debians_libraries);
        machine.put({{folder + "/libcuda.so.600.54.03", "driver/libcuda.so.1"}})
            .ldconfig({folder, testing::debians_libraries});
        ASSERT_THAT(machine.ids(), ElementsAre("drv-libcuda-in-image")) << folder;

        carry_out(machine.root(), machine.diagnosis().findings[0].fix.commands.at(0));

        EXPECT_THAT(machine.ids(), IsEmpty()) << folder;
        EXPECT_EQ(machine.facts().libcuda.found.value().real, libraries + "libcuda.so.550.120");
    }
}

TEST(ALibraryOutOfTheWay, IsNotFoundByLdconfigAgain) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string folder = "/usr/local/cuda/targets/x86_64-linux/lib";
    const std::string soname = "libcudnn_engines_tensor_ir.so.9";
    machine.put({{folder + '/' + soname + ".1.0", "plain/" + soname}}).ldconfig({folder});
    const auto cached = [&] {
        const posix::Inspector inspector = posix::Inspector::captured(machine.root()).value();
        return LibrarySearch(inspector, "").in_cache(soname).value_or(std::string());
    };
    ASSERT_EQ(cached(), folder + '/' + soname);
    const LoadedLibrary library{.soname = soname,
                                .found = {.path = folder + '/' + soname,
                                          .real = folder + '/' + soname + ".1.0",
                                          .how = FoundBy::cache}};

    const model::Fix fix = out_of_the_way(machine.facts(), NotebookPython(), library, "cudnn*");
    carry_out(machine.root(), fix.commands.at(0));

    EXPECT_EQ(cached(), "");
}

}  // namespace
}  // namespace envkeep::gpu
