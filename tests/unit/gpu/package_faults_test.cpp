// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Where packages come from, and whether they are whole.
namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::alarms;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::faults_in;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::runs;
using testing::user_site;
using testing::virtual_environment;

const std::string good = "cpython-311-x86_64-linux-gnu.so";
const std::string foreign = "cpython-39-x86_64-linux-gnu.so";

TEST(PythonPath, WithATorchThatDoesNotWorkIsTheCause) {
    CapturedMachine machine;
    machine.torch("/opt/libs", "2.1.0+cpu", "")
        .kernel_variable("PYTHONPATH", "/opt/libs:/opt/mine");

    EXPECT_THAT(machine.ids(), ElementsAre("py-pythonpath-shadow"));
    const auto finding = finding_of(machine, "py-pythonpath-shadow").value();
    EXPECT_TRUE(finding.is_cause);
    EXPECT_THAT(finding.evidence, Contains("PYTHONPATH=/opt/libs:/opt/mine"));
    EXPECT_THAT(finding.fix.commands, ElementsAre("export PYTHONPATH=/opt/mine"));
    machine.kernel_variable("PYTHONPATH", "/opt/libs");
    const auto only = finding_of(machine, "py-pythonpath-shadow").value();
    EXPECT_THAT(only.fix.commands, ElementsAre("unset PYTHONPATH"));
    ASSERT_EQ(only.fix.repairs.size(), 1);
    EXPECT_EQ(only.fix.repairs[0].kind, model::RepairKind::drop_variable);
}

TEST(PythonPath, WithATorchThatWorksIsANote) {
    CapturedMachine machine;
    machine.torch("/opt/libs", "2.5.1+cu121", "12.1").kernel_variable("PYTHONPATH", "/opt/libs");

    const auto finding = finding_of(machine, "py-pythonpath-shadow").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.fix.repairs, IsEmpty()) << "it may be meant";
    EXPECT_THAT(alarms(machine), IsEmpty());
}

