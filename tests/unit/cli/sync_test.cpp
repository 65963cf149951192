// SPDX-License-Identifier: MIT
#include "envkeep/core/digest.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/find.hpp"
#include "envkeep/store/lease.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/household.hpp"
#include "unit/cli/remote.hpp"

#include <gmock/gmock.h>

#include <pthread.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <regex>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

class Sync : public testing::Household {
  protected:
    void init_with_dotfiles(const std::string& more = {}) {
        init_with("envkeep: 1\nkeep: []\nsnapshot: {exclude: \"*\"}\ndotfiles:\n  url: " +
                  remote.url() + "\n" + more);
        tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    }

    // Something to publish.
    void change_here(const std::string& content = "set ruler\n") {
        ASSERT_EQ(run({"sync"}).status, 0);
        tree().file(copy + "/.vimrc", content);
    }

    // Ids and times of commits are others each time.
    std::string steady(const Words& words, int status) {
        const std::string text =
            std::regex_replace(said(words, status), std::regex("\\b[0-9a-f]{7}\\b"), "COMMIT");
        return std::regex_replace(text, std::regex(" *TIME"), " TIME");
    }

    Result<store::ChangesClaim> claim() {
        store_ = store::choose_store(command_line_.storage(), {}, machine_, files_)
                     .and_then([&](const store::StoreChoice& choice) {
                         return store::open_store(choice, machine_, files_);
                     })
                     .value();
        const std::string name =
            "copy-" + digest_of(store_->path + "/repos/dotfiles").text().substr(0, 16);
        return store::ChangesClaim::take(*store_, "sync", machine_, files_, files_, name);
    }

    testing::Remote remote;
    const std::string copy = "storage/envkeep/repos/dotfiles";

  private:
    posix::Files files_;
    posix::Machine machine_{posix::environment()};
    std::optional<store::Store> store_;
};

TEST_F(Sync, ClonesLinksAndIsThenUpToDate) {
    init_with_dotfiles();

    std::string text = steady({"sync"}, 0);
    EXPECT_EQ(tree().content("home/.vimrc"), "set number\n");
    EXPECT_TRUE(is_link("home/.vimrc"));
    text += "----\n" + steady({"sync"}, 0);
    remote.commit_upstream(".inputrc", "set bell-style none\n");
    text += "----\n" + steady({"sync"}, 0);

    EXPECT_TRUE(is_link("home/.inputrc"));
    testing::expect_golden("sync", text);
}

TEST_F(Sync, TakesTheLinksOfWhatWentFromTheRepository) {
    init_with_dotfiles("  ignore: [.config/secret, .screenrc]\n");
    remote.commit_upstream(".inputrc", "1\n");
    remote.commit_upstream(".screenrc", "1\n");
    remote.commit_upstream(".config/secret/x", "1\n");
    remote.commit_upstream(".config/tool/x", "1\n");
    EXPECT_EQ(run({"sync"}).status, 0);
    EXPECT_TRUE(is_link("home/.inputrc") && is_link("home/.config/tool"));
    EXPECT_FALSE(tree().exists("home/.screenrc") || tree().exists("home/.config/secret"));

    remote.git("other", "rm -qr .inputrc .config/tool && git commit -qm less && git push -q");
    EXPECT_EQ(run({"sync"}).status, 0);

    EXPECT_FALSE(is_link("home/.inputrc") || is_link("home/.config/tool"));
    EXPECT_TRUE(is_link("home/.vimrc"));
}

TEST_F(Sync, BringsDotfilesOnlyWhen) {
    init_with_dotfiles("  when: {variable: NO_SUCH_VARIABLE}\n");

    EXPECT_THAT(said({"sync"}, 0), HasSubstr("nothing to sync"));

    EXPECT_FALSE(tree().exists(copy) || tree().exists("home/.vimrc"));
}

