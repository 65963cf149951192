// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace envkeep::posix {
namespace {

class WriteTest : public FilesTest {
  protected:
    // A umask that takes away all it can.
    WriteTest() : umask_(::umask(077)) {}

    ~WriteTest() override { ::umask(umask_); }

  private:
    mode_t umask_;
};

TEST_F(WriteTest, MakesAFolderOfExactlyThatMode) {
    EXPECT_FALSE(kind_of(files.make_folder(at("a"), 0755)).has_value());
    EXPECT_FALSE(kind_of(files.make_folder(at("a/b"), 0700)).has_value());

    EXPECT_THAT(tree.snapshot(), ElementsAre("a folder 0755", "a/b folder 0700"));
}

TEST_F(WriteTest, KeepsTheGroupBitThatAFolderHandsOn) {
    tree.folder("shared", 02775);

    EXPECT_TRUE(files.make_folder(at("shared/a"), 0755).has_value());

    EXPECT_EQ(tree.mode_of("shared/a"), 02755U);
}

TEST_F(WriteTest, MakesNoFolderWhereSomethingStands) {
    tree.file("file").link("link", "none");

    EXPECT_EQ(kind_of(files.make_folder(at("file"), 0755)), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.make_folder(at("link"), 0755)), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.make_folder(at("none/a"), 0755)), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.make_folder(at(""), 0755)), ErrorKind::conflict);
}

TEST_F(WriteTest, MakesTheMissingFolders) {
    tree.folder("a", 0711);

    EXPECT_TRUE(files.make_folders(at("a/b/c"), 0750).has_value());
    EXPECT_TRUE(files.make_folders(at("a/b/c"), 0700).has_value());
    EXPECT_TRUE(files.make_folders(at(""), 0700).has_value());

    EXPECT_THAT(tree.snapshot(),
                ElementsAre("a folder 0711", "a/b folder 0750", "a/b/c folder 0750"));
}

TEST_F(WriteTest, RefusesToMakeFoldersThroughALinkOrAFile) {
    tree.folder("real").link("link", "real").file("file");

    const auto through_link = files.make_folders(at("link/a"), 0755);
    const auto through_file = files.make_folders(at("file/a"), 0755);

    EXPECT_EQ(kind_of(through_link), ErrorKind::unsafe_path);
    EXPECT_THAT(through_link.error().message, HasSubstr("'" + tree / "link" + "' is a link"));
    EXPECT_EQ(kind_of(through_file), ErrorKind::unsafe_path);
    EXPECT_THAT(through_file.error().message, HasSubstr("'" + tree / "file" + "' is no folder"));
    EXPECT_FALSE(tree.exists("real/a"));
}

TEST_F(WriteTest, MakesALinkWhereNothingStands) {
    tree.link("dangling", "none");

    EXPECT_TRUE(files.make_link(at("link"), "some/where").has_value());
    EXPECT_EQ(kind_of(files.make_link(at("link"), "x")), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.make_link(at("dangling"), "x")), ErrorKind::already_exists);

    EXPECT_EQ(tree.target("link"), "some/where");
}

TEST_F(WriteTest, MakesAHardLinkWhereNothingStands) {
    tree.file("file", "x").file("taken", "t").folder("folder").link("link", "file");

    EXPECT_TRUE(files.make_hard_link(at("file"), at("second")).has_value());
    EXPECT_EQ(kind_of(files.make_hard_link(at("file"), at("taken"))), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.make_hard_link(at("none"), at("third"))), ErrorKind::not_found);
    EXPECT_TRUE(kind_of(files.make_hard_link(at("folder"), at("third"))).has_value());
    EXPECT_EQ(kind_of(files.make_hard_link(at("link/a"), at("third"))), ErrorKind::unsafe_path);

    EXPECT_TRUE(seen("second").is_same_file(seen("file")));
    EXPECT_EQ(tree.content("taken"), "t");
    EXPECT_FALSE(tree.exists("third"));
}

TEST_F(WriteTest, SaysWhereThereAreNoHardLinks) {
    tree.file("file", "x");
    for (const int code : {EPERM, EMLINK, EOPNOTSUPP, ENOSYS}) {
        testing::with_refused_calls({{.number = SYS_linkat, .code = code}}, [&] {
            EXPECT_EQ(kind_of(files.make_hard_link(at("file"), at("second"))),
                      ErrorKind::unsupported);
        });
    }
}

