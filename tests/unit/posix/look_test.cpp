// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace envkeep::posix {
namespace {

using LookTest = FilesTest;

TEST_F(LookTest, GivesTheSameIdForTheSameFolder) {
    tree.folder("a").link("b", "a");

    const auto a = files.open_root(tree / "a").value();
    const auto by_link = files.open_root(tree / "b/").value();

    EXPECT_EQ(a, by_link);
    EXPECT_NE(a, root);
    EXPECT_EQ(files.root_path(by_link), tree / "a");
}

TEST_F(LookTest, OpensOnlyFoldersByAbsolutePathAsRoots) {
    tree.file("file");

    EXPECT_EQ(kind_of(files.open_root(tree / "none")), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.open_root(tree / "file")), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.open_root("relative")), ErrorKind::usage);
}

TEST_F(LookTest, StaysInsideACapturedMachine) {
    tree.file("m/storage/x", "inside").folder("m/root");
    tree.link("m/root/link", "/storage/x").link("m/root/out", "/../../etc/passwd");
    tree.link("m/root/a", "b").link("m/root/b", "a").link("m/alias", "/storage");
    Files captured = Files::captured(tree / "m").value();

    const auto storage = captured.open_root("/storage").value();

    EXPECT_EQ(captured.root_path(storage), "/storage");
    EXPECT_EQ(captured.read_file(Place{.root = storage, .path = RelPath::parse("x").value()}, 100)
                  .value(),
              "inside");
    EXPECT_EQ(captured.open_root("/alias").value(), storage);
    EXPECT_EQ(
        captured.follow("/root/link").value().inode,
        captured.status(Place{.root = storage, .path = RelPath::parse("x").value()}).value().inode);
    EXPECT_EQ(captured.real_path("/root/link").value(), "/storage/x");
    EXPECT_EQ(captured.follow("/root/out").value().kind, Kind::absent);
    EXPECT_EQ(kind_of(captured.follow("/root/a")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(captured.real_path("/root/a")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(captured.open_root(tree.path())), ErrorKind::not_found);
    EXPECT_EQ(kind_of(Files::captured(tree / "none")), ErrorKind::not_found);
}

TEST_F(LookTest, KnowsTheAbsolutePath) {
    EXPECT_EQ(files.absolute(at("a/b")), tree / "a/b");
    EXPECT_EQ(files.absolute(at("")), tree.path());
    const Place below_slash{.root = files.open_root("/").value(), .path = at("etc").path};
    EXPECT_EQ(files.absolute(below_slash), "/etc");
}

TEST_F(LookTest, FailsForALinkWhoseTargetCannotBeRead) {
    tree.link("link", "target");

    for (const int code : {EIO, ESTALE, EINTR, EACCES}) {
        testing::with_refused_calls({{.number = SYS_readlinkat, .code = code}}, [&] {
            const auto seen = files.look(at("link"));
            EXPECT_FALSE(seen.has_value()) << code;
        });
    }
    EXPECT_EQ(files.look(at("link")).value().target, "target");
}

TEST_F(LookTest, TellsWhatAFileIs) {
    tree.file("a/file", "12345", 0640).hard_link("a/other", "a/file");
    tree.owner("a/file", 12, 34).modified("a/file", 1'600'000'000'123'456'789);

    const Status status = seen("a/file");

    EXPECT_EQ(status.kind, Kind::file);
    EXPECT_EQ(status.mode, 0640U);
    EXPECT_EQ(status.uid, 12U);
    EXPECT_EQ(status.gid, 34U);
    EXPECT_EQ(status.size, 5U);
    EXPECT_EQ(status.links, 2U);
    EXPECT_EQ(status.modified.time_since_epoch().count(), 1'600'000'000'123'456'789);
    EXPECT_FALSE(status.is_mount_point);
    EXPECT_TRUE(status.is_same_file(seen("a/other")));
    EXPECT_FALSE(status.is_same_file(seen("a")));
}

TEST_F(LookTest, GivesTheDeviceAsStatDoes) {
    struct ::stat known{};
    ASSERT_EQ(::stat(tree.path().c_str(), &known), 0);

    EXPECT_EQ(seen("").device, known.st_dev);
    EXPECT_EQ(seen("").inode, known.st_ino);
}

TEST_F(LookTest, TellsTheKindsApart) {
    tree.folder("folder").link("link", "folder").fifo("fifo");

    EXPECT_EQ(seen("").kind, Kind::folder);
    EXPECT_EQ(seen("folder").kind, Kind::folder);
    EXPECT_EQ(seen("link").kind, Kind::link);
    EXPECT_EQ(seen("fifo").kind, Kind::other);
}

TEST_F(LookTest, TakesATimeThatIsFarAwayForTheLastThatItKnows) {
    tree.file("late").file("early");
    const auto give = [&](const char* name, std::int64_t seconds) {
        const std::array<struct ::timespec, 2> times{{{.tv_sec = seconds, .tv_nsec = 999'999'999},
                                                      {.tv_sec = seconds, .tv_nsec = 999'999'999}}};
        ASSERT_EQ(::utimensat(AT_FDCWD, (tree / name).c_str(), times.data(), 0), 0);
    };
    give("late", 13'000'000'000);    // in 2381, as ext4 can have it
    give("early", -13'000'000'000);  // the file system may take a later one for it

    const WallTime now = std::chrono::system_clock::now();
    EXPECT_GT(seen("late").modified - now, std::chrono::hours(0));
    EXPECT_GT(now - seen("early").modified, std::chrono::hours(0));
}

TEST_F(LookTest, SaysAbsentAlsoBelowAMissingFolderAndBelowAFile) {
    tree.file("file");

    for (const char* const path : {"none", "none/a", "file/a", "file/a/b"}) {
        EXPECT_EQ(seen(path).kind, Kind::absent) << path;
        EXPECT_EQ(files.look(at(path)).value().status.kind, Kind::absent) << path;
    }
}

TEST_F(LookTest, RefusesALinkOnTheWayAndNamesIt) {
    tree.folder("real/a").link("link", "real");

    const auto refused = files.status(at("link/a/b"));

    ASSERT_EQ(kind_of(refused), ErrorKind::unsafe_path);
    EXPECT_THAT(refused.error().message, HasSubstr("'" + tree / "link" + "' is a link"));
    EXPECT_NE(refused.error().hint, "");
    EXPECT_EQ(kind_of(files.look(at("link/a"))), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(files.read_file(at("link/a"), 10)), ErrorKind::unsafe_path);
}

TEST_F(LookTest, SeesALinkWithItsTarget) {
    tree.link("link", "some/where").file("file", "x");

    EXPECT_EQ(files.look(at("link")).value().target, "some/where");
    EXPECT_EQ(files.look(at("link")).value().status.kind, Kind::link);
    EXPECT_EQ(files.look(at("file")).value().status, seen("file"));
    EXPECT_EQ(files.look(at("")).value().status.kind, Kind::folder);
}

TEST_F(LookTest, ReadsLinksOnly) {
    const std::string longest(4095, 'x');
    tree.link("link", "target").link("long", longest).file("file");

    EXPECT_EQ(files.read_link(at("link")).value(), "target");
    EXPECT_EQ(files.read_link(at("long")).value(), longest);
    EXPECT_EQ(kind_of(files.read_link(at("file"))), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.read_link(at("none"))), ErrorKind::not_found);
}

TEST_F(LookTest, SeesWhatOthersPutInPlaceOfAFolderOnceToldToForget) {
    tree.file("a/b/file", "old");
    EXPECT_EQ(seen("a/b/file").kind, Kind::file);

    tree.rename("a/b", "a/gone").folder("a/b");
    files.forget_folders();

    EXPECT_EQ(seen("a/b/file").kind, Kind::absent);
}

TEST_F(ManyFilesTest, LooksIntoMoreFoldersThanItKeepsOpen) {
    for (std::size_t i = 0; i < Files::kept_folders + 50; ++i) {
        tree.folder("d/" + std::to_string(i) + "/x");
    }
    const int before = testing::open_descriptors();

    for (std::size_t i = 0; i < Files::kept_folders + 50; ++i) {
        EXPECT_EQ(seen("d/" + std::to_string(i) + "/x").kind, Kind::folder);
    }

    EXPECT_LE(testing::open_descriptors(), before + static_cast<int>(Files::kept_folders));
    files.forget_folders();
    EXPECT_EQ(testing::open_descriptors(), before);
}

TEST_F(LookTest, FollowsLinksAsProgramsDo) {
    tree.file("file", "123").link("a", "b").link("b", tree / "file").link("dangling", "none");
    tree.link("round", "about").link("about", "round");

    EXPECT_EQ(files.follow(tree / "a").value().size, 3U);
    EXPECT_EQ(files.follow(tree / "dangling").value().kind, Kind::absent);
    const auto loop = files.follow(tree / "round");
    EXPECT_EQ(kind_of(loop), ErrorKind::conflict);
    EXPECT_NE(loop.error().hint, "");
}

TEST_F(LookTest, FindsTheRealPath) {
    tree.folder("real").link("link", "real").file("real/file").link("round", "round");

    const std::string top = files.real_path(tree.path()).value();
    EXPECT_EQ(files.real_path(tree / "link/./file").value(), top + "/real/file");
    EXPECT_EQ(kind_of(files.real_path(tree / "link/none")), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.real_path(tree / "round")), ErrorKind::conflict);
}

TEST_F(LookTest, ListsAFolder) {
    tree.file("d/b").folder("d/a").link("d/c", "x").link("l", "d");

    EXPECT_THAT(files.list(at("d")).value(),
                ElementsAre(system::Entry{"a", Kind::folder},
                            system::Entry{"b", Kind::file},
                            system::Entry{"c", Kind::link}));
    EXPECT_EQ(files.list(at("")).value().size(), 2U);
    EXPECT_EQ(kind_of(files.list(at("none"))), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.list(at("d/b"))), ErrorKind::not_found);
    EXPECT_TRUE(kind_of(files.list(at("l"))).has_value());
}

TEST_F(LookTest, TellsTheSpaceLeft) {
    const auto space = files.space(root).value();

    EXPECT_GT(space.total, 0U);
    EXPECT_LE(space.free, space.total);
}

TEST_F(LookTest, DoesWithoutStatx) {
    tree.file("a/file", "123", 0604);
    for (const int code : {EPERM, ENOSYS}) {
        testing::with_refused_calls({{.number = SYS_statx, .code = code}}, [&] {
            EXPECT_EQ(seen("a/file").size, 3U);
            EXPECT_EQ(seen("a/file").mode, 0604U);
            EXPECT_EQ(seen("none").kind, Kind::absent);
            EXPECT_EQ(files.follow(tree / "a").value().kind, Kind::folder);
        });
    }
}

}  // namespace
}  // namespace envkeep::posix
