// SPDX-License-Identifier: MIT
#include "envkeep/engine/hook.hpp"
#include "envkeep/store/find.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

TEST(HookPrint, KnowsWhatEachPlatformReads) {
    for (const store::Platform& platform : store::all_platforms()) {
        if (platform.because.starts_with('/')) {
            continue;  // known by a file
        }
        testing::CommandLine here;
        here.set(platform.because, "x");
        const testing::Answer print = here.run({"hook", "print"});
        const std::string use(platform.advice.use);

        EXPECT_THAT(engine::hook_uses, ::testing::Contains(use)) << platform.id;
        EXPECT_EQ(print.out, here.run({"hook", "print", "--for", use}).out) << platform.id;
        EXPECT_EQ(print.err,
                  fmt::format("{}: paste it {}\n", platform.name, platform.advice.where));
    }
}

TEST(HookPrint, StartsRunPodsOwnScript) {
    testing::CommandLine here;
    here.set("RUNPOD_POD_ID", "x");

    EXPECT_THAT(here.run({"hook", "print"}).out, ::testing::EndsWith("; exec /start.sh'\n"));
}

}  // namespace
}  // namespace envkeep::cli
