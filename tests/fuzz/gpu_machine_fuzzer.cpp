// SPDX-License-Identifier: MIT
#include "envkeep/gpu/capture.hpp"
#include "envkeep/gpu/diagnose.hpp"
#include "envkeep/gpu/faults.hpp"
#include "envkeep/gpu/observe.hpp"
#include "envkeep/gpu/wishes.hpp"
#include "envkeep/system/recorder.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>

// Any bytes as a whole machine (given::Inspector says how): /proc, /sys, /dev and the Pythons in
// it. Whatever it is, the doctor looks at it to the end, each finding is one that is documented,
// and a capture of it is a tar.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    constexpr std::size_t block = 512;
    const given::Inspector machine(std::string_view(reinterpret_cast<const char*>(data), size));
    const system::Recorder recorder(machine);
    const gpu::Surroundings surroundings{
        .home = "/root", .store = "/storage", .searches_all = true};
    const gpu::Facts facts = gpu::observe(recorder, surroundings);
    const gpu::CompatData& known = gpu::built_in_compat_data();
    const gpu::Diagnosis diagnosis = gpu::diagnose(facts, known);
    for (const model::Finding& finding : diagnosis.findings) {
        given::require(gpu::find_fault(finding.id) != nullptr && !finding.title.empty());
    }
    const manifest::Gpu wanted{.expect = manifest::GpuExpectation::required};
    given::require(gpu::with_wishes(diagnosis, wanted, facts, known).findings.size() >=
                   diagnosis.findings.size());
    const std::string capture = gpu::capture_of(recorder.recording(), surroundings);
    given::require(!capture.empty() && capture.size() % block == 0);
    return 0;
}
