// SPDX-License-Identifier: MIT
#include "envkeep/packages/inventory.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// This machine's own packages, as its package managers name them.
namespace envkeep::packages {
namespace {

struct Close {
    void operator()(std::FILE* stream) const { ::pclose(stream); }
};

// Sorted lines of what a command prints.
std::vector<std::string> output_of(const char* command) {
    std::vector<std::string> lines;
    const std::unique_ptr<std::FILE, Close> stream(::popen(command, "r"));
    std::array<char, 4096> line{};
    while (stream != nullptr && std::fgets(line.data(), line.size(), stream.get()) != nullptr) {
        lines.emplace_back(line.data());
        lines.back().erase(lines.back().find_last_not_of('\n') + 1);
    }
    std::ranges::sort(lines);
    return lines;
}

Inventory this_machine() {
    posix::Files files;
    const posix::Machine machine(posix::environment());
    return take_inventory({.home = "/root"}, files, machine).value();
}

bool has(const char* program) {
    return std::filesystem::exists(program);
}

TEST(ThisMachine, HasWhatDpkgQuerySays) {
    ASSERT_TRUE(has("/usr/bin/dpkg-query"));
    std::vector<std::string> ours;
    for (const Package& package : this_machine().packages) {
        if (package.domain == Domain::apt) {
            const std::string name = package.name.substr(0, package.name.find(':'));
            ours.push_back(name + ' ' + package.version + ' ' + package.build);
        }
    }
    std::ranges::sort(ours);

    EXPECT_EQ(ours,
              output_of("dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} "
                        "${Architecture}\\n' | grep -v -e ^config-files -e ^not-installed | "
                        "cut -d ' ' -f 2-"));
}

TEST(ThisMachine, HasAskedForWhatAptMarkSays) {
    ASSERT_TRUE(has("/usr/bin/apt-mark"));
    std::vector<std::string> ours;
    for (const Package& package : this_machine().packages) {
        if (package.domain == Domain::apt && package.asked == Asked::asked_for) {
            ours.push_back(package.name);
        }
    }
    std::ranges::sort(ours);

    EXPECT_EQ(ours, output_of("apt-mark showmanual"));
}

TEST(ThisMachine, HasWhatImportlibSaysOfDebiansPython) {
    ASSERT_TRUE(has("/usr/bin/python3"));
    ASSERT_TRUE(has("/usr/lib/python3/dist-packages"));
    std::vector<std::string> ours;
    for (const Package& package : this_machine().packages) {
        if (package.place == "/usr/lib/python3/dist-packages") {
            ours.push_back(package.name + ' ' + package.version);
        }
    }
    std::ranges::sort(ours);

    EXPECT_EQ(ours,
              output_of("/usr/bin/python3 -c 'import re, importlib.metadata as m\n"
                        "for d in m.distributions(path=[\"/usr/lib/python3/dist-packages\"]):\n"
                        "    print(re.sub(r\"[-_.]+\", \"-\", d.metadata[\"Name\"]).lower(), "
                        "d.version)'"));
}

TEST(ThisMachine, HasWhatDpkgAndTheLoaderSayOfTheBase) {
    ASSERT_TRUE(has("/usr/bin/getconf"));
    const Base base = this_machine().base;

    EXPECT_EQ(base.libc, output_of("getconf GNU_LIBC_VERSION | tr ' ' -").at(0));
    EXPECT_EQ(base.machine, output_of("uname -m").at(0));
}

TEST(ThisMachine, HasWhatNpmKeepsInItsFolder) {
    // Not among the packages that the build installs; simulator.npm_snapshot has a root with npm.
    if (!has("/usr/lib/node_modules/npm/package.json")) {
        GTEST_SKIP() << "there is no npm in /usr/lib/node_modules";
    }
    const std::vector<Package> packages = this_machine().packages;

    const auto npm = std::ranges::find_if(packages, [](const Package& package) {
        return package.place == "/usr/lib/node_modules" && package.name == "npm";
    });
    ASSERT_NE(npm, packages.end());
    EXPECT_EQ(npm->version,
              output_of("sed -n 's/^  \"version\": \"\\(.*\\)\".*/\\1/p' "
                        "/usr/lib/node_modules/npm/package.json")
                  .at(0));
}

}  // namespace
}  // namespace envkeep::packages
