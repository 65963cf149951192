// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/layer.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace envkeep::snapshot {
namespace {

TEST(LayerOrder, PutsWhatIsInAFolderRightAfterIt) {
    std::vector<std::string> paths{"a.b", "a/z", "a", "a!", "b", "a/b/c", "a/b"};

    std::ranges::sort(paths, comes_before);

    EXPECT_THAT(paths, ::testing::ElementsAre("a", "a/b", "a/b/c", "a/z", "a!", "a.b", "b"));
}

TEST(StageOf, LetsNoPackageManagerClaimWhatIsNotThereYet) {
    EXPECT_EQ(stage_of("usr/local/lib/python3.11/dist-packages/einops/__init__.py"), 0U);
    EXPECT_EQ(stage_of("usr/local/bin/jupyter"), 1U);
    EXPECT_EQ(stage_of("usr/lib/python3/dist-packages/x-1.dist-info/METADATA"), 2U);
    EXPECT_EQ(stage_of("usr/lib/python3/dist-packages/x-1.dist-info/RECORD"), 3U);
    EXPECT_EQ(stage_of("var/lib/dpkg/info/htop.list"), 2U);
    EXPECT_EQ(stage_of("var/lib/dpkg/status"), 3U);
    EXPECT_EQ(stage_of("root/mambaforge/conda-meta/ripgrep-14.json"), 3U);
}

}  // namespace
}  // namespace envkeep::snapshot
