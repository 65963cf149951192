// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/lookalikes.hpp"

#include "unit/snapshot/plan_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::snapshot {
namespace {

using system::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Digest digest(std::string_view text) {
    Hasher hasher;
    hasher.update(std::as_bytes(std::span(text)));
    return hasher.digest();
}

// What looks as the layer says.
class LookalikesOfALayer : public ::testing::Test {
  protected:
    std::vector<std::size_t> found(const Status& status) {
        return lookalikes(layer, {.entries = {as_restored(layer.entries[0]), status}}, context);
    }

    Layer layer = layer_with({folder("usr"), file("usr/a")});
    LayerContext context{.image_until = container_began};
    Status restored = as_restored(layer.entries[1]);
};

TEST_F(LookalikesOfALayer, AreTheImagesFilesAndTheSessionsOwn) {
    EXPECT_THAT(found(of_image(restored)), ElementsAre(1U));
    EXPECT_THAT(found(restored), ElementsAre(1U));
    Status other = restored;
    other.size = 11;
    EXPECT_THAT(found(other), IsEmpty());
}

TEST_F(LookalikesOfALayer, AreNotWhatARestoreOfItHasBegunToMake) {
    context.is_begun = true;

    EXPECT_THAT(found(restored), IsEmpty());
    EXPECT_THAT(found(of_image(restored)), ElementsAre(1U));
}

// So that a restore which has nothing to do reads no file.
TEST_F(LookalikesOfALayer, AreNotWhatStandsAsItWasHeld) {
    context.held = &layer;
    context.held_until = later;

    EXPECT_THAT(found(restored), IsEmpty());
    EXPECT_THAT(found(of_image(restored)), IsEmpty());
    context.held_until = restored_at;
    EXPECT_THAT(found(restored), ElementsAre(1U));
}

TEST_F(LookalikesOfALayer, OnAUsedDiskAreOnlyWhatTheImageHasJustSo) {
    const ImageListing image{.roots = {"usr"}, .entries = {file_of_image("usr/a", 10)}};
    context.image_until.reset();

    EXPECT_THAT(found(restored), IsEmpty());
    context.image = &image;
    EXPECT_THAT(found(restored), ElementsAre(1U));
}

TEST(PlanOfLookalikes, ReplacesThoseOfTheImageAndMovesTheUsersAside) {
    const Layer layer = layer_with({file("usr/a"), file("usr/b")});
    const Status image = of_image(as_restored(layer.entries[0]));
    const Status users = as_restored(layer.entries[1]);

    const LayerPlan found = plan_layer(
        layer, {.entries = {image, users}, .others = {0, 1}}, {.image_until = container_began});

    EXPECT_THAT(found.steps,
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::replace, .seen = image},
                            LayerStep{.entry = 1, .change = LayerChange::make, .seen = users}));
    EXPECT_THAT(found.aside, ElementsAre(1U));
}

TEST(PlanOfLookalikes, ReplacesWhatTheLayerBeforeHadWithOtherBytes) {
    Layer layer = layer_with({file("usr/a"), file("usr/b")});
    layer.entries[0].digest = digest("1");
    layer.entries[1].kind = EntryKind::link;
    layer.entries[1].target = "here";
    layer.entries[1].size = 0;
    Layer held = layer;
    const Status at_a = as_restored(layer.entries[0]);
    Status at_b = at_a;
    at_b.kind = system::Kind::link;
    at_b.size = 4;
    const auto steps = [&] {
        return plan_layer(layer,
                          {.entries = {at_a, at_b}},
                          {.image_until = container_began, .held_until = later, .held = &held})
            .steps;
    };

    EXPECT_THAT(steps(), IsEmpty());
    held.entries[0].digest = digest("2");
    held.entries[1].target = "then";
    EXPECT_THAT(steps(),
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::replace, .seen = at_a},
                            LayerStep{.entry = 1, .change = LayerChange::replace, .seen = at_b}));
}

}  // namespace
}  // namespace envkeep::snapshot