TEST(PythonPath, WithPackagesOfAnotherPythonIsTheCause) {
    CapturedMachine machine;
    machine
        .package("/opt/libs",
                 "numpy",
                 "1.24.0",
                 {{"numpy/__init__.py", ""}, {"numpy/core/_multiarray_umath." + foreign, ""}})
        .kernel_variable("PYTHONPATH", "/opt/libs");

    EXPECT_THAT(machine.ids(), ElementsAre("py-pythonpath-shadow"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::error);
}

TEST(PathFiles, ThatBringATorchThatDoesNotWorkAreTheCause) {
    CapturedMachine machine;
    machine.torch("/opt/libs", "2.1.0+cpu", "")
        .file("/root/.local/lib/python3.11/site-packages/extra.pth", "# mine\n/opt/libs\n");

    EXPECT_THAT(machine.ids(), ElementsAre("py-pth-inject"));
    const auto finding = finding_of(machine, "py-pth-inject").value();
    EXPECT_THAT(finding.evidence, Contains(user_site + "/extra.pth:2: /opt/libs"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("mv -nT " + user_site + "/extra.pth " + user_site + "/extra.pth.old"));
}

TEST(PathFiles, OfEditableInstallsAreUninstalled) {
    CapturedMachine machine;
    machine.torch("/opt/libs", "2.1.0+cpu", "")
        .file(user_site + "/__editable__.My_Torch-1.0.pth", "/opt/libs\n");

    EXPECT_THAT(finding_of(machine, "py-pth-inject").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y my-torch"));
}

TEST(PathFiles, OfOldInstallersLoseTheOneLine) {
    CapturedMachine machine;
    machine.torch("/opt/libs", "2.1.0+cpu", "")
        .file("/opt/mine/mine.py", "")
        .file(user_site + "/easy-install.pth", "/opt/mine\n/opt/libs\n");

    EXPECT_THAT(finding_of(machine, "py-pth-inject").value().fix.commands,
                ElementsAre("sed -i.old 2d " + user_site + "/easy-install.pth"));
}

TEST(BesideTheNotebook, ATorchWithoutItsCompiledPartIsTheCause) {
    CapturedMachine machine;
    machine.link("/proc/200/cwd", "/notebooks").file("/notebooks/torch/__init__.py", "");

    EXPECT_THAT(machine.ids(), ElementsAre("py-cwd-shadow"));
    const auto finding = finding_of(machine, "py-cwd-shadow").value();
    EXPECT_TRUE(finding.is_cause);
    EXPECT_THAT(finding.fix.commands, ElementsAre("mv -nT /notebooks/torch /notebooks/my_torch"));
}

TEST(BesideTheNotebook, AFileOfTheNameOfAFrameworkIsAnError) {
    CapturedMachine machine;
    machine.link("/proc/200/cwd", "/notebooks").file("/notebooks/numpy.py", "");

    EXPECT_EQ(finding_of(machine, "py-cwd-shadow").value().severity, Severity::error);
}

TEST(BesideTheNotebook, IsNotWhereAShellHappensToBe) {
    CapturedMachine machine;
    testing::without_kernel(machine)
        .file("/proc/self/environ", testing::words({"PATH=/usr/bin", "HOME=/root"}))
        .link("/proc/self/cwd", "/notebooks")
        .file("/notebooks/numpy.py", "");

    EXPECT_EQ(finding_of(machine, "py-cwd-shadow").value().severity, Severity::warning);
}

TEST(BesideTheNotebook, FilesOfThePythonLibraryCountWhereTheyComeFirst) {
    CapturedMachine machine;
    machine.link("/proc/200/cwd", "/notebooks")
        .file("/notebooks/random.py", "")
        .file("/usr/lib/python3.11/random.py", "");
    EXPECT_THAT(machine.ids(), IsEmpty()) << "the launcher drops the folder";

    machine.file("/usr/lib/python3/dist-packages/ipykernel_launcher.py", "import sys\n");
    EXPECT_THAT(machine.ids(), ElementsAre("py-cwd-shadow"));
}

TEST(BesideTheNotebook, FoldersWithoutCodeHideNothing) {
    CapturedMachine machine;
    machine.link("/proc/200/cwd", "/notebooks")
        .package(image_site, "datasets", "2.14.0", {{"datasets/__init__.py", ""}})
        .file("/notebooks/datasets/train.csv", "")
        .file("/notebooks/utils.py", "")
        .file(image_site + "/utils/__init__.py", "");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(BesideTheNotebook, AProjectOfTheUsersIsMeant) {
    CapturedMachine machine;
    machine.link("/proc/200/cwd", "/notebooks")
        .package(image_site, "mine", "1.0", {{"mine/__init__.py", ""}})
        .file("/notebooks/pyproject.toml", "")
        .file("/notebooks/mine/__init__.py", "");

    EXPECT_THAT(alarms(machine), IsEmpty());
}

class CondaEnvironment : public ::testing::Test {
  protected:
    CondaEnvironment() {
        machine.python("/opt/conda/envs/ml", "3.11")
            .file("/opt/conda/envs/ml/conda-meta/history", "")
            .torch(site, "2.4.1+cu121", "12.1")
            .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}});
        runs(machine, "/opt/conda/envs/ml/bin/python3");
    }

    const std::string site = "/opt/conda/envs/ml/lib/python3.11/site-packages";
    CapturedMachine machine;
};

TEST_F(CondaEnvironment, ThatTakesTheUsersPackagesIsTold) {
    machine.package(user_site, "numpy", "2.1.0", {{"numpy/__init__.py", ""}});
    testing::with_server(machine);
    testing::kernel_spec(
        machine, "/root/.local/share/jupyter/kernels/ml", "/opt/conda/envs/ml/bin/python3");

    EXPECT_THAT(faults_in(machine), ElementsAre("py-conda-user-leak"));
    const auto finding = finding_of(machine, "py-conda-user-leak").value();
    EXPECT_THAT(finding.fix.commands, ElementsAre("export PYTHONNOUSERSITE=1"))
        << "no conda is here";
    EXPECT_THAT(finding.fix.text, HasSubstr("/root/.local/share/jupyter/kernels/ml/kernel.json"));
}

TEST_F(CondaEnvironment, KeepsAVariableWithCondaAlone) {
    machine.package(user_site, "numpy", "2.1.0", {{"numpy/__init__.py", ""}})
        .file("/opt/conda/bin/micromamba", "ELF");
    EXPECT_THAT(finding_of(machine, "py-conda-user-leak").value().fix.commands,
                ElementsAre("export PYTHONNOUSERSITE=1"));

    machine.file("/opt/conda/bin/conda", "#!/opt/conda/bin/python\n");
    EXPECT_THAT(finding_of(machine, "py-conda-user-leak").value().fix.commands,
                ElementsAre("/opt/conda/bin/conda env config vars set -p /opt/conda/envs/ml "
                            "PYTHONNOUSERSITE=1"));
}

TEST_F(CondaEnvironment, WithOtherPackagesOfTheUsersIsWell) {
    machine.package(user_site, "einops", "0.8.0", {{"einops/__init__.py", ""}});
    EXPECT_THAT(alarms(machine), IsEmpty());
    machine.kernel_variable("PYTHONNOUSERSITE", "1");
    EXPECT_THAT(alarms(machine), IsEmpty()) << "which is what cures it";
}

// 0 is a number to Python, and means no.
TEST(TheUsersSite, ThatAVariableOfZeroLeavesOnIsLookedInto) {
    CapturedMachine machine;
    machine.package(user_site, "einops", "0.8.0").kernel_variable("PYTHONNOUSERSITE", "0");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheUsersSite, ThatIsSwitchedOffIsTold) {
    CapturedMachine machine;
    machine.package(user_site, "einops", "0.8.0").kernel_variable("PYTHONNOUSERSITE", "1");

    EXPECT_THAT(machine.ids(), ElementsAre("py-nousersite"));
    const auto finding = finding_of(machine, "py-nousersite").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_THAT(finding.evidence, ElementsAre(user_site + ": einops", "PYTHONNOUSERSITE=1"));
    EXPECT_THAT(finding.fix.commands, ElementsAre("unset PYTHONNOUSERSITE"));
}

TEST(TheUsersSite, ThatAnOptionSwitchesOffIsTold) {
    CapturedMachine machine;
    machine.package(user_site, "einops", "0.8.0")
        .file("/proc/200/cmdline",
              testing::words({"/usr/bin/python3",
                              "-X",
                              "dev",
                              "-s",
                              "-m",
                              "ipykernel_launcher",
                              "--token",
                              "s3cr3t"}));

    EXPECT_THAT(finding_of(machine, "py-nousersite").value().evidence,
                Contains(EndsWith(": started with -s")));
}

TEST(TheUsersSite, OfAnotherHomeIsTold) {
    CapturedMachine machine;
    machine.package(user_site, "einops", "0.8.0").kernel_variable("HOME", "/srv");

    EXPECT_THAT(finding_of(machine, "py-nousersite").value().evidence, Contains("HOME=/srv"));
}

TEST(TheUsersSite, OfAVirtualEnvironmentIsTheirsToLeaveOut) {
    CapturedMachine machine;
    virtual_environment(machine, "/root/venv", "/usr/bin/python3.11", "3.11")
        .package(user_site, "einops", "0.8.0");
    runs(machine, "/root/venv/bin/python");
    EXPECT_EQ(finding_of(machine, "py-nousersite"), std::nullopt);

    machine.torch(user_site, "2.4.1+cu121", "12.1");
    EXPECT_EQ(finding_of(machine, "py-nousersite").value().severity, Severity::info);
}

TEST(TheUsersSite, WithNothingThatIsMissedMayBeOff) {
    CapturedMachine machine;
    machine.package(user_site, "numpy", "1.25.0").kernel_variable("PYTHONNOUSERSITE", "1");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheUsersSite, WithAVersionThatAnotherDoesNotWantIsANote) {
    CapturedMachine machine;
    machine.package(image_site, "numba", "0.58.0", {}, {"numpy<1.27,>=1.22", "llvmlite==0.41"})
        .package(user_site, "numpy", "1.27.1", {{"numpy/__init__.py", ""}});

    EXPECT_THAT(machine.ids(), ElementsAre("py-user-shadow"));
    const auto finding = finding_of(machine, "py-user-shadow").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.evidence, ElementsAre(HasSubstr("numba asks for <1.27,>=1.22")));
    machine.package(user_site, "numpy", "1.26.9").remove(user_site + "/numpy-1.27.1.dist-info");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(CompiledPackages, OfAnotherPythonAreTold) {
    CapturedMachine machine;
    machine.file(image_site + "/numpy/core/_multiarray_umath." + foreign, "");

    EXPECT_THAT(machine.ids(), ElementsAre("py-extension-abi"));
    const auto finding = finding_of(machine, "py-extension-abi").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --force-reinstall --no-deps "
                            "--no-cache-dir numpy"));
    machine.file(image_site + "/numpy/_core/_multiarray_umath." + good, "");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Records, TellWhatIsMissing) {
    CapturedMachine machine;
    machine.package(user_site,
                    "pandas",
                    "2.0.0",
                    {{"pandas/__init__.py", ""},
                     {"pandas/_libs/lib." + good, "long"},
                     {"pandas/io/x.py", "x"}});
    machine.file(user_site + "/pandas/io/x.py", "patched by its user");
    EXPECT_THAT(machine.ids(), IsEmpty());

    machine.file(user_site + "/pandas/_libs/lib." + good, "");
    EXPECT_THAT(machine.ids(), ElementsAre("py-record-broken"));
    const auto finding = finding_of(machine, "py-record-broken").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --user --force-reinstall --no-deps "
                            "--no-cache-dir pandas==2.0.0"));
}

