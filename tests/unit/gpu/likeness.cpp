// SPDX-License-Identifier: MIT
#include "likeness.hpp"

#include "envkeep/core/json.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace envkeep::testing {
namespace {

constexpr std::size_t least_machines = 40;
constexpr std::size_t least_of_their_own = 10;
constexpr std::size_t least_of_layer = 2;

// Names of tests.
struct Healthy {
    std::set<std::string> all;
    std::set<std::string> of_their_own;
    std::map<std::string, std::set<std::string>> by_fault;

    void add(Healthy& other) {
        all.merge(other.all);
        of_their_own.merge(other.of_their_own);
        for (auto& [fault, tests] : other.by_fault) {
            by_fault[fault].merge(tests);
        }
    }
};

Healthy healthy_in_test;
Healthy healthy;

// Of the faults of the atlas (table `faults` of compat.json): id -> layer.
const std::map<std::string, std::string>& layers() {
    static const std::map<std::string, std::string> layers = [] {
        std::ifstream file(ENVKEEP_SOURCE_DIR "/agent/gpu/data/compat.json");
        const auto json = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
        std::map<std::string, std::string> all;
        for (const Json& row : *json.value().find("faults")->as_array()) {
            all.emplace(row.text_or("id", ""), row.text_or("layer", ""));
        }
        return all;
    }();
    return layers;
}

class HealthyListener : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo& /*test*/) override { healthy_in_test = {}; }

    void OnTestEnd(const ::testing::TestInfo& test) override {
        if (test.result()->Passed()) {
            healthy.add(healthy_in_test);
        }
    }
};

class HealthyMachines : public ::testing::Environment {
    void SetUp() override {
        ::testing::UnitTest::GetInstance()->listeners().Append(new HealthyListener);
    }

    void TearDown() override {
        if (std::getenv("ENVKEEP_FAULT_COVERAGE") == nullptr) {
            return;
        }
        std::map<std::string, std::set<std::string>> by_layer;
        for (const auto& [fault, layer] : layers()) {
            const std::set<std::string>& tests = healthy.by_fault[fault];
            by_layer[layer].insert(tests.begin(), tests.end());
        }
        for (const auto& [layer, tests] : by_layer) {
            EXPECT_GE(tests.size(), least_of_layer)
                << "healthy machines with the look of a fault of the layer: " << layer;
        }
        std::printf("tests of healthy machines: %zu; not of the base machine: %zu; layers: %zu\n",
                    healthy.all.size(),
                    healthy.of_their_own.size(),
                    by_layer.size());
        EXPECT_GE(healthy.all.size(), least_machines);
        EXPECT_GE(healthy.of_their_own.size(), least_of_their_own);
    }
};

[[maybe_unused]] const auto* const machines =
    ::testing::AddGlobalTestEnvironment(new HealthyMachines);

}  // namespace

void note_likeness(const CapturedMachine& machine,
                   const std::vector<std::string_view>& looks_like) {
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = std::string(test.test_suite_name()) + '.' + test.name();
    healthy_in_test.all.insert(name);
    if (!machine.is_of_base()) {
        healthy_in_test.of_their_own.insert(name);
    }
    for (const std::string_view fault : looks_like) {
        EXPECT_TRUE(layers().contains(std::string(fault))) << fault;
        healthy_in_test.by_fault[std::string(fault)].insert(name);
    }
}

}  // namespace envkeep::testing
