// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::user_site;

model::Finding cause_of(CapturedMachine& machine) {
    const Diagnosis diagnosis = machine.diagnosis();
    return diagnosis.findings.empty() ? model::Finding() : diagnosis.findings.front();
}

TEST(TorchFaults, AHealthyMachineHasNone) {
    CapturedMachine machine;
    EXPECT_THAT(machine.ids(), IsEmpty());
    const Facts facts = machine.facts();
    ASSERT_EQ(facts.python.notebooks.size(), 1);
    const NotebookPython& notebook = facts.python.notebooks.front();
    EXPECT_EQ(notebook.pid, 200);
    EXPECT_EQ(notebook.environment.version, "3.11");
    const Framework* const torch = notebook.framework("torch");
    ASSERT_NE(torch, nullptr);
    EXPECT_EQ(torch->version, "2.4.1+cu121");
    EXPECT_EQ(torch->cuda, "12.1");
    EXPECT_EQ(torch->module.in_folder, image_site);
    ASSERT_TRUE(torch->record);
    EXPECT_EQ(torch->record->checked, 2);
}

TEST(ThePythonOfAShell, IsTheOneBehindPyenvsScript) {
    CapturedMachine machine;
    machine.python("/root/.pyenv/versions/3.12.1", "3.12")
        .file("/root/.pyenv/shims/python3", "#!/usr/bin/env bash\n")
        .file("/root/.pyenv/version", "3.12.1\n")
        .without_kernel({{"PATH", "/nowhere:/root/.pyenv/shims:/usr/bin"}, {"HOME", "/root"}});
    const Facts facts = machine.facts();
    ASSERT_EQ(facts.python.notebooks.size(), 1);
    EXPECT_EQ(facts.python.notebooks.front().environment.program,
              "/root/.pyenv/versions/3.12.1/bin/python3");
}

TEST(TorchFaults, ABuildWithoutCuda) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+cpu", "");
    machine.package(image_site, "torchvision", "0.19.1+cpu", {{"torchvision/__init__.py", ""}});
    const model::Finding cause = cause_of(machine);
    EXPECT_EQ(cause.id, "torch-cpu-only");
    EXPECT_TRUE(cause.is_cause);
    EXPECT_THAT(cause.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install torch==2.4.1+cu124 "
                            "torchvision==0.19.1+cu124 --index-url "
                            "https://download.pytorch.org/whl/cu124"));
}

TEST(TorchFaults, TheSystemsPythonWantsAWordMore) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+cpu", "")
        .file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "[externally-managed]\n");
    EXPECT_THAT(cause_of(machine).fix.commands,
                Contains(HasSubstr("pip install --break-system-packages torch==2.4.1+cu124")));
}

TEST(TorchFaults, WithoutACardNothingIsWrongWithIt) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+cpu", "").remove("/sys/bus/pci/devices/0000:00:05.0");
    machine.no_node("/dev/nvidiactl").no_node("/dev/nvidia0").no_node("/dev/nvidia-uvm");
    EXPECT_THAT(machine.ids(), Not(Contains("torch-cpu-only")));
}

TEST(TorchFaults, TheImagesCopyWithoutCodeForTheCardDoesNotWork) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x102d").torch(user_site, "2.5.1", "");
    EXPECT_THAT(machine.ids(), Not(Contains("torch-user-site-shadow")));
}

TEST(TorchFaults, AUsersCopyWithoutCodeForTheCardHidesTheImages) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x2901")
        .driver("570.86.15")
        .torch(image_site, "2.7.1+cu128", "12.8")
        .torch(user_site, "2.4.1+cu121", "12.1");
    EXPECT_THAT(machine.ids(), Contains("torch-user-site-shadow"));
    EXPECT_THAT(machine.ids(), Not(Contains("torch-arch-new-gpu")));
}

TEST(TorchFaults, AUsersCopyWithoutCudaHidesTheImages) {
    CapturedMachine machine;
    machine.torch(user_site, "2.5.1", "");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-user-site-shadow"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y torch"));
}

TEST(TorchFaults, AUsersCopyThatWorksIsTheirs) {
    CapturedMachine machine;
    machine.torch(user_site, "2.5.1+cu121", "12.1");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TorchFaults, AUsersCopyIsReplacedWhereItIs) {
    CapturedMachine machine;
    machine.torch(user_site, "2.5.1+cpu", "").torch(image_site, "2.4.1+cpu", "");
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre(HasSubstr("pip install --user torch==2.5.1+cu124")));
}

