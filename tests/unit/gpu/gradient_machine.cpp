// SPDX-License-Identifier: MIT
#include "gradient_machine.hpp"

#include "notebook_machine.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace envkeep::testing {
namespace {

const std::vector<std::string> driver_libraries{
    "libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"};

const std::vector<std::string> pins_of_2_1{
    "nvidia-cublas-cu12 (==12.1.3.1) ; platform_system == \"Linux\"",
    "nvidia-cudnn-cu12 (==8.9.2.26) ; platform_system == \"Linux\"",
    "nvidia-nccl-cu12 (==2.18.1) ; platform_system == \"Linux\"",
    "nvidia-cusparse-cu12 (==12.1.0.106) ; platform_system == \"Linux\"",
    "triton (==2.1.0) ; platform_system == \"Linux\""};

void put_python(GradientMachine& machine) {
    const std::string debians = "sitepackages.append(\"dist-packages\")\n";
    machine.python("/usr", "3.10", debians).python("/usr", "3.11", debians);
    machine.link("/usr/local/bin/python", "/usr/bin/python3.11")
        .link("/usr/local/bin/python3", "/usr/bin/python3.11")
        .file("/usr/local/bin/pip", "#!/usr/local/bin/python3\n")
        .file("/usr/include/python3.11/Python.h", "")
        .file("/usr/bin/gcc-11", "ELF")
        .link("/usr/bin/gcc", "gcc-11");
}

void put_toolkit(GradientMachine& machine) {
    const std::string folder = "/usr/local/cuda-12.0";
    machine.link("/usr/local/cuda", "cuda-12.0")
        .file(folder + "/bin/nvcc", "ELF")
        .file(folder + "/version.json", R"({"cuda": {"version": "12.0.1"}})")
        .file(folder + "/include/crt/host_config.h",
              "#if __GNUC__ > 12\n\n#error -- unsupported GNU version! gcc versions later than 12 "
              "are not "
              "supported! The nvcc flag '-allow-unsupported-compiler' can be used\n\n#endif\n")
        .file(folder + "/nvvm/libdevice/libdevice.10.bc", "BC")
        .stub_library(toolkit_libraries + "stubs/libcuda.so");
    const std::map<std::string, std::string> versions{{"libcudart.so.12", "0.107"},
                                                      {"libcublas.so.12", "0.2.224"},
                                                      {"libcufft.so.11", "0.1.95"},
                                                      {"libcusolver.so.11", "4.3.1"},
                                                      {"libcusparse.so.12", "0.1.140"}};
    for (const auto& [soname, rest] : versions) {
        const std::string name = soname + '.' + rest;
        machine.put({{toolkit_libraries + name, "plain/" + soname}})
            .link(toolkit_libraries + soname, name);
        machine.cached(soname, toolkit_libraries + soname);
    }
    machine.put({{toolkit_libraries + "libnvJitLink.so.12.0.140", "cuda_12_0/libnvJitLink.so.12"}})
        .link(toolkit_libraries + "libnvJitLink.so.12", "libnvJitLink.so.12.0.140");
    machine.cached("libnvJitLink.so.12", toolkit_libraries + "libnvJitLink.so.12");
    for (const std::string soname :
         {"libcudnn.so.8", "libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}) {
        machine.put({{libraries + soname + ".9.7", "plain/" + soname}})
            .link(libraries + soname, soname + ".9.7");
        machine.cached(soname, libraries + soname);
    }
}

void put_frameworks(GradientMachine& machine) {
    machine.torch_of("torch_2_1", "2.1.1+cu121", "12.1", pins_of_2_1, image_site);
    machine.nvidia("cublas", "12.1.3.1", {"plain/libcublas.so.12"});
    machine.nvidia("cuda_runtime", "12.1.105", {"plain/libcudart.so.12"});
    machine.nvidia(
        "cudnn",
        "8.9.2.26",
        {"plain/libcudnn.so.8", "plain/libcudnn_ops_infer.so.8", "plain/libcudnn_cnn_infer.so.8"});
    machine.nvidia("cusparse", "12.1.0.106", {"cuda_12_1/libcusparse.so.12"});
    machine.nvidia("nvjitlink", "12.1.105", {"cuda_12_1/libnvJitLink.so.12"});
    machine.nvidia("nccl", "2.18.1", {"plain/libnccl.so.2"});
    machine.package(image_site, "triton", "2.1.0", {{"triton/__init__.py", ""}})
        .package(image_site,
                 "torchvision",
                 "0.16.1+cu121",
                 {{"torchvision/__init__.py", ""}},
                 {"numpy", "torch==2.1.1"})
        .package(image_site, "pip", "23.3.1", {{"pip/__init__.py", ""}})
        .package(image_site, "numpy", "1.26.2", {{"numpy/__init__.py", ""}})
        .package(image_site, "ipykernel", "6.27.1", {{"ipykernel/kernelspec.py", ""}})
        .file(image_site + "/ipykernel/__init__.py", "")
        .package(image_site,
                 "tensorflow",
                 "2.15.0",
                 {{"tensorflow/__init__.py", ""},
                  {"tensorflow/python/platform/build_info.py",
                   "build_info = collections.OrderedDict([('cuda_compute_capabilities', "
                   "['sm_50', 'sm_60', 'sm_70', 'sm_75', 'compute_80']), ('cuda_version', "
                   "'12.2'), ('cudnn_version', '8'), ('is_cuda_build', True)])\n"}});
    machine.put({{image_site + "/tensorflow/libtensorflow_cc.so.2",
                  "tensorflow_plain/libtensorflow_cc.so.2"}});
}

void put_notebook(GradientMachine& machine) {
    kernel_spec(machine, "/usr/local/share/jupyter/kernels/python3", "/usr/bin/python3.11");
    machine.file("/proc/100/cmdline", words({"/usr/bin/python3.11", "/usr/local/bin/jupyter-lab"}))
        .link("/proc/100/cwd", "/notebooks")
        .link("/proc/200/cwd", "/notebooks")
        .file("/notebooks/README.md", "");
    runs(machine, "/usr/bin/python3.11");
    machine
        .variable("PATH",
                  "/root/.local/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                  "/usr/bin:/sbin:/bin")
        .variable("HOME", "/root")
        .variable("USER", "fastai")
        .variable("LD_LIBRARY_PATH", "/usr/local/nvidia/lib:/usr/local/nvidia/lib64");
    for (const std::string place : {"/", "/root", "/notebooks", "/storage", "/dev/shm"}) {
        machine.space(place, std::uint64_t{50} << 30U, std::uint64_t{30} << 30U);
    }
}

}  // namespace

GradientMachine::GradientMachine() : LibraryMachine(Bare()) {
    file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\n");
    file("/lib64/ld-linux-x86-64.so.2", "");
    put({{libraries + "libc.so.6", "glibc_2.36/libc.so.6"},
         {libraries + "libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}});
    card("0000:00:05.0", "0x13f1");
    file("/proc/devices",
         "Character devices:\n  1 mem\n195 nvidia\n195 nvidiactl\n510 nvidia-uvm\n");
    file("/sys/module/nvidia_uvm/parameters/uvm_disable_hmm", "N\n");
    file("/proc/driver/nvidia/gpus/0000:00:05.0/information",
         "Model: \t\t Quadro M4000\nGPU UUID: \t GPU-1d3c\nDevice Minor: \t 0\n");
    node("/dev/nvidiactl", 195, 255).node("/dev/nvidia0", 195, 0).node("/dev/nvidia-uvm", 510, 0);
    mount("/proc/driver/nvidia", "tmpfs").mount("/storage", "nfs").mount("/notebooks");
    host_driver("525.116.04");
    container_variable("NVIDIA_VISIBLE_DEVICES", "all");
    container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
    put_python(*this);
    put_toolkit(*this);
    put_frameworks(*this);
    put_notebook(*this);
}

GradientMachine& GradientMachine::variable(const std::string& name, const std::string& value) {
    variables_[name] = value;
    kernel_variable(name, value);
    std::vector<std::string> all;
    for (const auto& [each, its_value] : variables_) {
        all.push_back(each + '=' + its_value);
    }
    file("/proc/100/environ", words(all));
    return *this;
}

GradientMachine& GradientMachine::first_in(const std::string& variable, const std::string& folder) {
    const std::string old = variables_[variable];
    return this->variable(variable, old.empty() ? folder : folder + ':' + old);
}

GradientMachine& GradientMachine::cached(const std::string& soname, const std::string& path) {
    cached_[soname] = path;
    cache(cached_);
    return *this;
}

GradientMachine& GradientMachine::uncached(const std::string& soname) {
    cached_.erase(soname);
    cache(cached_);
    return *this;
}

GradientMachine& GradientMachine::relink(const std::string& path, const std::string& target) {
    remove(path).link(path, target);
    return *this;
}

GradientMachine& GradientMachine::host_driver(const std::string& version) {
    for (const std::string& name : driver_libraries) {
        without_driver_library(name);
    }
    driver_ = version;
    driver(version);
    for (const std::string& name : driver_libraries) {
        library(libraries + name + '.' + version)
            .link(libraries + name + ".1", name + '.' + version)
            .mount(libraries + name + '.' + version);
        cached(name + ".1", libraries + name + ".1");
    }
    link(libraries + "libcuda.so", "libcuda.so.1");
    return *this;
}

GradientMachine& GradientMachine::without_driver_library(const std::string& name) {
    unmount(libraries + name + '.' + driver_)
        .remove(libraries + name + '.' + driver_)
        .remove(libraries + name + ".1")
        .remove(libraries + name);
    return uncached(name + ".1");
}

GradientMachine& GradientMachine::without_runtime() {
    for (const std::string& name : driver_libraries) {
        without_driver_library(name);
    }
    unmount("/proc/driver/nvidia")
        .no_node("/dev/nvidiactl")
        .no_node("/dev/nvidia0")
        .no_node("/dev/nvidia1")
        .no_node("/dev/nvidia-uvm");
    return *this;
}

GradientMachine& GradientMachine::other_card(const std::string& device) {
    card("0000:00:05.0", device);
    return *this;
}

GradientMachine& GradientMachine::second_card(const std::string& device) {
    card("0000:00:06.0", device)
        .node("/dev/nvidia1", 195, 1)
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information",
              "Model: \t\t Card\nGPU UUID: \t GPU-2e4d\nDevice Minor: \t 1\n");
    return *this;
}

GradientMachine& GradientMachine::without_package(const std::string& name,
                                                  const std::string& site) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(root() + site)) {
        if (entry.path().filename().string().starts_with(name + '-')) {
            found.push_back(entry.path());
        }
    }
    for (const std::filesystem::path& one : found) {
        std::filesystem::remove_all(one);
    }
    return *this;
}

GradientMachine& GradientMachine::newer_torch() {
    for (const std::string name : {"nvidia_cudnn_cu12", "nvidia_nccl_cu12", "torchvision"}) {
        without_package(name);
    }
    remove(image_site + "/nvidia/cudnn").remove(image_site + "/torchvision");
    torch_of("torch_wheel", "2.4.1+cu121");
    nvidia("cudnn", "9.1.0.70", cudnn_9());
    nvidia("nccl", "2.20.5", {"plain/libnccl.so.2"});
    package(image_site, "triton", "3.0.0", {{"triton/__init__.py", ""}});
    return without_package("triton-2.1.0");
}

GradientMachine& GradientMachine::without_companions() {
    remove(image_site + "/torchvision").remove(image_site + "/triton");
    return without_package("torchvision").without_package("triton");
}

GradientMachine& GradientMachine::without_torch() {
    without_companions().remove(image_site + "/torch");
    return without_package("torch");
}

GradientMachine& GradientMachine::without_running_kernel() {
    remove("/proc/200/cmdline");
    return *this;
}

}  // namespace envkeep::testing
