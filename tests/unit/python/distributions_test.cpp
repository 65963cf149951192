// SPDX-License-Identifier: MIT
#include "envkeep/python/distributions.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/record.hpp"
#include "unit/python/captured.hpp"
#include "unit/python/real_python.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// FOLDER|NAME|VERSION|REQUIREMENTS|FILES|MISSING of every distribution in an interpreter's sites.
constexpr const char* all_distributions = R"(
import importlib.metadata as m, os, re, sys
def normal(name): return re.sub(r'[-_.]+', '-', name).lower()
for p in sys.path:
    for d in m.distributions(path=[p]):
        path = str(d._path)
        names = [normal(re.match(r'[A-Za-z0-9._-]+', r).group()) for r in d.requires or []]
        files = [f for f in d.files or [] if not str(f).endswith('.pyc')]
        record = path.endswith('.dist-info') and os.path.exists(path + '/RECORD')
        bad = sum(1 for f in files if not os.path.exists(d.locate_file(f))
                  or f.size is not None and f.size != os.path.getsize(d.locate_file(f)))
        print(path, normal(d.metadata['Name']), d.version, ','.join(names),
              len(files) if record else -1, bad if record else -1, sep='|')
)";

struct Told {
    std::string name;
    std::string version;
    std::string requirements;
    std::string files;
    std::string bad;
};

std::map<std::string, Told> distributions_that_it_tells(const std::string& program) {
    std::map<std::string, Told> told;
    const Launch launch{
        .arguments = {"-I"}, .variables = {}, .working_folder = "/", .passwd_home = {}};
    for (const std::string& line : printed_by(program, launch, all_distributions)) {
        const std::vector<std::string_view> fields = split(line, '|');
        told[std::string(fields.at(0))] = {.name = std::string(fields.at(1)),
                                           .version = std::string(fields.at(2)),
                                           .requirements = std::string(fields.at(3)),
                                           .files = std::string(fields.at(4)),
                                           .bad = std::string(fields.at(5))};
    }
    return told;
}

void expect_truth(const Distribution& found, const Told& truth) {
    SCOPED_TRACE(found.path);
    const posix::Inspector machine;
    EXPECT_EQ(found.name, truth.name);
    EXPECT_EQ(found.version.empty() ? truth.version : found.version, truth.version);
    const std::vector<Requirement> requirements = requirements_of(machine, found).value();
    std::string names;
    for (const Requirement& one : requirements) {
        names += (names.empty() ? "" : ",") + one.name;
    }
    // Eggs of old have theirs in requires.txt.
    if (found.kind == DistributionKind::dist_info) {
        EXPECT_EQ(names, truth.requirements);
    }
    const Result<RecordCheck> check = check_record(machine, found);
    EXPECT_EQ(check ? std::to_string(check->checked) : "-1", truth.files);
    EXPECT_EQ(check ? std::to_string(check->missing + check->other_size) : "-1", truth.bad);
}

TEST(RealDistributions, AreThoseThatEveryInterpreterHereTells) {
    std::size_t compared = 0;
    for (const std::string& program : real_pythons()) {
        const posix::Inspector machine;
        Folders folders(machine);
        std::set<std::string> sites;
        const auto truth = distributions_that_it_tells(program);
        for (const auto& [path, told] : truth) {
            sites.insert(path.substr(0, path.rfind('/')));
        }
        std::set<std::string> found;
        for (const std::string& site : sites) {
            for (const Distribution& one : distributions_in(folders, site)) {
                ASSERT_TRUE(truth.contains(one.path)) << one.path;
                expect_truth(one, truth.at(one.path));
                found.insert(one.path);
                ++compared;
            }
        }
        EXPECT_EQ(found.size(), truth.size()) << program;
    }
    EXPECT_GT(compared, 5U);
}

class CapturedDistributions : public Captured {
  protected:
    std::vector<Distribution> in(const std::string& site) {
        Folders folders(machine());
        return distributions_in(folders, site);
    }
};

