// SPDX-License-Identifier: MIT
#include "engine/store_claim.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace envkeep::engine {
namespace {

class ClaimingAStore : public ::testing::Test {
  protected:
    Result<store::ChangesClaim> claimed_by_another() {
        return store::ChangesClaim::take(store_, "gc --backups", machine_, files_, files_);
    }

    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{environ};
    posix::TreeWalker walker_{files_};
    World world_{.files = files_, .writer = &files_, .machine = machine_, .walker = walker_};
    store::Store store_{.base = files_.open_root(tree_.folder("s/envkeep") / "s").value(),
                        .root = files_.open_root(tree_ / "s/envkeep").value(),
                        .base_path = tree_ / "s",
                        .path = tree_ / "s/envkeep",
                        .id = "0",
                        .created = ""};
};

TEST_F(ClaimingAStore, WaitsForOneWhoIsSoonThrough) {
    std::optional<store::ChangesClaim> other(claimed_by_another().value());
    world_.claim_patience = std::chrono::minutes(1);
    int told = 0;

    const auto claim = claim_store(world_, store_, "save", {.phase = [&](std::string_view) {
                                       ++told;
                                       other.reset();
                                   }});

    ASSERT_TRUE(claim.has_value()) << claim.error().message;
    EXPECT_EQ(told, 1);
    EXPECT_EQ(claimed_by_another().error().kind, ErrorKind::busy);
}

TEST_F(ClaimingAStore, NamesWhoHasItWhenItsPatienceIsOver) {
    const auto other = claimed_by_another();
    world_.claim_patience = std::chrono::milliseconds(60);
    int told = 0;

    const auto claim =
        claim_store(world_, store_, "save", {.phase = [&](std::string_view) { ++told; }});

    ASSERT_FALSE(claim.has_value());
    EXPECT_EQ(claim.error().kind, ErrorKind::busy);
    EXPECT_NE(claim.error().message.find("envkeep gc --backups"), std::string::npos);
    EXPECT_EQ(told, 2);  // one whole pause, and the rest
}

TEST_F(ClaimingAStore, WaitsForNobodyWithoutPatience) {
    const auto other = claimed_by_another();
    world_.claim_patience = std::chrono::minutes(1);

    EXPECT_EQ(claim_store(without_patience(world_), store_, "save").error().kind, ErrorKind::busy);
}

}  // namespace
}  // namespace envkeep::engine
