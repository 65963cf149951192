// SPDX-License-Identifier: MIT
#include "coverage.hpp"

#include "envkeep/core/json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace envkeep::testing {
namespace {

constexpr std::size_t least_by_files = 108;
constexpr std::size_t least_of_all = 130;
constexpr std::size_t least_healthy = 40;

std::map<Source, std::set<std::string>> told_in_test;
std::map<Source, std::set<std::string>> told;
std::size_t healthy_told = 0;
std::size_t false_alarms = 0;

// The faults that were collected: table `faults` of compat.json. Of some files alone are no proof.
std::map<std::string, bool> faults_of_the_atlas() {
    std::ifstream file(ENVKEEP_SOURCE_DIR "/agent/gpu/data/compat.json");
    const auto json = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    std::map<std::string, bool> are_by_files;
    for (const Json& row : *json.value().find("faults")->as_array()) {
        are_by_files.emplace(row.text_or("id", ""), row.text_or("envkeep", "") == "F");
    }
    return are_by_files;
}

class Listener : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo& /*test*/) override { told_in_test.clear(); }

    void OnTestEnd(const ::testing::TestInfo& test) override {
        if (test.result()->Passed()) {
            for (auto& [source, ids] : told_in_test) {
                told[source].merge(ids);
            }
        }
    }
};

class Coverage : public ::testing::Environment {
    void SetUp() override {
        ::testing::UnitTest::GetInstance()->listeners().Append(new Listener);  // which owns it
    }

    void TearDown() override {
        if (std::getenv("ENVKEEP_FAULT_COVERAGE") == nullptr) {
            return;
        }
        std::size_t of_files = 0;
        std::size_t by_files = 0;
        std::size_t by_any = 0;
        const std::map<std::string, bool> all = faults_of_the_atlas();
        for (const auto& [id, is_of_files] : all) {
            const bool is_by_files = told[Source::files].contains(id);
            const bool is_by_any = is_by_files || told[Source::fake_driver].contains(id);
            of_files += is_of_files || is_by_files ? 1 : 0;
            by_files += is_by_files ? 1 : 0;
            by_any += is_by_any ? 1 : 0;
            if (!is_by_any || (is_of_files && !is_by_files)) {
                std::printf("not told: %s\n", id.c_str());
            }
        }
        print("by files", by_files, of_files);
        print("with the fake driver", by_any, all.size());
        EXPECT_EQ(all.size(), 136);
        EXPECT_GE(by_files, least_by_files);
        EXPECT_GE(by_any, least_of_all);
        EXPECT_GE(healthy_told, least_healthy);
        EXPECT_EQ(false_alarms, 0);
    }

    static void print(const char* how, std::size_t number, std::size_t of) {
        std::printf("%s: faults told %zu of %zu, false alarms %zu of %zu\n",
                    how,
                    number,
                    of,
                    false_alarms,
                    healthy_told);
    }
};

[[maybe_unused]] const auto* const coverage = ::testing::AddGlobalTestEnvironment(new Coverage);

}  // namespace

void note_cause(const gpu::Diagnosis& diagnosis, Source source) {
    if (!diagnosis.findings.empty()) {
        told_in_test[source].insert(diagnosis.findings.front().id);
    }
    for (const model::Finding& finding : diagnosis.findings) {
        EXPECT_FALSE(finding.title.empty()) << finding.id;
        EXPECT_FALSE(finding.evidence.empty()) << finding.id;
        const bool has_cure = !finding.fix.commands.empty() || !finding.fix.text.empty();
        EXPECT_TRUE(has_cure || finding.severity == model::Severity::info) << finding.id;
    }
}

void note_healthy(const gpu::Diagnosis& diagnosis) {
    healthy_told += 1;
    const bool is_alarmed = std::ranges::any_of(
        diagnosis.findings,
        [](const model::Finding& finding) { return finding.severity > model::Severity::info; });
    false_alarms += is_alarmed ? 1 : 0;
}

}  // namespace envkeep::testing
