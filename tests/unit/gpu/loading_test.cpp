// SPDX-License-Identifier: MIT
#include "gpu/loading.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/processes.hpp"
#include "gpu/bytes.hpp"
#include "library_machine.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace envkeep::gpu {
namespace {

using testing::made;
using testing::TempTree;
using ::testing::UnorderedElementsAreArray;

// torch's files and NVIDIA's packages as pip lays them out, and a toolkit.
void lay_out(TempTree& tree, const std::string& torch) {
    for (const std::string name : {"libc10.so",
                                   "libc10_cuda.so",
                                   "libtorch_cpu.so",
                                   "libtorch_cuda.so",
                                   "libtorch_python.so"}) {
        tree.file("site/torch/lib/" + name, made(torch + '/' + name));
    }
    tree.file("site/torch/_C.so", made(torch + "/_C.so"));
    const std::map<std::string, std::string> packages{
        {"cublas", "plain/libcublas.so.12"},
        {"cuda_runtime", "plain/libcudart.so.12"},
        {"cudnn", "plain/libcudnn.so.9"},
        {"cusparse", "cuda_12_1/libcusparse.so.12"},
        {"nccl", "plain/libnccl.so.2"},
        {"nvjitlink", "cuda_12_1/libnvJitLink.so.12"}};
    for (const auto& [package, name] : packages) {
        const std::string file = name.substr(name.rfind('/') + 1);
        tree.file("site/nvidia/" + package + "/lib/" + file, made(name));
        tree.file("toolkit/" + file, made(name));
    }
    tree.file("toolkit/libstdc++.so.6", made("cpp_3.4.30/libstdc++.so.6"));
}

// What the machine's own loader maps for torch._C, as "soname => path".
std::vector<std::string> taken_by_the_loader(const TempTree& tree, const std::string& variable) {
    const std::string printed = posix::Processes()
                                    .run({.words = {"/usr/bin/env",
                                                    "LD_LIBRARY_PATH=" + variable,
                                                    "/lib64/ld-linux-x86-64.so.2",
                                                    "--list",
                                                    tree / "site/torch/_C.so"},
                                          .environment = {},
                                          .limit = std::chrono::seconds(20)})
                                    .value()
                                    .output;
    std::vector<std::string> taken;
    for (std::string_view line : split(printed, '\n')) {
        line = trimmed(line);
        line = line.substr(0, line.find(" (0x"));
        const std::size_t arrow = line.find(" => ");
        if (arrow != std::string_view::npos && line.starts_with("lib") &&
            !line.starts_with("libc.so.6") && !line.starts_with("libm.so.6") &&
            !line.starts_with("libgcc_s")) {
            const std::string path(line.substr(arrow + 4));
            taken.push_back(std::string(line.substr(0, arrow + 4)) +
                            posix::Inspector().real_path(path).value_or("not found"));
        }
    }
    EXPECT_GT(taken.size(), 10) << printed;
    return taken;
}

std::vector<std::string> taken_by_the_emulation(const TempTree& tree, const std::string& variable) {
    const posix::Inspector machine;
    const LibrarySearch search(machine, variable);
    Loading loading(search, "/none");
    EXPECT_TRUE(loading.open(tree / "site/torch/_C.so"));
    std::vector<std::string> taken;
    for (const LoadedLibrary& one : loading.loaded()) {
        if (!one.soname.starts_with("_C")) {
            taken.push_back(one.soname + " => " + one.found.real);
        }
    }
    for (const MissingLibrary& one : loading.missing()) {
        taken.push_back(one.soname + " => not found");
    }
    return taken;
}

TEST(Loading, LoadsWhatTheLoaderLoads) {
    TempTree tree;
    lay_out(tree, "torch_wheel");
    for (const std::string& variable :
         {std::string(), tree / "toolkit", "/none:" + (tree / "site/nvidia/cublas/lib")}) {
        EXPECT_THAT(taken_by_the_emulation(tree, variable),
                    UnorderedElementsAreArray(taken_by_the_loader(tree, variable)))
            << variable;
    }
    lay_out(tree, "torch_conda");  // whose search path leads elsewhere
    EXPECT_THAT(taken_by_the_emulation(tree, tree / "toolkit"),
                UnorderedElementsAreArray(taken_by_the_loader(tree, tree / "toolkit")));
}

TEST(Loading, OfWhatIsNotThereIsRefused) {
    const posix::Inspector inspector;
    const LibrarySearch search(inspector, "");
    Loading loading(search, "/none");
    EXPECT_FALSE(loading.open("/none/libtorch.so"));
    EXPECT_FALSE(loading.open("libcudnn.so.9", "libnone.so"));
    EXPECT_TRUE(loading.loaded().empty());
}

// A file that asks 2000 times for a library that is nowhere: its dynamic section is written anew
// at the end.
std::string greedy_library() {
    std::string bytes = made("hook/libhook.so");
    const auto segments = number_at<std::uint64_t>(bytes, 32);
    const auto count = number_at<std::uint16_t>(bytes, 56);
    for (std::size_t at = segments; at < segments + count * 56; at += 56) {
        constexpr std::uint32_t dynamic = 2;
        if (number_at<std::uint32_t>(bytes, at) == dynamic) {
            const std::string table = bytes.substr(number_at<std::uint64_t>(bytes, at + 8),
                                                   number_at<std::uint64_t>(bytes, at + 32));
            const std::string need = table.substr(0, 16);  // DT_NEEDED stands first
            const std::uint64_t offset = bytes.size();
            const std::uint64_t size = 2000 * need.size() + table.size();
            for (int i = 0; i < 2000; ++i) {
                bytes += need;
            }
            bytes += table;
            std::memcpy(bytes.data() + at + 8, &offset, sizeof offset);
            std::memcpy(bytes.data() + at + 32, &size, sizeof size);
        }
    }
    return bytes;
}

TEST(Loading, EndsWhereThereIsTooMuch) {
    TempTree tree;
    tree.file("empty/x", "").file("greedy.so", greedy_library());
    const posix::Inspector machine = posix::Inspector::captured(tree.path()).value();
    const LibrarySearch search(machine, "");
    Loading loading(search, "/none");

    EXPECT_TRUE(loading.open("/greedy.so"));
    EXPECT_TRUE(loading.is_cut_short());
    EXPECT_EQ(loading.missing().size(), 1);
}

TEST(OfferedSymbols, AreThoseOfTheFile) {
    TempTree tree;
    tree.file("libc10.so", made("torch_wheel/libc10.so"))
        .file("wrong.so", made("extension/wrong.so"))
        .file("text.so", "text");
    const posix::Inspector machine;

    const auto offered = OfferedSymbols::read(machine, tree / "libc10.so");
    ASSERT_TRUE(offered.has_value());
    EXPECT_TRUE(offered->has("_ZN3c105ErrorC2Ev"));
    EXPECT_FALSE(offered->has("_ZN3c105ErrorC2"));
    EXPECT_FALSE(offered->has("_ZN3c106detail14torchCheckFailEv"));
    EXPECT_FALSE(OfferedSymbols::read(machine, tree / "text.so").has_value());
    EXPECT_THAT(
        undefined_symbols(machine, tree / "wrong.so", {"_ZN3c10"}),
        UnorderedElementsAreArray({"_ZN3c105ErrorC2Ev", "_ZN3c106detail14torchCheckFailEv"}));
    EXPECT_TRUE(undefined_symbols(machine, tree / "libc10.so", {"_ZN3c10"}).empty());
}

TEST(NeededVersions, AreReadOfTheCxxLibrary) {
    TempTree tree;
    tree.file("libtorch_cpu.so", made("torch_wheel/libtorch_cpu.so"));
    const posix::Inspector machine;
    const Elf elf = read_elf(machine, tree / "libtorch_cpu.so").value();

    EXPECT_THAT(elf.cxx_versions, ::testing::ElementsAre("GLIBCXX_3.4.30"));
}

TEST(OfferedVersions, AreThoseThatObjdumpTells) {
    TempTree tree;
    tree.file("libtorch_cpu.so", made("torch_wheel/libtorch_cpu.so"));
    const posix::Inspector machine;
    EXPECT_TRUE(read_elf(machine, tree / "libtorch_cpu.so")->offered_cxx_versions.empty());

    const std::string library = LibrarySearch(machine, "").find("libstdc++.so.6")->real;
    const std::string printed =
        posix::Processes()
            .run({.words = {"/bin/sh",
                            "-c",
                            "objdump -p \"$0\" | sed -n '/^Version definitions/,/^$/p' | "
                            "awk 'NF == 4 { print $4 }'",
                            library},
                  .environment = {"PATH=/usr/bin:/bin"},
                  .limit = std::chrono::seconds(20)})
            .value()
            .output;
    const std::vector<std::string> offered = read_elf(machine, library)->offered_cxx_versions;

    EXPECT_THAT(offered, ::testing::Contains("GLIBCXX_3.4.30"));
    EXPECT_EQ(fmt::format("{}\n", fmt::join(offered, "\n")), printed);
}

// Cut short at many places, and with noise there.
void for_each_damage(const std::string& whole, const std::function<void(const Elf&)>& call) {
    for (std::size_t at = 0; at < whole.size(); at += 53) {
        TempTree tree;
        std::string bytes = whole;
        bytes.replace(at, std::min<std::size_t>(8, whole.size() - at), 8, '\xff');
        tree.file("cut.so", whole.substr(0, at)).file("odd.so", bytes);
        for (const std::string name : {"cut.so", "odd.so"}) {
            if (const auto elf = read_elf(posix::Inspector(), tree / name)) {
                call(*elf);
            }
        }
    }
}

// A table that cannot be read says nothing of what is missing.
TEST(OfferedVersions, OfADamagedFileAreFewAndNotEmptyNames) {
    int read = 0;
    for_each_damage(made("cpp_3.4.30/libstdc++.so.6"), [&](const Elf& elf) {
        EXPECT_LE(elf.offered_cxx_versions.size(), 200);
        EXPECT_THAT(elf.offered_cxx_versions, ::testing::Not(::testing::Contains("")));
        ++read;
    });
    EXPECT_GT(read, 0);
}

TEST(NeededVersions, OfADamagedFileAreFew) {
    int read = 0;
    for_each_damage(made("torch_wheel/libtorch_cpu.so"), [&](const Elf& elf) {
        EXPECT_LE(elf.cxx_versions.size(), 200);
        ++read;
    });
    EXPECT_GT(read, 0);
}

// A captured file may say anything of itself.
TEST(SymbolsOfDamagedFiles, AreNone) {
    const std::string whole = made("extension/wrong.so");
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        TempTree tree;
        std::string bytes = whole.substr(0, size);
        tree.file("cut.so", bytes);
        bytes = whole;
        bytes.replace(size, std::min<std::size_t>(8, whole.size() - size), 8, '\xff');
        tree.file("odd.so", bytes);
        for (const std::string name : {"cut.so", "odd.so"}) {
            const posix::Inspector machine;
            const std::string path = tree / name;
            if (const auto offered = OfferedSymbols::read(machine, path)) {
                EXPECT_FALSE(offered->has("no_such_name"));
            }
            EXPECT_LE(undefined_symbols(machine, path, {"_ZN"}).size(), 3);
        }
    }
}

}  // namespace
}  // namespace envkeep::gpu
