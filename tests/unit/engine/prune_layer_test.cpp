// SPDX-License-Identifier: MIT
#include "engine/prune_layer.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

snapshot::Layer layer_with(const std::vector<std::string>& paths, std::string home = "/root") {
    snapshot::Layer layer{.home = std::move(home), .groups = {{.name = "/all"}}};
    for (const std::string& path : paths) {
        layer.entries.push_back({.path = path, .kind = snapshot::EntryKind::file});
    }
    return layer;
}

std::vector<std::string> left_of(const snapshot::Layer& layer,
                                 const std::vector<std::string>& places,
                                 const std::string& home = "root") {
    const snapshot::Scope scope{.home = home};
    std::vector<std::string> paths;
    for (const snapshot::Entry& entry :
         without(layer, what_lies_at(places, layer, scope)).entries) {
        paths.push_back(entry.path);
    }
    return paths;
}

TEST(WhatLiesAt, IsThePlaceAndAllThatIsBelowIt) {
    EXPECT_THAT(left_of(layer_with({"root/work", "root/work/a", "root/work.txt", "usr/x"}),
                        {"root/work", "srv"}),
                ElementsAre("root/work.txt", "usr/x"));
}

TEST(WhatLiesAt, FollowsTheHome) {
    const snapshot::Layer layer =
        layer_with({"home/me/work/a", "home/me/x", "root/work/b"}, "/home/me");

    EXPECT_THAT(left_of(layer, {"root/work"}), ElementsAre("home/me/x"));
    EXPECT_THAT(left_of(layer, {"home/me"}),
                ElementsAre("home/me/work/a", "home/me/x", "root/work/b"))
        << "what was there then lies in the home of this session";
}

TEST(WhatLiesAt, IsTheWholeHomeWhereThatIsInAPlace) {
    EXPECT_THAT(left_of(layer_with({"root/a", "usr/b"}), {"home"}, "home/me"),
                ElementsAre("usr/b"));
}

TEST(WhatLiesAt, TakesDeletionsToo) {
    snapshot::Layer layer = layer_with({});
    layer.deletions = {{.path = "opt/data/x"}, {.path = "opt/x"}};

    const LiesThere found = what_lies_at({"opt/data", "srv"}, layer, {.home = "root"});

    EXPECT_THAT(found.places, ElementsAre("opt/data"));
    const snapshot::Layer left = without(layer, found);
    ASSERT_EQ(left.deletions.size(), 1U);
    EXPECT_EQ(left.deletions.front().path, "opt/x");
    EXPECT_THAT(left.entries, IsEmpty());
}

}  // namespace
}  // namespace envkeep::engine
