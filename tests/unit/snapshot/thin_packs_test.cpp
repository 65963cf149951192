// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/thin_packs.hpp"

#include "packing.hpp"

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Much of what a pack holds is not there any more.
class ThinPacks : public PackingTest {
  protected:
    // A pack of ten files, of which `left` are still there, as a capture finds them.
    Capture captured_with(int left) {
        for (int i = 0; i < 10; ++i) {
            tree.file("machine/f" + std::to_string(i), noise(5000, static_cast<unsigned>(i)));
        }
        Layer base = seen();
        EXPECT_TRUE(pack(base));
        for (int i = left; i < 10; ++i) {
            tree.remove("machine/f" + std::to_string(i));
        }
        base.entries.resize(static_cast<std::size_t>(left));
        tree.file("machine/new", "new");
        base.entries.push_back(entry_of(tree / "machine/new", "new"));
        const std::size_t last = base.entries.size() - 1;
        return {.layer = std::move(base), .to_pack = {last}, .bytes_to_pack = 3};
    }

    PackFolder folder() { return {packs_folder(), plain, plain}; }
};

TEST_F(ThinPacks, AreWrittenAnew) {
    Capture capture = captured_with(1);
    const std::string old = capture.layer.packs.at(0);

    EXPECT_THAT(repack_thin(capture, folder()), ElementsAre(old));

    EXPECT_THAT(capture.to_pack, ElementsAre(0U, 1U));
    EXPECT_EQ(capture.bytes_to_pack, 5003U);
    ASSERT_TRUE(pack(capture.layer, capture.to_pack, {}));
    for (const Entry& entry : capture.layer.entries) {
        EXPECT_NE(capture.layer.packs.at(entry.location.pack), old) << entry.path;
    }
    expect_all_packed(capture.layer);
}

TEST_F(ThinPacks, StayWhereEnoughOfThemIsNeeded) {
    Capture capture = captured_with(3);

    EXPECT_THAT(repack_thin(capture, folder()), IsEmpty());
    EXPECT_THAT(capture.to_pack, SizeIs(1));
}

TEST_F(ThinPacks, StayWhereSomethingOfThemCannotBeRead) {
    Capture capture = captured_with(1);
    capture.carried = {0};

    EXPECT_THAT(repack_thin(capture, folder()), IsEmpty());
    EXPECT_THAT(capture.to_pack, ElementsAre(1U));
}

TEST_F(ThinPacks, StayWhereThatIsTooMuchAtOnce) {
    Capture capture = captured_with(1);

    EXPECT_THAT(repack_thin(capture, folder(), 4999), IsEmpty());
}

// What a capture finds again of a file, a link and a folder, each touched.
class FoundAgain : public ::testing::Test {
  protected:
    Layer base_{.groups = {{.name = "/"}},
                .entries = {{.path = "a", .kind = EntryKind::folder},
                            {.path = "a/file", .kind = EntryKind::file, .size = 3},
                            {.path = "a/link", .kind = EntryKind::link, .target = "file"}}};
    Capture found_{.layer = base_, .to_pack = {0, 1, 2}};
};

TEST_F(FoundAgain, MayBeTheSame) {
    base_.entries[0].attributes.modified = WallTime(std::chrono::seconds(1));
    base_.entries[1].digest = digest_of("abc");

    EXPECT_FALSE(is_certainly_other(found_, base_));
}

TEST_F(FoundAgain, IsOtherWhereItLooksOther) {
    const auto with = [&](const std::function<void(Layer&)>& change) {
        Capture found = found_;
        change(found.layer);
        return is_certainly_other(found, base_);
    };

    EXPECT_TRUE(with([](Layer& layer) { layer.entries[1].size = 4; }));
    EXPECT_TRUE(with([](Layer& layer) { layer.entries[1].attributes.mode = 0755; }));
    EXPECT_TRUE(with([](Layer& layer) {
        layer.entries[1].attributes.modified = WallTime(std::chrono::seconds(1));
    }));
    EXPECT_TRUE(with([](Layer& layer) { layer.entries[2].target = "other"; }));
    EXPECT_TRUE(with([](Layer& layer) { layer.entries[2].path = "a/other"; }));
    EXPECT_TRUE(with([](Layer& layer) { layer.entries.push_back({.path = "b"}); }));
    EXPECT_TRUE(with([](Layer& layer) { layer.deletions.push_back({.path = "c"}); }));
}

}  // namespace
}  // namespace envkeep::snapshot