TEST(Records, OfWhatNotebooksNeedAreErrors) {
    CapturedMachine machine;
    machine.package(image_site, "pyzmq", "25.1.0", {{"zmq/__init__.py", ""}})
        .remove(image_site + "/zmq/__init__.py");

    EXPECT_THAT(machine.ids(), ElementsAre("py-record-broken"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::error);
}

TEST(Records, ThatAreGoneKeepPipFromRemovingAnything) {
    const std::string info = image_site + "/numpy-1.26.4.dist-info";
    CapturedMachine machine;
    machine.remove(info + "/RECORD");
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.file(info + "/INSTALLER", "conda\n");
    EXPECT_THAT(machine.ids(), IsEmpty());

    machine.file(info + "/INSTALLER", "pip\n");
    const auto finding = finding_of(machine, "py-record-broken").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.evidence, ElementsAre(info + "/RECORD: not there, or empty"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --ignore-installed --no-deps "
                            "--no-cache-dir numpy==1.26.4"));

    machine.file(info + "/RECORD", "");
    EXPECT_THAT(machine.ids(), ElementsAre("py-record-broken"));
}

TEST(Records, OfTorchIsMissedToo) {
    CapturedMachine machine;
    machine.file(image_site + "/torch-2.4.1+cu121.dist-info/INSTALLER", "pip\n")
        .remove(image_site + "/torch-2.4.1+cu121.dist-info/RECORD");
    EXPECT_THAT(finding_of(machine, "py-record-broken").value().title,
                HasSubstr("torch has no RECORD"));
}