TEST(TorchFaults, ABuildForAmd) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+rocm6.1", "")
        .file(image_site + "/torch/version.py",
              "__version__ = '2.4.1+rocm6.1'\ncuda = None\nhip = '6.1.40091'\n");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-rocm-wheel"));
}

// A notebook in conda's environment `ml`, whose torch conda installed as this package.
CapturedMachine& conda_torch(CapturedMachine& machine,
                             const std::string& package,
                             const std::string& version,
                             const std::string& cuda) {
    const std::string prefix = "/opt/conda/envs/ml";
    return machine.python(prefix, "3.11")
        .torch(prefix + "/lib/python3.11/site-packages", version, cuda)
        .file(prefix + "/conda-meta/" + package + ".json", "{}")
        .file("/opt/conda/bin/conda", "#!/opt/conda/bin/python\n")
        .file("/proc/200/cmdline",
              std::string("/opt/conda/envs/ml/bin/python3\0-m\0ipykernel_launcher", 52));
}

TEST(TorchFaults, CondasChoiceWithoutCuda) {
    CapturedMachine machine;
    conda_torch(machine, "pytorch-2.4.1-cpu_generic_py311h0", "2.4.1", "");
    EXPECT_EQ(cause_of(machine).id, "torch-conda-cpu-build");
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("CONDA_OVERRIDE_CUDA=12.2 /opt/conda/bin/conda install -y -p "
                            "/opt/conda/envs/ml -c conda-forge 'pytorch=*=*cuda12*'"));
    EXPECT_THAT(machine.ids(), Not(Contains("torch-cpu-only")));
}

TEST(TorchFaults, WhatCondaInstalledCondaReplaces) {
    CapturedMachine machine;
    conda_torch(machine, "pytorch-2.9.1-cuda130_py311h0_200", "2.9.1", "13.0");
    EXPECT_EQ(cause_of(machine).id, "torch-driver-too-old");
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("CONDA_OVERRIDE_CUDA=12.2 /opt/conda/bin/conda install -y -p "
                            "/opt/conda/envs/ml -c conda-forge 'pytorch=*=*cuda12*'"));

    // pip wrote over it.
    machine.torch("/opt/conda/envs/ml/lib/python3.11/site-packages", "2.10.0+cu130", "13.0")
        .remove("/opt/conda/envs/ml/lib/python3.11/site-packages/torch-2.9.1.dist-info");
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre(HasSubstr("/opt/conda/envs/ml/bin/python3 -m pip install torch==")));
}

TEST(TorchFaults, CondasTorchOfPytorchsOwnChannelStaysInThat) {
    CapturedMachine machine;
    machine.driver("470.256.02");
    conda_torch(machine, "pytorch-2.4.1-py3.11_cuda12.4_cudnn9.1.0_0", "2.4.1", "12.4")
        .remove("/opt/conda/bin/conda");
    const auto finding = finding_of(machine, "torch-driver-too-old").value();
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("conda install -y -p /opt/conda/envs/ml -c pytorch -c nvidia "
                            "pytorch-cuda=11.8"));
    EXPECT_THAT(finding.fix.text, HasSubstr("no conda was found here"));
}

// pixi has the packages as conda has them, and its lock file says which.
TEST(TorchFaults, WhatPixiInstalledItsManifestReplaces) {
    CapturedMachine machine;
    const std::string prefix = "/work/proj/.pixi/envs/default";
    machine.python(prefix, "3.11")
        .torch(prefix + "/lib/python3.11/site-packages", "2.9.1", "13.0")
        .file(prefix + "/conda-meta/pytorch-2.9.1-cuda130_py311h0_200.json", "{}");
    testing::runs(machine, prefix + "/bin/python3");

    const auto finding = finding_of(machine, "torch-driver-too-old").value();
    EXPECT_THAT(finding.fix.commands, IsEmpty());
    EXPECT_THAT(finding.fix.text,
                ::testing::AllOf(HasSubstr("pixi made this environment"),
                                 HasSubstr("/work/proj/pixi.toml"),
                                 HasSubstr("-c conda-forge 'pytorch=*=*cuda12*'")));
}