TEST_F(Sync, IsAStepOfRestoreThatNeverPublishes) {
    init_with_dotfiles("  push: on-sync\n");
    const std::string before = remote.head();

    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_TRUE(is_link("home/.vimrc"));
    tree().file(copy + "/.vimrc", "set ruler\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_EQ(remote.head(), before);
}

TEST_F(Sync, SaysThatThereIsNothing) {
    init_with("envkeep: 1\nkeep: []\n");

    EXPECT_THAT(said({"sync"}, 0), HasSubstr("nothing to sync"));
    EXPECT_THAT(said({"sync", "dotfiles"}, 2), HasSubstr("add 'dotfiles:' or 'repos:'"));
}

TEST_F(Sync, KnowsRepositoriesByTheirNames) {
    init_with_dotfiles("repos:\n  - {url: " + remote.url() + ", dir: work}\n");

    EXPECT_THAT(said({"sync", "elsewhere"}, 2), AllOf(HasSubstr("'dotfiles'"), HasSubstr("work")));
    EXPECT_FALSE(tree().exists(copy));
    for (const std::string& name :
         {std::string("work"), std::string("~/work"), tree() / "home/work"}) {
        EXPECT_THAT(said({"sync", name}, 0), HasSubstr("1 repository")) << name;
    }
    EXPECT_EQ(tree().content("home/work/.vimrc"), "set number\n");
    EXPECT_FALSE(tree().exists(copy)) << "the other was not asked for";
}

TEST_F(Sync, RefusesFlagsThatExcludeEachOther) {
    init_with_dotfiles();

    said({"sync", "--push", "--no-push"}, 2);
    said({"sync", "--no-push", "-m", "x"}, 2);
    EXPECT_THAT(said({"sync", "-m", "x"}, 2), HasSubstr("--push"));
    EXPECT_FALSE(tree().exists(copy));
}

struct Publishing {
    const char* push;  // of the manifest
    Words words;
    bool is_published;
};

TEST_F(Sync, PublishesWhatTheManifestAndTheFlagsSay) {
    const std::vector<Publishing> cases{{"never", {"sync"}, false},
                                        {"never", {"sync", "--push"}, true},
                                        {"never", {"sync", "--push", "-m", "own words"}, true},
                                        {"never", {"snapshot", "-m", "x"}, false},
                                        {"on-sync", {"sync"}, true},
                                        {"on-sync", {"sync", "-m", "own words"}, true},
                                        {"on-sync", {"sync", "--no-push"}, false},
                                        {"on-sync", {"snapshot", "-m", "x"}, false},
                                        {"on-snapshot", {"sync"}, true},
                                        {"on-snapshot", {"sync", "--no-push"}, false},
                                        {"on-snapshot", {"snapshot", "-m", "own words"}, true}};
    init_with_dotfiles();
    const std::string manifest = this->manifest();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& [push, words, is_published] = cases[i];
        SCOPED_TRACE(std::string(push) + ": " + words.front() + " " + std::to_string(i));
        tree().file(manifest_file, manifest + "  push: never\n");
        change_here("\" " + std::to_string(i) + "\n");
        tree().file(manifest_file, manifest + "  push: " + push + "\n");
        const std::string before = remote.head();

        const Answer answer = run(words);

        EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
        EXPECT_EQ(remote.head() != before, is_published) << answer.out;
        if (is_published) {
            EXPECT_EQ(remote.subject() == "own words", words.back() == "own words");
        }
    }
}

TEST_F(Sync, LeavesWhatStandsAgainstItAndTellsIt) {
    init_with_dotfiles();
    change_here();
    remote.commit_upstream(".vimrc", "set paste\n");

    EXPECT_THAT(said({"sync"}, 1), HasSubstr("git"));

    EXPECT_EQ(tree().content(copy + "/.vimrc"), "set ruler\n");
}

TEST_F(Sync, IsDoneInPartWhereALinkCannotBeMade) {
    init_with_dotfiles();
    tree().file("home/.vimrc", "of an editor\n");

    said({"sync"}, 3);

    EXPECT_EQ(tree().content("home/.vimrc"), "of an editor\n");
}

TEST_F(Sync, FailsWithTheStatusOfTheNetwork) {
    init_with_dotfiles();
    tree().file(manifest_file,
                "envkeep: 1\nkeep: []\ndotfiles: {url: \"file:///no/such/repository\"}\n");

    EXPECT_THAT(said({"sync"}, 7), HasSubstr("not in sync"));
    EXPECT_FALSE(tree().exists(copy));
}

