// SPDX-License-Identifier: MIT
#include "library_machine.hpp"

#include <gmock/gmock.h>

namespace envkeep::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using testing::LibraryMachine;

// A toolkit whose nvcc takes compilers up to that one.
void put_toolkit(LibraryMachine& machine, const std::string& version, const std::string& gcc) {
    const std::string folder = "/usr/local/cuda-" + version.substr(0, version.rfind('.'));
    machine.file(folder + "/bin/nvcc", "ELF")
        .file(folder + "/version.json", R"({"cuda": {"version": ")" + version + "\"}}")
        .file(folder + "/include/crt/host_config.h",
              "#if __GNUC__ > " + gcc +
                  "\n#error -- unsupported GNU version! gcc versions later than " + gcc +
                  " are not supported!\n#endif\n")
        .link("/usr/local/cuda", folder.substr(folder.rfind('/') + 1));
}

TEST(BuildTools, AreFound) {
    LibraryMachine machine;
    machine.compiler();
    put_toolkit(machine, "12.0.1", "12");
    const Facts facts = machine.facts();
    const BuildTools& tools = facts.python.notebooks.front().tools;
    EXPECT_EQ(tools.cuda_home, "/usr/local/cuda");
    EXPECT_EQ(tools.cuda, "12.0.1");
    EXPECT_TRUE(tools.has_nvcc);
    EXPECT_EQ(tools.newest_gcc, 12);
    EXPECT_EQ(tools.gcc, 12);
    EXPECT_EQ(tools.c_compiler, "/usr/bin/gcc");
    EXPECT_TRUE(tools.has_python_headers);
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(BuildTools, OfAnotherCudaThanTorchsAreInformationUnlessSomethingCompiles) {
    LibraryMachine machine;
    put_toolkit(machine, "11.8.0", "11");
    EXPECT_THAT(machine.ids(), ElementsAre("tk-nvcc-torch-mismatch"));
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.package(image_site, "deepspeed", "0.15.1", {{"deepspeed/__init__.py", ""}});
    EXPECT_THAT(machine.faults(), ElementsAre("tk-nvcc-torch-mismatch"));
}

TEST(BuildTools, ThatAreMissingCountForWhatCompiles) {
    LibraryMachine machine;
    machine.link("/usr/local/cuda", "cuda-12.0");
    EXPECT_THAT(machine.ids(), ElementsAre("tk-cuda-home-missing"));
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.package(image_site, "deepspeed", "0.15.1", {{"deepspeed/__init__.py", ""}});
    EXPECT_THAT(machine.faults(), ElementsAre("tk-cuda-home-missing"));
    EXPECT_THAT(machine.finding("tk-cuda-home-missing").fix.commands,
                ElementsAre("apt-get install -y cuda-nvcc-12-1"));
}

TEST(BuildTools, LackLibdevice) {
    LibraryMachine machine;
    machine.put(
        {{image_site + "/jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax/xla_cuda_plugin.so"}});
    machine.package(image_site, "jaxlib", "0.4.38", {{"jaxlib/__init__.py", ""}})
        .package(image_site, "jax-cuda12-plugin", "0.4.38");
    EXPECT_THAT(machine.faults(), ElementsAre("tk-libdevice-missing"));
    EXPECT_THAT(machine.finding("tk-libdevice-missing").fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cuda-nvcc-cu12"));
    machine.file("/opt/cuda-12/nvvm/libdevice/libdevice.10.bc", "BC")
        .kernel_variable("XLA_FLAGS", "--xla_gpu_cuda_data_dir=/opt/cuda-12");
    EXPECT_THAT(machine.faults(), IsEmpty());
}

TEST(BuildTools, WithACompilerThatIsTooNew) {
    LibraryMachine machine;
    machine.compiler();
    put_toolkit(machine, "12.0.1", "11");
    machine.package(image_site, "deepspeed", "0.15.1", {{"deepspeed/__init__.py", ""}});
    EXPECT_THAT(machine.faults(), ElementsAre("tk-gcc-too-new"));
    EXPECT_THAT(
        machine.finding("tk-gcc-too-new").fix.commands,
        ElementsAre("apt-get install -y g++-11", "export CC=gcc-11 CXX=g++-11 NVCC_CCBIN=g++-11"));
    machine.kernel_variable("NVCC_CCBIN", "g++-11");
    EXPECT_THAT(machine.faults(), IsEmpty());
}

TEST(BuildTools, ThatTritonWants) {
    LibraryMachine machine;
    machine.compiler().remove("/usr/bin/gcc").remove("/usr/include/python3.11");
    machine.package(image_site, "vllm", "0.9.0");
    EXPECT_THAT(machine.faults(), ElementsAre("tk-no-c-compiler", "tk-no-python-headers"));
    machine.kernel_variable("CC", "/opt/llvm/bin/clang");
    EXPECT_THAT(machine.faults(), ElementsAre("tk-no-python-headers"));
    EXPECT_THAT(machine.finding("tk-no-python-headers").title, HasSubstr("3.11"));
}

TEST(BuildTools, ThatMakePtxTooNewForTheDriver) {
    LibraryMachine machine;
    put_toolkit(machine, "12.4.1", "13");
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.package(image_site, "numba", "0.60.0", {{"numba/__init__.py", ""}});
    EXPECT_THAT(machine.ids(), ElementsAre("tk-ptx-newer-than-driver"));
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.package(image_site, "numba-cuda", "0.4.0", {});
    EXPECT_THAT(machine.faults(), ElementsAre("tk-ptx-newer-than-driver"));
    machine.package(image_site, "nvidia-cuda-nvcc-cu12", "12.2.140");
    EXPECT_THAT(machine.faults(), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
