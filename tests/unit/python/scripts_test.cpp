// SPDX-License-Identifier: MIT
#include "envkeep/python/scripts.hpp"

#include "unit/python/captured.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;

TEST(Shebang, NamesTheInterpreter) {
    EXPECT_EQ(parse_shebang("#!/root/venv/bin/python\nimport sys\n"),
              (Shebang{.interpreter = "/root/venv/bin/python", .argument = ""}));
    EXPECT_EQ(parse_shebang("#! /usr/bin/python3 -sE\r\n"),
              (Shebang{.interpreter = "/usr/bin/python3", .argument = "-sE"}));
    EXPECT_EQ(parse_shebang("#!/usr/bin/env python3\n"),
              (Shebang{.interpreter = "python3", .argument = ""}));
    EXPECT_EQ(parse_shebang("#!/usr/bin/env -S python3 -I\n"),
              (Shebang{.interpreter = "python3", .argument = "-I"}));
    EXPECT_EQ(parse_shebang("\x7f"
                            "ELF"),
              std::nullopt);
    EXPECT_EQ(parse_shebang("#!"), std::nullopt);
    EXPECT_EQ(parse_shebang("#!/usr/bin/env -S\n"), std::nullopt);
    EXPECT_EQ(parse_shebang(""), std::nullopt);
}

TEST(Shebang, OfALongPathStandsBehindTheShells) {
    EXPECT_EQ(parse_shebang("#!/bin/sh\n'''exec' /a/long/bin/python \"$0\" \"$@\"\n' '''\n"),
              (Shebang{.interpreter = "/a/long/bin/python", .argument = ""}));
    EXPECT_EQ(parse_shebang("#!/bin/sh\n'''exec' \"/a b/bin/python\" \"$0\" \"$@\"\n' '''\n"),
              (Shebang{.interpreter = "/a b/bin/python", .argument = ""}));
    EXPECT_EQ(parse_shebang("#!/bin/sh\necho\n"),
              (Shebang{.interpreter = "/bin/sh", .argument = ""}));
}

class PythonScripts : public Captured {};

TEST_F(PythonScripts, AreThoseThatAPythonRuns) {
    tree.file("bin/pip", "#!/usr/local/bin/python3.9\n")
        .file("bin/ls",
              "\x7f"
              "ELF")
        .file("bin/sh-script", "#!/bin/sh\n")
        .file("bin/torchrun", "#!/opt/conda/bin/python\n")
        .link("bin/pip3", "pip")
        .folder("bin/folder");
    Folders folders(machine());

    std::vector<std::string> told;
    for (const Script& script : python_scripts_in(folders, "/bin")) {
        told.push_back(script.path + ' ' + script.shebang.interpreter);
    }
    EXPECT_THAT(
        told,
        ElementsAre("/bin/pip /usr/local/bin/python3.9", "/bin/torchrun /opt/conda/bin/python"));
}

}  // namespace
}  // namespace envkeep::python
