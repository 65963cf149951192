// SPDX-License-Identifier: MIT
#include "envkeep/posix/processes.hpp"

#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;

system::Command shell(std::string script) {
    return {.words = {"/bin/sh", "-c", std::move(script)},
            .environment = {"PATH=/usr/bin:/bin", "WORD=from outside"},
            .limit = 10s};
}

TEST(Processes, GiveTheOutputOfBothStreamsAndTheExitCode) {
    const auto end = Processes().run(shell("echo \"$WORD\"; echo err >&2; exit 3"));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "from outside\nerr\n");
    EXPECT_EQ(end->exit_code, 3);
    EXPECT_FALSE(end->is_well());
}

TEST(Processes, HaveNoInputAndNoDescriptorsOfOurs) {
    const auto end = Processes().run(shell("cat; ls /proc/self/fd | wc -l"));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "4\n") << "0, 1, 2 and what ls itself opened";
}

TEST(Processes, KeepNoMoreOutputThanAsked) {
    system::Command command = shell("head -c 1000000 /dev/zero");
    command.most_output = 10;
    const auto end = Processes().run(command);

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output.size(), 10U);
    EXPECT_TRUE(end->is_well());
}

TEST(Processes, AreKilledWithAllTheyStartedAtTheLimit) {
    system::Command command = shell("sleep 1000 & echo $!; wait");
    command.limit = 2s;
    const auto end = Processes().run(command);

    ASSERT_TRUE(end);
    EXPECT_TRUE(end->is_over_time);
    const int sleeper = std::stoi(end->output);
    for (int i = 0; i < 100 && ::kill(sleeper, 0) == 0; ++i) {
        ::usleep(10'000);
    }
    std::string state;
    if (FILE* const file =
            std::fopen(("/proc/" + std::to_string(sleeper) + "/stat").c_str(), "r")) {
        char letter = 0;
        EXPECT_EQ(std::fscanf(file, "%*d (%*[^)]) %c", &letter), 1);
        state = letter;
        std::fclose(file);
    }
    EXPECT_TRUE(state.empty() || state == "Z") << state;
}

TEST(Processes, AreNotWaitedForOnceTheProgramItselfHasEnded) {
    const auto before = std::chrono::steady_clock::now();
    const auto end = Processes().run(shell("sleep 5 & echo started"));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "started\n");
    EXPECT_LT(std::chrono::steady_clock::now() - before, 4s);
}

TEST(Processes, SayThatAProgramIsNotThere) {
    const auto end = Processes().run({.words = {"/no/such/program"}, .limit = 1s});

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::not_found);
}

TEST(Processes, SeeTheLockOfAnotherProcessOnly) {
    testing::TempTree tree;
    tree.file("lock", "");
    const std::string path = tree.path() + "/lock";
    EXPECT_FALSE(Processes().is_locked(path).value());
    EXPECT_FALSE(Processes().is_locked(path + "-missing").value());
    int ready[2];
    int done[2];
    ASSERT_EQ(::pipe(ready) | ::pipe(done), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        struct ::flock lock{};

        lock.l_type = F_WRLCK;
        const int file = ::open(path.c_str(), O_RDWR);
        ::fcntl(file, F_SETLK, &lock);
        ::close(done[1]);
        char byte = 'x';
        if (::write(ready[1], &byte, 1) == 1) {
            ::_exit(static_cast<int>(::read(done[0], &byte, 1)));
        }
        ::_exit(1);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_TRUE(Processes().is_locked(path).value());
    ::close(done[1]);
    ::waitpid(child, nullptr, 0);

    EXPECT_FALSE(Processes().is_locked(path).value());
}

}  // namespace
}  // namespace envkeep::posix
