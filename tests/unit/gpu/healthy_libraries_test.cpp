// SPDX-License-Identifier: MIT
#include "library_machine.hpp"
#include "notebook_machine.hpp"

#include <gmock/gmock.h>

// Machines that work, some of them in spite of how they look: nothing but information is told.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using ::testing::ElementsAre;
using testing::image_site;
using ::testing::IsEmpty;
using testing::LibraryMachine;
using testing::user_site;

const std::string system_libraries = "/usr/lib/x86_64-linux-gnu/";

// A library with its version in its file's name, and the link that the loader finds.
void put_versioned(LibraryMachine& machine,
                   const std::string& folder,
                   const std::string& soname,
                   const std::string& rest,
                   const std::string& made) {
    machine.put({{folder + soname + rest, made}}).link(folder + soname, soname + rest);
}

// Debian's packages of cuDNN 8.9.7, which the cache names.
void put_cudnn_8(LibraryMachine& machine) {
    for (const std::string name :
         {"libcudnn.so.8", "libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}) {
        put_versioned(machine, system_libraries, name, ".9.7", "plain/" + name);
    }
    machine.cache({{"libcudnn.so.8", system_libraries + "libcudnn.so.8"},
                   {"libcudnn_ops_infer.so.8", system_libraries + "libcudnn_ops_infer.so.8"},
                   {"libcudnn_cnn_infer.so.8", system_libraries + "libcudnn_cnn_infer.so.8"},
                   {"libcuda.so.1", system_libraries + "libcuda.so.1"},
                   {"libstdc++.so.6", system_libraries + "libstdc++.so.6"}});
}

// Debian's cuDNN is a fact where torch brings its own, and where it takes that.
TEST(HealthyLibraries, OfTheSystemAreToldWhereNothingLoadsThem) {
    LibraryMachine machine;
    put_cudnn_8(machine);
    const Facts facts = machine.facts();
    const std::vector<LoadedLibrary>& idle = facts.python.notebooks.front().libraries.not_loaded;
    ASSERT_EQ(idle.size(), 1U);
    EXPECT_EQ(idle.front().soname, "libcudnn.so.8");
    EXPECT_EQ(idle.front().version, "8.9.7");
    EXPECT_EQ(idle.front().found.real, system_libraries + "libcudnn.so.8.9.7");

    machine.torch_of("torch_2_1", "2.1.2+cu121");
    EXPECT_THAT(machine.facts().python.notebooks.front().libraries.not_loaded, IsEmpty());
}

// An empty part of LD_LIBRARY_PATH is the folder that the kernel is in.
TEST(HealthyLibraries, AreLookedForInTheFolderOfTheKernel) {
    LibraryMachine machine;
    machine.put({{"/notebooks/libnccl.so.2", "plain/libnccl.so.2"}});
    machine.link("/proc/200/cwd", "/notebooks").kernel_variable("LD_LIBRARY_PATH", "/none:");
    const Facts facts = machine.facts();
    const std::vector<LoadedLibrary>& idle = facts.python.notebooks.front().libraries.not_loaded;
    ASSERT_EQ(idle.size(), 1U);
    EXPECT_EQ(idle.front().found.path, "/notebooks/libnccl.so.2");
    EXPECT_EQ(idle.front().found.because, "/notebooks");
    EXPECT_THAT(facts.variable_folders, ::testing::ElementsAre("/none", "/notebooks"));
}

TEST(HealthyLibraries, OfPipsTorch) {
    LibraryMachine machine;
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"torch-nvidia-pins-broken"}), IsEmpty());
}

// torch lies in the user's folder, its packages in the image's: torch/__init__.py finds them on
// sys.path.
TEST(HealthyLibraries, OfPackagesInAnotherFolderThanTorch) {
    LibraryMachine machine;
    machine.remove(image_site + "/torch").remove(image_site + "/torch-2.4.1+cu121.dist-info");
    machine.torch_of("torch_wheel", "2.4.1+cu121", user_site);
    machine.file(user_site + "/nvidia/__init__.py", "");
    EXPECT_THAT(alarms(machine, {"torch-user-site-shadow", "torch-nvidia-pins-broken"}), IsEmpty());
}

