// SPDX-License-Identifier: MIT
#include "envkeep/python/module_path.hpp"

#include "envkeep/posix/inspector.hpp"
#include "envkeep/python/folders.hpp"
#include "support/temp_tree.hpp"
#include "unit/python/real_python.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> texts_of(const ModulePath& path) {
    std::vector<std::string> texts;
    for (const PathEntry& entry : path.entries) {
        texts.push_back(entry.text);
    }
    return texts;
}

// What a launch needs to be without effect from outside.
Launch quiet(const testing::TempTree& tree) {
    return {.arguments = {},
            .variables = {{"HOME", tree / "home"}, {"PATH", "/usr/bin"}},
            .working_folder = tree / "work",
            .passwd_home = "/root"};
}

// Fills the site folders of every version that a test may meet.
void fill_user_site(testing::TempTree& tree, const std::string& base, const std::string& version) {
    const std::string site = base + "/lib/python" + version + "/site-packages/";
    tree.folder(site + "extra")
        .folder(site + "more")
        .file(site + "zip.egg")
        .file(site + "b.pth", "extra\r\n\n# none\nextra\nnot-there\nimport sys\nmore  \n")
        .file(site + "a.pth", (tree / "other") + "\n./zip.egg\n../site-packages\n/\n")
        .file(site + ".hidden.pth", tree / "hidden")
        .file(site + "no.pth.txt", tree / "work");
}

class RealModulePath : public ::testing::Test {
  protected:
    RealModulePath() {
        tree.folder("work/rel").folder("other").folder("hidden").folder("home").folder("path");
        for (const std::string version : {"3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"}) {
            fill_user_site(tree, "home/.local", version);
            fill_user_site(tree, "base", version);
        }
    }

    void expect_truth(const std::string& program, const Launch& launch) {
        SCOPED_TRACE(program + ' ' + ::testing::PrintToString(launch.arguments) +
                     ::testing::PrintToString(launch.variables));
        std::vector<std::string> truth =
            printed_by(program, launch, "import sys\nfor p in sys.path: print(p)");
        Launch started = launch;
        started.arguments.insert(started.arguments.end(), {"-c", "..."});
        const posix::Inspector machine;
        Folders folders(machine);

        const Environment environment = folders.environment_of(program);
        const ModulePath path = module_path(folders, environment, started);

        EXPECT_EQ(texts_of(path), truth);
        EXPECT_THAT(path.unread, IsEmpty());
    }

    void expect_truth_in_all_ways(const std::string& program) {
        const Launch plain = quiet(tree);
        for (const std::string arguments : {"", "-s", "-S", "-E", "-I", "-sE", "-B -W ignore -s"}) {
            Launch launch = plain;
            for (std::size_t at = 0; at < arguments.size();) {
                const std::size_t end = std::min(arguments.find(' ', at), arguments.size());
                launch.arguments.push_back(arguments.substr(at, end - at));
                at = end + 1;
            }
            launch.variables["PYTHONPATH"] =
                ":rel:" + (tree / "path/../path//") + ":/none:" + (tree / "path");
            expect_truth(program, launch);
        }
        for (const auto& [name, value] :
             std::vector<std::pair<std::string, std::string>>{{"PYTHONNOUSERSITE", "1"},
                                                              {"PYTHONNOUSERSITE", ""},
                                                              {"PYTHONNOUSERSITE", "0"},
                                                              {"PYTHONNOUSERSITE", " -00"},
                                                              {"PYTHONNOUSERSITE", "0 "},
                                                              {"PYTHONNOUSERSITE", "-"},
                                                              {"PYTHONNOUSERSITE", "no"},
                                                              {"PYTHONSAFEPATH", "0"},
                                                              {"PYTHONUSERBASE", tree / "base"},
                                                              {"PYTHONUSERBASE", "../base"},
                                                              {"PYTHONSAFEPATH", "1"},
                                                              {"VIRTUAL_ENV", "/none"},
                                                              {"HOME", (tree / "home") + "//"}}) {
            Launch launch = plain;
            launch.variables[name] = value;
            expect_truth(program, launch);
        }
    }

    testing::TempTree tree;
};

TEST_F(RealModulePath, IsThatOfEveryInterpreterHere) {
    ASSERT_THAT(real_pythons(), ::testing::Contains("/usr/bin/python3"));
    for (const std::string& program : real_pythons()) {
        expect_truth_in_all_ways(program);
    }
}

