// SPDX-License-Identifier: MIT
#include "gpu/library_search.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/processes.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace envkeep::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using std::string_literals::operator""s;

const std::string libraries = ENVKEEP_LIBRARIES_DIR;

std::string output_of(std::vector<std::string> words) {
    return posix::Processes()
        .run({.words = std::move(words), .environment = {}, .limit = std::chrono::seconds(20)})
        .value()
        .output;
}

std::string number(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

// A cache in the new form with one library of that kind.
std::string cache_of(std::string_view name, std::string_view path, std::uint32_t kind = 0x0303) {
    const auto strings = static_cast<std::uint32_t>(48 + 24);
    std::string bytes = "glibc-ld.so.cache1.1" + number(1) + number(0) + std::string(20, '\0');
    bytes += number(kind) + number(strings) +
             number(strings + static_cast<std::uint32_t>(name.size()) + 1) + number(0) + number(0) +
             number(0);
    return bytes.append(name).append(1, '\0').append(path).append(1, '\0');
}

TEST(LdCache, IsReadAsLdconfigPrintsIt) {
    const std::string printed = output_of({"/sbin/ldconfig", "-p"});
    auto cache = parse_ld_cache(posix::Inspector().read("/etc/ld.so.cache", 1U << 24U).value());

    std::size_t compared = 0;
    for (const std::string_view line : split(printed, '\n')) {
        const std::size_t arrow = line.find(" (libc6,x86-64) => ");
        if (arrow != std::string_view::npos) {
            const std::string name(trimmed(line.substr(0, arrow)));
            ASSERT_TRUE(cache.contains(name)) << name;
            compared += cache.at(name) == line.substr(line.rfind(' ') + 1) ? 1 : 0;
        }
    }
    std::erase_if(cache,
                  [](const auto& entry) { return entry.first.find('/') != std::string::npos; });
    EXPECT_GT(compared, 0U);
    EXPECT_EQ(compared, cache.size());
}

// What glibc writes today, what it wrote until 2.31, and both in one file.
TEST(LdCache, IsReadInEveryFormThatLdconfigWrites) {
    testing::TempTree tree;
    const std::string folder = tree / "lib";
    tree.file("lib/libleaf.so",
              posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value())
        .file("conf", folder + '\n');
    const std::map<std::string, std::string> beginnings{
        {"new", "glibc-ld.so.cache1.1"}, {"compat", "ld.so-1.7.0"}, {"old", "ld.so-1.7.0"}};
    for (const auto& [form, beginning] : beginnings) {
        const std::string cache = tree / ("cache." + form);
        output_of({"/sbin/ldconfig", "-X", "-c", form, "-C", cache, "-f", tree / "conf"});
        const std::string bytes = tree.content("cache." + form);

        EXPECT_TRUE(bytes.starts_with(beginning)) << form;
        EXPECT_EQ(bytes.find("glibc-ld.so.cache1.1") == std::string::npos, form == "old") << form;
        EXPECT_THAT(parse_ld_cache(bytes), Contains(Pair("libleaf.so", folder + "/libleaf.so")))
            << form;
    }
}

TEST(LdCache, HasTwoForms) {
    const std::string fresh = cache_of("libcuda.so.1", "/usr/lib/libcuda.so.1");
    const std::string old =
        "ld.so-1.7.0\0"s + number(1) + number(0x0303) + number(0) + number(4) + "a.so\0"s;

    EXPECT_THAT(parse_ld_cache(fresh), ElementsAre(Pair("libcuda.so.1", "/usr/lib/libcuda.so.1")));
    EXPECT_THAT(parse_ld_cache("ld.so-1.7.0\0"s + number(1) + std::string(12, '\0') +
                               std::string(4, '\0') + fresh),
                ElementsAre(Pair("libcuda.so.1", "/usr/lib/libcuda.so.1")));
    EXPECT_TRUE(parse_ld_cache(old).empty());
    EXPECT_TRUE(parse_ld_cache(cache_of("a.so", "/a.so", 0x0003)).empty());
}

TEST(LdCache, OldFormAloneIsRead) {
    EXPECT_THAT(parse_ld_cache("ld.so-1.7.0\0"s + number(1) + number(0x0303) + number(0) +
                               number(5) + "a.so\0/a.so\0"s),
                ElementsAre(Pair("a.so", "/a.so")));
}

// From each entry to the end of the file: minutes, if it were searched so.
TEST(LdCache, WithoutEndsOfItsNamesIsReadInTime) {
    std::string bytes = "ld.so-1.7.0\0"s + number(800'000);
    for (std::uint32_t i = 0; i < 800'000; ++i) {
        bytes += number(0x0303) + number(0) + number(1);
    }
    EXPECT_TRUE(parse_ld_cache(bytes.append(8'000'000, 'x')).empty());
}

TEST(LdCache, ThatIsDamagedEndsWhereItIs) {
    const std::string whole = cache_of("libcuda.so.1", "/usr/lib/libcuda.so.1");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_TRUE(parse_ld_cache(std::string_view(whole).substr(0, size)).empty()) << size;
    }
    EXPECT_TRUE(parse_ld_cache("glibc-ld.so.cache1.1" + number(0xffffffff)).empty());
    EXPECT_TRUE(parse_ld_cache("ld.so-1.7.0\0"s + number(0xffffffff)).empty());
}

// The folder below `libraries` that a library lies in.
std::string folder_of(const std::string& path) {
    const std::string real = posix::Inspector().real_path(path).value_or(std::string());
    return real.empty() ? "none"
                        : real.substr(libraries.size() + 1, real.rfind('/') - libraries.size() - 1);
}

// Where the machine's own loader takes libleaf.so from.
std::string taken_by_the_loader(const std::string& program, const std::string& variable) {
    const std::string printed = output_of({"/usr/bin/env",
                                           "LD_LIBRARY_PATH=" + variable,
                                           "LD_TRACE_LOADED_OBJECTS=1",
                                           libraries + "/programs/" + program});
    const std::size_t arrow = printed.find("libleaf.so => ");
    EXPECT_NE(arrow, std::string::npos) << printed;
    const std::size_t begin = printed.find('/', arrow);
    const std::size_t end = printed.find('\n', arrow);
    return begin < end ? folder_of(printed.substr(begin, printed.find(' ', begin) - begin))
                       : "none";
}

std::string taken_by_the_search(const std::string& program, const std::string& variable) {
    const posix::Inspector machine;
    const LibrarySearch search(machine, variable);
    const Elf top = read_elf(machine, libraries + "/programs/" + program).value();
    const auto middle = search.find("libmiddle.so", {&top});
    const Elf needing = read_elf(machine, middle->path).value();
    const auto leaf = search.find("libleaf.so", {&needing, &top});
    return leaf ? folder_of(leaf->path) : "none";
}

TEST(LibrarySearch, TakesWhatTheLoaderTakes) {
    for (const std::string program : {"program_rpath_plain",
                                      "program_rpath_runpath",
                                      "program_runpath_plain",
                                      "program_runpath_runpath"}) {
        for (const std::string& variable : {std::string(),
                                            libraries + "/leaf_2",
                                            libraries + "/leaf_1:" + libraries + "/leaf_2"}) {
            EXPECT_EQ(taken_by_the_search(program, variable),
                      taken_by_the_loader(program, variable))
                << program << " with " << variable;
        }
    }
}

// A process in `folder`, with the path as it is meant: "./libleaf.so" is below that.
std::string path_of_the_loader(const std::string& folder, const std::string& variable) {
    const std::string printed = output_of({"/usr/bin/env",
                                           "-C",
                                           folder,
                                           "LD_LIBRARY_PATH=" + variable,
                                           "LD_TRACE_LOADED_OBJECTS=1",
                                           libraries + "/programs/program_runpath_plain"});
    // Without an arrow where the path is the name, in the folder of the process.
    constexpr std::string_view arrow = "libleaf.so => ";
    const std::size_t at = printed.find(arrow);
    const std::size_t begin =
        at == std::string::npos ? printed.find("libleaf.so") : at + arrow.size();
    EXPECT_NE(begin, std::string::npos) << printed;
    const std::string path = printed.substr(begin, printed.find_first_of(" \n", begin) - begin);
    return posix::Inspector()
        .real_path(path.starts_with('/') ? path : folder + '/' + path)
        .value_or("none");
}

std::string path_of_the_search(const std::string& folder, const std::string& variable) {
    const posix::Inspector machine;
    const LibrarySearch search(machine, variable, folder);
    const Elf top = read_elf(machine, libraries + "/programs/program_runpath_plain").value();
    const Elf needing = read_elf(machine, search.find("libmiddle.so", {&top}).value().path).value();
    const auto leaf = search.find("libleaf.so", {&needing, &top});
    return leaf ? leaf->real : "none";
}

TEST(LibrarySearch, StartsFromTheFolderOfTheProcessAsTheLoaderDoes) {
    testing::TempTree tree;
    const std::string leaf =
        posix::Inspector().read(libraries + "/leaf_2/libleaf.so", 1U << 24U).value();
    tree.file("here/libleaf.so", leaf).file("here/below/libleaf.so", leaf).folder("none");
    for (const std::string& variable : {""s,
                                        "."s,
                                        ":"s,
                                        "below"s,
                                        "/none:"s,
                                        ":/none"s,
                                        "./below"s,
                                        "below;/none"s,
                                        "/none::below"s,
                                        "../here/below"s}) {
        for (const std::string folder : {"here", "none"}) {
            EXPECT_EQ(path_of_the_search(tree / folder, variable),
                      path_of_the_loader(tree / folder, variable))
                << folder << " with '" << variable << "'";
        }
    }
    EXPECT_EQ(path_of_the_search(tree / "here", ":"), tree / "here/libleaf.so");
}

// LD_LIBRARY_PATH of many images names the folder of the 32 bit driver first.
TEST(LibrarySearch, PassesOverLibrariesOf32BitsAsTheLoaderDoes) {
    testing::TempTree tree;
    const std::string leaf =
        posix::Inspector().read(libraries + "/leaf_2/libleaf.so", 1U << 24U).value();
    std::string of_32_bits = leaf;
    of_32_bits[4] = 1;  // ELFCLASS32
    tree.file("lib/libleaf.so", of_32_bits).file("lib64/libleaf.so", leaf);

    EXPECT_EQ(path_of_the_search("/", tree / "lib:" + tree / "lib64"), tree / "lib64/libleaf.so");
    for (const std::string& variable : {tree / "lib", tree / "lib:" + tree / "lib64"}) {
        EXPECT_EQ(path_of_the_search("/", variable), path_of_the_loader("/", variable)) << variable;
    }
    const posix::Inspector machine;
    EXPECT_FALSE(LibrarySearch(machine, tree / "lib").find("libleaf.so").has_value());
    // What is cut short ends the search, in the loader with an error.
    tree.file("lib/libleaf.so", of_32_bits.substr(0, 20));
    EXPECT_TRUE(LibrarySearch(machine, tree / "lib").find("libleaf.so").has_value());
}

TEST(LibrarySearch, LeavesOutAFolderThatIsNotKnown) {
    const posix::Inspector machine;
    EXPECT_TRUE(LibrarySearch(machine, ".::lib").variable_folders().empty());
    EXPECT_TRUE(LibrarySearch(machine, "", "/tmp").variable_folders().empty());
}

TEST(LibrarySearch, TakesTheVariantForTheProcessorThatTheLoaderTakes) {
    testing::TempTree tree;
    const std::string leaf =
        posix::Inspector().read(libraries + "/leaf_2/libleaf.so", 1U << 24U).value();
    tree.file("all/libleaf.so", leaf).file("plain/libleaf.so", leaf);
    for (const std::string level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
        tree.file("all/glibc-hwcaps/" + level + "/libleaf.so", leaf);
        tree.file(level + "/glibc-hwcaps/" + level + "/libleaf.so", leaf);
        tree.file(level + "/libleaf.so", leaf);
        tree.folder("plain/glibc-hwcaps/" + level);
    }
    for (const std::string folder : {"all", "plain", "x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
        EXPECT_EQ(path_of_the_search("/", tree / folder), path_of_the_loader("/", tree / folder))
            << folder;
    }
}

TEST(LibrarySearch, TakesNoVariantForANewerProcessor) {
    testing::TempTree tree;
    const std::string elf =
        posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value();
    const std::string second =
        "processor\t: 0\nflags\t\t: fpu cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
    const std::string variant = "/opt/glibc-hwcaps/x86-64-v";
    tree.file("m" + variant + "2/libnccl.so.2", elf)
        .file("m" + variant + "3/libnccl.so.2", elf)
        .file("m/opt/libnccl.so.2", elf)
        .file("m/proc/cpuinfo", second + "\nbugs\t\t: avx\n");
    const auto found = [&] {
        const posix::Inspector machine = posix::Inspector::captured(tree / "m").value();
        return LibrarySearch(machine, "/opt").find("libnccl.so.2").value().path;
    };
    EXPECT_EQ(found(), variant + "2/libnccl.so.2");

    tree.file("m/proc/cpuinfo", second + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave\n");
    EXPECT_EQ(found(), variant + "3/libnccl.so.2");

    tree.file("m/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu avx avx2 bmi1\n");
    EXPECT_EQ(found(), "/opt/libnccl.so.2");

    tree.remove("m/proc/cpuinfo");
    EXPECT_EQ(found(), "/opt/libnccl.so.2");
}

// As ldconfig writes it of a folder with variants.
TEST(LibrarySearch, KnowsVariantsOfTheCache) {
    testing::TempTree tree;
    const std::string leaf =
        posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value();
    const std::string variant = "/opt/lib/glibc-hwcaps/x86-64-v2/libleaf.so";
    tree.file("m/opt/lib/libleaf.so", leaf)
        .file("m" + variant, leaf)
        .file("m/etc/ld.so.conf", "/opt/lib\n");
    output_of({"/sbin/ldconfig", "-X", "-r", tree / "m"});
    EXPECT_THAT(parse_ld_cache(tree.content("m/etc/ld.so.cache")),
                ::testing::AllOf(Contains(Pair("libleaf.so", "/opt/lib/libleaf.so")),
                                 Contains(Pair("glibc-hwcaps/x86-64-v2/libleaf.so", variant))));

    const auto found = [&] {
        const posix::Inspector machine = posix::Inspector::captured(tree / "m").value();
        return LibrarySearch(machine, "").in_cache("libleaf.so").value_or("none");
    };
    EXPECT_EQ(found(), "/opt/lib/libleaf.so");
    tree.file("m/proc/cpuinfo", "cpu : 0\nflags : cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3\n");
    EXPECT_EQ(found(), variant);
    tree.remove("m" + variant);
    EXPECT_EQ(found(), "/opt/lib/libleaf.so");
}

TEST(LibrarySearch, SaysHowItFound) {
    testing::TempTree tree;
    const std::string elf =
        posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value();
    tree.file("m/etc/ld.so.cache", cache_of("libcuda.so.1", "/opt/cached/libcuda.so.1"))
        .file("m/opt/cached/libcuda.so.535.1", elf)
        .link("m/opt/cached/libcuda.so.1", "libcuda.so.535.1")
        .file("m/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", elf)
        .file("m/opt/mine/libcuda.so.1", elf);
    const posix::Inspector machine = posix::Inspector::captured(tree / "m").value();

    const auto cached = LibrarySearch(machine, "").find("libcuda.so.1");
    const auto mine = LibrarySearch(machine, "/none:/opt/mine").find("libcuda.so.1");
    const auto plain = LibrarySearch(machine, "").find("libnvidia-ml.so.1");

    EXPECT_EQ(cached->how, FoundBy::cache);
    EXPECT_EQ(cached->real, "/opt/cached/libcuda.so.535.1");
    EXPECT_EQ(mine->how, FoundBy::variable);
    EXPECT_EQ(mine->because, "/opt/mine");
    EXPECT_EQ(plain->how, FoundBy::default_folder);
    EXPECT_FALSE(LibrarySearch(machine, "").find("libnone.so.1").has_value());
}

TEST(LibrarySearch, PutsInTheFolderOfTheAskerOnce) {
    testing::TempTree tree;
    const std::string elf =
        posix::Inspector().read(libraries + "/programs/program_rpath_plain", 1U << 24U).value();
    const std::string leaf =
        posix::Inspector().read(libraries + "/leaf_2/libleaf.so", 1U << 24U).value();
    tree.file("m/opt/$ORIGIN/program", elf).file("m/opt/leaf_2/libleaf.so", leaf);
    const posix::Inspector machine = posix::Inspector::captured(tree / "m").value();
    const Elf top = read_elf(machine, "/opt/$ORIGIN/program").value();

    const auto found = LibrarySearch(machine, "").find("libleaf.so", {&top});

    EXPECT_EQ(found->real, "/opt/leaf_2/libleaf.so");
}

TEST(LibrarySearch, PassesOverACacheEntryWhoseFileIsGone) {
    testing::TempTree tree;
    tree.file("m/etc/ld.so.cache", cache_of("libcuda.so.1", "/gone/libcuda.so.1"));
    const posix::Inspector machine = posix::Inspector::captured(tree / "m").value();

    EXPECT_FALSE(LibrarySearch(machine, "").find("libcuda.so.1").has_value());
}

}  // namespace
}  // namespace envkeep::gpu
