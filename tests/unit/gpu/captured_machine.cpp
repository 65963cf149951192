// SPDX-License-Identifier: MIT
#include "captured_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace envkeep::testing {

CapturedMachine::CapturedMachine(Bare /*tag*/) {
    tree_.folder("m");
}

CapturedMachine::CapturedMachine() : CapturedMachine(Bare()) {
    is_of_base_ = true;
    card("0000:00:05.0", "0x1eb8");
    driver("535.104.05");
    file("/proc/devices",
         "Character devices:\n  1 mem\n195 nvidia\n195 nvidiactl\n510 nvidia-uvm\n\n"
         "Block devices:\n  8 sd\n");
    file("/sys/module/nvidia_uvm/parameters/uvm_disable_hmm", "N\n");
    file("/proc/driver/nvidia/gpus/0000:00:05.0/information",
         "Model: \t\t Tesla T4\nIRQ:   \t\t 35\nGPU UUID: \t GPU-1d3c\nDevice Minor: \t 0\n");
    node("/dev/nvidiactl", 195, 255).node("/dev/nvidia0", 195, 0).node("/dev/nvidia-uvm", 510, 0);
    file("/lib64/ld-linux-x86-64.so.2", "");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        library(libraries + name + ".535.104.05");
        link(libraries + name + ".1", name + ".535.104.05");
        mount(libraries + name + ".535.104.05");
    }
    mount("/proc/driver/nvidia", "tmpfs");
    container_variable("NVIDIA_VISIBLE_DEVICES", "all");
    container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
    file("/proc/200/cmdline",
         std::string("/usr/bin/python3\0-m\0ipykernel_launcher\0-f\0x.json", 49));
    kernel_variable("PATH", "/usr/bin:/bin").kernel_variable("HOME", "/root");
    python("/usr", "3.11", "sitepackages.append(\"dist-packages\")\n");
    file("/usr/lib/python3/dist-packages/pip/__init__.py", "");
    torch(image_site, "2.4.1+cu121", "12.1");
    package(image_site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}});
}

CapturedMachine& CapturedMachine::python(const std::string& prefix,
                                         const std::string& version,
                                         std::string_view site_py) {
    const std::string program = prefix + "/bin/python" + version;
    const std::string standard = prefix + "/lib/python" + version;
    file(program, "ELF").file(standard + "/os.py", "").file(standard + "/site.py", site_py);
    std::filesystem::permissions(root() + program, std::filesystem::perms(0755));
    std::filesystem::create_directories(root() + standard + "/lib-dynload");
    if (!std::filesystem::is_symlink(root() + prefix + "/bin/python3")) {
        link(prefix + "/bin/python3", "python" + version);
    }
    return *this;
}

CapturedMachine& CapturedMachine::package(const std::string& site,
                                          const std::string& name,
                                          const std::string& version,
                                          const std::map<std::string, std::string>& files,
                                          const std::vector<std::string>& requirements) {
    std::string in_names = name;
    std::ranges::replace(in_names, '-', '_');
    const std::string info = in_names + '-' + version + ".dist-info";
    std::string metadata = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + '\n';
    for (const std::string& requirement : requirements) {
        metadata += "Requires-Dist: " + requirement + '\n';
    }
    std::string record;
    for (const auto& [path, content] : files) {
        file(site + '/' + path, content);
        record += path + ",," + std::to_string(content.size()) + '\n';
    }
    record += info + "/METADATA,," + std::to_string(metadata.size()) + '\n' + info + "/RECORD,,\n";
    return file(site + '/' + info + "/METADATA", metadata)
        .file(site + '/' + info + "/RECORD", record);
}

CapturedMachine& CapturedMachine::torch(const std::string& site,
                                        const std::string& version,
                                        const std::string& cuda,
                                        const std::string& extension,
                                        const std::vector<std::string>& requirements) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::exists(root() + site) ? root() + site : root())) {
        if (entry.path().filename().string().starts_with("torch-")) {
            std::filesystem::remove_all(entry.path());
        }
    }
    std::filesystem::remove_all(root() + site + "/torch");
    std::map<std::string, std::string> files{
        {"torch/__init__.py", ""},
        {"torch/_C." + extension + ".so", "ELF"},
        {"torch/lib/libtorch_cpu.so", "cpu"},
        {"torch/version.py",
         "from typing import Optional\n\n__all__ = ['__version__', 'debug', 'cuda', 'git_version', "
         "'hip']\n__version__ = '" +
             version + "'\ndebug = False\ncuda: Optional[str] = " +
             (cuda.empty() ? "None" : "'" + cuda + "'") +
             "\ngit_version = 'ee1b6804381c57161c477caa380a840a84167676'\nhip: Optional[str] = "
             "None\n"}};
    if (!cuda.empty()) {
        files.emplace("torch/lib/libtorch_cuda.so", "cuda");
    }
    return package(site, "torch", version, files, requirements);
}

CapturedMachine& CapturedMachine::file(std::string_view path, std::string_view content) {
    tree_.file("m" + std::string(path), content);
    return *this;
}

CapturedMachine& CapturedMachine::link(std::string_view path, std::string_view target) {
    tree_.link("m" + std::string(path), target);
    return *this;
}

CapturedMachine& CapturedMachine::remove(std::string_view path) {
    tree_.remove("m" + std::string(path));
    return *this;
}

CapturedMachine& CapturedMachine::node(const std::string& path,
                                       unsigned major,
                                       unsigned minor,
                                       int access) {
    Json json;
    json.set("mode", 0666)
        .set("major", static_cast<int>(major))
        .set("minor", static_cast<int>(minor))
        .set("access", access);
    no_node(path);
    nodes_.set(path, std::move(json));
    return *this;
}

