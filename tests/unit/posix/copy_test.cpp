// SPDX-License-Identifier: MIT
#include "copy_test.hpp"

#include "support/child.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace envkeep::posix {
namespace {

TEST_F(CopyTest, KeepsBytesModeOwnerAndTimeOfAFile) {
    const std::string content(700'001, 'x');
    tree.file("file", content, 04750).owner("file", 12, 34).mode("file", 04750);
    tree.modified("file", 1'600'000'000'123'456'789);

    const auto report = copy("file", "copy").value();

    EXPECT_EQ(report.files, 1U);
    EXPECT_EQ(report.bytes, 700'001U);
    EXPECT_EQ(tree.content("copy"), content);
    EXPECT_EQ(tree.mode_of("copy"), 04750U);
    EXPECT_EQ(tree.modified_at("copy"), 1'600'000'000'123'456'789);
    EXPECT_EQ(stat_of("copy").st_uid, 12U);
    EXPECT_EQ(stat_of("copy").st_gid, 34U);
    EXPECT_THAT(names(), ElementsAre("copy", "file"));
}

TEST_F(CopyTest, CopiesALinkAsALink) {
    tree.link("link", "/no/where").modified("link", 1'600'000'000'000'000'001);

    EXPECT_TRUE(copy("link", "copy").has_value());

    EXPECT_EQ(tree.target("copy"), "/no/where");
    EXPECT_EQ(tree.modified_at("copy"), 1'600'000'000'000'000'001);
}

TEST_F(CopyTest, CopiesATreeAsItIs) {
    tree.file("t/a/file", "one", 0600)
        .file("t/a/empty")
        .link("t/link", "../away")
        .folder("t/e", 0500);
    tree.file("t/\xFF\n", "odd name")
        .folder("t/a", 0711)
        .modified("t/a", 1'500'000'000'000'000'007);
    tree.mode("t", 0710);

    const auto report = copy("t", "copy").value();

    EXPECT_EQ(tree.snapshot("copy"), tree.snapshot("t"));
    EXPECT_EQ(tree.mode_of("copy"), 0710U);
    EXPECT_EQ(tree.modified_at("copy/a"), 1'500'000'000'000'000'007);
    EXPECT_EQ(tree.modified_at("copy"), tree.modified_at("t"));
    EXPECT_EQ(report.files, 3U);
    EXPECT_THAT(report.left_out, IsEmpty());
    EXPECT_THAT(names(), ElementsAre("copy", "t"));
}

TEST_F(CopyTest, CopiesARoot) {
    tree.file("t/file", "x");
    const Place whole{.root = files.open_root(tree / "t").value(), .path = {}};

    EXPECT_TRUE(files.copy(whole, at("copy"), {}, {}).has_value());

    EXPECT_EQ(tree.snapshot("copy"), tree.snapshot("t"));
}

TEST_F(CopyTest, NamesWhatCannotBeCopied) {
    tree.file("t/file").fifo("t/d/fifo").fifo("alone");

    EXPECT_THAT(copy("t", "copy").value().left_out, ElementsAre("d/fifo"));
    EXPECT_EQ(kind_of(copy("alone", "other")), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(copy("none", "other")), ErrorKind::not_found);
}

TEST_F(CopyTest, LeavesOutWhatItIsTold) {
    tree.file("t/a/cache/x").file("t/a/file").file("t/cache/y");
    const CopyOptions options{
        .leaves_out = [](const RelPath& below) { return below.text() == "a/cache"; }};

    EXPECT_TRUE(files.copy(at("t"), at("copy"), options, {}).has_value());

    EXPECT_FALSE(tree.exists("copy/a/cache"));
    EXPECT_TRUE(tree.exists("copy/a/file"));
    EXPECT_TRUE(tree.exists("copy/cache/y"));
}

TEST_F(CopyTest, KeepsModesWithinTheBounds) {
    tree.file("t/file", "x", 0755).folder("t/d", 0775);
    const CopyOptions options{.file_bound = 0600, .folder_bound = 0700, .leaves_out = {}};

    EXPECT_TRUE(files.copy(at("t"), at("copy"), options, {}).has_value());

    EXPECT_EQ(tree.mode_of("copy"), 0700U);
    EXPECT_EQ(tree.mode_of("copy/d"), 0700U);
    EXPECT_EQ(tree.mode_of("copy/file"), 0600U);
}

TEST_F(CopyTest, KeepsHardLinksInside) {
    tree.file("t/a/one", "x").hard_link("t/two", "t/a/one").hard_link("outside", "t/a/one");

    EXPECT_EQ(copy("t", "copy").value().files, 2U);

    EXPECT_EQ(stat_of("copy/a/one").st_ino, stat_of("copy/two").st_ino);
    EXPECT_NE(stat_of("copy/two").st_ino, stat_of("t/two").st_ino);
    EXPECT_EQ(stat_of("copy/two").st_nlink, 2U);
}

TEST_F(CopyTest, KeepsHoles) {
    const Fd sparse(::open((tree / "sparse").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    constexpr off_t middle = 10 << 20;
    constexpr off_t end = 30 << 20;
    ASSERT_EQ(::pwrite(sparse.get(), "begin", 5, 0), 5);
    ASSERT_EQ(::pwrite(sparse.get(), "middle", 6, middle), 6);
    ASSERT_EQ(::ftruncate(sparse.get(), end), 0);

    EXPECT_TRUE(copy("sparse", "copy").has_value());

    EXPECT_EQ(stat_of("copy").st_size, end);
    EXPECT_LT(stat_of("copy").st_blocks, 1000);
    EXPECT_TRUE(files.has_same_bytes(at("sparse"), at("copy")).value());
}

TEST_F(CopyTest, NamesWhatLostAnExtendedAttribute) {
    tree.file("t/file", "x");
    ASSERT_EQ(::setxattr((tree / "t/file").c_str(), "user.note", "kept", 4, 0), 0);

    testing::with_refused_calls({{.number = SYS_fsetxattr, .code = EOPNOTSUPP}}, [&] {
        EXPECT_THAT(copy("t", "copy").value().lost_attributes, ::testing::ElementsAre("file"));
    });
    testing::with_refused_calls({{.number = SYS_fsetxattr, .code = ENOSPC}}, [&] {
        EXPECT_EQ(kind_of(copy("t", "none")), ErrorKind::no_space);
    });

    EXPECT_TRUE(tree.exists("copy/file"));
    EXPECT_FALSE(tree.exists("none"));
}

TEST_F(CopyTest, KeepsExtendedAttributes) {
    tree.file("file", "x");
    ASSERT_EQ(::setxattr((tree / "file").c_str(), "user.note", "kept", 4, 0), 0);

    EXPECT_TRUE(copy("file", "copy").has_value());

    char value[8] = {};
    EXPECT_EQ(::getxattr((tree / "copy").c_str(), "user.note", value, sizeof value), 4);
    EXPECT_STREQ(value, "kept");
}

// An access list shows as group bits that are its mask. Copied without the list they would let the
// whole group in.
TEST_F(CopyTest, GivesTheGroupNothingWhereAnAccessListIsLost) {
    // Version 2; user rw, user 1000 rw, group nothing, mask rw, others nothing.
    const unsigned char list[] = {2,  0, 0, 0,                       //
                                  1,  0, 6, 0, 255,  255, 255, 255,  //
                                  2,  0, 6, 0, 0xE8, 3,   0,   0,    //
                                  4,  0, 0, 0, 255,  255, 255, 255,  //
                                  16, 0, 6, 0, 255,  255, 255, 255,  //
                                  32, 0, 0, 0, 255,  255, 255, 255};
    tree.file("file", "secret", 0600);
    ASSERT_EQ(::setxattr((tree / "file").c_str(), "system.posix_acl_access", list, sizeof list, 0),
              0);
    ASSERT_EQ(tree.mode_of("file"), 0660U);

    EXPECT_TRUE(copy("file", "whole").has_value());
    testing::with_refused_calls({{.number = SYS_fsetxattr, .code = EOPNOTSUPP}},
                                [&] { EXPECT_TRUE(copy("file", "without").has_value()); });

    EXPECT_EQ(tree.mode_of("whole"), 0660U);
    EXPECT_EQ(::getxattr((tree / "whole").c_str(), "system.posix_acl_access", nullptr, 0),
              static_cast<ssize_t>(sizeof list));
    EXPECT_EQ(tree.mode_of("without"), 0600U);
}

TEST_F(CopyTest, LetsNoFolderGiveAnAccessListToTheCopy) {
    // Version 2; owner rwx, user 77 rwx, group r-x, mask rwx, others ---.
    const unsigned char list[] = {2,  0, 0, 0,                      //
                                  1,  0, 7, 0, 255, 255, 255, 255,  //
                                  2,  0, 7, 0, 77,  0,   0,   0,    //
                                  4,  0, 5, 0, 255, 255, 255, 255,  //
                                  16, 0, 7, 0, 255, 255, 255, 255,  //
                                  32, 0, 0, 0, 255, 255, 255, 255};
    constexpr const char* given = "system.posix_acl_access";
    constexpr const char* to_give = "system.posix_acl_default";
    tree.file("file", "secret", 0640).file("t/a", "x", 0644).folder("into");
    ASSERT_EQ(::setxattr((tree / "into").c_str(), to_give, list, sizeof list, 0), 0);

    EXPECT_TRUE(copy("file", "into/file").has_value());
    EXPECT_TRUE(copy("t", "into/t").has_value());

    for (const std::string name : {"into/file", "into/t", "into/t/a"}) {
        EXPECT_EQ(::getxattr((tree / name).c_str(), given, nullptr, 0), -1) << name;
        EXPECT_EQ(::getxattr((tree / name).c_str(), to_give, nullptr, 0), -1) << name;
    }
    EXPECT_EQ(tree.mode_of("into/file"), 0640U);
    EXPECT_EQ(tree.mode_of("into/t/a"), 0644U);
}

TEST_F(CopyTest, WorksByEveryWayThatKernelsKnow) {
    const std::string content(700'000, 'z');
    tree.file("file", content).file("t/a", content);
    const testing::RefusedCall no_range{.number = SYS_copy_file_range, .code = EXDEV};
    const testing::RefusedCall no_sendfile{.number = SYS_sendfile, .code = EINVAL};

    testing::with_refused_calls({no_range}, [&] { EXPECT_TRUE(copy("file", "b").has_value()); });
    testing::with_refused_calls({no_range, no_sendfile}, [&] {
        EXPECT_TRUE(copy("file", "c").has_value());
        EXPECT_TRUE(copy("t", "d").has_value());
    });

    EXPECT_EQ(tree.content("b"), content);
    EXPECT_EQ(tree.content("c"), content);
    EXPECT_EQ(tree.content("d/a"), content);
}

TEST_F(CopyTest, NeverReplacesUnasked) {
    tree.file("file", "new").file("t/a").file("taken", "old").link("link", "none").folder("empty");
    const auto before = tree.snapshot();

    for (const char* const from : {"file", "t"}) {
        for (const char* const to : {"taken", "link", "empty"}) {
            EXPECT_EQ(kind_of(copy(from, to)), ErrorKind::already_exists) << from << " to " << to;
        }
    }

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(CopyTest, ReplacesTheFileThatWasSeen) {
    tree.file("file", "new", 0600).file("old", "old");

    EXPECT_TRUE(files.copy(at("file"), at("old"), {}, seen("old")).has_value());

    EXPECT_EQ(tree.content("old"), "new");
    EXPECT_EQ(tree.mode_of("old"), 0600U);
    EXPECT_THAT(names(), ElementsAre("file", "old"));
}

TEST_F(CopyTest, LeavesAFileThatChangedSinceItWasSeen) {
    tree.file("file", "new").file("old", "old");
    const Status old = seen("old");
    tree.file("old", "edited");

    EXPECT_EQ(kind_of(files.copy(at("file"), at("old"), {}, old)), ErrorKind::conflict);

    EXPECT_EQ(tree.content("old"), "edited");
    EXPECT_THAT(names(), ElementsAre("file", "old"));
}

TEST_F(CopyTest, RefusesToCopyAFolderIntoItself) {
    tree.file("t/a/file");

    EXPECT_EQ(kind_of(copy("t", "t/a/copy")), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(copy("t", "t/copy")), ErrorKind::unsupported);

    EXPECT_EQ(tree.snapshot().size(), 3U);
}

TEST_F(CopyTest, CopiesTheLongestNamesAndDeepTrees) {
    const std::string name(255, 'n');
    std::string deep = "deep";
    for (int i = 0; i < 100; ++i) {
        deep += "/d";
    }
    tree.file(name, "x").folder(deep);

    EXPECT_TRUE(files.copy(at(name), at("t"), {}, {}).has_value());
    EXPECT_TRUE(files.copy(at("t"), at(std::string(255, 'm')), {}, {}).has_value());
    EXPECT_TRUE(copy("deep", "copy").has_value());

    EXPECT_EQ(tree.snapshot("copy"), tree.snapshot("deep"));
}

// Where the container allows few.
TEST_F(CopyTest, KeepsFewFoldersOfADeepTreeOpen) {
    std::string deep = "deep";
    for (int i = 0; i < 600; ++i) {
        deep += "/d";
    }
    tree.file(deep + "/file", "x").mode(deep, 0750);
    struct ::rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    const struct ::rlimit little{.rlim_cur = 256, .rlim_max = usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &little), 0);

    const auto copied = copy("deep", "copy");
    const auto removed = files.remove_own_tree(at("deep"));

    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    ASSERT_TRUE(copied.has_value()) << copied.error().message;
    EXPECT_TRUE(removed.has_value()) << removed.error().message;
    EXPECT_FALSE(tree.exists("deep"));
    EXPECT_EQ(tree.content("copy" + deep.substr(4) + "/file"), "x");
    EXPECT_EQ(tree.mode_of("copy" + deep.substr(4)), 0750U);
}

// As root on a server that squashes it, or as a user who copies what others own.
TEST_F(CopyTest, DropsSetIdBitsWithTheOwner) {
    tree.file("file", "x", 0644).owner("file", 1234, 1234).mode("file", 06755);
    testing::with_refused_calls({{.number = SYS_fchown, .code = EPERM}},
                                [&] { EXPECT_TRUE(copy("file", "copy").has_value()); });

    EXPECT_EQ(tree.mode_of("copy"), 0755U);
}

}  // namespace
}  // namespace envkeep::posix
