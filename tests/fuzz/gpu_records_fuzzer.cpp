// SPDX-License-Identifier: MIT
#include "envkeep/gpu/diagnose.hpp"
#include "gpu/read_records.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Any bytes as what the probe wrote: a library that it loads may write there too. What is kept is
// bounded, and a diagnosis is made of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::gpu;
    const std::string_view output(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t most_cards = 64;
    constexpr std::size_t most_said = 4096;
    ProbePass pass;
    ProbeFacts probe;
    read_records(output, pass, probe);
    if (probe.cards.size() > most_cards || probe.computed.size() > most_cards ||
        probe.host_cards.size() > most_cards || pass.said.size() > most_said) {
        std::abort();
    }
    probe.libcuda = pass;
    probe.nvml = pass;
    Facts facts;
    facts.probe = probe;
    static_cast<void>(diagnose(facts, built_in_compat_data()));
    return 0;
}
