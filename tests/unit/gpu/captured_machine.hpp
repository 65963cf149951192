// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/gpu/capture.hpp"
#include "envkeep/gpu/diagnose.hpp"
#include "envkeep/gpu/observe.hpp"
#include "envkeep/posix/inspector.hpp"
#include "support/temp_tree.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// Where the container runtime mounts the driver's libraries.
inline const std::string libraries = "/usr/lib/x86_64-linux-gnu/";

// Where Debian's Python has what pip installs as root, and as its user.
inline const std::string image_site = "/usr/local/lib/python3.11/dist-packages";
inline const std::string user_site = "/root/.local/lib/python3.11/site-packages";

// The tree of a healthy notebook with a Tesla T4, driver 535.104.05 and the driver's libraries
// mounted by the container runtime; its kernel is Debian's Python 3.11 with torch 2.4.1 for CUDA
// 12.1. A test breaks one thing of it.
class CapturedMachine {
  public:
    CapturedMachine();

    // One that has nothing yet: no card, driver, Python or kernel's command line.
    struct Bare {};

    explicit CapturedMachine(Bare /*tag*/);

    // Whether it began with more than nothing.
    [[nodiscard]] bool is_of_base() const { return is_of_base_; }

    // Files of the machine by absolute path; of a symbolic link the target.
    CapturedMachine& file(std::string_view path, std::string_view content);
    CapturedMachine& link(std::string_view path, std::string_view target);
    CapturedMachine& remove(std::string_view path);
    CapturedMachine& node(const std::string& path, unsigned major, unsigned minor, int access = 0);
    CapturedMachine& folder(const std::string& path, int mode, int uid, int access);
    CapturedMachine& no_node(const std::string& path);
    // An ELF library that says to be as large as a driver's.
    CapturedMachine& library(std::string_view path, std::uint64_t size = 20U << 20U);

    // The toolkit's stub of libcuda, or one that leads to a card elsewhere.
    CapturedMachine& stub_library(std::string_view path) { return made_library(path, "stub"); }

    CapturedMachine& shim_library(std::string_view path) { return made_library(path, "shim"); }

    // A large one of a compatibility package for CUDA 12.9, which works with the branches 550 and
    // 575.
    CapturedMachine& compat_library(std::string_view path);
    // Who looks at it; root else.
    CapturedMachine& user(std::uint32_t uid, const std::string& home = "/root");
    CapturedMachine& mount(const std::string& point,
                           const std::string& type = "ext4",
                           bool is_no_exec = false);
    CapturedMachine& unmount(const std::string& point);
    // Of process 1, or of the kernel that runs (pid 200).
    CapturedMachine& container_variable(const std::string& name, const std::string& value);
    CapturedMachine& kernel_variable(const std::string& name, const std::string& value);
    CapturedMachine& card(const std::string& address,
                          std::string_view device,
                          std::string_view driver = "nvidia");
    CapturedMachine& space(const std::string& path,
                           std::uint64_t total,
                           std::uint64_t free,
                           std::uint64_t free_inodes = 1'000'000);
    // As before the notebook starts: no kernel runs, and this is envkeep's own environment.
    CapturedMachine& without_kernel(const std::map<std::string, std::string>& variables);
    // Another process that has /dev/nvidia0 open.
    CapturedMachine& holder(int pid, std::string_view stat, std::string_view maps = {});
    CapturedMachine& driver(std::string_view version, std::string_view told = {});
    // A Python with its standard library below `prefix`, and `python3` as a link to it.
    CapturedMachine& python(const std::string& prefix,
                            const std::string& version,
                            std::string_view site_py = "# site\n");
    // Metadata of a package as pip writes it, with a RECORD of these files, which are made.
    CapturedMachine& package(const std::string& site,
                             const std::string& name,
                             const std::string& version,
                             const std::map<std::string, std::string>& files = {},
                             const std::vector<std::string>& requirements = {});
    // torch as its wheels have it. `cuda` is "12.1", or empty for a build without CUDA.
    CapturedMachine& torch(const std::string& site,
                           const std::string& version,
                           const std::string& cuda,
                           const std::string& extension = "cpython-311-x86_64-linux-gnu",
                           const std::vector<std::string>& requirements = {});

    [[nodiscard]] gpu::Facts facts();
    [[nodiscard]] gpu::Diagnosis diagnosis();
    // What doctor --capture makes of it.
    [[nodiscard]] std::string capture();
    // Ids of the findings, the cause first.
    [[nodiscard]] std::vector<std::string> ids();

    [[nodiscard]] std::string root() const { return tree_ / "m"; }

    // All that a tree holds is in it by then: the inspector of `root()` sees the whole machine.
    [[nodiscard]] gpu::Surroundings written();

  private:
    CapturedMachine& made_library(std::string_view path, const std::string& kind);
    void write_environ(const std::string& pid, const std::map<std::string, std::string>& variables);

    TempTree tree_;
    Json nodes_ = Json::object();
    Json spaces_ = Json::object();
    std::map<std::string, system::Mount> mounts_;  // by point
    std::map<std::string, std::string> container_;
    std::map<std::string, std::string> kernel_;
    bool is_of_base_ = false;
    std::uint32_t uid_ = 0;
    std::string home_ = "/root";
    std::string pid_ = "200";  // whose environment that is
};

}  // namespace envkeep::testing