// Its version has no "+cu124", and the data have measured the package.
TEST(TorchFaults, CondasTorchWithoutCodeForTheCard) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x2b85").driver("570.86.10");  // GeForce RTX 5090
    conda_torch(machine, "pytorch-2.5.1-py3.11_cuda12.4_cudnn9.1.0_0", "2.5.1", "12.4");

    const auto finding = finding_of(machine, "torch-arch-new-gpu").value();
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_THAT(finding.evidence[1],
                ::testing::AllOf(HasSubstr("sm_86 sm_90 sm_90a"), HasSubstr("was measured")));
    EXPECT_THAT(finding.fix.commands, ElementsAre(HasSubstr("'pytorch=*=*cuda12*'")));

    machine.card("0000:00:05.0", "0x1eb8");
    EXPECT_EQ(finding_of(machine, "torch-arch-new-gpu"), std::nullopt);
}

TEST(TorchFaults, CondasTorchThatWasNotMeasuredIsNotSuspected) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x2b85").driver("570.86.10");  // GeForce RTX 5090
    conda_torch(machine, "pytorch-2.3.0-py3.11_cuda11.8_cudnn8.7.0_0", "2.3.0", "11.8");

    EXPECT_EQ(finding_of(machine, "torch-arch-new-gpu"), std::nullopt);
}

TEST(TorchFaults, CondasTorchGetsCompanionsOfConda) {
    CapturedMachine machine;
    const std::string site = "/opt/conda/envs/ml/lib/python3.11/site-packages";
    conda_torch(machine, "pytorch-2.4.1-cuda120_py311h0_300", "2.4.1", "12.0")
        .package(site, "torchvision", "0.17.0", {{"torchvision/__init__.py", ""}}, {"torch==2.2.0"})
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}});
    EXPECT_THAT(finding_of(machine, "torch-companion-mismatch").value().fix.commands,
                ElementsAre("/opt/conda/bin/conda install -y -p /opt/conda/envs/ml pip && "
                            "/opt/conda/envs/ml/bin/python3 -m pip uninstall -y torchvision",
                            "/opt/conda/bin/conda install -y -p /opt/conda/envs/ml -c conda-forge "
                            "torchvision"));
}

TEST(TorchFaults, TwoInstallsInOneFolder) {
    CapturedMachine machine;
    machine.package(image_site, "torch", "2.3.0+cu121");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-two-installs"));
    const model::Finding finding = cause_of(machine);
    EXPECT_EQ(finding.severity, model::Severity::warning);
    ASSERT_EQ(finding.fix.commands.size(), 3);
    EXPECT_EQ(finding.fix.commands[1], "/usr/bin/python3 -m pip uninstall -y torch");
}

TEST(TorchFaults, ALibraryCutShort) {
    CapturedMachine machine;
    machine.file(image_site + "/torch/lib/libtorch_cuda.so", "c");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-partial-install"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --force-reinstall --no-deps "
                            "--no-cache-dir torch==2.4.1+cu121 --index-url "
                            "https://download.pytorch.org/whl/cu121"));
}

TEST(TorchFaults, ALibraryThatIsGone) {
    CapturedMachine machine;
    machine.remove(image_site + "/torch/lib/libtorch_cuda.so");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-partial-install"));
}

TEST(TorchFaults, CompiledForAnotherPython) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+cu121", "12.1", "cpython-39-x86_64-linux-gnu");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-python-abi"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install torch==2.4.1+cu124 --index-url "
                            "https://download.pytorch.org/whl/cu124"));
    // pip thinks that this very release is there already.
    machine.torch(image_site, "2.4.1+cu124", "12.4", "cpython-39-x86_64-linux-gnu");
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --force-reinstall --no-deps "
                            "torch==2.4.1+cu124 --index-url "
                            "https://download.pytorch.org/whl/cu124"));
}

TEST(TorchFaults, TheDefaultWheelIsTooNewForTheDriver) {
    CapturedMachine machine;
    machine.torch(image_site, "2.11.0", "13.0")
        .file(image_site + "/torch/version.py",
              "__version__ = '2.11.0+cu130'\ncuda: Optional[str] = '13.0'\nhip = None\n");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-pypi-default-too-new"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install torch==2.11.0+cu129 --index-url "
                            "https://download.pytorch.org/whl/cu129"));
}

