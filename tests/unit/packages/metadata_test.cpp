// SPDX-License-Identifier: MIT
#include "packages/metadata.hpp"

#include "envkeep/packages/inventory.hpp"
#include "packages/readers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;

TEST(HeaderField, StopsAtTheBlankLine) {
    EXPECT_EQ(header_field("Metadata-Version: 2.1\nname:  Foo \n\nVersion: 1\n", "Name"), "Foo");
    EXPECT_EQ(header_field("Name: Foo\n\nVersion: 1\n", "Version"), "");
    EXPECT_EQ(header_field("Name: Foo\r\nVersion: 1\r\n\r\n", "Version"), "1");
    EXPECT_EQ(header_field("Namespace: x\nName", "Name"), "");
}

TEST(FromFolderName, TellsNameAndVersion) {
    EXPECT_EQ(from_folder_name("einops-0.8.0.dist-info"), (NameAndVersion{"einops", "0.8.0"}));
    EXPECT_EQ(from_folder_name("torch-2.1.1+cu121.dist-info"),
              (NameAndVersion{"torch", "2.1.1+cu121"}));
    EXPECT_EQ(from_folder_name("six-1.16-py3.11.egg"), (NameAndVersion{"six", "1.16"}));
    EXPECT_EQ(from_folder_name("mylib.egg-info"), (NameAndVersion{"mylib", ""}));
    EXPECT_EQ(from_folder_name(".dist-info"), (NameAndVersion{"", ""}));
}

TEST(Scrubbed, TakesOutWhatLetsOneIn) {
    EXPECT_EQ(scrubbed("https://user:secret@host/a@b?token=1#egg=x"), "https://host/a@b#egg=x");
    EXPECT_EQ(scrubbed("https://ghp_token@github.com/a/b"), "https://github.com/a/b");
    EXPECT_EQ(scrubbed("ssh://git@github.com/a/b"), "ssh://git@github.com/a/b");
    EXPECT_EQ(scrubbed("git+ssh://git:pw@github.com/a"), "git+ssh://github.com/a");
    EXPECT_EQ(scrubbed("https://conda.host/t/tk-123/channel/linux-64/x.conda"),
              "https://conda.host/channel/linux-64/x.conda");
    EXPECT_EQ(scrubbed("https://host/a/t/b"), "https://host/a/t/b");
    EXPECT_EQ(scrubbed("git@github.com:a/b"), "git@github.com:a/b");
    EXPECT_EQ(scrubbed("file:///a b"), "file:///a b");
    EXPECT_EQ(scrubbed("https://u:p@host"), "https://host");
    EXPECT_EQ(scrubbed("https://a#x?y@z"), "https://a#x?y@z");
}

TEST(Normalised, IsAsPep503Says) {
    EXPECT_EQ(normalised("Foo.-_Bar"), "foo-bar");
    EXPECT_EQ(normalised("ruamel.yaml"), "ruamel-yaml");
}

TEST(DpkgStatus, TellsWhatIsThereAndHow) {
    const AptPackages found = parse_dpkg_status(
        "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n"
        "Conffiles:\n /etc/x 123\n Package: fooled\n\n"
        "Package: htop\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 3.0\n\n"
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: i386\nVersion: 1.2\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
        "Package: tree\r\nStatus: install ok unpacked\r\nArchitecture: amd64\r\nVersion: 2\r\n\r\n"
        "Package: adduser\nStatus: install ok installed\nArchitecture: all\nVersion: 3.1",
        "Package: dpkg\nArchitecture: amd64\nAuto-Installed: 0\n\n"
        "Package: adduser\nArchitecture: amd64\nAuto-Installed: 1\n");

    ASSERT_EQ(found.packages.size(), 5U);
    EXPECT_EQ(found.packages[0].asked, Asked::asked_for);
    EXPECT_TRUE(found.packages[1].is_held);
    EXPECT_EQ(found.packages[2].name, "zlib1g:i386");
    EXPECT_EQ(found.packages[3].version, "2");
    EXPECT_EQ(found.packages[4].asked, Asked::brought_along);
    EXPECT_THAT(found.notes,
                ElementsAre(Note{.kind = NoteKind::half_installed,
                                 .domain = Domain::apt,
                                 .name = "tree",
                                 .detail = "unpacked"}));
}

TEST(Libc, SaysItsVersionAndMachine) {
    EXPECT_EQ(libc_version_in("x GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release "
                              "version 2.36.\nCopyright"),
              "2.36");
    EXPECT_EQ(libc_version_in("GNU C Library"), "");
    const std::string head = std::string("\x7f") + "ELF\x02\x01\x01" + std::string(9, '\0') +
                             std::string("\x03\x00\xb7\x00", 4);
    EXPECT_EQ(machine_in_elf(head), "aarch64");
    EXPECT_EQ(machine_in_elf("#!/bin/sh and so on, for long"), "");
}

}  // namespace
}  // namespace envkeep::packages