TEST_F(WriteTest, WritesANewFileOfExactlyThatMode) {
    EXPECT_TRUE(files.write_file(at("file"), "content", 0644, {}).has_value());

    EXPECT_EQ(tree.content("file"), "content");
    EXPECT_EQ(tree.mode_of("file"), 0644U);
    EXPECT_EQ(tree.snapshot().size(), 1U);
}

TEST_F(WriteTest, WritesNoNewFileWhereSomethingStands) {
    tree.file("file", "old").link("link", "none").folder("folder");
    const auto before = tree.snapshot();

    EXPECT_EQ(kind_of(files.write_file(at("file"), "new", 0644, {})), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.write_file(at("link"), "new", 0644, {})), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.write_file(at("folder"), "new", 0644, {})), ErrorKind::already_exists);
    EXPECT_EQ(kind_of(files.write_file(at("folder"), "new", 0644, Status{})),
              ErrorKind::already_exists);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(WriteTest, ReplacesTheFileThatWasSeen) {
    tree.file("file", "old", 0600);

    EXPECT_TRUE(files.write_file(at("file"), "new", 0644, seen("file")).has_value());

    EXPECT_EQ(tree.content("file"), "new");
    EXPECT_EQ(tree.mode_of("file"), 0644U);
    EXPECT_EQ(tree.snapshot().size(), 1U);
}

