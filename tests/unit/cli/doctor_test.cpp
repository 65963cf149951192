// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"
#include "envkeep/core/json.hpp"
#include "support/mounts.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::string_literals;

// A captured machine with a card and a driver, whose device nodes the cgroup denies.
class Doctor : public ::testing::Test {
  protected:
    Doctor() {
        const std::string card = "m/sys/bus/pci/devices/0000:00:05.0";
        command_line.tree.file(card + "/vendor", "0x10de\n")
            .file(card + "/class", "0x030200\n")
            .file(card + "/device", "0x1eb8\n")
            .link(card + "/driver", "../../../drivers/nvidia")
            .file("m/sys/module/nvidia/version", "535.104.05\n")
            .file("m/proc/self/mountinfo", "")
            .file("m/lib64/ld-linux-x86-64.so.2", "")
            .folder("m/root");
        record(1);
    }

    void record(int access_error) {
        const std::string nodes =
            R"("/dev/nvidia0": {"mode": 438, "major": 195, "minor": 0, "access": )" +
            std::to_string(access_error) +
            R"(}, "/dev/nvidiactl": {"mode": 438, "major": 195, "minor": 255, "access": 0})";
        command_line.tree.file("m/envkeep-capture.json", R"({"nodes": {)" + nodes + "}}");
    }

    Answer examine(std::vector<std::string> more = {}) {
        std::vector<std::string> words{
            "doctor", "--root", command_line.tree / "m", "--home", "/root"};
        words.insert(words.end(), more.begin(), more.end());
        return command_line.run(words);
    }

    testing::CommandLine command_line;
};

TEST_F(Doctor, NamesTheCauseFirstAndWhatComesOfItAfter) {
    const Answer answer = examine();

    EXPECT_EQ(answer.status, 8) << answer.err;
    EXPECT_THAT(answer.out,
                StartsWith("the GPU does not work here\nerror: the container has lost its right"));
    EXPECT_LT(answer.out.find("[ctr-cgroup-lost]"), answer.out.find("seen besides:"));
    EXPECT_LT(answer.out.find("seen besides:"), answer.out.find("[drv-libcuda-missing]"));
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("device nodes            broken  /dev/nvidiactl /dev/nvidia0\n"),
                      HasSubstr("graphics card           well    Tesla T4 (0000:00:05.0)\n"),
                      HasSubstr("kernel driver           well    535.104.05, gives CUDA 12.2 at "
                                "most\n")));
}

TEST_F(Doctor, TellsProgramsTheSame) {
    const Json document = Json::parse(examine({"--json"}).out).value();
    const Json& cause = document.find("findings")->as_array()->front();

    EXPECT_EQ(document.number_or("exit", 0), 8);
    EXPECT_EQ(cause.text_or("id", ""), "ctr-cgroup-lost");
    EXPECT_TRUE(cause.flag_or("cause", false));
    EXPECT_EQ(document.find("facts"), nullptr);
    EXPECT_EQ(document.find("not_probed"), nullptr);
    ASSERT_NE(document.find("data"), nullptr);
    EXPECT_THAT(document.find("data")->text_or("compiled", ""), StartsWith("20"));
    EXPECT_TRUE(document.find("data")->find("file")->is_null());
}

TEST_F(Doctor, ShowsTheFactsWhereTheyAreAskedFor) {
    EXPECT_THAT(examine({"--facts"}).out, HasSubstr("  loaded: 535.104.05\n"));
    EXPECT_THAT(examine({"--facts"}).out, HasSubstr("compatibility data: of 20"));
    EXPECT_THAT(examine().out, Not(HasSubstr("loaded: ")));
    EXPECT_NE(Json::parse(examine({"--facts", "--json"}).out)->find("facts"), nullptr);
}

TEST_F(Doctor, OfAMachineWithoutACardIsContent) {
    command_line.tree.remove("m/sys/bus/pci/devices/0000:00:05.0")
        .remove("m/sys/module")
        .remove("m/envkeep-capture.json")
        .file("m/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n");

    const Answer answer = examine();

    EXPECT_EQ(answer.status, 0);
    EXPECT_THAT(answer.out, StartsWith("this machine has no GPU\n"));
}

