// SPDX-License-Identifier: MIT
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/posix/processes.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

// Programs that are bytes, and no file.
namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::StartsWith;

std::string bytes_of_program(const std::string& program) {
    return Inspector().read(std::filesystem::canonical(program), 64U << 20U).value();
}

system::Command image(std::string_view bytes, std::vector<std::string> words) {
    return {.words = std::move(words),
            .image = bytes,
            .environment = {"WORD=from outside"},
            .limit = 10s};
}

TEST(AnImage, RunsFromMemory) {
    const std::string bytes = bytes_of_program("/usr/bin/readlink");

    const auto end = Processes().run(image(bytes, {"readlink", "/proc/self/exe"}));

    ASSERT_TRUE(end) << end.error().message;
    EXPECT_TRUE(end->is_well());
    EXPECT_THAT(end->output, StartsWith("/memfd:"));
}

TEST(AnImage, GetsItsWordsAndItsEnvironmentAndNoDescriptorOfOurs) {
    const std::string bytes = bytes_of_program("/bin/sh");

    const auto end = Processes().run(image(
        bytes, {"sh", "-c", "echo $0 $1 $WORD; exec /bin/ls /proc/self/fd", "first", "second"}));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "first second from outside\n0\n1\n2\n3\n") << "3 is what ls opened";
}

TEST(AnImage, LeavesNoCoreFileAndHasAProcessGroupOfItsOwn) {
    const std::string bytes = bytes_of_program("/bin/sh");

    const auto end = Processes().run(
        image(bytes,
              {"sh",
               "-c",
               "ulimit -c; read -r pid name state parent group rest </proc/$$/stat; "
               "[ $pid = $group ] && echo leads; kill -SEGV $$"}));

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "0\nleads\n");
    EXPECT_EQ(end->signal, SIGSEGV);
}

TEST(AnImage, IsKilledAtTheLimit) {
    const std::string bytes = bytes_of_program("/bin/sh");
    system::Command command = image(bytes, {"sh", "-c", "echo begun; while :; do :; done"});
    command.limit = 2s;

    const auto end = Processes().run(command);

    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, "begun\n");
    EXPECT_TRUE(end->is_over_time);
    EXPECT_FALSE(end->is_stuck);
}

TEST(AnImage, DoesNotOutliveTheProcessThatRunsIt) {
    const std::string bytes = bytes_of_program("/bin/sh");
    testing::TempTree tree;
    const std::string path = tree / "pid";
    const pid_t runner = ::fork();
    if (runner == 0) {
        static_cast<void>(Processes().run(image(bytes,
                                                {"sh",
                                                 "-c",
                                                 "echo $$ >" + path + "-new; /bin/mv " + path +
                                                     "-new " + path + "; while :; do :; done"})));
        ::_exit(0);
    }
    while (!std::filesystem::exists(path)) {
        ::usleep(1000);
    }
    const auto process = process_with(std::stoi(Inspector().read(path, 100).value()));
    ASSERT_TRUE(process);

    ::kill(runner, SIGKILL);
    ::waitpid(runner, nullptr, 0);

    EXPECT_TRUE(wait_for_end(*process, std::chrono::steady_clock::now() + 10s));
}

TEST(AnImage, WhoseLoaderIsNotHereIsNotFound) {
    std::string bytes = bytes_of_program("/usr/bin/readlink");
    const std::size_t at = bytes.find("/ld-linux");
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, 4, "/no-");
    testing::TempTree tree;
    tree.folder("here");
    system::Command command = image(bytes, {"readlink"});
    command.folders = {tree / "here"};

    const auto end = Processes().run(command);

    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::not_found);
    EXPECT_TRUE(std::filesystem::is_empty(tree / "here"));
}

// A container may forbid it.
const std::vector<testing::RefusedCall> no_memory_files{
    {.number = SYS_memfd_create, .code = EPERM}};

TEST(AnImage, RunsFromTheFirstFolderThatLetsItWhereMemoryDoesNot) {
    const std::string bytes = bytes_of_program("/usr/bin/readlink");
    testing::TempTree tree;
    tree.folder("here");
    system::Command command = image(bytes, {"readlink", "/proc/self/exe"});
    command.folders = {"/no/such/folder", "/proc", tree / "here"};

    testing::with_refused_calls(no_memory_files, [&] {
        const auto end = Processes().run(command);

        ASSERT_TRUE(end) << end.error().message;
        EXPECT_THAT(end->output, StartsWith(tree / "here/.envkeep-probe-"));
        EXPECT_THAT(end->output, EndsWith(" (deleted)\n"))
            << "whoever is killed now leaves nothing";
    });

    EXPECT_TRUE(std::filesystem::is_empty(tree / "here")) << "it was removed";
}

TEST(AnImage, RunsOnKernelsThatDoNotKnowTheNewFlagsAndCalls) {
    const std::string bytes = bytes_of_program("/usr/bin/readlink");
    const unsigned with_exec = 0x11;

    testing::with_refused_calls(
        {{.number = SYS_memfd_create, .code = EINVAL, .argument = 1, .value = with_exec},
         {.number = SYS_execveat, .code = ENOSYS},
         {.number = SYS_close_range, .code = ENOSYS}},
        [&] {
            const auto end = Processes().run(image(bytes, {"readlink", "/proc/self/exe"}));

            ASSERT_TRUE(end) << end.error().message;
            EXPECT_THAT(end->output, StartsWith("/memfd:"));
        });
}

TEST(AnImage, ThatMayBeRunFromNowhereSaysSo) {
    const std::string bytes = bytes_of_program("/usr/bin/readlink");
    system::Command command = image(bytes, {"readlink"});
    command.folders = {"/proc"};

    testing::with_refused_calls(no_memory_files, [&] {
        const auto end = Processes().run(command);

        ASSERT_FALSE(end);
        EXPECT_THAT(end.error().message, StartsWith("cannot start the program"));
    });
}

}  // namespace
}  // namespace envkeep::posix
