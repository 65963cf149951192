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
using ::testing::StartsWith;

const std::string libraries = ENVKEEP_LIBRARIES_DIR;

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
    EXPECT_THAT(elf_of(libraries + "/programs/program_rpath_plain").rpath,
                ElementsAre("$ORIGIN/../middle_plain", "$ORIGIN/../leaf_2"));
    EXPECT_TRUE(elf_of(libraries + "/programs/program_rpath_plain").runpath.empty());
    EXPECT_THAT(elf_of(libraries + "/middle_runpath/libmiddle.so").runpath,
                ElementsAre("$ORIGIN/../leaf_1"));
    EXPECT_EQ(elf_of(libraries + "/leaf_1/libleaf.so").soname, "libleaf.so");
}

TEST(Elf, HasTheNamesOfItsSymbols) {
    const Elf middle = elf_of(libraries + "/middle_plain/libmiddle.so");
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

TEST(Elf, OfAFileThatIsCutShortIsRefusedOrReadAsFarAsItGoes) {
    testing::TempTree tree;
    const std::string whole =
        posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value();

    for (std::size_t size = 0; size < whole.size(); size += 61) {
        tree.file("cut", std::string_view(whole).substr(0, size));

        const Result<Elf> elf = read_elf(posix::Inspector(), tree / "cut");

        EXPECT_TRUE(size >= 120 || !elf.has_value()) << size;
    }
}

TEST(Elf, WithNumbersThatLeadNowhereIsRefused) {
    testing::TempTree tree;
    std::string bytes =
        posix::Inspector().read(libraries + "/leaf_1/libleaf.so", 1U << 24U).value();
    bytes.replace(54, 2, "\xff\xff");  // size of a program header

    tree.file("odd", bytes);

    EXPECT_EQ(read_elf(posix::Inspector(), tree / "odd").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(read_elf(posix::Inspector(), "/etc/passwd").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(read_elf(posix::Inspector(), tree / "none").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace envkeep::gpu
