// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "tree_content_test.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <string>

namespace envkeep::posix {
namespace {

class TreeReaderTest : public TreeContentTest {};

TEST_F(TreeReaderTest, ReadsWhatIsThere) {
    tree.file("t/f", "0123456789").link("t/l", "f").file("t/empty");
    ::setxattr((tree / "t/f").c_str(), "user.b", "2", 1, 0);
    ::setxattr((tree / "t/f").c_str(), "user.a", "1", 1, 0);
    ::setxattr((tree / "t/f").c_str(), "trusted.x", "1", 1, 0);
    ::setxattr((tree / "t").c_str(), "user.folder", "yes", 3, 0);
    const auto folder = reader();

    const auto file = folder->open_file("f").value();
    std::string buffer(6, '\0');
    EXPECT_EQ(file->read_at(0, std::as_writable_bytes(std::span(buffer))).value(), 6U);
    EXPECT_EQ(buffer, "012345");
    EXPECT_EQ(file->read_at(6, std::as_writable_bytes(std::span(buffer))).value(), 4U);
    EXPECT_EQ(buffer.substr(0, 4), "6789");
    EXPECT_EQ(file->status().value().size, 10U);
    EXPECT_THAT(file->extended().value(),
                ElementsAre(ExtendedAttribute{.name = "user.a", .value = "1"},
                            ExtendedAttribute{.name = "user.b", .value = "2"}));
    EXPECT_THAT(folder->extended().value(),
                ElementsAre(ExtendedAttribute{.name = "user.folder", .value = "yes"}));
    EXPECT_EQ(folder->read_link("l").value(), "f");
    EXPECT_EQ(folder->status("l").value().kind, Kind::link);
    EXPECT_EQ(kind_of(folder->status("none")), ErrorKind::not_found);
    EXPECT_EQ(content.open_file(at("t/empty")).value()->read_at(0, {}).value(), 0U);
}

TEST_F(TreeReaderTest, LeavesTheTimeOfAccessAlone) {
    tree.file("t/f", "x").modified("t/f", then);
    const auto before = stat_of("t/f");

    std::array<std::byte, 1> buffer{};
    EXPECT_TRUE(reader()->open_file("f").value()->read_at(0, buffer).has_value());

    EXPECT_EQ(stat_of("t/f").st_atim.tv_nsec, before.st_atim.tv_nsec);
    testing::in_child([&] {
        // Another user's file: it is read all the same.
        ASSERT_EQ(::setresuid(1234, 1234, 1234), 0);
        EXPECT_TRUE(reader()->open_file("f").has_value());
    });
}

TEST_F(TreeReaderTest, NeverWaitsForAFifoNorReadsWhatIsNoFile) {
    tree.fifo("t/p").folder("t/d");
    const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (tree / "t/s").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listening, reinterpret_cast<struct ::sockaddr*>(&address), sizeof address), 0);
    const Fd closes(listening);

    for (const std::string name : {"p", "d", "s"}) {
        EXPECT_EQ(kind_of(reader()->open_file(name)), ErrorKind::unsupported) << name;
        EXPECT_EQ(kind_of(content.open_file(at("t/" + name))), ErrorKind::unsupported) << name;
    }
}

}  // namespace
}  // namespace envkeep::posix
