// SPDX-License-Identifier: MIT
#include "envkeep/python/launch.hpp"

#include <gtest/gtest.h>

namespace envkeep::python {
namespace {

TEST(Options, AreThoseBeforeTheProgramsOwn) {
    EXPECT_EQ(options_of({"-m", "ipykernel_launcher", "-s", "-f", "x.json"}),
              (Options{.start = Start::module, .subject = "ipykernel_launcher"}));
    EXPECT_EQ(options_of({"-Xfrozen_modules=off", "-mipykernel", "-E"}),
              (Options{.start = Start::module, .subject = "ipykernel"}));
    EXPECT_EQ(options_of({"-X", "dev", "-W", "-s", "run.py", "-I"}),
              (Options{.start = Start::script, .subject = "run.py"}));
    EXPECT_EQ(options_of({"-c", "-s"}), (Options{.start = Start::command}));
    EXPECT_EQ(options_of({"-", "-s"}), (Options{.start = Start::interactive}));
    EXPECT_EQ(options_of({"--check-hash-based-pycs", "never", "--", "-odd.py"}),
              (Options{.start = Start::script, .subject = "-odd.py"}));
    EXPECT_EQ(options_of({"-m"}), (Options{.start = Start::module}));
    EXPECT_EQ(options_of({}), Options{});
}

TEST(Options, MayStandTogether) {
    EXPECT_EQ(options_of({"-BsE", "-uSP"}),
              (Options{.has_no_user_site = true,
                       .has_no_site = true,
                       .ignores_variables = true,
                       .leaves_out_unsafe = true}));
    EXPECT_EQ(options_of({"-Im", "this"}),
              (Options{.start = Start::module, .subject = "this", .is_isolated = true}));
}

}  // namespace
}  // namespace envkeep::python
