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

const std::string system_libraries = "/usr/lib/x86_64-linux-gnu/";
const std::string toolkit = "/usr/local/cuda-12.0/lib64/";

// The libraries that an image's toolkit has, with LD_LIBRARY_PATH to them.
void add_toolkit(LibraryMachine& machine) {
    machine
        .put({{toolkit + "libcudart.so.12.0.146", "plain/libcudart.so.12"},
              {toolkit + "libcublas.so.12.0.2.224", "plain/libcublas.so.12"},
              {toolkit + "libnvJitLink.so.12.0.140", "cuda_12_0/libnvJitLink.so.12"},
              {toolkit + "libcusparse.so.12.0.1.140", "plain/libcusparse.so.12"}})
        .link(toolkit + "libcudart.so.12", "libcudart.so.12.0.146")
        .link(toolkit + "libcublas.so.12", "libcublas.so.12.0.2.224")
        .link(toolkit + "libnvJitLink.so.12", "libnvJitLink.so.12.0.140")
        .link(toolkit + "libcusparse.so.12", "libcusparse.so.12.0.1.140")
        .link("/usr/local/cuda", "cuda-12.0")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda/lib64:/opt/mine/lib");
}

TEST(LoadedLibraries, AreThoseOfThePackages) {
    LibraryMachine machine;
    const Facts facts = machine.facts();
    const FrameworkLibraries* const torch = facts.python.notebooks.front().libraries.of("torch");
    ASSERT_NE(torch, nullptr);
    EXPECT_THAT(torch->missing, IsEmpty());
    EXPECT_THAT(torch->undefined, IsEmpty());
    const LoadedLibrary* const cudnn = torch->library("libcudnn_engines_precompiled.so.9");
    ASSERT_NE(cudnn, nullptr);
    EXPECT_EQ(cudnn->found.real,
              image_site + "/nvidia/cudnn/lib/libcudnn_engines_precompiled.so.9");
    EXPECT_EQ(cudnn->found.how, FoundBy::runpath);
    EXPECT_EQ(cudnn->version, "9.1.0.70");
    ASSERT_NE(torch->library("libnvJitLink.so.12"), nullptr);
    EXPECT_THAT(torch->library("libnvJitLink.so.12")->asked_by, HasSubstr("libcusparse.so.12"));
}

TEST(LoadedLibraries, OfTextFilesAreNotKnown) {
    testing::CapturedMachine machine;
    const Facts facts = machine.facts();
    const FrameworkLibraries* const torch = facts.python.notebooks.front().libraries.of("torch");
    ASSERT_NE(torch, nullptr);
    EXPECT_THAT(torch->loaded, IsEmpty());
    EXPECT_THAT(torch->missing, IsEmpty());
}

TEST(LoaderFaults, AnOlderLinkerIsFoundFirst) {
    LibraryMachine machine;
    add_toolkit(machine);
    EXPECT_THAT(machine.faults(), ElementsAre("ld-nvjitlink-old"));
    const model::Finding finding = machine.finding("ld-nvjitlink-old");
    EXPECT_TRUE(finding.is_cause);
    EXPECT_THAT(finding.fix.commands, ElementsAre("export LD_LIBRARY_PATH=/opt/mine/lib"));
    EXPECT_THAT(finding.fix.text, HasSubstr("`env:` in envkeep's manifest"));
    EXPECT_THAT(finding.evidence, Contains(HasSubstr("version 12.0.140")));
    EXPECT_THAT(finding.evidence, Contains(HasSubstr("needs __nvJitLinkAddData_12_1")));
}

TEST(LoaderFaults, ATorchThatOpensItsLinkerItselfIsWhole) {
    LibraryMachine machine;
    add_toolkit(machine);
    machine.torch_opens_linker();
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.file(image_site + "/torch/__init__.py",
                 "if version.cuda in [\"12.4\", \"12.6\"]:\n"
                 "    _preload_cuda_deps(\"nvjitlink\", \"libnvJitLink.so.*[0-9]\")\n");
    EXPECT_THAT(machine.faults(), ElementsAre("ld-nvjitlink-old"));
}

TEST(LoaderFaults, PartsOfCudnnOfAnotherVersion) {
    LibraryMachine machine;
    machine
        .put({{"/opt/cudnn/lib/libcudnn_ops.so.9.5.1", "plain/libcudnn_ops.so.9"},
              {"/opt/cudnn/lib/libcudnn_graph.so.9.5.1", "plain/libcudnn_graph.so.9"}})
        .link("/opt/cudnn/lib/libcudnn_ops.so.9", "libcudnn_ops.so.9.5.1")
        .link("/opt/cudnn/lib/libcudnn_graph.so.9", "libcudnn_graph.so.9.5.1")
        .kernel_variable("LD_LIBRARY_PATH", "/opt/cudnn/lib");
    EXPECT_THAT(machine.faults(), ElementsAre("ld-cudnn-mixed"));
    const model::Finding finding = machine.finding("ld-cudnn-mixed");
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_THAT(finding.fix.commands, ElementsAre("unset LD_LIBRARY_PATH"));
}

