// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace envkeep::manifest {
namespace {

std::string ignored(const std::string& section) {
    const Result<std::string> result =
        ignore_dotfile("envkeep: 1\n" + section + "keep: [.a]  # mine\n", ".vim/undo");
    return result ? *result : "error: " + result.error().message;
}

TEST(IgnoreDotfile, AddsToTheListAsItIsWritten) {
    const std::string head = "envkeep: 1\n";
    const std::string tail = "keep: [.a]  # mine\n";
    const std::vector<std::pair<std::string, std::string>> sections{
        {"dotfiles:\n  url: /d  # why\n  push: never\n",
         "dotfiles:\n  url: /d  # why\n  ignore: [.vim/undo]\n  push: never\n"},
        {"dotfiles: {url: /d}\n", "dotfiles: {url: /d, ignore: [.vim/undo]}\n"},
        {"dotfiles: {url: /d, ignore: [a, b]}\n",
         "dotfiles: {url: /d, ignore: [a, b, .vim/undo]}\n"},
        {"dotfiles:\n  ignore: a*  # one\n  url: /d\n",
         "dotfiles:\n  ignore: [a*, .vim/undo]  # one\n  url: /d\n"},
        {"dotfiles:\n  ignore:\n  # of a\n  - a  # a\n\n  url: /d\n",
         "dotfiles:\n  ignore:\n  # of a\n  - a  # a\n  - .vim/undo\n\n  url: /d\n"},
        {"dotfiles: {url: /d, ignore: .vim/undo}\n", "dotfiles: {url: /d, ignore: .vim/undo}\n"},
    };
    for (const auto& [before, after] : sections) {
        EXPECT_EQ(ignored(before), head + after + tail) << before;
    }
    EXPECT_EQ(ignore_dotfile("\xEF\xBB\xBF{envkeep: 1, dotfiles: {url: /d}}", "*a").value(),
              "\xEF\xBB\xBF{envkeep: 1, dotfiles: {url: /d, ignore: [\"*a\"]}}");
}

TEST(IgnoreDotfile, IsForAnEditByHandElsewhere) {
    EXPECT_EQ(ignored(""), "error: cannot put '.vim/undo' under 'ignore' of 'dotfiles'");
    EXPECT_EQ(ignored("include: x\n").substr(0, 6), "error:");
    EXPECT_EQ(
        ignored("dotfiles: {url: /d, ignore: &i [a]}\nsnapshot: {exclude: *i}\n").substr(0, 6),
        "error:");
}

TEST(AddDotfiles, IsASectionAtTheEnd) {
    const Dotfiles dotfiles{.url = "git@example.org:me/d.git", .branch = "main"};
    EXPECT_EQ(add_dotfiles("# mine\nenvkeep: 1\nkeep: [.a]  # why\n", dotfiles).value(),
              "# mine\nenvkeep: 1\nkeep: [.a]  # why\ndotfiles:\n"
              "  url: git@example.org:me/d.git\n  branch: main\n  link: auto\n");
    EXPECT_EQ(add_dotfiles("envkeep: 1\r\nkeep: [.a]", dotfiles).value(),
              "envkeep: 1\r\nkeep: [.a]\r\ndotfiles:\r\n"
              "  url: git@example.org:me/d.git\r\n  branch: main\r\n  link: auto");
    EXPECT_EQ(add_dotfiles("{envkeep: 1}", dotfiles).value(),
              "{envkeep: 1, dotfiles: {url: git@example.org:me/d.git, branch: main, link: auto}}");
}

TEST(AddDotfiles, TakesNoPlaceOfAnother) {
    EXPECT_FALSE(add_dotfiles("envkeep: 1\ndotfiles: {url: /d}\n", {.url = "/e", .branch = "m"}));
    EXPECT_FALSE(add_dotfiles("envkeep: 1\n", {.url = "not an url", .branch = "m"}));
}

}  // namespace
}  // namespace envkeep::manifest
