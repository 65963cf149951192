// SPDX-License-Identifier: MIT
#include "cli/render_report.hpp"
#include "envkeep/core/json.hpp"
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>

#include <string>

// The GPU in a start's report, and in 'verify'.
namespace envkeep::cli {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string no_path(const system::Place& /*place*/) {
    return {};
}

engine::RestoreReport report_with_gpu(engine::Ending ending, model::Severity severity) {
    engine::RestoreReport report;
    report.ending = ending;
    report.gpu = {.ending = ending,
                  .findings = {{.id = "kmod-not-loaded",
                                .severity = severity,
                                .subject = "kernel driver",
                                .title = "the kernel has not loaded NVIDIA's driver",
                                .evidence = {"/proc/devices: no 'nvidia'"}}}};
    return report;
}

TEST(StartReport, TellsOfABrokenGpuInOneLine) {
    const engine::RenderedReport rendered =
        start_report(report_with_gpu(engine::Ending::gpu, model::Severity::error), no_path, View{});

    const std::string line =
        "envkeep: the GPU does not work: the kernel has not loaded NVIDIA's driver; see 'envkeep "
        "doctor'";
    EXPECT_EQ(rendered.text, line + "\n");
    EXPECT_EQ(rendered.notice, line);
    EXPECT_EQ(rendered.gpu_notice, line);
    EXPECT_THAT(rendered.json, HasSubstr(R"("exit":8)"));
    EXPECT_THAT(rendered.json, HasSubstr("kmod-not-loaded"));
}

TEST(StartReport, KeepsWhatIsNotBrokenOfTheGpuInTheReport) {
    const engine::RenderedReport rendered = start_report(
        report_with_gpu(engine::Ending::well, model::Severity::warning), no_path, View{});

    EXPECT_EQ(rendered.text + rendered.notice + rendered.gpu_notice, "");
    EXPECT_THAT(rendered.json, HasSubstr("kmod-not-loaded"));
}

using VerifyOfAGpu = testing::Household;

TEST_F(VerifyOfAGpu, MissesAGpuThatTheManifestWants) {
    // Of no machine: it has none, or none that serves this.
    init_with("envkeep: 1\nkeep: []\ngpu: {expect: required, cuda: '>=99'}\n");
    static_cast<void>(run({"restore"}));

    const Answer verify = run({"verify"});
    const Json document = Json::parse(run({"verify", "--json"}).out).value();

    EXPECT_EQ(verify.status, 1);
    EXPECT_THAT(verify.out,
                StartsWith("differs from the manifest: 0 keeps in order, the GPU is "
                           "not as wanted\n"));
    EXPECT_FALSE(document.flag_or("as_wanted", true));
    EXPECT_THAT(document.find("findings")->compact(), HasSubstr("\"gpu-"));
}

}  // namespace
}  // namespace envkeep::cli
