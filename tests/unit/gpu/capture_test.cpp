// SPDX-License-Identifier: MIT
#include "envkeep/gpu/capture.hpp"

#include "envkeep/posix/machine.hpp"
#include "unit/gpu/captured_machine.hpp"
#include "unit/gpu/library_machine.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>

namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempTree;

// Unpacked with the system's own tar.
class Unpacked {
  public:
    explicit Unpacked(const std::string& capture) {
        tree_.file("capture.tar", capture).folder("m");
        const std::string archive = "'" + tree_ / "capture.tar" + "'";
        is_sound_ = std::system(("tar -tf " + archive + " >'" + tree_ / "names" + "' && tar -xf " +
                                 archive + " -C '" + root() + "'")
                                    .c_str()) == 0;
    }

    [[nodiscard]] bool is_sound() const { return is_sound_; }

    [[nodiscard]] std::string root() const { return tree_ / "m"; }

    [[nodiscard]] std::string names() const { return tree_.content("names"); }

    [[nodiscard]] std::string content(const std::string& path) const {
        return tree_.content("m" + path);
    }

    [[nodiscard]] Facts facts() const {
        static const std::array<const char*, 1> no_variables{nullptr};
        const posix::Inspector machine = posix::Inspector::captured(root()).value();
        Surroundings surroundings{
            .mounts =
                posix::Machine::captured(root(), no_variables.data()).value().mounts().value()};
        const std::string record = machine.read("/envkeep-capture.json", 1U << 24U).value();
        take_recorded(Json::parse(record).value(), surroundings);
        return observe(machine, surroundings);
    }

  private:
    TempTree tree_;
    bool is_sound_ = false;
};

struct Change {
    std::string name;
    std::function<void(CapturedMachine&)> make;
};

class Captures : public ::testing::TestWithParam<Change> {};

TEST_P(Captures, TellTheSameElsewhere) {
    CapturedMachine machine;
    GetParam().make(machine);
    const Facts here = machine.facts();

    const Unpacked there(machine.capture());

    ASSERT_TRUE(there.is_sound());
    EXPECT_EQ(there.facts(), here);
    EXPECT_FALSE(here.python.notebooks.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Of,
    Captures,
    ::testing::Values(
        Change{"AHealthyMachine", [](CapturedMachine&) {}},
        Change{"AShellWithoutNotebook",
               [](CapturedMachine& machine) {
                   machine.without_kernel({{"PATH", "/usr/bin"}, {"HOME", "/root"}});
               }},
        Change{"AStubInFrontOfTheDriver",
               [](CapturedMachine& machine) {
                   machine.stub_library("/usr/local/cuda-12.0/lib64/stubs/libcuda.so")
                       .link("/usr/local/cuda", "cuda-12.0")
                       .link("/usr/local/cuda/lib64/stubs/libcuda.so.1", "libcuda.so")
                       .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda/lib64/stubs");
               }},
        Change{"NodesThatTheCgroupDenies",
               [](CapturedMachine& machine) { machine.node("/dev/nvidia0", 195, 0, 1); }},
        Change{"FullDisksAndHolders",
               [](CapturedMachine& machine) {
                   machine.space("/", 100, 0)
                       .space("/dev/shm", 64U << 20U, 64U << 20U)
                       .holder(300,
                               "300 (python3) D 1 1",
                               "7f00-7f01 r-xp 00 /root/data.bin\n7f02-7f03 r-xp 00 "
                               "/usr/lib/python3/torch/lib/libtorch.so (deleted)\n");
               }},
        Change{"ASecondTorchInTheHome",
               [](CapturedMachine& machine) {
                   machine.torch(testing::user_site, "2.6.0+cpu", "").file("/root/notes.txt", "x");
               }},
        Change{"ABrokenRecord",
               [](CapturedMachine& machine) {
                   machine.file(testing::image_site + "/torch/lib/libtorch_cuda.so", "short");
               }},
        Change{"KernelsOfAServer",
               [](CapturedMachine& machine) {
                   machine
                       .file("/proc/100/cmdline",
                             std::string("/usr/bin/python3\0/usr/local/bin/jupyter-lab\0", 44))
                       .file("/proc/100/environ", std::string("PATH=/usr/bin\0HOME=/root\0", 25))
                       .file("/usr/local/share/jupyter/kernels/own/kernel.json",
                             R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"],
                                 "display_name": "own", "language": "python",
                                 "env": {"CUDA_VISIBLE_DEVICES": "0"}, "metadata": {"a": 1}})")
                       .file("/usr/local/share/jupyter/kernels/bad/kernel.json", "{no json");
               }},
        Change{"ShellFilesAndDeadScripts",
               [](CapturedMachine& machine) {
                   machine
                       .file("/root/.bashrc",
                             "export HF_TOKEN=x\nalias a=b\n  export LD_LIBRARY_PATH=\"/a b\" # c\n"
                             "export CUDA_HOME=/usr/local/cuda\n")
                       .file("/etc/profile.d/cuda.sh", "export TF_X='$Y'\nunset A")
                       .file("/root/.local/bin/tool", "#!/usr/bin/python3.9\nimport tool\n")
                       .file("/root/.local/bin/pip",
                             "#!/bin/sh\n'''exec' \"/gone/a b/python3\" \"$0\" \"$@\"\n' '''\n")
                       .package("/root/.local/lib/python3.9/site-packages", "einops", "0.6.0")
                       .file("/tmp/nvidia-mps/control", "")
                       .file("/tmp/nvidia-mps/nvidia-cuda-mps-control.pid", "77\n")
                       .file("/proc/77/comm", "nvidia-cuda-mps\n");
               }},
        Change{"BrokenPackages",
               [](CapturedMachine& machine) {
                   machine
                       .package(testing::user_site,
                                "pandas",
                                "2.0.0",
                                {{"pandas/__init__.py", ""},
                                 {"pandas/_libs/lib.cpython-39-x86_64-linux-gnu.so", "x"}})
                       .remove(testing::user_site + "/pandas/__init__.py")
                       .link("/proc/200/cwd", "/notebooks")
                       .file("/notebooks/numpy.py", "");
               }},
        Change{"APathLongerThanTarsField",
               [](CapturedMachine& machine) {
                   const std::string site = "/root/" + std::string(120, 'x') + "/site";
                   machine.kernel_variable("PYTHONPATH", site).torch(site, "2.5.1+cu124", "12.4");
               }}),
    [](const auto& change) { return change.param.name; });

