// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/batches.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t much = std::uint64_t{600} << 20U;

Entry sized_file(std::string path, std::uint32_t group, std::uint64_t size) {
    return {.path = std::move(path), .kind = EntryKind::file, .group = group, .size = size};
}

std::vector<LayerStep> make_all(const Layer& layer) {
    std::vector<LayerStep> steps;
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        steps.push_back({.entry = i});
    }
    return steps;
}

std::vector<std::vector<std::size_t>> entries_of(const std::vector<Batch>& batches) {
    std::vector<std::vector<std::size_t>> found;
    for (const Batch& batch : batches) {
        found.emplace_back();
        for (const LayerStep& step : batch.steps) {
            found.back().push_back(step.entry);
        }
    }
    return found;
}

TEST(Batches, KeepAGroupTogetherAndBringTheUsersOwnFilesFirst) {
    const Layer layer{.groups = {{.domain = Domain::python, .name = "a"},
                                 {.domain = Domain::python, .name = "b"},
                                 {.name = "/root"}},
                      .entries = {sized_file("p/a", 0, much),
                                  sized_file("p/b", 1, 1),
                                  sized_file("p/c", 0, 1),
                                  sized_file("root/x", 2, 1)}};

    EXPECT_THAT(entries_of(batches_of(layer, make_all(layer))),
                ElementsAre(ElementsAre(0U, 2U, 3U), ElementsAre(1U)));
}

TEST(Batches, BringWhatDpkgKnowsLast) {
    const Layer layer{
        .groups = {{.name = "/var"}, {.domain = Domain::apt, .name = "htop"}},
        .entries = {sized_file("usr/bin/htop", 1, 1), sized_file("var/lib/dpkg/status", 0, 1)}};

    EXPECT_THAT(entries_of(batches_of(layer, make_all(layer))),
                ElementsAre(ElementsAre(0U), ElementsAre(1U)));
}

TEST(Batches, BringAFolderWithTheFirstThingInItAndItsRightsAgainWithTheLast) {
    Layer layer{
        .groups = {{.name = "/a"}, {.domain = Domain::apt, .name = "b"}},
        .entries = {sized_file("a", 0, much), sized_file("d", 1, 0), sized_file("d/e", 1, 0)}};
    layer.entries[1].kind = layer.entries[2].kind = EntryKind::folder;
    layer.entries.push_back(sized_file("d/e/of-package", 1, 1));
    layer.entries.push_back(sized_file("d/e/of-user", 0, 1));
    layer.entries.push_back(sized_file("z", 1, 0));
    layer.entries.back().kind = EntryKind::folder;

    const std::vector<Batch> batches = batches_of(layer, make_all(layer));

    EXPECT_THAT(entries_of(batches),
                ElementsAre(ElementsAre(0U, 1U, 2U, 4U), ElementsAre(1U, 2U, 3U, 5U)));
    EXPECT_EQ(batches[0].steps[1].change, LayerChange::make);
    EXPECT_EQ(batches[1].steps[0].change, LayerChange::attributes);
    EXPECT_EQ(batches[1].steps[3].change, LayerChange::make);
}

TEST(Batches, BringAFurtherNameWithItsFile) {
    Layer layer{
        .groups = {{.name = "/a"}, {.domain = Domain::apt, .name = "b"}},
        .entries = {
            sized_file("a/big", 0, much), sized_file("b/file", 1, 1), sized_file("c/name", 0, 1)}};
    layer.entries[2].kind = EntryKind::hard_link;
    layer.entries[2].target = "b/file";

    EXPECT_THAT(entries_of(batches_of(layer, make_all(layer))),
                ElementsAre(ElementsAre(0U), ElementsAre(1U, 2U)));
}

}  // namespace
}  // namespace envkeep::snapshot
