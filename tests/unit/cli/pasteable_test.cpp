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

TEST(Pasteable, LeavesOutTheUserWhereverTheNameIsAWord) {
    EXPECT_EQ(
        pasteable("/home/jane/jane-env/lib and /scratch/jane_2/x, env.jane; jane's", "/home/jane"),
        "~/***-env/lib and /scratch/***_2/x, env.jane; ***'s");
    EXPECT_EQ(pasteable("/home/jane-env and /home/janet/x", "/home/jane"),
              "/home/*** and /home/***/x");
    EXPECT_EQ(pasteable("janet, trojane, jane2", "/home/jane"), "janet, trojane, jane2");
    EXPECT_EQ(
        pasteable("PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:64 --max-old; torch.max", "/home/max"),
        "PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:64 --max-old; torch.max");
    EXPECT_EQ(pasteable("/home/max, max@host, USER=max, max-env/bin, by max.", "/home/max"),
              "~, ***@host, USER=***, ***-env/bin, by ***.");
    // Without a name of its own there is nothing to leave out.
    EXPECT_EQ(pasteable("torch_cuda and ~/torch-env", "/home/torch"), "torch_cuda and ~/torch-env");
}

}  // namespace
}  // namespace envkeep::cli