// Of libraries only what the loader reads of them is in it.
TEST(Capture, TellsWhatTorchLoads) {
    testing::LibraryMachine machine;
    machine.compiler();
    machine.put({{"/opt/lib/libnvJitLink.so.12", "cuda_12_0/libnvJitLink.so.12"},
                 {testing::image_site + "/flash_attn_2_cuda.so", "extension/wrong.so"}});
    machine.package(testing::image_site, "flash-attn", "2.6.3", {{"flash_attn/__init__.py", ""}})
        .mount("/")
        .mount("/usr/local", "ext4", true)
        .kernel_variable("LD_LIBRARY_PATH", "/opt/lib")
        .kernel_variable("LD_PRELOAD", "/opt/none.so");
    const Facts here = machine.facts();

    const Facts there = Unpacked(machine.capture()).facts();

    const NotebookPython& notebook = here.python.notebooks.front();
    EXPECT_EQ(there.python.notebooks.front().libraries, notebook.libraries);
    EXPECT_EQ(there.python.notebooks.front().tools, notebook.tools);
    EXPECT_EQ(there, here);
    EXPECT_EQ(notebook.libraries.of("torch")->undefined.size(), 1);
    EXPECT_EQ(notebook.libraries.of("flash_attn")->undefined.size(), 1);
    EXPECT_EQ(notebook.libraries.noexec_mount, "/usr/local");
    EXPECT_EQ(notebook.libraries.broken_preloads.size(), 1);
}

TEST(Capture, IsSmallThoughLibrariesAreLarge) {
    CapturedMachine machine;

    const std::string capture = machine.capture();

    EXPECT_LT(capture.size(), 200U << 10U);
    EXPECT_EQ(Unpacked(capture).facts().libcuda.is_stub, false);
}