TEST_F(RealModulePath, IsThatOfVirtualEnvironments) {
    int number = 0;
    for (const std::string& program : real_pythons()) {
        const std::string folder = tree / ("venv" + std::to_string(++number));
        make_virtual(program, folder);
        Launch launch = quiet(tree);
        expect_truth(folder + "/bin/python", launch);
        launch.variables["PYTHONPATH"] = "rel::" + folder;
        launch.arguments = {"-s"};
        expect_truth(folder + "/bin/python", launch);
    }
}

TEST_F(RealModulePath, IsThatOfVirtualEnvironmentsWithSystemSites) {
    int number = 0;
    for (const std::string& program : real_pythons()) {
        const std::string plain = tree / ("venv" + std::to_string(++number));
        make_virtual(program, plain, {"--system-site-packages"});
        expect_truth(plain + "/bin/python3", quiet(tree));
        const std::string copied = tree / ("copied" + std::to_string(number));
        make_virtual(program, copied, {"--copies", "--system-site-packages"});
        expect_truth(copied + "/bin/python3", quiet(tree));
    }
}

TEST_F(RealModulePath, IsThatOfAVirtualEnvironmentWithPathFilesAndAnOldHome) {
    make_virtual("/usr/bin/python3", tree / "venv");
    const posix::Inspector machine;
    const Environment environment = Folders(machine).environment_of(tree / "venv/bin/python");
    tree.file("venv/lib/" + environment.library_name() + "/site-packages/x.pth",
              "../../../../other");
    expect_truth(tree / "venv/bin/python", quiet(tree));

    for (const std::string home : {"/gone/bin", "/usr/local/gone/bin", ""}) {
        tree.file("venv/pyvenv.cfg", "home = " + home + "\nInclude-System-Site-Packages=TRUE\n");
        expect_truth(tree / "venv/bin/python", quiet(tree));
    }
    tree.file("venv/pyvenv.cfg", "");
    expect_truth(tree / "venv/bin/python", quiet(tree));
}

TEST_F(RealModulePath, FollowsPythonHome) {
    for (const std::string& program : real_pythons()) {
        const posix::Inspector machine;
        const Environment environment = Folders(machine).environment_of(program);
        Launch launch = quiet(tree);
        launch.variables["PYTHONHOME"] = environment.base_prefix + ':' + environment.base_prefix;
        expect_truth(program, launch);
    }
}

// However many lines lead nowhere, and however much they hold that is no line.
TEST_F(RealModulePath, ReadsPathFilesUpToALimit) {
    const Launch launch = quiet(tree);
    const posix::Inspector machine;
    const Environment environment = Folders(machine).environment_of(real_pythons().front());
    const auto unread = [&](const std::string& text) {
        Launch with_site = launch;
        with_site.variables["PYTHONUSERBASE"] = tree / "big";
        for (int i = 10; i < 40; ++i) {
            tree.file("big/lib/" + environment.library_name() + "/site-packages/" +
                          std::to_string(i) + ".pth",
                      text);
        }
        Folders folders(machine);
        return module_path(folders, environment, with_site).unread.size();
    };
    std::string nowhere;
    while (nowhere.size() < 12'000) {
        nowhere += "/no/where/" + std::to_string(nowhere.size()) + '\n';
    }
    std::string comments;
    while (comments.size() < 1'000'000) {
        comments += "# nothing\n";
    }

    EXPECT_GT(unread(nowhere), 10U);
    EXPECT_GT(unread(comments), 10U);
    EXPECT_EQ(unread("extra\n/no/where\n"), 0U);
}

TEST_F(RealModulePath, OfAScriptBeginsWithItsFolder) {
    tree.file("other/print.py", "import sys\nfor p in sys.path: print(p)\n")
        .link("work/link.py", "../other/print.py")
        .file("work/package/__main__.py", "import sys\nfor p in sys.path: print(p)\n");
    const posix::Inspector machine;
    for (const std::string& program : real_pythons()) {
        for (const std::vector<std::string>& arguments :
             std::vector<std::vector<std::string>>{{"link.py"},
                                                   {"-I", tree / "other/print.py"},
                                                   {"package"},
                                                   {"-I", "package"},
                                                   {"-m", "package"},
                                                   {"-s", "-mpackage", "-S"}}) {
            SCOPED_TRACE(program + ::testing::PrintToString(arguments));
            Launch launch = quiet(tree);
            launch.arguments = arguments;
            std::vector<std::string> words{program};
            words.insert(words.end(), arguments.begin(), arguments.end());
            Folders folders(machine);

            EXPECT_EQ(texts_of(module_path(folders, folders.environment_of(program), launch)),
                      lines_of(words, launch));
        }
    }
}

}  // namespace
}  // namespace envkeep::python
