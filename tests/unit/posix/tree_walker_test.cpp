// SPDX-License-Identifier: MIT
#include "envkeep/posix/tree_walker.hpp"

#include "files_test.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace envkeep::posix {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class TreeWalkerTest : private testing::OwnMounts,
                       public ManyFilesTest,
                       public ::testing::WithParamInterface<unsigned> {
  protected:
    using Visited = std::map<std::string, Status>;

    // What is met below `path` if all folders but those named `skipped` are entered.
    [[nodiscard]] Visited walk(std::string_view path) {
        std::mutex mutex;
        Visited visited;
        errors = TreeWalker(files).walk(at(path), GetParam(), [&](const system::WalkEntry& entry) {
            const std::lock_guard lock(mutex);
            const bool is_new = visited.emplace(entry.below.text(), entry.status).second;
            EXPECT_TRUE(is_new) << entry.below.text() << " was met twice";
            return entry.below.name() != "skipped";
        });
        return visited;
    }

    std::vector<system::WalkError> errors;
};

TEST_P(TreeWalkerTest, MeetsThePlaceAndAllBelowOnce) {
    tree.file("t/a/b/file", "123", 0640).link("t/link", "/").fifo("t/fifo").folder("t/empty");

    const Visited visited = walk("t");

    EXPECT_THAT(visited,
                UnorderedElementsAre(Key(""),
                                     Key("a"),
                                     Key("a/b"),
                                     Key("a/b/file"),
                                     Key("link"),
                                     Key("fifo"),
                                     Key("empty")));
    EXPECT_EQ(visited.at("a/b/file"), seen("t/a/b/file"));
    EXPECT_EQ(visited.at("link").kind, Kind::link);
    EXPECT_EQ(visited.at("").kind, Kind::folder);
    EXPECT_THAT(errors, IsEmpty());
}

TEST_P(TreeWalkerTest, GoesOnlyWhereItIsSent) {
    tree.file("t/skipped/file").file("t/a/skipped/file");

    EXPECT_THAT(walk("t"),
                UnorderedElementsAre(Key(""), Key("skipped"), Key("a"), Key("a/skipped")));
    EXPECT_THAT(walk("t/skipped"), UnorderedElementsAre(Key(""), Key("file")));
}

TEST_P(TreeWalkerTest, MeetsASingleFileAndALink) {
    tree.file("file").link("link", "folder").file("folder/inner");

    EXPECT_THAT(walk("file"), UnorderedElementsAre(Key("")));
    EXPECT_THAT(walk("link"), UnorderedElementsAre(Key("")));
}

TEST_P(TreeWalkerTest, SaysWhatIsMissing) {
    EXPECT_THAT(walk("none"), IsEmpty());
    ASSERT_THAT(errors, SizeIs(1));
    EXPECT_EQ(errors[0].error.kind, ErrorKind::not_found);
}

TEST_P(TreeWalkerTest, WalksALargeFlatFolderAndADeepOne) {
    std::string deep = "t/deep";
    for (int i = 0; i < 100; ++i) {
        deep += "/d";
    }
    tree.folder(deep);
    for (int i = 0; i < 1500; ++i) {
        tree.file("t/flat/a-name-of-usual-length-" + std::to_string(i));
    }
    const int before = testing::open_descriptors();

    EXPECT_THAT(walk("t"), SizeIs(1 + 1 + 100 + 1 + 1500));

    EXPECT_THAT(errors, IsEmpty());
    EXPECT_LE(testing::open_descriptors(), before + 1);
}

TEST_P(TreeWalkerTest, DoesNotEnterOtherFileSystems) {
    tree.folder("t/tmpfs").folder("t/bound").file("other/file").file("t/file");
    const auto tmpfs = testing::ScopedMount::tmpfs(tree / "t/tmpfs");
    const auto bound = testing::ScopedMount::bind(tree / "t/bound", tree / "other");
    tree.file("t/tmpfs/file");

    const Visited visited = walk("t");

    EXPECT_THAT(visited, UnorderedElementsAre(Key(""), Key("tmpfs"), Key("bound"), Key("file")));
    EXPECT_TRUE(visited.at("tmpfs").is_mount_point);
    EXPECT_TRUE(visited.at("bound").is_mount_point);
    EXPECT_THAT(walk("t/tmpfs"), UnorderedElementsAre(Key(""), Key("file")));
}

