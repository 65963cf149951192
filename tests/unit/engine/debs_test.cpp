// SPDX-License-Identifier: MIT
#include "engine/installed_deb.hpp"
#include "engine/loader.hpp"
#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

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

// A folder stands for "/", with one package that is installed.
class InstalledDebsOfAMachine : public ::testing::Test {
  protected:
    InstalledDebsOfAMachine() {
        tree_
            .file("var/lib/dpkg/status",
                  "Package: tool\nStatus: install ok installed\nArchitecture: amd64\n"
                  "Version: 1\nDescription: x\n")
            .file("var/lib/dpkg/info/tool.list", "/.\n/etc\n/etc/tool.conf\n/usr\n/usr/tool.bin\n")
            .file("etc/tool.conf", "level = 3\n")
            .file("usr/tool.bin", "program");
    }

    Result<snapshot::DebContent> content() {
        posix::Files files = posix::Files::captured(tree_.path()).value();
        InstalledDebs debs = InstalledDebs::read(files, scope_).value();
        return debs.content_of(
            {.domain = packages::Domain::apt, .name = "tool", .version = "1", .build = "amd64"});
    }

    std::vector<std::string> paths() {
        std::vector<std::string> paths;
        const snapshot::DebContent whole = content().value();
        for (const snapshot::DebEntry& one : whole.data) {
            paths.push_back(one.entry.path);
        }
        return paths;
    }

    testing::TempTree tree_;
    snapshot::Scope scope_{.home = "root"};
};

TEST_F(InstalledDebsOfAMachine, HoldAllThatIsListed) {
    EXPECT_THAT(paths(),
                ::testing::ElementsAre("./etc", "./etc/tool.conf", "./usr", "./usr/tool.bin"));
}

TEST_F(InstalledDebsOfAMachine, AreRefusedWithASecretUnlessItWasAskedFor) {
    tree_.file("etc/tool.conf", "proxy = http://me:password@host\n").mode("etc/tool.conf", 0640);

    EXPECT_EQ(content().error().message, "'/etc/tool.conf' holds a secret");
    scope_.with_secrets = true;
    EXPECT_TRUE(content().has_value());
}

TEST_F(InstalledDebsOfAMachine, LackWhatTheManifestExcludes) {
    scope_.excluded = {"*.bin"};

    EXPECT_THAT(paths(), ::testing::ElementsAre("./etc", "./etc/tool.conf", "./usr"));
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
