// SPDX-License-Identifier: MIT
#include "envkeep/packages/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Package einops(std::string version, std::string record = "1") {
    return {.domain = Domain::python,
            .place = "/site",
            .name = "einops",
            .version = std::move(version),
            .installer = "pip",
            .record = std::move(record)};
}

std::vector<PackageChange> changes(std::vector<Package> before, std::vector<Package> after) {
    return compare({.base = {}, .packages = std::move(before), .notes = {}},
                   {.base = {}, .packages = std::move(after), .notes = {}})
        .changes;
}

TEST(Compare, FindsNothingBetweenEquals) {
    Package later = einops("1");
    later.origin = Origin::session;

    EXPECT_THAT(changes({einops("1")}, {later}), IsEmpty());
}

TEST(Compare, TellsAddedRemovedAndChanged) {
    Package other = einops("1");
    other.place = "/other";

    EXPECT_THAT(changes({}, {einops("1")}),
                ElementsAre(PackageChange{ChangeKind::added, {}, einops("1")}));
    EXPECT_THAT(changes({einops("1")}, {}),
                ElementsAre(PackageChange{ChangeKind::removed, einops("1"), {}}));
    EXPECT_THAT(changes({einops("1")}, {einops("2")}),
                ElementsAre(PackageChange{ChangeKind::changed, einops("1"), einops("2")}));
    EXPECT_THAT(changes({einops("1")}, {other}),
                ElementsAre(PackageChange{ChangeKind::added, {}, other},
                            PackageChange{ChangeKind::removed, einops("1"), {}}));
}

TEST(Compare, SeesOtherBytesBelowTheSameVersion) {
    EXPECT_THAT(
        changes({einops("1", "a")}, {einops("1", "b")}),
        ElementsAre(PackageChange{ChangeKind::changed_below, einops("1", "a"), einops("1", "b")}));
    EXPECT_THAT(changes({einops("1", "")}, {einops("1", "b")}), IsEmpty());
}

TEST(Compare, SeesThatSomethingIsAskedForNow) {
    Package before = einops("1");
    before.asked = Asked::brought_along;
    Package after = einops("1");
    after.asked = Asked::asked_for;

    EXPECT_THAT(changes({before}, {after}),
                ElementsAre(PackageChange{ChangeKind::flags, before, after}));
    EXPECT_THAT(changes({einops("1")}, {after}), IsEmpty());
}

TEST(Compare, SeesAnotherCommit) {
    Package before = einops("1");
    before.commit = "a";
    Package after = einops("1");
    after.commit = "b";

    EXPECT_THAT(changes({before}, {after}),
                ElementsAre(PackageChange{ChangeKind::changed, before, after}));
}

TEST(Compare, CountsCondasPackagesOnce) {
    Package condas = einops("1");
    condas.installer = "conda";

    EXPECT_THAT(changes({}, {condas}), IsEmpty());
    EXPECT_THAT(changes({condas}, {einops("2")}),
                ElementsAre(PackageChange{ChangeKind::changed, condas, einops("2")}));
}

TEST(Compare, PairsTheSameVersionsOfADuplicateFirst) {
    EXPECT_THAT(changes({einops("1"), einops("2")}, {einops("2")}),
                ElementsAre(PackageChange{ChangeKind::removed, einops("1"), {}}));
    EXPECT_THAT(changes({einops("1")}, {einops("1"), einops("2")}),
                ElementsAre(PackageChange{ChangeKind::added, {}, einops("2")}));
}

TEST(Compare, TellsAnotherImage) {
    const Base one{
        .os = "debian", .os_version = "12", .machine = {}, .libc = {}, .fingerprint = "a"};
    Base two = one;
    two.runtimes = {{"python", "/p", "3.11", ""}};
    two.fingerprint = "";
    Base three = one;
    three.fingerprint = "b";

    EXPECT_TRUE(compare({.base = one}, {.base = two}).is_empty());
    EXPECT_EQ(compare({.base = one}, {.base = three}).image, (ImageChange{one, three}));
}

}  // namespace
}  // namespace envkeep::packages