// Each planted where a real machine has such things.
TEST(Capture, HoldsNoSecrets) {
    constexpr std::array<const char*, 19> secrets{"s3cr3tOfEnviron",
                                                  "s3cr3tOfAnUnknownVariable",
                                                  "s3cr3tOfCommand",
                                                  "s3cr3tOfOtherCommand",
                                                  "s3cr3tNextWord",
                                                  "s3cr3tOfKernelSpec",
                                                  "s3cr3tOfUrl",
                                                  "s3cr3tOfPath",
                                                  "s3cr3tOfNetrc",
                                                  "s3cr3tOfKey",
                                                  "s3cr3tOfPathFile",
                                                  "s3cr3tOfOpenFile",
                                                  "s3cr3tOfShellFile",
                                                  "s3cr3tOfScript",
                                                  "s3cr3tOfTerraform",
                                                  "s3cr3tOfSpoiledShellFile",
                                                  "s3cr3tOfArchive",
                                                  "s3cr3tOfNotes",
                                                  "s3cr3tOfSpoiledPathFile"};
    CapturedMachine machine;
    machine.kernel_variable("CUDA_API_KEY", "s3cr3tOfEnviron")
        .kernel_variable("WANDB", "s3cr3tOfAnUnknownVariable")
        .kernel_variable("CONDA_CHANNELS", "https://me:s3cr3tOfUrl@conda.example/x")
        .kernel_variable("PYTHONPATH", "https://me:s3cr3tOfPath@x.example/lib")
        .file("/proc/200/cmdline",
              std::string("/usr/bin/python3\0-m\0ipykernel_launcher\0--Session.key_token="
                          "s3cr3tOfCommand\0--token\0s3cr3tNextWord",
                          98))
        .file("/proc/300/cmdline", std::string("mysql\0-ps3cr3tOfOtherCommand", 28))
        .file("/proc/100/cmdline",
              std::string("/usr/bin/python3\0/usr/local/bin/jupyter-lab\0", 44))
        .file("/proc/100/environ", std::string("PATH=/usr/bin\0HOME=/root\0", 25))
        .file("/usr/local/share/jupyter/kernels/own/kernel.json",
              R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"], "display_name": "own",
                  "env": {"HF_TOKEN": "s3cr3tOfKernelSpec", "PIP_INDEX": "s3cr3tOfKernelSpec"},
                  "metadata": {"password": "s3cr3tOfKernelSpec"}})")
        .file(testing::image_site + "/own.pth",
              "import os; os.environ['WANDB_API_KEY'] = 's3cr3tOfPathFile'\n")
        .file("/root/.bashrc",
              "export HF_TOKEN=s3cr3tOfShellFile\nalias db='mysql -p s3cr3tOfShellFile'\n")
        .file("/root/.local/bin/tool", "#!/bin/sh\nmysql -p s3cr3tOfScript\n")
        .kernel_variable("TF_VAR_db", "s3cr3tOfTerraform")
        .file("/root/.profile", std::string("\0alias db='mysql -p s3cr3tOfSpoiledShellFile'\n", 46))
        .file("/root/.local/bin/archive", std::string("#!/bin/sh\n\0mysql -p s3cr3tOfArchive", 35))
        .file("/root/.local/bin/notes", "mysql -p s3cr3tOfNotes\n")
        .file(testing::image_site + "/spoiled.pth",
              std::string("\0import os; os.environ['WANDB_API_KEY'] = 's3cr3tOfSpoiledPathFile'\n",
                          68))
        .file("/root/.netrc", "machine x login me password s3cr3tOfNetrc\n")
        .file("/root/.ssh/id_rsa", "-----BEGIN PRIVATE KEY-----\ns3cr3tOfKey\n")
        .holder(300, "300 (mysql) S 1 1")
        .link("/proc/300/fd/1", "/root/s3cr3tOfOpenFile");

    const std::string capture = machine.capture();

    for (const char* const secret : secrets) {
        EXPECT_EQ(capture.find(secret), std::string::npos) << secret;
    }
    const Unpacked there(capture);
    EXPECT_EQ(there.facts().notebook.variable("CONDA_CHANNELS"), "https://***@conda.example/x");
    EXPECT_EQ(there.facts().python.notebooks.size(), 2U);
}

TEST(Capture, NamesNoDocumentsOfTheHome) {
    CapturedMachine machine;
    machine.kernel_variable("HOME", "/root")
        .file("/root/work/letter-to-anna.docx", "")
        .file("/root/work/model.py", "")
        .link("/proc/200/cwd", "/root/work");

    const Unpacked there(machine.capture());

    const std::string record = there.content("/envkeep-capture.json");
    EXPECT_THAT(record, HasSubstr("model.py"));
    EXPECT_THAT(record, Not(HasSubstr("anna")));
    EXPECT_THAT(there.names(), Not(HasSubstr("anna")));
}

TEST(Capture, NamesNoDocumentsOfFoldersThatAreCalledAsPythonsAre) {
    for (const std::string folder : {"/home/alice/binance-bot",
                                     "/home/bing/work",
                                     "/home/alice/lib/letters",
                                     "/home/alice/bin/letters",
                                     "/home/alice/kernels",
                                     "/home/alice/conda-meta-notes"}) {
        CapturedMachine machine;
        machine.user(0, folder.substr(0, folder.find('/', 6)))
            .file(folder + "/letter-to-anna.docx", "")
            .file(folder + "/model.py", "")
            .link("/proc/200/cwd", folder);

        const std::string record = Unpacked(machine.capture()).content("/envkeep-capture.json");
        EXPECT_NE(record.find("model.py"), std::string::npos) << folder;
        EXPECT_EQ(record.find("anna"), std::string::npos) << folder;
    }
}

// What a diagnosis counts among is there as it was.
TEST(Capture, KeepsTheFilesOfPythonInTheHome) {
    CapturedMachine machine;
    const std::string environment = "/home/alice/env";
    machine.user(0, "/home/alice")
        .python(environment, "3.11")
        .file(environment + "/bin/some-tool", "#!" + environment + "/bin/python3.11\n")
        .file(environment + "/lib/libnccl.so.2.20.5", "")
        .file(environment + "/lib/python3.11/site-packages/torch/lib/README", "")
        .link("/proc/200/cwd", "/home/alice");

    const Unpacked there(machine.capture());
    EXPECT_EQ(there.facts(), machine.facts());
}

TEST(Capture, OfAPrivateKeyHoldsNothing) {
    CapturedMachine machine;
    machine.file("/usr/local/lib/python3.11/dist-packages/key.pth",
                 "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n");

    EXPECT_EQ(machine.capture().find("b3BlbnNz"), std::string::npos);
}

}  // namespace
}  // namespace envkeep::gpu
