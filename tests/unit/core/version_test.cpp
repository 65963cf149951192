// SPDX-License-Identifier: MIT
#include "envkeep/core/version.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace envkeep {
namespace {

TEST(Version, HasThreeNumbers) {
    EXPECT_THAT(std::string(version()), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

// Put together here, so that this program holds the mark only where the room `core` put it.
std::string program_with(const std::string& version) {
    return "\x7F" + std::string("ELF..envkeep program ") + "version: " + version;
}

TEST(Version, IsFoundInAProgramFile) {
    std::string program(std::filesystem::file_size("/proc/self/exe"), '\0');
    std::ifstream("/proc/self/exe", std::ios::binary)
        .read(program.data(), static_cast<std::streamsize>(program.size()));

    EXPECT_EQ(version_in_program(program), std::string(version()));
    EXPECT_EQ(version_in_program(program_with("1.2;..")), "1.2");
    EXPECT_EQ(version_in_program(program_with(std::string(50, '-')) + program_with("1.2;")), "1.2");
}

TEST(Version, IsNotFoundWhereNoneIs) {
    EXPECT_FALSE(version_in_program("").has_value());
    EXPECT_FALSE(version_in_program(program_with(";")).has_value());
    EXPECT_FALSE(version_in_program(program_with("1.2")).has_value());
}

TEST(Version, IsComparedByNumbers) {
    EXPECT_TRUE(compare_versions("0.9.0", "0.10.0") < 0);
    EXPECT_TRUE(compare_versions("1.0.0", "0.10.0") > 0);
    EXPECT_TRUE(compare_versions("1.0", "1.0.0") == 0);
    EXPECT_TRUE(compare_versions("1.x", "1.0") == 0);
}

}  // namespace
}  // namespace envkeep
