// SPDX-License-Identifier: MIT
#include "engine/reinstall.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using packages::Asked;
using packages::Domain;
using packages::Package;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string site = "/usr/local/lib/python3.11/dist-packages";

class Reinstall : public ::testing::Test {
  protected:
    Reinstall() { lock.base.runtimes = {{"python", "/usr/bin/python3.11", "3.11", "cpython-311"}}; }

    Package python(std::string name, std::string version, Asked asked = Asked::asked_for) {
        return {.domain = Domain::python,
                .place = site,
                .name = std::move(name),
                .version = std::move(version),
                .asked = asked,
                .installer = "pip"};
    }

    std::vector<std::string> commands(std::vector<Package> lost) {
        return reinstall_commands(
            {.lock = lock,
             .lost = std::move(lost),
             .now = now,
             .is_here = [&](const std::string& path) { return files.contains(path); }});
    }

    packages::Inventory lock;
    packages::Base now;
    std::set<std::string> files;
};

TEST_F(Reinstall, PinsWhatWasAskedForAndNamesItsIndex) {
    now.runtimes = lock.base.runtimes;

    EXPECT_THAT(commands({python("einops", "0.8.0"),
                          python("numpy", "2.0", Asked::brought_along),
                          python("torch", "2.3.1+cu121")}),
                ElementsAre("/usr/bin/python3.11 -m pip install --extra-index-url "
                            "https://download.pytorch.org/whl/cu121 einops==0.8.0 "
                            "torch==2.3.1+cu121"));
}

TEST_F(Reinstall, TakesTheNewestInterpreterOfThePlaceWhereThatOneIsGone) {
    now.runtimes = {{"python", "/opt/bin/python3.14", "3.14", ""},
                    {"python", "/usr/bin/python3.9", "3.9", ""},
                    {"python", "/usr/bin/python3.13", "3.13", ""}};
    files = {"/usr/lib/python3.13/EXTERNALLY-MANAGED"};

    EXPECT_THAT(commands({python("einops", "0.8.0")}),
                ElementsAre("/usr/bin/python3.13 -m pip install --break-system-packages "
                            "einops==0.8.0"));
}

TEST_F(Reinstall, HasACommandForEachKind) {
    EXPECT_THAT(
        commands({{.domain = Domain::apt, .name = "htop", .asked = Asked::asked_for},
                  {.domain = Domain::apt, .name = "libx", .asked = Asked::brought_along},
                  {.domain = Domain::conda, .place = "/opt/env", .name = "x", .version = "1"},
                  {.domain = Domain::npm, .place = "/n", .name = "@a/b", .version = "1.0.0"},
                  {.domain = Domain::r, .place = "/r", .name = "dplyr", .version = "1.1"}}),
        ElementsAre("apt-get install -y htop",
                    "conda create -y -p /opt/env x=1",
                    "npm install -g @a/b@1.0.0",
                    R"(Rscript -e 'install.packages(c('\''dplyr'\''))')"));
}

TEST_F(Reinstall, NamesTheFolderOfALinkedModule) {
    EXPECT_THAT(commands({{.domain = Domain::npm,
                           .place = "/n",
                           .name = "mine",
                           .version = "0.1.0",
                           .url = "file:///root/mine",
                           .is_editable = true}}),
                ElementsAre("npm install -g /root/mine"));
}

TEST_F(Reinstall, HasNoneForWhatNobodyAskedFor) {
    EXPECT_THAT(commands({python("numpy", "2.0", Asked::brought_along)}), IsEmpty());
}

}  // namespace
}  // namespace envkeep::engine
