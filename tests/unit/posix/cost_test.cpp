// SPDX-License-Identifier: MIT
#include "envkeep/posix/inspector.hpp"
#include "files_test.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>

#include <map>
#include <string>

namespace envkeep::posix {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class CostTest : public ManyFilesTest {
  protected:
    static constexpr int count = 100;

    CostTest() {
        for (int i = 0; i < count; ++i) {
            tree.link("home/links/" + std::to_string(i), tree / "store");
        }
        tree.folder("store").file("home/keys/id_rsa", std::string(2000, 'k')).link("link", "store");
    }

    // Only calls on files: memory and the like depend on how the test was built.
    static std::map<long, int> calls_of(const std::function<void()>& body) {
        std::map<long, int> calls = testing::system_calls_of(body);
        std::erase_if(calls, [](const auto& one) {
            return one.first == SYS_brk || one.first == SYS_mmap || one.first == SYS_munmap ||
                   one.first == SYS_madvise || one.first == SYS_mprotect ||
                   one.first == SYS_futex ||
                   // Sanitizers ask by a pipe which memory there is.
                   one.first == SYS_pipe2 || one.first == SYS_write || one.first == SYS_close;
        });
        return calls;
    }
};

TEST_F(CostTest, LookingAtALinkAndWhereItLeadsIsTwoCalls) {
    const auto calls = calls_of([&] {
        for (int i = 0; i < count; ++i) {
            EXPECT_TRUE(files.look(at("home/links/" + std::to_string(i))).has_value());
            EXPECT_TRUE(files.follow(tree / "store").has_value());
        }
    });

    EXPECT_THAT(calls,
                UnorderedElementsAre(
                    Pair(SYS_openat2, 1), Pair(SYS_readlinkat, count), Pair(SYS_statx, count)));
}

TEST_F(CostTest, LookingAtTheTopOfARootOpensNothing) {
    const auto calls = calls_of([&] {
        for (int i = 0; i < count; ++i) {
            EXPECT_TRUE(files.look(at("link")).has_value());
        }
    });

    EXPECT_THAT(calls, UnorderedElementsAre(Pair(SYS_readlinkat, count)));
}

TEST_F(CostTest, AStatusIsOneCallAndAHeadThreeAndAClose) {
    static_cast<void>(seen("home/keys/id_rsa"));

    const auto status = calls_of([&] { static_cast<void>(files.status(at("home/keys/id_rsa"))); });
    const auto head =
        calls_of([&] { static_cast<void>(files.read_head(at("home/keys/id_rsa"), 4096)); });

    EXPECT_THAT(status, UnorderedElementsAre(Pair(SYS_statx, 1)));
    EXPECT_THAT(
        head,
        UnorderedElementsAre(Pair(SYS_openat, 1), Pair(SYS_newfstatat, 1), Pair(SYS_read, 1)));
}

TEST_F(CostTest, ReadingAWholeFileIsThreeCallsAndAClose) {
    static_cast<void>(seen("home/keys/id_rsa"));

    const auto calls =
        calls_of([&] { static_cast<void>(files.read_file(at("home/keys/id_rsa"), 4096)); });

    EXPECT_THAT(
        calls,
        UnorderedElementsAre(Pair(SYS_openat, 1), Pair(SYS_newfstatat, 1), Pair(SYS_read, 1)));
}

// Each of a hundred libraries is a link to a file in one folder.
TEST_F(CostTest, WhereAFileLiesIsACallForEachLink) {
    const Inspector machine;
    EXPECT_TRUE(machine.real_path(tree / "home/links/0").has_value());

    const auto calls = calls_of([&] {
        for (int i = 1; i < count; ++i) {
            EXPECT_TRUE(machine.real_path(tree / ("home/links/" + std::to_string(i))).has_value());
        }
    });

    EXPECT_THAT(calls, UnorderedElementsAre(Pair(SYS_readlinkat, 2 * (count - 1))));
}

TEST_F(CostTest, APartOfAnOpenFileIsOneCall) {
    const Inspector machine;

    const auto calls = calls_of([&] {
        const auto file = machine.open_file(tree / "home/keys/id_rsa").value();
        for (int i = 0; i < count; ++i) {
            EXPECT_EQ(file->read_at(static_cast<std::uint64_t>(i), 1).value(), "k");
        }
        EXPECT_EQ(file->size(), 2000U);
    });

    EXPECT_THAT(calls,
                UnorderedElementsAre(
                    Pair(SYS_openat, 1), Pair(SYS_newfstatat, 1), Pair(SYS_pread64, count)));
}

}  // namespace
}  // namespace envkeep::posix
