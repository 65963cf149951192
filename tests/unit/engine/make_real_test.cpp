// SPDX-License-Identifier: MIT
#include "engine/make_real.hpp"

#include "envkeep/engine/household.hpp"
#include "session_of_a_test.hpp"
#include "support/failing_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

namespace envkeep::engine {
namespace {

// Counts how often the claim on the store is written while a kept folder is copied to the home.
class CountsRenewals final : public testing::FailingFiles {
  public:
    explicit CountsRenewals(system::FileWriter& inner)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}) {}

    int renewals = 0;

    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& expected) override {
        renewals += is_copying_ && place.path.name() == "changes.claim" ? 1 : 0;
        return FailingFiles::write_file(place, content, mode, expected);
    }

    [[nodiscard]] Result<system::CopyReport> copy(
        const system::Place& from,
        const system::Place& to,
        const system::CopyOptions& options,
        const std::optional<system::Status>& replaced) override {
        is_copying_ = from.path.name() == ".large";
        auto copied = FailingFiles::copy(from, to, options, replaced);
        is_copying_ = false;
        return copied;
    }

  private:
    bool is_copying_ = false;
};

// A machine on which a minute passes between two looks at the clock.
class MakingReal : public testing::SessionOfATest {
  protected:
    void SetUp() override {
        SessionOfATest::SetUp();
        tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.large]\n")
            .file("storage/envkeep/home/.large/a", "1")
            .file("storage/envkeep/home/.large/b", "2");
        Session now = session();
        ASSERT_TRUE(restore(world(), now, {}, {}));
        machine.ahead = [this] { return passed += std::chrono::minutes(1); };
    }

    World counting() {
        World counted = world();
        counted.writer = &counts;
        return counted;
    }

    std::chrono::seconds passed{0};
    CountsRenewals counts{files};
};

TEST_F(MakingReal, RenewsTheClaimWhileAReleaseCopies) {
    ASSERT_TRUE(release(counting(), options(), {".large"}, {}));

    EXPECT_EQ(tree.content("home/.large/b"), "2");
    EXPECT_EQ(counts.renewals, 2);
}

TEST_F(MakingReal, RenewsTheClaimWhileAnUninstallCopies) {
    ASSERT_TRUE(uninstall(counting(), options(), false, {}));

    EXPECT_EQ(tree.content("home/.large/b"), "2");
    EXPECT_EQ(counts.renewals, 2);
}

}  // namespace
}  // namespace envkeep::engine
