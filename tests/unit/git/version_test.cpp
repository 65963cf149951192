// SPDX-License-Identifier: MIT
#include "envkeep/git/version.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace envkeep::git {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

LinkedLibrary library(std::string_view name) {
    const std::vector<LinkedLibrary> all = linked_libraries();
    const auto found = std::ranges::find(all, name, &LinkedLibrary::name);
    return found == all.end() ? LinkedLibrary{} : *found;
}

TEST(LinkedLibraries, HoldALibgit2ThatSpeaksHttpsAndSsh) {
    const LinkedLibrary git = library("libgit2");

    EXPECT_THAT(git.version, AnyOf(StartsWith("1.8."), StartsWith("1.9.")));
    EXPECT_EQ(git.with, "https: openssl, ssh: libssh2");
    EXPECT_THAT(git.source, StartsWith(git.version + "+ds-"));
}

TEST(LinkedLibraries, HoldALibssh2ThatCanSignForTodaysServers) {
    const LinkedLibrary ssh = library("libssh2");

    EXPECT_THAT(ssh.version, StartsWith("1.11."));
    EXPECT_EQ(ssh.with, "crypto: openssl");
    EXPECT_THAT(ssh.source, StartsWith(ssh.version + "-"));
}

TEST(LinkedLibraries, HoldOneOpensslUnderBoth) {
    const LinkedLibrary openssl = library("openssl");

    EXPECT_THAT(openssl.version, HasSubstr("."));
    EXPECT_THAT(openssl.source, StartsWith(openssl.version + "-"));
}

TEST(GitStack, StartsAndWorks) {
    const Result<void> proof = prove_git_stack();

    EXPECT_TRUE(proof.has_value()) << proof.error().message;
}

TEST(GitStack, WorksASecondTimeInTheSameProcess) {
    ASSERT_TRUE(prove_git_stack().has_value());

    EXPECT_TRUE(prove_git_stack().has_value());
}

}  // namespace
}  // namespace envkeep::git
