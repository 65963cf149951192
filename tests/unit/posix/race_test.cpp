// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

namespace envkeep::posix {
namespace {

// Another process that swaps a folder on the way with a link out of the root, as fast as it can.
class RaceTest : public ManyFilesTest {
  protected:
    RaceTest() {
        tree.file("outside/d/file", "precious", 0644).link("outside/d/link", "old");
        tree.file("root/a/d/file", "inside").link("root/a/d/link", "old");
        tree.link("root/b", tree / "outside");
        inner = files.open_root(tree / "root").value();
        before = tree.snapshot("outside");
        swapper_ = ::fork();
        if (swapper_ == 0) {
            swap_for_ever();
        }
    }

    ~RaceTest() override {
        ::kill(swapper_, SIGKILL);
        ::waitpid(swapper_, nullptr, 0);
    }

    [[noreturn]] void swap_for_ever() const {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const std::string one = tree / "root/a";
        const std::string other = tree / "root/b";
        while (true) {
            ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
        }
    }

    [[nodiscard]] Place in_root(std::string_view path) const {
        return {.root = inner, .path = RelPath::parse(path).value()};
    }

    // Calls until it was seen to be refused and to go well often enough.
    template <typename Call>
    void race(const Call& call) {
        int refused = 0;
        int done = 0;
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        constexpr int enough = 50;
        while (refused < enough || done < enough) {
            ASSERT_LT(std::chrono::steady_clock::now(), end)
                << refused << " refused, " << done << " done: the two never met";
            const auto kind = call();
            refused += kind == ErrorKind::unsafe_path ? 1 : 0;
            done += kind != ErrorKind::unsafe_path ? 1 : 0;
        }
        EXPECT_EQ(tree.snapshot("outside"), before);
        // The same figure each time: how many it were is chance.
        std::printf("figure: a race: at least %d calls met a link out of the root, %d went well\n",
                    enough,
                    enough);
    }

    system::RootId inner;
    std::vector<std::string> before;

  private:
    pid_t swapper_ = -1;
};

TEST_F(RaceTest, NothingOutsideIsEverWritten) {
    int number = 0;
    race([&] {
        return kind_of(
            files.write_file(in_root("a/d/new" + std::to_string(++number)), "x", 0644, {}));
    });
}

TEST_F(RaceTest, NoLinkOutsideIsEverMadeOrReplaced) {
    int number = 0;
    race(
        [&] { return kind_of(files.make_link(in_root("a/d/l" + std::to_string(++number)), "x")); });
    bool is_old = true;
    race([&] {
        const auto outcome =
            files.replace_link(in_root("a/d/link"), is_old ? "old" : "new", is_old ? "new" : "old");
        is_old = outcome ? !is_old : is_old;
        return kind_of(outcome);
    });
}

TEST_F(RaceTest, NothingOutsideIsEverRemovedOrChanged) {
    const Status outside = files.status(at("outside/d/file")).value();
    race([&] { return kind_of(files.remove_file(in_root("a/d/file"), outside)); });
    race([&] { return kind_of(files.remove_own_tree(in_root("a/d/none"))); });
    race([&] { return kind_of(files.remove_link(in_root("a/d/link"), "none")); });
    race([&] { return kind_of(files.set_mode(in_root("a/d/file"), outside, 0777)); });
}

TEST_F(RaceTest, NothingOutsideIsEverRead) {
    race([&] {
        files.forget_folders();
        const auto content = files.read_file(in_root("a/d/file"), 100);
        EXPECT_NE(content.value_or(""), "precious");
        return kind_of(content);
    });
}

TEST_F(RaceTest, NoFolderOutsideIsEverMade) {
    int number = 0;
    race([&] {
        return kind_of(
            files.make_folders(in_root("a/d/f" + std::to_string(++number) + "/g"), 0755));
    });
}

}  // namespace
}  // namespace envkeep::posix
