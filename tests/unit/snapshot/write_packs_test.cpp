// SPDX-License-Identifier: MIT
#include "packing.hpp"
#include "shell.hpp"

#include <unistd.h>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WritePacks : public PackingTest {};

constexpr std::size_t mib = std::size_t{1} << 20U;

TEST_F(WritePacks, GivesBackEveryByte) {
    tree.file("machine/usr/bin/x", "#!/bin/sh\n", 0755)
        .file("machine/usr/lib/empty")
        .file("machine/usr/lib/a", noise(3000, 1))
        .file("machine/usr/lib/b", std::string(100'000, 'b'))
        .link("machine/usr/lib/c", "a");
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->files, 4U);
    EXPECT_EQ(report->bytes, 103'010U);
    EXPECT_THAT(layer.packs, SizeIs(1));
    expect_all_packed(layer);
}

TEST_F(WritePacks, TheSameFilesGiveTheSamePackWithAnyNumberOfThreads) {
    for (int i = 0; i < 100; ++i) {
        tree.file("machine/d" + std::to_string(i % 7) + "/f" + std::to_string(i),
                  noise(20'000, static_cast<std::uint64_t>(i % 80)));
    }
    tree.file("machine/large", noise(9 * mib, 5)).file("machine/same", noise(9 * mib, 5));
    std::vector<std::vector<std::string>> packs;

    for (const unsigned threads : {1U, 6U}) {
        Layer layer = seen();
        options.threads = threads;
        ASSERT_TRUE(pack(layer));
        packs.push_back(layer.packs);
        expect_all_packed(layer);
        EXPECT_EQ(entry_at(layer, "large").location, entry_at(layer, "same").location);
        EXPECT_EQ(entry_at(layer, "d3/f3").location, entry_at(layer, "d6/f83").location);
    }

    EXPECT_EQ(packs[0], packs[1]);
}

TEST_F(WritePacks, TarGetsEverythingOut) {
    tree.file("machine/usr/lib/x-1.dist-info/RECORD", "x,,\n")
        .file("machine/usr/lib/large", noise(9 * mib, 2))
        .file("machine/usr/lib/odd\nname \xff", "odd")
        .file("machine/usr/lib/small", "small", 0600)
        .folder("machine/usr/lib/empty", 0711)
        .link("machine/usr/lib/link", "small")
        .modified("machine/usr/lib/small", 1'600'000'000'123'456'789);
    Layer layer = seen();
    Entry second = entry_at(layer, "usr/lib/large");
    second.path = "usr/lib/second";
    second.kind = EntryKind::hard_link;
    second.target = "usr/lib/large";
    layer.entries.push_back(second);
    ASSERT_TRUE(pack(layer));
    tree.folder("out");

    const Shown shown = shell("zstd -dc '" + tree / "packs/" + layer.packs.at(0) +
                              ".tar.zst' | tar -xp -C '" + tree / "out" + "'");

    EXPECT_EQ(shown.text, "");
    tree.file("machine/usr/lib/second", noise(9 * mib, 2));
    EXPECT_EQ(tree.snapshot("out"), tree.snapshot("machine"));
    EXPECT_EQ(tree.modified_at("out/usr/lib/small"), 1'600'000'000'123'456'789);
}

TEST_F(WritePacks, ALargeFileRunsOverFramesOfItsOwn) {
    tree.file("machine/a", "a").file("machine/large", noise(17 * mib, 3)).file("machine/z", "z");
    Layer layer = seen();

    ASSERT_TRUE(pack(layer));

    expect_all_packed(layer);
    EXPECT_EQ(entry_at(layer, "a").location.frame, 0U);
    EXPECT_EQ(entry_at(layer, "large").location.frame, 1U);
    EXPECT_EQ(entry_at(layer, "z").location.frame, 4U);
}

TEST_F(WritePacks, FilesAtTheLimitOfAFrameFit) {
    const std::size_t most = largest_frame - 2048;
    for (std::size_t size = most - 1100; size < most + 2100; size += 1033) {
        tree.file("machine/f" + std::to_string(size), noise(size, size));
    }
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->changed, IsEmpty());
    expect_all_packed(layer);
}

TEST_F(WritePacks, LaterStagesBeginNewFrames) {
    tree.file("machine/lib/a", "a")
        .file("machine/lib/a-1.dist-info/METADATA", "m")
        .file("machine/lib/a-1.dist-info/RECORD", "r")
        .file("machine/bin/a", "p");
    Layer layer = seen();

    ASSERT_TRUE(pack(layer));

    EXPECT_EQ(entry_at(layer, "lib/a").location.frame, 0U);
    EXPECT_EQ(entry_at(layer, "bin/a").location.frame, 1U);
    EXPECT_EQ(entry_at(layer, "lib/a-1.dist-info/METADATA").location.frame, 2U);
    EXPECT_EQ(entry_at(layer, "lib/a-1.dist-info/RECORD").location.frame, 3U);
}

TEST_F(WritePacks, EndsAPackThatIsLargeEnoughAndTellsWhatIsSaved) {
    for (int i = 0; i < 4; ++i) {
        tree.file("machine/f" + std::to_string(i), noise(5 * mib, static_cast<unsigned>(i)));
    }
    tree.file("machine/large", noise(17 * mib, 9));
    Layer layer = seen();
    options.pack_size = 6 * mib;
    std::vector<Layer> saved;
    options.published = [&](const Layer& so_far) { saved.push_back(so_far); };

    ASSERT_TRUE(pack(layer));

    EXPECT_THAT(layer.packs, SizeIs(3));
    expect_all_packed(layer);
    ASSERT_THAT(saved, SizeIs(3));
    EXPECT_THAT(saved[0].entries, SizeIs(2));
    EXPECT_THAT(saved[1].entries, SizeIs(4));
    EXPECT_EQ(saved[2].entries.back(), entry_at(layer, "large"));
}

TEST_F(WritePacks, TellsOfPacksMoreRarelyTheMoreThereAre) {
    for (unsigned i = 0; i < 12; ++i) {
        tree.file("machine/f" + std::to_string(i), noise(largest_frame - 4096, i));
    }
    Layer layer = seen();
    options.pack_size = 1;
    std::vector<std::size_t> saved;
    options.published = [&](const Layer& so_far) { saved.push_back(so_far.packs.size()); };

    ASSERT_TRUE(pack(layer));

    EXPECT_THAT(saved, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 10, 12));
}

TEST_F(WritePacks, GoesOnWhereAKilledOneLeftOff) {
    for (int i = 0; i < 4; ++i) {
        tree.file("machine/f" + std::to_string(i), noise(5 * mib, static_cast<unsigned>(i)));
    }
    options.pack_size = 6 * mib;
    Layer saved;
    options.published = [&](const Layer& so_far) {
        if (saved.entries.empty()) {
            saved = so_far;
        }
    };
    Layer first = seen();
    ASSERT_TRUE(pack(first));
    Layer again = seen();

    const auto report = pack(again, saved);

    ASSERT_TRUE(report);
    EXPECT_EQ(report->files, 2U);
    EXPECT_EQ(again.packs, first.packs);
    expect_all_packed(again);
}

TEST_F(WritePacks, BytesThatAnotherLayerPlacesAreNotStoredAgain) {
    tree.file("machine/a", "small").file("machine/large", noise(9 * mib, 1));
    Layer known = seen();
    ASSERT_TRUE(pack(known));
    tree.rename("machine/large", "machine/moved").file("machine/new", "new");
    Layer layer = seen();

    const auto report = pack(layer, known);

    ASSERT_TRUE(report);
    EXPECT_EQ(report->files, 1U);
    EXPECT_EQ(report->bytes, 3U);
    EXPECT_THAT(layer.packs, SizeIs(2));
    EXPECT_EQ(layer.packs[entry_at(layer, "moved").location.pack], known.packs[0]);
    expect_all_packed(layer);
}

TEST_F(WritePacks, NothingNewMakesNoPack) {
    tree.file("machine/a", "small").link("machine/b", "a");
    Layer known = seen();
    ASSERT_TRUE(pack(known));
    Layer layer = seen();

    const auto report = pack(layer, {0}, known);

    ASSERT_TRUE(report);
    EXPECT_EQ(report->packed, 0U);
    EXPECT_EQ(layer.packs, known.packs);
}

TEST_F(WritePacks, AFileOfAKnownSizeAndOtherBytesIsStored) {
    tree.file("machine/large", noise(9 * mib, 1));
    Layer known = seen();
    ASSERT_TRUE(pack(known));
    tree.file("machine/large", noise(9 * mib, 2));
    Layer layer = seen();

    ASSERT_TRUE(pack(layer, known));

    EXPECT_THAT(layer.packs, SizeIs(1));
    EXPECT_NE(layer.packs, known.packs);
    expect_all_packed(layer);
}

TEST_F(WritePacks, EntriesThatWereNotNamedStayWhereTheyAre) {
    tree.file("machine/a", "one").file("machine/b", "two");
    Layer layer = seen();
    ASSERT_TRUE(pack(layer));
    const Entry before = layer.entries[0];
    tree.file("machine/b", "one").file("machine/c", "three");
    Layer next = seen();
    next.packs = layer.packs;
    next.entries[0] = before;

    ASSERT_TRUE(pack(next, {1, 2}, {}));

    EXPECT_EQ(next.entries[0], before);
    EXPECT_EQ(next.entries[1].location, before.location);
    EXPECT_EQ(next.entries[2].location.pack, 1U);
    expect_all_packed(next);
}

TEST_F(WritePacks, WhatIsGoneOrIsNoFileAnyMoreIsTold) {
    tree.file("machine/a", "a").file("machine/b/c", "c").file("machine/d", "d").file("machine/e");
    Layer layer = seen();
    tree.remove("machine/a").remove("machine/b").remove("machine/d").link("machine/d", "e");

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->gone, ElementsAre(0, 2, 3));
    EXPECT_THAT(report->unread, IsEmpty());
}

TEST_F(WritePacks, AFileLargerThanAnyPackIsTold) {
    tree.file("machine/a", "a").file("machine/huge");
    // ext4 with blocks of 1 KiB ends at 4 TiB.
    if (::truncate((tree / "machine/huge").c_str(), off_t{1} << 43U) != 0) {
        GTEST_SKIP() << "no files of that size here";
    }
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    ASSERT_THAT(report->unread, SizeIs(1));
    EXPECT_EQ(report->unread[0].error.message, "it is larger than any pack can be");
    EXPECT_EQ(bytes_in_packs(layer, layer.entries[0]), "a");
}

TEST_F(WritePacks, TellsWhatIncompressibleAndCompressibleBytesTake) {
    tree.file("machine/noise", noise(9 * mib, 1)).file("machine/zeros", std::string(9 * mib, '\0'));
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_TRUE(report);
    EXPECT_GT(report->packed, 9 * mib);
    EXPECT_LT(report->packed, 9 * mib + 20'000);
}

TEST_F(WritePacks, AFullStoreEndsItAndLeavesNothingHalf) {
    for (int i = 0; i < 4; ++i) {
        tree.file("machine/f" + std::to_string(i), noise(5 * mib, static_cast<unsigned>(i)));
    }
    options.threads = 4;
    options.pack_size = 4 * mib;
    plain.space = 8 * mib;
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::no_space);
    EXPECT_THAT(report.error().message, HasSubstr("5.0 MiB so far, of which 5.0 MiB stay"));
    EXPECT_THAT(tree.snapshot("packs"), SizeIs(1));
}

TEST_F(WritePacks, WhoeverWatchesMayEndIt) {
    tree.file("machine/a", "a").file("machine/large", noise(17 * mib, 1));
    options.threads = 3;
    options.keep_going = [](std::uint64_t) -> Result<void> {
        return failure(ErrorKind::busy, "enough");
    };
    Layer layer = seen();

    const auto report = pack(layer);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message, "enough");
    EXPECT_THAT(tree.snapshot("packs"), IsEmpty());
}

}  // namespace
}  // namespace envkeep::snapshot
