// SPDX-License-Identifier: MIT
#include "git/remote_callbacks.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <git2.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <string>

namespace envkeep::git {
namespace {

std::string configured(const char* name) {
    git_config* config = nullptr;
    git_buf value{};
    std::string text;
    if (git_config_open_default(&config) == 0 &&
        git_config_get_string_buf(&value, config, name) == 0) {
        text.assign(value.ptr, value.size);
    }
    git_buf_dispose(&value);
    git_config_free(config);
    return text;
}

TEST(LibGit, ReadsTheConfigurationOfTheHomeThatIsNamed) {
    envkeep::testing::TempTree home;
    home.file(".gitconfig", "[user]\n\tname = me\n");
    home.file(".config/git/config", "[user]\n\temail = me@example.org\n");
    {
        const LibGit library(home.path());
        EXPECT_EQ(configured("user.name"), "me");
        EXPECT_EQ(configured("user.email"), "me@example.org");
    }
    const LibGit library("");
    EXPECT_EQ(configured("user.name"), "");
}

TEST(LibGit, MayBeStartedMoreThanOnce) {
    const LibGit outer("");
    {
        const LibGit inner("");
        EXPECT_TRUE(inner.is_started());
    }
    git_buf agent{};
    ASSERT_EQ(git_libgit2_opts(GIT_OPT_GET_USER_AGENT, &agent), 0);
    EXPECT_TRUE(std::string(agent.ptr).starts_with("envkeep "));
    git_buf_dispose(&agent);
}

// The bundle of authorities is read in 50 pieces, and not before https is due.
TEST(LibGit, StartsWithoutReadingCertificates) {
    const auto calls = envkeep::testing::system_calls_of([] {
        const LibGit library("");
        EXPECT_TRUE(library.is_started());
    });

    EXPECT_LT(calls.contains(SYS_read) ? calls.at(SYS_read) : 0, 20);
}

}  // namespace
}  // namespace envkeep::git
