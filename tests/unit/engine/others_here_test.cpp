// SPDX-License-Identifier: MIT
#include "engine/others_here.hpp"

#include "envkeep/store/lease.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <string>
#include <vector>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OthersHere : public envkeep::testing::SessionOfATest {
  protected:
    void begin_session_of(const std::string& home) {
        ASSERT_TRUE(store::take_lease(session().store, home, machine, files));
    }
};

TEST_F(OthersHere, AreSessionsOfOtherHomesOfTheSameContainer) {
    begin_session_of(tree / "home");

    EXPECT_THAT(others_here(world(), session()), IsEmpty());

    begin_session_of("/home/other");

    EXPECT_THAT(others_here(world(), session()), ElementsAre(HasSubstr("/home/other on ")));
}

TEST_F(OthersHere, AreNotNobodyWhereLeasesCannotBeListed) {
    const Session here = session();
    tree.mode("storage/envkeep/leases", 0);
    constexpr uid_t nobody = 65534;  // root may list it all the same
    ASSERT_EQ(::seteuid(nobody), 0);

    const std::vector<std::string> others = others_here(world(), here);

    ASSERT_EQ(::seteuid(0), 0);
    tree.mode("storage/envkeep/leases", 0755);
    EXPECT_THAT(others, ElementsAre(HasSubstr("cannot be told")));
}

}  // namespace
}  // namespace envkeep::engine