TEST_F(Doctor, ProbesNoCapturedMachineAndSaysSo) {
    for (const char* const flag : {"--probe", "--deep"}) {
        EXPECT_THAT(examine({flag}).out,
                    HasSubstr("use of the card         -       not tried: of a captured machine"));
        const Json document = Json::parse(examine({flag, "--facts", "--json"}).out).value();
        EXPECT_TRUE(document.find("facts")->find("probe")->is_null());
        EXPECT_THAT(document.text_or("not_probed", ""), StartsWith("not tried: of a captured"));
    }
    EXPECT_THAT(examine().out, Not(HasSubstr("use of the card")));
}

TEST_F(Doctor, BeingQuietHasNoHeadingForWhatItDoesNotTell) {
    engine::DoctorReport report;
    report.diagnosis.findings = {
        {.id = "a-cause", .severity = model::Severity::error, .title = "broken", .is_cause = true},
        {.id = "a-note", .severity = model::Severity::info, .title = "noted"}};
    EXPECT_THAT(doctor_text(report, {}), AllOf(HasSubstr("seen besides:"), HasSubstr("noted")));
    EXPECT_THAT(doctor_text(report, {.quiet = true}), Not(HasSubstr("seen besides:")));
}

TEST_F(Doctor, SaysInItsFirstLineHowItStands) {
    const auto verdict = [](engine::DoctorReport report) {
        const std::string text = doctor_text(report, {});
        return text.substr(0, text.find('\n'));
    };
    engine::DoctorReport report;
    EXPECT_EQ(verdict(report), "all is well between the card and the notebook");

    report.ending = engine::Ending::findings;
    EXPECT_EQ(verdict(report), "nothing is broken, but something wants a look");

    report.diagnosis.broken = {gpu::Stage::framework};
    EXPECT_EQ(verdict(report),
              "the GPU is well as far as files tell, but the notebook cannot use it");

    report.diagnosis = {.findings = {{.id = "gpu-not-expected"}}, .broken = {}};
    EXPECT_EQ(verdict(report), "the GPU does not work here, and the manifest expects none");

    report.diagnosis.broken = {gpu::Stage::framework};
    report.diagnosis.findings = {{.id = "pci-no-gpu"}};
    EXPECT_EQ(verdict(report), "this machine has no GPU, and the notebook is broken");

    report.ending = engine::Ending::gpu;
    EXPECT_EQ(verdict(report), "the GPU does not work here");
}

TEST_F(Doctor, OffersWhatFixWouldDo) {
    engine::DoctorReport report;
    report.diagnosis.findings = {
        {.id = "nb-kernelspec-dead",
         .fix = {.repairs = {{.kind = model::RepairKind::move_aside, .subject = "/x/old"}}}}};
    const std::string offer =
        "'envkeep doctor --fix' would:\n  move /x/old aside [nb-kernelspec-dead]\n";
    EXPECT_THAT(doctor_text(report, {}), HasSubstr(offer));
    EXPECT_THAT(doctor_text(report, {.quiet = true}), Not(HasSubstr("--fix")));
}

TEST_F(Doctor, OfABrokenMachineReadsAsAWhole) {
    testing::expect_golden("doctor", examine().out);
}

TEST_F(Doctor, BeingVerboseShowsTheFactsToo) {
    EXPECT_THAT(examine({"--verbose"}).out,
                AllOf(HasSubstr("  loaded: 535.104.05\n"), HasSubstr("compatibility data: of 20")));
}

TEST_F(Doctor, NeedsNoStore) {
    command_line.set("ENVKEEP_STORE", command_line.tree / "nowhere");

    EXPECT_EQ(examine().status, 8);
}

TEST_F(Doctor, OfACaptureSaysThatANamedManifestDoesNotCount) {
    EXPECT_THAT(examine({"--manifest", "/m.yaml"}).out, HasSubstr("[gpu-manifest-not-read]"));
    EXPECT_THAT(examine().out, Not(HasSubstr("[gpu-manifest-not-read]")));
}

