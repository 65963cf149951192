// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

// Two faults of one machine, in both orders in which they may come: which is told first.
namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::AtlasFault;
using testing::GradientMachine;
using testing::Step;

// What users of notebooks meet most.
constexpr std::array<std::string_view, 30> common{
    "hw-off-bus",
    "kmod-uvm-missing",
    "dev-nodes-missing",
    "dev-uvm-node-missing",
    "ctr-cgroup-lost",
    "ctr-no-nvidia-runtime",
    "ctr-caps-no-compute",
    "ctr-stale-proc",
    "drv-libcuda-missing",
    "drv-libcuda-in-image",
    "drv-stub-on-path",
    "drv-compat-not-needed",
    "kmod-user-version-mismatch",
    "env-cvd-empty",
    "env-cvd-bad-index",
    "nb-kernel-env-override",
    "torch-cpu-only",
    "torch-user-site-shadow",
    "torch-partial-install",
    "nb-kernelspec-shadow",
    "py-other-minor",
    "py-cwd-shadow",
    "torch-pypi-default-too-new",
    "torch-arch-old-gpu",
    "ld-nvjitlink-old",
    "ld-cudnn-mixed",
    "cudnn-missing",
    "torch-companion-mismatch",
    "torch-numpy2",
    "res-disk-full",
};

// What is no pair of two faults: what the second does to the first.
struct NoPair {
    std::string_view first;
    std::string_view second;
    std::string_view why;
};

constexpr std::array no_pairs{
    NoPair{"ctr-cgroup-lost",
           "ctr-no-nvidia-runtime",
           "without the runtime there is no node that could be denied"},
    NoPair{"dev-nodes-missing", "ctr-no-nvidia-runtime", "is part of it"},
    NoPair{"ctr-no-nvidia-runtime", "dev-nodes-missing", "has it already"},
    NoPair{"dev-uvm-node-missing", "ctr-no-nvidia-runtime", "is part of it"},
    NoPair{"ctr-no-nvidia-runtime", "dev-uvm-node-missing", "has it already"},
    NoPair{"dev-uvm-node-missing", "ctr-caps-no-compute", "is part of it"},
    NoPair{"ctr-caps-no-compute", "dev-uvm-node-missing", "has it already"},
    NoPair{"ctr-stale-proc", "kmod-user-version-mismatch", "takes the stale mount away"},
    NoPair{"kmod-user-version-mismatch", "ctr-stale-proc", "is stale no more without the mount"},
    NoPair{"nb-kernel-env-override",
           "nb-kernelspec-shadow",
           "hides the kernelspec that sets the variable"},
    NoPair{"nb-kernelspec-shadow",
           "nb-kernel-env-override",
           "is hidden by the kernelspec of the user"},
    NoPair{"drv-libcuda-in-image", "drv-libcuda-missing", "leaves a cache that is stale"},
    NoPair{"hw-off-bus", "torch-pypi-default-too-new", "comes with another card"},
    NoPair{"torch-cpu-only", "torch-arch-old-gpu", "installs torch anew"},
    NoPair{"torch-cpu-only", "torch-pypi-default-too-new", "installs torch anew"},
    NoPair{"torch-partial-install", "torch-arch-old-gpu", "installs torch anew"},
    NoPair{"torch-partial-install", "torch-pypi-default-too-new", "installs torch anew"},
    NoPair{"torch-arch-old-gpu", "torch-pypi-default-too-new", "installs torch anew"},
    NoPair{"torch-pypi-default-too-new", "torch-arch-old-gpu", "installs torch anew"},
    NoPair{"torch-partial-install",
           "torch-user-site-shadow",
           "no torch is left that works: torch-cpu-only"},
    NoPair{"torch-user-site-shadow",
           "torch-partial-install",
           "no torch is left that works: torch-cpu-only"},
    NoPair{"torch-arch-old-gpu",
           "torch-user-site-shadow",
           "no torch is left that works: torch-cpu-only"},
    NoPair{"torch-user-site-shadow",
           "torch-arch-old-gpu",
           "no torch is left that works: torch-cpu-only"},
    NoPair{"torch-pypi-default-too-new",
           "torch-user-site-shadow",
           "no torch is left that works: torch-cpu-only"},
    NoPair{"torch-user-site-shadow",
           "torch-pypi-default-too-new",
           "no torch is left that works: torch-cpu-only"},
};

std::vector<AtlasFault> common_faults() {
    std::vector<AtlasFault> found;
    for (const AtlasFault& fault : testing::atlas_faults()) {
        if (std::ranges::find(common, fault.id) != common.end()) {
            found.push_back(fault);
        }
    }
    return found;
}

bool can_be(const AtlasFault& first, const AtlasFault& second) {
    return std::ranges::none_of(
        no_pairs, [&](const NoPair& no) { return no.first == first.id && no.second == second.id; });
}

// A torch without CUDA is what torch fails by, whatever else is broken below it.
bool is_cpu_torch(const AtlasFault& fault) {
    return fault.id == "torch-cpu-only" || fault.id == "torch-user-site-shadow";
}

// Which of two is the cause: what breaks nothing is none, and then the atlas's order counts; null
// where they are of one step.
const AtlasFault* cause_of_two(const AtlasFault& one, const AtlasFault& other) {
    const bool is_error = one.severity == Severity::error;
    if (is_error != (other.severity == Severity::error)) {
        return is_error ? &one : &other;
    }
    if (is_cpu_torch(one) != is_cpu_torch(other)) {
        const AtlasFault& torch = is_cpu_torch(one) ? one : other;
        const AtlasFault& beside = is_cpu_torch(one) ? other : one;
        if (beside.step < Step::framework) {
            return &torch;
        }
    }
    if (one.step == other.step) {
        return nullptr;
    }
    return one.step < other.step ? &one : &other;
}

void expect_cause_of(const AtlasFault& first, const AtlasFault& second) {
    GradientMachine machine;
    first.happens(machine);
    second.happens(machine);
    const Diagnosis diagnosis = machine.diagnosis();
    const std::string pair = std::string(first.id) + ", then " + std::string(second.id);
    if (diagnosis.findings.empty()) {
        ADD_FAILURE() << pair << ": nothing was told";
        return;
    }
    const model::Finding& found = diagnosis.findings.front();
    const AtlasFault* const expected = cause_of_two(first, second);
    EXPECT_TRUE(expected != nullptr ? found.id == expected->id
                                    : found.id == first.id || found.id == second.id)
        << pair << ": " << found.id;
}

// In memory: there are 850 machines of 150 files.
class PairsOfFaults : public ::testing::TestWithParam<std::size_t> {
  protected:
    PairsOfFaults() { ::setenv("TMPDIR", "/dev/shm", 0); }
};

// The first of each pair from one part of the table, so that parts run side by side.
TEST_P(PairsOfFaults, HaveTheAtlassFirstAsCause) {
    const std::vector<AtlasFault> faults = common_faults();
    ASSERT_EQ(faults.size(), common.size());
    for (std::size_t i = GetParam(); i < faults.size(); i += 5) {
        for (const AtlasFault& second : faults) {
            if (second.id != faults[i].id && can_be(faults[i], second)) {
                expect_cause_of(faults[i], second);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(OfGradient,
                         PairsOfFaults,
                         ::testing::Range(std::size_t{0}, std::size_t{5}));

}  // namespace
}  // namespace envkeep::gpu
