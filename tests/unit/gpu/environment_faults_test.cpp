// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What earlier images left in the home.
namespace envkeep::gpu {
namespace {

using model::Severity;
using testing::alarms;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::finding_of;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::runs;
using testing::user_site;
using testing::virtual_environment;

const std::string old_site = "/root/.local/lib/python3.9/site-packages";

TEST(PackagesOfAnotherMinor, AreInstalledAnewByTheNamesThatWereAskedFor) {
    CapturedMachine machine;
    machine.package(old_site, "transformers", "4.30.0", {}, {"tokenizers>=0.13", "numpy"})
        .package(old_site, "tokenizers", "0.13.3")
        .package(old_site, "numpy", "1.24.0")
        .package(old_site, "pip", "23.0")
        .package(old_site, "einops", "0.6.0");

    EXPECT_THAT(machine.ids(), ElementsAre("py-other-minor"));
    const auto finding = finding_of(machine, "py-other-minor").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_EQ(finding.title,
              "2 packages in ~/.local are for another Python than the notebook's 3.11");
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --user einops transformers"));
    EXPECT_THAT(finding.evidence, Contains(old_site + ": einops, transformers"));
}

TEST(PackagesOfAnotherMinor, WithTorchGetTheOneForThisDriver) {
    CapturedMachine machine;
    machine.remove(image_site + "/torch").remove(image_site + "/torch-2.4.1+cu121.dist-info");
    machine.package(old_site, "torch", "2.0.1", {}, {"nvidia-cublas-cu11==11.10.3.66"})
        .package(old_site, "nvidia-cublas-cu11", "11.10.3.66")
        .package(old_site, "torchvision", "0.15.2", {}, {"torch==2.0.1"})
        .file(old_site + "/torch-2.0.1.dist-info/REQUESTED", "")
        .package(old_site, "einops", "0.6.0");

    const auto finding = finding_of(machine, "py-other-minor").value();
    ASSERT_EQ(finding.fix.commands.size(), 2);
    EXPECT_THAT(finding.fix.commands[0],
                ::testing::MatchesRegex("/usr/bin/python3 -m pip install --user "
                                        "torch==2[0-9.]*[+](cu12.) torchvision==0[0-9.]*[+]cu12. "
                                        "--index-url https://download.pytorch.org/whl/cu12."));
    EXPECT_THAT(finding.fix.commands[1], HasSubstr("pip install --user einops"));
}

TEST(PackagesOfAnotherMinor, WithATorchThatOnlyOthersAskedForGetTheOneForThisDriver) {
    CapturedMachine machine;
    machine.remove(image_site + "/torch").remove(image_site + "/torch-2.4.1+cu121.dist-info");
    machine.package(old_site, "torch", "2.0.1")
        .package(old_site, "torchvision", "0.15.2", {}, {"torch==2.0.1"})
        .package(old_site, "fastai", "2.7.0", {}, {"torch<2.1", "torchvision>=0.8"});

    const auto finding = finding_of(machine, "py-other-minor").value();
    ASSERT_EQ(finding.fix.commands.size(), 2);
    EXPECT_THAT(finding.fix.commands[0],
                ::testing::MatchesRegex("/usr/bin/python3 -m pip install --user "
                                        "torch==2[0-9.]*[+](cu12.) torchvision==0[0-9.]*[+]cu12. "
                                        "--index-url https://download.pytorch.org/whl/cu12."));
    EXPECT_EQ(finding.fix.commands[1], "/usr/bin/python3 -m pip install --user fastai");
}

TEST(PackagesOfAnotherMinor, GetWhatWasMadeForTheTorchThatIsHere) {
    CapturedMachine machine;
    machine.package(old_site, "torchvision", "0.15.2").package(old_site, "einops", "0.6.0");

    EXPECT_THAT(finding_of(machine, "py-other-minor").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --user --no-deps "
                            "torchvision==0.19.1+cu121 --index-url "
                            "https://download.pytorch.org/whl/cu121",
                            "/usr/bin/python3 -m pip install --user einops"));
}

TEST(PackagesOfAnotherMinor, AreANoteOnceOthersAreHere) {
    CapturedMachine machine;
    machine.package(old_site, "einops", "0.6.0")
        .package(old_site, "fastai", "2.7.0")
        .package(user_site, "einops", "0.8.0");

    EXPECT_THAT(alarms(machine), IsEmpty());
    EXPECT_THAT(finding_of(machine, "py-other-minor").value().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install --user fastai"));
    machine.package(user_site, "fastai", "2.8.0");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(PackagesOfAnotherMinor, ThatIsHereTooAreANote) {
    CapturedMachine machine;
    machine.python("/opt/python", "3.9").package(old_site, "einops", "0.6.0");

    EXPECT_EQ(finding_of(machine, "py-other-minor").value().severity, Severity::info);
    machine.kernel_variable("PATH", "/opt/python/bin:/usr/bin");
    EXPECT_EQ(finding_of(machine, "py-other-minor"), std::nullopt) << "a terminal has them";
}

TEST(PackagesOfAnotherMinor, NeverBecomeOptionsOfPip) {
    CapturedMachine machine;
    machine.file(old_site + "/_index_url-1.0.dist-info/METADATA", "")
        .file(old_site + "/a b;c-1.0.dist-info/METADATA", "");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(VirtualEnvironments, WhosePythonIsGoneAreMadeAnew) {
    CapturedMachine machine;
    virtual_environment(machine, "/root/my venv", "/usr/local/bin/python3.10", "3.10")
        .package("/root/my venv/lib/python3.10/site-packages", "einops", "0.8.0")
        .package("/root/my venv/lib/python3.10/site-packages", "pip", "24.0");
    runs(machine, "/root/my venv/bin/python");

    const auto finding = finding_of(machine, "py-venv-broken").value();
    EXPECT_TRUE(finding.is_cause);
    EXPECT_EQ(finding.severity, Severity::error);
    EXPECT_THAT(finding.evidence,
                ElementsAre(HasSubstr("/root/my venv/bin/python: program missing")));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("mv -nT '/root/my venv' '/root/my venv.old'",
                            "/usr/bin/python3 -m venv '/root/my venv'",
                            "'/root/my venv/bin/python' -m pip install einops"));
}

TEST(VirtualEnvironments, WithTorchGetTheOneForThisDriver) {
    CapturedMachine machine;
    const std::string site = "/root/venv/lib/python3.10/site-packages";
    virtual_environment(machine, "/root/venv", "/usr/local/bin/python3.10", "3.10")
        .package(site, "torch", "2.1.1+cu121")
        .package(site, "torchvision", "0.16.1+cu121", {}, {"torch==2.1.1"})
        .package(site, "einops", "0.8.0");
    runs(machine, "/root/venv/bin/python");

    const auto finding = finding_of(machine, "py-venv-broken").value();
    ASSERT_EQ(finding.fix.commands.size(), 4);
    EXPECT_THAT(finding.fix.commands[2],
                ::testing::MatchesRegex("/root/venv/bin/python -m pip install "
                                        "torch==2[0-9.]*[+](cu12.) torchvision==0[0-9.]*[+]cu12. "
                                        "--index-url https://download.pytorch.org/whl/cu12."));
    EXPECT_EQ(finding.fix.commands[3], "/root/venv/bin/python -m pip install einops");
}

TEST(VirtualEnvironments, OfAnotherVersionThanTheirPythonAreBroken) {
    CapturedMachine machine;
    virtual_environment(machine, "/root/venv", "/usr/bin/python3", "3.10");
    runs(machine, "/root/venv/bin/python");

    EXPECT_THAT(machine.ids(), Contains("py-venv-broken"));
}

TEST(VirtualEnvironments, ThatNothingStartsAreANote) {
    CapturedMachine machine;
    virtual_environment(machine, "/root/.venv", "/usr/local/bin/python3.10", "3.10");

    EXPECT_EQ(finding_of(machine, "py-venv-broken").value().severity, Severity::info);
    EXPECT_THAT(alarms(machine), IsEmpty());
}

TEST(Commands, OfADeadPythonThatHideOthersGoAside) {
    CapturedMachine machine;
    machine.file("/root/.local/bin/pip", "#!/usr/bin/python3.9\n")
        .file("/root/.local/bin/tqdm", "#!/usr/bin/python3.9\n")
        .file("/usr/bin/pip", "#!/usr/bin/python3\n")
        .kernel_variable("PATH", "/root/.local/bin:/usr/bin:/bin");

    const auto finding = finding_of(machine, "py-script-dead").value();
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_THAT(finding.evidence,
                ElementsAre("/root/.local/bin/pip: #!/usr/bin/python3.9, which is gone; it hides "
                            "/usr/bin/pip"));
    EXPECT_THAT(finding.fix.commands,
                ElementsAre("mv -nT /root/.local/bin/pip /root/.local/bin/pip.old"));
    ASSERT_EQ(finding.fix.repairs.size(), 1);
    EXPECT_EQ(finding.fix.repairs[0].subject, "/root/.local/bin/pip");
}

TEST(Commands, OfADeadPythonThatHideNothingAreANote) {
    CapturedMachine machine;
    machine.file("/root/.local/bin/tqdm", "#!/usr/bin/python3.9\n")
        .file("/root/.local/bin/mine", "#!/bin/sh\n")
        .file("/root/.local/bin/works", "#!/usr/bin/python3\n");

    EXPECT_THAT(machine.ids(), ElementsAre("py-script-dead"));
    const auto finding = finding_of(machine, "py-script-dead").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.fix.text, HasSubstr("/root/.local/bin/tqdm"));
    EXPECT_THAT(finding.fix.text, Not(HasSubstr("mine")));
}

TEST(Commands, OfAnEnvironmentThatWasMovedAreDead) {
    CapturedMachine machine;
    virtual_environment(machine, "/root/venv", "/usr/bin/python3.11", "3.11")
        .file("/root/venv/bin/pip", "#!/old/place/venv/bin/python\n");

    EXPECT_THAT(finding_of(machine, "py-script-dead").value().evidence,
                ElementsAre("/root/venv/bin/pip: #!/old/place/venv/bin/python"));
}

TEST(ThePipOnPath, OfAnotherPythonIsANote) {
    CapturedMachine machine;
    machine.python("/opt/conda", "3.10")
        .file("/opt/conda/bin/pip", "#!/opt/conda/bin/python3\n")
        .kernel_variable("PATH", "/opt/conda/bin:/usr/bin");

    const auto finding = finding_of(machine, "py-pip-other-python").value();
    EXPECT_EQ(finding.severity, Severity::info);
    EXPECT_THAT(finding.fix.commands, ElementsAre("/usr/bin/python3 -m pip install NAME"));
    machine.file("/opt/conda/bin/pip", "#!/usr/bin/env -S python3.11\n");
    EXPECT_EQ(finding_of(machine, "py-pip-other-python"), std::nullopt);
    machine.file("/opt/conda/bin/pip", "#!/usr/bin/env bash\nexec pyenv exec pip\n");
    EXPECT_EQ(finding_of(machine, "py-pip-other-python"), std::nullopt) << "a wrapper";
}

}  // namespace
}  // namespace envkeep::gpu
