// SPDX-License-Identifier: MIT
#include "bytes.hpp"
#include "envkeep/posix/files.hpp"
#include "shell.hpp"
#include "snapshot/pack_reader.hpp"
#include "support/plain_tree.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::HasSubstr;

// A pack of a few frames in `packs/`, whose file the test may damage.
class Pack : public ::testing::Test {
  protected:
    Pack() {
        tree.folder("packs");
        for (const std::string& text : texts) {
            const Bytes frame = FrameEncoder(3).encode(bytes_from(text)).value();
            file += text_of(frame);
            index.frames.push_back({.packed = static_cast<std::uint32_t>(frame.size()),
                                    .plain = static_cast<std::uint32_t>(text.size()),
                                    .digest = digest_of(text)});
        }
        file += text_of(index_frame(index));
        name = pack_name(index);
    }

    Result<PackReader> opened(const std::string& content) {
        tree.file("packs/" + name + ".tar.zst", content);
        return PackReader::open(
            {.root = files.open_root(tree / "packs").value(), .path = {}}, name, plain);
    }

    static Result<std::string> frame_of(const PackReader& pack, std::size_t frame) {
        FrameDecoder decoder;
        ENVKEEP_TRY(const Bytes packed, pack.read_packed(frame));
        ENVKEEP_TRY(const Bytes bytes, pack.decode(frame, packed, decoder));
        return text_of(bytes);
    }

    testing::TempTree tree;
    posix::Files files;
    testing::PlainTree plain{files};
    std::vector<std::string> texts{"first", noise(5000, 1), std::string(9000, 'z')};
    PackIndex index;
    std::string file;
    std::string name;
};

TEST_F(Pack, GivesBackEachFrame) {
    const auto pack = opened(file);

    ASSERT_TRUE(pack) << pack.error().message;
    EXPECT_EQ(pack->index(), index);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(frame_of(*pack, i), texts[i]);
    }
}

TEST_F(Pack, IsReadByZstdWhichPassesOverTheIndex) {
    tree.file("packs/p.tar.zst", file);

    const Shown shown = shell("zstd -dc '" + tree / "packs/p.tar.zst" + "'");

    EXPECT_EQ(shown.status, 0);
    EXPECT_EQ(shown.text, texts[0] + texts[1] + texts[2]);
}

TEST_F(Pack, IsRefusedWhereverItIsCut) {
    for (std::size_t size = 0; size < file.size(); size += 7) {
        EXPECT_FALSE(opened(file.substr(0, size))) << size;
    }
}

TEST_F(Pack, IsRefusedWithBytesMoreOrFewerBeforeTheIndex) {
    EXPECT_FALSE(opened("x" + file));
    EXPECT_FALSE(opened(file.substr(1)));
    EXPECT_FALSE(opened(file + "x"));
}

TEST_F(Pack, DoesNotTakeAnyChangedByteForSound) {
    for (std::size_t at = 0; at < file.size(); at += 3) {
        std::string damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        const auto pack = opened(damaged);
        std::vector<std::string> read;
        for (std::size_t i = 0; pack && i < texts.size(); ++i) {
            read.push_back(frame_of(*pack, i).value_or("damaged"));
        }
        EXPECT_NE(read, texts) << "byte " << at;
    }
}

TEST_F(Pack, IsKnownByItsNameOnly) {
    index.frames[0].digest = digest_of("other");
    name = pack_name(index);

    const auto pack = opened(file);

    ASSERT_FALSE(pack);
    EXPECT_THAT(pack.error().message, HasSubstr("not the one that its name tells"));
}

TEST_F(Pack, AFrameWithAnotherDigestIsRefused) {
    PackIndex lying = index;
    lying.frames[0].digest = digest_of("other");
    name = pack_name(lying);
    const std::string frames = file.substr(0, file.size() - index_frame(index).size());

    const auto pack = opened(frames + text_of(index_frame(lying)));

    ASSERT_TRUE(pack);
    EXPECT_FALSE(frame_of(*pack, 0));
    EXPECT_TRUE(frame_of(*pack, 1));
}

TEST_F(Pack, AFrameLargerThanItsIndexSaysIsRefused) {
    PackIndex lying = index;
    lying.frames[2].plain = 10;
    name = pack_name(lying);
    const std::string frames = file.substr(0, file.size() - index_frame(index).size());

    const auto pack = opened(frames + text_of(index_frame(lying)));

    ASSERT_TRUE(pack);
    EXPECT_FALSE(frame_of(*pack, 2));
}

TEST_F(Pack, AnIndexThatPromisesHugeFramesIsRefused) {
    PackIndex lying = index;
    lying.frames[2].plain = largest_frame + 1;
    name = pack_name(lying);
    const std::string frames = file.substr(0, file.size() - index_frame(index).size());

    EXPECT_FALSE(opened(frames + text_of(index_frame(lying))));
}

TEST_F(Pack, AnIndexOfABillionFramesIsRefusedBeforeItIsRead) {
    Bytes trailer = bytes_from(std::string_view(file).substr(file.size() - trailer_size));
    trailer[3] = std::byte{0xF0};

    EXPECT_FALSE(index_frame_size(trailer, std::uint64_t{1} << 40U));
    EXPECT_FALSE(index_frame_size(trailer, file.size()));
}

TEST_F(Pack, ALinkInItsPlaceIsNotFollowed) {
    tree.file("elsewhere", file).link("packs/" + name + ".tar.zst", tree / "elsewhere");

    EXPECT_FALSE(PackReader::open(
        {.root = files.open_root(tree / "packs").value(), .path = {}}, name, plain));
}

}  // namespace
}  // namespace envkeep::snapshot
