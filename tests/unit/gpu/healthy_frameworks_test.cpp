// SPDX-License-Identifier: MIT
#include "library_machine.hpp"
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Builds of torch from elsewhere, and what is beside a torch that has CUDA.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::CapturedMachine;
using ::testing::ElementsAre;
using testing::faults_in;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::LibraryMachine;
using ::testing::Not;
using testing::runs;
using testing::virtual_environment;

// Which cards a build of conda-forge, of NVIDIA's images or of one's own has code for no table
// says.
TEST(HealthyTorch, OfAnotherBuilder) {
    for (const std::string version :
         {"2.4.1", "2.4.1.post207", "2.4.1a0+gitee1b680", "2.4.0a0+f70bd71a48.nv24.06"}) {
        CapturedMachine machine;
        machine.card("0000:00:05.0", "0x2b85")
            .file("/proc/driver/nvidia/version",
                  "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release\n")
            .torch(image_site, version, "12.1");

        EXPECT_THAT(alarms(machine, {"torch-arch-new-gpu", "torch-two-installs"}), IsEmpty())
            << version;
    }
}

TEST(HealthyTorch, OfANight) {
    CapturedMachine machine;
    machine.driver("580.65.06").torch(image_site, "2.15.0.dev20261001+cu130", "13.0");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.remove(testing::libraries + name + ".1")
            .library(testing::libraries + name + ".580.65.06")
            .link(testing::libraries + name + ".1", name + ".580.65.06")
            .mount(testing::libraries + name + ".580.65.06");
    }
    machine.package(image_site,
                    "torchvision",
                    "0.30.0.dev20261001+cu130",
                    {{"torchvision/__init__.py", ""}},
                    {"torch==2.15.0.dev20261001"});

    EXPECT_THAT(alarms(machine, {"torch-companion-mismatch", "torch-pypi-default-too-new"}),
                IsEmpty());
}

// torchvision compares the major version alone, torchaudio both numbers.
TEST(HealthyTorch, BesideATorchvisionForAnotherMinorCuda) {
    CapturedMachine machine;
    machine.package(image_site,
                    "torchvision",
                    "0.19.1+cu124",
                    {{"torchvision/__init__.py", ""}},
                    {"torch==2.4.1"});
    EXPECT_THAT(alarms(machine, {"torch-companion-mismatch"}), IsEmpty());

    machine.package(image_site,
                    "torchaudio",
                    "2.4.1+cu124",
                    {{"torchaudio/__init__.py", ""}},
                    {"torch==2.4.1"});
    EXPECT_THAT(faults_in(machine), ElementsAre("torch-companion-mismatch"));
}

TEST(HealthyTorch, BesideAJaxForTheProcessor) {
    CapturedMachine machine;
    machine.package(image_site, "jax", "0.4.30", {{"jax/__init__.py", ""}})
        .package(image_site, "jaxlib", "0.4.30", {{"jaxlib/__init__.py", ""}});

    EXPECT_THAT(alarms(machine, {"jax-cpu-only"}), IsEmpty());
}

TEST(HealthyTorch, BesideAKernelForTheProcessor) {
    CapturedMachine machine;
    runs(machine, "/usr/bin/python3");
    kernel_spec(machine, "/usr/local/share/jupyter/kernels/python3", "/usr/bin/python3");
    kernel_spec(machine,
                "/usr/local/share/jupyter/kernels/cpu",
                "/usr/bin/python3",
                R"({"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "4"})");

    EXPECT_THAT(alarms(machine, {"nb-kernel-env-override", "env-cvd-empty"}), IsEmpty());
}

// Images to run things have neither; only torch.compile misses them.
TEST(HealthyTorch, WithoutACompiler) {
    LibraryMachine machine;
    machine.compiler().remove("/usr/bin/gcc").remove("/usr/include/python3.11");
    EXPECT_THAT(alarms(machine, {"tk-no-c-compiler", "tk-no-python-headers"}), IsEmpty());

    machine.package(image_site, "unsloth", "2026.1");
    EXPECT_THAT(machine.faults(), ElementsAre("tk-no-c-compiler", "tk-no-python-headers"));
}