TEST_F(WriteTest, LeavesAFileThatChangedSinceItWasSeen) {
    tree.file("file", "old").folder("folder").file("gone");
    const Status file = seen("file");
    const Status folder = seen("folder");
    const Status gone = seen("gone");
    tree.file("file", "edited").remove("gone");
    const auto before = tree.snapshot();

    EXPECT_EQ(kind_of(files.write_file(at("file"), "new", 0644, file)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.write_file(at("folder"), "new", 0644, folder)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.write_file(at("gone"), "new", 0644, gone)), ErrorKind::conflict);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(WriteTest, ReplacesFilesOfItsOwnWithoutQuestions) {
    tree.file("file", "old").link("link", "file");

    EXPECT_TRUE(files.overwrite_own_file(at("file"), "new", 0600).has_value());
    EXPECT_TRUE(files.overwrite_own_file(at("fresh"), "new", 0644).has_value());
    EXPECT_EQ(kind_of(files.overwrite_own_file(at("link"), "new", 0644)), ErrorKind::conflict);

    EXPECT_EQ(tree.content("file"), "new");
    EXPECT_EQ(tree.mode_of("file"), 0600U);
    EXPECT_EQ(tree.mode_of("fresh"), 0644U);
    EXPECT_TRUE(tree.is_link("link"));
    EXPECT_EQ(tree.snapshot().size(), 3U);
}

TEST_F(WriteTest, WritesUnderTheLongestNames) {
    const std::string name(255, 'n');

    EXPECT_TRUE(files.write_file(at(name), "one", 0644, {}).has_value());
    EXPECT_TRUE(files.write_file(at(name), "two", 0644, seen(name)).has_value());

    EXPECT_EQ(tree.content(name), "two");
}

TEST_F(WriteTest, AppendsLines) {
    tree.link("link", "log").folder("folder");

    EXPECT_TRUE(files.append(at("log"), "one\n").has_value());
    EXPECT_TRUE(files.append(at("log"), "two\n").has_value());

    EXPECT_EQ(tree.content("log"), "one\ntwo\n");
    EXPECT_EQ(tree.mode_of("log"), 0600U);
    EXPECT_TRUE(kind_of(files.append(at("link"), "x")).has_value());
    EXPECT_TRUE(kind_of(files.append(at("folder"), "x")).has_value());
}

TEST_F(WriteTest, NeverWaitsForAFifo) {
    tree.fifo("fifo");

    EXPECT_TRUE(kind_of(files.append(at("fifo"), "x")).has_value());
    EXPECT_EQ(kind_of(files.write_file(at("fifo"), "x", 0600, seen("fifo"))), ErrorKind::conflict);
}

TEST_F(WriteTest, RefusesALinkOnTheWay) {
    tree.folder("real").link("link", "real");

    EXPECT_EQ(kind_of(files.write_file(at("link/a"), "x", 0600, {})), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(files.make_link(at("link/a"), "x")), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(files.append(at("link/a"), "x")), ErrorKind::unsafe_path);
    EXPECT_THAT(tree.snapshot("real"), IsEmpty());
}

// What NFS and many FUSE file systems answer to the flags of renameat2.
TEST_F(WriteTest, DoesTheSameWhereRenameKnowsNoFlags) {
    tree.file("file", "old").file("other", "kept");
    testing::with_refused_calls({{.number = SYS_renameat2, .code = EINVAL}}, [&] {
        EXPECT_TRUE(files.write_file(at("fresh"), "new", 0644, {}).has_value());
        EXPECT_TRUE(files.write_file(at("file"), "new", 0644, seen("file")).has_value());
        EXPECT_EQ(kind_of(files.write_file(at("other"), "new", 0644, {})),
                  ErrorKind::already_exists);
        EXPECT_EQ(kind_of(files.write_file(at("other"), "new", 0644, seen("file"))),
                  ErrorKind::conflict);
    });

    EXPECT_EQ(tree.content("fresh"), "new");
    EXPECT_EQ(tree.content("file"), "new");
    EXPECT_EQ(tree.content("other"), "kept");
    EXPECT_EQ(tree.snapshot().size(), 3U);
}

// FAT, and FUSE file systems that know neither links nor the flags of renameat2.
const std::vector<testing::RefusedCall> no_sure_names{
    {.number = SYS_renameat2, .code = EINVAL, .argument = 4, .value = RENAME_NOREPLACE},
    {.number = SYS_linkat, .code = EPERM}};

TEST_F(WriteTest, WritesANewFileWhereNothingRefusesToReplace) {
    tree.file("file", "old");
    testing::with_refused_calls(no_sure_names, [&] {
        EXPECT_TRUE(files.write_file(at("fresh"), "new", 0640, {}).has_value());
        EXPECT_EQ(kind_of(files.write_file(at("file"), "new", 0644, {})),
                  ErrorKind::already_exists);
    });

    EXPECT_EQ(tree.content("fresh"), "new");
    EXPECT_EQ(tree.mode_of("fresh"), 0640U);
    EXPECT_EQ(tree.content("file"), "old");
    EXPECT_EQ(tree.snapshot().size(), 2U);
}

using ManyWritesTest = ManyFilesTest;

TEST_F(ManyWritesTest, OnlyOneOfTwoMakesAFileWhereNothingRefusesToReplace) {
    constexpr int rounds = 2000;
    testing::with_refused_calls(no_sure_names, [&] {
        std::atomic<int> arrived = 0;
        std::array<std::vector<bool>, 2> made;
        const auto work = [&](std::size_t number) {
            Files own;
            const system::RootId folder = own.open_root(tree.path()).value();
            for (int i = 0; i < rounds; ++i) {
                const Place place{.root = folder,
                                  .path = RelPath::parse(std::to_string(i)).value()};
                // Awake, so that both go on in the same microsecond.
                ++arrived;
                while (arrived < 2 * (i + 1)) {
                    std::this_thread::yield();
                }
                const auto outcome = own.write_file(place, number == 0 ? "0" : "1", 0644, {});
                made.at(number).push_back(outcome.has_value());
            }
        };
        std::thread other([&] { work(1); });
        work(0);
        other.join();

        for (std::size_t i = 0; i < rounds; ++i) {
            EXPECT_NE(made[0][i], made[1][i]) << i;
            EXPECT_EQ(tree.content(std::to_string(i)), made[0][i] ? "0" : "1");
        }
    });
}

TEST_F(WriteTest, WritesWhereModesAreNotKept) {
    testing::with_refused_calls({{.number = SYS_fchmod, .code = EPERM}}, [&] {
        EXPECT_TRUE(files.write_file(at("file"), "content", 0644, {}).has_value());
    });

    EXPECT_EQ(tree.content("file"), "content");
}

class WriteFaultTest : public WriteTest, public ::testing::WithParamInterface<long> {};

TEST_P(WriteFaultTest, LeavesAllAsItWasWhenACallFails) {
    tree.file("file", "old");
    const auto before = tree.snapshot();
    // Without fstatfs nothing tells that a file system need not be synced.
    const testing::RefusedCall no_kind{.number = SYS_fstatfs, .code = ENOSYS};
    testing::with_refused_calls({{.number = GetParam(), .code = EIO}, no_kind}, [&] {
        EXPECT_EQ(kind_of(files.write_file(at("file"), "new", 0644, seen("file"))), ErrorKind::io);
        EXPECT_EQ(kind_of(files.write_file(at("fresh"), "new", 0644, {})), ErrorKind::io);
    });

    EXPECT_EQ(tree.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Calls,
    WriteFaultTest,
    ::testing::Values(SYS_openat, SYS_write, SYS_fchmod, SYS_fdatasync, SYS_renameat2));

}  // namespace
}  // namespace envkeep::posix