TEST_F(CapturedDistributions, AreKnownByTheirNames) {
    tree.folder("site/nvidia_cublas_cu12-12.1.3.1.dist-info")
        .folder("site/PyYAML-6.0.egg-info")
        .file("site/six-1.16.0-py3.11.egg-info")
        .folder("site/cryptography.egg-info")
        .file("site/My_Tool.egg-link", "/notebooks/tool\n.")
        .folder("site/~orch-2.1.0.dist-info")
        .folder("site/~orch")
        .folder("site/.dist-info")
        .folder("site/-1.0.dist-info")
        .folder("site/torch");

    const auto found = in("/site");

    std::vector<std::string> told;
    for (const Distribution& one : found) {
        told.push_back(one.name + ' ' + one.version + ' ' + std::string(word_of(one.kind)));
    }
    EXPECT_THAT(told,
                ElementsAre("my-tool  egg-link",
                            "pyyaml 6.0 egg-info",
                            "cryptography  egg-info",
                            "nvidia-cublas-cu12 12.1.3.1 dist-info",
                            "six 1.16.0 egg-info"));
    EXPECT_EQ(found.back().path, "/site/six-1.16.0-py3.11.egg-info");
    EXPECT_EQ(found.back().folder, "/site");
    Folders folders(machine());
    EXPECT_THAT(leftovers_in(folders, "/site"), ElementsAre("~orch", "~orch-2.1.0.dist-info"));
}

TEST_F(CapturedDistributions, OfCondaHaveABuild) {
    tree.file("opt/conda/conda-meta/pytorch-mutex-1.0-cpu.json")
        .file("opt/conda/conda-meta/history")
        .file("opt/conda/conda-meta/-1-0.json")
        .file("opt/conda/conda-meta/odd.json");
    Folders folders(machine());

    EXPECT_THAT(conda_distributions(folders, "/opt/conda"),
                ElementsAre(Distribution{.name = "pytorch-mutex",
                                         .version = "1.0",
                                         .build = "cpu",
                                         .kind = DistributionKind::conda,
                                         .path = "/opt/conda/conda-meta/pytorch-mutex-1.0-cpu.json",
                                         .folder = "/opt/conda/conda-meta"}));
}

TEST(Requirements, AreReadInAllForms) {
    const auto found = parse_requirements(
        "Metadata-Version: 2.1\r\nName: torch\r\n"
        "Requires-Dist: nvidia-cublas-cu12 ==12.1.3.1 ; platform_system == \"Linux\"\r\n"
        "requires-dist: typing_extensions (>=4.8, <5)\n"
        "Requires-Dist: cuda-toolkit[cublas,cudart]==13.0.2\n"
        "Requires-Dist: opt.einsum>=3.3; extra == 'opt'\n"
        "Requires-Dist: sympy\n"
        "Requires-Dist: odd[\n"
        "Requires-Dist: ; extra == 'of-nothing'\n"
        "\n"
        "Requires-Dist: in-the-description\n");

    EXPECT_THAT(
        found,
        ElementsAre(Requirement{"nvidia-cublas-cu12", "==12.1.3.1", "platform_system == \"Linux\""},
                    Requirement{"typing-extensions", ">=4.8,<5", ""},
                    Requirement{"cuda-toolkit", "==13.0.2", ""},
                    Requirement{"opt-einsum", ">=3.3", "extra == 'opt'"},
                    Requirement{"sympy", "", ""},
                    Requirement{"odd", "", ""}));
    EXPECT_EQ(found[0].pinned_version(), "12.1.3.1");
    EXPECT_EQ(found[1].pinned_version(), "");
    EXPECT_EQ((Requirement{"a", "==1.*", ""}).pinned_version(), "");
    EXPECT_EQ((Requirement{"a", "==", ""}).pinned_version(), "");
    EXPECT_TRUE(found[3].is_of_extra());
}

std::vector<RecordLine> lines_of_record(std::string_view text,
                                        std::size_t most = std::string_view::npos) {
    std::vector<RecordLine> lines;
    for_each_line_of_record(text, [&](const RecordLine& line) {
        lines.push_back(line);
        return lines.size() < most;
    });
    return lines;
}

