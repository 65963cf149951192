// SPDX-License-Identifier: MIT
#include "gpu/capture_tar.hpp"

#include "envkeep/posix/inspector.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

namespace envkeep::gpu {
namespace {

using testing::TempTree;

void unpack(const std::string& archive, TempTree& tree) {
    tree.file("c.tar", archive).folder("m");
    ASSERT_EQ(std::system(("tar -xf '" + tree / "c.tar" + "' -C '" + tree / "m" + "'").c_str()), 0);
}

TEST(CaptureTar, KeepsFilesWhole) {
    const std::string long_path = "/" + std::string(200, 'a') + "/" + std::string(200, 'b');
    CaptureTar tar;
    tar.add("/empty", "");
    tar.add("/d/block", std::string(512, 'x'));
    tar.add(long_path, "long");
    TempTree tree;

    unpack(std::move(tar).finish(), tree);

    EXPECT_EQ(tree.content("m/empty"), "");
    EXPECT_EQ(tree.content("m/d/block"), std::string(512, 'x'));
    EXPECT_EQ(tree.content("m" + long_path), "long");
}

// More than stand in the header, and in one block behind it.
TEST(CaptureTar, KeepsAnyNumberOfPartsWhereTheyStood) {
    std::map<std::uint64_t, std::string> parts;
    for (std::uint64_t i = 0; i < 60; ++i) {
        parts[i * 5000 + i] = "part " + std::to_string(i);
    }
    parts[1] = std::string(700, 'y');
    CaptureTar tar;
    tar.add_parts("/parts", 300'000, parts);
    tar.add("/behind", "it");
    TempTree tree;

    unpack(std::move(tar).finish(), tree);

    std::string whole(300'000, '\0');
    for (const auto& [offset, bytes] : parts) {
        whole.replace(offset, bytes.size(), bytes);
    }
    EXPECT_EQ(tree.content("m/parts"), whole);
    EXPECT_EQ(tree.content("m/behind"), "it");
}

TEST(CaptureTar, KeepsTheSizeOfWhatHasHardlyAPart) {
    constexpr std::uint64_t size = std::uint64_t{10} << 30U;  // more than octal digits can say
    CaptureTar tar;
    tar.add_parts("/large", size, {{0, "head"}, {size - 4, "tail"}});
    tar.add_parts("/nothing", 100, {});
    tar.add_parts("/said/to/be/empty", 0, {{3, "x"}});
    TempTree tree;

    unpack(std::move(tar).finish(), tree);

    const posix::Inspector here;
    EXPECT_EQ(here.node(tree / "m/large").value().size, size);
    EXPECT_EQ(here.read_at(tree / "m/large", 0, 6).value(), std::string("head\0\0", 6));
    EXPECT_EQ(here.read_at(tree / "m/large", size - 4, 6).value(), "tail");
    EXPECT_EQ(tree.content("m/nothing"), std::string(100, '\0'));
    EXPECT_EQ(tree.content("m/said/to/be/empty"), std::string("\0\0\0x", 4));
}

}  // namespace
}  // namespace envkeep::gpu