TEST(Records, ThatCondaCopiedAreNotBelieved) {
    CapturedMachine machine;
    machine.package(image_site, "pyzmq", "25.1.0", {{"zmq/__init__.py", ""}})
        .remove(image_site + "/zmq/__init__.py")
        .file(image_site + "/pyzmq-25.1.0.dist-info/INSTALLER", "conda\n")
        .remove(image_site + "/torch/lib/libtorch_cuda.so")
        .file(image_site + "/torch-2.4.1+cu121.dist-info/INSTALLER", "conda\n");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Records, OfDebiansPackagesAreNotBelieved) {
    CapturedMachine machine;
    const std::string debians = "/usr/lib/python3/dist-packages";
    machine.package(debians, "pyzmq", "24.0.1", {{"zmq/__init__.py", ""}, {"zmq/x.so", "long"}})
        .file(debians + "/zmq/x.so", "cut")
        .remove(debians + "/zmq/__init__.py");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Leftovers, OfAnInterruptedPipAreANote) {
    CapturedMachine machine;
    machine.file(image_site + "/~orch/__init__.py", "").file(image_site + "/~ it's", "");

    EXPECT_THAT(machine.ids(), ElementsAre("py-tilde-leftover"));
    const auto finding = finding_of(machine, "py-tilde-leftover").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(
        finding.fix.commands,
        ElementsAre("rm -rf -- '" + image_site + "/~ it'\\''s' '" + image_site + "/~orch'"));
    EXPECT_EQ(finding.fix.repairs.size(), 2);
}

TEST(Leftovers, InGreatNumbersMakeNoEndlessCommand) {
    CapturedMachine machine;
    for (int i = 0; i < 200; ++i) {
        machine.file(image_site + "/~" + std::to_string(i), "");
    }

    EXPECT_EQ(finding_of(machine, "py-tilde-leftover").value().fix.repairs.size(), 50);
}

}  // namespace
}  // namespace envkeep::gpu
