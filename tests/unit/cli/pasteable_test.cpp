// SPDX-License-Identifier: MIT
#include "cli/pasteable.hpp"

#include "envkeep/core/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

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

// As clusters have them: /home/FACULTY/USER.
TEST(Pasteable, LeavesOutUsersWhoseHomesLieDeeper) {
    EXPECT_EQ(pasteable("/home/phys/alice/x, /scratch/alice/env; alice's", "/home/phys/alice"),
              "~/x, /scratch/***/env; ***'s");
    EXPECT_EQ(
        pasteable("/home/phys/bob/cuda:/home/chem/eve /home/phys, /home/", "/home/phys/alice"),
        "/home/***/***/cuda:/home/***/*** /home/***, /home/");
    EXPECT_EQ(
        pasteable("/gpfs/users/a/bob/x /home/eve/y /gpfs/users/a/alice", "/gpfs/users/a/alice"),
        "/gpfs/users/***/***/x /home/***/y ~");
    EXPECT_EQ(pasteable("/home/bob/cuda/lib", "/home/alice"), "/home/***/cuda/lib");
    EXPECT_EQ(pasteable("/home/phys/jovyan/x", "/home/phys/jovyan"), "~/x");
}

TEST(Pasteable, LeavesOutWhoOneIsAtAHost) {
    EXPECT_EQ(pasteable("ssh me@example.org:2222, j.doe@[::1]", ""),
              "ssh ***@example.org:2222, j.doe@[::1]");
    EXPECT_EQ(pasteable("me@, let in with id_ed25519 (key of jane@laptop)", ""),
              "***@, let in with id_ed25519 (key of ***@laptop)");
    EXPECT_EQ(pasteable("ssh://me@10.0.0.7/srv/x.git: permission denied for me@10.0.0.7", ""),
              "ssh://***@10.0.0.7/srv/x.git: permission denied for ***@10.0.0.7");
    EXPECT_EQ(
        pasteable("git@example.org: rsa-sha2-512-cert-v01@openssh.com; torch @ https://x", ""),
        "git@example.org: rsa-sha2-512-cert-v01@openssh.com; torch @ https://x");
    EXPECT_EQ(pasteable("https://jane:ghp_0123456789abcdef@github.com/x.git", ""),
              "https://***@github.com/x.git");
    EXPECT_EQ(pasteable("write https://USER:TOKEN@host", ""), "write https://USER:TOKEN@host");
    EXPECT_EQ(
        pasteable("/storage/envkeep/home/.local/bin@3.11/pip, npm's vim@9, left-pad@1.2.3:", ""),
        "/storage/envkeep/home/.local/bin@3.11/pip, npm's vim@9, left-pad@1.2.3:");
}

TEST(Pasteable, LeavesOutTheAccountOfARepository) {
    EXPECT_EQ(pasteable("git@github.com:jane/dot.git is not there", ""),
              "git@github.com:***/dot.git is not there");
    EXPECT_EQ(pasteable("see https://huggingface.co/docs/hub/spaces", ""),
              "see https://huggingface.co/docs/hub/spaces");
    EXPECT_EQ(pasteable("https://gitlab.com/jane/a/b, https://github.com/jane", ""),
              "https://gitlab.com/***/a/b, https://github.com/jane");
    EXPECT_EQ(pasteable("https://download.pytorch.org/whl/cu118, mygithub.com/a/b", ""),
              "https://download.pytorch.org/whl/cu118, mygithub.com/a/b");
}

// It is to be copied and run.
TEST(Pasteable, KeepsACommandWhole) {
    const std::vector<model::Finding> all =
        pasteable_findings({{.title = "me@example.org",
                             .fix = {.commands = {"ssh-copy-id -i ~/.ssh/id.pub me@example.org"},
                                     .text = "me@example.org"}}},
                           "/home/jane");

    EXPECT_EQ(all.front().title, "***@example.org");
    EXPECT_EQ(all.front().fix.text, "***@example.org");
    EXPECT_EQ(all.front().fix.commands.front(), "ssh-copy-id -i ~/.ssh/id.pub me@example.org");
}

}  // namespace
}  // namespace envkeep::cli
