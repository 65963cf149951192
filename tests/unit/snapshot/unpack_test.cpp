// SPDX-License-Identifier: MIT
#include "unpack_test.hpp"

#include "support/child.hpp"

#include <atomic>
#include <tuple>

namespace envkeep::snapshot {
namespace {

// Bytes that do not shrink and differ from place to place.
std::string noise(std::size_t size, std::uint32_t seed) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
        seed = seed * 1'664'525 + 1'013'904'223;
        byte = static_cast<char>(seed >> 24U);
    }
    return bytes;
}

// (threads, readers)
class UnpackByMany : public UnpackTest,
                     public ::testing::WithParamInterface<std::tuple<unsigned, unsigned>> {
  protected:
    UnpackByMany() { std::tie(options.threads, options.readers) = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Threads,
                         UnpackByMany,
                         ::testing::Values(std::tuple(1U, 0U),
                                           std::tuple(2U, 0U),
                                           std::tuple(4U, 0U),
                                           std::tuple(2U, 3U),
                                           std::tuple(1U, 1U)));

TEST_P(UnpackByMany, BringsATreeBack) {
    std::uint64_t bytes = 0;
    add_folder("opt", 0755);
    for (unsigned folder = 0; folder < 10; ++folder) {
        const std::string path = "opt/f" + std::to_string(folder);
        add_folder(path, 0750);
        for (unsigned file = 0; file < 20; ++file) {
            const std::string text = noise(file * 37, folder * 100 + file);
            add_file(path + "/" + std::to_string(file), text, file % 2 == 0 ? 0644 : 04755);
            bytes += text.size();
        }
        add_link(path + "/link", "0");
    }
    end_pack();

    const UnpackReport report = unpack_all();

    EXPECT_THAT(report.failed, IsEmpty());
    EXPECT_TRUE(report.is_whole);
    EXPECT_EQ(report.files, 200U);
    EXPECT_EQ(report.bytes, bytes);
    EXPECT_EQ(tree.snapshot("m/opt").size(), 10U * 22U);
    for (const Entry& entry : layer.entries) {
        const std::string path = "m/" + entry.path;
        EXPECT_EQ(tree.modified_at(path), then) << path;
        if (entry.kind != EntryKind::link) {
            EXPECT_EQ(tree.mode_of(path), entry.attributes.mode) << path;
        }
        if (entry.kind == EntryKind::file) {
            EXPECT_EQ(digest_of(tree.content(path)), entry.digest) << path;
        }
    }
}

TEST_P(UnpackByMany, BuildsLargeFilesThatRunOverFrames) {
    const std::string one = noise(55'555, 1);
    const std::string other = noise(4'000, 2);
    std::string holes(300'000, '\0');
    holes[150'000] = 'x';
    add_file("opt/before", "small");
    add_file("opt/one", one, 0755);
    add_file("opt/between", noise(300, 3));
    add_file("opt/other", other);
    add_file("opt/sparse", holes).is_sparse = true;
    add_file("opt/after", "small");
    end_pack();
    add_folder("opt");

    const UnpackReport report = unpack_all();

    EXPECT_THAT(report.failed, IsEmpty());
    EXPECT_EQ(report.files, 6U);
    EXPECT_EQ(tree.content("m/opt/one"), one);
    EXPECT_EQ(tree.mode_of("m/opt/one"), 0755U);
    EXPECT_EQ(tree.modified_at("m/opt/one"), then);
    EXPECT_EQ(tree.content("m/opt/other"), other);
    EXPECT_EQ(tree.content("m/opt/sparse"), holes);
    struct ::stat found{};
    ASSERT_EQ(::stat((tree / "m/opt/sparse").c_str(), &found), 0);
    EXPECT_LE(found.st_blocks, 16);
    EXPECT_EQ(tree.content("m/opt/after"), "small");
}

TEST_P(UnpackByMany, FailsOnlyWhatLiesInADamagedFrame) {
    frame_size = 2000;
    for (unsigned i = 0; i < 10; ++i) {
        add_file("f" + std::to_string(i), noise(1000, i));
    }
    add_file("large", noise(10'000, 77));
    add_file("last", "x");
    const std::size_t second = [&] {
        end_pack();
        return std::size_t{2100};  // in the second frame
    }();
    const std::string name = "packs/" + layer.packs[0] + ".tar.zst";
    std::string packed = tree.content(name);
    packed[second] = static_cast<char>(packed[second] ^ 1);      // f2, f3
    packed[7 * 2000] = static_cast<char>(packed[7 * 2000] ^ 1);  // large
    tree.file(name, packed);

    const UnpackReport report = unpack_all();

    EXPECT_THAT(failed_paths(report), ElementsAre("f2", "f3", "large"));
    EXPECT_EQ(report.failed[0].error.kind, ErrorKind::io);
    EXPECT_THAT(report.failed[0].error.message, HasSubstr("'/f2'"));
    EXPECT_EQ(tree.content("m/f4"), noise(1000, 4));
    EXPECT_EQ(tree.content("m/last"), "x");
    EXPECT_EQ(tree.snapshot("m").size(), 9U + 1U);  // and the home
}

TEST_P(UnpackByMany, StopsWhenToldAndGoesOnLater) {
    for (unsigned i = 0; i < 10; ++i) {
        add_file("f" + std::to_string(i), noise(1000, i));
    }
    add_folder("lib/x.dist-info");
    add_folder("lib");
    add_file("lib/large", noise(30'000, 99));
    pack.end_frame();
    add_file("lib/x.dist-info/METADATA", "metadata");
    add_file("lib/x.dist-info/RECORD", "record");
    end_pack();
    unsigned asked = 0;
    options.may_go_on = [&] { return ++asked < 25; };

    const UnpackReport stopped = unpack_all();

    EXPECT_FALSE(stopped.is_whole);
    EXPECT_THAT(stopped.failed, IsEmpty());
    EXPECT_LT(stopped.files, 11U);
    EXPECT_EQ(asked, 25U);
    EXPECT_THAT(tree.snapshot("m/lib/x.dist-info"), IsEmpty());
    EXPECT_THAT(tree.snapshot("m/lib"), ElementsAre("x.dist-info folder 0700"));

    options.may_go_on = nullptr;
    std::vector<LayerStep> rest = all_steps();
    std::erase_if(rest, [&](const LayerStep& step) {
        const Entry& entry = layer.entries[step.entry];
        return entry.kind == EntryKind::file && tree.exists("m/" + entry.path);
    });
    const UnpackReport resumed = unpack_steps(rest);

    EXPECT_TRUE(resumed.is_whole);
    EXPECT_THAT(resumed.failed, IsEmpty());
    EXPECT_EQ(stopped.files + resumed.files, 13U);
    EXPECT_EQ(tree.content("m/lib/large"), noise(30'000, 99));
    EXPECT_EQ(tree.content("m/lib/x.dist-info/RECORD"), "record");
    EXPECT_EQ(tree.mode_of("m/lib"), 0755U);
    EXPECT_EQ(tree.modified_at("m/lib"), then);
}

TEST_P(UnpackByMany, LeaksNoDescriptor) {
    add_file("large", noise(10'000, 1));
    add_file("small", "x");
    end_pack();
    static_cast<void>(unpack_all());
    const int before = testing::open_descriptors();

    static_cast<void>(unpack_all());  // all is there already

    EXPECT_EQ(testing::open_descriptors(), before);
}

TEST_F(UnpackTest, PutsWhatWasInTheHomeIntoTheHomeOfNow) {
    add_folder("home/other");
    add_file("home/other/.rc", "mine");
    add_file("home/others", "not in the home");
    add_folder("home");
    end_pack();

    const UnpackReport report = unpack_all();

    EXPECT_THAT(report.failed, IsEmpty());
    EXPECT_EQ(tree.content("m/root/.rc"), "mine");
    EXPECT_EQ(tree.content("m/home/others"), "not in the home");
    EXPECT_EQ(tree.modified_at("m/root"), then);
}

TEST_F(UnpackTest, MakesSecondNamesOfAStageAfterItsFiles) {
    add(std::string("a"), EntryKind::hard_link, 0644).target = "sub/z";
    add_folder("sub");
    add_file("sub/z", "content");
    add(std::string("lost"), EntryKind::hard_link, 0644).target = "none";
    end_pack();

    const UnpackReport report = unpack_all();

    EXPECT_THAT(failed_paths(report), ElementsAre("lost"));
    EXPECT_EQ(tree.content("m/a"), "content");
    EXPECT_EQ(seen("a").inode, seen("sub/z").inode);
    EXPECT_EQ(report.files, 1U);
}

TEST_F(UnpackTest, ReplacesWhatWasSeen) {
    tree.file("m/file", "image", 0600).link("m/link", "image").folder("m/empty").file("m/became");
    tree.file("m/changed", "image").file("m/mode", "same", 0600).folder("m/d", 0700);
    add_folder("became");
    add_folder("d", 0711);
    add_file("became/inside", "x");
    add_file("changed", "new");
    add_file("empty", "no folder now");
    add_file("file", noise(3000, 1), 0640);
    add_link("link", "new");
    add_file("mode", "same", 0751);
    end_pack();
    std::vector<LayerStep> steps = all_steps();
    for (LayerStep& step : steps) {
        step.seen = seen(layer.entries[step.entry].path);
        step.change =
            step.seen.kind == system::Kind::absent ? LayerChange::make : LayerChange::replace;
    }
    steps[index_of("mode")].change = LayerChange::attributes;
    steps[index_of("d")].change = LayerChange::attributes;
    tree.file("m/changed", "by the user");

    const UnpackReport report = unpack_steps(steps);

    EXPECT_THAT(failed_paths(report), ElementsAre("changed"));
    EXPECT_EQ(report.failed[0].error.kind, ErrorKind::conflict);
    EXPECT_EQ(tree.content("m/changed"), "by the user");
    EXPECT_EQ(tree.content("m/file"), noise(3000, 1));
    EXPECT_EQ(tree.mode_of("m/file"), 0640U);
    EXPECT_EQ(tree.target("m/link"), "new");
    EXPECT_EQ(tree.content("m/empty"), "no folder now");
    EXPECT_EQ(tree.content("m/became/inside"), "x");
    EXPECT_EQ(tree.mode_of("m/mode"), 0751U);
    EXPECT_EQ(tree.modified_at("m/mode"), then);
    EXPECT_EQ(tree.mode_of("m/d"), 0711U);
    EXPECT_EQ(report.files, 3U);
}

TEST_F(UnpackTest, ProvesEachFileByItsDigest) {
    add_file("large", noise(5000, 1)).digest = digest_of("another");
    add_file("right", "x");
    add_file("small", "y").digest = digest_of("another");
    end_pack();

    const UnpackReport report = unpack_all();

    EXPECT_THAT(failed_paths(report), ElementsAre("large", "small"));
    EXPECT_THAT(report.failed[0].error.message, HasSubstr("digest"));
    EXPECT_THAT(tree.snapshot("m"),
                ElementsAre(::testing::StartsWith("right file"), "root folder 0755"));
}

TEST_F(UnpackTest, GoesOnWithoutAPackThatIsMissing) {
    add_file("lost", "x");
    end_pack();
    add_file("there", "y");
    end_pack();
    tree.remove("packs/" + layer.packs[0] + ".tar.zst");

    const UnpackReport report = unpack_all();

    EXPECT_THAT(failed_paths(report), ElementsAre("lost"));
    EXPECT_EQ(report.failed[0].error.kind, ErrorKind::not_found);
    EXPECT_EQ(tree.content("m/there"), "y");
}

TEST_F(UnpackTest, BelievesNoLayer) {
    add_file("ok", "content");
    add_file("offset", "x").location.offset = 5000;
    add_file("frame", "x").location.frame = 7;
    add_file("huge", "x").size = std::uint64_t{10} << 40U;
    add_file("hugest", "x").size = ~std::uint64_t{0};
    add_file("pack", "x").location.pack = 1;
    add_file("", "x");
    add_file("../climbs", "x");
    add_file("/etc/absolute", "x");
    add_file("far/away", "x");
    add_link("leads-nowhere", "");
    add_link("way", tree / "packs");
    add_file("zz/f", "through a link");
    end_pack();
    tree.link("m/zz", tree / "packs");
    std::vector<LayerStep> steps = all_steps();
    steps.push_back({.entry = 1000, .change = LayerChange::make, .seen = {}});

    const UnpackReport report = unpack_steps(steps);

    EXPECT_EQ(report.failed.size(), 12U);
    EXPECT_EQ(report.failed.back().entry, 1000U);
    EXPECT_EQ(report.files, 1U);
    EXPECT_EQ(tree.content("m/ok"), "content");
    EXPECT_FALSE(tree.exists("climbs"));
    EXPECT_EQ(tree.snapshot("packs").size(), 1U);
    EXPECT_EQ(tree.snapshot("m").size(), 4U);
}

// Many entries that all claim to begin at the front and to fill the pack cost no more memory.
TEST_F(UnpackTest, EntriesMayOverlap) {
    add_file("a", noise(20'000, 1));
    end_pack();
    for (int i = 0; i < 50; ++i) {
        layer.entries.push_back(layer.entries[0]);
        layer.entries.back().path = "b" + std::to_string(i);
    }

    const UnpackReport report = unpack_all();

    EXPECT_THAT(report.failed, IsEmpty());
    EXPECT_EQ(tree.content("m/b49"), noise(20'000, 1));
}

TEST_F(UnpackTest, MakesMetadataOnlyWhenAllElseIsThere) {
    add_folder("lib");
    add_folder("lib/x.dist-info");
    add_file("lib/x.dist-info/RECORD", "record");
    add_file("lib/x.dist-info/METADATA", "metadata");
    add_folder("bin");
    add_file("bin/tool", "tool");
    add_link("bin/link", "tool");
    add_file("lib/code.py", noise(5000, 1));
    end_pack();
    std::vector<std::vector<std::string>> after_each_frame;
    options.threads = 1;
    options.progress = [&](std::uint64_t) {
        std::vector<std::string> there;
        for (const std::string path :
             {"lib/code.py", "bin/tool", "lib/x.dist-info/METADATA", "lib/x.dist-info/RECORD"}) {
            if (tree.exists("m/" + path)) {
                there.push_back(path);
            }
        }
        after_each_frame.push_back(there);
    };

    EXPECT_THAT(unpack_all().failed, IsEmpty());

    std::size_t last = 0;
    const std::vector<std::string> order{
        "lib/code.py", "bin/tool", "lib/x.dist-info/METADATA", "lib/x.dist-info/RECORD"};
    for (const auto& there : after_each_frame) {
        EXPECT_GE(there.size(), last);
        last = there.size();
        EXPECT_TRUE(std::equal(there.begin(), there.end(), order.begin()));
    }
    EXPECT_EQ(last, 4U);
}

TEST_F(UnpackTest, TellsOfProgressUpToAllBytes) {
    add_file("a", noise(5000, 1));
    add_file("b", noise(500, 2));
    end_pack();
    std::vector<std::uint64_t> told;
    options.progress = [&](std::uint64_t bytes) { told.push_back(bytes); };

    EXPECT_THAT(unpack_all().failed, IsEmpty());

    EXPECT_TRUE(std::ranges::is_sorted(told));
    EXPECT_EQ(told.back(), 5500U);
}

TEST_F(UnpackTest, GoesOnWhereAFolderMayNotBeEntered) {
    add_folder("closed");
    add_file("closed/f", "x");
    add_file("closed/large", noise(5000, 1));
    add_folder("open");
    add_file("open/f", "y", 06755).attributes.uid = 12;
    end_pack();
    tree.folder("m/closed", 0).mode("m", 0777);
    ::chmod(tree.path().c_str(), 0755);
    std::vector<LayerStep> steps = all_steps();
    testing::in_child([&] {
        ASSERT_EQ(::setresgid(1234, 1234, 1234), 0);
        ASSERT_EQ(::setresuid(1234, 1234, 1234), 0);

        const UnpackReport report = unpack_steps(steps);

        EXPECT_THAT(failed_paths(report), ElementsAre("closed", "closed/f", "closed/large"));
        EXPECT_EQ(report.failed[1].error.kind, ErrorKind::permission_denied);
    });
    EXPECT_EQ(tree.content("m/open/f"), "y");
    EXPECT_EQ(tree.mode_of("m/open/f"), 0755U);
    EXPECT_EQ(tree.modified_at("m/open/f"), then);
}

}  // namespace
}  // namespace envkeep::snapshot
