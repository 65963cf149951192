// SPDX-License-Identifier: MIT
#include "snapshot/tar.hpp"

#include "bytes.hpp"
#include "shell.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace envkeep::snapshot {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t some_time = 1'700'000'000'123'456'789;

WallTime at(std::int64_t nanoseconds) {
    return WallTime(std::chrono::nanoseconds(nanoseconds));
}

Entry entry(std::string path, EntryKind kind, std::string target = {}) {
    return {.path = std::move(path),
            .kind = kind,
            .attributes = {.mode = 0644,
                           .uid = ::geteuid(),
                           .gid = ::getegid(),
                           .modified = at(some_time)},
            .target = std::move(target)};
}

// An archive that GNU tar unpacks into `out`.
class Tar : public ::testing::Test {
  protected:
    Tar() { tree.folder("out"); }

    void add(Entry member, std::string_view content = {}) {
        if (member.kind == EntryKind::file) {
            member.size = content.size();
        }
        archive += text_of(tar_header(member));
        archive += content;
        archive.append(tar_padding(content.size()), '\0');
    }

    // What tar said; empty where all was well.
    std::string unpacked(const std::string& options = "") {
        archive.append(tar_end_size, '\0');
        tree.file("archive.tar", archive);
        return shell("tar -xpf '" + tree / "archive.tar" + "' -C '" + tree / "out" + "' " + options)
            .text;
    }

    struct ::stat found(const std::string& path) {
        struct ::stat status{};
        EXPECT_EQ(::lstat((tree / "out/" + path).c_str(), &status), 0) << path;
        return status;
    }

    testing::TempTree tree;
    std::string archive;
};

TEST_F(Tar, GivesBackFilesFoldersAndLinks) {
    Entry folder = entry("usr/lib", EntryKind::folder);
    folder.attributes.mode = 02750;
    Entry program = entry("usr/lib/x", EntryKind::file);
    program.attributes.mode = 04755;
    add(folder);
    add(program, "#!/bin/sh\n");
    add(entry("usr/lib/y", EntryKind::link, "../nowhere"));
    add(entry("usr/lib/z", EntryKind::hard_link, "usr/lib/x"));
    add(entry("usr/empty", EntryKind::file));

    EXPECT_EQ(unpacked(), "");

    EXPECT_EQ(tree.content("out/usr/lib/x"), "#!/bin/sh\n");
    EXPECT_EQ(tree.mode_of("out/usr/lib/x"), 04755U);
    EXPECT_EQ(tree.mode_of("out/usr/lib"), 02750U);
    EXPECT_EQ(tree.modified_at("out/usr/lib"), some_time);
    EXPECT_EQ(tree.modified_at("out/usr/lib/x"), some_time);
    EXPECT_EQ(tree.target("out/usr/lib/y"), "../nowhere");
    EXPECT_EQ(tree.modified_at("out/usr/lib/y"), some_time);
    EXPECT_EQ(found("usr/lib/x").st_ino, found("usr/lib/z").st_ino);
    EXPECT_EQ(tree.content("out/usr/empty"), "");
}

TEST_F(Tar, GivesBackNamesOfAnyBytes) {
    const std::vector<std::string> names{"a\nb",
                                         "\x01\x7f",
                                         "\xff\xfe",
                                         "caf\xc3\xa9",
                                         "back\\slash",
                                         " blank ",
                                         std::string(255, 'n'),
                                         std::string(255, '\xfe'),
                                         "-rf",
                                         "\"quoted\"'",
                                         std::string(99, 'x'),
                                         std::string(100, 'y')};
    for (const std::string& name : names) {
        add(entry(name, EntryKind::file), name);
        add(entry("deep/" + name, EntryKind::link, name));
    }

    EXPECT_EQ(unpacked(), "");

    for (const std::string& name : names) {
        EXPECT_EQ(tree.content("out/" + name), name);
        EXPECT_EQ(tree.target("out/deep/" + name), name);
    }
}

TEST_F(Tar, GivesBackLongPaths) {
    std::string path = "top";
    for (int i = 0; i < 12; ++i) {
        path += "/" + std::string(200, static_cast<char>('a' + i));
    }
    add(entry(path, EntryKind::folder));
    add(entry(path + "/file", EntryKind::file), "deep");
    add(entry("same", EntryKind::hard_link, path + "/file"));
    add(entry("link", EntryKind::link, path));

    EXPECT_EQ(unpacked(), "");

    EXPECT_EQ(tree.content("out/" + path + "/file"), "deep");
    EXPECT_EQ(tree.content("out/same"), "deep");
    EXPECT_EQ(tree.target("out/link"), path);
}