// Of a user with a home of that name, whose variables hold what must not be shown.
TEST_F(Doctor, CanBePastedIntoAPublicIssue) {
    command_line.tree
        .file("m/proc/self/environ",
              std::string("HOME=/home/alice\0PATH=/home/alice/bin:/home/bob/bin\0"
                          "CONDA_CHANNELS=https://alice:s3cr3t@conda.example\0"
                          "CUDA_TOKEN=s3cr3t\0WANDB_API_KEY=s3cr3t\0"
                          "LD_LIBRARY_PATH=/home/alice/stubs\0",
                          176))
        .file("m/home/alice/stubs/libcuda.so.1", "no library");

    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {}, {"--facts"}, {"--json", "--facts"}, {"--verbose"}}) {
        std::vector<std::string> words{"doctor", "--root", command_line.tree / "m", "--home"};
        words.emplace_back("/home/alice");
        words.insert(words.end(), more.begin(), more.end());
        const std::string out = command_line.run(words).out;

        EXPECT_THAT(out, Not(HasSubstr("s3cr3t")));
        EXPECT_THAT(out, Not(HasSubstr("alice")));
        EXPECT_THAT(out, Not(HasSubstr("bob")));
    }
    const std::string facts =
        command_line
            .run({"doctor", "--root", command_line.tree / "m", "--home", "/home/alice", "--facts"})
            .out;
    EXPECT_THAT(facts, HasSubstr("PATH: ~/bin:/home/***/bin\n"));
    EXPECT_THAT(facts, HasSubstr("CONDA_CHANNELS: https://***@conda.example\n"));
}

// Of a kernel that runs, in an environment on a disk that many share, and of its kernelspec.
TEST_F(Doctor, ShowsNoSecretOfANotebook) {
    command_line.tree
        .file("m/proc/200/cmdline",
              "/scratch/alice/env/bin/python\0-m\0ipykernel_launcher\0"
              "--Session.key=s3cr3t\0--token\0s3cr3t\0"s)
        .file("m/proc/200/environ",
              "HOME=/home/alice\0HF_TOKEN=s3cr3t\0PATH=/scratch/alice/env/bin\0"
              "CUDA_HOME=/data/alice/cuda\0TF_KEY=hf_ABCDEFGHIJabcdefghij0123\0"
              "PYTHONPATH=/export/home/alice/lib:https://bert:s3cr3t@x.example/lib\0"
              "LD_LIBRARY_PATH=https://bert:s3cr3t@x.example/lib64:/opt/lib\0"s)
        .file("m/scratch/alice/base/bin/python3.11", "", 0755)
        .file("m/scratch/alice/base/lib/python3.11/os.py")
        .file("m/scratch/alice/env/pyvenv.cfg",
              "home = /scratch/alice/base/bin\nversion = 3.11.2\n")
        .link("m/scratch/alice/env/bin/python", "../../base/bin/python3.11")
        .link("m/scratch/alice/env/bin/python3", "python")
        .file("m/scratch/alice/env/bin/jupyter-lab", "#!/scratch/alice/env/bin/python\n", 0755)
        .file("m/home/alice/.local/share/jupyter/kernels/mine/kernel.json",
              R"({"argv": ["/scratch/alice/env/bin/python", "--api-token", "s3cr3t", "-m",
                  "ipykernel"], "language": "python", "display_name": "Of alice, mine",
                  "env": {"WANDB_API_KEY": "s3cr3t", "DB": "s3cr3t",
                          "CUDA_HOME": "https://a:s3cr3t@x.example",
                          "LD_LIBRARY_PATH": "s3://bert:s3cr3t@x.example/lib64",
                          "PYTHONPATH": "https://x.example/?token=s3cr3t:/opt/lib"}})")
        .file("m/home/alice/.bashrc",
              "export CUDA_HOME=/data/alice/cuda\nexport NVIDIA_TOKEN=s3cr3t\n");
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {}, {"--facts"}, {"--json", "--facts"}, {"--facts", "--deep"}}) {
        std::vector<std::string> words{"doctor", "--root", command_line.tree / "m", "--home"};
        words.emplace_back("/home/alice");
        words.insert(words.end(), more.begin(), more.end());
        const std::string out = command_line.run(words).out;

        EXPECT_THAT(out, HasSubstr("200")) << "the kernel was not looked at";
        EXPECT_THAT(out, Not(HasSubstr("s3cr3t")));
        EXPECT_THAT(out, Not(HasSubstr("hf_ABCDEFGHIJ")));
        EXPECT_THAT(out, Not(HasSubstr("alice")));
        EXPECT_THAT(out, Not(HasSubstr("bert")));
    }
    const std::string facts =
        command_line
            .run({"doctor", "--root", command_line.tree / "m", "--home", "/home/alice", "--facts"})
            .out;
    EXPECT_THAT(facts, HasSubstr("display_name: Of ***, mine"));
    EXPECT_THAT(facts, HasSubstr("PYTHONPATH: /export/home/***/lib:https://***@x.example/lib\n"));
    EXPECT_THAT(facts, HasSubstr("arguments: /scratch/***/env/bin/python, --api-token, ***, -m"));
}

