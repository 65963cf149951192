// SPDX-License-Identifier: MIT
#include "library_machine.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// Builds of torch that the data does not know, and what more is looked into with --deep.
namespace envkeep::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using testing::LibraryMachine;

const std::string its_python = image_site + "/torch/lib/libtorch_python.so";

std::vector<model::Finding> findings_of(LibraryMachine& machine, bool is_deep = true) {
    Surroundings surroundings = machine.written();
    surroundings.searches_all = is_deep;
    const Facts facts = observe(posix::Inspector::captured(machine.root()).value(), surroundings);
    return diagnose(facts, built_in_compat_data()).findings;
}

std::vector<std::string> ids_of(LibraryMachine& machine, bool is_deep = true) {
    std::vector<std::string> ids;
    for (const model::Finding& finding : findings_of(machine, is_deep)) {
        if (finding.severity > model::Severity::info) {
            ids.push_back(finding.id);
        }
    }
    return ids;
}

// torch of that version, whose libtorch_python.so is one of made_libraries.cmake.
void put_torch(LibraryMachine& machine, const std::string& version, const std::string& targets) {
    machine.torch_of("torch_wheel", version);
    machine.put({{its_python, targets + "/libtorch_python.so"}});
}

TEST(AnUnknownTorch, WithoutCodeForAnOldCardIsTold) {
    LibraryMachine machine;
    put_torch(machine, "2.99.0+cu121", "targets_new");
    machine.card("0000:00:05.0", "0x13f1");

    EXPECT_THAT(ids_of(machine, false), IsEmpty()) << "nothing is read of it";
    EXPECT_THAT(ids_of(machine), ElementsAre("torch-arch-old-gpu"));
    EXPECT_THAT(findings_of(machine)[0].evidence,
                Contains("it has code for sm_75 sm_80 sm_90a compute_90, as its "
                         "libtorch_python.so says"));
}

TEST(AnUnknownTorch, WithoutCodeForANewCardIsTold) {
    LibraryMachine machine;
    put_torch(machine, "2.99.0+cu121", "targets_old");
    machine.card("0000:00:05.0", "0x20b0");

    EXPECT_THAT(ids_of(machine), ElementsAre("torch-arch-new-gpu"));
    put_torch(machine, "2.99.0+cu121", "targets_new");
    EXPECT_THAT(ids_of(machine), IsEmpty());
}

TEST(AnUnknownTorch, WithoutCodeForKeplerIsTold) {
    LibraryMachine machine;
    put_torch(machine, "2.99.0+cu121", "targets_old");
    machine.card("0000:00:05.0", "0x102d").driver("470.82.01");

    EXPECT_THAT(ids_of(machine), Contains("torch-kepler"));
}

// Whoever built it: the library knows.
TEST(AnUnknownTorch, OfAnotherBuilderIsBelieved) {
    LibraryMachine machine;
    machine.card("0000:00:05.0", "0x13f1");
    put_torch(machine, "2.4.1a0+gitee1b680", "targets_old");
    EXPECT_THAT(ids_of(machine), IsEmpty());

    put_torch(machine, "2.4.1a0+gitee1b680", "targets_new");
    EXPECT_THAT(ids_of(machine), ElementsAre("torch-arch-old-gpu"));
}

TEST(AnUnknownTorch, ThatSaysNothingIsNotSuspected) {
    for (const std::string targets : {"targets_single", "torch_wheel"}) {
        LibraryMachine machine;
        put_torch(machine, "2.99.0+cu121", targets);
        machine.card("0000:00:05.0", "0x13f1");

        EXPECT_THAT(ids_of(machine), IsEmpty()) << targets;
    }
}

// What PyTorch published is told by the data.
TEST(AKnownTorch, IsNotRead) {
    LibraryMachine machine;
    put_torch(machine, "2.4.1+cu121", "targets_new");
    machine.card("0000:00:05.0", "0x13f1");

    EXPECT_THAT(ids_of(machine), IsEmpty());
}

TEST(LibrariesOfManyNotebooks, AreLookedIntoWhereMoreIsAsked) {
    LibraryMachine machine;
    machine.file("/proc/100/cmdline", std::string("/usr/bin/python3\0/usr/bin/jupyter-lab", 38))
        .file("/proc/100/environ", "PATH=/usr/bin:/bin");
    for (const std::string number : {"1", "2", "3", "4", "5"}) {
        machine.file("/usr/local/share/jupyter/kernels/k" + number + "/kernel.json",
                     R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"], "env": )"
                     R"({"LD_PRELOAD": "/none)" +
                         number + R"(.so"}, "language": "python"})");
    }
    Surroundings surroundings = machine.written();
    const posix::Inspector inspector = posix::Inspector::captured(machine.root()).value();
    const auto broken = [](const Facts& facts) {
        return std::ranges::count_if(facts.python.notebooks, [](const NotebookPython& one) {
            return !one.libraries.broken_preloads.empty();
        });
    };

    const Facts some = observe(inspector, surroundings);
    ASSERT_EQ(some.python.notebooks.size(), 6);
    EXPECT_EQ(broken(some), 3);
    EXPECT_THAT(some.python.not_looked_into,
                ElementsAre("libraries of kernel k4", "libraries of kernel k5"));

    surroundings.searches_all = true;
    const Facts all = observe(inspector, surroundings);
    EXPECT_EQ(broken(all), 5);
    EXPECT_THAT(all.python.not_looked_into, IsEmpty());
}

TEST(ManyNotebooks, BeyondTheMostAreSaidToBeLeftOut) {
    LibraryMachine machine;
    machine.file("/proc/100/cmdline", std::string("/usr/bin/python3\0/usr/bin/jupyter-lab", 38))
        .file("/proc/100/environ", "PATH=/usr/bin:/bin");
    for (int number = 10; number < 31; ++number) {
        const std::string text = std::to_string(number);
        machine.file("/usr/local/share/jupyter/kernels/k" + text + "/kernel.json",
                     R"({"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"], "env": )"
                     R"({"CUDA_VISIBLE_DEVICES": ")" +
                         text + R"("}, "language": "python"})");
    }
    Surroundings surroundings = machine.written();
    surroundings.searches_all = true;

    const Facts facts = observe(posix::Inspector::captured(machine.root()).value(), surroundings);

    EXPECT_EQ(facts.python.notebooks.size(), 20);
    EXPECT_THAT(facts.python.not_looked_into, ElementsAre("kernel k29", "kernel k30"));
}

}  // namespace
}  // namespace envkeep::gpu
