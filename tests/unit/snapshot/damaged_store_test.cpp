// SPDX-License-Identifier: MIT
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/snapshot/check_pack.hpp"
#include "envkeep/snapshot/records.hpp"
#include "packing.hpp"
#include "sample.hpp"

namespace envkeep::snapshot {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// What is written again finds its name taken by a damaged file.
class DamagedStore : public PackingTest {
  protected:
    Layer packed() {
        Layer layer = seen();
        const Roots roots{.machine = files.open_root(tree / "machine").value(),
                          .home = files.open_root(tree / "machine").value(),
                          .home_then = {}};
        const auto report =
            write_packs(layer, all_of(layer), {}, roots, {packs_folder(), trees, trees}, options);
        EXPECT_TRUE(report) << report.error().message;
        return layer;
    }

    [[nodiscard]] static std::string path_of(const Layer& layer) {
        return "packs/" + layer.packs.at(0) + ".tar.zst";
    }

    posix::TreeContent trees{files};
};

TEST_F(DamagedStore, IsToldByTheIndexAndTheSize) {
    tree.file("machine/a", noise(3000, 1));
    const Layer layer = packed();
    const std::string sound = tree.content(path_of(layer));
    const auto found = [&] { return check_pack(packs_folder(), layer.packs.at(0), trees); };

    EXPECT_TRUE(found());
    tree.file(path_of(layer), sound.substr(0, sound.size() / 2));
    EXPECT_EQ(found().error().kind, ErrorKind::io);
    tree.file(path_of(layer), sound.substr(1));
    EXPECT_EQ(found().error().kind, ErrorKind::io);
    tree.remove(path_of(layer));
    EXPECT_EQ(found().error().kind, ErrorKind::not_found);
}

TEST_F(DamagedStore, GetsASoundPackInPlaceOfOneThatIsCutShort) {
    tree.file("machine/a", noise(3000, 1));
    const Layer before = packed();
    const std::string sound = tree.content(path_of(before));
    tree.file(path_of(before), sound.substr(0, 1000));

    const Layer layer = packed();

    EXPECT_EQ(layer.packs, before.packs);
    EXPECT_TRUE(tree.content(path_of(layer)) == sound);
    EXPECT_THAT(tree.snapshot("packs"), SizeIs(1));
}

TEST_F(DamagedStore, GetsASoundPackInPlaceOfOneWithADamagedFrame) {
    tree.file("machine/a", noise(3000, 1));
    const Layer before = packed();
    const std::string sound = tree.content(path_of(before));
    std::string damaged = sound;
    damaged[1500] = static_cast<char>(damaged[1500] ^ 1);
    tree.file(path_of(before), damaged);

    const Layer layer = packed();

    EXPECT_TRUE(tree.content(path_of(layer)) == sound);
}

TEST_F(DamagedStore, KeepsAPackThatIsSound) {
    tree.file("machine/a", noise(3000, 1));
    const auto inode = [&](const Layer& layer) {
        return files.status(packs_folder().child(layer.packs.at(0) + ".tar.zst")).value().inode;
    };
    const auto before = inode(packed());

    EXPECT_EQ(inode(packed()), before);
}

TEST_F(DamagedStore, GetsASoundLayerInPlaceOfADamagedOne) {
    tree.folder("storage/envkeep");
    const store::Store store{.base = files.open_root(tree / "storage").value(),
                             .root = files.open_root(tree / "storage/envkeep").value(),
                             .base_path = tree / "storage",
                             .path = tree / "storage/envkeep",
                             .id = "0",
                             .created = ""};
    const Shelf shelf{
        .store = store, .files = files, .reader = trees, .writer = &files, .tree_writer = &trees};
    const std::string name = save_layer(shelf, sample_layer()).value();
    tree.file("storage/envkeep/manifests/" + name + ".layer.zst", "no frame");

    EXPECT_EQ(save_layer(shelf, sample_layer()), name);

    EXPECT_EQ(load_layer(shelf, name), sample_layer());
}

TEST_F(DamagedStore, GivesForKnownOnlyWhatLiesInSoundPacks) {
    tree.file("machine/a", noise(3000, 1)).file("machine/empty");
    const Layer first = packed();
    tree.remove("machine/a").file("machine/b", noise(3000, 2));
    const Layer second = packed();
    Layer known;

    add_known(known, first, [](const std::string&) { return true; });
    add_known(known, second, [](const std::string&) { return false; });
    add_known(known, second, [](const std::string&) { return true; });

    ASSERT_THAT(known.entries, SizeIs(2));
    EXPECT_EQ(known.entries[0].path, "a");
    EXPECT_EQ(known.packs.at(known.entries[0].location.pack), first.packs.at(0));
    EXPECT_EQ(known.entries[1].path, "b");
    EXPECT_EQ(known.packs.at(known.entries[1].location.pack), second.packs.at(0));
}

}  // namespace
}  // namespace envkeep::snapshot
