// SPDX-License-Identifier: MIT
#include "gpu/elf.hpp"

#include "envkeep/posix/inspector.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string made_libraries = ENVKEEP_LIBRARIES_DIR;

Elf elf_of(const std::string& path) {
    return read_elf(posix::Inspector(), path).value();
}

TEST(Elf, OfAProgramNamesItsLoaderAndWhatItNeeds) {
    const Elf elf = elf_of("/proc/self/exe");

    EXPECT_THAT(elf.interpreter, StartsWith("/lib"));
    EXPECT_THAT(elf.needed, Contains(std::string("libc.so.6")));
    EXPECT_FALSE(elf.wants_executable_stack);
}

TEST(Elf, TellsTheTwoKindsOfSearchPaths) {
    EXPECT_THAT(elf_of(made_libraries + "/programs/program_rpath_plain").rpath,
                ElementsAre("$ORIGIN/../middle_plain", "$ORIGIN/../leaf_2"));
    EXPECT_TRUE(elf_of(made_libraries + "/programs/program_rpath_plain").runpath.empty());
    EXPECT_THAT(elf_of(made_libraries + "/middle_runpath/libmiddle.so").runpath,
                ElementsAre("$ORIGIN/../leaf_1"));
    EXPECT_EQ(elf_of(made_libraries + "/leaf_1/libleaf.so").soname, "libleaf.so");
}

TEST(Elf, HasTheNamesOfItsSymbols) {
    const Elf middle = elf_of(made_libraries + "/middle_plain/libmiddle.so");
    const std::string strings = dynamic_strings(posix::Inspector(), middle).value();

    EXPECT_TRUE(has_name(strings, "middle_number"));
    EXPECT_TRUE(has_name(strings, "leaf_number"));
    EXPECT_FALSE(has_name(strings, "leaf_numbe"));
    EXPECT_FALSE(has_name(strings, "iddle_number"));
}

TEST(Elf, HasTheVersionsOfItsSymbols) {
    using std::string_literals::operator""s;
    EXPECT_EQ(highest_version("\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0CXXABI_1.3\0"s, "GLIBCXX"),
              "GLIBCXX_3.4.30");
    EXPECT_EQ(highest_version("\0XGLIBCXX_3.4.9\0GLIBCXX_DEBUG\0"s, "GLIBCXX"), std::nullopt);
}

// From each name to the end of the table: hours, if it were searched so.
TEST(Elf, WithNamesThatHaveNoEndIsReadInTime) {
    std::string strings;
    while (strings.size() < 8'000'000) {
        strings += "GLIBC_";
    }
    EXPECT_EQ(highest_version(strings, "GLIBC"), std::nullopt);
}

TEST(Elf, OfAFileThatIsCutShortIsRefusedOrReadAsFarAsItGoes) {
    testing::TempTree tree;
    const std::string whole =
        posix::Inspector().read(made_libraries + "/leaf_1/libleaf.so", 1U << 24U).value();

    for (std::size_t size = 0; size < whole.size(); size += 61) {
        tree.file("cut", std::string_view(whole).substr(0, size));

        const Result<Elf> elf = read_elf(posix::Inspector(), tree / "cut");

        EXPECT_TRUE(size >= 120 || !elf.has_value()) << size;
    }
}

TEST(Elf, ThatLacksItsEndIsNotWhole) {
    testing::TempTree tree;
    const std::string whole =
        posix::Inspector().read(made_libraries + "/leaf_1/libleaf.so", 1U << 24U).value();

    EXPECT_TRUE(is_whole_elf(posix::Inspector(), made_libraries + "/leaf_1/libleaf.so"));
    tree.file("longer", whole + "more");
    EXPECT_TRUE(is_whole_elf(posix::Inspector(), tree / "longer"));
    for (std::size_t size = 0; size < whole.size(); size += 61) {
        tree.file("cut", std::string_view(whole).substr(0, size));
        EXPECT_FALSE(is_whole_elf(posix::Inspector(), tree / "cut")) << size;
    }
    EXPECT_FALSE(is_whole_elf(posix::Inspector(), "/etc/passwd"));
    EXPECT_FALSE(is_whole_elf(posix::Inspector(), "/none"));
}

TEST(Elf, OfTorchSaysWhatItHasCodeFor) {
    const std::string made = ENVKEEP_MADE_LIBRARIES_DIR;
    const auto targets = [](const std::string& path) {
        return torch_targets(posix::Inspector(), path);
    };

    EXPECT_THAT(targets(made + "/targets_old/libtorch_python.so"),
                ElementsAre("sm_50", "sm_60", "sm_70"));
    EXPECT_THAT(targets(made + "/targets_new/libtorch_python.so"),
                ElementsAre("sm_75", "sm_80", "sm_90a", "compute_90"));
    EXPECT_THAT(targets(made + "/targets_single/libtorch_python.so"), IsEmpty())
        << "one name alone may stand there for anything";
    EXPECT_THAT(targets(made + "/torch_wheel/libtorch_python.so"), IsEmpty());
    EXPECT_THAT(targets("/etc/passwd"), IsEmpty());
    EXPECT_THAT(targets("/none"), IsEmpty());
}

// The text of that library changed in place, as noise or another list would have it.
TEST(Elf, OfTorchWithDoubtfulWordsSaysNothing) {
    testing::TempTree tree;
    const std::string made =
        posix::Inspector()
            .read(ENVKEEP_MADE_LIBRARIES_DIR "/targets_old/libtorch_python.so", 1U << 24U)
            .value();
    const std::string text = "sm_50 sm_60 sm_70";
    const std::size_t at = made.find(text);
    ASSERT_NE(at, std::string::npos);
    const auto targets_with = [&](std::string_view other) {
        std::string bytes = made;
        bytes.replace(at, text.size(), other.substr(0, text.size()));
        tree.file("torch.so", bytes);
        return torch_targets(posix::Inspector(), tree / "torch.so");
    };
    using std::string_view_literals::operator""sv;

    EXPECT_THAT(targets_with("sm_50 sm_60 sm_80"), ElementsAre("sm_50", "sm_60", "sm_80"));
    EXPECT_THAT(targets_with("sm_120f\0sm_50 sm_6"sv), IsEmpty()) << "cut before the text's end";
    EXPECT_THAT(targets_with("sm_5 sm_6\0sm_7 sm_"), IsEmpty());
    EXPECT_THAT(targets_with("sm_5\0sm_6\0\0\0\0\0\0\0\0"sv), IsEmpty());
    EXPECT_THAT(targets_with("sm_ 0 sm_60 sm_70"), IsEmpty());
    EXPECT_THAT(targets_with("sm_50  sm_60 sm_7"), IsEmpty());
    EXPECT_THAT(targets_with("sm_50 sm_60x sm_7"), IsEmpty());
    EXPECT_THAT(targets_with("sm_8 sm_9\0sm_1 sm_"sv.substr(0, 10)), IsEmpty());
}

TEST(Elf, WithNumbersThatLeadNowhereIsRefused) {
    testing::TempTree tree;
    std::string bytes =
        posix::Inspector().read(made_libraries + "/leaf_1/libleaf.so", 1U << 24U).value();
    bytes.replace(54, 2, "\xff\xff");  // size of a program header

    tree.file("odd", bytes);

    EXPECT_EQ(read_elf(posix::Inspector(), tree / "odd").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(read_elf(posix::Inspector(), "/etc/passwd").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(read_elf(posix::Inspector(), tree / "none").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace envkeep::gpu
