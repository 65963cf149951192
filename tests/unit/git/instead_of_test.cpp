// SPDX-License-Identifier: MIT
// url.<base>.insteadOf is libgit2's to apply: to whatever has a repository, a clone too. So nothing
// of ours rewrites URLs; what counts is what git_remote_url says.
#include "support/temp_tree.hpp"

#include <git2.h>
#include <gmock/gmock.h>

#include <memory>

namespace envkeep::git {
namespace {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};

using Repository = std::unique_ptr<git_repository, Release<git_repository_free>>;
using Remote = std::unique_ptr<git_remote, Release<git_remote_free>>;

class InsteadOf : public ::testing::Test {
  protected:
    InsteadOf() {
        git_libgit2_init();
        tree_.folder("home").folder("server/x.git");
        tree_.file("home/.gitconfig",
                   "[url \"ssh://git@h.example/\"]\n\tinsteadOf = https://h.example/\n"
                   "[url \"ssh://longer@h.example/\"]\n\tinsteadOf = https://h.example/longer/\n"
                   "[url \"ssh://push@p.example/\"]\n\tpushInsteadOf = https://p.example/\n"
                   "[url \"" +
                       (tree_ / "server/") + "\"]\n\tinsteadOf = mine:\n");
        const std::string home = tree_ / "home";
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, home.c_str());
        git_repository* opened = nullptr;
        git_repository_init(&opened, (tree_ / "copy").c_str(), 0);
        repository_.reset(opened);
    }

    ~InsteadOf() override {
        repository_.reset();
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, nullptr);
        git_libgit2_shutdown();
    }

    Remote anonymous(const char* url) {
        git_remote* made = nullptr;
        EXPECT_EQ(git_remote_create_anonymous(&made, repository_.get(), url), 0);
        return Remote(made);
    }

    envkeep::testing::TempTree tree_;
    Repository repository_;
};

TEST_F(InsteadOf, IsAppliedToRemotesWithoutAName) {
    const Remote remote = anonymous("https://h.example/me/x");

    EXPECT_STREQ(git_remote_url(remote.get()), "ssh://git@h.example/me/x");
    EXPECT_STREQ(git_remote_url(anonymous("https://h.example/longer/x").get()),
                 "ssh://longer@h.example/x");
}

TEST_F(InsteadOf, ForPushesIsAppliedToPushesOnly) {
    const Remote remote = anonymous("https://p.example/me/x");

    EXPECT_STREQ(git_remote_url(remote.get()), "https://p.example/me/x");
    EXPECT_STREQ(git_remote_pushurl(remote.get()), "ssh://push@p.example/me/x");
}

TEST_F(InsteadOf, IsAppliedToNamedRemotesAndNotWrittenDown) {
    git_remote* made = nullptr;
    ASSERT_EQ(git_remote_create(&made, repository_.get(), "origin", "https://h.example/me/x"), 0);
    const Remote remote(made);
    ASSERT_EQ(git_remote_lookup(&made, repository_.get(), "origin"), 0);
    const Remote found(made);

    EXPECT_STREQ(git_remote_url(remote.get()), "ssh://git@h.example/me/x");
    EXPECT_STREQ(git_remote_url(found.get()), "ssh://git@h.example/me/x");
    EXPECT_THAT(tree_.content("copy/.git/config"),
                ::testing::HasSubstr("url = https://h.example/me/x"));
}

TEST_F(InsteadOf, IsAppliedWhenCloning) {
    git_repository* made = nullptr;
    ASSERT_EQ(git_repository_init(&made, (tree_ / "server/x.git").c_str(), 1), 0);
    const Repository server(made);

    ASSERT_EQ(git_clone(&made, "mine:x.git", (tree_ / "clone").c_str(), nullptr), 0)
        << git_error_last()->message;
    const Repository clone(made);

    EXPECT_TRUE(tree_.exists("clone/.git/HEAD"));
}

TEST_F(InsteadOf, IsNotAppliedWithoutARepository) {
    git_remote* made = nullptr;
    ASSERT_EQ(git_remote_create_detached(&made, "https://h.example/me/x"), 0);
    const Remote remote(made);

    EXPECT_STREQ(git_remote_url(remote.get()), "https://h.example/me/x");
}

}  // namespace
}  // namespace envkeep::git
