// SPDX-License-Identifier: MIT
#include "coverage.hpp"

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

constexpr std::size_t least_by_files = 108;
constexpr std::size_t least_of_all = 130;

std::map<Source, std::set<std::string>> told_in_test;
std::map<Source, std::set<std::string>> told;

// The faults that were collected: table `faults` of compat.json.
std::set<std::string> faults_of_the_atlas() {
    std::ifstream file(ENVKEEP_SOURCE_DIR "/agent/gpu/data/compat.json");
    const auto json = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    std::set<std::string> ids;
    for (const Json& row : *json.value().find("faults")->as_array()) {
        ids.insert(row.text_or("id", ""));
    }
    return ids;
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
        const std::set<std::string> all = faults_of_the_atlas();
        std::size_t by_files = 0;
        std::size_t by_any = 0;
        for (const std::string& id : all) {
            const bool is_by_files = told[Source::files].contains(id);
            const bool is_by_any = is_by_files || told[Source::fake_driver].contains(id);
            by_files += is_by_files ? 1 : 0;
            by_any += is_by_any ? 1 : 0;
            if (!is_by_any) {
                std::printf("not told: %s\n", id.c_str());
            }
        }
        std::printf("faults of the atlas: %zu; told by files: %zu; with the fake driver: %zu\n",
                    all.size(),
                    by_files,
                    by_any);
        EXPECT_EQ(all.size(), 136);
        EXPECT_GE(by_files, least_by_files);
        EXPECT_GE(by_any, least_of_all);
    }
};

[[maybe_unused]] const auto* const coverage = ::testing::AddGlobalTestEnvironment(new Coverage);

}  // namespace

void note_told(const gpu::Diagnosis& diagnosis, Source source) {
    for (const model::Finding& finding : diagnosis.findings) {
        told_in_test[source].insert(finding.id);
        EXPECT_FALSE(finding.title.empty()) << finding.id;
        EXPECT_FALSE(finding.evidence.empty()) << finding.id;
        const bool has_cure = !finding.fix.commands.empty() || !finding.fix.text.empty();
        EXPECT_TRUE(has_cure || finding.severity == model::Severity::info) << finding.id;
    }
}

}  // namespace envkeep::testing
