// SPDX-License-Identifier: MIT
#include "envkeep/posix/inspector.hpp"

#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace envkeep::posix {
namespace {

using system::Kind;
using ::testing::ElementsAre;

TEST(Inspector, SeesADeviceWithItsNumbers) {
    const system::Node null = Inspector().node("/dev/null").value();

    EXPECT_EQ(null.kind, Kind::other);
    EXPECT_TRUE(null.is_device);
    EXPECT_EQ(null.major, 1U);
    EXPECT_EQ(null.minor, 3U);
    EXPECT_EQ(Inspector().access_error("/dev/null"), 0);
}

TEST(Inspector, SaysWhatIsAbsent) {
    EXPECT_EQ(Inspector().node("/dev/none/at/all").value().kind, Kind::absent);
    EXPECT_EQ(Inspector().access_error("/dev/none"), ENOENT);
    EXPECT_TRUE(Inspector().list("/dev/none").empty());
    EXPECT_EQ(Inspector().read("/dev/none", 10).error().kind, ErrorKind::not_found);
    EXPECT_EQ(Inspector().read("/dev/null", 10).error().kind, ErrorKind::unsupported);
}

TEST(Inspector, ReadsAPartOfAFile) {
    testing::TempTree tree;
    tree.file("digits", "0123456789");

    EXPECT_EQ(Inspector().read_at(tree / "digits", 3, 4).value(), "3456");
    EXPECT_EQ(Inspector().read_at(tree / "digits", 8, 100).value(), "89");
    EXPECT_EQ(Inspector().read_at(tree / "digits", 100, 1).value(), "");
    EXPECT_EQ(Inspector().read(tree / "digits", 3).error().kind, ErrorKind::unsupported);
}

TEST(Inspector, OpensAFileOnceForItsParts) {
    testing::TempTree tree;
    tree.file("digits", "0123456789");
    const auto file = Inspector().open_file(tree / "digits").value();
    tree.remove("digits");

    EXPECT_EQ(file->size(), 10U);
    EXPECT_EQ(file->read_at(8, 100).value(), "89");
    EXPECT_EQ(file->read_at(3, 4).value(), "3456");
    EXPECT_EQ(file->read_at(100, 1).value(), "");
    EXPECT_EQ(Inspector().open_file(tree / "digits").error().kind, ErrorKind::not_found);
    EXPECT_EQ(Inspector().open_file("/dev/null").error().kind, ErrorKind::unsupported);
}

// Where the C library says that a path leads; empty if nowhere.
std::string real_path_of(const std::string& path) {
    char* const resolved = ::realpath(path.c_str(), nullptr);
    std::string real = resolved == nullptr ? "" : resolved;
    std::free(resolved);
    return real;
}

// Links that change how deep one is, that go up behind another link, that lead to themselves.
void make_links(testing::TempTree& tree, const std::string& absolute) {
    tree.file("m/a/b/c/file", "bytes")
        .file("m/a/b/other", "")
        .link("m/deep", "a/b/c")
        .link("m/a/b/c/top", "../../../deep/../other")
        .link("m/a/short", "b/c/../c/file")
        .link("m/absolute", absolute + "/a/b")
        .link("m/a/b/to_root", absolute + "/deep/file")
        .link("m/slash", "a/b/")
        .link("m/loop", "pool")
        .link("m/pool", "loop")
        .link("m/self", "self/x")
        .link("m/chain_0", "a/b/c/file")
        .link("m/dangling", "none/at/all");
    for (int i = 1; i < 50; ++i) {
        tree.link("m/chain_" + std::to_string(i), "chain_" + std::to_string(i - 1));
    }
}

constexpr std::array<std::string_view, 32> asked{"/",
                                                 "/a/b/c/file",
                                                 "/deep/file",
                                                 "/deep/../other",
                                                 "/deep/..",
                                                 "/deep/.",
                                                 "/deep/../../a",
                                                 "/deep/top",
                                                 "/a/short",
                                                 "/absolute",
                                                 "/absolute/c",
                                                 "/absolute/c/file",
                                                 "/absolute/to_root",
                                                 "/absolute/c/top",
                                                 "/slash",
                                                 "/slash/c",
                                                 "/slash/c/file",
                                                 "/loop",
                                                 "/loop/x",
                                                 "/self",
                                                 "/self/y",
                                                 "/dangling",
                                                 "/dangling/x",
                                                 "/chain_30",
                                                 "/chain_49",
                                                 "/none/..",
                                                 "/a/none",
                                                 "/a/b/c/file/x",
                                                 "/a/b/c/file/../c",
                                                 "//a//b///c/file",
                                                 "/deep/",
                                                 "/a/./b/./c/file"};

TEST(Inspector, FollowsLinksAsTheCLibraryDoes) {
    testing::TempTree tree;
    make_links(tree, tree / "m");
    const std::string root = real_path_of(tree / "m");
    const Inspector machine;

    for (const bool knows_folders : {false, true}) {
        for (const std::string_view path : asked) {
            const std::string whole = root + std::string(path);
            EXPECT_EQ(machine.real_path(whole).value_or(""), real_path_of(whole))
                << whole << knows_folders;
        }
    }
    EXPECT_EQ(machine.real_path(root + "/chain_30").value(), root + "/a/b/c/file");
    EXPECT_FALSE(machine.real_path(root + "/self").has_value());
}

// There the root is the captured machine's: the same links lead to the same places below it.
TEST(Inspector, FollowsLinksOfACaptureBelowItsRoot) {
    testing::TempTree tree;
    make_links(tree, "");
    testing::TempTree same;
    make_links(same, same / "m");
    const std::string root = real_path_of(same / "m");
    const Inspector machine = Inspector::captured(tree / "m").value();

    for (const bool knows_folders : {false, true}) {
        for (const std::string_view path : asked) {
            const std::string expected = real_path_of(root + std::string(path));
            const std::string below =
                expected == root ? "/" : expected.substr(std::min(root.size(), expected.size()));
            EXPECT_EQ(machine.real_path(std::string(path)).value_or(""), below)
                << path << knows_folders;
        }
    }
}

TEST(Inspector, FollowsNoLinkOutOfACapture) {
    testing::TempTree tree;
    tree.file("outside/secret", "")
        .file("m/usr/lib/secret", "")
        .file("m/usr/lib/other", "")
        .link("m/lib", "usr/lib")
        .link("m/out", tree / "outside")
        .link("m/file_out", tree / "outside/secret")
        .link("m/usr/up", "../../../../../../../../../.." + (tree / "outside"))
        .link("m/etc", "/etc");
    const Inspector machine = Inspector::captured(tree / "m").value();

    for (const std::string path : {"/out",
                                   "/out/secret",
                                   "/file_out",
                                   "/usr/up",
                                   "/usr/up/secret",
                                   "/etc",
                                   "/etc/passwd",
                                   "/../../../../../../../etc/passwd"}) {
        EXPECT_FALSE(machine.real_path(path).has_value()) << path;
    }
    EXPECT_EQ(machine.real_path("/lib/secret").value(), "/usr/lib/secret");
    // What is planted in the place of a folder whose way is known by now.
    tree.remove("m/usr/lib").link("m/usr/lib", tree / "outside");
    EXPECT_FALSE(machine.real_path("/lib/secret").has_value());
    EXPECT_FALSE(machine.real_path("/usr/lib/secret").has_value());
}

TEST(Inspector, SeesALinkThatChangesInAFolderThatItKnows) {
    testing::TempTree tree;
    tree.file("d/1", "").file("d/2", "").link("d/link", "1");
    const std::string folder = real_path_of(tree / "d");
    const Inspector machine;
    ASSERT_EQ(machine.real_path(folder + "/link").value(), folder + "/1");

    tree.remove("d/link").link("d/link", "2");

    EXPECT_EQ(machine.real_path(folder + "/link").value(), folder + "/2");
    tree.remove("d/link");
    EXPECT_EQ(machine.real_path(folder + "/link").error().kind, ErrorKind::not_found);
}

// What watches a folder is told of each opening in it.
class OpeningsIn {
  public:
    explicit OpeningsIn(const std::string& folder) : watch_(::inotify_init1(IN_NONBLOCK)) {
        ::inotify_add_watch(watch_.get(), folder.c_str(), IN_OPEN);
    }

