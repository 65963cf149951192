// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include <array>

// The libraries that frameworks need, as the loader finds them.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

const std::string cudnn_of_packages = image_site + "/nvidia/cudnn/lib/";

void put_onnxruntime_of(Machine& m, const std::string& version) {
    m.put({{image_site + "/onnxruntime/capi/libonnxruntime_providers_cuda.so",
            "onnxruntime/libonnxruntime_providers_cuda.so"}});
    m.package(image_site, "onnxruntime-gpu", version, {{"onnxruntime/__init__.py", ""}});
}

void put_jax_wanting(Machine& m, const std::string& least_cudnn) {
    m.put({{image_site + "/jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax/xla_cuda_plugin.so"}});
    m.package(image_site, "jax", "0.4.38", {{"jax/__init__.py", ""}})
        .package(image_site, "jaxlib", "0.4.38", {{"jaxlib/__init__.py", ""}})
        .package(image_site,
                 "jax-cuda12-plugin",
                 "0.4.38",
                 {},
                 {"nvidia-cudnn-cu12<10.0,>=" + least_cudnn + " ; extra == 'with-cuda'"})
        .package(image_site, "jax-cuda12-pjrt", "0.4.38");
}

const std::array faults{
    // The image's own trap: its toolkit stands before the packages that torch brought.
    AtlasFault{"ld-nvjitlink-old",
               Step::libraries,
               error,
               [](Machine& m) { m.first_in("LD_LIBRARY_PATH", "/usr/local/cuda/lib64"); }},
    // A cuDNN that the user unpacked in the storage.
    AtlasFault{"ld-cudnn-mixed",
               Step::libraries,
               error,
               [](Machine& m) {
                   const std::string folder = "/storage/cudnn/lib/";
                   for (const std::string soname :
                        {"libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}) {
                       m.put({{folder + soname + ".6.0", "plain/" + soname}})
                           .link(folder + soname, soname + ".6.0");
                   }
                   m.first_in("LD_LIBRARY_PATH", "/storage/cudnn/lib");
               }},
    AtlasFault{
        "ld-cudnn-hole",
        Step::libraries,
        error,
        [](Machine& m) {
            const std::string part = "libcudnn_engines_tensor_ir.so.9";
            m.newer_torch()
                .put({{cudnn_of_packages + "libcudnn_graph.so.9", "newer/libcudnn_graph.so.9"},
                      {libraries + part + ".12.0", "plain/" + part}})
                .link(libraries + part, part + ".12.0");
            m.cached(part, libraries + part);
        }},
    AtlasFault{
        "ld-preload-broken",
        Step::libraries,
        warning,
        [](Machine& m) { m.variable("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4"); }},
    // A folder of an old compiler, in the user's storage.
    AtlasFault{"ld-libstdcxx-old",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.put({{"/storage/gcc-8/lib64/libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"}});
                   m.first_in("LD_LIBRARY_PATH", "/storage/gcc-8/lib64");
               }},
    AtlasFault{"ld-noexec-mount",
               Step::libraries,
               error,
               [](Machine& m) { m.mount("/").mount(image_site, "nfs", true); }},
    AtlasFault{"ld-execstack",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.put({{image_site + "/torch/lib/libc10.so", "stack/libc10.so"},
                          {libraries + "libc.so.6", "glibc_2.41/libc.so.6"}});
                   m.remove(image_site + "/torch-2.1.1+cu121.dist-info/RECORD");
               }},
    // Made for CUDA 11, beside a CUDA 12 of everything else.
    AtlasFault{"ld-cublas-soname",
               Step::libraries,
               warning,
               [](Machine& m) {
                   m.put({{image_site + "/ctranslate2.libs/libctranslate2-1f.so.3.24.0",
                           "ctranslate2/libctranslate2.so.4"}});
                   m.package(
                       image_site, "ctranslate2", "3.24.0", {{"ctranslate2/__init__.py", ""}});
               }},
    AtlasFault{"cudnn-missing",
               Step::libraries,
               error,
               [](Machine& m) {
                   for (const std::string soname :
                        {"libcudnn.so.8", "libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}) {
                       m.remove(libraries + soname);
                       m.uncached(soname);
                   }
                   m.without_package("nvidia_cudnn_cu12").remove(image_site + "/nvidia/cudnn");
               }},
    AtlasFault{"cudnn-older-than-built",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.newer_torch().without_torch();
                   put_jax_wanting(m, "9.8");
               }},
    AtlasFault{"cudnn-gpu-dropped",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.newer_torch().without_package("nvidia_cudnn_cu12");
                   m.nvidia("cudnn", "9.11.0.98", cudnn_9());
                   m.file(image_site + "/torch-2.4.1+cu121.dist-info/METADATA",
                          "Metadata-Version: 2.1\nName: torch\nVersion: 2.4.1+cu121\n");
               }},
    AtlasFault{"cudnn-two-frameworks",
               Step::libraries,
               warning,
               [](Machine& m) {
                   m.newer_torch();
                   put_jax_wanting(m, "9.8");
               }},
    AtlasFault{"nccl-overwritten",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.package(image_site,
                             "nvidia-nccl-cu11",
                             "2.14.3",
                             {{"nvidia/nccl/lib/libnccl.so.2",
                               made("plain/libnccl.so.2") + "of another size"}});
               }},
    // Another package took its own nvJitLink, which is older than torch's cuSPARSE.
    AtlasFault{"torch-nvidia-pins-broken",
               Step::libraries,
               error,
               [](Machine& m) {
                   m.without_package("nvidia_nvjitlink_cu12");
                   m.nvidia("nvjitlink", "12.0.140", {"cuda_12_0/libnvJitLink.so.12"});
               }},
    // It was installed for the image's CUDA, and somebody removed a part of that.
    AtlasFault{"tf-cannot-dlopen",
               Step::libraries,
               warning,
               [](Machine& m) {
                   for (const std::string soname : {"libcufft.so.11", "libcusolver.so.11"}) {
                       m.remove(toolkit_libraries + soname);
                       m.uncached(soname);
                   }
               }},
    AtlasFault{"ort-cuda-major",
               Step::companions,
               error,
               [](Machine& m) {
                   m.without_torch().remove(image_site + "/nvidia");
                   put_onnxruntime_of(m, "1.20.1");
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_library_faults() {
    return faults;
}

}  // namespace envkeep::testing
