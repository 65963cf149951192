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

void put_tensorflow(LibraryMachine& machine, const std::string& made_folder) {
    machine.put({{image_site + "/tensorflow/libtensorflow_cc.so.2",
                  made_folder + "/libtensorflow_cc.so.2"}});
    machine
        .package(image_site,
                 "tensorflow",
                 "2.18.0",
                 {{"tensorflow/__init__.py", ""},
                  {"tensorflow/python/platform/build_info.py",
                   "build_info = collections.OrderedDict([('cuda_compute_capabilities', "
                   "['sm_60', 'sm_70', 'sm_80', 'compute_90']), ('cuda_version', '12.5.1'), "
                   "('cudnn_version', '9'), ('is_cuda_build', True)])\n"}})
        .file(image_site + "/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", "BC");
}

void put_its_packages(LibraryMachine& machine) {
    machine.nvidia("cufft", "11.2.3.61", {"plain/libcufft.so.11"});
    machine.nvidia("cusolver", "11.6.3.83", {"plain/libcusolver.so.11"});
}

TEST(TensorFlow, WithItsPackagesFindsAll) {
    LibraryMachine machine;
    put_tensorflow(machine, "tensorflow");
    put_its_packages(machine);
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TensorFlow, NamesWhatItDoesNotFind) {
    LibraryMachine machine;
    put_tensorflow(machine, "tensorflow");
    EXPECT_THAT(machine.faults(), ElementsAre("tf-cannot-dlopen"));
    const model::Finding finding = machine.finding("tf-cannot-dlopen");
    EXPECT_THAT(finding.title, HasSubstr("libcufft.so.11, libcusolver.so.11"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install 'tensorflow[and-cuda]==2.18.0'"));
}

// The card works in that notebook, and a program of TensorFlow's does not use it.
TEST(TensorFlow, BesideAWorkingTorchIsAWarning) {
    LibraryMachine machine;
    put_tensorflow(machine, "tensorflow");
    EXPECT_EQ(machine.finding("tf-cannot-dlopen").severity, model::Severity::warning);
    EXPECT_TRUE(machine.diagnosis().broken.empty());

    // A torch that lacks a library of its own does not work either.
    machine.remove(image_site + "/nvidia/nccl");
    EXPECT_EQ(machine.finding("tf-cannot-dlopen").severity, model::Severity::error);

    machine.torch("/nowhere", "1", "").remove(image_site + "/torch");
    EXPECT_EQ(machine.finding("tf-cannot-dlopen").severity, model::Severity::error);
    EXPECT_TRUE(machine.finding("tf-cannot-dlopen").is_cause);
}

TEST(TensorFlow, DoesNotLookWhereThePackagesAre) {
    LibraryMachine machine;
    put_tensorflow(machine, "tensorflow_plain");
    put_its_packages(machine);
    EXPECT_THAT(machine.faults(), ElementsAre("tf-cannot-dlopen"));
    EXPECT_THAT(machine.finding("tf-cannot-dlopen").fix.commands,
                ElementsAre(HasSubstr("export LD_LIBRARY_PATH=" + image_site +
                                      "/nvidia/cuda_runtime/lib:")));
}

TEST(TensorFlow, WithoutCudnnAlone) {
    LibraryMachine machine;
    put_tensorflow(machine, "tensorflow");
    put_its_packages(machine);
    machine.torch("/nowhere", "1", "")
        .remove(image_site + "/torch")
        .remove(image_site + "/nvidia/cudnn");
    EXPECT_THAT(machine.faults(), ElementsAre("cudnn-missing"));
    EXPECT_THAT(machine.finding("cudnn-missing").title, HasSubstr("tensorflow"));
}

TEST(OnnxRuntime, WantsAnotherCuda) {
    LibraryMachine machine;
    const std::string provider = image_site + "/onnxruntime/capi/libonnxruntime_providers_cuda.so";
    machine.put({{provider, "onnxruntime/libonnxruntime_providers_cuda.so"}});
    machine.package(image_site, "onnxruntime-gpu", "1.20.1", {{"onnxruntime/__init__.py", ""}});
    // torch brings all that it needs.
    EXPECT_THAT(machine.faults(), IsEmpty());
    EXPECT_EQ(machine.finding("ort-cuda-major").severity, model::Severity::info);

    machine.torch("/nowhere", "1", "").remove(image_site + "/torch").remove(image_site + "/nvidia");
    EXPECT_THAT(machine.faults(), ElementsAre("ort-cuda-major"));
    const model::Finding finding = machine.finding("ort-cuda-major");
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cublas-cu12 "
                            "nvidia-cudnn-cu12"));
}

// Its libraries are all there, and the driver gives no CUDA 12.
TEST(OnnxRuntime, WantsANewerDriver) {
    LibraryMachine machine;
    const std::string provider = image_site + "/onnxruntime/capi/libonnxruntime_providers_cuda.so";
    machine.put({{provider, "onnxruntime/libonnxruntime_providers_cuda.so"}});
    machine.package(image_site, "onnxruntime-gpu", "1.20.1", {{"onnxruntime/__init__.py", ""}});
    machine.remove(image_site + "/torch").driver("470.256.02");
    machine.kernel_variable("LD_LIBRARY_PATH",
                            image_site + "/nvidia/cublas/lib:" + image_site + "/nvidia/cudnn/lib");

    const model::Finding finding = machine.finding("ort-cuda-major");
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_EQ(finding.title,
              "onnxruntime-gpu was built for CUDA 12, which needs driver 525.60.13; this machine "
              "has 470.256.02");
    EXPECT_THAT(finding.fix.commands, IsEmpty());
    EXPECT_THAT(finding.fix.text, HasSubstr("an onnxruntime-gpu for CUDA 11"));

    machine.driver("525.116.04");
    EXPECT_THAT(machine.faults(), Not(Contains("ort-cuda-major")));
}