// A container's layers may lie on several file systems, whose devices its files then show.
TEST_P(TreeWalkerTest, TakesTheLayersOfAnOverlayForOneFileSystem) {
    tree.folder("layers").folder("t").file("lower/folder/below");
    const auto disk = testing::ScopedMount::tmpfs(tree / "layers");
    tree.folder("layers/upper").folder("layers/work");
    const auto overlay = testing::ScopedMount::overlay(
        tree / "t", tree / "lower", tree / "layers/upper", tree / "layers/work");
    tree.file("t/folder/above");

    const Visited visited = walk("t");

    EXPECT_FALSE(visited.at("folder/below").is_mount_point);
    EXPECT_FALSE(visited.at("folder/above").is_mount_point);
}

TEST_P(TreeWalkerTest, CollectsErrorsAndGoesOn) {
    tree.file("t/closed/file").file("t/open/file").mode("t/closed", 0000);
    tree.mode("", 0755);
    testing::in_child([&] {
        ASSERT_EQ(::setresuid(1000, 1000, 1000), 0);
        EXPECT_THAT(walk("t"),
                    UnorderedElementsAre(Key(""), Key("closed"), Key("open"), Key("open/file")));
        ASSERT_THAT(errors, SizeIs(1));
        EXPECT_EQ(errors[0].below.text(), "closed");
        EXPECT_EQ(errors[0].error.kind, ErrorKind::permission_denied);
        EXPECT_THAT(errors[0].error.message, HasSubstr("'" + tree / "t/closed" + "'"));
    });
}

TEST_P(TreeWalkerTest, WorksAloneWhereNoThreadCanBeStarted) {
    tree.file("t/a/file").file("t/b/file");
    testing::with_refused_calls(
        {{.number = SYS_clone3, .code = EAGAIN}, {.number = SYS_clone, .code = EAGAIN}},
        [&] { EXPECT_THAT(walk("t"), SizeIs(5)); });
}

INSTANTIATE_TEST_SUITE_P(Threads, TreeWalkerTest, ::testing::Values(0U, 1U, 2U, 8U));

// Whoever comes first waits for another thread: alone it would wait in vain.
TEST_F(FilesTest, TheWalkerWorksOnSeveralThreads) {
    tree.file("t/a/file").file("t/b/file").file("t/c/file").file("t/d/file");
    for (int i = 0; i < 2500; ++i) {
        tree.file("t/" + std::to_string(i));
    }
    std::mutex mutex;
    std::condition_variable arrived;
    std::set<std::thread::id> threads;

    const auto errors = TreeWalker(files).walk(at("t"), 4, [&](const system::WalkEntry& entry) {
        if (entry.below.name() == "file") {
            std::unique_lock lock(mutex);
            threads.insert(std::this_thread::get_id());
            arrived.notify_all();
            arrived.wait_for(lock, std::chrono::minutes(1), [&] { return threads.size() > 1; });
        }
        return true;
    });

    EXPECT_THAT(errors, IsEmpty());
    EXPECT_GT(threads.size(), 1U);
}

TEST_F(FilesTest, TheWalkerWorksAloneInASmallTree) {
    tree.file("t/a/file").file("t/b/file").file("t/c/file").file("t/d/file");
    std::mutex mutex;
    std::set<std::thread::id> threads;

    const auto errors = TreeWalker(files).walk(at("t"), 4, [&](const system::WalkEntry&) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        return true;
    });

    EXPECT_THAT(errors, IsEmpty());
    EXPECT_THAT(threads, ElementsAre(std::this_thread::get_id()));
}

}  // namespace
}  // namespace envkeep::posix
