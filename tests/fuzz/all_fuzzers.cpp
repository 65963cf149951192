// SPDX-License-Identifier: MIT
// All fuzz targets as one program; ENVKEEP_FUZZER is the name of the one that takes the input. The two files
// included are made by envkeep_fuzzer (cmake/Tests.cmake): each target under the name of its file, and a table.
#include "joined_fuzzers.inc"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct Fuzzer {
    std::string_view name;
    int (*take)(const std::uint8_t* data, std::size_t size);
};

constexpr std::array fuzzers{
#include "fuzzer_table.inc"
};

const Fuzzer& chosen() {
    const char* const name = std::getenv("ENVKEEP_FUZZER");
    const auto* const found =
        std::ranges::find(fuzzers, std::string_view(name == nullptr ? "" : name), &Fuzzer::name);
    if (found == fuzzers.end()) {
        std::fprintf(stderr, "ENVKEEP_FUZZER names none of the fuzzers\n");
        std::exit(2);
    }
    return *found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Fuzzer& fuzzer = chosen();
    return fuzzer.take(data, size);
}
