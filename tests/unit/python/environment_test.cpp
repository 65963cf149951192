// SPDX-License-Identifier: MIT
#include "envkeep/python/environment.hpp"

#include "envkeep/python/folders.hpp"
#include "unit/python/captured.hpp"
#include "unit/python/real_python.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// version, prefix, base prefix: as Python says it.
std::vector<std::string> truth_of(const std::string& program) {
    return printed_by(program,
                      {.arguments = {}, .variables = {}, .working_folder = "/", .passwd_home = {}},
                      "import sys; print('%d.%d' % sys.version_info[:2])\n"
                      "print(sys.prefix); print(sys.base_prefix)");
}

void expect_truth(const std::string& program) {
    SCOPED_TRACE(program);
    const posix::Inspector machine;
    const Environment found = Folders(machine).environment_of(program);
    EXPECT_THAT((std::vector<std::string>{found.version, found.prefix, found.base_prefix}),
                ::testing::ElementsAreArray(truth_of(program)));
    EXPECT_THAT(found.faults, IsEmpty());
}

TEST(RealEnvironment, IsWhatEveryInterpreterHereSays) {
    testing::TempTree tree;
    tree.folder("bin").link("bin/linked", real_pythons().back());
    for (const std::string& program : real_pythons()) {
        expect_truth(program);
    }
    expect_truth(tree / "bin/linked");
}

TEST(RealEnvironment, IsWhatVirtualEnvironmentsSay) {
    int number = 0;
    for (const std::string& program : real_pythons()) {
        testing::TempTree tree;
        make_virtual(program, tree / "plain");
        make_virtual(program, tree / "copied", {"--copies"});
        expect_truth(tree / "plain/bin/python");
        expect_truth(tree / "copied/bin/python");
        ++number;
    }
    EXPECT_GT(number, 0);
}

TEST(RealEnvironment, IsNoVirtualOneThroughALinkFromElsewhere) {
    testing::TempTree tree;
    make_virtual("/usr/bin/python3", tree / "venv");
    tree.folder("bin").link("bin/python", "../venv/bin/python");

    expect_truth(tree / "bin/python");
    const posix::Inspector machine;
    EXPECT_FALSE(Folders(machine).environment_of(tree / "bin/python").is_virtual());
}

class CapturedEnvironment : public Captured {
  protected:
    [[nodiscard]] Environment found(const std::string& program) { return environment(program); }
};

TEST_F(CapturedEnvironment, OfGradientsImageIsDeadsnakesThroughALocalLink) {
    install("usr", "3.11", debian_site);
    tree.file("usr/lib/python3.10/os.py").link("usr/local/bin/python3", "/usr/bin/python3.11");

    const Environment environment = found("/usr/local/bin/python3");

    EXPECT_EQ(environment.real_program, "/usr/bin/python3.11");
    EXPECT_EQ(environment.version, "3.11");
    EXPECT_EQ(environment.prefix, "/usr");
    EXPECT_EQ(environment.build, Build::debian);
    EXPECT_FALSE(environment.is_virtual());
    EXPECT_THAT(environment.faults, IsEmpty());
}

TEST_F(CapturedEnvironment, OfCondaIsKnownByItsRecords) {
    install("opt/conda/envs/train", "3.12");
    tree.folder("opt/conda/envs/train/conda-meta")
        .link("opt/conda/envs/train/bin/python", "python3.12");

    const Environment environment = found("/opt/conda/envs/train/bin/python");

    EXPECT_EQ(environment.build, Build::conda);
    EXPECT_EQ(environment.prefix, "/opt/conda/envs/train");
    EXPECT_EQ(environment.library(), "/opt/conda/envs/train/lib/python3.12");
}

TEST_F(CapturedEnvironment, OfAFreeThreadedBuildHasItsLetter) {
    install("usr/local", "3.13t", "utf-8-sig  not name.startswith(\".\")");

    const Environment environment = found("/usr/local/bin/python3");

    EXPECT_EQ(environment.version, "3.13");
    EXPECT_EQ(environment.library(), "/usr/local/lib/python3.13t");
    EXPECT_TRUE(environment.site.skips_hidden_files);
    EXPECT_TRUE(environment.site.skips_byte_order_mark);
}

TEST_F(CapturedEnvironment, IsBrokenWhereItsProgramIsGone) {
    tree.link("root/venv/bin/python", "python3")
        .link("root/venv/bin/python3", "/usr/bin/python3.9")
        .file("root/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.9.2\n");
    tree.folder("usr/bin");

    const Environment environment = found("/root/venv/bin/python");

    EXPECT_EQ(environment.version, "3.9");
    EXPECT_EQ(environment.real_program, "");
    EXPECT_EQ(environment.prefix, "/root/venv");
    EXPECT_THAT(environment.faults, ElementsAre(Fault::program_missing, Fault::library_missing));
}

TEST_F(CapturedEnvironment, IsBrokenWhereTheImagesPythonIsAnother) {
    install("usr", "3.12", debian_site);
    tree.link("root/venv/bin/python", "/usr/bin/python3")
        .file("root/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n");

    const Environment environment = found("/root/venv/bin/python");

    EXPECT_EQ(environment.version, "3.12");
    EXPECT_EQ(environment.base_prefix, "/usr");
    EXPECT_THAT(environment.faults, ElementsAre(Fault::version_differs));
}

TEST_F(CapturedEnvironment, TellsThatItsHomeIsGone) {
    install("usr", "3.11", debian_site);
    tree.link("root/venv/bin/python", "/usr/bin/python3")
        .file("root/venv/pyvenv.cfg",
              "home = /opt/python/bin\nversion_info = 3.11.4.final.0\n"
              "include-system-site-packages = true\n");

    const Environment environment = found("/root/venv/bin/python");

    EXPECT_EQ(environment.base_prefix, "/usr");
    ASSERT_TRUE(environment.is_virtual());
    EXPECT_EQ(environment.virtual_config->path, "/root/venv/pyvenv.cfg");
    EXPECT_TRUE(environment.virtual_config->has_system_site);
    EXPECT_THAT(environment.faults, ElementsAre(Fault::home_missing));
}

TEST_F(CapturedEnvironment, ThatNobodyCanNameHasNoVersion) {
    tree.file("opt/odd/bin/python", "ELF", 0755)
        .file("opt/odd/lib/python3.9/os.py")
        .file("opt/odd/lib/python3.13/os.py")
        .link("opt/loop/bin/python", "python");

    EXPECT_THAT(found("/opt/odd/bin/python").faults,
                ElementsAre(Fault::version_unknown, Fault::library_missing));
    EXPECT_THAT(
        found("/opt/loop/bin/python").faults,
        ElementsAre(Fault::program_missing, Fault::version_unknown, Fault::library_missing));
    EXPECT_THAT(
        found("/none").faults,
        ElementsAre(Fault::program_missing, Fault::version_unknown, Fault::library_missing));
}

TEST_F(CapturedEnvironment, DoesNotReadAHugeConfiguration) {
    install("usr", "3.11", debian_site);
    tree.link("root/venv/bin/python", "/usr/bin/python3")
        .file("root/venv/pyvenv.cfg", std::string(1U << 20U, '='));

    EXPECT_FALSE(found("/root/venv/bin/python").is_virtual());
}

}  // namespace
}  // namespace envkeep::python