CapturedMachine& CapturedMachine::folder(const std::string& path, int mode, int uid, int access) {
    no_node(path);
    nodes_.set(path,
               Json()
                   .set("kind", "d")
                   .set("mode", mode)
                   .set("uid", uid)
                   .set("gid", uid)
                   .set("access", access));
    return *this;
}

CapturedMachine& CapturedMachine::no_node(const std::string& path) {
    Json others = Json::object();
    for (const auto& [name, value] : *nodes_.as_object()) {
        if (name != path) {
            others.set(name, value);
        }
    }
    nodes_ = std::move(others);
    return *this;
}

CapturedMachine& CapturedMachine::library(std::string_view path, std::uint64_t size) {
    const std::string elf =
        posix::Inspector().read(ENVKEEP_LIBRARIES_DIR "/leaf_1/libleaf.so", 1U << 24U).value();
    file(path, elf);
    std::filesystem::resize_file(root() + std::string(path), size);
    return *this;
}

CapturedMachine& CapturedMachine::compat_library(std::string_view path) {
    library(path);
    return made_library(path, "compat");
}

CapturedMachine& CapturedMachine::made_library(std::string_view path, const std::string& kind) {
    const std::string made = fmt::format("{}/{}/lib{}.so", ENVKEEP_LIBRARIES_DIR, kind, kind);
    return file(path, posix::Inspector().read(made, 1U << 24U).value());
}

CapturedMachine& CapturedMachine::mount(const std::string& point,
                                        const std::string& type,
                                        bool is_no_exec) {
    mounts_[point] = {.point = point, .type = type, .is_no_exec = is_no_exec};
    return *this;
}

CapturedMachine& CapturedMachine::user(std::uint32_t uid, const std::string& home) {
    uid_ = uid;
    home_ = home;
    return *this;
}

CapturedMachine& CapturedMachine::unmount(const std::string& point) {
    mounts_.erase(point);
    return *this;
}

CapturedMachine& CapturedMachine::container_variable(const std::string& name,
                                                     const std::string& value) {
    container_[name] = value;
    return *this;
}

CapturedMachine& CapturedMachine::kernel_variable(const std::string& name,
                                                  const std::string& value) {
    kernel_[name] = value;
    return *this;
}

CapturedMachine& CapturedMachine::card(const std::string& address,
                                       std::string_view device,
                                       std::string_view driver) {
    const std::string folder = "/sys/bus/pci/devices/" + address;
    file(folder + "/vendor", "0x10de\n");
    file(folder + "/class", "0x030200\n");
    file(folder + "/device", std::string(device) + '\n');
    file(folder + "/config", "\xde\x10\xb8\x1e");
    std::filesystem::remove(root() + folder + "/driver");
    if (!driver.empty()) {
        link(folder + "/driver", "../../../../bus/pci/drivers/" + std::string(driver));
    }
    return *this;
}

CapturedMachine& CapturedMachine::driver(std::string_view version, std::string_view told) {
    file("/sys/module/nvidia/version", std::string(version) + '\n');
    return file("/proc/driver/nvidia/version",
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " +
                    std::string(told.empty() ? version : told) +
                    "  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 12.3.0\n");
}

CapturedMachine& CapturedMachine::space(const std::string& path,
                                        std::uint64_t total,
                                        std::uint64_t free,
                                        std::uint64_t free_inodes) {
    spaces_.set(path, Json().set("total", total).set("free", free).set("free_inodes", free_inodes));
    return *this;
}

CapturedMachine& CapturedMachine::without_kernel(
    const std::map<std::string, std::string>& variables) {
    pid_ = "self";
    kernel_ = variables;
    return remove("/proc/200");
}

CapturedMachine& CapturedMachine::holder(int pid, std::string_view stat, std::string_view maps) {
    const std::string folder = "/proc/" + std::to_string(pid);
    tree_.folder("m" + folder + "/fd");
    return link(folder + "/fd/7", "/dev/nvidia0")
        .file(folder + "/stat", stat)
        .file(folder + "/maps", maps);
}

void CapturedMachine::write_environ(const std::string& pid,
                                    const std::map<std::string, std::string>& variables) {
    std::string environ;
    for (const auto& [name, value] : variables) {
        environ += name + '=' + value + '\0';
    }
    file("/proc/" + pid + "/environ", environ);
}

gpu::Surroundings CapturedMachine::written() {
    write_environ("1", container_);
    write_environ(pid_, kernel_);
    Json record;
    record.set("nodes", nodes_).set("spaces", spaces_);
    file("/envkeep-capture.json", record.compact());
    gpu::Surroundings surroundings{.home = home_, .uid = uid_};
    for (const auto& [point, mount] : mounts_) {
        surroundings.mounts.push_back(mount);
    }
    return surroundings;
}

gpu::Facts CapturedMachine::facts() {
    const gpu::Surroundings surroundings = written();
    return gpu::observe(posix::Inspector::captured(root()).value(), surroundings);
}

std::string CapturedMachine::capture() {
    const gpu::Surroundings surroundings = written();
    const posix::Inspector machine = posix::Inspector::captured(root()).value();
    const system::Recorder recorder(machine);
    static_cast<void>(gpu::observe(recorder, surroundings));
    return gpu::capture_of(recorder.recording(), surroundings);
}

gpu::Diagnosis CapturedMachine::diagnosis() {
    return gpu::diagnose(facts(), gpu::built_in_compat_data());
}

std::vector<std::string> CapturedMachine::ids() {
    std::vector<std::string> all;
    for (const model::Finding& finding : diagnosis().findings) {
        all.push_back(finding.id);
    }
    return all;
}

}  // namespace envkeep::testing
