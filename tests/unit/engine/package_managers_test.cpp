// SPDX-License-Identifier: MIT
#include "engine/package_managers.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

std::string_view manager_of(std::string words) {
    std::ranges::replace(words, ' ', '\0');
    static std::string kept;
    kept = std::move(words) + '\0';
    return package_manager_of(kept);
}

TEST(PackageManagerOf, KnowsWhatChangesAnEnvironment) {
    EXPECT_EQ(manager_of("/usr/bin/python3.11 -m pip install torch"), "pip");
    EXPECT_EQ(manager_of("/usr/bin/python3 /root/.local/bin/pip3.11 uninstall x"), "pip");
    EXPECT_EQ(manager_of("apt-get -y install htop"), "apt-get");
    EXPECT_EQ(manager_of("/usr/bin/dpkg --status-fd 15 --unpack x.deb"), "dpkg");
    EXPECT_EQ(manager_of("node /usr/bin/npm install -g typescript"), "npm");
    EXPECT_EQ(manager_of("/opt/conda/bin/python /opt/conda/bin/conda create -n x"), "conda");
    EXPECT_EQ(manager_of("uv pip install x"), "uv");
}

TEST(PackageManagerOf, PassesOverWhatOnlyAsksAndAllElse) {
    EXPECT_EQ(manager_of("pip list"), "");
    EXPECT_EQ(manager_of("apt-get update"), "");
    EXPECT_EQ(manager_of("python3 train.py install"), "");
    EXPECT_EQ(manager_of("python3 -m jupyter lab"), "");
    EXPECT_EQ(manager_of("vim pip"), "");
    EXPECT_EQ(manager_of(""), "");
}

TEST(IsInInnerContainer, GoesByThePidsThatAProcessHas) {
    EXPECT_TRUE(is_in_inner_container("Name:\tpip\nNSpid:\t4711\t12\nNSpgid:\t1\n"));
    EXPECT_FALSE(is_in_inner_container("Name:\tpip\nNSpid:\t4711\nNSpgid:\t1\n"));
    EXPECT_FALSE(is_in_inner_container("Name:\tpip\n"));
}

}  // namespace
}  // namespace envkeep::engine
