// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/prove.hpp"

#include "unpack_test.hpp"

namespace envkeep::snapshot {
namespace {

class ProveALayer : public UnpackTest {
  protected:
    ProveALayer() {
        layer.groups = {{.name = "/all"}, {.domain = Domain::python, .name = "einops"}};
        add_folder("opt");
        add_file("opt/a", "a");
        add_file("opt/b", "b").group = 1;
        end_pack();
        unpack_all();
    }

    Proof proof() {
        return prove(layer, look_at_layer(layer, roots, trees, 1), context, roots, trees, 1, {})
            .value();
    }

    LayerContext context;
};

TEST_F(ProveALayer, GivesTheDigestsOfTheLayerWhereNothingDiffers) {
    const Proof found = proof();

    EXPECT_THAT(found.differences, IsEmpty());
    EXPECT_EQ(found.expected, digests_of(layer));
    EXPECT_EQ(found.live, found.expected);
}

TEST_F(ProveALayer, TellsADifferenceInTheDigests) {
    tree.file("m/opt/b", "B");

    const Proof found = proof();

    EXPECT_EQ(found.expected, digests_of(layer));
    EXPECT_NE(found.live.content, found.expected.content);
}

TEST_F(ProveALayer, HasNoDigestOfWhatWasNotRead) {
    const Proof all = proof();
    context.is_wanted = [](const Group& group) { return group.domain != Domain::python; };
    tree.file("m/opt/b", "not read");

    const Proof found = proof();

    EXPECT_THAT(found.differences, IsEmpty());
    EXPECT_EQ(found.live, found.expected);
    EXPECT_NE(found.live.content, all.live.content);
    layer.entries.pop_back();
    EXPECT_EQ(found.expected, digests_of(layer));
}

TEST_F(ProveALayer, ReadsAFurtherNameThatIsAFileByItself) {
    Entry& name = add("opt/c", EntryKind::hard_link, 0644);
    name.target = "opt/a";
    name.size = 1;
    tree.hard_link("m/opt/c", "m/opt/a");
    ASSERT_THAT(proof().differences, IsEmpty());
    const auto digest = proof().live;

    tree.remove("m/opt/c").file("m/opt/c", "C").modified("m/opt/c", then);

    const Proof found = proof();
    ASSERT_EQ(found.differences.size(), 1U);
    EXPECT_EQ(found.differences[0].path, "opt/c");
    EXPECT_EQ(found.differences[0].expected, "another name of '/opt/a'");
    EXPECT_NE(found.live.content, digest.content);
    EXPECT_EQ(differences(layer, look_at_layer(layer, roots, trees, 1), context),
              found.differences);
}

// No file system here has names that long: a look at it fails, and tells nothing.
TEST_F(ProveALayer, TellsWhatCouldNotBeLookedAtAsNotKnown) {
    constexpr std::size_t too_long = 300;
    const std::string at_file = "opt/" + std::string(too_long, 'x');
    const std::string at_deletion = "opt/" + std::string(too_long, 'y');
    add_file(at_file, "x");
    end_pack();
    layer.deletions.push_back({.path = at_deletion});

    const LayerSeen seen = look_at_layer(layer, roots, trees, 1);
    const std::vector<Difference> found = differences(layer, seen, context);

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].path, at_file);
    EXPECT_THAT(found[0].found, HasSubstr("too long"));
    EXPECT_EQ(found[1].path, at_deletion);
    EXPECT_EQ(found[1].expected, "nothing");
    EXPECT_THAT(found[1].found, HasSubstr("too long"));
    EXPECT_THAT(found, ::testing::Each(::testing::Field(&Difference::is_unknown, true)));
    EXPECT_EQ(proof().differences, found);
    EXPECT_EQ(plan_layer(layer, seen, context).unseen, seen.unseen);
}

TEST_F(ProveALayer, KnowsThatWhatIsGoneIsAbsent) {
    add_file("opt/gone", "x");
    end_pack();
    layer.deletions.push_back({.path = "opt/deleted"});
    layer.deletions.push_back({.path = "opt/deleted/too"});

    const LayerSeen seen = look_at_layer(layer, roots, trees, 1);

    EXPECT_THAT(seen.unseen, IsEmpty());
    const std::vector<Difference> found = differences(layer, seen, context);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "opt/gone");
    EXPECT_EQ(found[0].found, "nothing");
    EXPECT_FALSE(found[0].is_unknown);
}

}  // namespace
}  // namespace envkeep::snapshot
