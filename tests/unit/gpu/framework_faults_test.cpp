// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// TensorFlow, jax, onnxruntime, cupy and bitsandbytes.
namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using testing::user_site;

CapturedMachine& without_torch(CapturedMachine& machine) {
    return machine.remove(image_site + "/torch")
        .remove(image_site + "/torch-2.4.1+cu121.dist-info");
}

CapturedMachine& tensorflow(CapturedMachine& machine,
                            const std::string& build,
                            const std::string& name = "tensorflow",
                            const std::string& version = "2.16.1") {
    return machine.package(image_site,
                           name,
                           version,
                           {{"tensorflow/__init__.py", ""},
                            {"tensorflow/python/platform/build_info.py",
                             "build_info = collections.OrderedDict([" + build + "])\n"}});
}

const std::string cuda_build =
    "('cuda_compute_capabilities', ['sm_60', 'sm_70', 'sm_80', 'sm_89', 'compute_90']), "
    "('cuda_version', '12.3'), ('cudnn_version', '8'), ('is_cuda_build', True)";

CapturedMachine& jax(CapturedMachine& machine,
                     const std::string& jax,
                     const std::string& jaxlib,
                     const std::string& plugin) {
    machine.package(image_site, "jax", jax, {{"jax/__init__.py", ""}})
        .package(image_site, "jaxlib", jaxlib, {{"jaxlib/__init__.py", ""}});
    if (!plugin.empty()) {
        machine.package(image_site, "jax-cuda12-plugin", plugin)
            .package(image_site, "jax-cuda12-pjrt", plugin);
    }
    return machine;
}

TEST(TensorFlow, ForCudaIsWell) {
    CapturedMachine machine;
    EXPECT_THAT(tensorflow(machine, cuda_build).ids(), IsEmpty());
}

TEST(TensorFlow, WithoutCudaIsAnErrorWhereNothingElseHasIt) {
    CapturedMachine machine;
    tensorflow(without_torch(machine), "('is_cuda_build', False)");

    EXPECT_THAT(machine.ids(), ElementsAre("tf-cpu-only"));
    const auto finding = finding_of(machine, "tf-cpu-only").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install 'tensorflow[and-cuda]==2.16.1'"));
}

