// SPDX-License-Identifier: MIT
#include "envkeep/gpu/faults.hpp"

#include "envkeep/gpu/diagnose.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace envkeep::gpu {
namespace {

bool is_checked(std::string_view id) {
    const std::span<const Check> checks = all_checks();
    return std::ranges::find(checks, id, &Check::id) != checks.end();
}

TEST(Faults, EachIsToldInFull) {
    std::set<std::string_view> ids;
    for (const Fault& fault : all_faults()) {
        EXPECT_TRUE(ids.insert(fault.id).second) << fault.id << " twice";
        EXPECT_LE(static_cast<std::size_t>(fault.stage), static_cast<std::size_t>(Stage::probe))
            << fault.id;
        EXPECT_FALSE(fault.who.empty() || fault.sees.empty() || fault.cause.empty() ||
                     fault.cure.empty())
            << fault.id;
    }
    EXPECT_GE(ids.size(), 136);
    EXPECT_TRUE(std::ranges::is_sorted(all_faults(), {}, &Fault::stage));
}

TEST(Faults, EachCheckLooksForOneOfThem) {
    for (const Check& check : all_checks()) {
        EXPECT_NE(find_fault(check.id), nullptr) << check.id;
    }
}

// The table of docs/doctor.md comes from the same lines as the checks' stages. ENVKEEP_ACCEPT=1
// writes it anew.
TEST(Faults, TheTableInTheDocumentsIsTheirs) {
    std::string table =
        "| id | what you see | cause | cure | who |\n| --- | --- | --- | --- | --- |\n";
    for (const Fault& fault : all_faults()) {
        if (is_checked(fault.id)) {
            table += "| `" + std::string(fault.id) + "` | " + std::string(fault.sees) + " | " +
                     std::string(fault.cause) + " | " + std::string(fault.cure) + " | " +
                     std::string(fault.who) + " |\n";
        }
    }
    const std::string path = ENVKEEP_SOURCE_DIR "/docs/doctor.md";
    std::stringstream read;
    read << std::ifstream(path).rdbuf();
    const std::string text = read.str();
    const std::string begin = "<!-- the table of agent/gpu/data/faults.txt -->\n";
    const std::size_t from = text.find(begin);
    const std::size_t to = text.find("<!-- its end -->\n");
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    const std::string told = text.substr(from + begin.size(), to - from - begin.size());
    if (std::getenv("ENVKEEP_ACCEPT") != nullptr && told != table) {
        std::ofstream(path) << text.substr(0, from + begin.size()) << table << text.substr(to);
        return;
    }
    EXPECT_EQ(told, table);
}

}  // namespace
}  // namespace envkeep::gpu
