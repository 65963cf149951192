// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

// Kernelspecs, and what notebooks are told by variables.
namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::alarms;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::faults_in;
using testing::finding_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kernel_spec;
using ::testing::Not;
using testing::runs;
using testing::with_server;
using testing::without_kernel;

const std::string users_kernels = "/root/.local/share/jupyter/kernels";
const std::string images_kernels = "/usr/local/share/jupyter/kernels";

class Kernels : public ::testing::Test {
  protected:
    Kernels() { without_kernel(with_server(machine)); }

    CapturedMachine machine;
};

TEST_F(Kernels, OfAnEarlierImageThatHideTheImagesGoAside) {
    kernel_spec(machine, users_kernels + "/python3", "/usr/local/bin/python3.9");
    kernel_spec(machine, images_kernels + "/python3", "/usr/bin/python3");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernelspec-shadow"));
    const auto finding = finding_of(machine, "nb-kernelspec-shadow").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(
        finding.evidence,
        ElementsAre(users_kernels + "/python3/kernel.json: argv /usr/local/bin/python3.9",
                    images_kernels + "/python3/kernel.json: argv /usr/bin/python3, hidden by it"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("mv -nT " + users_kernels +
                            "/python3 /root/.local/share/jupyter/python3-kernel.old"));
    ASSERT_EQ(finding.fix.repairs.size(), 1);
    EXPECT_EQ(finding.fix.repairs[0].subject, users_kernels + "/python3");
}

TEST_F(Kernels, OfAnEarlierImageThatHideJupytersOwnGoAside) {
    kernel_spec(machine, users_kernels + "/python3", "/usr/local/bin/python3.9");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernelspec-shadow"));
}

TEST_F(Kernels, ThatStartAnotherPythonThanTheImagesAreANote) {
    machine.python("/opt/python", "3.10");
    kernel_spec(machine, users_kernels + "/python3", "/opt/python/bin/python3.10");
    kernel_spec(machine, images_kernels + "/python3", "/usr/bin/python3");

    const auto finding = finding_of(machine, "nb-kernelspec-shadow").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.fix.repairs, IsEmpty()) << "it may be meant";
    EXPECT_THAT(alarms(machine), IsEmpty());
}

TEST_F(Kernels, ThatStartNothingAreTold) {
    kernel_spec(machine, users_kernels + "/old", "/root/gone/bin/python");
    kernel_spec(machine, users_kernels + "/lost", "julia-1.9");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernelspec-dead"));
    const auto finding = finding_of(machine, "nb-kernelspec-dead").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_EQ(finding.evidence.size(), 2);
    EXPECT_EQ(finding.fix.repairs.size(), 2);
}

TEST_F(Kernels, OfABrokenEnvironmentAreToldOnce) {
    testing::virtual_environment(machine, "/root/venv", "/usr/local/bin/python3.10", "3.10");
    kernel_spec(machine, users_kernels + "/venv", "/root/venv/bin/python");

    EXPECT_THAT(machine.ids(), ElementsAre("py-venv-broken"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::warning)
        << "it is not the default kernel";
}

TEST_F(Kernels, ThatHideTheCardAreTheCause) {
    kernel_spec(machine,
                images_kernels + "/python3",
                "/usr/bin/python3",
                R"({"CUDA_VISIBLE_DEVICES": ""})");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernel-env-override"));
    const auto finding = finding_of(machine, "nb-kernel-env-override").value();
    EXPECT_TRUE(finding.is_cause);
    EXPECT_THAT(finding.evidence,
                ElementsAre(images_kernels + "/python3/kernel.json: env CUDA_VISIBLE_DEVICES="));
}

TEST_F(Kernels, ThatRunAndHideTheCardAreToldOnce) {
    runs(machine, "/usr/bin/python3").kernel_variable("CUDA_VISIBLE_DEVICES", "-1");
    kernel_spec(machine,
                images_kernels + "/python3",
                "/usr/bin/python3",
                R"({"CUDA_VISIBLE_DEVICES": "-1"})");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernel-env-override"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::error);
}

TEST_F(Kernels, ThatHideTheCardTooDoNotExcuseTheServer) {
    machine.file("/proc/100/environ",
                 testing::words({"PATH=/usr/bin:/bin", "HOME=/root", "CUDA_VISIBLE_DEVICES="}));
    kernel_spec(
        machine, users_kernels + "/cpu", "/usr/bin/python3", R"({"CUDA_VISIBLE_DEVICES": ""})");

    EXPECT_THAT(machine.ids(), ElementsAre("env-cvd-empty"));
    EXPECT_THAT(machine.diagnosis().findings[0].evidence,
                ElementsAre("/proc/100/environ (server): CUDA_VISIBLE_DEVICES="));
}

TEST_F(Kernels, GiveTheCardBackThatTheServerHides) {
    machine.file("/proc/100/environ",
                 testing::words({"PATH=/usr/bin:/bin", "HOME=/root", "CUDA_VISIBLE_DEVICES="}));
    kernel_spec(machine,
                images_kernels + "/python3",
                "/usr/bin/python3",
                R"({"CUDA_VISIBLE_DEVICES": "0"})");

    EXPECT_THAT(alarms(machine, {"env-cvd-empty"}), IsEmpty());
}

TEST_F(Kernels, ThatLeadToTheToolkitsStubAreBroken) {
    const std::string stubs = "/usr/local/cuda/lib64/stubs";
    machine.stub_library(stubs + "/libcuda.so.1");
    kernel_spec(machine,
                images_kernels + "/python3",
                "/usr/bin/python3",
                R"({"LD_LIBRARY_PATH": ")" + stubs + R"(", "MY_TOKEN": "s3cret"})");

    const auto finding = finding_of(machine, "drv-stub-on-path").value();
    EXPECT_TRUE(finding.is_cause);
    EXPECT_THAT(finding.fix.commands, ElementsAre("unset LD_LIBRARY_PATH"));
    EXPECT_THAT(finding.fix.text,
                HasSubstr(images_kernels + "/python3/kernel.json sets LD_LIBRARY_PATH"));
    EXPECT_FALSE(machine.facts().notebook.has("MY_TOKEN"));
}

TEST_F(Kernels, WithVariablesOfTheirOwnAreANote) {
    kernel_spec(machine,
                users_kernels + "/mine",
                "/usr/bin/python3",
                R"({"CUDA_VISIBLE_DEVICES": "0", "LD_LIBRARY_PATH": "/opt/lib"})");

    const auto finding = finding_of(machine, "nb-kernel-env-override").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.evidence, ElementsAre(HasSubstr("env LD_LIBRARY_PATH=/opt/lib")));
}

