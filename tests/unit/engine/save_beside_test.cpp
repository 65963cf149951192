// SPDX-License-Identifier: MIT
#include "envkeep/engine/restore.hpp"
#include "envkeep/store/lease.hpp"
#include "session_of_a_test.hpp"
#include "support/failing_files.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

// Two processes of one session, the background and a save by hand, and a file that changes in
// between.
class SavingBeside : public testing::SessionOfATest {
  protected:
    void SetUp() override {
        SessionOfATest::SetUp();
        tree.file("storage/envkeep/manifest.yaml",
                  "envkeep: 1\nkeep: [{path: .conf, how: copy, kind: file}]\n")
            .file("storage/envkeep/home/.conf", "one");
        Session first = session();
        ASSERT_TRUE(restore(world(), first, {}, {}).has_value());
    }

    void expect_saved(const std::string& content) {
        EXPECT_EQ(tree.content("storage/envkeep/home/.conf"), content);
        // No other version beside it.
        EXPECT_THAT(files.list(session().store.place("home")).value(),
                    ElementsAre(Field(&system::Entry::name, ".conf")));
    }
};

TEST_F(SavingBeside, ComparesWithWhatTheOtherProcessSavedLast) {
    Session slow = session();
    tree.file("home/.conf", "two");
    Session quick = session();
    ASSERT_TRUE(save(world(), quick, {}).has_value());
    tree.file("home/.conf", "three");

    const Result<SaveReport> saved = save(world(), slow, {});

    ASSERT_TRUE(saved.has_value()) << saved.error().message;
    EXPECT_EQ(saved->ending, Ending::well);
    expect_saved("three");
}

// Looks at the claim whenever what the session remembers is written.
class LooksAtTheClaim final : public testing::FailingFiles {
  public:
    LooksAtTheClaim(system::FileWriter& inner, std::function<bool()> is_claimed)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          is_claimed_(std::move(is_claimed)) {}

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& place,
                                                  std::string_view content,
                                                  std::uint32_t mode) override {
        if (place.path.name() == "session.json") {
            was_claimed = is_claimed_();
        }
        return FailingFiles::overwrite_own_file(place, content, mode);
    }

    bool was_claimed = false;  // when it was written last

  private:
    std::function<bool()> is_claimed_;
};

TEST_F(SavingBeside, HasTheClaimUntilItIsNotedWhatWasSaved) {
    tree.file("home/.conf", "two");
    Session now = session();
    LooksAtTheClaim looks(files, [&] { return store::is_changing(now.store, machine, files); });
    World looking = world();
    looking.writer = &looks;

    ASSERT_TRUE(save(looking, now, {}).has_value());

    EXPECT_TRUE(looks.was_claimed);
    EXPECT_FALSE(store::is_changing(now.store, machine, files));
    expect_saved("two");
}

}  // namespace
}  // namespace envkeep::engine
