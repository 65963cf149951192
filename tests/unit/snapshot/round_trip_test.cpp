// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/prove.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "envkeep/snapshot/write_packs.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

// What is captured in one machine comes back in another that has the same image.
namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// For owner, user 77, group, mask and others, as the kernel stores it.
const std::string access_list = [] {
    constexpr std::array<unsigned char, 44> list{
        2, 0,  0,    0,    1,    0,    7,    0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,    7,
        0, 77, 0,    0,    0,    4,    0,    5, 0,    0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0,
        7, 0,  0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    return std::string(reinterpret_cast<const char*>(list.data()), list.size());
}();

class Machine {
  public:
    Machine(envkeep::testing::TempTree& tree, std::string_view name)
        : root_(files_.open_root(tree.folder(name) / name).value()),
          packs_(files_.open_root(tree.folder("packs") / "packs").value()) {}

    [[nodiscard]] Roots roots() const { return {.machine = root_, .home = root_, .home_then = {}}; }

    // All that is there counts as the session's.
    Capture capture_all() {
        return capture({.roots = {"usr"}, .home = "root"},
                       {.session_began = WallTime{}},
                       roots(),
                       [](const std::string&) { return Group{.name = "/usr"}; },
                       {.files = files_, .reader = trees_, .walker = walker_, .threads = 1})
            .value();
    }

    Layer pack(Capture found) {
        EXPECT_TRUE(write_packs(found.layer,
                                found.to_pack,
                                {},
                                roots(),
                                {.place = packs(), .reader = trees_, .writer = trees_},
                                {}));
        return parse_layer(layer_text(found.layer)).value();
    }

    LayerPlan plan(const Layer& layer, const LayerContext& context) {
        return plan_layer(layer, look(layer), context);
    }

    UnpackReport carry_out(const Layer& layer, const LayerPlan& plan) {
        return unpack(layer, plan.steps, roots(), packs(), trees_, trees_, {});
    }

    std::vector<std::string> differing(const Layer& layer) {
        const Proof proof = prove(layer, look(layer), {}, roots(), trees_, 1, {}).value();
        EXPECT_EQ(proof.live == digests_of(layer), proof.differences.empty());
        std::vector<std::string> paths;
        for (const Difference& difference : proof.differences) {
            paths.push_back(difference.path + ": " + difference.found);
        }
        return paths;
    }

  private:
    [[nodiscard]] system::Place packs() const { return {.root = packs_, .path = {}}; }

    LayerSeen look(const Layer& layer) { return look_at_layer(layer, roots(), trees_, 1); }

    posix::Files files_;
    posix::TreeContent trees_{files_};
    posix::TreeWalker walker_{files_};
    system::RootId root_;
    system::RootId packs_;
};

class RoundTrip : public ::testing::Test {
  protected:
    RoundTrip() {
        for (const std::string machine : {"one/", "two/"}) {
            tree_.file(machine + "usr/ping", "program", 0755).modified(machine + "usr/ping", then);
            tree_.file(machine + "usr/bare", "program", 0755).modified(machine + "usr/bare", then);
            tree_.folder(machine + "usr/shared").folder(machine + "usr/plain");
        }
    }

    void attribute(const std::string& path, const char* name, const std::string& value) {
        ASSERT_EQ(::setxattr((tree_ / path).c_str(), name, value.data(), value.size(), 0), 0)
            << path << ": " << std::strerror(errno);
    }

    static constexpr std::int64_t then = 1'500'000'000'123'456'789;
    // What stands there is the image's.
    const LayerContext fresh_{.image_until = WallTime::max()};
    envkeep::testing::TempTree tree_;
    Machine one_{tree_, "one"};
    Machine two_{tree_, "two"};
};

TEST_F(RoundTrip, BringsExtendedAttributesOfFilesAndFoldersOfTheImage) {
    attribute("one/usr/ping", "user.note", "set by the session");
    attribute("two/usr/bare", "user.note", "taken away by the session");
    attribute("one/usr/shared", "system.posix_acl_default", access_list);
    attribute("one/usr/shared", "user.note", "of a folder");
    attribute("two/usr/plain", "system.posix_acl_default", access_list);
    tree_.file("one/usr/plain/new", "without a list");
    const Layer layer = one_.pack(one_.capture_all());
    ASSERT_THAT(two_.differing(layer), ::testing::SizeIs(5));

    EXPECT_THAT(two_.carry_out(layer, two_.plan(layer, fresh_)).failed, IsEmpty());

    EXPECT_THAT(two_.differing(layer), IsEmpty());
    // From now on it is known.
    EXPECT_TRUE(two_.plan(layer, {.held_until = WallTime::max(), .held = &layer}).is_empty());
}

TEST_F(RoundTrip, BringsHolesBackAsHolesAndAsksForNoRoomForThem) {
    constexpr std::uint64_t large = std::uint64_t{64} << 20U;
    tree_.file("one/usr/image", "begin").file("one/usr/full", std::string(20'000, 'x'));
    ASSERT_EQ(::truncate((tree_ / "one/usr/image").c_str(), large), 0);

    Capture found = one_.capture_all();

    EXPECT_GT(found.bytes_to_pack, large);
    EXPECT_LT(found.bytes_to_store, large / 100);
    const Layer layer = one_.pack(std::move(found));
    std::vector<std::string> sparse;
    for (const Entry& entry : layer.entries) {
        if (entry.is_sparse) {
            sparse.push_back(entry.path);
        }
    }
    EXPECT_THAT(sparse, ElementsAre("usr/image"));
    EXPECT_THAT(two_.carry_out(layer, two_.plan(layer, fresh_)).failed, IsEmpty());
    EXPECT_THAT(two_.differing(layer), IsEmpty());
    struct ::stat made{};
    ASSERT_EQ(::stat((tree_ / "two/usr/image").c_str(), &made), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(made.st_size), large);
    EXPECT_LE(made.st_blocks, 64);
}

}  // namespace
}  // namespace envkeep::snapshot
