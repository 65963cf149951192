// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "gpu/framework_libraries.hpp"

#include <algorithm>
#include <array>
#include <utility>

// Files that others load into a process: extensions made for one torch, libraries to be preloaded.
namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_flags = 64U << 10U;
constexpr std::size_t most_symbols = 5;  // that are told of one package
constexpr std::size_t most_preloads = 50;

struct Extension {
    std::string_view module;
    std::string_view beginning;  // of its compiled files
    bool is_in_package = false;  // else they lie beside it
};

constexpr std::array<Extension, 3> extensions{{{"flash_attn", "flash_attn_", false},
                                               {"xformers", "_C", true},
                                               {"exllamav2", "exllamav2_ext", false}}};

// The torch that something says it was compiled for: in its version
// ("2.6.3+cu123torch2.4cxx11abiFALSE"), or in xformers/cpp_lib.json.
std::string torch_named_by(const system::Inspector& machine, const Framework& framework) {
    const std::string_view version =
        framework.installed ? framework.installed->version : framework.version;
    constexpr std::string_view word = "torch";
    const std::size_t tag = version.find(word, std::min(version.find('+'), version.size()));
    if (tag != std::string_view::npos) {
        const std::string_view rest = version.substr(tag + word.size());
        return std::string(rest.substr(0, rest.find_first_not_of("0123456789.")));
    }
    const auto text = machine.read(framework.module.path + "/cpp_lib.json", largest_flags);
    const auto json = text ? Json::parse(*text) : Result<Json>(failure(ErrorKind::not_found, {}));
    const Json* const versions = json ? json->find("version") : nullptr;
    return versions == nullptr ? std::string() : versions->text_or("torch", "");
}

// Empty where nothing can be said: without the first two.
std::vector<OfferedSymbols> symbols_of(const system::Inspector& machine, const Framework& torch) {
    std::vector<OfferedSymbols> offered;
    for (const std::string_view name : {"libc10.so",
                                        "libtorch_cpu.so",
                                        "libc10_cuda.so",
                                        "libtorch_cuda.so",
                                        "libtorch_python.so"}) {
        auto symbols =
            OfferedSymbols::read(machine, torch.module.path + "/lib/" + std::string(name));
        if (symbols) {
            offered.push_back(*std::move(symbols));
        } else if (offered.size() < 2) {
            return {};
        }
    }
    return offered;
}

// Not what the loader expands ($LIB), nor what depends on the folder that a program starts in, nor
// hooks that share a card, which are told by themselves.
bool is_for_us(std::string_view library) {
    const bool is_relative = !library.starts_with('/') && library.find('/') != library.npos;
    return !library.empty() && !is_relative && library.find('$') == library.npos &&
           library.find("vgpu") == library.npos;
}

// What keeps the loader from it; empty if nothing does.
std::string problem_of(LibraryContext& context, const std::string& library, bool& stops_start) {
    const auto found = context.search.find(library);
    const auto real = library.starts_with('/') ? context.machine().real_path(library)
                      : found                  ? Result<std::string>(found->real)
                              : Result<std::string>(failure(ErrorKind::not_found, {}));
    if (!real) {
        return "is not there";
    }
    const Result<Elf>& elf = context.search.elf(*real);
    constexpr std::uint16_t x86_64 = 62;
    if (!elf || elf->machine != x86_64) {
        return "is no 64 bit library of this machine";
    }
    // A capture that has not even the C library tells nothing of what is needed.
    const bool knows_libraries = context.search.find("libc.so.6").has_value();
    for (const std::string& needed : elf->needed) {
        if (knows_libraries && !context.search.find(needed, {&*elf})) {
            stops_start = true;
            return "needs " + needed + ", which is not there";
        }
    }
    return {};
}

}  // namespace

std::vector<FrameworkLibraries> extensions_of_torch(LibraryContext& context,
                                                    const Framework& torch) {
    std::vector<FrameworkLibraries> all;
    std::vector<OfferedSymbols> offered;
    for (const Extension& extension : extensions) {
        const Framework* const framework = context.notebook.framework(extension.module);
        if (framework == nullptr) {
            continue;
        }
        if (all.empty()) {
            offered = symbols_of(context.machine(), torch);
        }
        FrameworkLibraries libraries{.framework = framework->name};
        libraries.made_for = torch_named_by(context.machine(), *framework);
        const std::vector<std::string> files = extensions_in(
            context,
            extension.is_in_package ? framework->module.path : framework->module.in_folder,
            extension.beginning);
        for (const std::string& file : offered.empty() ? std::vector<std::string>() : files) {
            for (const std::string& name :
                 undefined_symbols(context.machine(),
                                   file,
                                   {"_ZN3c10", "_ZNK3c10", "_ZN2at", "_ZNK2at", "_ZN5torch"})) {
                const bool is_there = std::ranges::any_of(
                    offered, [&](const OfferedSymbols& one) { return one.has(name); });
                if (!is_there && libraries.undefined.size() < most_symbols) {
                    libraries.undefined.push_back(
                        {.name = name, .asked_by = file, .provider = torch.module.path + "/lib"});
                }
            }
        }
        all.push_back(std::move(libraries));
    }
    return all;
}

std::vector<BrokenPreload> broken_preloads(LibraryContext& context,
                                           const std::vector<std::string>& lines) {
    std::vector<BrokenPreload> broken;
    const auto look_at = [&](const std::string& library, std::string_view named_in) {
        BrokenPreload preload{.library = library, .named_in = std::string(named_in)};
        if (!is_for_us(library) || broken.size() == most_preloads) {
            return;
        }
        preload.problem = problem_of(context, library, preload.stops_start);
        if (!preload.problem.empty()) {
            broken.push_back(std::move(preload));
        }
    };
    for (const std::string& line : lines) {
        look_at(line, "/etc/ld.so.preload");
    }
    const auto& variables = context.notebook.launch.variables;
    const auto value = variables.find("LD_PRELOAD");
    std::string words = value == variables.end() ? std::string() : value->second;
    std::ranges::replace(words, ':', ' ');
    for (const std::string_view word : split(words, ' ')) {
        look_at(std::string(word), "LD_PRELOAD");
    }
    return broken;
}

}  // namespace envkeep::gpu