// In a project three folders below the home, and in the store's own.
TEST_F(Doctor, LooksForEnvironmentsEverywhereWhereItIsToldTo) {
    for (const char* const prefix : {"m/root/clients/acme/train/.venv", "m/storage/a/env"}) {
        command_line.tree.file(std::string(prefix) + "/pyvenv.cfg", "home = /usr/bin\n")
            .file(std::string(prefix) + "/bin/python", "");
    }
    const std::vector<std::string> store{"--store", "/storage"};
    const std::string shallow = examine({"--facts", store[0], store[1]}).out;
    const std::string deep = examine({"--facts", "--deep", store[0], store[1]}).out;
    const std::string probed = examine({"--facts", "--probe", store[0], store[1]}).out;

    for (const char* const prefix : {"~/clients/acme/train/.venv", "/storage/a/env"}) {
        EXPECT_THAT(shallow, Not(HasSubstr(prefix)));
        EXPECT_THAT(probed, Not(HasSubstr(prefix)));
        EXPECT_THAT(deep, HasSubstr("prefix: "s + prefix + "\n"));
    }
    EXPECT_THAT(shallow, HasSubstr("  searched_all: false\n"));
    EXPECT_THAT(deep, HasSubstr("  searched_all: true\n"));
}

TEST_F(Doctor, SaysWhereItDidNotLook) {
    EXPECT_THAT(examine().out,
                HasSubstr("\nnot searched for Python environments: the rest of your home and the "
                          "store (--deep does)\n"));
    EXPECT_THAT(examine({"--deep"}).out,
                HasSubstr("\nnot searched for Python environments: what lies more than five "
                          "folders down in your home and the store\n"));
    EXPECT_THAT(examine({"--quiet"}).out, Not(HasSubstr("not searched")));
}

class DoctorsCapture : public ::testing::Test {
  protected:
    Answer capture() { return command_line.run({"doctor", "--capture", file}); }

    testing::CommandLine command_line;
    const std::string file = command_line.tree / "gpu.tar";
};

TEST_F(DoctorsCapture, OfThisMachineTellsTheSameElsewhere) {
    const Answer here = command_line.run({"doctor", "--json"});
    const Answer captured = capture();
    command_line.tree.folder("m");
    ASSERT_EQ(std::system(("tar -xf '" + file + "' -C '" + command_line.tree / "m" + "'").c_str()),
              0)
        << captured.err;

    const Answer there = command_line.run({"doctor", "--json", "--root", command_line.tree / "m"});

    EXPECT_EQ(there.status, here.status) << there.err;
    EXPECT_EQ(captured.status, here.status);
    for (const std::string_view member : {"findings", "cards", "broken"}) {
        EXPECT_EQ(*Json::parse(there.out)->find(member), *Json::parse(here.out)->find(member));
    }
    EXPECT_EQ(command_line.tree.mode_of("gpu.tar"), 0600U);
    EXPECT_THAT(captured.out, HasSubstr("captured what was looked at: " + file + " ("));
}

