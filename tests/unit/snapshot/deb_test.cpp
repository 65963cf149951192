// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/deb.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "shell.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::HasSubstr;

const std::string long_name = "usr/share/" + std::string(100, 'a') + "/" + std::string(120, 'b');

// A package with all kinds of entries, which Debian's own program reads.
class Deb : public ::testing::Test {
  protected:
    Deb() {
        tree.folder("store").folder("usr/bin");
        content.control = {{.name = "control",
                            .text = "Package: x\nVersion: 1:2-3\nArchitecture: all\n"
                                    "Maintainer: me <me@example>\nDescription: x\n"},
                           {.name = "postinst", .text = "#!/bin/sh\n", .is_program = true}};
        add("usr/bin", EntryKind::folder);
        add("usr/bin/x", EntryKind::file, std::string(100'000, 'x'), 04755);
        content.data.back().entry.attributes.modified =
            WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
        add("usr/bin/same", EntryKind::hard_link);
        content.data.back().entry.target = "./usr/bin/x";
        add("usr/bin/link", EntryKind::link);
        content.data.back().entry.target = std::string(150, 't');
        add(long_name, EntryKind::file, "long");
        root = files.open_root(tree.path()).value();
    }

    void add(const std::string& path,
             EntryKind kind,
             const std::string& text = {},
             std::uint32_t mode = 0755) {
        if (kind == EntryKind::file) {
            tree.file(path, text);
        }
        content.data.push_back({.entry = {.path = "./" + path,
                                          .kind = kind,
                                          .attributes = {.mode = mode},
                                          .size = text.size()},
                                .place = path});
    }

    Result<void> write(DebPacking packing = DebPacking::zstd) {
        const system::Place folder{.root = root, .path = RelPath::parse("store").value()};
        return write_deb(content, packing, root, trees, folder, "x.deb", trees);
    }

    std::string dpkg(const std::string& words) {
        return shell("cd '" + tree / "store" + "' && dpkg-deb " + words).text;
    }

    envkeep::testing::TempTree tree;
    posix::Files files;
    posix::TreeContent trees{files};
    system::RootId root;
    DebContent content;
};

TEST_F(Deb, IsReadByDpkgWithAllThatIsInIt) {
    for (const DebPacking packing : {DebPacking::plain, DebPacking::zstd}) {
        tree.remove("store").folder("store");
        ASSERT_TRUE(write(packing));

        EXPECT_THAT(dpkg("--info x.deb"), HasSubstr("Version: 1:2-3"));
        EXPECT_EQ(dpkg("--extract x.deb out"), "");
        EXPECT_EQ(shell("cd '" + tree / "store" + "/out' && cmp usr/bin/x ../../usr/bin/x && cmp " +
                        long_name + " ../../" + long_name +
                        " && stat -c '%a %Y %h' usr/bin/x && readlink usr/bin/link | wc -c")
                      .text,
                  "4755 1700000000 2\n151\n");
        EXPECT_EQ(dpkg("--control x.deb about && stat -c %a about/postinst about/control"),
                  "755\n644\n");
    }
}

TEST_F(Deb, IsNotWrittenWhereAFileHasAnotherSizeByNow) {
    tree.file("usr/bin/x", "shorter");

    EXPECT_FALSE(write());
    EXPECT_EQ(shell("ls -A '" + tree / "store" + "'").text, "");
}

TEST_F(Deb, IsLeftAloneWhereItIsThere) {
    tree.file("store/x.deb", "other");

    EXPECT_FALSE(write());
    EXPECT_EQ(shell("cat '" + tree / "store" + "/x.deb'").text, "other");
}

}  // namespace
}  // namespace envkeep::snapshot