TEST(TensorFlow, WithoutCudaThatWasChosenIsANoteBesideTorch) {
    CapturedMachine machine;
    tensorflow(machine, "('is_cuda_build', False)", "tensorflow-cpu");

    EXPECT_THAT(machine.ids(), ElementsAre("tf-cpu-only"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::info);
}

TEST(TensorFlow, WithoutCudaThatHidesAnotherIsUninstalled) {
    CapturedMachine machine;
    tensorflow(machine, cuda_build)
        .package(user_site,
                 "tensorflow-cpu",
                 "2.16.1",
                 {{"tensorflow/__init__.py", ""},
                  {"tensorflow/python/platform/build_info.py", "{'is_cuda_build': False}\n"}});

    EXPECT_THAT(finding_of(machine, "tf-cpu-only").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y tensorflow-cpu"));
}

TEST(TensorFlow, WithoutCodeForTheCardIsTold) {
    CapturedMachine old;
    old.card("0000:00:05.0", "0x13f1");  // Quadro M4000
    tensorflow(without_torch(old), cuda_build, "tensorflow", "2.17.0");
    CapturedMachine young;
    young.card("0000:00:05.0", "0x2b85").driver("570.86.10");  // GeForce RTX 5090
    tensorflow(without_torch(young), cuda_build, "tensorflow", "2.18.0");

    const auto error = finding_of(old, "tf-arch-missing").value();
    EXPECT_EQ(error.severity, Severity::error);
    EXPECT_THAT(error.fix.commands, ElementsAre(HasSubstr("'tensorflow[and-cuda]<2.17'")));
    EXPECT_EQ(finding_of(young, "tf-arch-missing").value().severity, Severity::warning);
}

TEST(TensorFlow, WithoutCodeForTheCardBreaksNothingBesideATorchThatWorks) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x13f1");  // Quadro M4000
    ASSERT_THAT(machine.ids(), IsEmpty());
    tensorflow(machine, cuda_build, "tensorflow", "2.17.0");

    EXPECT_EQ(finding_of(machine, "tf-arch-missing").value().severity, Severity::warning);
    EXPECT_THAT(machine.diagnosis().broken, IsEmpty());
}

TEST(Jax, WithItsPluginIsWell) {
    CapturedMachine machine;
    EXPECT_THAT(jax(machine, "0.4.30", "0.4.30", "0.4.30").ids(), IsEmpty());
    CapturedMachine old;
    EXPECT_THAT(jax(old, "0.4.1", "0.4.1+cuda11.cudnn82", "").ids(), IsEmpty());
}

TEST(Jax, WithoutAPluginTakesTheOneForThisDriver) {
    CapturedMachine machine;
    jax(machine, "0.4.30", "0.4.30", "");
    EXPECT_THAT(machine.ids(), ElementsAre("jax-cpu-only"));
    const auto finding = finding_of(machine, "jax-cpu-only").value();
    EXPECT_EQ(finding.severity, Severity::info) << "torch has CUDA";
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install -U 'jax[cuda12]'"));

    machine.driver("580.65.06");
    EXPECT_THAT(finding_of(machine, "jax-cpu-only").value().fix.commands,
                ElementsAre(HasSubstr("jax[cuda13]")));
    without_torch(machine);
    EXPECT_EQ(finding_of(machine, "jax-cpu-only").value().severity, Severity::error);
}

TEST(Jax, OfAnotherVersionThanItsPluginIsAnError) {
    CapturedMachine machine;
    jax(machine, "0.4.30", "0.4.30", "0.4.28");

    EXPECT_THAT(machine.ids(), ElementsAre("jax-plugin-skew"));
    EXPECT_THAT(finding_of(machine, "jax-plugin-skew").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install -U 'jax[cuda12]==0.4.30'"));
}

TEST(Jax, OlderThanItsLibraryIsAnError) {
    CapturedMachine machine;
    EXPECT_THAT(jax(machine, "0.4.28", "0.4.30", "0.4.30").ids(), ElementsAre("jax-plugin-skew"));
}

// pip leaves an old one where it was told not to look at dependencies.
TEST(Jax, NewerThanItsLibraryMayBeIsAnError) {
    CapturedMachine machine;
    jax(machine, "0.7.1", "0.4.30", "0.4.30")
        .package(image_site, "jax", "0.7.1", {}, {"jaxlib<=0.7.1,>=0.7.1", "numpy>=1.26"});

    EXPECT_THAT(machine.ids(), ElementsAre("jax-plugin-skew"));
    const auto finding = finding_of(machine, "jax-plugin-skew").value();
    EXPECT_THAT(finding.evidence.front(), HasSubstr("asks for jaxlib <=0.7.1,>=0.7.1"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install -U 'jax[cuda12]==0.7.1'"));

    machine.package(image_site, "jax", "0.7.1", {}, {"jaxlib<=0.7.1,>=0.4.30"});
    EXPECT_THAT(machine.ids(), IsEmpty());
}

CapturedMachine& jax_for(CapturedMachine& machine, const std::string& cuda) {
    return jax(without_torch(machine), "0.8.1", "0.8.1", "")
        .package(image_site, "jax-" + cuda + "-plugin", "0.8.1")
        .package(image_site, "jax-" + cuda + "-pjrt", "0.8.1");
}

TEST(Jax, ForANewerDriverIsReplaced) {
    CapturedMachine machine;
    jax_for(machine, "cuda13").driver("550.90.07");

    const auto finding = finding_of(machine, "jax-plugin-too-new").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_EQ(finding.title, "jax-cuda13-plugin needs driver 580; this machine has 550.90.07");
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y jax-cuda13-pjrt "
                            "jax-cuda13-plugin",
                            "/usr/bin/python3 -m pip install -U 'jax[cuda12]==0.8.1'"));
}

TEST(Jax, ForANewerDriverBreaksNothingBesideATorchThatWorks) {
    CapturedMachine machine;
    jax(machine, "0.8.1", "0.8.1", "").package(image_site, "jax-cuda13-plugin", "0.8.1");

    EXPECT_EQ(finding_of(machine, "jax-plugin-too-new").value().severity, Severity::warning);
    machine.driver("580.65.06");
    EXPECT_EQ(finding_of(machine, "jax-plugin-too-new"), std::nullopt);
}

TEST(Jax, ThatNoReleaseOfTodayFitsTheDriverGetsNoCommand) {
    CapturedMachine machine;
    jax_for(machine, "cuda12").driver("470.256.02");

    const auto finding = finding_of(machine, "jax-plugin-too-new").value();
    EXPECT_THAT(finding.fix.commands, IsEmpty());
    EXPECT_THAT(finding.fix.text, HasSubstr("no jax of today"));
    machine.driver("525.116.04");
    EXPECT_EQ(finding_of(machine, "jax-plugin-too-new"), std::nullopt);
}

TEST(Jax, ForANewerCardIsReplaced) {
    CapturedMachine machine;
    jax_for(machine, "cuda13").driver("580.65.06").card("0000:00:05.0", "0x1db1");  // Tesla V100

    const auto finding = finding_of(machine, "jax-plugin-too-new").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(finding.title, HasSubstr("needs a card of compute capability 7.5"));
    EXPECT_THAT(finding.fix.commands, Contains(HasSubstr("'jax[cuda12]==0.8.1'")));
    machine
        .card("0000:00:06.0", "0x20b0")  // A100
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information", "Device Minor: \t 1\n")
        .node("/dev/nvidia1", 195, 1);
    EXPECT_EQ(finding_of(machine, "jax-plugin-too-new").value().severity, Severity::warning)
        << "it runs on the other one";
}

// Before there were plugins, and as conda builds it.
TEST(Jax, WithCudaInItselfIsHeldAgainstTheDriverToo) {
    CapturedMachine old;
    jax(without_torch(old), "0.4.1", "0.4.1+cuda11.cudnn82", "").driver("418.67");
    EXPECT_THAT(finding_of(old, "jax-plugin-too-new").value().title,
                HasSubstr("jaxlib needs driver 450.36.06"));

    CapturedMachine condas;
    const std::string site = "/opt/conda/lib/python3.11/site-packages";
    condas.python("/opt/conda", "3.11")
        .driver("470.256.02")
        .package(site, "jaxlib", "0.4.31", {{"jaxlib/__init__.py", ""}})
        .file("/opt/conda/conda-meta/jaxlib-0.4.31-cuda126py311h0_200.json", "{}")
        .file("/opt/conda/bin/mamba", "ELF");
    testing::runs(condas, "/opt/conda/bin/python3");
    const auto finding = finding_of(condas, "jax-plugin-too-new").value();
    EXPECT_THAT(finding.title, HasSubstr("jaxlib needs driver 525.60.13"));
    EXPECT_THAT(finding.fix.commands, ElementsAre(HasSubstr("'jaxlib=*=*cuda11*'")));
}

// A compatibility package brings the newer libcuda.
TEST(Jax, WithACompatibilityPackageHasItsDriver) {
    CapturedMachine machine;
    jax_for(machine, "cuda12").driver("470.256.02");
    const std::string compat = "/usr/local/cuda-12.4/compat/";
    machine.compat_library(compat + "libcuda.so.550.54.15")
        .link(compat + "libcuda.so.1", "libcuda.so.550.54.15")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.4/compat");

    EXPECT_EQ(finding_of(machine, "jax-plugin-too-new"), std::nullopt);
}

TEST(TensorFlow, ForANewerDriverIsToldWithTheReleaseForThisOne) {
    CapturedMachine machine;
    tensorflow(without_torch(machine), cuda_build, "tensorflow", "2.17.0").driver("470.256.02");

    const auto finding = finding_of(machine, "tf-driver-too-old").value();
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_EQ(finding.title,
              "TensorFlow was built for CUDA 12.3, which needs driver 525.60.13; this machine has "
              "470.256.02");
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install 'tensorflow[and-cuda]==2.14.*'"));
}

TEST(TensorFlow, ForANewerDriverIsAWarningBesideATorchThatWorks) {
    CapturedMachine machine;
    tensorflow(machine.torch(image_site, "2.4.1+cu118", "11.8"), cuda_build).driver("470.256.02");

    EXPECT_EQ(finding_of(machine, "tf-driver-too-old").value().severity, Severity::warning);
}

TEST(TensorFlow, ThatNoReleaseWithItsCudaFitsGetsNoCommand) {
    CapturedMachine young;
    tensorflow(young, cuda_build).driver("470.256.02").python("/opt/new", "3.12");
    const std::string site = "/opt/new/lib/python3.12/site-packages";
    young.package(site,
                  "tensorflow",
                  "2.17.0",
                  {{"tensorflow/__init__.py", ""},
                   {"tensorflow/python/platform/build_info.py",
                    "build_info = collections.OrderedDict([" + cuda_build + "])\n"}});
    testing::runs(young, "/opt/new/bin/python3");

    const auto finding = finding_of(young, "tf-driver-too-old").value();
    EXPECT_THAT(finding.fix.commands, IsEmpty());
    EXPECT_THAT(finding.fix.text, HasSubstr("TensorFlow 2.14, for Python 3.9-3.11"));
}

TEST(Onnxruntime, WithoutCudaMustNotStandInForTheOther) {
    CapturedMachine machine;
    machine
        .package(image_site,
                 "onnxruntime-gpu",
                 "1.19.0",
                 {{"onnxruntime/__init__.py", ""},
                  {"onnxruntime/capi/onnxruntime_pybind11_state.so", "with cuda"}})
        .package(image_site, "onnxruntime", "1.19.0");
    EXPECT_THAT(machine.ids(), ElementsAre("ort-two-packages"));
    EXPECT_EQ(machine.diagnosis().findings[0].severity, Severity::info) << "its files are there";

    machine.file(image_site + "/onnxruntime/capi/onnxruntime_pybind11_state.so", "cpu");
    const auto finding = finding_of(machine, "ort-two-packages").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y onnxruntime onnxruntime-gpu",
                            "/usr/bin/python3 -m pip install onnxruntime-gpu==1.19.0"));
}

