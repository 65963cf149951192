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

TEST_F(ThinPacks, StayWhereThatIsTooMuchAtOnce) {
    Capture capture = captured_with(1);

    EXPECT_THAT(repack_thin(capture, folder(), 4999), IsEmpty());
}

}  // namespace
}  // namespace envkeep::snapshot
