// SPDX-License-Identifier: MIT
#include "support/each_system_call.hpp"
#include "support/mounts.hpp"
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace envkeep::keep {
namespace {

using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::ScopedMount;
using envkeep::testing::TempTree;
using testing::carry_out;
using testing::HomeAndStore;
using ::testing::IsEmpty;

// Files with bytes in them that group or others may read, below a folder that they may enter.
std::vector<std::string> readable_by_others(const std::string& folder) {
    std::vector<std::string> readable;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        struct ::stat status{};
        if (::lstat(entry.path().c_str(), &status) != 0 || (status.st_mode & 077U) == 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            const auto below = readable_by_others(entry.path());
            readable.insert(readable.end(), below.begin(), below.end());
        } else if (S_ISREG(status.st_mode) && status.st_size > 0) {
            readable.push_back(entry.path());
        }
    }
    return readable;
}

class ApplyToSecrets : public ::testing::Test {
  protected:
    ApplyToSecrets() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    // Stops the action at each of its calls and looks at who may read what in `made` then.
    void expect_never_readable(const std::function<void(TempTree&)>& build,
                               const std::function<model::Action(HomeAndStore&)>& action,
                               const std::string& made) {
        Meddled outcome = Meddled::killed;
        for (std::size_t call = 0; outcome != Meddled::not_reached; ++call) {
            TempTree tree(folder_.path());
            tree.folder("home").folder("store/home");
            build(tree);

            outcome = kill_at_changing_call(call, [&] {
                HomeAndStore world(tree.path());
                carry_out(world, action(world));
            });

            ASSERT_THAT(readable_by_others(tree / made), IsEmpty()) << "stopped at call " << call;
        }
    }

  private:
    TempTree folder_;
    ScopedMount mount_;
};

TEST_F(ApplyToSecrets, SeedsAreNeverReadableByOthers) {
    expect_never_readable(
        [](TempTree& tree) {
            tree.file("home/.ssh/id_rsa", "key", 0644).file("home/.ssh/sub/deep", "key", 0666);
        },
        [](HomeAndStore& world) {
            return model::Seed{.from = world.at_home(".ssh"),
                               .to = world.in_store("home/.ssh"),
                               .seen = world.seen(world.at_home(".ssh")),
                               .file_bound = 0600,
                               .folder_bound = 0700};
        },
        "store/home");
}

TEST_F(ApplyToSecrets, CopiesAreNeverReadableByOthers) {
    expect_never_readable(
        [](TempTree& tree) {
            tree.file("store/home/.ssh/id_rsa", "key", 0777).file("home/.ssh/id_rsa", "old", 0600);
        },
        [](HomeAndStore& world) {
            return model::CopyIn{.from = world.in_store("home/.ssh"),
                                 .to = world.at_home(".ssh"),
                                 .seen = world.seen(world.at_home(".ssh")),
                                 .file_bound = 0600,
                                 .folder_bound = 0700};
        },
        "home");
}

TEST_F(ApplyToSecrets, WhatIsSavedIsNeverReadableByOthers) {
    expect_never_readable(
        [](TempTree& tree) {
            tree.file("store/home/.netrc", "old", 0600).file("home/.netrc", "new", 0644);
        },
        [](HomeAndStore& world) {
            return model::CopyBack{.from = world.at_home(".netrc"),
                                   .to = world.in_store("home/.netrc"),
                                   .from_seen = world.seen(world.at_home(".netrc")),
                                   .to_seen = world.seen(world.in_store("home/.netrc")),
                                   .bound = 0600};
        },
        "store");
}

TEST_F(ApplyToSecrets, WhatGoesAsideIsClosedToOthers) {
    expect_never_readable(
        [](TempTree& tree) {
            tree.file("home/.cache/netrc", "secret", 0644).mode("home/.cache", 0700);
        },
        [](HomeAndStore& world) {
            return model::ReplaceByLink{.place = world.at_home(".cache/netrc"),
                                        .seen = world.seen(world.at_home(".cache/netrc")),
                                        .target = "/x"};
        },
        "home");
}

}  // namespace
}  // namespace envkeep::keep
