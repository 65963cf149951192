// SPDX-License-Identifier: MIT
#include "envkeep/packages/image_names.hpp"

#include "captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class TellingNames : public Captured {
  protected:
    auto names() {
        auto files = posix::Files::captured(tree.path());
        auto pointers = variables();
        auto machine = posix::Machine::captured(tree.path(), pointers.data());
        return telling_names("/root", files.value(), machine.value()).value();
    }
};

TEST_F(TellingNames, AreThoseOfEveryPlaceOfPackages) {
    tree.folder("usr/lib/python3.11/dist-packages")
        .file("opt/venv/pyvenv.cfg")
        .folder("opt/venv/lib/python3.12/site-packages")
        .folder("root/miniconda3/conda-meta")
        .folder("usr/lib/node_modules/npm")
        .folder("usr/lib/node_modules/@scope/tool");

    EXPECT_THAT(names(),
                ElementsAre(Pair("opt/venv/lib/python3.12/site-packages", "-info"),
                            Pair("root/miniconda3/conda-meta", ".json"),
                            Pair("usr/lib/node_modules/@scope/tool", "package.json"),
                            Pair("usr/lib/node_modules/npm", "package.json"),
                            Pair("usr/lib/python3.11/dist-packages", "-info")));
}

TEST_F(TellingNames, AreTheSameInEveryShell) {
    tree.file("workspace/env/pyvenv.cfg").folder("workspace/env/lib/python3.12/site-packages");
    const auto without = names();
    variable("VIRTUAL_ENV", "/workspace/env");

    EXPECT_EQ(names(), without);
    EXPECT_TRUE(without.empty());
}

}  // namespace
}  // namespace envkeep::packages