    [[nodiscard]] bool happened() const {
        alignas(::inotify_event) std::array<char, 4096> events{};
        return ::read(watch_.get(), events.data(), events.size()) > 0;
    }

  private:
    Fd watch_;
};

TEST(Inspector, OpensNothingButFilesOfACapture) {
    testing::TempTree tree;
    tree.file("m/etc/plain", "bytes");
    ASSERT_EQ(::mkfifo((tree / "m/etc/pipe").c_str(), 0600), 0);
    const Inspector machine = Inspector::captured(tree / "m").value();
    const OpeningsIn openings(tree / "m/etc");

    EXPECT_EQ(machine.read("/etc/pipe", 10).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(machine.read_at("/etc/pipe", 0, 10).value(), "");
    EXPECT_EQ(machine.open_file("/etc/pipe").error().kind, ErrorKind::unsupported);
    EXPECT_FALSE(openings.happened());

    EXPECT_EQ(machine.read("/etc/plain", 10).value(), "bytes");
    EXPECT_TRUE(openings.happened());
    EXPECT_EQ(machine.read_at("/etc/plain", 1, 3).value(), "yte");
}

TEST(Inspector, TakesTheWordOfACapturesRecord) {
    testing::TempTree tree;
    tree.file("m/real", "bytes").file("m/envkeep-capture.json", R"({
        "nodes": {"/plain": 12, "/large": {"kind": "f", "mode": 420, "size": 5000000000, "uid": 7},
                  "/dev/nvidia0": {"major": 195, "access": 13}},
        "folders": {"/d": {"b": "d", "a\\xff": "f", "c": "l"}, "/real": {}},
        "links": {"/link": "real"},
        "real_paths": {"/link": "/real", "/only/named": "/only/named", "/out": "/../../etc/passwd"}
    })");
    const Inspector machine = Inspector::captured(tree / "m").value();

    const system::Node large = machine.node("/large").value();
    EXPECT_EQ(large.kind, Kind::file);
    EXPECT_EQ(large.size, 5'000'000'000U);
    EXPECT_EQ(large.uid, 7U);
    EXPECT_FALSE(large.is_device);
    EXPECT_EQ(machine.node("/plain").value().size, 12U);
    EXPECT_EQ(machine.node("/plain").value().kind, Kind::file);
    EXPECT_TRUE(machine.node("/dev/nvidia0").value().is_device);
    EXPECT_EQ(machine.access_error("/dev/nvidia0"), EACCES);
    EXPECT_THAT(machine.list("/d"),
                ElementsAre(system::Entry{.name = "a\xff", .kind = Kind::file},
                            system::Entry{.name = "b", .kind = Kind::folder},
                            system::Entry{.name = "c", .kind = Kind::link}));
    EXPECT_EQ(machine.read("/link", 100).value(), "bytes");
    EXPECT_EQ(machine.read_at("/link", 1, 2).value(), "yt");
    EXPECT_EQ(machine.open_file("/link").value()->read_at(1, 2).value(), "yt");
    EXPECT_EQ(machine.link_target("/link").value(), "real");
    EXPECT_EQ(machine.real_path("/only/named").value(), "/only/named");
    EXPECT_FALSE(machine.real_path("/only").has_value());
    EXPECT_EQ(machine.read("/out", 100000).error().kind, ErrorKind::not_found);
}

TEST(Inspector, StaysInsideACapture) {
    testing::TempTree tree;
    tree.folder("m/etc")
        .file("m/etc/os", "captured")
        .link("m/abs", "/etc/os")
        .link("m/up", "../../../../etc/os");
    const Inspector machine = Inspector::captured(tree / "m").value();

    EXPECT_EQ(machine.read("/abs", 100).value(), "captured");
    EXPECT_EQ(machine.read("/up", 100).value(), "captured");
    EXPECT_EQ(machine.real_path("/abs").value(), "/etc/os");
    EXPECT_EQ(machine.link_target("/abs").value(), "/etc/os");
    EXPECT_EQ(machine.link_target("/etc/os").error().kind, ErrorKind::not_found);
    EXPECT_EQ(machine.node("/etc/os").value().size, 8U);
    EXPECT_EQ(machine.node("/dev/null").value().kind, Kind::absent);
    EXPECT_THAT(machine.list("/"),
                ElementsAre(system::Entry{"abs", Kind::link},
                            system::Entry{"etc", Kind::folder},
                            system::Entry{"up", Kind::link}));
}

TEST(Inspector, KnowsFromItsRecordWhatNoFileOfACaptureTells) {
    testing::TempTree tree;
    tree.folder("m").file("m/envkeep-capture.json",
                          R"({"nodes": {"/dev/nvidia0": {"mode": 438, "major": 195, "minor": 0,
                              "access": 1}},
                              "spaces": {"/dev/shm": {"total": 64, "free": 32,
                              "free_inodes": 7}}})");
    const Inspector machine = Inspector::captured(tree / "m").value();

    const system::Node node = machine.node("/dev/nvidia0").value();

    EXPECT_TRUE(node.is_device);
    EXPECT_EQ(node.mode, 0666U);
    EXPECT_EQ(node.major, 195U);
    EXPECT_EQ(machine.access_error("/dev/nvidia0"), EPERM);
    EXPECT_THAT(machine.list("/dev"), ElementsAre(system::Entry{"nvidia0", Kind::other}));
    EXPECT_TRUE(machine.list("/de").empty());
    EXPECT_EQ(machine.access_error("/dev/nvidia1"), ENOENT);
    EXPECT_EQ(machine.space("/dev/shm").value().total, 64U);
    EXPECT_EQ(machine.space("/dev/shm").value().free_inodes, 7U);
    EXPECT_EQ(machine.space("/").error().kind, ErrorKind::not_found);
}

TEST(Inspector, RefusesARecordThatIsDamaged) {
    testing::TempTree tree;
    tree.folder("m").file("m/envkeep-capture.json", "{");

    EXPECT_FALSE(Inspector::captured(tree / "m").has_value());
    EXPECT_EQ(Inspector::captured(tree / "none").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace envkeep::posix
