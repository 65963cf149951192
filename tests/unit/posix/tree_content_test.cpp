// SPDX-License-Identifier: MIT
#include "tree_content_test.hpp"

#include "support/child.hpp"
#include "support/each_system_call.hpp"
#include "support/mounts.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <thread>
#include <vector>

namespace envkeep::posix {
namespace {

// A capability set as the kernel stores it: CAP_NET_RAW, permitted and effective.
const std::string net_raw(
    "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00",
    20);

TEST_F(TreeContentTest, MakesAFileWithAllThatItIsToHave) {
    Attributes wanted = attributes(04755);
    wanted.uid = 12;
    wanted.gid = 34;
    wanted.extended = {{.name = "security.capability", .value = net_raw},
                       {.name = "user.note", .value = "kept"}};

    ASSERT_TRUE(writer()->make_file("f", bytes_of("content"), wanted, {}).has_value());

    const auto made = stat_of("t/f");
    EXPECT_EQ(tree.content("t/f"), "content");
    EXPECT_EQ(made.st_mode, S_IFREG | 04755U);
    EXPECT_EQ(made.st_uid, 12U);
    EXPECT_EQ(made.st_gid, 34U);
    EXPECT_EQ(tree.modified_at("t/f"), then);
    EXPECT_EQ(made.st_atim.tv_sec, made.st_mtim.tv_sec);
    EXPECT_EQ(made.st_atim.tv_nsec, made.st_mtim.tv_nsec);
    EXPECT_EQ(extended("t/f", "user.note"), "kept");
    EXPECT_EQ(extended("t/f", "security.capability"), net_raw);
}

TEST_F(TreeContentTest, SetsModesWhateverTheUmaskAndTheFolderSay) {
    testing::in_child([&] {
        ::umask(077);
        tree.mode("t", 02777).owner("t", 0, 55);
        const auto folder = writer();
        for (const std::uint32_t mode : {0644U, 0755U, 0666U, 0400U, 0U, 02755U}) {
            const std::string name = std::to_string(mode);
            ASSERT_TRUE(folder->make_file(name, {}, attributes(mode), {}).has_value());
            EXPECT_EQ(tree.mode_of("t/" + name), mode);
            EXPECT_EQ(stat_of("t/" + name).st_gid, ::getegid());
        }
    });
}

TEST_F(TreeContentTest, IsAtNoTimeReadableByMoreThanAtTheEnd) {
    Attributes wanted = attributes(06750);
    wanted.uid = 12;
    wanted.gid = 34;
    // An access list of the kernel: owner rwx, user 77 r-x, group ---, mask r-x, others ---.
    constexpr std::array<unsigned char, 44> list{
        2, 0,  0,    0,    1,    0,    7,    0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,    5,
        0, 77, 0,    0,    0,    4,    0,    0, 0,    0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0,
        5, 0,  0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    wanted.extended = {{.name = "system.posix_acl_access",
                        .value = {reinterpret_cast<const char*>(list.data()), list.size()}}};
    std::size_t call = 0;
    for (auto meddled = testing::Meddled::ended; meddled == testing::Meddled::ended; ++call) {
        const std::string name = std::to_string(call);
        meddled = testing::act_at_changing_call(
            call,
            testing::RenameFlags::known,
            [&] { static_cast<void>(writer()->make_file(name, bytes_of("x"), wanted, {})); },
            [&] {
                if (!tree.exists("t/" + name)) {
                    return;
                }
                const auto now = stat_of("t/" + name);
                const bool is_ours = now.st_uid != 12;
                EXPECT_EQ(now.st_mode & 07777U & ~(is_ours ? 0700U : 06750U), 0U) << call;
            });
    }
    EXPECT_GT(call, 5U);
}

TEST_F(TreeContentTest, LetsNoFolderGiveAnAccessListToWhatIsToHaveNone) {
    // Owner rwx, user 77 rwx, group r-x, mask rwx, others ---.
    constexpr std::array<unsigned char, 44> list{
        2, 0,  0,    0,    1,    0,    7,    0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,    7,
        0, 77, 0,    0,    0,    4,    0,    5, 0,    0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0,
        7, 0,  0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    constexpr const char* given = "system.posix_acl_access";
    ASSERT_EQ(
        ::setxattr((tree / "t").c_str(), "system.posix_acl_default", list.data(), list.size(), 0),
        0);
    tree.file("t/as usual").file("t/replaced");
    ASSERT_NE(extended("t/as usual", given), "");
    const auto folder = writer();
    const auto build = [&](const std::string& name) -> Result<void> {
        ENVKEEP_TRY(const auto built, folder->begin_file(name, false, {}));
        return built->finish(0, attributes(0640));
    };

    ASSERT_TRUE(folder->make_file("a", bytes_of("x"), attributes(0640), {}).has_value());
    ASSERT_TRUE(folder->make_file("b", bytes_of("x"), attributes(0664), {}).has_value());
    ASSERT_TRUE(folder->make_file("replaced", bytes_of("x"), attributes(0640), seen("t/replaced"))
                    .has_value());
    ASSERT_TRUE(build("built").has_value());

    for (const std::string name : {"a", "b", "replaced", "built"}) {
        EXPECT_EQ(extended("t/" + name, given), "") << name;
        EXPECT_EQ(tree.mode_of("t/" + name), name == "b" ? 0664U : 0640U) << name;
    }
}

TEST_F(TreeContentTest, GoesOnWithoutAnOwnerThatItMayNotGive) {
    Attributes wanted = attributes(06755);
    wanted.uid = 12;
    wanted.extended = {{.name = "user.note", .value = "kept"}};
    testing::with_refused_calls(
        {{.number = SYS_fchown, .code = EPERM}, {.number = SYS_fchownat, .code = EPERM}}, [&] {
            EXPECT_TRUE(writer()->make_file("f", bytes_of("x"), wanted, {}).has_value());
            EXPECT_TRUE(writer()->make_link("l", "f", wanted, {}).has_value());
        });

    EXPECT_EQ(tree.mode_of("t/f"), 0755U);
    EXPECT_EQ(extended("t/f", "user.note"), "kept");
    EXPECT_EQ(tree.modified_at("t/f"), then);
    EXPECT_EQ(tree.modified_at("t/l"), then);
}

TEST_F(TreeContentTest, DoesNotSetExtendedAttributesThatAreNeverCarried) {
    Attributes wanted = attributes(0644);
    wanted.extended = {{.name = "trusted.overlay.opaque", .value = "y"}};

    EXPECT_TRUE(writer()->make_file("f", {}, wanted, {}).has_value());

    EXPECT_EQ(extended("t/f", "trusted.overlay.opaque"), "");
}

TEST_F(TreeContentTest, MakesLinksAndSecondNames) {
    tree.folder("t/sub");
    Attributes wanted = attributes(0777);
    wanted.uid = 12;
    const auto folder = writer();

    ASSERT_TRUE(folder->make_file("f", bytes_of("x"), attributes(0600), {}).has_value());
    ASSERT_TRUE(folder->make_link("l", "../anywhere", wanted, {}).has_value());
    ASSERT_TRUE(writer("t/sub")->make_hard_link("again", *folder, "f", {}).has_value());

    EXPECT_EQ(tree.target("t/l"), "../anywhere");
    EXPECT_EQ(tree.modified_at("t/l"), then);
    EXPECT_EQ(stat_of("t/l").st_uid, 12U);
    EXPECT_EQ(stat_of("t/sub/again").st_ino, stat_of("t/f").st_ino);
    EXPECT_EQ(kind_of(folder->make_hard_link("no", *folder, "l", {})), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(folder->make_hard_link("no", *folder, "none", {})), ErrorKind::not_found);
}

TEST_F(TreeContentTest, MakesFoldersThatOnlyWeMayEnter) {
    const auto folder = writer();

    EXPECT_TRUE(folder->make_folder("d").has_value());
    tree.mode("t/d", 0711);
    EXPECT_TRUE(folder->make_folder("d").has_value());
    EXPECT_TRUE(folder->make_folder("new").has_value());

    EXPECT_EQ(tree.mode_of("t/d"), 0711U);
    EXPECT_EQ(tree.mode_of("t/new"), 0700U);
    tree.file("t/f");
    EXPECT_EQ(kind_of(folder->make_folder("f")), ErrorKind::already_exists);
}

TEST_F(TreeContentTest, PutsNothingWhereSomethingStands) {
    tree.file("t/f", "old").link("t/l", "old").folder("t/d").fifo("t/p");
    const auto before = tree.snapshot("t");
    const auto folder = writer();

    for (const std::string name : {"f", "l", "d", "p"}) {
        EXPECT_EQ(kind_of(folder->make_file(name, {}, attributes(0644), {})),
                  ErrorKind::already_exists);
        EXPECT_EQ(kind_of(folder->make_link(name, "x", attributes(0777), {})),
                  ErrorKind::already_exists);
        EXPECT_EQ(kind_of(folder->make_hard_link(name, *folder, "f", {})),
                  ErrorKind::already_exists);
        auto built = folder->begin_file(name, false, {}).value();
        EXPECT_EQ(kind_of(built->finish(0, attributes(0644))), ErrorKind::already_exists);
    }

    EXPECT_EQ(tree.snapshot("t"), before);
}

TEST_F(TreeContentTest, RefusesLinksOnTheWayAndNamesThatClimb) {
    tree.link("away", "/etc").link("t/l", "/etc/passwd").file("outside/f", "precious");

    EXPECT_EQ(kind_of(content.write_folder(at("away"))), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(content.read_folder(at("away/apt"))), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(content.open_file(at("away/passwd"))), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(content.create_file(at("away"))), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(content.write_folder(at("none"))), ErrorKind::not_found);
    EXPECT_EQ(kind_of(reader()->open_file("l")), ErrorKind::unsafe_path);
    const auto folder = writer();
    for (const std::string name : {"", ".", "..", "a/b", "../outside/f", "/etc/passwd"}) {
        EXPECT_EQ(kind_of(folder->make_file(name, {}, attributes(0644), {})),
                  ErrorKind::unsafe_path);
        EXPECT_EQ(kind_of(folder->make_folder(name)), ErrorKind::unsafe_path);
        EXPECT_EQ(kind_of(folder->remove(name, {})), ErrorKind::unsafe_path);
        EXPECT_EQ(kind_of(reader()->open_file(name)), ErrorKind::unsafe_path);
    }
    EXPECT_EQ(kind_of(folder->make_file(std::string("a\0b", 3), {}, attributes(0644), {})),
              ErrorKind::unsafe_path);
}

TEST_F(TreeContentTest, WorksInTheFolderThatWasOpenedWhateverTakesItsName) {
    tree.folder("t/d").folder("outside");
    const auto folder = writer("t/d");
    tree.rename("t/d", "t/moved").link("t/d", tree / "outside");

    EXPECT_TRUE(folder->make_file("f", bytes_of("x"), attributes(0644), {}).has_value());

    EXPECT_THAT(tree.snapshot("outside"), IsEmpty());
    EXPECT_TRUE(tree.exists("t/moved/f"));
    EXPECT_EQ(kind_of(content.write_folder(at("t/d"))), ErrorKind::unsafe_path);
}

TEST_F(TreeContentTest, SetsAttributesOfWhatWasSeen) {
    tree.file("t/f", "x", 0600).folder("t/d").link("t/l", "f").file("t/closed", "x", 0);
    ::setxattr((tree / "t/f").c_str(), "user.old", "gone", 4, 0);
    Attributes wanted = attributes(0751);
    wanted.uid = 12;
    wanted.extended = {{.name = "user.note", .value = "kept"}};
    const auto folder = writer();

    for (const std::string name : {"f", "d", "closed"}) {
        ASSERT_TRUE(folder->set_attributes(name, seen("t/" + name), wanted).has_value());
        EXPECT_EQ(tree.mode_of("t/" + name), 0751U);
        EXPECT_EQ(stat_of("t/" + name).st_uid, 12U);
        EXPECT_EQ(tree.modified_at("t/" + name), then);
        EXPECT_EQ(extended("t/" + name, "user.note"), "kept");
    }
    EXPECT_EQ(extended("t/f", "user.old"), "");
    wanted.extended.clear();
    ASSERT_TRUE(folder->set_attributes("l", seen("t/l"), wanted).has_value());
    EXPECT_EQ(stat_of("t/l").st_uid, 12U);
    EXPECT_EQ(tree.modified_at("t/l"), then);
    EXPECT_EQ(tree.mode_of("t/f"), 0751U);
    ASSERT_TRUE(folder->set_attributes("", {}, wanted).has_value());
    EXPECT_EQ(tree.mode_of("t"), 0751U);
    EXPECT_EQ(tree.modified_at("t"), then);
}

TEST_F(TreeContentTest, LeavesTheAttributesOfWhatTookItsPlace) {
    tree.file("t/f", "x", 0600).fifo("t/p");
    const Status before = seen("t/f");
    tree.rename("t/f", "t/kept").file("t/f", "other", 0600);

    EXPECT_EQ(kind_of(writer()->set_attributes("f", before, attributes(0777))),
              ErrorKind::conflict);
    EXPECT_EQ(kind_of(writer()->set_attributes("p", seen("t/p"), attributes(0777))),
              ErrorKind::conflict);

    EXPECT_EQ(tree.mode_of("t/f"), 0600U);
}

TEST_F(TreeContentTest, RemovesWhatWasSeenAndNothingElse) {
    tree.file("t/f", "x").link("t/l", "f").folder("t/d").folder("t/full/d").file("t/other", "1");
    const auto folder = writer();
    const Status other = seen("t/other");
    tree.file("t/other", "22");

    EXPECT_TRUE(folder->remove("f", seen("t/f")).has_value());
    EXPECT_TRUE(folder->remove("l", seen("t/l")).has_value());
    EXPECT_TRUE(folder->remove("d", seen("t/d")).has_value());
    EXPECT_EQ(kind_of(folder->remove("full", seen("t/full"))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->remove("other", other)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->remove("full", other)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->remove("none", other)), ErrorKind::not_found);

    EXPECT_EQ(tree.content("t/other"), "22");
    EXPECT_TRUE(tree.exists("t/full/d"));
    EXPECT_EQ(files.list(at("t")).value().size(), 2U);
}

TEST_F(TreeContentTest, ASmallFileIsFourCalls) {
    const auto calls = testing::system_calls_of([&] {
        const auto folder = writer();
        for (int i = 0; i < 50; ++i) {
            static_cast<void>(
                folder->make_file(std::to_string(i), bytes_of("x"), attributes(0644), {}));
        }
    });

    EXPECT_EQ(calls.at(SYS_openat), 50);
    EXPECT_EQ(calls.at(SYS_utimensat), 50);
    EXPECT_EQ(calls.at(SYS_openat2), 1);
    // The first two files show how files are born there.
    EXPECT_EQ(calls.at(SYS_statx), 2);
    EXPECT_EQ(calls.at(SYS_fchmod), 1);
    EXPECT_FALSE(calls.contains(SYS_fchown));
}

TEST_F(TreeContentTest, ManyThreadsShareAFolderAndLeakNothing) {
    const int before = testing::open_descriptors();
    {
        TreeContent shared(files);
        const auto folder = shared.write_folder(at("t")).value();
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 100; ++i) {
                    const std::string name = std::to_string(thread) + "-" + std::to_string(i);
                    const std::uint32_t mode = i % 2 == 0 ? 0644 : 0755;
                    EXPECT_TRUE(
                        folder->make_file(name, bytes_of(name), attributes(mode), {}).has_value());
                    EXPECT_EQ(kind_of(folder->make_file(name, {}, attributes(mode), {})),
                              ErrorKind::already_exists);
                    EXPECT_TRUE(shared.read_folder(at("t")).has_value());
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    EXPECT_EQ(testing::open_descriptors(), before);
    EXPECT_EQ(tree.mode_of("t/3-99"), 0755U);
    EXPECT_EQ(tree.mode_of("t/0-98"), 0644U);
}

TEST_F(TreeContentTest, KnowsRootsThatAreOpenedLater) {
    const auto later = files.open_root(tree / "t").value();

    EXPECT_TRUE(content.write_folder({.root = later, .path = {}}).has_value());
    EXPECT_EQ(kind_of(content.write_folder({.root = system::RootId{.index = 99}, .path = {}})),
              ErrorKind::usage);
}

// Whatever call fails, what is made is whole or not there.
TEST_F(TreeContentTest, LeavesNothingHalfMade) {
    for (const int code : {EIO, ENOSPC}) {
        auto meddled = testing::Meddled::ended;
        for (std::size_t call = 0; meddled == testing::Meddled::ended; ++call) {
            meddled = testing::refuse_call(call, code, [&] {
                const auto folder = content.write_folder(at("t"));
                if (!folder) {
                    return;
                }
                static_cast<void>((*folder)->make_file("f", bytes_of("x"), attributes(04711), {}));
                static_cast<void>((*folder)->make_link("l", "x", attributes(0777), {}));
                const auto built = (*folder)->begin_file("b", false, {});
                if (built && (*built)->write_at(0, bytes_of("built"))) {
                    static_cast<void>((*built)->finish(5, attributes(0711)));
                }
            });
            for (const std::string& line : tree.snapshot("t")) {
                const bool is_whole = line.starts_with("f file 4711") ||
                                      line.starts_with("b file 0711") || line == "l link -> x";
                EXPECT_TRUE(is_whole) << line << " after call " << call;
                tree.remove("t/" + line.substr(0, 1));
            }
        }
    }
}

class TreeMountsTest : private testing::OwnMounts, public TreeContentTest {};

TEST_F(TreeMountsTest, LeavesNothingOnAFullDisk) {
    const auto small = testing::ScopedMount::tmpfs(tree / "t", "size=64k");
    const std::string large(100'000, 'x');
    const auto folder = writer();

    EXPECT_EQ(kind_of(folder->make_file("f", bytes_of(large), attributes(0644), {})),
              ErrorKind::no_space);
    {
        const auto built = folder->begin_file("b", false, {}).value();
        EXPECT_EQ(kind_of(built->write_at(0, bytes_of(large))), ErrorKind::no_space);
    }
    {
        const auto stored = content.create_file(at("t")).value();
        EXPECT_EQ(kind_of(stored->append(bytes_of(large))), ErrorKind::no_space);
        EXPECT_NE(kind_of(stored->publish("s")), std::nullopt);
    }

    EXPECT_THAT(tree.snapshot("t"), IsEmpty());
    EXPECT_TRUE(folder->make_file("f", bytes_of("x"), attributes(0644), {}).has_value());
}

}  // namespace
}  // namespace envkeep::posix