TEST_F(Tar, GivesBackTimesToTheNanosecond) {
    const std::vector<std::int64_t> times{0,
                                          1,
                                          1'000'000'000,
                                          -1,
                                          -1'500'000'000,
                                          -2'000'000'000,
                                          some_time,
                                          9'000'000'000'000'000'001};
    for (std::size_t i = 0; i < times.size(); ++i) {
        Entry file = entry("f" + std::to_string(i), EntryKind::file);
        file.attributes.modified = at(times[i]);
        add(file);
    }

    EXPECT_THAT(unpacked(), ::testing::AnyOf("", HasSubstr("old time stamp")));

    for (std::size_t i = 0; i < times.size() - 1; ++i) {
        EXPECT_EQ(tree.modified_at("out/f" + std::to_string(i)), times[i]);
    }
}

TEST_F(Tar, GivesBackOwnersThatUstarCannotHold) {
    ASSERT_EQ(::geteuid(), 0U) << "only root may give files away";
    Entry small = entry("small", EntryKind::file);
    small.attributes.uid = 07777777;
    small.attributes.gid = 1000;
    Entry large = entry("large", EntryKind::file);
    large.attributes.uid = 07777777 + 1;
    large.attributes.gid = 4'000'000'000;
    add(small);
    add(large);

    EXPECT_EQ(unpacked("--numeric-owner"), "");

    EXPECT_EQ(found("small").st_uid, 07777777U);
    EXPECT_EQ(found("small").st_gid, 1000U);
    EXPECT_EQ(found("large").st_uid, 07777777U + 1);
    EXPECT_EQ(found("large").st_gid, 4'000'000'000U);
}

TEST_F(Tar, GivesBackExtendedAttributes) {
    Entry file = entry("x", EntryKind::file);
    const std::string any("a\0b\n=\xff", 6);
    file.attributes.extended = {{.name = "user.a=b%c", .value = any},
                                {.name = "user.empty", .value = ""},
                                {.name = "user.long", .value = std::string(200, 'v')}};
    add(file, "x");
    tree.file("probe");
    // A tmpfs has none before Linux 6.6.
    if (::setxattr((tree / "probe").c_str(), "user.x", "y", 1, 0) != 0) {
        GTEST_SKIP() << "no extended attributes here";
    }

    EXPECT_EQ(unpacked("--xattrs --xattrs-include='*'"), "");

    for (const auto& [name, value] : file.attributes.extended) {
        std::string read(1000, '\0');
        const ssize_t size =
            ::getxattr((tree / "out/x").c_str(), name.c_str(), read.data(), read.size());
        ASSERT_GE(size, 0) << name;
        EXPECT_EQ(read.substr(0, static_cast<std::size_t>(size)), value) << name;
    }
}

TEST_F(Tar, TellsSizesThatUstarCannotHold) {
    Entry file = entry("huge", EntryKind::file);
    file.size = (std::uint64_t{8} << 30U) + 5;
    tree.file("huge.tar", text_of(tar_header(file)));

    // The bytes themselves are a hole.
    const Shown shown = shell("truncate -s $((8*1024*1024*1024 + 8192)) '" + tree / "huge.tar" +
                              "' && tar -tvf '" + tree / "huge.tar" + "'");

    EXPECT_THAT(shown.text, HasSubstr(" 8589934597 "));
    EXPECT_THAT(shown.text, HasSubstr(" huge\n"));
    EXPECT_EQ(shown.status, 0);
}

TEST(TarHeader, IsOneBlockWhereUstarSaysItAll) {
    Entry file = entry("x", EntryKind::file);
    file.attributes.modified = at(1'700'000'000'000'000'000);

    EXPECT_EQ(tar_header(file).size(), tar_block);
}

TEST(TarHeader, CountsTheLengthOfARecordRightWhereItGrowsByADigit) {
    for (std::size_t length = 80; length < 110; ++length) {
        Entry file = entry("x", EntryKind::file);
        file.attributes.extended = {{.name = "user.x", .value = std::string(length, 'v')}};
        const std::string header = text_of(tar_header(file));
        const std::size_t begin = header.find("SCHILY");
        const std::size_t start = header.rfind('\n', begin) + 1;
        const std::size_t end = header.find('\n', begin) + 1;
        EXPECT_EQ(std::stoul(header.substr(start)), end - start) << length;
    }
}

}  // namespace
}  // namespace envkeep::snapshot
