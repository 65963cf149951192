// SPDX-License-Identifier: MIT
#include "engine/note_findings.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using packages::Domain;
using packages::Inventory;
using packages::NoteKind;
using packages::Origin;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(FindingsOfAnInventory, NameWhatIsHalfDone) {
    Inventory inventory;
    inventory.notes = {{NoteKind::interrupted_pip, Domain::python, "/site", "~oo-1.dist-info", ""},
                       {NoteKind::half_installed, Domain::apt, "", "htop", "half-configured"},
                       {NoteKind::interrupted_conda, Domain::conda, "/opt/conda", "", ".condatmp"}};

    const auto findings = findings_of(inventory);

    ASSERT_THAT(findings, SizeIs(3));
    EXPECT_EQ(findings[0].id, "packages-interrupted");
    EXPECT_THAT(findings[0].evidence, ElementsAre("/site: ~oo-1.dist-info"));
    EXPECT_EQ(findings[1].id, "packages-half-installed");
    EXPECT_THAT(findings[1].evidence, ElementsAre("htop: half-configured"));
    EXPECT_THAT(findings[1].fix.commands,
                ElementsAre("dpkg --configure -a", "apt-get install -f -y"));
    EXPECT_THAT(findings[2].evidence, ElementsAre("/opt/conda: .condatmp"));
}

TEST(FindingsOfAnInventory, LeaveOutWhatTheImageBrought) {
    Inventory inventory;
    inventory.packages = {
        {.domain = Domain::python, .place = "/site", .name = "a", .origin = Origin::image},
        {.domain = Domain::python, .place = "/site", .name = "b", .origin = Origin::image},
        {.domain = Domain::python, .place = "/site", .name = "b", .origin = Origin::session}};
    inventory.notes = {{NoteKind::duplicate, Domain::python, "/site", "a", "1 and 2"}};
    EXPECT_THAT(findings_of(inventory), IsEmpty());

    inventory.notes = {{NoteKind::duplicate, Domain::python, "/site", "b", "1 and 2"}};
    EXPECT_THAT(findings_of(inventory), SizeIs(1));
}

TEST(FindingsOfAnInventory, AreShortHoweverManyThereAre) {
    Inventory inventory;
    for (int i = 0; i < 100; ++i) {
        inventory.notes.push_back(
            {NoteKind::damaged, Domain::python, "/site", std::to_string(i), "METADATA"});
    }

    const auto findings = findings_of(inventory);

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings[0].evidence, SizeIs(11));
}

}  // namespace
}  // namespace envkeep::engine