TEST(Record, IsReadAsFarAsItIsWanted) {
    EXPECT_THAT(lines_of_record("a,,1\nb,,2\nc,,3\n", 2),
                ElementsAre(RecordLine{"a", 1}, RecordLine{"b", 2}));
}

TEST(Record, IsCsv) {
    EXPECT_THAT(lines_of_record("torch/a.py,sha256=x,12\r\n"
                                "\"torch/b \"\"c\"\", d.py\",,\n"
                                "\n,,\n../../../bin/torchrun,sha256=y,3x\nlast"),
                ElementsAre(RecordLine{"torch/a.py", 12},
                            RecordLine{"torch/b \"c\", d.py", std::nullopt},
                            RecordLine{"../../../bin/torchrun", std::nullopt},
                            RecordLine{"last", std::nullopt}));
    EXPECT_THAT(lines_of_record("\"two\nlines.py\",,\nx,\"q,\"\"q\",3\n"),
                ElementsAre(RecordLine{"two\nlines.py", std::nullopt}, RecordLine{"x", 3}));
    EXPECT_THAT(lines_of_record("\"never closed,x,1\n"),
                ElementsAre(RecordLine{"never closed,x,1\n", std::nullopt}));
    EXPECT_THAT(lines_of_record("\"a\"b\"c,d\ne"),
                ElementsAre(RecordLine{"a", std::nullopt}, RecordLine{"e", std::nullopt}));
}

TEST_F(CapturedDistributions, AreComparedWithTheirRecordBySize) {
    tree.file("lib/site/torch-2.1.0.dist-info/RECORD",
              "torch/__init__.py,sha256=x,3\ntorch/lib/libtorch_cuda.so,sha256=x,4\n"
              "torch/lib/libc10.so,sha256=x,4\ntorch/__pycache__/__init__.cpython-310.pyc,,\n"
              "../bin/torchrun,sha256=x,2\ntorch-2.1.0.dist-info/RECORD,,\n")
        .file("lib/site/torch/__init__.py", "abc")
        .file("lib/site/torch/lib/libtorch_cuda.so", "cut");
    const Distribution torch = in("/lib/site").at(0);

    const RecordCheck all = check_record(machine(), torch).value();
    const RecordCheck libraries = check_record(machine(), torch, "torch/lib/").value();
    const RecordCheck two = check_record(machine(), torch, {}, 2).value();

    EXPECT_EQ(all,
              (RecordCheck{.checked = 5,
                           .missing = 2,
                           .other_size = 1,
                           .examples = {"/lib/site/torch/lib/libtorch_cuda.so",
                                        "/lib/site/torch/lib/libc10.so",
                                        "/lib/bin/torchrun"}}));
    EXPECT_FALSE(all.is_whole());
    EXPECT_EQ(libraries.checked, 2U);
    EXPECT_TRUE(two.is_cut_short);
    EXPECT_FALSE(check_record(machine(), {.path = "/none"}).has_value());
}

TEST_F(CapturedDistributions, NeedTheirCompiledFilesAndPackages) {
    tree.file("lib/site/pandas-2.0.0.dist-info/RECORD",
              "pandas/__init__.py,sha256=x,3\npandas/io/__init__.py,,9\npandas/io/sql.py,,9\n"
              "pandas/_libs/lib.cpython-311-x86_64-linux-gnu.so,,4\n")
        .file("lib/site/pandas/__init__.py", "patched")
        .file("lib/site/pandas/_libs/lib.cpython-311-x86_64-linux-gnu.so", "cut");
    const Distribution pandas = in("/lib/site").at(0);

    EXPECT_EQ(
        check_needed_files(machine(), pandas).value(),
        (RecordCheck{.checked = 3,
                     .missing = 1,
                     .other_size = 1,
                     .examples = {"/lib/site/pandas/io/__init__.py",
                                  "/lib/site/pandas/_libs/lib.cpython-311-x86_64-linux-gnu.so"}}));
    tree.file("lib/site/pandas-2.0.0.dist-info/RECORD", std::string(600U << 10U, 'x'));
    EXPECT_FALSE(check_needed_files(machine(), pandas).has_value()) << "too large to be read here";
}

}  // namespace
}  // namespace envkeep::python
