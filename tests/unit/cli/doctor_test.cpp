// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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
}

TEST_F(Doctor, ShowsTheFactsWhereTheyAreAskedFor) {
    EXPECT_THAT(examine({"--facts"}).out, HasSubstr("  loaded: 535.104.05\n"));
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

TEST_F(Doctor, NeedsNoStore) {
    command_line.set("ENVKEEP_STORE", command_line.tree / "nowhere");

    EXPECT_EQ(examine().status, 8);
}

}  // namespace
}  // namespace envkeep::cli
