// SPDX-License-Identifier: MIT
#include "files_test.hpp"

#include <string>

namespace envkeep::posix {
namespace {

using ReadTest = FilesTest;

TEST_F(ReadTest, GivesTheWholeFile) {
    const std::string large(300'000, 'x');
    tree.file("small", std::string("a\0b", 3)).file("empty").file("large", large);

    EXPECT_EQ(files.read_file(at("small"), 100).value(), std::string("a\0b", 3));
    EXPECT_EQ(files.read_file(at("empty"), 100).value(), "");
    EXPECT_EQ(files.read_file(at("large"), 300'000).value(), large);
}

TEST_F(ReadTest, RefusesMoreThanTheLimit) {
    tree.file("file", "12345");

    EXPECT_EQ(files.read_file(at("file"), 5).value(), "12345");
    EXPECT_EQ(kind_of(files.read_file(at("file"), 4)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.read_file(at("file"), 0)), ErrorKind::unsupported);
}

TEST_F(ReadTest, RefusesAllButRegularFilesAndNeverWaits) {
    tree.fifo("fifo").folder("folder").link("link", "folder");

    EXPECT_EQ(kind_of(files.read_file(at("fifo"), 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.read_file(at("folder"), 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.read_file(at("link"), 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.read_file(at("none"), 10)), ErrorKind::not_found);
    EXPECT_EQ(kind_of(files.read_head(at("fifo"), 10)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.digest(at("fifo"))), ErrorKind::unsupported);
}

TEST_F(ReadTest, ReadsFilesThatDoNotKnowTheirSize) {
    const auto proc = files.open_root("/proc").value();
    const Place mounts{.root = proc, .path = RelPath::parse("sys/kernel/ostype").value()};

    EXPECT_EQ(files.read_file(mounts, 100).value(), "Linux\n");
    EXPECT_EQ(files.read_head(mounts, 3).value(), "Lin");
}

TEST_F(ReadTest, GivesTheHead) {
    tree.file("file", "12345").file("empty");

    EXPECT_EQ(files.read_head(at("file"), 3).value(), "123");
    EXPECT_EQ(files.read_head(at("file"), 10).value(), "12345");
    EXPECT_EQ(files.read_head(at("empty"), 10).value(), "");
}

TEST_F(ReadTest, DigestsAnySize) {
    const std::string large(400'001, 'x');
    const std::string block(std::size_t{128} << 10U, 'y');
    tree.file("empty").file("large", large).file("block", block);

    EXPECT_EQ(files.digest(at("empty")).value(), digest_of(""));
    EXPECT_EQ(files.digest(at("large")).value(), digest_of(large));
    EXPECT_EQ(files.digest(at("block")).value(), digest_of(block));
}

TEST_F(ReadTest, ComparesBytes) {
    std::string large(400'000, 'x');
    tree.file("a", large).file("same", large).file("longer", large + "x").file("empty");
    large[399'999] = 'y';
    tree.file("other", large).file("nothing");

    EXPECT_TRUE(files.has_same_bytes(at("a"), at("same")).value());
    EXPECT_FALSE(files.has_same_bytes(at("a"), at("other")).value());
    EXPECT_FALSE(files.has_same_bytes(at("a"), at("longer")).value());
    EXPECT_TRUE(files.has_same_bytes(at("empty"), at("nothing")).value());
    EXPECT_EQ(kind_of(files.has_same_bytes(at("a"), at("none"))), ErrorKind::not_found);
}

}  // namespace
}  // namespace envkeep::posix
