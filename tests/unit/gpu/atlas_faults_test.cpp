// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include "coverage.hpp"
#include "envkeep/core/text.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

// Each fault of the atlas that files tell: the cause is that fault, and no other.
namespace envkeep::gpu {
namespace {

using testing::AtlasFault;
using testing::GradientMachine;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

TEST(AGradientMachine, IsHealthy) {
    GradientMachine machine;

    const Diagnosis diagnosis = machine.diagnosis();

    testing::note_healthy(diagnosis);
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(diagnosis.broken, IsEmpty());
}

class AnAtlasFault : public ::testing::TestWithParam<AtlasFault> {};

TEST_P(AnAtlasFault, IsTheCause) {
    const AtlasFault& fault = GetParam();
    GradientMachine machine;
    fault.happens(machine);

    const Diagnosis diagnosis = machine.diagnosis();

    std::vector<std::string_view> expected{fault.id};
    for (const std::string_view id : split(fault.beside, ' ')) {
        if (!id.empty()) {
            expected.push_back(id);
        }
    }
    std::vector<std::string_view> found;
    for (const model::Finding& finding : diagnosis.findings) {
        found.push_back(finding.id);
    }
    ASSERT_THAT(found, UnorderedElementsAreArray(expected));
    const model::Finding& first = diagnosis.findings.front();
    EXPECT_EQ(first.id, fault.id);
    EXPECT_EQ(first.severity, fault.severity);
    EXPECT_EQ(first.is_cause, fault.severity == model::Severity::error);
    EXPECT_FALSE(first.fix.text.empty() && first.fix.commands.empty());
    EXPECT_THAT(first.evidence, Not(IsEmpty()));
    // PyPI has no builds with a CUDA in their version.
    for (const std::string& command : first.fix.commands) {
        EXPECT_TRUE(command.find("pip install ") == std::string::npos ||
                    command.find("+cu") == std::string::npos ||
                    command.find(" --index-url https://download.pytorch.org/whl/cu") !=
                        std::string::npos)
            << command;
    }
    testing::note_cause(diagnosis, testing::Source::files);
}

// The same home and image on a machine that has neither card nor driver: programs run on the
// processor, and nothing between card and notebook is broken.
TEST_P(AnAtlasFault, IsNoneOfTheGpuWhereThereIsNoCard) {
    GradientMachine machine;
    GetParam().happens(machine);
    Facts facts = machine.facts();
    facts.pci.cards.clear();
    facts.pci.lost.clear();
    facts.driver = {};
    facts.nodes = {};

    const Diagnosis diagnosis = diagnose(facts, built_in_compat_data());

    for (const Stage stage : diagnosis.broken) {
        EXPECT_GE(stage, Stage::framework) << diagnosis.findings.front().id;
    }
}

std::string name_of_row(const ::testing::TestParamInfo<AtlasFault>& row) {
    std::string name(row.param.id);
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(OfGradient,
                         AnAtlasFault,
                         ::testing::ValuesIn(testing::atlas_faults()),
                         name_of_row);

}  // namespace
}  // namespace envkeep::gpu
