// SPDX-License-Identifier: MIT
#include "packing.hpp"

#include <atomic>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t one_mib = std::size_t{1} << 20U;

// Files that change while they are read.
class ChangingFiles : public PackingTest {
  protected:
    // Does something after the first `times` reads of the file at that path.
    void after_reads(const std::string& path, int times, std::function<void()> body) {
        plain.after_read = [=, this, full = tree / "machine/" + path](const std::string& read) {
            if (read == full && reads++ < times) {
                body();
            }
        };
    }

    // The layer tells of what is in the packs, whatever the file is by now.
    void expect_consistent(const Layer& layer, const Entry& entry) {
        EXPECT_EQ(digest_of(bytes_in_packs(layer, entry)), entry.digest);
    }

    std::atomic<int> reads = 0;
};

TEST_F(ChangingFiles, AreReadAgain) {
    tree.file("machine/a", "before");
    after_reads("a", 1, [&] { tree.file("machine/a", "afterwards"); });
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, IsEmpty());
    EXPECT_EQ(reads, 2);
    expect_all_packed(layer);
}

TEST_F(ChangingFiles, AreAsLastReadWhereTheyDoNotComeToRest) {
    tree.file("machine/a", "0");
    after_reads("a", 100, [&] {
        tree.file("machine/a", std::string(static_cast<std::size_t>(reads.load()), 'x'));
    });
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, ElementsAre(0));
    EXPECT_EQ(reads, 4);
    expect_consistent(layer, layer.entries[0]);
}

TEST_F(ChangingFiles, AreStoredRightlyWhereTheyOutgrowAFrame) {
    tree.file("machine/a", "small").file("machine/b", "b");
    Layer layer = seen();
    tree.file("machine/a", noise(9 * one_mib, 1));

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, IsEmpty());
    expect_all_packed(layer);
}

TEST_F(ChangingFiles, AreStoredRightlyWhereALargeOneShrinks) {
    tree.file("machine/a", noise(17 * one_mib, 1)).file("machine/b", noise(9 * one_mib, 2));
    Layer layer = seen();
    tree.file("machine/a", "small").file("machine/b");

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, IsEmpty());
    expect_all_packed(layer);
}

TEST_F(ChangingFiles, LargeOnesAreReadAgain) {
    tree.file("machine/a", noise(9 * one_mib, 1)).file("machine/b", "b");
    options.threads = 3;
    after_reads("a", 1, [&] { tree.file("machine/a", noise(17 * one_mib, 2)); });
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, IsEmpty());
    expect_all_packed(layer);
}

TEST_F(ChangingFiles, LargeOnesAreAsLastReadWhereTheyDoNotComeToRest) {
    tree.file("machine/a", noise(9 * one_mib, 1)).file("machine/b", "b");
    const std::string longer = noise(17 * one_mib, 2);
    after_reads("a", 100, [&] {
        tree.file("machine/a",
                  std::string_view(longer).substr(
                      0, 9 * one_mib + static_cast<std::size_t>(reads.load())));
    });
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, ElementsAre(0));
    expect_consistent(layer, layer.entries[0]);
    expect_consistent(layer, layer.entries[1]);
}

TEST_F(ChangingFiles, LargeOnesThatGoAreTold) {
    tree.file("machine/a", noise(9 * one_mib, 1)).file("machine/b", "b");
    Layer layer = seen();
    tree.remove("machine/a");

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->gone, ElementsAre(0));
}

TEST_F(ChangingFiles, HaveTheAttributesThatWereRead) {
    tree.file("machine/a", "a");
    Layer layer = seen();
    tree.mode("machine/a", 0751).modified("machine/a", 1'500'000'000'000'000'001);

    ASSERT_TRUE(pack(layer));

    EXPECT_EQ(layer.entries[0].attributes.mode, 0751U);
    EXPECT_EQ(layer.entries[0].attributes.modified,
              WallTime(std::chrono::nanoseconds(1'500'000'000'000'000'001)));
}

}  // namespace
}  // namespace envkeep::snapshot
