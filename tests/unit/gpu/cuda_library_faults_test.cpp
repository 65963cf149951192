// SPDX-License-Identifier: MIT
#include "library_machine.hpp"

#include <gmock/gmock.h>

namespace envkeep::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using testing::LibraryMachine;
using ::testing::Not;

const std::string cudnn = image_site + "/nvidia/cudnn/lib/";

void put_jax(LibraryMachine& machine, const std::string& least_cudnn) {
    machine.put(
        {{image_site + "/jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax/xla_cuda_plugin.so"}});
    machine.package(image_site, "jaxlib", "0.4.38", {{"jaxlib/__init__.py", ""}})
        .package(image_site,
                 "jax-cuda12-plugin",
                 "0.4.38",
                 {},
                 {"nvidia-cudnn-cu12<10.0,>=" + least_cudnn + " ; extra == 'with-cuda'"})
        .file(image_site + "/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", "BC");
}

TEST(CudaLibraryFaults, CudnnIsNotHere) {
    LibraryMachine machine;
    machine.remove(image_site + "/nvidia/cudnn")
        .remove(image_site + "/nvidia_cudnn_cu12-9.1.0.70.dist-info");
    EXPECT_THAT(machine.faults(), ElementsAre("cudnn-missing"));
    EXPECT_THAT(machine.finding("cudnn-missing").fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cudnn-cu12==9.1.0.70"));
}

TEST(CudaLibraryFaults, APartOfCudnnIsNotHere) {
    LibraryMachine machine;
    machine.remove(cudnn + "libcudnn_cnn.so.9");
    EXPECT_THAT(machine.faults(), ElementsAre("cudnn-missing"));
    EXPECT_THAT(machine.finding("cudnn-missing").title, HasSubstr("libcudnn_cnn.so.9"));
}

TEST(CudaLibraryFaults, CudnnIsOlderThanJaxWants) {
    LibraryMachine machine;
    machine.torch("/nowhere", "1", "").remove(image_site + "/torch");
    put_jax(machine, "9.8");
    EXPECT_THAT(machine.faults(), ElementsAre("cudnn-older-than-built"));
    EXPECT_EQ(machine.finding("cudnn-older-than-built").severity, model::Severity::error);
    EXPECT_THAT(machine.finding("cudnn-older-than-built").fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --upgrade "
                            "'nvidia-cudnn-cu12>=9.8,<10'"));
}

TEST(CudaLibraryFaults, TorchAndJaxWantDifferentCudnn) {
    LibraryMachine machine;
    put_jax(machine, "9.1");
    EXPECT_THAT(machine.faults(), IsEmpty());
    put_jax(machine, "9.8");
    EXPECT_THAT(machine.faults(), ElementsAre("cudnn-two-frameworks"));
    EXPECT_EQ(machine.finding("cudnn-two-frameworks").severity, model::Severity::warning);
    EXPECT_THAT(machine.diagnosis().broken, IsEmpty()) << "torch works";
    EXPECT_THAT(machine.finding("cudnn-two-frameworks").evidence,
                Contains("torch asks for nvidia-cudnn-cu12==9.1.0.70"));
}

TEST(CudaLibraryFaults, CudnnNoLongerKnowsTheCard) {
    LibraryMachine machine;
    machine.card("0000:00:05.0", "0x1db4");  // Tesla V100
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.remove(image_site + "/nvidia_cudnn_cu12-9.1.0.70.dist-info")
        .package(image_site, "nvidia-cudnn-cu12", "9.11.0.98");
    EXPECT_THAT(machine.faults(), Contains("cudnn-gpu-dropped"));
    EXPECT_THAT(machine.finding("cudnn-gpu-dropped").evidence,
                ElementsAre(HasSubstr("version 9.11.0.98")));
    machine.card("0000:00:05.0", "0x1eb8");
    EXPECT_THAT(machine.faults(), Not(Contains("cudnn-gpu-dropped")));
}

TEST(CudaLibraryFaults, AnotherPackageOfNcclWroteOver) {
    LibraryMachine machine;
    machine.package(
        image_site,
        "nvidia-nccl-cu11",
        "2.14.3",
        {{"nvidia/nccl/lib/libnccl.so.2", testing::made("plain/libcublas.so.11") + "more"}});
    EXPECT_THAT(machine.faults(), ElementsAre("nccl-overwritten"));
    const model::Finding finding = machine.finding("nccl-overwritten");
    EXPECT_EQ(finding.severity, model::Severity::error);
    ASSERT_EQ(finding.fix.commands.size(), 2);
    EXPECT_THAT(finding.fix.commands[0], HasSubstr("nvidia-nccl-cu11"));
    EXPECT_THAT(finding.fix.commands[0], HasSubstr("nvidia-nccl-cu12"));
    EXPECT_EQ(finding.fix.commands[1], "/usr/bin/python3 -m pip install nvidia-nccl-cu12==2.20.5");

    machine.put({{image_site + "/nvidia/nccl/lib/libnccl.so.2", "plain/libnccl.so.2"}});
    EXPECT_THAT(machine.faults(), IsEmpty());  // torch's own was the last to be written
}

TEST(CudaLibraryFaults, APackageOfAnotherVersion) {
    LibraryMachine machine;
    machine.remove(image_site + "/nvidia_cublas_cu12-12.1.3.1.dist-info")
        .package(image_site, "nvidia-cublas-cu12", "12.6.4.1");
    EXPECT_THAT(machine.faults(), ElementsAre("torch-nvidia-pins-broken"));
    const model::Finding finding = machine.finding("torch-nvidia-pins-broken");
    EXPECT_EQ(finding.severity, model::Severity::warning);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cublas-cu12==12.1.3.1"));
}

TEST(CudaLibraryFaults, APackageInAnotherFolderIsNotTorchs) {
    LibraryMachine machine;
    machine.package(testing::user_site, "nvidia-cublas-cu12", "12.6.4.1");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(CudaLibraryFaults, APackageThatIsNotThere) {
    LibraryMachine machine;
    machine.remove(image_site + "/nvidia_cusparse_cu12-12.1.0.106.dist-info")
        .remove(image_site + "/nvidia/cusparse");
    EXPECT_THAT(machine.faults(), ElementsAre("torch-nvidia-pins-broken"));
    const model::Finding finding = machine.finding("torch-nvidia-pins-broken");
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_THAT(finding.title, HasSubstr("libcusparse.so.12"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cusparse-cu12==12.1.0.106"));
}

TEST(CudaLibraryFaults, AnOlderLinkerOfThePackages) {
    LibraryMachine machine;
    machine.remove(image_site + "/nvidia_nvjitlink_cu12-12.1.105.dist-info");
    machine.nvidia("nvjitlink", "12.0.140", {"cuda_12_0/libnvJitLink.so.12"});
    EXPECT_THAT(machine.faults(), ElementsAre("torch-nvidia-pins-broken"));
    EXPECT_EQ(machine.finding("torch-nvidia-pins-broken").severity, model::Severity::error);
}

}  // namespace
}  // namespace envkeep::gpu
