// SPDX-License-Identifier: MIT
// Real servers that answer and give no repository: told as what they are, with a cure.
#include "peers/remote_copy.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using testing::text_of;

class NotGit : public envkeep::testing::RemoteCopy {
  protected:
    // The id of what a clone is told; its words are in `said`.
    std::string told() {
        const CopyReport report = bring();
        said = text_of(report);
        EXPECT_FALSE(report.is_network_at_fault) << said;
        EXPECT_FALSE(tree_.exists("copy"));
        const std::vector<std::string> ids = ids_of(report);
        return ids.size() == 1 ? ids.front() : said;
    }

    std::string said;
};

TEST_F(NotGit, IsAPageThatAWebServerShowsForAll) {
    serve_https({"--page"});

    EXPECT_EQ(told(), "git-not-git");
    EXPECT_THAT(said, AllOf(HasSubstr("text/html"), HasSubstr("login page")));
}

TEST_F(NotGit, IsAWebServerThatSendsInCircles) {
    serve_https({"--redirect", ""});

    EXPECT_EQ(told(), "git-not-git") << said;
}

TEST_F(NotGit, IsAnSshServerWhoseShellSaysSomething) {
    serve_ssh("ForceCommand echo Welcome to this host; eval \"$SSH_ORIGINAL_COMMAND\"");

    EXPECT_EQ(told(), "git-not-git");
    EXPECT_THAT(said, HasSubstr("must print nothing"));
}

TEST_F(NotGit, IsAGitServerWithoutThatRepository) {
    serve_git();
    shell("mv remote.git elsewhere.git");

    EXPECT_EQ(told(), "git-repository-missing");
}

TEST_F(NotGit, IsARepositoryWithNamesOfSha256) {
    shell(
        "rm -rf remote.git && git init -q --object-format=sha256 made && "
        "git -C made commit -q --allow-empty -m x && git clone -q --bare made remote.git");
    base_ = tree_.path() + "/";

    EXPECT_EQ(told(), "git-object-format") << said;
}

}  // namespace
}  // namespace envkeep::git