// There is no index for what somebody compiled, and nightly wheels have their own.
TEST(CommandsForTorch, NameAnIndexThatThereIs) {
    const auto command_for = [](const std::string& version) {
        CapturedMachine machine;
        machine.torch(image_site, version, "12.1")
            .file(image_site + "/torch/lib/libtorch_cpu.so", "");
        return finding_of(machine, "torch-partial-install").value().fix.commands.at(0);
    };

    EXPECT_THAT(command_for("2.4.1+cu121"), HasSubstr("download.pytorch.org/whl/cu121"));
    EXPECT_THAT(command_for("2.9.0.dev20250901+cu130"),
                HasSubstr("download.pytorch.org/whl/nightly/cu130"));
    EXPECT_THAT(command_for("2.4.1a0+gitee1b680"), Not(HasSubstr("index-url")));
}

class CommandsWithoutPip : public ::testing::Test {
  protected:
    CommandsWithoutPip() {
        virtual_environment(machine, "/notebooks/.venv", "/usr/bin/python3.11", "3.11")
            .torch(site, "2.4.1+cpu", "");
        runs(machine, "/notebooks/.venv/bin/python");
    }

    void is_made_by_uv() {
        machine.file("/notebooks/.venv/pyvenv.cfg",
                     "home = /usr/bin\nimplementation = CPython\nuv = 0.8.3\n"
                     "version_info = 3.11.2\ninclude-system-site-packages = false\n");
    }

    std::string command() {
        const auto finding = finding_of(machine, "torch-cpu-only");
        EXPECT_EQ(finding.value().fix.commands.size(), 1U);
        return finding->fix.commands.front();
    }

    const std::string site = "/notebooks/.venv/lib/python3.11/site-packages";
    const std::string torch =
        "torch==2.4.1+cu124 --index-url https://download.pytorch.org/whl/cu124";
    const std::string python = "/notebooks/.venv/bin/python";
    CapturedMachine machine;
};

TEST_F(CommandsWithoutPip, BringThePipThatIsHere) {
    machine.file("/usr/lib/python3.11/ensurepip/__init__.py", "")
        .file("/root/.local/bin/uv", "ELF");
    EXPECT_EQ(command(), python + " -m ensurepip && " + python + " -m pip install " + torch);

    machine.package(site, "pip", "24.0");
    EXPECT_EQ(command(), python + " -m pip install " + torch);
}

// uv puts no pip into the environments that it makes.
TEST_F(CommandsWithoutPip, AreUvsInItsEnvironments) {
    is_made_by_uv();
    machine.file("/usr/lib/python3.11/ensurepip/__init__.py", "");
    EXPECT_THAT(command(), HasSubstr("-m ensurepip && "));

    machine.file("/root/.local/bin/uv", "ELF");
    EXPECT_EQ(command(), "/root/.local/bin/uv pip install --python " + python + ' ' + torch);

    machine.package(site, "pip", "24.0");
    EXPECT_EQ(command(), python + " -m pip install " + torch);
}

TEST_F(CommandsWithoutPip, AreThoseOfAPipThatInstallsForOthers) {
    machine.file("/usr/bin/pip", "#!/usr/bin/python3\n")
        .package("/usr/lib/python3/dist-packages", "pip", "23.0.1");
    EXPECT_EQ(command(), "/usr/bin/pip --python " + python + " install " + torch);

    machine.file("/usr/bin/uv", "ELF");
    EXPECT_EQ(command(), "/usr/bin/uv pip install --python " + python + ' ' + torch);
}

TEST_F(CommandsWithoutPip, FetchItWhereNothingElseIsHere) {
    machine.file("/usr/bin/pip", "#!/usr/bin/python3\n")
        .package("/usr/lib/python3/dist-packages", "pip", "22.2.1");
    EXPECT_EQ(command(),
              "curl -fsSL https://bootstrap.pypa.io/get-pip.py | " + python + " - && " + python +
                  " -m pip install " + torch);
}

TEST_F(CommandsWithoutPip, AskDebianForItsOwnPython) {
    machine.remove("/usr/lib/python3/dist-packages/pip")
        .file("/usr/lib/python3.11/ensurepip/__init__.py", "")
        .torch(testing::image_site, "2.4.1+cpu", "");
    runs(machine, "/usr/bin/python3");
    EXPECT_EQ(command(),
              "apt-get install -y python3-pip && /usr/bin/python3 -m pip install " + torch);
}

}  // namespace
}  // namespace envkeep::gpu
