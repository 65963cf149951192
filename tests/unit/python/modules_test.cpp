// SPDX-License-Identifier: MIT
#include "envkeep/python/modules.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/folders.hpp"
#include "envkeep/python/module_path.hpp"
#include "unit/python/captured.hpp"
#include "unit/python/real_python.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "KIND FOLDER" of each.
std::vector<std::string> told(const std::vector<Module>& modules) {
    std::vector<std::string> lines;
    for (const Module& module : modules) {
        lines.push_back(std::string(word_of(module.kind)) + ' ' + module.path);
    }
    return lines;
}

Launch plain_launch() {
    return {.arguments = {}, .variables = {}, .working_folder = "/", .passwd_home = {}};
}

std::vector<std::string> folders_of(const ModulePath& path) {
    std::vector<std::string> folders;
    for (const PathEntry& entry : path.entries) {
        folders.push_back(entry.folder);
    }
    return folders;
}

// "name origin" of every module that Python sees on its path.
constexpr const char* all_modules =
    "import pkgutil, importlib.machinery as m, sys\n"
    "for name in sorted({i.name for i in pkgutil.iter_modules()}):\n"
    "    print(name, m.PathFinder.find_spec(name).origin)\n";

TEST(RealModules, AreThoseThatEveryInterpreterHereFinds) {
    for (const std::string& program : real_pythons()) {
        SCOPED_TRACE(program);
        const posix::Inspector machine;
        Folders folders(machine);
        const Environment environment = folders.environment_of(program);
        Launch started = plain_launch();
        started.arguments = {"-I", "-c", "..."};
        const std::vector<std::string> path =
            folders_of(module_path(folders, environment, started));
        ModuleSearch search(folders, environment);
        Launch launch = plain_launch();
        launch.arguments = {"-I"};

        std::size_t compared = 0;
        for (const std::string& line : printed_by(program, launch, all_modules)) {
            const std::string name = line.substr(0, line.find(' '));
            const std::vector<Module> found = search.find(path, name);
            ASSERT_THAT(found, ::testing::Not(IsEmpty())) << line;
            const Module& first = found.front();
            EXPECT_EQ(first.init.empty() ? first.path : first.path + '/' + first.init,
                      line.substr(name.size() + 1));
            ++compared;
        }
        EXPECT_GT(compared, 100U);
    }
}

TEST(RealModules, OfOneNameAreTakenInPythonsOrder) {
    testing::TempTree tree;
    for (const std::string& program : real_pythons()) {
        SCOPED_TRACE(program);
        const posix::Inspector machine;
        Folders folders(machine);
        ModuleSearch search(folders, folders.environment_of(program));
        const std::string top = "p" + std::to_string(&program - real_pythons().data());
        const std::string own = search.extension_suffixes().front();
        std::vector<std::string> forms{
            "m/__init__.py", "m" + own, "m.abi3.so", "m.so", "m.py", "m.pyc", "m/other.py"};
        tree.file(top + "/m/__init__" + own).file(top + "/m.cpython-27-x86_64-linux-gnu.so");
        for (const std::string& form : forms) {
            tree.file(top + '/' + form);
        }
        std::vector<std::string> removed{"m/__init__" + own};
        removed.insert(removed.end(), forms.begin(), forms.end());

        for (const std::string& form : removed) {
            Launch launch = plain_launch();
            const std::vector<std::string> truth = printed_by(
                program,
                launch,
                "import importlib.machinery as m\ns = m.PathFinder.find_spec('m', ['" +
                    (tree / top) + "'])\nprint(s.origin or list(s.submodule_search_locations)[0])");
            Folders fresh(machine);
            const std::vector<Module> found =
                ModuleSearch(fresh, fresh.environment_of(program)).find({tree / top}, "m");
            ASSERT_THAT(found, ::testing::Not(IsEmpty()));
            EXPECT_THAT(truth,
                        ElementsAre(found.front().init.empty()
                                        ? found.front().path
                                        : found.front().path + '/' + found.front().init));
            tree.remove(top + '/' + form);
        }
    }
}

class CapturedModules : public Captured {
  protected:
    CapturedModules() {
        install("opt/conda", "3.10");
        tree.file("opt/conda/lib/python3.10/lib-dynload/_ssl.cpython-310-aarch64-linux-gnu.so");
    }

    std::vector<std::string> found(const std::vector<std::string>& path, std::string_view name) {
        Folders folders(machine());
        return told(ModuleSearch(folders, environment("/opt/conda/bin/python3")).find(path, name));
    }
};

TEST_F(CapturedModules, WithoutInitLoseAgainstARegularPackageFurtherOn) {
    tree.folder("notebooks/torch").file("site/torch/__init__.py").file("user/torch.py");

    EXPECT_THAT(
        found({"/notebooks", "/user", "/site"}, "torch"),
        ElementsAre(
            "source /user/torch.py", "package /site/torch", "namespace package /notebooks/torch"));
    EXPECT_THAT(found({"/notebooks"}, "torch"), ElementsAre("namespace package /notebooks/torch"));
}

TEST_F(CapturedModules, WithDotsAreLookedForInWhatWins) {
    tree.file("user/torch/__init__.py")
        .file("site/torch/__init__.py")
        .file("site/torch/version.py")
        .file("one/google/protobuf.py")
        .file("two/google/cloud.py");

    EXPECT_THAT(found({"/user", "/site"}, "torch.version"), IsEmpty());
    EXPECT_THAT(found({"/site", "/user"}, "torch.version"),
                ElementsAre("source /site/torch/version.py"));
    EXPECT_THAT(found({"/one", "/two"}, "google.cloud"),
                ElementsAre("source /two/google/cloud.py"));
    EXPECT_THAT(found({"/site"}, "torch.version.cuda"), IsEmpty());
}

TEST_F(CapturedModules, MayBeLinksAndMustNotLeadOut) {
    tree.folder("site")
        .link("site/torch", "/store/torch")
        .link("site/loop", "loop")
        .file("store/torch/__init__.py")
        .file("secret/__init__.py");

    EXPECT_THAT(found({"/site"}, "torch"), ElementsAre("package /site/torch"));
    EXPECT_THAT(found({"/site"}, "loop"), IsEmpty());
    EXPECT_THAT(found({"/site"}, "../secret"), IsEmpty());
    EXPECT_THAT(found({"/site", "/secret/__init__.py"}, ""), IsEmpty());
}

TEST_F(CapturedModules, OfAnotherPythonAreForeign) {
    tree.file("site/torch/__init__.py")
        .file("site/torch/_C.cpython-39-x86_64-linux-gnu.so")
        .file("site/torch/_Cx.so");
    Folders folders(machine());
    ModuleSearch search(folders, environment("/opt/conda/bin/python3"));

    EXPECT_THAT(search.extension_suffixes(),
                ElementsAre(".cpython-310-aarch64-linux-gnu.so", ".abi3.so", ".so"));
    EXPECT_THAT(search.find({"/site"}, "torch._C"), IsEmpty());
    EXPECT_THAT(
        search.foreign_extensions("/site/torch", "_C"),
        ElementsAre(ForeignExtension{.path = "/site/torch/_C.cpython-39-x86_64-linux-gnu.so",
                                     .tag = "cpython-39-x86_64-linux-gnu"}));
}

}  // namespace
}  // namespace envkeep::python
