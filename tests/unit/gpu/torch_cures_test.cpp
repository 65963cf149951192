// SPDX-License-Identifier: MIT
#include "gpu/cures.hpp"
#include "notebook_machine.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// What right_torch() prints for a driver, a card and a Python.
namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Version of_text(std::string_view text) {
    return Version::parse(text).value();
}

// A notebook whose machine can be another one in every respect that counts.
class RightTorch : public ::testing::Test {
  public:
    RightTorch& on(std::string_view driver, std::uint16_t card) {
        facts.driver.loaded = of_text(driver);
        facts.pci.cards.front().device = card;
        return *this;
    }

    model::Fix for_torch(const std::string& python, const std::string& torch) {
        NotebookPython& notebook = facts.python.notebooks.front();
        notebook.environment.version = python;
        const auto framework = std::ranges::find(notebook.frameworks, "torch", &Framework::name);
        framework->version = torch;
        return right_torch(facts, notebook, built_in_compat_data());
    }

    Facts facts = CapturedMachine().facts();
};

// "2.12.1" and "cu129" of a command with "torch==2.12.1+cu129"; empty without one.
std::pair<std::string, std::string> pair_in(const std::string& command) {
    constexpr std::string_view word = " torch==";
    const std::size_t at = command.find(word);
    if (at == std::string::npos) {
        return {};
    }
    const std::string rest = command.substr(at + word.size());
    const std::size_t plus = rest.find('+');
    return {rest.substr(0, plus), rest.substr(plus + 1, rest.find(' ') - plus - 1)};
}

bool is_made(const std::string& release, const std::string& moniker, const std::string& python) {
    const CompatData& data = built_in_compat_data();
    const Version version = of_text(release);
    const TorchBuild* const build = data.torch_build(version, moniker);
    return build != nullptr && version >= build->first && build->pythons.holds(of_text(python)) &&
           data.companions_of(version) != nullptr;
}

TEST_F(RightTorch, IsNoReleaseThatWasNotBuiltForThatCuda) {
    const model::Fix fix = on("550.90.07", 0x20b0).for_torch("3.11", "2.12.0+cu130");  // A100

    EXPECT_THAT(fix.commands, ElementsAre(HasSubstr("torch==2.12.1+cu129 ")));
}

TEST_F(RightTorch, IsOneThatTheDataHas) {
    const std::vector<std::string> installed{
        "", "1.13.1+cpu", "2.1.0+cpu", "2.5.1+cpu", "2.8.0+cpu", "2.12.0+cpu", "2.13.0+cpu"};
    std::size_t told = 0;
    for (const std::string driver : {"450.80.02", "470.82.01", "535.54.03", "575.51.03", "595.1"}) {
        // K80, M4000, V100, T4, A100, H100 and GeForce RTX 5090
        for (const int card : {0x102d, 0x13f1, 0x1db1, 0x1eb8, 0x20b0, 0x2330, 0x2b85}) {
            for (const std::string python : {"3.6", "3.8", "3.11", "3.14"}) {
                on(driver, static_cast<std::uint16_t>(card));
                for (const std::string& torch : installed) {
                    for (const std::string& command : for_torch(python, torch).commands) {
                        const auto [release, moniker] = pair_in(command);
                        told += 1;
                        EXPECT_TRUE(!release.empty() && is_made(release, moniker, python))
                            << driver << ' ' << card << ' ' << python << ' ' << torch << ": "
                            << command;
                    }
                }
            }
        }
    }
    EXPECT_GT(told, 100);
}

// What is advised for that card has no build for Python 3.9, and an older release has.
TEST_F(RightTorch, IsAnOlderReleaseForAnOlderPython) {
    const model::Fix fix = on("580.65.06", 0x20b0).for_torch("3.9", "");  // A100

    EXPECT_THAT(fix.commands, ElementsAre(HasSubstr("torch==2.8.0+cu129 ")));
}

TEST_F(RightTorch, OfNoBuildForAPythonNamesOthers) {
    const model::Fix old_driver = on("470.256.02", 0x1eb8).for_torch("3.14", "");  // T4
    EXPECT_THAT(old_driver.commands, IsEmpty());
    EXPECT_EQ(old_driver.text,
              "no torch for this driver and card has a build for Python 3.14; take a Python "
              "3.9-3.13, which torch 2.7 has");

    const model::Fix new_card = on("575.51.03", 0x2b85).for_torch("3.8", "");  // GeForce RTX 5090
    EXPECT_THAT(new_card.commands, IsEmpty());
    EXPECT_THAT(new_card.text, HasSubstr("for Python 3.8; take a Python 3.10-3.14"));
}

// There may be a build by now.
TEST_F(RightTorch, ForANewerPythonThanTheDataKnowsIsTried) {
    const model::Fix fix = on("580.65.06", 0x20b0).for_torch("3.15", "");

    EXPECT_THAT(fix.commands,
                ElementsAre(HasSubstr("--force-reinstall torch --index-url "
                                      "https://download.pytorch.org/whl/cu130")));
}

}  // namespace
}  // namespace envkeep::gpu