TEST_F(Sync, SaysOfWhatItLeftThatItLeftItAndTheCureSendsIt) {
    init_with_dotfiles();
    change_here();
    remote.commit_upstream(".vimrc", "set list\n");

    const std::string text = said({"sync"}, 1);

    EXPECT_THAT(text, AllOf(HasSubstr("left as it is  dotfiles"), HasSubstr("[git-changed-here]")));
    EXPECT_THAT(text, HasSubstr("  envkeep sync --push dotfiles\n"));
    EXPECT_THAT(text, Not(HasSubstr("apt-get")));
    EXPECT_THAT(run({"status"}).out, HasSubstr("1 repository: 1 left as it is"));
    EXPECT_THAT(said({"sync", "--push", "dotfiles"}, 1), HasSubstr("[git-both-kept]"));
    EXPECT_EQ(tree().content(copy + "/.vimrc"), "set ruler\n");
}

TEST_F(Sync, SaysWhereGitComesFromWhereACureNeedsIt) {
    init_with_dotfiles();
    change_here();
    remote.commit_upstream(".vimrc", "set list\n");
    command_line_.set("PATH", tree() / "home");

    EXPECT_THAT(said({"sync"}, 1), HasSubstr("git is not here: `apt-get update && apt-get"));
}

TEST_F(Sync, IsNotUpToDateWhereNobodyAsked) {
    init_with("envkeep: 1\nkeep: []\ndotfiles: {url: \"https://example.org/me/x\"}\n");

    EXPECT_THAT(run({"sync", "--no-network"}).out, HasSubstr("not asked  dotfiles"));
    EXPECT_THAT(run({"status"}).out, HasSubstr("1 not asked"));
}

TEST_F(Sync, FailsWithTheStatusOfAStoreThatIsMissing) {
    init_with_dotfiles();
    tree().remove("storage/envkeep/store.json");

    EXPECT_THAT(said({"sync"}, 4), HasSubstr("store.json"));
    EXPECT_FALSE(tree().exists(copy));
}

TEST_F(Sync, IsToldOfByStatus) {
    init_with_dotfiles();
    ASSERT_EQ(run({"sync"}).status, 0);
    EXPECT_THAT(run({"status"}).out, HasSubstr("1 repository: 1 cloned"));
    remote.git(".", "--version && rm -rf '" + remote.url().substr(7) + "'");
    ASSERT_EQ(run({"sync"}).status, 7);

    const Answer status = run({"status"});

    EXPECT_EQ(status.status, 1);
    EXPECT_THAT(status.out,
                AllOf(HasSubstr("1 repository: 1 not in sync"),
                      HasSubstr("[git-repository-missing]"),
                      HasSubstr("what is here")));
    EXPECT_THAT(run({"status", "--json"}).out, HasSubstr("\"repositories\""));
}

std::size_t threads_at_fork = 0;

void note_threads() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    threads_at_fork = std::max<std::size_t>(
        threads_at_fork, static_cast<std::size_t>(std::distance(begin(threads), end(threads))));
}

// A lock that the thread of the progress line holds at that moment would never be free in the
// child.
TEST_F(Sync, ForksOnlyWhileThereIsOneThread) {
    init_with_dotfiles("  push: on-snapshot\n");
    command_line_.terminal_width = 80;
    ASSERT_EQ(::pthread_atfork(&note_threads, nullptr, nullptr), 0);
    for (const Words& words : {Words{"sync"}, Words{"restore"}, Words{"snapshot", "-m", "x"}}) {
        tree().file("home/.profile", words.front());
        threads_at_fork = 0;

        EXPECT_EQ(run(words).status, 0) << words.front();

        EXPECT_EQ(threads_at_fork, 1U) << words.front();
    }
}

TEST_F(Sync, UsesNoNetworkWhereItIsToldNotTo) {
    init_with_dotfiles();
    EXPECT_EQ(run({"sync", "--no-network"}).status, 0) << "a file is none";
    tree().file(manifest_file,
                "envkeep: 1\nkeep: []\ndotfiles: {url: \"ssh://me@127.0.0.1:9/x\"}\n");

    remote.git(tree() / copy, "remote set-url origin ssh://me@127.0.0.1:9/x");

    EXPECT_THAT(said({"sync", "--no-network"}, 0), HasSubstr("run again without --no-network"));

    EXPECT_EQ(tree().content("home/.vimrc"), "set number\n") << "the last good copy";
}

