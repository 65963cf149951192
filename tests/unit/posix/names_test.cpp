// SPDX-License-Identifier: MIT
#include "posix/names.hpp"

#include "core/utf8.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "files_test.hpp"
#include "support/child.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

namespace envkeep::posix {
namespace {

TEST(TemporaryName, IsHiddenNamesItsOwnerAndIsKnownAgain) {
    const std::string name = temporary_name(".bashrc");

    EXPECT_THAT(name, ::testing::MatchesRegex("\\.\\.bashrc\\.envkeep-[0-9a-f]{8}"));
    EXPECT_TRUE(system::is_temporary_name(name));
}

TEST(TemporaryName, IsNewEachTime) {
    std::set<std::string> names;
    for (int i = 0; i < 100; ++i) {
        names.insert(temporary_name("a"));
    }
    EXPECT_EQ(names.size(), 100U);
}

TEST(TemporaryName, FitsWhereTheLongestNameFits) {
    EXPECT_LE(temporary_name(std::string(255, 'a')).size(), 143U);
}

TEST(TemporaryName, CutsBetweenCharacters) {
    std::string name = "x";
    for (int i = 0; i < 80; ++i) {
        name += "\xE2\x82\xAC";
    }
    std::string_view rest = name;
    const std::string shortened = temporary_name(name.substr(0, 241));
    rest = shortened;
    while (!rest.empty()) {
        const std::size_t length = utf8_sequence(rest);
        ASSERT_NE(length, 0U) << shortened;
        rest.remove_prefix(length);
    }
}

TEST(IsTemporaryName, KnowsOthersAsNotOurs) {
    EXPECT_FALSE(system::is_temporary_name(""));
    EXPECT_FALSE(system::is_temporary_name("."));
    EXPECT_FALSE(system::is_temporary_name(".a.envkeep-0123456"));
    EXPECT_FALSE(system::is_temporary_name(".a.envkeep-0123456g"));
    EXPECT_FALSE(system::is_temporary_name("a.envkeep-01234567"));
    EXPECT_FALSE(system::is_temporary_name(".envkeep-aside"));
    EXPECT_TRUE(system::is_temporary_name(".a.envkeep-01234567"));
}

TEST(IsTemporaryOf, KnowsTheNamesOfLongNames) {
    const std::string name(200, 'x');

    EXPECT_TRUE(system::is_temporary_of("." + std::string(120, 'x') + ".envkeep-0123abcd", name));
    EXPECT_FALSE(system::is_temporary_of("." + std::string(20, 'x') + ".envkeep-0123abcd", name));
    EXPECT_TRUE(system::is_temporary_of(".a.envkeep-0123abcd", "a"));
    EXPECT_FALSE(system::is_temporary_of("..envkeep-0123abcd", ""));
}

TEST(IsTemporaryOfRun, KnowsTheNumbersOfThatRunOnly) {
    const std::uint32_t first = system::first_number_of_run("one");
    const auto name = [&](std::uint32_t number) { return system::temporary_name("a", number); };

    EXPECT_TRUE(system::is_temporary_of_run(name(first), "one"));
    EXPECT_TRUE(system::is_temporary_of_run(name(first + system::numbers_of_run - 1), "one"));
    EXPECT_FALSE(system::is_temporary_of_run(name(first + system::numbers_of_run), "one"));
    EXPECT_FALSE(system::is_temporary_of_run(name(first - 1), "one"));
    EXPECT_FALSE(system::is_temporary_of_run(name(first), "two"));
    EXPECT_FALSE(system::is_temporary_of_run("a", "one"));
}

TEST(ListFolder, GivesAllNamesSortedWithTheirKinds) {
    TempTree tree;
    tree.file("b").folder("a").link("c", "nowhere").fifo("d").file("a/inner");
    const Fd folder(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    const auto entries = list_folder(folder.get(), tree.path());

    EXPECT_THAT(entries.value(),
                ElementsAre(system::Entry{"a", Kind::folder},
                            system::Entry{"b", Kind::file},
                            system::Entry{"c", Kind::link},
                            system::Entry{"d", Kind::other}));
}

TEST(ListFolder, SortsByAllBytesOfAName) {
    TempTree tree;
    std::vector<std::string> names{"a", "~", "\xc3\xa4", "lib", "libabcdefgh"};
    for (const std::string end : {"", "1", "\xff", "10", "2", "a"}) {
        names.push_back("libabcde" + end);
        names.push_back("libabcd" + end);
    }
    for (const std::string& name : names) {
        tree.file(name);
    }
    const Fd folder(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    const auto entries = list_folder(folder.get(), tree.path());
    std::vector<std::string> listed;
    for (const system::Entry& entry : entries.value()) {
        EXPECT_EQ(entry.kind, Kind::file);
        listed.push_back(entry.name);
    }
    std::ranges::sort(names);
    EXPECT_EQ(listed, names);
}

TEST(KindOf, LooksWhereTheFileSystemDoesNotSayAndTellsWhatItCannotSee) {
    TempTree tree;
    tree.file("a");
    const Fd folder(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    EXPECT_EQ(kind_of(folder.get(), {.name = "a", .type = DT_UNKNOWN}), Kind::file);
    EXPECT_EQ(kind_of(folder.get(), {.name = "gone", .type = DT_UNKNOWN}), Kind::absent);
    testing::with_refused_calls({{.number = SYS_statx, .code = EACCES}}, [&] {
        EXPECT_EQ(kind_of(folder.get(), {.name = "a", .type = DT_UNKNOWN}), std::nullopt);
        EXPECT_EQ(errno, EACCES);
    });
}

TEST(ListFolder, GoesOnWhenOneBufferIsNotEnough) {
    TempTree tree;
    const std::string long_name(200, 'n');
    for (int i = 0; i < 300; ++i) {
        tree.file(long_name + std::to_string(i));
    }
    const Fd folder(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    EXPECT_EQ(list_folder(folder.get(), tree.path()).value().size(), 300U);
}

}  // namespace
}  // namespace envkeep::posix