TEST_F(Kernels, ThatKeepJaxFromTheCardAreAWarningWhereJaxIs) {
    kernel_spec(
        machine, images_kernels + "/python3", "/usr/bin/python3", R"({"JAX_PLATFORMS": "cpu"})");
    EXPECT_EQ(finding_of(machine, "nb-kernel-env-override").value().severity, Severity::info);

    machine.package(testing::image_site, "jax", "0.4.30", {{"jax/__init__.py", ""}});
    EXPECT_EQ(finding_of(machine, "nb-kernel-env-override").value().severity, Severity::warning);
}

TEST(TheTerminal, WithAnotherPythonThanTheNotebookIsANote) {
    CapturedMachine machine;
    machine.python("/opt/conda", "3.10").kernel_variable("PATH", "/opt/conda/bin:/usr/bin");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-kernel-other-python"));
    const auto finding = finding_of(machine, "nb-kernel-other-python").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/opt/conda/bin/python3 -m ipykernel install --user --name python310"));
}

TEST(TheTerminal, WithThePythonOfAnotherKernelNamesThatKernel) {
    CapturedMachine machine;
    with_server(machine).python("/opt/conda", "3.10").kernel_variable("PATH", "/opt/conda/bin");
    kernel_spec(machine, users_kernels + "/conda", "/opt/conda/bin/python3");

    EXPECT_THAT(finding_of(machine, "nb-kernel-other-python").value().fix.text,
                HasSubstr("choose the kernel 'conda'"));
}

TEST(ShellFiles, ExportWhatNotebooksDoNotHave) {
    CapturedMachine machine;
    machine
        .file("/root/.bashrc",
              "# mine\nexport PATH=/x:$PATH\n  export LD_LIBRARY_PATH=\"/opt/lib\" # here\n"
              "export CUDA_CACHE_MAXSIZE=9\nexport HF_TOKEN=secret\n"
              "export JAX_API_KEY=secret\nexport TF_CPP_MIN_LOG_LEVEL=$LEVEL\n")
        .file("/etc/profile.d/cuda.sh", "export LD_LIBRARY_PATH=/opt/lib\n")
        .kernel_variable("CUDA_CACHE_MAXSIZE", "9")
        .kernel_variable("TF_CPP_MIN_LOG_LEVEL", "3");

    EXPECT_THAT(machine.ids(), ElementsAre("nb-env-only-in-shell"));
    const auto finding = finding_of(machine, "nb-env-only-in-shell").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.evidence,
                ElementsAre("/root/.bashrc:3: export LD_LIBRARY_PATH=/opt/lib; the notebook has "
                            "none",
                            "/etc/profile.d/cuda.sh:1: export LD_LIBRARY_PATH=/opt/lib; the "
                            "notebook has none"));
    without_kernel(machine);
    EXPECT_THAT(machine.ids(), Not(Contains("nb-env-only-in-shell")))
        << "no notebook runs that could be compared";
}