TEST(LoaderFaults, PartsOfCudnn8OfTheSystem) {
    LibraryMachine machine;
    machine.torch_of("torch_whole", "2.4.1+cu121");
    for (const std::string name : {"libcudart.so.12", "libcublas.so.12", "libnccl.so.2"}) {
        machine.put({{image_site + "/torch/lib/" + name, "plain/" + name}});
    }
    for (const std::string name :
         {"libcudnn.so.8", "libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}) {
        machine.put({{image_site + "/torch/lib/" + name, "plain/" + name}});
    }
    machine.put({{image_site + "/torch/lib/libcusparse.so.12", "plain/libcusparse.so.12"},
                 {image_site + "/torch/lib/libnvJitLink.so.12", "cuda_12_1/libnvJitLink.so.12"}});
    machine.file(image_site + "/torch-2.4.1+cu121.dist-info/METADATA",
                 "Name: torch\nVersion: 2.4.1+cu121\n");
    EXPECT_THAT(machine.faults(), IsEmpty());

    machine
        .put({{system_libraries + "libcudnn_cnn_infer.so.8.9.7", "plain/libcudnn_cnn_infer.so.8"}})
        .link(system_libraries + "libcudnn_cnn_infer.so.8", "libcudnn_cnn_infer.so.8.9.7")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/lib/x86_64-linux-gnu");
    // Of the copies in torch's own folder no file tells the version.
    EXPECT_THAT(machine.faults(), ElementsAre("ld-cudnn-mixed"));
    EXPECT_EQ(machine.finding("ld-cudnn-mixed").severity, model::Severity::warning);
}

TEST(LoaderFaults, APartOfCudnnThatOnlyTheSystemHas) {
    LibraryMachine machine;
    machine
        .put({{system_libraries + "libcudnn_engines_tensor_ir.so.9.12.0",
               "plain/libcudnn_engines_tensor_ir.so.9"}})
        .link(system_libraries + "libcudnn_engines_tensor_ir.so.9",
              "libcudnn_engines_tensor_ir.so.9.12.0");
    // This cuDNN does not know of that part.
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.put(
        {{image_site + "/nvidia/cudnn/lib/libcudnn_graph.so.9", "newer/libcudnn_graph.so.9"}});
    EXPECT_THAT(machine.faults(), ElementsAre("ld-cudnn-hole"));
    EXPECT_THAT(machine.finding("ld-cudnn-hole").fix.commands,
                ElementsAre("apt-get remove 'libcudnn9*'"));
}

TEST(LoaderFaults, PreloadsThatAreNotThere) {
    LibraryMachine machine;
    machine.kernel_variable("LD_PRELOAD", "/opt/gone/libtcmalloc.so.4 libs/of_a_folder.so");
    EXPECT_THAT(machine.faults(), ElementsAre("ld-preload-broken"));
    const model::Finding finding = machine.finding("ld-preload-broken");
    EXPECT_EQ(finding.severity, model::Severity::warning);
    EXPECT_THAT(finding.fix.commands, ElementsAre("unset LD_PRELOAD"));

    machine.put({{"/opt/gone/libtcmalloc.so.4", "plain/libnccl.so.2"}});
    EXPECT_THAT(machine.faults(), IsEmpty());
}

TEST(LoaderFaults, APreloadThatLacksALibraryStopsEveryProgram) {
    LibraryMachine machine;
    machine
        .put({{"/opt/hook/libhook.so", "hook/libhook.so"},
              {system_libraries + "libc.so.6", "glibc_2.36/libc.so.6"}})
        .file("/etc/ld.so.preload", "/opt/hook/libhook.so\n");
    EXPECT_THAT(machine.faults(), ElementsAre("ld-preload-broken"));
    const model::Finding finding = machine.finding("ld-preload-broken");
    EXPECT_EQ(finding.severity, model::Severity::error);
    EXPECT_THAT(finding.evidence, ElementsAre(HasSubstr("needs libnccl.so.2, which is not there")));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("sed -i '\\|/opt/hook/libhook.so|d' /etc/ld.so.preload"));
}

TEST(LoaderFaults, AnOlderCppLibraryIsFoundFirst) {
    LibraryMachine machine;
    machine.put({{"/opt/old/lib/libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"}})
        .kernel_variable("LD_LIBRARY_PATH", "/opt/old/lib");
    EXPECT_THAT(machine.faults(), ElementsAre("ld-libstdcxx-old"));
    const model::Finding finding = machine.finding("ld-libstdcxx-old");
    EXPECT_THAT(finding.title, HasSubstr("GLIBCXX_3.4.30"));
    EXPECT_THAT(finding.fix.commands, ElementsAre("unset LD_LIBRARY_PATH"));
}

TEST(LoaderFaults, AMountThatRunsNothing) {
    LibraryMachine machine;
    machine.mount("/").mount("/usr/local", "ext4", true);
    EXPECT_THAT(machine.faults(), ElementsAre("ld-noexec-mount"));
    machine.mount("/usr/local/lib");  // a mount below it that runs code
    EXPECT_THAT(machine.faults(), IsEmpty());
}

TEST(LoaderFaults, AnExecutableStackIsRefusedByANewGlibc) {
    LibraryMachine machine;
    machine.put({{image_site + "/torch/lib/libc10.so", "stack/libc10.so"},
                 {system_libraries + "libc.so.6", "glibc_2.36/libc.so.6"}});
    machine.remove(image_site + "/torch-2.4.1+cu121.dist-info/RECORD");
    EXPECT_THAT(machine.faults(), IsEmpty());
    machine.put({{system_libraries + "libc.so.6", "glibc_2.41/libc.so.6"}});
    EXPECT_THAT(machine.faults(), ElementsAre("ld-execstack"));
    EXPECT_THAT(machine.finding("ld-execstack").fix.commands,
                ElementsAre("patchelf --clear-execstack " + image_site + "/torch/lib/libc10.so"));
}

}  // namespace
}  // namespace envkeep::gpu
