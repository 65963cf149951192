// SPDX-License-Identifier: MIT
#include "unit/snapshot/plan_parts.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace envkeep::snapshot {
namespace {

using system::Kind;
using system::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PlanOfALayer, IsEmptyWhereAllIsAsRecorded) {
    const Layer layer = layer_with({folder("usr"), file("usr/a")});

    EXPECT_TRUE(
        plan(layer, {as_restored(layer.entries[0]), as_restored(layer.entries[1])}).is_empty());
}

TEST(PlanOfALayer, MakesWhatIsMissingAndSetsTheTimesOfItsFolder) {
    const Layer layer = layer_with({folder("usr"), file("usr/a")});
    const Status there = as_restored(layer.entries[0]);

    EXPECT_THAT(plan(layer, {there, Status{}}).steps,
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::attributes, .seen = there},
                            LayerStep{.entry = 1, .change = LayerChange::make, .seen = {}}));
}

TEST(PlanOfALayer, ReplacesWhatIsTheImages) {
    const Layer layer = layer_with({file("usr/a")});
    Status other = of_image(as_restored(layer.entries[0]));
    other.size = 11;

    const LayerPlan found = plan(layer, {other});

    EXPECT_THAT(found.steps,
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::replace, .seen = other}));
    EXPECT_THAT(found.aside, IsEmpty());
}

TEST(PlanOfALayer, MovesAsideWhatTheSessionMade) {
    const Layer layer = layer_with({file("usr/a")});
    Status users = as_restored(layer.entries[0]);
    users.size = 11;
    users.changed = later;

    const LayerPlan found = plan(layer, {users});

    EXPECT_THAT(found.aside, ElementsAre(0U));
    EXPECT_EQ(found.steps.front().change, LayerChange::make);
}

TEST(PlanOfALayer, MovesAFolderAsideThatStandsInTheWayOfAFile) {
    const Layer layer = layer_with({file("usr/a")});
    const Status in_the_way = of_image(as_restored(folder("usr/a")));

    EXPECT_THAT(plan(layer, {in_the_way}).aside, ElementsAre(0U));
}

TEST(PlanOfALayer, SetsOnlyTheModeWhereTheBytesAreRight) {
    const Layer layer = layer_with({file("usr/a")});
    Status other = as_restored(layer.entries[0]);
    other.mode = 0600;

    EXPECT_EQ(plan(layer, {other}).steps.front().change, LayerChange::attributes);
}

TEST(PlanOfALayer, DeletesOnlyWhatIsStillTheImages) {
    Layer layer = layer_with({});
    layer.deletions = {{.path = "usr/a", .size = 10, .modified = old_time},
                       {.path = "usr/b", .size = 10, .modified = old_time},
                       {.path = "usr/c", .size = 10, .modified = old_time}};
    const Status image = of_image(as_restored(file("usr/a")));
    Status changed = as_restored(file("usr/b"));
    changed.changed = later;

    const LayerPlan found = plan_layer(layer,
                                       {.entries = {}, .deletions = {image, changed, Status{}}},
                                       {.image_until = container_began});

    EXPECT_THAT(found.removals, ElementsAre(LayerRemoval{.path = "usr/a", .seen = image}));
    EXPECT_THAT(found.stay, ElementsAre("usr/b"));
}

TEST(PlanOfALayer, TakesNothingForTheImagesThatWasWrittenAfterASnapshotOfIt) {
    Layer layer = layer_with({file("usr/a"), file("usr/b")});
    layer.deletions = {{.path = "usr/c", .size = 10, .modified = old_time}};
    Status theirs = of_image(as_restored(layer.entries[0]));
    theirs.size += 1;
    Status ours = theirs;
    ours.modified = old_time + std::chrono::hours(1);
    const LayerSeen seen{.entries = {theirs, ours}, .deletions = {ours}};
    LayerContext context{.image_until = container_began,
                         .image_seen_at = old_time + std::chrono::minutes(1)};

    const LayerPlan found = plan_layer(layer, seen, context);

    EXPECT_THAT(found.aside, ElementsAre(1U));
    EXPECT_THAT(found.removals, IsEmpty());
    EXPECT_THAT(found.stay, ElementsAre("usr/c"));
}

