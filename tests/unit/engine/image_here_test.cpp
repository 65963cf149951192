// SPDX-License-Identifier: MIT
#include "engine/image_here.hpp"

#include "engine/layer_place.hpp"
#include "envkeep/posix/folder_lock.hpp"
#include "support/child.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A container that began some time before its start line runs, and what was made in between.
class StartLine : public testing::SessionOfATest {
  protected:
    void run_after(std::chrono::seconds late) {
        tree.remove("home/.envkeep-state");
        machine.started = machine.now() - late;
        install("early");
        tree.file("home/work/early", "mine");
        const Session begun = session();
        ASSERT_TRUE(begin_layer(world(), begun, machine.now()).has_value());
        ASSERT_TRUE(list_image_once(world(), begun, {}, {}).has_value());
    }

    // Whether anything of that name is among what has paths.
    template <typename T>
    static bool has(const std::vector<T>& entries, const std::string& end) {
        return std::ranges::any_of(entries, [&](const T& one) { return one.path.ends_with(end); });
    }

    void expect_early_is_not_the_images() {
        const snapshot::Shelf shelf = shelf_of(world(), session());
        const std::string image = state().image;
        EXPECT_FALSE(has(snapshot::load_listing(shelf, image).value().entries, "early"));
        EXPECT_FALSE(has(snapshot::load_listing(shelf, image).value().entries, "work"));
        EXPECT_THAT(snapshot::load_image_lock(shelf, image).value(), Not(HasSubstr("early")));
    }
};

TEST_F(StartLine, LeavesToTheSessionWhatTheUserMadeBeforeALateOne) {
    run_after(std::chrono::hours(1));

    expect_early_is_not_the_images();
    const auto taken = take();
    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    ASSERT_TRUE(taken->record.has_value());
    const auto layer = snapshot::load_layer(shelf_of(world(), session()), taken->record->layer);
    EXPECT_TRUE(has(layer.value().entries, "home/work/early"));
}

TEST_F(StartLine, LeavesOutWhatThePlatformMadeBeforeIt) {
    run_after(std::chrono::seconds(0));

    expect_early_is_not_the_images();
    EXPECT_FALSE(take().value().record.has_value());
}

TEST_F(StartLine, SeesWhatWasMadeAfterTheClockWasSetBack) {
    const std::chrono::hours ahead{1};
    run_after(std::chrono::seconds(0));
    snapshot::LayerState began = state();
    began.session_began += ahead;
    *began.image_until += ahead;
    *began.container_start += ahead;
    ASSERT_TRUE(snapshot::save_layer_state(session().home, began, files).has_value());

    tree.file("home/work/later", "mine");

    const auto taken = take();
    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    ASSERT_TRUE(taken->record.has_value());
    const auto layer = snapshot::load_layer(shelf_of(world(), session()), taken->record->layer);
    EXPECT_TRUE(has(layer.value().entries, "home/work/later"));
    EXPECT_FALSE(has(layer.value().entries, "home/work/early"));
    EXPECT_EQ(state().container_start, machine.started);
}

// What was deleted since is in that listing alone.
TEST_F(StartLine, KeepsAListingThatCannotBeReadNow) {
    run_after(std::chrono::seconds(0));
    const std::string listing = "storage/envkeep/images/" + state().image + ".zst";
    const std::string before = tree.content(listing);
    const Session now = session();
    const snapshot::Scope scope = scope_of(world(), now).value();

    testing::with_refused_calls({{.number = SYS_pread64, .code = ESTALE}}, [&] {
        const auto listed = image_listing(world(), now, state(), scope);
        ASSERT_FALSE(listed.has_value());
        EXPECT_THAT(listed.error().message, HasSubstr(tree / listing));
    });

    EXPECT_EQ(tree.content(listing), before);
    EXPECT_TRUE(image_listing(world(), now, state(), scope).has_value());
}

TEST_F(StartLine, IsWaitedForWhileItStillListsTheImage) {
    tree.remove("home/.envkeep-state");
    const std::string state_folder = tree.folder("home/.envkeep-state") / "home/.envkeep-state";
    std::optional<posix::FolderLock> background = posix::FolderLock::try_take(state_folder).value();
    ASSERT_TRUE(background.has_value());
    int told = 0;

    const auto met = meet_image(world(), session(), {.phase = [&](std::string_view phase) {
                                    told += phase.starts_with("waiting") ? 1 : 0;
                                    if (told > 0) {
                                        background.reset();
                                    }
                                }});

    ASSERT_TRUE(met.has_value()) << met.error().message;
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(state().image.empty());
}

// It may have begun long before the image came to this host.
TEST_F(StartLine, IsNotLateForTheFirstProcessOfAnotherContainer) {
    machine.is_in_pod = true;
    run_after(std::chrono::hours(1));

    EXPECT_FALSE(take().value().record.has_value());
}

}  // namespace
}  // namespace envkeep::engine
