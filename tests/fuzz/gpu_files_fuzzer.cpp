// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/gpu/capture.hpp"
#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/version.hpp"
#include "fuzz/given.hpp"
#include "gpu/elf.hpp"
#include "gpu/library_search.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

// Any bytes as an ELF file, as the loader's cache, as compatibility data, as the record of a
// capture and as a version; the first byte says which. No read of a file is larger than what may be
// read of it, names are names, and tables are sorted.
namespace envkeep::gpu {
namespace {

using given::require;

bool is_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos;
}

void check_elf(std::string_view bytes) {
    const std::string path = "/lib/libx.so.1";
    const given::Inspector machine(path, std::string(bytes));
    static_cast<void>(is_whole_elf(machine, path));
    for (const std::string& target : torch_targets(machine, path)) {
        require(target.starts_with("sm_") || target.starts_with("compute_"));
    }
    static_cast<void>(forward_compatibility(machine, path));
    if (const auto offered = OfferedSymbols::read(machine, path)) {
        static_cast<void>(offered->has("cuInit"));
    }
    for (const std::string& symbol : undefined_symbols(machine, path, {"cu", "_Z"})) {
        require(symbol.starts_with("cu") || symbol.starts_with("_Z"));
    }
    const Result<Elf> elf = read_elf(machine, path);
    if (!elf) {
        require(!elf.error().message.empty());
        return;
    }
    for (const std::string& name : elf->needed) {
        require(is_text(name));
    }
    require(is_text(elf->soname) && is_text(elf->interpreter));
    const auto strings = dynamic_strings(machine, *elf);
    require(!strings || strings->size() <= bytes.size());
    static_cast<void>(strings && has_name(*strings, "cuInit"));
    const auto highest = strings ? highest_version(*strings, "GLIBCXX_") : std::nullopt;
    require(!highest || is_text(*highest));
    for (const std::string& version : elf->cxx_versions) {
        require(is_text(version));
    }
}

void check_cache(std::string_view bytes) {
    for (const auto& [name, path] : parse_ld_cache(bytes)) {
        require(!name.empty() && !path.empty() && is_text(name) && is_text(path));
        require(name.size() + path.size() <= 2 * 4096 + 64);
    }
    const given::Inspector machine("/etc/ld.so.cache", std::string(bytes));
    const LibrarySearch search(machine, "/a:b::/c", "/work");
    const auto found = search.find("libcuda.so.1");
    require(!found || machine.real_path(found->real).has_value());
}

void check_compat(std::string_view text) {
    const Result<CompatData> data = parse_compat_data(text);
    if (!data) {
        require(!data.error().message.empty());
        return;
    }
    require(std::ranges::is_sorted(data->branches, {}, [](const auto& one) { return one.first; }));
    for (const unsigned id : {0U, 0x13F1U, 0x1EB8U, 0xFFFFU}) {
        const auto device = static_cast<std::uint16_t>(id);
        static_cast<void>(data->card(device));
        static_cast<void>(data->is_card(device));
    }
    const Version version = Version::parse("12.1").value();
    static_cast<void>(data->highest_cuda(version));
    static_cast<void>(data->least_driver(version));
    static_cast<void>(data->default_build(version));
    static_cast<void>(data->companions_of(version));
    static_cast<void>(data->sonames_of(version));
    static_cast<void>(data->recommended_torch(version, {.major = 7, .minor = 5}));
    static_cast<void>(data->name_of_cuda_code(100));
}

void check_version(std::string_view text) {
    const auto version = Version::parse(text);
    if (version) {
        require(version->is_known() && text.find(version->text()) != std::string_view::npos);
        const auto again = Version::parse(version->text());
        require(again.has_value() && *again == *version && again->text() == version->text());
        require(version->release() <= *version);
    }
    if (const auto range = VersionRange::parse(text)) {
        require(range->first <= range->last ? range->holds(range->first) : true);
    }
    if (const auto capability = Capability::parse(text)) {
        require(Capability::parse(capability->text()) == capability);
    }
}

void check_record(std::string_view text) {
    if (const auto json = Json::parse(text)) {
        Surroundings surroundings;
        take_recorded(*json, surroundings);
    }
}

using Check = void (*)(std::string_view);
constexpr std::array<Check, 5> checks{
    check_elf, check_cache, check_compat, check_version, check_record};

}  // namespace
}  // namespace envkeep::gpu

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    gpu::checks.at(given::take_choice(text, gpu::checks.size()))(text);
    return 0;
}
