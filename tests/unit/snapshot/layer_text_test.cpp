// SPDX-License-Identifier: MIT
#include "sample.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::HasSubstr;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

// Why a text is refused; empty if it is not.
std::string refusal(const std::string& text) {
    const auto layer = parse_layer(text);
    return layer ? "" : layer.error().message;
}

std::string sample() {
    return layer_text(sample_layer());
}

TEST(LayerText, GivesBackEverything) {
    const auto layer = parse_layer(sample());

    ASSERT_TRUE(layer) << layer.error().message;
    EXPECT_EQ(*layer, sample_layer());
}

TEST(LayerText, GivesBackALayerOfNothing) {
    EXPECT_EQ(parse_layer(layer_text({})), Layer{});
}

TEST(LayerText, IsForPeopleToo) {
    const std::string digest = digest_of("plain").text();

    EXPECT_THAT(sample(), HasSubstr("envkeep-layer 1\nhome /root\npack "));
    EXPECT_THAT(sample(),
                HasSubstr("group python 0.8.0 usr/local/lib/python3.11/dist-packages einops\n"
                          "d 0 2755 0 0 -1.999999999 etc\n"
                          ": etc\n"));
    EXPECT_THAT(sample(),
                HasSubstr("f 0 0644 0 50 1700000000.123456789 5 " + digest +
                          " 0 3 512 plain\n"
                          "x \\x00\\x01\\x0a\\x20 security.capability\n"
                          "x - user.empty\n"
                          "h 0 0000 0 0 0.000000000 etc/plain second\n"
                          "l 0 0000 0 0 0.000000000 a\\x20b\\x5cc z\n"
                          ": usr/lib\n"));
    EXPECT_THAT(sample(), HasSubstr(" \\x2d\n"));
    EXPECT_THAT(
        sample(),
        HasSubstr("- 0 f 12 0.000000005 etc/gone\n- 1 l 0 0.000000000 usr/gone\nend 7 2\n"));
}

TEST(LayerText, GivesBackExtremeTimes) {
    Layer layer = sample_layer();
    for (const std::int64_t time : {std::int64_t{-9'000'000'000'000'000'001},
                                    std::int64_t{0},
                                    std::int64_t{9'000'000'000'000'000'001}}) {
        layer.entries[0].attributes.modified = at(time);
        EXPECT_EQ(parse_layer(layer_text(layer)), layer);
    }
    layer.entries[0].attributes.modified = WallTime::min();
    EXPECT_TRUE(parse_layer(layer_text(layer)));
    layer.entries[0].attributes.modified = WallTime::max();
    EXPECT_TRUE(parse_layer(layer_text(layer)));
}

TEST(LayerText, IsRefusedWhereverItIsCut) {
    const std::string text = sample();

    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_NE(refusal(text.substr(0, size)), "") << size;
    }
}

TEST(LayerText, DoesNotCrashOnAnyChangedByte) {
    const std::string text = sample();

    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char byte : {'\0', '\n', ' ', '-', '/', '.', '9', '\\'}) {
            std::string damaged = text;
            damaged[at] = byte;
            (void)parse_layer(damaged);
        }
    }
}

TEST(LayerText, NamesTheLineOfAFault) {
    EXPECT_EQ(refusal(replaced(sample(), "d 0 2755", "d 0 x")),
              "damaged layer: line 7: a mode is none");
}

TEST(LayerText, IsRefusedWhereItClimbsOut) {
    for (const char* const name :
         {"..", ".", "a/b", "/", "-", "a\\x00b", "\\x2e\\x2e", "a\\x2fb"}) {
        EXPECT_NE(refusal(replaced(sample(), " etc\n:", fmt::format(" {}\n:", name))), "") << name;
    }
    for (const char* const folder :
         {"/usr/lib", "usr/../lib", "../lib", "usr//lib", "usr/lib/", "."}) {
        EXPECT_NE(refusal(replaced(sample(), ": usr/lib", fmt::format(": {}", folder))), "")
            << folder;
        EXPECT_NE(refusal(replaced(sample(), " usr/gone", fmt::format(" {}", folder))), "")
            << folder;
    }
    EXPECT_NE(refusal(replaced(sample(), "home /root", "home root")), "");
    EXPECT_NE(refusal(replaced(sample(), "home /root", "home /root/../x")), "");
    EXPECT_NE(refusal(replaced(sample(), name_of_pack("one"), "../../x")), "");
}

