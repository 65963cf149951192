// SPDX-License-Identifier: MIT
#include "cli/exit_code.hpp"

#include "envkeep/cli/run.hpp"
#include "envkeep/core/text.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace envkeep::cli {
namespace {

using engine::Ending;

// Each hides all that stand behind it.
constexpr std::array precedence{9, 4, 2, 5, 6, 3, 8, 7, 1, 0};

Ending ending_with(int code) {
    for (const ExitCode& one : exit_codes()) {
        if (one.code == code) {
            return one.ending;
        }
    }
    ADD_FAILURE() << "no ending has code " << code;
    return Ending::internal;
}

TEST(ExitCodes, AreThoseOfTheDocumentation) {
    std::string table = "| status | meaning |\n| --- | --- |\n";
    for (const ExitCode& one : exit_codes()) {
        table += fmt::format("| {} | {} |\n", one.code, one.meaning);
    }
    std::string order;
    for (const int code : precedence) {
        order += code == 0 ? "" : fmt::format("{}{}", order.empty() ? "" : ", ", code);
    }

    const std::string page =
        testing::content_of(std::string(ENVKEEP_SOURCE_DIR) + "/docs/exit-codes.md");
    EXPECT_THAT(page, ::testing::HasSubstr(table));
    EXPECT_THAT(page, ::testing::HasSubstr("the first of these is told: " + order + "."));
}

TEST(ExitCodes, TellTheWorseOfTwo) {
    for (std::size_t i = 0; i < precedence.size(); ++i) {
        for (std::size_t j = i; j < precedence.size(); ++j) {
            const Ending worst = ending_with(precedence.at(i));
            const Ending other = ending_with(precedence.at(j));
            EXPECT_EQ(worse(worst, other), worst);
            EXPECT_EQ(worse(other, worst), worst);
        }
    }
}

TEST(ExitCodes, FollowTheKindOfAnError) {
    EXPECT_EQ(exit_code(ending_of(ErrorKind::usage)), 2);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::invalid_manifest)), 2);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::store_missing)), 4);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::busy)), 5);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::time_limit)), 6);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::conflict)), 3);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::no_space)), 3);
    EXPECT_EQ(exit_code(ending_of(ErrorKind::io)), 3);
}

// As on a full disk.
class FullOutput final : public system::Output {
  public:
    void write(std::string_view /*text*/) override {}

    [[nodiscard]] bool is_terminal() const override { return false; }

    [[nodiscard]] int width() const override { return 80; }

    [[nodiscard]] std::optional<Error> failure() const override {
        return Error{.kind = ErrorKind::no_space, .message = "cannot write the output", .hint = {}};
    }
};

TEST(ExitCodes, TellOfOutputThatWasLost) {
    const auto run_on_full_disk = [](const std::vector<std::string>& words, std::string& said) {
        FullOutput out;
        testing::Written err;
        const int status = run(words,
                               {.make_world = [](const auto&) -> Result<engine::World> {
                                    return failure(ErrorKind::io, "there is no world");
                                },
                                .out = out,
                                .err = err,
                                .variable = [](auto) { return std::nullopt; }});
        said = err.text();
        return status;
    };
    std::string said;

    EXPECT_EQ(run_on_full_disk({"manifest", "schema"}, said), 3);
    EXPECT_THAT(said, ::testing::HasSubstr("error: cannot write the output"));
    EXPECT_EQ(run_on_full_disk({"no-such"}, said), 2);
    EXPECT_EQ(run_on_full_disk({"restore", "--start", "--home=x"}, said), 0);
}

}  // namespace
}  // namespace envkeep::cli