TEST(VisibleDevicesInACell, ComeTooLateWhereCudaHasBegun) {
    CapturedMachine machine;
    machine.holder(200, "200 (python3) S 100 200 1");
    EXPECT_THAT(machine.ids(), IsEmpty()) << "of one card nothing can be hidden in vain";

    machine.card("0000:00:06.0", "0x1eb8").node("/dev/nvidia1", 195, 1);
    EXPECT_THAT(machine.ids(), ElementsAre("nb-cvd-set-late"));
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "1");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(AllocatorOptions, ThatTorchDoesNotKnowAreErrors) {
    CapturedMachine machine;
    machine.torch(testing::image_site, "2.0.1+cu118", "11.8")
        .kernel_variable("PYTORCH_CUDA_ALLOC_CONF",
                         "roundup_power2_divisions:[256:1,>:4],expandable_segments:True");

    EXPECT_THAT(machine.ids(), ElementsAre("env-alloc-conf"));
    const auto finding = finding_of(machine, "env-alloc-conf").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(
        finding.fix.commands,
        ElementsAre("export PYTORCH_CUDA_ALLOC_CONF='roundup_power2_divisions:[256:1,>:4]'"));
    machine.torch(testing::image_site, "2.4.1+cu121", "12.1");
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.kernel_variable("PYTORCH_CUDA_ALLOC_CONF", "max_split:128");
    EXPECT_EQ(finding_of(machine, "env-alloc-conf").value().severity, Severity::warning);
    machine.torch(testing::image_site, "9.9.0+cu121", "12.1");
    EXPECT_THAT(machine.ids(), IsEmpty()) << "what is newer than the data is not known";
}

TEST(TheMpsDaemon, ThatIsGoneAndLeftItsPipeIsTold) {
    CapturedMachine machine;
    machine.file("/tmp/nvidia-mps/control", "")
        .file("/tmp/nvidia-mps/nvidia-cuda-mps-control.pid", "77\n");

    EXPECT_THAT(machine.ids(), ElementsAre("env-mps-pipe"));
    EXPECT_EQ(finding_of(machine, "env-mps-pipe").value().severity, Severity::warning);
    machine.file("/proc/77/comm", "nvidia-cuda-mps\n");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheMpsDaemon, OfTheHostMayRunThere) {
    CapturedMachine machine;
    machine.file("/mps/pipe/control", "")
        .mount("/mps")
        .kernel_variable("CUDA_MPS_PIPE_DIRECTORY", "/mps/pipe");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheMpsDaemon, ThatIsOnlyWishedForIsANote) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_MPS_PIPE_DIRECTORY", "/tmp/mps");

    EXPECT_EQ(finding_of(machine, "env-mps-pipe").value().severity, Severity::info);
}

TEST(TheCodeCache, MustBeWritable) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_CACHE_PATH", "/data/cache/cuda").file("/data/x", "");

    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.node("/data", 0, 0, EACCES);
    EXPECT_THAT(faults_in(machine), ElementsAre("env-jit-cache"));
    EXPECT_THAT(finding_of(machine, "env-jit-cache").value().evidence,
                Contains("/data: not writable"));
}

// A folder of one's own that only its mode closes: that can be set, and taken back.
TEST(TheCodeCache, OfOnesOwnIsOpened) {
    CapturedMachine machine;
    machine.user(1000)
        .folder("/root/.nv/ComputeCache", 0500, 1000, EACCES)
        .kernel_variable("HOME", "/root");
    const model::Fix fix = finding_of(machine, "env-jit-cache").value().fix;
    EXPECT_THAT(fix.commands, ElementsAre("chmod u+rwx /root/.nv/ComputeCache"));
    ASSERT_EQ(fix.repairs.size(), 1);
    EXPECT_EQ(fix.repairs[0].kind, model::RepairKind::set_mode);
    EXPECT_EQ(fix.repairs[0].subject, "/root/.nv/ComputeCache");
    EXPECT_EQ(fix.repairs[0].mode, 0700);

    machine.folder("/root/.nv/ComputeCache", 0500, 0, EACCES);
    EXPECT_THAT(finding_of(machine, "env-jit-cache").value().fix.repairs, IsEmpty()) << "root's";
    machine.folder("/root/.nv/ComputeCache", 0700, 1000, EROFS);
    EXPECT_THAT(finding_of(machine, "env-jit-cache").value().fix.repairs, IsEmpty());
}

TEST(TheCodeCache, MustHaveRoom) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_CACHE_PATH", "/data/cache")
        .file("/data/x", "")
        .space("/data", 1U << 30U, 1U << 20U);

    EXPECT_THAT(machine.ids(), ElementsAre("env-jit-cache"));
}

TEST(LockedMemory, ThatIsLittleIsANote) {
    CapturedMachine machine;
    machine.file(
        "/proc/200/limits",
        "Max locked memory         65536                65536                bytes     \n");
    EXPECT_THAT(machine.ids(), ElementsAre("res-memlock"));
    EXPECT_THAT(alarms(machine), IsEmpty());

    machine.file(
        "/proc/200/limits",
        "Max locked memory         8388608              8388608              bytes     \n");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