TEST(LayerText, IsRefusedWhereItDoesNotSort) {
    EXPECT_NE(refusal(replaced(sample(), " second\n", " plain\n")), "");
    EXPECT_NE(refusal(replaced(sample(), " second\n", " a\n")), "");
    EXPECT_NE(refusal(replaced(sample(), ": usr/lib", ": a")), "");
    EXPECT_NE(refusal(replaced(sample(), ": usr/lib\n", ": etc\n")), "");
    EXPECT_NE(refusal(replaced(sample(), " etc/gone", " usr/gone")), "");
    EXPECT_NE(refusal(replaced(sample(), " user.empty", " a")), "");
}

TEST(LayerText, IsRefusedWhereSomethingLiesBelowWhatIsNoFolder) {
    Layer layer = sample_layer();
    layer.entries[4].path = "usr/lib";
    layer.entries[5].path = "usr/lib/x";

    EXPECT_THAT(refusal(layer_text(layer)), HasSubstr("below what is no folder"));
}

TEST(LayerText, IsRefusedWhereItPointsOutsideItsLists) {
    EXPECT_NE(refusal(replaced(sample(), "d 0 ", "d 2 ")), "");
    EXPECT_NE(refusal(replaced(sample(), " 0 3 512 plain", " 2 3 512 plain")), "");
    EXPECT_NE(refusal(replaced(sample(), " 0 3 512 plain", " 0 65536 512 plain")), "");
    EXPECT_NE(refusal(replaced(sample(), " 0 3 512 plain", " 0 3 99999999 plain")), "");
    EXPECT_NE(refusal(replaced(sample(), " 0 3 512 plain", " 0 -3 512 plain")), "");
    EXPECT_NE(refusal(replaced(sample(), "- 0 f 12", "- 2 f 12")), "");
    EXPECT_NE(refusal(replaced(sample(), "- 0 f 12", "- f 12")), "");
    EXPECT_NE(refusal(replaced(sample(), " etc/plain second", " etc/other second")), "");
    EXPECT_NE(refusal(replaced(sample(), " etc/plain second", " etc second")), "");
    EXPECT_NE(refusal(replaced(sample(), " etc/plain second", " usr/lib/\\x2d second")), "");
    EXPECT_NE(refusal("envkeep-layer 1\nhome -\nd 0 0755 0 0 0.000000000 x\nend 1 0\n"), "");
}

TEST(LayerText, IsRefusedWhereNumbersAreNone) {
    for (const char* const number :
         {"", "x", "5x", "-5", "+5", "5.0", "9223372036854775808", "99999999999999999999"}) {
        EXPECT_NE(refusal(replaced(sample(), " 5 ", fmt::format(" {} ", number))), "") << number;
    }
    for (const char* const time : {"1",
                                   "1.5",
                                   ".123456789",
                                   "1.1234567890",
                                   "1.-23456789",
                                   "9223372036.000000000",
                                   "1700000000,123456789"}) {
        EXPECT_NE(refusal(replaced(sample(), "-1.999999999", time)), "") << time;
    }
    EXPECT_NE(refusal(replaced(sample(), "d 0 2755", "d 0 12755")), "");
    EXPECT_NE(refusal(replaced(sample(), "d 0 2755 0 ", "d 0 2755 4294967296 ")), "");
}

