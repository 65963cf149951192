// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/batches.hpp"
#include "support/child.hpp"
#include "unpack_test.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>

namespace envkeep::snapshot {
namespace {

// Packages of which a file cannot be brought back, and batches of several packages.
class UnpackPackages : public UnpackTest {
  protected:
    UnpackPackages() {
        layer.groups = {{.domain = Domain::python, .place = "/lib", .name = "broken"},
                        {.domain = Domain::python, .place = "/lib", .name = "sound"},
                        {.domain = Domain::apt, .name = "htop"},
                        {.name = "/var"}};
    }

    Entry& add_of(std::uint32_t group, const std::string& path, std::string_view content) {
        Entry& entry = add_file(path, content);
        entry.group = group;
        return entry;
    }

    void add_packages() {
        for (const std::string folder :
             {"lib", "lib/broken-1.dist-info", "lib/sound-1.dist-info", "usr", "usr/bin"}) {
            add_folder(folder);
        }
        for (const std::string folder : {"var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info"}) {
            add_folder(folder).group = 3;
        }
        add_of(0, "lib/broken.py", "broken");
        add_of(0, "lib/broken-1.dist-info/METADATA", "metadata of broken");
        add_of(0, "lib/broken-1.dist-info/RECORD", "record of broken");
        add_of(1, "lib/sound.py", "sound");
        add_of(1, "lib/sound-1.dist-info/METADATA", "metadata of sound");
        add_of(1, "lib/sound-1.dist-info/RECORD", "record of sound");
        add_of(2, "usr/bin/htop", "htop");
        add_of(2, "var/lib/dpkg/info/htop.list", "list");
        add_of(3, "var/lib/dpkg/status", "status");
        end_pack();
    }

    void damage(std::string_view path) { layer.entries[index_of(path)].digest = {}; }

    // As a restore does it.
    std::vector<std::string> unpack_batches() {
        std::vector<std::string> failed;
        for (const Batch& batch : batches_of(layer, all_steps())) {
            const UnpackReport report = unpack_steps(batch.steps);
            for (const std::string& path : failed_paths(report)) {
                failed.push_back(path);
            }
            options.incomplete = report.incomplete;
        }
        return failed;
    }
};

TEST_F(UnpackPackages, LeaveOutWhatClaimsAFileThatFailed) {
    add_packages();
    damage("lib/broken.py");

    EXPECT_THAT(
        unpack_batches(),
        ElementsAre(
            "lib/broken-1.dist-info/METADATA", "lib/broken-1.dist-info/RECORD", "lib/broken.py"));
    EXPECT_FALSE(tree.exists("m/lib/broken-1.dist-info/METADATA"));
    EXPECT_EQ(tree.content("m/lib/sound-1.dist-info/RECORD"), "record of sound");
    EXPECT_EQ(tree.content("m/var/lib/dpkg/status"), "status");
}

TEST_F(UnpackPackages, LeaveOutAListWhoseMetadataFailed) {
    add_packages();
    damage("lib/broken-1.dist-info/METADATA");

    EXPECT_THAT(unpack_batches(),
                ElementsAre("lib/broken-1.dist-info/METADATA", "lib/broken-1.dist-info/RECORD"));
    EXPECT_EQ(tree.content("m/lib/broken.py"), "broken");
}

TEST_F(UnpackPackages, TellDpkgNothingWhereOneOfItsFilesFailed) {
    add_packages();
    damage("usr/bin/htop");

    EXPECT_THAT(unpack_batches(),
                ElementsAre("usr/bin/htop", "var/lib/dpkg/info/htop.list", "var/lib/dpkg/status"));
    EXPECT_FALSE(tree.exists("m/var/lib/dpkg/status"));
    EXPECT_EQ(tree.content("m/lib/broken-1.dist-info/RECORD"), "record of broken");
}

TEST_F(UnpackPackages, AreHeldBackWhereSomethingFailedBefore) {
    add_packages();
    options.incomplete = {0};

    EXPECT_THAT(unpack_batches(),
                ElementsAre("lib/broken-1.dist-info/METADATA", "lib/broken-1.dist-info/RECORD"));
}

// More than the first batch takes lies in a folder that comes with a package.
TEST_F(UnpackPackages, FindTheirFoldersInWhicheverBatchTheyCome) {
    add_folder("srv").group = 2;
    add_folder("srv/data", 0711).group = 2;
    add_of(3, "srv/data/mine", "mine");
    add_of(3, "large", "x").size = std::uint64_t{600} << 20U;  // never there: it fails
    add_of(0, "srv/data/code", "code");
    end_pack();

    EXPECT_THAT(batches_of(layer, all_steps()), ::testing::SizeIs(2));
    EXPECT_THAT(unpack_batches(), ElementsAre("large"));
    EXPECT_EQ(tree.content("m/srv/data/mine"), "mine");
    EXPECT_EQ(tree.content("m/srv/data/code"), "code");
    EXPECT_EQ(tree.mode_of("m/srv/data"), 0711U);
    EXPECT_EQ(tree.modified_at("m/srv/data"), then);
    EXPECT_EQ(tree.modified_at("m/srv"), then);
}

// As two environments do that hold the same package.
TEST_F(UnpackTest, OpensFoldersOnceThatHoldTheSameBytes) {
    add_folder("a");
    add_folder("b");
    for (int i = 0; i < 40; ++i) {
        Entry copy = add_file("a/f" + std::to_string(i), "content of " + std::to_string(i));
        copy.path.front() = 'b';
        layer.entries.push_back(copy);
    }
    end_pack();
    options.threads = 1;
    const std::vector<LayerStep> steps = all_steps();

    const auto calls = testing::system_calls_of([&] { static_cast<void>(unpack_steps(steps)); });

    EXPECT_LT(calls.contains(SYS_openat2) ? calls.at(SYS_openat2) : 0, 20);
    EXPECT_EQ(tree.content("m/b/f39"), "content of 39");
}

// Each snapshot adds a pack or more.
TEST_F(UnpackTest, HoldsNoMorePacksOpenThanItMay) {
    for (int i = 0; i < 200; ++i) {
        add_file("f" + std::to_string(i), "content of " + std::to_string(i));
        end_pack();
    }
    testing::in_child([&] {
        const auto most = static_cast<::rlim_t>(testing::open_descriptors() + 100);
        const struct ::rlimit limit { .rlim_cur = most, .rlim_max = most };
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);

        EXPECT_THAT(unpack_all().failed, IsEmpty());
    });
    EXPECT_EQ(tree.content("m/f199"), "content of 199");
}

}  // namespace
}  // namespace envkeep::snapshot