// Gradient's: LD_LIBRARY_PATH leads to the toolkit of CUDA 12.0, whose libraries are older than
// those of torch's packages, and cuDNN 8 of Debian's packages is in the cache. torch's own are
// found by its DT_RPATH, and cuDNN's parts by their own DT_RUNPATH, since no folder of the variable
// has them; nvJitLink would be the toolkit's, and torch opens its own before.
TEST(HealthyLibraries, OfGradientsImage) {
    LibraryMachine machine;
    const std::string toolkit = "/usr/local/cuda-12.0/lib64/";
    put_versioned(machine, toolkit, "libcudart.so.12", ".0.146", "plain/libcudart.so.12");
    put_versioned(machine, toolkit, "libcublas.so.12", ".0.2.224", "plain/libcublas.so.12");
    put_versioned(machine, toolkit, "libcusparse.so.12", ".0.1.140", "plain/libcusparse.so.12");
    put_versioned(machine, toolkit, "libnvJitLink.so.12", ".0.140", "cuda_12_0/libnvJitLink.so.12");
    machine.compiler();
    put_cudnn_8(machine);
    machine.torch_opens_linker()
        .file("/usr/local/cuda-12.0/bin/nvcc", "ELF")
        .file("/usr/local/cuda-12.0/version.json", R"({"cuda": {"version": "12.0.1"}})")
        .file("/usr/local/cuda-12.0/include/crt/host_config.h",
              "#if __GNUC__ > 12\n#error -- unsupported GNU version!\n#endif\n")
        .file("/usr/local/cuda-12.0/nvvm/libdevice/libdevice.10.bc", "BC")
        .link("/usr/local/cuda", "cuda-12.0")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.0/lib64")
        .kernel_variable("PATH", "/usr/local/cuda-12.0/bin:/usr/bin:/bin")
        .kernel_variable("CUDA_HOME", "/usr/local/cuda-12.0");
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(
        alarms(machine,
               {"ld-nvjitlink-old", "ld-cudnn-mixed", "tk-nvcc-torch-mismatch", "tk-gcc-too-new"}),
        IsEmpty());
}

// The same with a toolkit as new as torch's packages: whichever linker is found has what they need.
TEST(HealthyLibraries, OfAToolkitAsNewAsTorch) {
    LibraryMachine machine;
    const std::string toolkit = "/usr/local/cuda-12.1/lib64/";
    put_versioned(machine, toolkit, "libnvJitLink.so.12", ".1.105", "cuda_12_1/libnvJitLink.so.12");
    machine.kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.1/lib64");
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"ld-nvjitlink-old"}), IsEmpty());
}

// An older C++ library in the cache, where LD_LIBRARY_PATH leads to a newer one.
TEST(HealthyLibraries, OfANewCppLibraryBeforeAnOldOne) {
    LibraryMachine machine;
    machine
        .put({{system_libraries + "libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"},
              {"/opt/gcc/lib64/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .kernel_variable("LD_LIBRARY_PATH", "/opt/gcc/lib64");
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"ld-libstdcxx-old"}), IsEmpty());
}