class PlanAfterAnotherLayer : public ::testing::Test {
  protected:
    LayerPlan plan_with(const Status& at_old, WallTime held_until) {
        const LayerSeen held_seen{.entries = {as_restored(held_.entries[0]), at_old}};
        return plan_layer(wanted_,
                          {.entries = {as_restored(wanted_.entries[0])}},
                          {.image_until = container_began,
                           .held_until = held_until,
                           .held = &held_,
                           .held_seen = &held_seen,
                           .image = image_});
    }

    const ImageListing listing_{.roots = {"usr"}, .entries = {folder_of_image("usr")}};
    const ImageListing* image_ = &listing_;
    Layer held_ = layer_with({folder("usr"), file("usr/old")});
    Layer wanted_ = layer_with({folder("usr")});
};

TEST_F(PlanAfterAnotherLayer, RemovesWhatOnlyTheOtherHad) {
    const Status old = as_restored(held_.entries[1]);

    EXPECT_THAT(plan_with(old, later).removals,
                ElementsAre(LayerRemoval{.path = "usr/old", .seen = old}));
}

TEST_F(PlanAfterAnotherLayer, RemovesNothingWhereNobodyKnowsWhatTheImageHas) {
    const Status old = as_restored(held_.entries[1]);
    image_ = nullptr;

    EXPECT_THAT(plan_with(old, later).removals, IsEmpty());
    EXPECT_THAT(plan_with(old, later).lost_of_image, ElementsAre("usr/old"));

    const ImageListing of_home_only{.roots = {"root"}};
    image_ = &of_home_only;
    EXPECT_THAT(plan_with(old, later).removals, IsEmpty());
}

TEST_F(PlanAfterAnotherLayer, LeavesWhatWasChangedSince) {
    Status edited = as_restored(held_.entries[1]);
    edited.changed = later;

    EXPECT_THAT(plan_with(edited, later).removals, IsEmpty());
    EXPECT_THAT(plan_with(edited, later).stay, ElementsAre("usr/old"));
}

TEST_F(PlanAfterAnotherLayer, LeavesWhatStandsInThePlaceOfAFileOfTheImageAndSaysSo) {
    const ImageListing image{.roots = {"usr"}, .entries = {file_of_image("usr/old", 10)}};
    held_.deletions = {{.path = "usr/removed"}};
    const LayerSeen held_seen{
        .entries = {as_restored(held_.entries[0]), as_restored(held_.entries[1])}};

    const LayerPlan found = plan_layer(wanted_,
                                       {.entries = {as_restored(wanted_.entries[0])}},
                                       {.image_until = container_began,
                                        .held_until = later,
                                        .held = &held_,
                                        .held_seen = &held_seen,
                                        .image = &image});

    EXPECT_THAT(found.removals, IsEmpty());
    EXPECT_THAT(found.lost_of_image, ElementsAre("usr/old", "usr/removed"));
}

// What a restore of a third layer brought, which did not come to its end.
class PlanAfterOneThatWasBegun : public ::testing::Test {
  protected:
    LayerPlan plan_of(Layer wanted, std::vector<Status> seen) {
        return plan_layer(wanted, {.entries = std::move(seen)}, context);
    }

    static Brought brought(const Entry& entry) {
        return {.path = entry.path, .seen = as_restored(entry), .group = {.name = "/usr/local"}};
    }

    const ImageListing listing{.roots = {"usr"}, .entries = {file_of_image("usr/of-image", 11)}};
    LayerContext context{.image_until = container_began, .image = &listing};
};

TEST_F(PlanAfterOneThatWasBegun, ReplacesWhatThatOneBrought) {
    context.brought = {brought(file("usr/a", 11))};

    const LayerPlan found = plan_of(layer_with({file("usr/a")}), {as_restored(file("usr/a", 11))});

    EXPECT_THAT(found.aside, IsEmpty());
    EXPECT_EQ(found.steps.front().change, LayerChange::replace);
}

