// SPDX-License-Identifier: MIT
#include "engine/installed_deb.hpp"
#include "engine/loader.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

TEST(ControlOf, IsTheParagraphWithoutWhatIsOnlyDpkgs) {
    constexpr std::string_view status =
        "Package: a\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n\n"
        "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n"
        "Conffiles:\n /etc/a 1234\n /etc/b 5678 obsolete\nDescription: x\n and more\n .\n end\n\n"
        "Package: b\nArchitecture: amd64\n";

    EXPECT_EQ(control_of(status, "a", "amd64"),
              "Package: a\nArchitecture: amd64\nVersion: 2\nDescription: x\n and more\n .\n end\n");
    EXPECT_EQ(control_of(status, "b", "amd64"), "Package: b\nArchitecture: amd64\n");
    EXPECT_EQ(control_of(status, "c", "amd64"), "");
}

TEST(Loader, IsConcernedByLibrariesInItsFolders) {
    EXPECT_TRUE(concerns_loader("usr/lib/x86_64-linux-gnu/libjq.so.1"));
    EXPECT_TRUE(concerns_loader("usr/local/lib/libx.so"));
    EXPECT_TRUE(concerns_loader("etc/ld.so.conf.d/x.conf"));
    EXPECT_FALSE(concerns_loader("usr/lib/python3/dist-packages/x.so"));
    EXPECT_FALSE(concerns_loader("usr/local/lib/x.txt"));
    EXPECT_FALSE(concerns_loader("root/lib/libx.so"));
}

}  // namespace
}  // namespace envkeep::engine
