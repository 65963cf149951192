// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/image.hpp"

#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

class Fingerprint : public ::testing::Test {
  protected:
    [[nodiscard]] std::string print(WallTime container_began = WallTime::max()) const {
        auto files = posix::Files::captured(tree_.path()).value();
        return image_fingerprint(container_began,
                                 {{"opt/venv/lib/python3.11/site-packages", "-info"},
                                  {"usr/local/lib/node_modules/typescript", "package.json"}},
                                 files)
            .value();
    }

    envkeep::testing::TempTree tree_;
};

TEST_F(Fingerprint, TellsImagesApartByWhatTheyBringInAnyOfTheTellingFolders) {
    tree_.file("opt/venv/lib/python3.11/site-packages/torch-2.0.dist-info/METADATA", "x");
    const std::string one = print();
    EXPECT_EQ(print(), one);

    tree_.folder("opt/venv/lib/python3.11/site-packages/numpy-2.0.dist-info");
    const std::string other = print();
    EXPECT_NE(other, one);

    tree_.file("usr/local/lib/node_modules/typescript/package.json", "{}");
    EXPECT_NE(print(), other);
}

TEST_F(Fingerprint, TakesNothingThatTheSessionInstalled) {
    tree_.folder("opt/venv/lib/python3.11/site-packages/torch-2.0.dist-info");

    EXPECT_EQ(print(WallTime{}), [&] {
        tree_.remove("opt");
        return print(WallTime{});
    }());
}

}  // namespace
}  // namespace envkeep::snapshot