TEST_F(PlanAfterOneThatWasBegun, RemovesWhatItDoesNotHaveWhatIsInAFolderFirst) {
    const Layer held = layer_with({file("usr/only/b")});
    const LayerSeen held_seen{.entries = {as_restored(held.entries[0])}};
    context.held = &held;
    context.held_seen = &held_seen;
    context.held_until = later;
    context.brought = {brought(folder("usr/only")), brought(file("usr/only/a"))};

    std::vector<std::string> paths;
    for (const LayerRemoval& removal : plan_of(layer_with({}), {}).removals) {
        paths.push_back(removal.path);
    }

    EXPECT_THAT(paths, ElementsAre("usr/only/b", "usr/only/a", "usr/only"));
}

TEST_F(PlanAfterOneThatWasBegun, TellsWhatTheImageHadThere) {
    Brought removed{.path = "usr/removed"};
    context.brought = {brought(file("usr/of-image")), removed};

    const LayerPlan found = plan_of(layer_with({}), {});

    EXPECT_THAT(found.removals, IsEmpty());
    EXPECT_THAT(found.lost_of_image, ElementsAre("usr/of-image", "usr/removed"));
}

TEST_F(PlanAfterOneThatWasBegun, LeavesWhatIsOfAnotherDomain) {
    context.brought = {brought(file("usr/a"))};
    context.is_wanted = [](const Group& group) { return group.domain == Domain::python; };

    EXPECT_THAT(plan_of(layer_with({}), {}).removals, IsEmpty());
}

// Whatever is older than the container may be what the one before it made there.
class PlanOnAUsedDisk : public ::testing::Test {
  protected:
    LayerPlan plan_of(const Status& found, const ImageListing* image) const {
        return plan_layer(layer_, {.entries = {found}, .deletions = {found}}, {.image = image});
    }

    static Status older_than_the_container(std::uint64_t size) {
        return of_image(as_restored(file("usr/a", size)));
    }

    const ImageListing image_{.roots = {"usr"}, .entries = {file_of_image("usr/a", 11)}};
    Layer layer_ = layer_with({file("usr/a", 10)});
};

TEST_F(PlanOnAUsedDisk, MovesAsideWhatIsOldAndNotTheImages) {
    EXPECT_THAT(plan_of(older_than_the_container(12), &image_).aside, ElementsAre(0U));
    EXPECT_THAT(plan_of(older_than_the_container(11), nullptr).aside, ElementsAre(0U));
}

TEST_F(PlanOnAUsedDisk, ReplacesWhatTheListingHasJustSo) {
    const LayerPlan found = plan_of(older_than_the_container(11), &image_);

    EXPECT_THAT(found.aside, IsEmpty());
    EXPECT_EQ(found.steps.front().change, LayerChange::replace);
}

TEST_F(PlanOnAUsedDisk, DeletesWhatTheListingHasJustSoAndNothingElse) {
    layer_ = layer_with({});
    layer_.deletions = {{.path = "usr/a", .size = 11, .modified = old_time}};

    EXPECT_EQ(plan_of(older_than_the_container(11), &image_).removals.size(), 1U);
    EXPECT_THAT(plan_of(older_than_the_container(11), nullptr).stay, ElementsAre("usr/a"));
}

TEST(PlanOfALayer, KeepsGroupsOutThatAreNotWanted) {
    Layer layer = layer_with({file("usr/a"), file("usr/b")});
    layer.groups.push_back({.domain = Domain::python, .place = "/usr", .name = "b"});
    layer.entries[1].group = 1;

    const LayerPlan found = plan_layer(
        layer,
        {.entries = {Status{}, Status{}}},
        {.image_until = container_began,
         .is_wanted = [](const Group& group) { return group.domain == Domain::python; }});

    EXPECT_THAT(found.steps,
                ElementsAre(LayerStep{.entry = 1, .change = LayerChange::make, .seen = {}}));
}

TEST(PlanOfALayer, MakesAHardLinkThatLeadsElsewhere) {
    Layer layer = layer_with({file("usr/a"), file("usr/b")});
    layer.entries[1].kind = EntryKind::hard_link;
    layer.entries[1].target = "usr/a";
    Status one = as_restored(layer.entries[0]);
    one.inode = 7;
    Status other = one;
    other.inode = 8;

    EXPECT_THAT(plan(layer, {one, one}).steps, IsEmpty());
    EXPECT_EQ(plan(layer, {one, other}).steps.size(), 1U);
}