TEST(Cupy, OfTwoPackagesKeepsTheOneForThisDriver) {
    CapturedMachine machine;
    machine.package(image_site, "cupy-cuda12x", "13.3.0", {{"cupy/__init__.py", ""}})
        .package(image_site, "cupy-cuda13x", "13.6.0");

    EXPECT_THAT(machine.ids(), ElementsAre("cupy-two-wheels"));
    EXPECT_THAT(finding_of(machine, "cupy-two-wheels").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip uninstall -y cupy-cuda12x cupy-cuda13x",
                            "/usr/bin/python3 -m pip install cupy-cuda12x"));
}

TEST(Cupy, ForANewerCudaThanTheDriversIsAnError) {
    CapturedMachine machine;
    machine.package(image_site, "cupy-cuda13x", "13.6.0", {{"cupy/__init__.py", ""}});

    EXPECT_EQ(finding_of(machine, "cupy-two-wheels").value().severity, Severity::error);
    machine.driver("580.65.06");
    EXPECT_EQ(finding_of(machine, "cupy-two-wheels"), std::nullopt);
}

TEST(Bitsandbytes, NeedsALibraryForTorchsCuda) {
    CapturedMachine machine;
    machine.package(image_site,
                    "bitsandbytes",
                    "0.43.0",
                    {{"bitsandbytes/__init__.py", ""},
                     {"bitsandbytes/libbitsandbytes_cuda118.so", "x"},
                     {"bitsandbytes/libbitsandbytes_cuda122_nocublaslt.so", "x"},
                     {"bitsandbytes/libbitsandbytes_cpu.so", "x"}});

    EXPECT_THAT(machine.ids(), ElementsAre("bnb-lib-missing"));
    EXPECT_EQ(finding_of(machine, "bnb-lib-missing").value().title,
              "bitsandbytes has no library for CUDA 121");
    machine.kernel_variable("BNB_CUDA_VERSION", "118");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Jax, IsKeptFromTheCardByAnyListWithoutIt) {
    CapturedMachine machine;
    machine.package(image_site, "jax", "0.4.30", {{"jax/__init__.py", ""}})
        .package(image_site, "jaxlib", "0.4.30", {{"jaxlib/__init__.py", ""}})
        .package(image_site, "jax-cuda12-plugin", "0.4.30");
    for (const std::string value : {"cpu", "CPU", "cpu,tpu"}) {
        machine.kernel_variable("JAX_PLATFORMS", value);
        EXPECT_THAT(machine.ids(), ElementsAre("env-platform-forced")) << value;
    }
    machine.kernel_variable("JAX_PLATFORMS", "cuda,cpu");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Jax, ThatCondaInstalledForTheProcessorIsReplacedByConda) {
    CapturedMachine machine;
    const std::string site = "/opt/conda/lib/python3.11/site-packages";
    machine.python("/opt/conda", "3.11")
        .package(site, "jax", "0.4.31", {{"jax/__init__.py", ""}})
        .package(site, "jaxlib", "0.4.31", {{"jaxlib/__init__.py", ""}})
        .package(site, "tensorflow", "2.17.0", {{"tensorflow/__init__.py", ""}})
        .file(site + "/tensorflow/python/platform/build_info.py",
              "build_info = collections.OrderedDict([('is_cuda_build', False)])\n")
        .file("/opt/conda/conda-meta/jaxlib-0.4.31-cpu_py311h0_0.json", "{}")
        .file("/opt/conda/conda-meta/tensorflow-2.17.0-cpu_py311h0_0.json", "{}")
        .file("/opt/conda/bin/mamba", "ELF")
        .file("/proc/200/cmdline",
              std::string("/opt/conda/bin/python3\0-m\0ipykernel_launcher", 45));
    const std::string beginning =
        "CONDA_OVERRIDE_CUDA=12.2 /opt/conda/bin/mamba install -y -p /opt/conda -c conda-forge ";

    EXPECT_THAT(finding_of(machine, "jax-cpu-only").value().fix.commands,
                ElementsAre(beginning + "'jaxlib=*=*cuda*'"));
    EXPECT_THAT(finding_of(machine, "tf-cpu-only").value().fix.commands,
                ElementsAre(beginning + "'tensorflow=*=*cuda*'"));
}

// As a team's settings for other images may have it.
TEST(Jax, ThatIsNotHereIsKeptFromNothing) {
    CapturedMachine machine;
    machine.kernel_variable("JAX_PLATFORMS", "cpu").kernel_variable("JAX_PLATFORM_NAME", "cpu");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
