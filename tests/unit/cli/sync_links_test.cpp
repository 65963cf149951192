// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"
#include "unit/cli/remote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SyncLinks : public testing::Household {
  protected:
    void init_with_dotfiles(const std::string& keep = "[]") {
        init_with("envkeep: 1\nkeep: " + keep +
                  "\nsnapshot: {exclude: \"*\"}\ndotfiles:\n  url: " + remote.url() + "\n");
    }

    testing::Remote remote;
};

// A run that ended between its copies and their links.
TEST_F(SyncLinks, AreMadeWhereTheyAreDueThoughNothingCame) {
    init_with_dotfiles();
    ASSERT_EQ(run({"sync"}).status, 0);
    tree().remove("home/.vimrc");

    EXPECT_EQ(run({"sync"}).status, 0);

    EXPECT_EQ(tree().content("home/.vimrc"), "set number\n");
    EXPECT_TRUE(tree().is_link("home/.vimrc"));
}

TEST_F(SyncLinks, ThatCannotBeReadAreTold) {
    init_with_dotfiles();
    ASSERT_EQ(run({"sync"}).status, 0);
    tree().file(manifest_file, manifest() + "  subfolder: nope\n");

    const testing::Answer answer = run({"sync"});

    EXPECT_EQ(answer.status, 1) << answer.out << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("[dotfiles-unreadable]"));
}

TEST_F(SyncLinks, AreToldAsMissingWhereTheyCannotBeMade) {
    init_with_dotfiles("[.condarc]");
    tree().file("home/.condarc", "channels: []\n");  // to be brought to the store
    // Another session is just now there.
    tree().file("storage/envkeep/leases/changes.claim",
                R"({"id":"x","command":"restore","container":{"boot_id":"other",)"
                R"("pid_namespace":1,"first_start":1},"process":{"pid":1,"started":1},)"
                R"("host":"elsewhere","started":"2026-11-20T23:24:59Z"})");

    const testing::Answer answer = run({"sync"});

    EXPECT_EQ(answer.status, 5) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("cloned  dotfiles"));
    EXPECT_THAT(answer.out, HasSubstr("the dotfiles are not linked"));
    EXPECT_THAT(answer.out, HasSubstr("is changing this store"));
}

TEST_F(SyncLinks, LeadToWhatIsChangedAndNotCommitted) {
    init_with_dotfiles();
    tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    said({"sync"}, 0);
    tree().file("storage/envkeep/repos/dotfiles/.vimrc", "set ruler\n");

    const testing::Answer again = run({"sync"});

    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_THAT(again.out,
                AllOf(HasSubstr("1 file is changed here, and not committed [git-not-committed]"),
                      HasSubstr("envkeep sync --push dotfiles")));
    EXPECT_THAT(run({"sync", "--push"}).out, Not(HasSubstr("git-not-committed")));
    EXPECT_THAT(run({"sync"}).out, Not(HasSubstr("git-not-committed")));
}

}  // namespace
}  // namespace envkeep::cli
