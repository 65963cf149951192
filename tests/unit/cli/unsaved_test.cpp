// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/start_stamp.hpp"
#include "support/child.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>

// What could not be saved, and what is not done without it.
namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class UnsavedHere : public testing::Household {
  protected:
    // ~/.conf is a copy with one file.
    void init_with_a_copy() {
        init_with(keeps_a_copy);
        tree().file("storage/envkeep/home/.conf/a", "one\n");
        said({"restore"}, 0);
    }

    // All is that user's, but for what `as_root` makes then.
    void as_user(const std::function<void()>& as_root, const std::function<void()>& body) {
        testing::in_child([&] {
            constexpr uid_t user = 12345;
            ASSERT_EQ(::chown(tree().path().c_str(), user, user), 0);
            for (const auto& entry : std::filesystem::recursive_directory_iterator(tree().path())) {
                ASSERT_EQ(::lchown(entry.path().c_str(), user, user), 0);
            }
            as_root();
            ASSERT_EQ(::setresgid(user, user, user), 0);
            ASSERT_EQ(::setresuid(user, user, user), 0);
            body();
        });
    }

    static constexpr const char* keeps_a_copy = "envkeep: 1\nkeep: [{path: .conf, how: copy}]\n";

    void expect_nothing_was_done() {
        EXPECT_TRUE(tree().exists("storage/envkeep/bin/envkeep"));
        EXPECT_TRUE(tree().exists("storage/envkeep/hook.sh"));
        EXPECT_THAT(manifest(), HasSubstr(".conf"));
        EXPECT_EQ(tree().content("storage/envkeep/home/.conf/a"), "one\n");
    }
};

TEST_F(UnsavedHere, IsPerhapsWhatAFaultyEntryKeeps) {
    init_with_a_copy();
    tree().file("home/.conf/a", "two\n");
    tree().file(manifest_file, "envkeep: 1\nkeep: [{path: .conf, hwo: copy}]\n");

    EXPECT_THAT(said({"uninstall"}, 3), HasSubstr("'envkeep manifest check'"));

    expect_nothing_was_done();
    tree().file(manifest_file, keeps_a_copy);
    said({"uninstall"}, 0);
    EXPECT_EQ(tree().content("storage/envkeep/home/.conf/a"), "two\n");
}

TEST_F(UnsavedHere, IsWhatCannotBeRead) {
    init_with_a_copy();
    tree().file("home/.conf/a", "two\n").mode("home/.conf/a", 0);
    as_user([] {},
            [&] {
                EXPECT_THAT(said({"save"}, 3),
                            AllOf(HasSubstr("~/.conf/a"),
                                  HasSubstr("permission denied"),
                                  Not(HasSubstr("has it all"))));
                for (const std::vector<std::string>& words :
                     {std::vector<std::string>{"uninstall"}, {"release", ".conf"}}) {
                    EXPECT_THAT(said(words, 3),
                                AllOf(HasSubstr("what changed in ~/.conf/a could not be saved"),
                                      HasSubstr("permission denied"),
                                      HasSubstr("'ls -ld'"),
                                      Not(HasSubstr("end what writes there"))));
                    expect_nothing_was_done();
                }
            });
}

TEST_F(UnsavedHere, IsWhatAnothersFolderHolds) {
    init_with_a_copy();
    as_user([&] { tree().folder("home/.conf/lock", 0700); },
            [&] {
                EXPECT_THAT(said({"uninstall"}, 3),
                            AllOf(HasSubstr("what changed in ~/.conf/lock could not be saved"),
                                  HasSubstr("'exclude' of the keep"),
                                  HasSubstr("run the same command again"),
                                  Not(HasSubstr("end what writes there"))));
                expect_nothing_was_done();
            });
}

TEST_F(UnsavedHere, IsWhatWaitsForAStoreThatTakesNoWrites) {
    init_with(keeps_a_copy);
    tree().file("storage/envkeep/home/.conf/a", "one\n").mode("storage/envkeep", 0555);
    as_user([] {},
            [&] {
                said({"restore"}, 0);
                tree().file("home/.conf/a", "two, and longer\n");
                EXPECT_THAT(said({"save"}, 3), HasSubstr("[store-read-only]"));
                for (const std::vector<std::string>& words :
                     {std::vector<std::string>{"uninstall"}, {"release", ".conf"}}) {
                    EXPECT_THAT(said(words, 3),
                                AllOf(HasSubstr("what changed in ~/.conf/a could not be saved"),
                                      HasSubstr("permission denied"),
                                      HasSubstr("make the store writable")));
                    expect_nothing_was_done();
                }
            });
}

// Stands for the background process of this home: does `last` when it is told to end.
class StandsForTheBackground {
  public:
    StandsForTheBackground(const std::string& home, const std::function<void()>& last) {
        // Before the fork: no signal comes too early.
        posix::SignalWaiter signals;
        pid_ = ::fork();
        if (pid_ == 0) {
            const bool is_told = signals.wait(std::chrono::minutes(5)).has_value();
            if (is_told) {
                last();
            }
            ::_exit(is_told && !::testing::Test::HasFailure() ? 0 : 1);
        }
        posix::Files files;
        const posix::Machine machine(posix::environment());
        EXPECT_TRUE(store::save_background(files.open_root(home).value(),
                                           machine.container().value(),
                                           posix::process_with(pid_).value(),
                                           files));
    }

    StandsForTheBackground(const StandsForTheBackground&) = delete;
    StandsForTheBackground& operator=(const StandsForTheBackground&) = delete;

    ~StandsForTheBackground() {
        int status = -1;
        ::kill(pid_, SIGTERM);  // where nobody told it to end
        ::waitpid(pid_, &status, 0);
        EXPECT_EQ(status, 0);
    }

  private:
    pid_t pid_ = -1;
};

// The background process ends, and what it could not save either is still only here.
TEST_F(UnsavedHere, SaysThatNobodySavesAnyMoreWhereTheBackgroundEndedForNothing) {
    init_with(keeps_a_database);
    const std::string head("SQLite format 3\0", 16);
    tree().file("storage/envkeep/home/.h.db", head + "row 1");
    said({"restore"}, 0);
    const StandsForTheBackground background(command_line_.home(), [&] {
        tree().file("home/.h.db", head + "row 1, row 2").file("home/.h.db-journal", "j");
    });

    EXPECT_THAT(said({"uninstall"}, 3),
                AllOf(HasSubstr("what changed in ~/.h.db could not be saved"),
                      HasSubstr("nothing was uninstalled"),
                      HasSubstr("nothing is saved by itself any more"),
                      HasSubstr("envkeep restore --start >/dev/null")));
    EXPECT_TRUE(tree().exists("storage/envkeep/bin/envkeep"));
}

TEST_F(UnsavedHere, IsNothingWhereTheBackgroundSavedAndTheFileChangedSince) {
    init_with_a_copy();
    tree().file("home/.conf/a", "two, and longer\n");
    const StandsForTheBackground background(command_line_.home(), [&] {
        tree().file("home/.conf/a", "three, which is longer yet\n");
        EXPECT_EQ(run({"save"}).status, 0);
        tree().file("home/.conf/a", "four\n");
    });

    const std::string text = said({"uninstall"}, 0);

    EXPECT_THAT(text, Not(HasSubstr("both are kept")));
    EXPECT_EQ(tree().content("storage/envkeep/home/.conf/a"), "four\n");
    EXPECT_EQ(tree().snapshot("storage/envkeep/home/.conf").size(), 1U);
}

}  // namespace
}  // namespace envkeep::cli
