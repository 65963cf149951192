// SPDX-License-Identifier: MIT
#include "bytes.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

Bytes packed(std::string_view text) {
    return FrameEncoder(3).encode(bytes_from(text)).value();
}

Result<std::string> decoded(std::span<const std::byte> frame, std::size_t size) {
    Bytes plain(size);
    ENVKEEP_CHECK(FrameDecoder().decode(frame, plain));
    return text_of(plain);
}

TEST(Frame, GivesBackWhatWentIn) {
    for (const std::string& text : {std::string(), std::string("a"), noise(100'000, 1)}) {
        EXPECT_EQ(decoded(packed(text), text.size()), text);
    }
}

TEST(Frame, EncoderAndDecoderServeManyTimes) {
    FrameEncoder encoder(3);
    FrameDecoder decoder;

    for (const char* const text : {"one", "and another", "one"}) {
        const Bytes frame = encoder.encode(bytes_from(text)).value();
        Bytes plain(std::string_view(text).size());
        ASSERT_TRUE(decoder.decode(frame, plain));
        EXPECT_EQ(text_of(plain), text);
    }
}

TEST(Frame, IsKnownForDamagedWhereverAByteChanged) {
    const std::string text = noise(300, 2) + std::string(3000, 'x');
    const Bytes sound = packed(text);

    for (std::size_t at = 0; at < sound.size(); ++at) {
        Bytes frame = sound;
        frame[at] ^= std::byte{0x11};
        const auto plain = decoded(frame, text.size());
        // A changed flag in the head may still leave the very same bytes.
        EXPECT_TRUE(!plain || *plain == text) << "byte " << at;
    }
}

TEST(Frame, IsRefusedWhereItIsCut) {
    const Bytes sound = packed(noise(1000, 3));

    for (std::size_t size = 0; size < sound.size(); ++size) {
        EXPECT_FALSE(decoded(std::span(sound).first(size), 1000)) << size;
    }
}

TEST(Frame, WritesNothingBeyondTheSizeThatIsWanted) {
    const Bytes bomb = packed(std::string(largest_frame, '\0'));

    EXPECT_LT(bomb.size(), 2000U);
    EXPECT_FALSE(decoded(bomb, 1000));
    EXPECT_FALSE(decoded(bomb, largest_frame + 1));
}

TEST(DecodeAll, PutsFramesTogether) {
    Bytes frames = packed("one, ");
    const Bytes second = packed("two");
    frames.insert(frames.end(), second.begin(), second.end());

    EXPECT_EQ(text_of(decode_all(frames, 8).value()), "one, two");
}

TEST(DecodeAll, StopsAtItsLimit) {
    const Bytes bomb = packed(std::string(largest_frame, '\0'));

    EXPECT_FALSE(decode_all(bomb, largest_frame - 1));
    EXPECT_EQ(decode_all(bomb, largest_frame).value().size(), largest_frame);
}

TEST(DecodeAll, RefusesWhatIsCutOrNoFrame) {
    const Bytes sound = packed(noise(1000, 4));

    EXPECT_FALSE(decode_all(std::span(sound).first(sound.size() - 1), 5000));
    EXPECT_FALSE(decode_all(bytes_from("no frame at all"), 5000));
    EXPECT_FALSE(decode_all({}, 5000));
}

}  // namespace
}  // namespace envkeep::snapshot