TEST_F(DoctorsCapture, IsNamedWithoutItsUser) {
    const Answer answer =
        command_line.run({"doctor", "--capture", command_line.home() + "/gpu.tar"});
    const Answer json =
        command_line.run({"doctor", "--json", "--capture", command_line.home() + "/b"});

    EXPECT_THAT(answer.out, HasSubstr("captured what was looked at: ~/gpu.tar ("));
    EXPECT_EQ(Json::parse(json.out)->text_or("capture", ""), "~/b");
}

TEST_F(DoctorsCapture, LeavesAFileThatIsThere) {
    command_line.tree.file("gpu.tar", "mine");

    const Answer answer = capture();

    EXPECT_EQ(answer.status, 3);
    EXPECT_THAT(answer.err, HasSubstr("is there already\nhint: name another file"));
    EXPECT_EQ(command_line.tree.content("gpu.tar"), "mine");
}

TEST_F(DoctorsCapture, SaysWhereItCannotBeWritten) {
    const Answer answer = command_line.run({"doctor", "--capture", "/proc/gpu.tar"});
    const Answer nowhere = command_line.run({"doctor", "--capture", "/nowhere/gpu.tar"});

    EXPECT_EQ(answer.status, 3);
    EXPECT_THAT(answer.err, HasSubstr("/proc/gpu.tar'"));
    EXPECT_THAT(nowhere.err, HasSubstr("cannot open folder '/nowhere'"));
}

TEST_F(DoctorsCapture, IsNotMadeOfACapture) {
    command_line.tree.folder("m").file("m/proc/self/mountinfo", "").folder("m/root");

    const Answer answer = command_line.run(
        {"doctor", "--root", command_line.tree / "m", "--home", "/root", "--capture", "/x.tar"});

    EXPECT_EQ(answer.status, 2);
    EXPECT_THAT(answer.err, HasSubstr("a captured machine cannot be captured again"));
}

TEST_F(DoctorsCapture, HintsAtAFileThatCanBe) {
    const Answer folder = command_line.run({"doctor", "--capture", command_line.home() + "/"});
    const Answer nowhere = command_line.run({"doctor", "--capture", "/nowhere/gpu.tar"});

    EXPECT_EQ(folder.status, 2);
    EXPECT_THAT(folder.err, HasSubstr("home/' is a folder\nhint: name a file in it"));
    EXPECT_THAT(nowhere.err, HasSubstr("\nhint: name a file in a folder that is there"));
}

TEST(DoctorsRoot, ThatIsNoMachineSaysWhatWouldBeOne) {
    testing::CommandLine command_line;
    command_line.tree.file("gpu.tar", "x").folder("empty");
    for (const char* const root : {"gpu.tar", "empty", "missing"}) {
        const Answer answer = command_line.run({"doctor", "--root", command_line.tree / root});

        EXPECT_EQ(answer.status, 2) << root;
        EXPECT_THAT(answer.err, HasSubstr(std::string("/") + root + "'"));
        EXPECT_THAT(answer.err, HasSubstr("hint: ")) << root;
        EXPECT_THAT(answer.err, HasSubstr("tar -xf FILE -C")) << root;
    }
}

class FullDisk : public testing::OwnMounts, public DoctorsCapture {};

TEST_F(FullDisk, KeepsNoHalfOfACapture) {
    command_line.tree.folder("full");
    const auto disk = testing::ScopedMount::tmpfs(command_line.tree / "full", "size=64k");

    const Answer answer =
        command_line.run({"doctor", "--capture", command_line.tree / "full/gpu.tar"});

    EXPECT_EQ(answer.status, 3);
    EXPECT_THAT(answer.err, HasSubstr("no space left"));
    EXPECT_TRUE(command_line.tree.snapshot("full").empty());
}

}  // namespace
}  // namespace envkeep::cli
