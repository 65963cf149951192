// SPDX-License-Identifier: MIT
#include "envkeep/core/match.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace envkeep {
namespace {

using Either = std::variant<int, std::string>;

std::string name_of(const Either& either) {
    return match(
        either,
        [](int) { return std::string("number"); },
        [](const std::string& text) { return text; });
}

TEST(Match, CallsTheCaseThatFits) {
    EXPECT_EQ(name_of(1), "number");
    EXPECT_EQ(name_of("text"), "text");
}

TEST(Match, LetsACaseChangeWhatItIsGiven) {
    Either either = 1;
    match(either, [](int& number) { ++number; }, [](std::string&) {});

    EXPECT_EQ(std::get<int>(either), 2);
}

}  // namespace
}  // namespace envkeep