TEST(TorchFaults, AWheelOfAnIndexIsTooNewForTheDriver) {
    CapturedMachine machine;
    machine.torch(image_site, "2.10.0+cu130", "13.0");
    EXPECT_THAT(machine.ids(), ElementsAre("torch-driver-too-old"));
}

TEST(TorchFaults, ACompatibilityPackageMakesUpForTheDriver) {
    CapturedMachine machine;
    machine.torch(image_site, "2.10.0+cu130", "13.0")
        .library("/usr/local/cuda/compat/libcuda.so.580.65.06")
        .link("/usr/local/cuda/compat/libcuda.so.1", "libcuda.so.580.65.06")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda/compat");
    EXPECT_THAT(machine.ids(), Not(Contains("torch-driver-too-old")));
}

TEST(TorchFaults, ACardTooOldForTheBuild) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x13f1");  // Quadro M4000
    machine.driver("570.86.10").torch(image_site, "2.8.0+cu128", "12.8");
    EXPECT_THAT(machine.ids(), Contains("torch-arch-old-gpu"));
    bool is_told = false;
    for (const model::Finding& finding : machine.diagnosis().findings) {
        if (finding.id == "torch-arch-old-gpu") {
            is_told = true;
            EXPECT_THAT(finding.fix.commands, ElementsAre(HasSubstr("torch==2.8.0+cu126")));
        }
    }
    EXPECT_TRUE(is_told);
}

TEST(TorchFaults, ACardTooOldForTheBuildBesideOneThatIsNot) {
    CapturedMachine machine;
    machine.card("0000:00:06.0", "0x13f1")
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information", "Device Minor: \t 1\n")
        .node("/dev/nvidia1", 195, 1)
        .torch(image_site, "2.8.0+cu128", "12.8");

    EXPECT_THAT(machine.ids(), ElementsAre("torch-arch-old-gpu"));
    const model::Finding finding = machine.diagnosis().findings[0];
    EXPECT_EQ(finding.severity, model::Severity::warning) << "the T4 works";
    EXPECT_THAT(finding.title, HasSubstr("Quadro M4000"));
}

TEST(TorchFaults, ACardTooNewForTheBuild) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x2b85");  // GeForce RTX 5090
    EXPECT_THAT(machine.ids(), Contains("torch-arch-new-gpu"));
}

TEST(TorchFaults, Kepler) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x102d").driver("470.256.02");  // Tesla K80
    EXPECT_THAT(machine.ids(), Contains("torch-kepler"));
}

TEST(TorchFaults, AVersionThatIsNotKnownIsNotWrong) {
    CapturedMachine machine;
    machine.torch(image_site, "9.9.0+cu121", "12.1");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TorchFaults, TorchvisionForAnotherTorch) {
    CapturedMachine machine;
    machine.package(image_site,
                    "torchvision",
                    "0.20.1+cu121",
                    {{"torchvision/__init__.py", ""}},
                    {"numpy", "torch==2.5.1", "gdown>=4.7.3; extra == 'gdown'"});
    EXPECT_THAT(machine.ids(), ElementsAre("torch-companion-mismatch"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --no-deps torchvision==0.19.1+cu121 "
                            "--index-url https://download.pytorch.org/whl/cu121"));
}

TEST(TorchFaults, TorchvisionForAnotherCuda) {
    CapturedMachine machine;
    machine.package(image_site,
                    "torchvision",
                    "0.19.1+cu118",
                    {{"torchvision/__init__.py", ""}},
                    {"torch==2.4.1"});
    EXPECT_THAT(machine.ids(), ElementsAre("torch-companion-mismatch"));
}

TEST(TorchFaults, Numpy2UnderAnOldTorch) {
    CapturedMachine machine;
    machine.torch(image_site, "2.1.2+cu121", "12.1");
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.package(user_site, "numpy", "2.1.0", {{"numpy/__init__.py", ""}});
    EXPECT_THAT(machine.ids(), ElementsAre("torch-numpy2"));
    EXPECT_THAT(cause_of(machine).fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --user 'numpy<2'"));
}

}  // namespace
}  // namespace envkeep::gpu
