// SPDX-License-Identifier: MIT
#include "cli/pasteable.hpp"

#include "envkeep/core/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

namespace envkeep::cli {
namespace {

// Through bash: what was printed must read back the very bytes, and hold nothing but text.
TEST(PrintableCommand, IsTheSameCommandForAShell) {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    all += "\u202Eb\u009B'\n'";
    const std::string printed = printable_command("printf %s " + shell_quoted(all));
    const std::string command = "exec bash -c " + shell_quoted("LC_ALL=C; " + printed);
    std::FILE* const shell = ::popen(command.c_str(), "r");
    ASSERT_NE(shell, nullptr);
    std::array<char, 512> back{};
    const std::size_t length = std::fread(back.data(), 1, back.size(), shell);

    EXPECT_EQ(::pclose(shell), 0);
    EXPECT_EQ(std::string(back.data(), length), all);
    EXPECT_EQ(printable(printed), printed);
}

TEST(PrintableCommand, LeavesUsualOnesAsTheyAre) {
    EXPECT_EQ(printable_command("rm 'a b' \xC3\xA9"), "rm 'a b' \xC3\xA9");
    EXPECT_EQ(printable_command("rm 'a\nb'"), R"(rm 'a'$'\x0a''b')");
}

}  // namespace
}  // namespace envkeep::cli