TEST(LayerText, IsRefusedWhereLinesAreOutOfPlace) {
    const std::string pack = "pack " + name_of_pack("three") + "\n";
    EXPECT_NE(refusal(replaced(sample(), "group files", pack + pack + "group files")), "");
    EXPECT_NE(refusal(replaced(sample(), ": etc\n", pack + ": etc\n")), "");
    EXPECT_NE(
        refusal(replaced(sample(), "- 0 f 12", "d 0 0755 0 0 0.000000000 zz\n- 0 f 12").append("")),
        "");
    EXPECT_NE(refusal(replaced(sample(), "d 0 2755", "x - user.x\nd 0 2755")), "");
    EXPECT_NE(refusal(replaced(sample(), "end 7 2", "end 6 2")), "");
    EXPECT_NE(refusal(sample() + "\n"), "");
    EXPECT_NE(refusal(sample() + sample()), "");
    EXPECT_NE(refusal(replaced(sample(), "envkeep-layer 1", "envkeep-layer 2")), "");
    EXPECT_NE(refusal(replaced(sample(), " etc\n:", " etc more\n:")), "");
}

TEST(DigestsOf, DoNotTellWhereBytesLie) {
    Layer other = sample_layer();
    other.packs = {name_of_pack("x")};
    other.groups.pop_back();
    for (Entry& entry : other.entries) {
        entry.location = {.frame = 9, .offset = 77};
        entry.group = 0;
    }
    other.deletions.clear();

    EXPECT_EQ(digests_of(other), digests_of(sample_layer()));
}

TEST(LayerText, HoldsNoMorePacksThanAnySnapshotHas) {
    std::string packs;
    for (int i = 0; i < 65'536; ++i) {
        packs += "pack " + name_of_pack(std::to_string(i)) + "\n";
    }
    const std::string head = "envkeep-layer 1\nhome /root\n";

    EXPECT_EQ(refusal(head + packs + "end 0 0\n"), "");
    EXPECT_THAT(refusal(head + packs + "pack " + name_of_pack("one") + "\nend 0 0\n"),
                HasSubstr("one too many"));
}

TEST(DigestsOf, TellWhatCountsAsContent) {
    const auto changed = [](auto change) {
        Layer layer = sample_layer();
        change(layer.entries);
        return digests_of(layer).content != digests_of(sample_layer()).content;
    };
    EXPECT_TRUE(changed([](auto& entries) { entries.pop_back(); }));
    EXPECT_TRUE(changed([](auto& entries) { entries[6].path += "x"; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].digest = digest_of("other"); }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.mode = 0744; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[4].target = "other"; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[1].kind = EntryKind::folder; }));
    EXPECT_FALSE(changed([](auto& entries) { entries[2].attributes.mode = 0600; }));
    EXPECT_FALSE(changed([](auto& entries) { entries[2].attributes.modified = at(1); }));
    EXPECT_FALSE(changed([](auto& entries) { entries[0].attributes.mode = 0700; }));
}

TEST(DigestsOf, TellAllElseInFull) {
    const auto changed = [](auto change) {
        Layer layer = sample_layer();
        change(layer.entries);
        return digests_of(layer).full != digests_of(sample_layer()).full;
    };
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.mode = 0600; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.uid = 1; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.gid = 1; }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.modified = at(1); }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].attributes.extended.pop_back(); }));
    EXPECT_TRUE(changed([](auto& entries) { entries[2].digest = digest_of("other"); }));
}

TEST(DigestsOf, CountAHardLinkAsItsFileInContentOnly) {
    const auto with = [](EntryKind kind) {
        Layer layer = sample_layer();
        Entry second = layer.entries[2];
        second.path = "etc/second";
        if (kind == EntryKind::hard_link) {
            second.kind = kind;
            second.target = "etc/plain";
            second.digest = {};
        }
        layer.entries[3] = second;
        return digests_of(layer);
    };

    EXPECT_EQ(with(EntryKind::hard_link).content, with(EntryKind::file).content);
    EXPECT_NE(with(EntryKind::hard_link).full, with(EntryKind::file).full);
}

}  // namespace
}  // namespace envkeep::snapshot