TEST(PlanOfALayer, LeavesTimesAndRightsOfAnotherUsersFolder) {
    const Layer layer = layer_with({folder("opt"), file("opt/a")});
    Status theirs = as_restored(layer.entries[0]);
    theirs.mode = 0700;

    const LayerPlan found =
        plan_layer(layer, {.entries = {theirs, Status{}}}, {.may_set_owners = false, .user = 1000});

    EXPECT_THAT(found.steps,
                ElementsAre(LayerStep{.entry = 1, .change = LayerChange::make, .seen = {}}));
}

// Extended attributes, which no look can tell.
class PlanOfExtended : public ::testing::Test {
  protected:
    static Entry with_capability(Entry entry) {
        entry.attributes.extended = {{.name = "security.capability", .value = "x"}};
        return entry;
    }

    std::vector<LayerStep> steps(const Layer& layer, const Status& status) {
        return plan_layer(layer, {.entries = {status}}, context).steps;
    }

    LayerContext context{.image_until = container_began};
    Status image = of_image(as_restored(file("usr/a")));
    Status restored = as_restored(file("usr/a"));
};

TEST_F(PlanOfExtended, AreSetWhereTheImagesFileLooksTheSame) {
    EXPECT_THAT(
        steps(layer_with({with_capability(file("usr/a"))}), image),
        ElementsAre(LayerStep{.entry = 0, .change = LayerChange::attributes, .seen = image}));
    // They may be there and have to go.
    EXPECT_EQ(steps(layer_with({file("usr/a")}), image).size(), 1U);
    EXPECT_EQ(steps(layer_with({folder("usr")}), of_image(as_restored(folder("usr")))).size(), 1U);
}

TEST_F(PlanOfExtended, OfWhatAnotherUserOwnsAreNotOursToTakeAway) {
    context.may_set_owners = false;
    context.user = 1000;

    EXPECT_THAT(steps(layer_with({file("usr/a")}), image), IsEmpty());
    image.uid = 1000;
    EXPECT_EQ(steps(layer_with({file("usr/a")}), image).size(), 1U);
}

TEST_F(PlanOfExtended, AreLeftWhereAllStandsAsItWasHeld) {
    const Layer layer = layer_with({with_capability(file("usr/a"))});
    context.held = &layer;
    context.held_until = later;

    EXPECT_THAT(steps(layer, restored), IsEmpty());
    context.held_until = restored_at;
    EXPECT_EQ(steps(layer, restored).size(), 1U);
}

TEST_F(PlanOfExtended, AreSetWhereTheLayerBeforeHadOthers) {
    const Layer held = layer_with({file("usr/a")});
    context.held = &held;
    context.held_until = later;

    EXPECT_THAT(steps(layer_with({file("usr/a")}), restored), IsEmpty());
    EXPECT_EQ(steps(layer_with({with_capability(file("usr/a"))}), restored).size(), 1U);
}

TEST(PlanOfALayer, ReplacesFurtherNamesOfAFileThatIsReplaced) {
    Layer layer = layer_with({file("usr/bin/perl"), file("usr/bin/perl5")});
    layer.entries[1].kind = EntryKind::hard_link;
    layer.entries[1].target = "usr/bin/perl";
    Status image = of_image(as_restored(layer.entries[0]));
    image.size = 11;
    image.inode = 7;

    EXPECT_THAT(plan(layer, {image, image}).steps,
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::replace, .seen = image},
                            LayerStep{.entry = 1, .change = LayerChange::replace, .seen = image}));
}

TEST(PlanOfALayer, MovesAFurtherNameAsideThatIsTheSessionsOwn) {
    Layer layer = layer_with({file("usr/a"), file("usr/b")});
    layer.entries[1].kind = EntryKind::hard_link;
    layer.entries[1].target = "usr/a";
    Status users = as_restored(layer.entries[0]);
    users.size = 11;

    EXPECT_THAT(plan(layer, {users, users}).aside, ElementsAre(0U, 1U));
}

}  // namespace
}  // namespace envkeep::snapshot
