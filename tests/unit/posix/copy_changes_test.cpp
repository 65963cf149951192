// SPDX-License-Identifier: MIT
#include "copy_test.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "support/child.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>

// What copying does while others look and write, and when it fails.
namespace envkeep::posix {
namespace {

TEST_F(CopyTest, IsNeverReadableByOthersWhileItIsMade) {
    tree.file("t/secret", std::string(1000, 's'), 0600).file("t/open", "o", 0644);
    std::atomic<bool> is_over = false;
    std::atomic<int> looks = 0;
    std::atomic<int> wide = 0;
    std::thread watcher([&] {
        Files own;
        const auto top = own.open_root(tree.path()).value();
        while (!is_over) {
            const Place whole{.root = top, .path = {}};
            own.forget_folders();
            const auto entries = own.list(whole);
            for (const auto& entry : entries.value()) {
                const bool is_made = system::is_temporary_name(entry.name);
                const auto status = own.status(whole.child(entry.name));
                wide += is_made && status && (status->mode & 0077U) != 0 ? 1 : 0;
            }
            ++looks;
        }
    });
    tree.mode("t", 0700);

    for (int i = 0; i < 20 || looks < 50; ++i) {
        EXPECT_TRUE(copy("t", "c").has_value());
        EXPECT_TRUE(copy("t/secret", "s").has_value());
        tree.remove("c").remove("s");
    }
    is_over = true;
    watcher.join();

    EXPECT_EQ(wide, 0);
}

// A program that takes something out of the copy when the last name is about to be copied.
TEST_F(CopyTest, IsWholeOrFailsIfSomethingIsTakenOutOfIt) {
    tree.file("t/a/x", "x").file("t/z", "z");
    int most = 1;
    const CopyOptions options{.leaves_out = [&](const RelPath& below) {
        if (below.text() == "z" && most-- > 0) {
            for (const auto& entry : std::filesystem::directory_iterator(tree.path())) {
                if (system::is_temporary_name(entry.path().filename().string())) {
                    std::filesystem::remove(entry.path() / "a/x");
                }
            }
        }
        return false;
    }};

    EXPECT_TRUE(files.copy(at("t"), at("tried again"), options, {}).has_value());
    most = 1000;
    EXPECT_EQ(kind_of(files.copy(at("t"), at("given up"), options, {})), ErrorKind::conflict);

    EXPECT_EQ(tree.snapshot("tried again"), tree.snapshot("t"));
    EXPECT_FALSE(tree.exists("given up"));
}

// A program that writes all the time. Copies made between two writes are whole; sooner or later one
// is caught in the middle.
TEST_F(CopyTest, NoticesAFileThatChangesMeanwhile) {
    tree.file("log", std::string(1'000'000, 'x'));
    std::atomic<bool> is_over = false;
    std::thread writer([&] {
        const Fd log(::open((tree / "log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
        while (!is_over) {
            EXPECT_EQ(::write(log.get(), "line\n", 5), 5);
        }
    });

    auto outcome = copy("log", "copy");
    while (outcome) {
        EXPECT_EQ(tree.content("copy").size(), outcome->bytes);
        tree.remove("copy");
        outcome = copy("log", "copy");
    }
    is_over = true;
    writer.join();

    EXPECT_EQ(kind_of(outcome), ErrorKind::conflict);
    EXPECT_THAT(outcome.error().message, HasSubstr("changed while it was copied"));
    EXPECT_THAT(names(), ElementsAre("log"));
}

TEST_F(CopyTest, TriesOnceMoreWhenAFolderChangedMeanwhile) {
    tree.file("t/a").file("t/b");
    int asked = 0;
    const CopyOptions options{.leaves_out = [&](const RelPath&) {
        if (++asked == 1) {
            tree.file("t/c");
        }
        return false;
    }};

    EXPECT_TRUE(files.copy(at("t"), at("copy"), options, {}).has_value());

    EXPECT_EQ(tree.snapshot("copy"), tree.snapshot("t"));
    EXPECT_THAT(names(), ElementsAre("copy", "t"));
}

TEST_F(CopyTest, GivesUpOnAFolderThatNeverComesToRest) {
    tree.file("t/a/one").file("t/a/two");
    int asked = 0;
    const CopyOptions options{.leaves_out = [&](const RelPath&) {
        tree.file("t/a/new" + std::to_string(++asked));
        return false;
    }};

    const auto outcome = files.copy(at("t"), at("copy"), options, {});

    EXPECT_EQ(kind_of(outcome), ErrorKind::conflict);
    EXPECT_THAT(outcome.error().message, HasSubstr("/t/a' changed while it was copied"));
    EXPECT_THAT(names(), ElementsAre("t"));
}

TEST_F(CopyTest, NoticesAFileThatVanishesMeanwhile) {
    tree.file("t/a").file("t/b");
    const CopyOptions options{.leaves_out = [&](const RelPath& below) {
        tree.remove(below.text() == "a" ? "t/b" : "t/none");
        return false;
    }};

    EXPECT_TRUE(files.copy(at("t"), at("copy"), options, {}).has_value());

    EXPECT_EQ(tree.snapshot("copy"), tree.snapshot("t"));
}

class CopyFaultTest : public CopyTest, public ::testing::WithParamInterface<long> {};

TEST_P(CopyFaultTest, LeavesNothingHalfMadeWhenACallFails) {
    tree.file("t/a/file", "x").link("t/link", "l").file("file", "y");
    const auto before = tree.snapshot();
    // Without fstatfs nothing tells that a file system need not be synced.
    const testing::RefusedCall no_kind{.number = SYS_fstatfs, .code = ENOSYS};
    testing::with_refused_calls({{.number = GetParam(), .code = ENOSPC}, no_kind}, [&] {
        EXPECT_EQ(kind_of(copy("t", "copy")), ErrorKind::no_space);
    });

    EXPECT_EQ(tree.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(Calls,
                         CopyFaultTest,
                         ::testing::Values(SYS_mkdirat,
                                           SYS_symlinkat,
                                           SYS_copy_file_range,
                                           SYS_pread64,
                                           SYS_fchmod,
                                           SYS_utimensat,
                                           SYS_syncfs,
                                           SYS_renameat2));

}  // namespace
}  // namespace envkeep::posix
