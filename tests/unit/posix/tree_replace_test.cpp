// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "support/each_system_call.hpp"
#include "support/mounts.hpp"
#include "tree_content_test.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace envkeep::posix {
namespace {

class TreeReplaceTest : public TreeContentTest {
  protected:
    TreeReplaceTest() { tree.file("t/f", "old").link("t/l", "old").file("t/other", "other"); }

    [[nodiscard]] std::vector<std::string> names(std::string_view path = "t") {
        std::vector<std::string> all;
        const auto entries = files.list(at(path));
        for (const auto& entry : entries.value()) {
            all.push_back(entry.name);
        }
        return all;
    }

    Result<void> build(system::FolderWriter& folder,
                       const std::string& name,
                       const std::optional<Status>& replaced) {
        ENVKEEP_TRY(const auto built, folder.begin_file(name, false, replaced));
        ENVKEEP_CHECK(built->write_at(0, bytes_of("built")));
        return built->finish(5, attributes(0711));
    }
};

TEST_F(TreeReplaceTest, PutsNewThingsInPlaceOfWhatWasSeen) {
    const auto folder = writer();

    ASSERT_TRUE(
        folder->make_file("f", bytes_of("new"), attributes(04711), seen("t/f")).has_value());
    ASSERT_TRUE(folder->make_link("l", "new", attributes(0777), seen("t/l")).has_value());
    EXPECT_EQ(tree.content("t/f"), "new");
    EXPECT_EQ(tree.mode_of("t/f"), 04711U);
    EXPECT_EQ(tree.modified_at("t/f"), then);
    EXPECT_EQ(tree.target("t/l"), "new");
    EXPECT_EQ(tree.modified_at("t/l"), then);

    ASSERT_TRUE(folder->make_link("f", "x", attributes(0777), seen("t/f")).has_value());
    ASSERT_TRUE(
        folder->make_file("l", bytes_of("file"), attributes(0600), seen("t/l")).has_value());
    EXPECT_EQ(tree.target("t/f"), "x");
    EXPECT_EQ(tree.content("t/l"), "file");

    ASSERT_TRUE(build(*folder, "l", seen("t/l")).has_value());
    ASSERT_TRUE(folder->make_hard_link("f", *folder, "other", seen("t/f")).has_value());
    EXPECT_EQ(tree.content("t/l"), "built");
    EXPECT_EQ(stat_of("t/f").st_ino, stat_of("t/other").st_ino);
    ASSERT_TRUE(folder->make_hard_link("f", *folder, "other", seen("t/f")).has_value());
    EXPECT_THAT(names(), ElementsAre("f", "l", "other"));
}

TEST_F(TreeReplaceTest, SaysWhereThereAreNoHardLinks) {
    const auto folder = writer();
    for (const int code : {EPERM, EMLINK, ENOSYS}) {
        testing::with_refused_calls({{.number = SYS_linkat, .code = code}}, [&] {
            EXPECT_EQ(kind_of(folder->make_hard_link("f", *folder, "other", seen("t/f"))),
                      ErrorKind::unsupported);
            EXPECT_EQ(kind_of(folder->make_hard_link("new", *folder, "f", {})),
                      ErrorKind::unsupported);
        });
    }
}

TEST_F(TreeReplaceTest, LeavesWhatIsNotTheOneSeen) {
    const auto folder = writer();
    const Status file = seen("t/f");
    const Status link = seen("t/l");
    tree.file("t/f", "changed").remove("t/l").link("t/l", "changed");

    EXPECT_EQ(kind_of(folder->make_file("f", {}, attributes(0644), file)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->make_link("f", "x", attributes(0777), file)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->make_link("l", "x", attributes(0777), link)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->make_hard_link("f", *folder, "other", file)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(build(*folder, "f", file)), ErrorKind::conflict);
    tree.remove("t/f").folder("t/f");
    EXPECT_EQ(kind_of(folder->make_file("f", {}, attributes(0644), file)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(folder->make_file("f", {}, attributes(0644), seen("t/f"))),
              ErrorKind::conflict);

    EXPECT_EQ(tree.target("t/l"), "changed");
    EXPECT_THAT(names(), ElementsAre("f", "l", "other"));
}

// Another program writes its own file at the worst moment: it is never lost.
TEST_F(TreeReplaceTest, PutsBackWhatCameInBetween) {
    auto meddled = testing::Meddled::ended;
    for (std::size_t call = 0; meddled == testing::Meddled::ended; ++call) {
        const Status before = seen("t/f");
        bool is_done = false;
        meddled = testing::act_at_changing_call(
            call,
            testing::RenameFlags::known,
            [&] {
                static_cast<void>(
                    writer()->make_file("f", bytes_of("new"), attributes(0644), before));
            },
            [&] {
                // Once the exchange is made the other program simply replaces what is ours.
                is_done = tree.content("t/f") == "new";
                tree.file("precious", "precious").rename("precious", "t/f");
            });
        if (meddled == testing::Meddled::ended) {
            EXPECT_EQ(tree.content("t/f"), "precious") << call << is_done;
            EXPECT_THAT(names(), ElementsAre("f", "l", "other")) << call;
        }
    }
}

TEST_F(TreeReplaceTest, WorksWhereTheKernelCannotExchange) {
    const Status file = seen("t/f");
    testing::with_refused_calls({{.number = SYS_renameat2, .code = EINVAL}}, [&] {
        const auto folder = writer();
        EXPECT_TRUE(folder->make_file("f", bytes_of("new"), attributes(0644), file).has_value());
        EXPECT_EQ(kind_of(folder->make_file("f", {}, attributes(0644), file)), ErrorKind::conflict);
        EXPECT_TRUE(build(*folder, "new", {}).has_value());
        EXPECT_TRUE(folder->remove("other", seen("t/other")).has_value());
    });

    EXPECT_EQ(tree.content("t/f"), "new");
    EXPECT_EQ(tree.content("t/new"), "built");
    EXPECT_THAT(names(), ElementsAre("f", "l", "new"));
}

class FileBuilderTest : public TreeContentTest {};

TEST_F(FileBuilderTest, BuildsFromPiecesInAnyOrderByManyThreads) {
    constexpr std::size_t piece = 100'000;
    std::string expected;
    for (char letter = 'a'; letter <= 'h'; ++letter) {
        expected += std::string(piece, letter);
    }
    const auto built = writer()->begin_file("f", false, {}).value();
    std::vector<std::thread> threads;
    for (std::size_t i = 8; i-- > 0;) {
        threads.emplace_back([&, i] {
            const auto part = std::string_view(expected).substr(i * piece, piece);
            EXPECT_TRUE(built->write_at(i * piece, bytes_of(part)).has_value());
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(tree.exists("t/f"));

    ASSERT_TRUE(built->finish(expected.size(), attributes(06555)).has_value());

    EXPECT_EQ(tree.content("t/f"), expected);
    EXPECT_EQ(tree.mode_of("t/f"), 06555U);
    EXPECT_EQ(tree.modified_at("t/f"), then);
    EXPECT_EQ(files.list(at("t")).value().size(), 1U);
}

TEST_F(FileBuilderTest, LeavesBlocksOfZerosAsHoles) {
    constexpr std::size_t block = 4096;
    std::string expected(std::size_t{1} << 20U, '\0');
    expected[5] = 'x';
    expected[block * 100 + 7] = 'y';
    expected[block * 200 - 1] = 'z';
    const std::string_view all = expected;
    const auto built = writer()->begin_file("f", true, {}).value();

    // Pieces that do not begin and end where blocks do.
    EXPECT_TRUE(built->write_at(0, bytes_of(all.substr(0, 5000))).has_value());
    EXPECT_TRUE(built->write_at(5000, bytes_of(all.substr(5000, 500'000))).has_value());
    EXPECT_TRUE(built->write_at(505'000, bytes_of(all.substr(505'000))).has_value());
    ASSERT_TRUE(built->finish(expected.size(), attributes(0644)).has_value());

    EXPECT_EQ(tree.content("t/f"), expected);
    EXPECT_LE(stat_of("t/f").st_blocks, 8 * 8);
}

TEST_F(FileBuilderTest, LeavesNothingOfWhatIsNotFinished) {
    const int before = testing::open_descriptors();
    {
        const auto built = writer()->begin_file("f", false, {}).value();
        EXPECT_TRUE(built->write_at(0, bytes_of("x")).has_value());
    }
    EXPECT_THAT(tree.snapshot("t"), IsEmpty());
    EXPECT_EQ(testing::open_descriptors(), before + 1);  // the root that is shared
}

class NewFileTest : public TreeContentTest {};

TEST_F(NewFileTest, AppearsWholeUnderItsNameAndReplacesNothing) {
    tree.file("t/taken", "old");
    const auto made = content.create_file(at("t")).value();
    ASSERT_TRUE(made->append(bytes_of("one ")).has_value());
    ASSERT_TRUE(made->append(bytes_of("two")).has_value());
    EXPECT_EQ(kind_of(made->publish("a/b")), ErrorKind::unsafe_path);
    EXPECT_EQ(kind_of(made->publish("taken")), ErrorKind::already_exists);
    EXPECT_FALSE(tree.exists("t/name"));

    ASSERT_TRUE(made->publish("name").has_value());

    EXPECT_EQ(tree.content("t/name"), "one two");
    EXPECT_EQ(tree.mode_of("t/name"), 0600U);
    EXPECT_EQ(tree.content("t/taken"), "old");
    EXPECT_EQ(files.list(at("t")).value().size(), 2U);
}

TEST_F(NewFileTest, LeavesNothingThatWasNotPublished) {
    EXPECT_TRUE(content.create_file(at("t")).value()->append(bytes_of("x")).has_value());

    EXPECT_THAT(tree.snapshot("t"), IsEmpty());
}

TEST_F(NewFileTest, TellsThatItCouldNotBeSynced) {
    testing::with_refused_calls({{.number = SYS_fdatasync, .code = EIO}}, [&] {
        const auto made = content.create_file(at("t")).value();
        EXPECT_EQ(kind_of(made->publish("name")), ErrorKind::io);
    });

    EXPECT_THAT(tree.snapshot("t"), IsEmpty());
}

// A container: the image below, a thin layer above.
class TreeOverlayTest : private testing::OwnMounts, public TreeReplaceTest {
  protected:
    TreeOverlayTest() {
        tree.file("lower/f", "image").link("lower/l", "image").file("lower/gone", "image");
        tree.file("lower/d/f", "image", 0600).folder("thin").folder("home");
        thin.emplace(testing::ScopedMount::tmpfs(tree / "thin"));
    }

    [[nodiscard]] testing::ScopedMount mount() {
        tree.folder("thin/upper").folder("thin/work");
        return testing::ScopedMount::overlay(
            tree / "home", tree / "lower", tree / "thin/upper", tree / "thin/work");
    }

    std::optional<testing::ScopedMount> thin;
};

TEST_F(TreeOverlayTest, ReplacesAndRemovesWhatTheImageBrought) {
    const auto home = mount();
    const auto folder = writer("home");

    EXPECT_TRUE(
        folder->make_file("f", bytes_of("new"), attributes(0644), seen("home/f")).has_value());
    EXPECT_TRUE(folder->make_link("l", "new", attributes(0777), seen("home/l")).has_value());
    EXPECT_TRUE(folder->remove("gone", seen("home/gone")).has_value());
    EXPECT_TRUE(build(*writer("home/d"), "f", seen("home/d/f")).has_value());
    EXPECT_TRUE(folder->make_file("n", bytes_of("n"), attributes(0600), {}).has_value());
    EXPECT_TRUE(folder->set_attributes("d", seen("home/d"), attributes(0711)).has_value());

    EXPECT_EQ(tree.content("home/f"), "new");
    EXPECT_EQ(tree.target("home/l"), "new");
    EXPECT_EQ(tree.content("home/d/f"), "built");
    EXPECT_EQ(tree.mode_of("home/d"), 0711U);
    EXPECT_EQ(tree.modified_at("home/d"), then);
    EXPECT_THAT(names("home"), ElementsAre("d", "f", "l", "n"));
    EXPECT_EQ(tree.content("lower/f"), "image");
}

TEST_F(TreeOverlayTest, SetsAttributesOfWhatTheImageBrought) {
    const auto home = mount();

    EXPECT_TRUE(writer("home")->set_attributes("f", seen("home/f"), attributes(0711)).has_value());

    EXPECT_EQ(tree.mode_of("home/f"), 0711U);
    EXPECT_EQ(tree.content("home/f"), "image");
}

}  // namespace
}  // namespace envkeep::posix
