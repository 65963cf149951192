// SPDX-License-Identifier: MIT
#include "cli/render_probe.hpp"

#include "cli/render_doctor.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/json_schema.hpp"

#include <gmock/gmock.h>

namespace envkeep::cli {
namespace {

using ::testing::IsEmpty;
using testing::JsonSchema;

gpu::ProbePass well() {
    return {.library = "/usr/lib/libcuda.so.1",
            .last = "the end",
            .is_complete = true,
            .steps = {{.name = "cuDevicePrimaryCtxRetain", .card = 0, .microseconds = 131'400},
                      {.name = "cuCtxSynchronize", .card = 0, .microseconds = 1'700}}};
}

gpu::ProbeFacts computing() {
    return {.driver = "535.104.05",
            .cuda = "12.2",
            .nvml = well(),
            .libcuda = well(),
            .cards = {{.name = "Tesla T4",
                       .memory_total = std::uint64_t{16} << 30U,
                       .memory_used = std::uint64_t{1} << 30U,
                       .processes = {{.pid = 7, .memory = 1}}}},
            .computed = {{.name = "Tesla T4", .computes = true}}};
}

TEST(WhatTheProbeSaw, IsToldInAFewWords) {
    gpu::ProbeFacts probe = computing();
    EXPECT_EQ(probe_text(probe), "Tesla T4 computes (context 131 ms, kernel 2 ms)");
    EXPECT_TRUE(is_well(probe));

    probe.libcuda.reset();
    probe.computed.clear();
    EXPECT_EQ(probe_text(probe), "Tesla T4 answers (1.0 GiB of 16.0 GiB used)");
}

TEST(WhatTheProbeSaw, IsToldWhereItFailedToo) {
    const auto text_of = [](gpu::ProbePass pass) {
        return probe_text({.libcuda = std::move(pass)});
    };

    EXPECT_EQ(text_of({.code = 802, .failed = "cuInit"}), "cuInit gave 802");
    EXPECT_EQ(text_of({.last = "cuInit", .is_over_time = true}), "cuInit did not come back");
    EXPECT_EQ(text_of({.last = "cuInit", .signal = 11}), "cuInit crashed");
    EXPECT_EQ(text_of({.missing = "libcuda.so.1: not there"}), "libcuda.so.1: not there");
    EXPECT_EQ(text_of({.not_started = "cannot start it"}), "cannot start it");
    EXPECT_FALSE(is_well({.libcuda = gpu::ProbePass{.code = 802, .failed = "cuInit"}}));
}

TEST(WhatTheProbeSaw, IsNothingBrokenWhereThereIsNoCard) {
    engine::DoctorReport report;
    const std::string raw = "libcuda.so.1: cannot open shared object file: No such file";
    report.facts.probe = gpu::ProbeFacts{.libcuda = gpu::ProbePass{.missing = raw}};
    const auto row = [&] {
        const std::string text = doctor_text(report, View{});
        const std::size_t begin = text.find("  use of the card");
        return text.substr(begin, text.find('\n', begin) + 1 - begin);
    };
    EXPECT_EQ(row(), "  use of the card         broken  " + raw + "\n");

    report.diagnosis.findings.push_back({.id = "pci-no-gpu"});
    EXPECT_EQ(row(),
              "  use of the card         -       neither a card nor its driver's libraries are "
              "here\n");

    report.facts.probe->libcuda = gpu::ProbePass{.code = 100, .failed = "cuInit"};
    EXPECT_EQ(row(), "  use of the card         -       cuInit gave 100\n");
}

TEST(WhatTheProbeSaw, IsDescribedByTheSchema) {
    const JsonSchema schema(*Json::parse(
        testing::content_of(std::string(ENVKEEP_SOURCE_DIR) + "/docs/schema/output.schema.json")));
    gpu::ProbeFacts probe = computing();
    EXPECT_THAT(schema.faults_of(json_of(probe), "gpu_probe"), IsEmpty());

    probe.libcuda->trial =
        gpu::ProbeTrial{.left_out = {"LD_PRELOAD"}, .is_well = true, .culprits = {"LD_PRELOAD"}};
    probe.nvml.reset();
    EXPECT_THAT(schema.faults_of(json_of(probe), "gpu_probe"), IsEmpty());
}

}  // namespace
}  // namespace envkeep::cli