TEST_F(Sync, LeavesACopyInAReadOnlyStore) {
    init_with_dotfiles();
    ASSERT_EQ(run({"sync"}).status, 0);
    const std::string before = remote.head();
    remote.commit_upstream(".inputrc", "x\n");

    testing::in_child([&] {
        const std::string storage = command_line_.storage();
        const auto mount = testing::ScopedMount::read_only_bind(storage, storage);
        EXPECT_THAT(said({"sync"}, 0), HasSubstr("the store can only be read"));
        EXPECT_FALSE(tree().exists(copy + "/.inputrc"));
    });
}

TEST_F(Sync, LeavesACopyOnWhichAnotherSessionIsAtWork) {
    init_with_dotfiles();
    {
        const auto held = claim();
        ASSERT_TRUE(held.has_value());
        EXPECT_THAT(
            said({"sync"}, 0),
            AllOf(HasSubstr("under way  dotfiles"), HasSubstr("another session is at work")));
        EXPECT_FALSE(tree().exists(copy));
    }
    EXPECT_EQ(run({"sync"}).status, 0);
    EXPECT_TRUE(tree().exists(copy));
}

TEST_F(Sync, TakesOverFromADeadProcess) {
    init_with_dotfiles();
    const auto worker = posix::start_worker([&](int) {
        const auto held = claim();
        std::_Exit(held ? 0 : 1);  // as if killed: it is not released
        return 0;
    });
    ASSERT_TRUE(worker.has_value());
    const auto end = posix::wait_for_worker(
        *worker, std::chrono::steady_clock::now() + std::chrono::seconds(60));
    ASSERT_EQ(end, (posix::WorkerEnd{.exit_code = 0, .signal = 0}));

    EXPECT_EQ(run({"sync"}).status, 0);

    EXPECT_TRUE(tree().exists(copy));
}

TEST_F(Sync, StatusTellsWhenACopyWasLastFetchedByWhomever) {
    init_with_dotfiles();
    ASSERT_EQ(run({"sync"}).status, 0);
    EXPECT_THAT(run({"status"}).out, HasSubstr("1 repository: 1 cloned; fetched "));
    tree().modified(copy + "/.git/FETCH_HEAD", 0);
    EXPECT_THAT(run({"status"}).out, HasSubstr(" d ago\n"));
    EXPECT_THAT(run({"status", "--json"}).out, HasSubstr("\"fetched_at\":\"1970-01-01T"));
    EXPECT_THAT(run({"sync"}).status, 0);
    EXPECT_THAT(run({"status"}).out, Not(HasSubstr(" d ago")));
    tree().remove(copy + "/.git/FETCH_HEAD");
    EXPECT_THAT(run({"status"}).out, HasSubstr("1 repository: 1 up to date\n"));
}

// Whoever can write to the store decides what stands there.
TEST_F(Sync, FollowsNoPlantedLinkOutOfTheStore) {
    init_with_dotfiles();
    tree().folder("elsewhere");
    for (const std::string& planted : {std::string("storage/envkeep/repos"), copy}) {
        tree().link(planted, tree() / "elsewhere");

        EXPECT_EQ(run({"sync"}).status, 7) << planted;

        EXPECT_THAT(tree().snapshot("elsewhere"), IsEmpty()) << planted;
        tree().remove(planted);
    }
}

TEST_F(Sync, KeepsItsRecordsInNoPlantedLink) {
    init_with_dotfiles();
    tree()
        .folder("elsewhere")
        .folder("home/.envkeep-state")
        .link("home/.envkeep-state/git", tree() / "elsewhere");

    EXPECT_EQ(run({"sync"}).status, 0);

    EXPECT_THAT(tree().snapshot("elsewhere"), IsEmpty());
    EXPECT_TRUE(tree().exists(copy));
}

}  // namespace
}  // namespace envkeep::cli