TEST(CTranslate2, WantsCublasOfAnotherCuda) {
    LibraryMachine machine;
    machine.put({{image_site + "/ctranslate2.libs/libctranslate2-1f.so.4.4.0",
                  "ctranslate2/libctranslate2.so.4"}});
    machine.package(image_site, "ctranslate2", "4.4.0", {{"ctranslate2/__init__.py", ""}});
    EXPECT_THAT(machine.faults(), IsEmpty());
    EXPECT_EQ(machine.finding("ld-cublas-soname").severity, model::Severity::info);

    machine.torch("/nowhere", "1", "").remove(image_site + "/torch");
    machine.remove(image_site + "/nvidia/cublas");
    machine.put({{"/usr/lib/x86_64-linux-gnu/libcublas.so.11", "plain/libcublas.so.11"}});
    EXPECT_THAT(machine.faults(), ElementsAre("ld-cublas-soname"));
    EXPECT_THAT(machine.finding("ld-cublas-soname").fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install nvidia-cublas-cu12",
                            "export LD_LIBRARY_PATH=" + image_site + "/nvidia/cublas/lib"));
}

TEST(Triton, AsksTheLoadersCacheForTheDriver) {
    LibraryMachine machine;
    machine.compiler();
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.cache({{"libz.so.1", "/usr/lib/x86_64-linux-gnu/libz.so.1"}});
    EXPECT_THAT(machine.faults(), ElementsAre("torch-triton-libcuda"));
    EXPECT_THAT(machine.finding("torch-triton-libcuda").fix.commands,
                ElementsAre("ldconfig", "export TRITON_LIBCUDA_PATH=/usr/lib/x86_64-linux-gnu"));
    machine.kernel_variable("TRITON_LIBCUDA_PATH", "/usr/lib/x86_64-linux-gnu");
    EXPECT_THAT(machine.faults(), IsEmpty());
}

// Of three generations: 2.1 looks for the link itself, 3.0 leaves it to the linker, later ones link
// with libcuda.so.1.
TEST(Triton, OfOldLinksWithTheNameWithoutANumber) {
    const std::string folder = "/usr/lib/x86_64-linux-gnu/";
    const std::string old_code =
        "assert any(os.path.exists(os.path.join(path, 'libcuda.so')) for path in dirs), msg\n"
        "cc_cmd = [cc, src, \"-shared\", \"-fPIC\", \"-lcuda\", \"-o\", so]\n";
    LibraryMachine machine;
    machine.compiler().file(image_site + "/triton/common/build.py", old_code);
    EXPECT_THAT(machine.faults(), ElementsAre("torch-triton-libcuda"));
    const model::Finding finding = machine.finding("torch-triton-libcuda");
    EXPECT_THAT(finding.evidence, Contains(folder + "libcuda.so: not there"));
    EXPECT_THAT(finding.fix.commands, ElementsAre("ln -s libcuda.so.1 " + folder + "libcuda.so"));

    machine.link(folder + "libcuda.so", "libcuda.so.1");
    EXPECT_THAT(machine.faults(), IsEmpty());

    LibraryMachine third;
    third.compiler().file(image_site + "/triton/backends/nvidia/driver.py",
                          "libraries = ['cuda']\n");
    EXPECT_THAT(third.faults(), ElementsAre("torch-triton-libcuda"));
    third.file("/usr/local/cuda/lib64/stubs/libcuda.so", "ELF")
        .kernel_variable("LIBRARY_PATH", "/usr/local/cuda/lib64/stubs");
    EXPECT_THAT(third.faults(), IsEmpty()) << "as NVIDIA's images for developers have it";

    LibraryMachine later;
    later.compiler().file(image_site + "/triton/backends/nvidia/driver.py",
                          "libraries = ['libcuda.so.1']\n");
    EXPECT_THAT(later.faults(), IsEmpty());
}

TEST(Extensions, ThatWereMadeForAnotherTorch) {
    LibraryMachine machine;
    const std::string file = image_site + "/flash_attn_2_cuda.cpython-311-x86_64-linux-gnu.so";
    machine.put({{file, "extension/right.so"}});
    machine.package(image_site,
                    "flash-attn",
                    "2.6.3+cu123torch2.5cxx11abiFALSE",
                    {{"flash_attn/__init__.py", ""}});
    // What it says of itself is no proof: all names are there.
    EXPECT_THAT(machine.ids(), IsEmpty());

    machine.put({{file, "extension/wrong.so"}});
    EXPECT_THAT(machine.faults(), ElementsAre("torch-extension-abi"));
    const model::Finding finding = machine.finding("torch-extension-abi");
    EXPECT_THAT(finding.evidence, Contains(HasSubstr("needs _ZN3c106detail14torchCheckFailEv")));
    EXPECT_THAT(finding.evidence, Contains(HasSubstr("made for torch 2.5")));
}

TEST(Extensions, OfXformersTellTheirTorchInAFile) {
    LibraryMachine machine;
    machine.put({{image_site + "/xformers/_C.so", "extension/wrong.so"}});
    machine.package(image_site,
                    "xformers",
                    "0.0.28",
                    {{"xformers/__init__.py", ""},
                     {"xformers/cpp_lib.json", R"({"version": {"torch": "2.5.0+cu124"}})"}});
    EXPECT_THAT(machine.faults(), ElementsAre("torch-extension-abi"));
    EXPECT_THAT(machine.finding("torch-extension-abi").evidence,
                Contains(HasSubstr("made for torch 2.5.0")));
}

}  // namespace
}  // namespace envkeep::gpu