TEST(HealthyLibraries, OfCondasTorch) {
    LibraryMachine machine;
    const std::string site = "/opt/conda/lib/python3.11/site-packages";
    const std::string lib = "/opt/conda/lib/";
    machine.python("/opt/conda", "3.11");
    machine.torch_of("torch_conda", "2.4.1", site);
    machine.file(site + "/torch-2.4.1.dist-info/METADATA", "Name: torch\nVersion: 2.4.1\n")
        .file("/opt/conda/conda-meta/pytorch-2.4.1-cuda120_py311h0.json",
              R"({"name": "pytorch", "version": "2.4.1", "build": "cuda120_py311h0"})")
        .kernel_variable("PATH", "/opt/conda/bin:/usr/bin")
        .file("/proc/200/cmdline",
              std::string("/opt/conda/bin/python3\0-m\0ipykernel_launcher", 45));
    put_versioned(machine, lib, "libcudart.so.12", ".4.127", "plain/libcudart.so.12");
    put_versioned(machine, lib, "libcublas.so.12", ".4.5.8", "plain/libcublas.so.12");
    put_versioned(machine, lib, "libcusparse.so.12", ".3.1.170", "plain/libcusparse.so.12");
    put_versioned(machine, lib, "libnvJitLink.so.12", ".4.127", "cuda_12_1/libnvJitLink.so.12");
    put_versioned(machine, lib, "libnccl.so.2", ".23.4", "plain/libnccl.so.2");
    for (const std::string name : {"libcudnn.so.9",
                                   "libcudnn_graph.so.9",
                                   "libcudnn_ops.so.9",
                                   "libcudnn_cnn.so.9",
                                   "libcudnn_adv.so.9"}) {
        put_versioned(machine, lib, name, ".3.0", "plain/" + name);
    }
    machine.put({{lib + "libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
                 {system_libraries + "libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"}});
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"ld-libstdcxx-old", "torch-conda-cpu-build"}), IsEmpty());
    const Facts facts = machine.facts();
    const FrameworkLibraries* const torch = facts.python.notebooks.front().libraries.of("torch");
    ASSERT_NE(torch, nullptr);
    ASSERT_NE(torch->library("libcudnn_ops.so.9"), nullptr);
    EXPECT_EQ(torch->library("libcudnn_ops.so.9")->version, "9.3.0");
}

// An image without a toolkit, whose triton has a compiler.
TEST(HealthyLibraries, OfTorchWithACompilerAndNoToolkit) {
    LibraryMachine machine;
    machine.compiler();
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"tk-cuda-home-missing", "tk-libdevice-missing"}), IsEmpty());
}

// cuDNN of the system is newer than torch's, and no part of torch's is missing.
TEST(HealthyLibraries, OfAnotherCudnnThatNobodyTakes) {
    LibraryMachine machine;
    for (const std::string name : {"libcudnn.so.9", "libcudnn_graph.so.9", "libcudnn_ops.so.9"}) {
        put_versioned(machine, system_libraries, name, ".5.1", "plain/" + name);
    }
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"ld-cudnn-mixed", "ld-cudnn-hole"}), IsEmpty());
}

// As images are made smaller: what pip wrote, without the symbols that nobody loads.
TEST(HealthyLibraries, ThatWereStripped) {
    LibraryMachine machine;
    const std::string recorded = testing::made("torch_wheel/libtorch_cpu.so");
    const std::string stripped = testing::made("stripped/libtorch_cpu.so");
    ASSERT_LT(stripped.size(), recorded.size());
    machine
        .package(image_site,
                 "scipy",
                 "1.11.0",
                 {{"scipy/__init__.py", ""}, {"scipy/_lib/x.so", recorded}})
        .file(image_site + "/torch/lib/libtorch_cpu.so", stripped)
        .file(image_site + "/scipy/_lib/x.so", stripped);
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"torch-partial-install"}), IsEmpty());

    machine.file(image_site + "/torch/lib/libtorch_cpu.so", recorded.substr(0, stripped.size()))
        .file(image_site + "/scipy/_lib/x.so", recorded.substr(0, stripped.size()));
    EXPECT_THAT(machine.faults(), ElementsAre("torch-partial-install", "py-record-broken"));
}

// Folders that are not there, files that are none, links in circles.
TEST(HealthyLibraries, OfAMessyLibraryPath) {
    LibraryMachine machine;
    machine.link("/opt/loop/libcublas.so.12", "libcublas.so.12")
        .file("/opt/text/libz.so.1", "no library")
        .kernel_variable("LD_LIBRARY_PATH", ":/opt/gone:/opt/loop::relative:/opt/text:");
    EXPECT_THAT(alarms(machine, {"ld-nvjitlink-old"}), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
