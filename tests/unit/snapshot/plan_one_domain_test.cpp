// SPDX-License-Identifier: MIT
#include "unit/snapshot/plan_parts.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using system::Kind;
using system::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two layers of packages of Python and of plain files, of which only one kind is asked for.
class PlanOfOneDomain : public ::testing::Test {
  protected:
    static Layer mixed(std::vector<Entry> entries) {
        Layer layer = layer_with(std::move(entries));
        layer.groups.push_back({.domain = Domain::python, .place = "/usr", .name = "p"});
        return layer;
    }

    static Entry of_python(Entry entry) {
        entry.group = 1;
        return entry;
    }

    LayerPlan plan_python(const Layer& layer, const LayerSeen& seen) {
        LayerSeen held_seen;
        for (const Entry& entry : held.entries) {
            held_seen.entries.push_back(as_restored(entry));
        }
        return plan_layer(
            layer,
            seen,
            {.image_until = container_began,
             .held_until = later,
             .held = &held,
             .held_seen = &held_seen,
             .image = &image,
             .is_wanted = [](const Group& group) { return group.domain == Domain::python; }});
    }

    Layer held = mixed({});
    ImageListing image{.roots = {"usr"}};
};

TEST_F(PlanOfOneDomain, RemovesOnlyLeftoversOfIt) {
    held = mixed({file("usr/notes"), of_python(file("usr/p.py"))});
    held.deletions = {{.path = "usr/x"}, {.path = "usr/y", .group = 1}};

    const LayerPlan found = plan_python(mixed({}), {});

    EXPECT_THAT(
        found.removals,
        ElementsAre(LayerRemoval{.path = "usr/p.py", .seen = as_restored(held.entries[1])}));
    EXPECT_THAT(found.lost_of_image, ElementsAre("usr/y"));
}

TEST_F(PlanOfOneDomain, DeletesOnlyWhatWasOfIt) {
    Layer layer = mixed({});
    layer.deletions = {{.path = "usr/a", .size = 10, .modified = old_time},
                       {.path = "usr/b", .size = 10, .modified = old_time, .group = 1}};
    const Status image = of_image(as_restored(file("usr/a")));

    EXPECT_THAT(plan_python(layer, {.deletions = {image, image}}).removals,
                ElementsAre(LayerRemoval{.path = "usr/b", .seen = image}));
}

TEST_F(PlanOfOneDomain, MakesTheFoldersThatItLiesInWhosoeverTheyAre) {
    const Layer layer = mixed({folder("root"),
                               folder("root/lib"),
                               of_python(file("root/lib/p.py")),
                               folder("root/other")});
    const Status root = as_restored(layer.entries[0]);

    const LayerPlan found = plan_python(layer, {.entries = {root, {}, {}, {}}});

    EXPECT_THAT(found.steps,
                ElementsAre(LayerStep{.entry = 0, .change = LayerChange::attributes, .seen = root},
                            LayerStep{.entry = 1, .change = LayerChange::make, .seen = {}},
                            LayerStep{.entry = 2, .change = LayerChange::make, .seen = {}}));
}

}  // namespace
}  // namespace envkeep::snapshot
