// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/cures.hpp"
#include "gpu/way_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// What the dynamic loader does with the files of the notebook's frameworks.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

const FrameworkLibraries* torch_libraries(const Facts& facts, const NotebookPython& notebook) {
    return torch_for_cuda(facts, notebook) != nullptr ? notebook.libraries.of("torch") : nullptr;
}

const LoadedLibrary* loaded_from(const FrameworkLibraries& libraries, const std::string& real) {
    const auto found = std::ranges::find_if(
        libraries.loaded, [&](const LoadedLibrary& one) { return one.found.real == real; });
    return found == libraries.loaded.end() ? nullptr : &*found;
}

bool is_of_packages(const LoadedLibrary& library) {
    return library.found.real.find("/nvidia/") != std::string::npos;
}

// Another nvJitLink than that of NVIDIA's packages, without functions that they need.
std::optional<Finding> old_linker(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& /*data*/) {
    const FrameworkLibraries* const libraries = torch_libraries(facts, notebook);
    for (const MissingSymbol& symbol :
         libraries == nullptr ? std::vector<MissingSymbol>() : libraries->undefined) {
        const LoadedLibrary* const library = loaded_from(*libraries, symbol.provider);
        if (library == nullptr || !library->soname.starts_with("libnvJitLink.so.") ||
            is_of_packages(*library)) {
            continue;
        }
        return Finding{
            .severity = Severity::error,
            .title =
                "an older libnvJitLink than torch's libraries need is found first: import "
                "torch fails",
            .evidence = {shown(*library),
                         fmt::format("{}: needs {}", symbol.asked_by, symbol.name),
                         library->beside.empty() ? "no other copy lies beside it"
                                                 : library->beside + ": the right one"},
            .fix = out_of_the_way(facts, notebook, *library, {})};
    }
    return std::nullopt;
}

// cuDNN's first library, and a part that it opens.
struct CudnnPart {
    const LoadedLibrary& first;
    const LoadedLibrary& part;

    // By the versions, where both are known; else two places are doubtful.
    [[nodiscard]] bool is_known() const { return !first.version.empty() && !part.version.empty(); }
};

std::optional<CudnnPart> other_cudnn(const FrameworkLibraries& libraries, bool is_hidden) {
    for (const std::string_view major : {"9", "8"}) {
        const LoadedLibrary* const first = libraries.library("libcudnn.so." + std::string(major));
        if (first == nullptr) {
            continue;
        }
        for (const LoadedLibrary& part : libraries.loaded) {
            const auto folder = [](const LoadedLibrary& one) {
                return one.found.real.substr(0, one.found.real.rfind('/'));
            };
            const CudnnPart both{.first = *first, .part = part};
            if (part.soname.starts_with("libcudnn_") && folder(part) != folder(*first) &&
                part.beside.empty() != is_hidden &&
                (both.is_known() ? part.version != first->version : is_hidden)) {
                return both;
            }
        }
    }
    return std::nullopt;
}

Finding two_cudnn(const Facts& facts,
                  const NotebookPython& notebook,
                  const CudnnPart& both,
                  std::string title) {
    const std::string package = "libcudnn" + both.part.soname.substr(both.part.soname.size() - 1);
    Finding finding{.severity = both.is_known() ? Severity::error : Severity::warning,
                    .title = std::move(title),
                    .evidence = {shown(both.first), shown(both.part)},
                    .fix = out_of_the_way(facts, notebook, both.part, package + '*')};
    if (!both.part.beside.empty()) {
        finding.evidence.push_back(both.part.beside + ": its own, which is passed over");
    }
    return finding;
}

std::optional<Finding> mixed_cudnn(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& /*data*/) {
    const FrameworkLibraries* const libraries = torch_libraries(facts, notebook);
    const auto both = libraries == nullptr ? std::nullopt : other_cudnn(*libraries, true);
    return both ? std::optional(two_cudnn(facts,
                                          notebook,
                                          *both,
                                          both->is_known()
                                              ? "parts of cuDNN come from different versions"
                                              : "parts of cuDNN come from different places"))
                : std::nullopt;
}

std::optional<Finding> hole_in_cudnn(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const CompatData& /*data*/) {
    const FrameworkLibraries* const libraries = torch_libraries(facts, notebook);
    const auto both = libraries == nullptr ? std::nullopt : other_cudnn(*libraries, false);
    return both ? std::optional(
                      two_cudnn(facts,
                                notebook,
                                *both,
                                fmt::format("torch's cuDNN has no {}, and another version's is "
                                            "found",
                                            both->part.soname)))
                : std::nullopt;
}

std::optional<Finding> broken_preload(const Facts& facts,
                                      const NotebookPython& notebook,
                                      const CompatData& /*data*/) {
    const std::vector<BrokenPreload>& all = notebook.libraries.broken_preloads;
    if (all.empty()) {
        return std::nullopt;
    }
    const bool stops_start = std::ranges::any_of(all, &BrokenPreload::stops_start);
    Finding finding{.severity = stops_start ? Severity::error : Severity::warning,
                    .title = "a library that is to be preloaded cannot be loaded",
                    .evidence = {},
                    .fix = {}};
    for (const BrokenPreload& one : all) {
        finding.evidence.push_back(
            fmt::format("{}: {} {}", one.named_in, printable(one.library), printable(one.problem)));
        const std::string command =
            one.named_in == "LD_PRELOAD"
                ? "unset LD_PRELOAD"
                : "sudo sed -i " + shell_quoted("\\|" + one.library + "|d") + " /etc/ld.so.preload";
        if (std::ranges::find(finding.fix.commands, command) == finding.fix.commands.end()) {
            finding.fix.commands.push_back(command);
        }
        if (one.named_in == "LD_PRELOAD") {
            finding.fix.text = where_it_is_set(facts, notebook, "LD_PRELOAD");
        }
    }
    return finding;
}

std::optional<Finding> old_cpp_library(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const CompatData& /*data*/) {
    for (const FrameworkLibraries& libraries : notebook.libraries.frameworks) {
        const auto symbol = std::ranges::find_if(libraries.undefined, [](const MissingSymbol& one) {
            return one.name.starts_with("GLIBCXX_") || one.name.starts_with("CXXABI_");
        });
        const LoadedLibrary* const library = symbol == libraries.undefined.end()
                                                 ? nullptr
                                                 : loaded_from(libraries, symbol->provider);
        if (library == nullptr || !has_card(facts)) {
            continue;
        }
        const python::Environment& environment = notebook.environment;
        const bool is_condas = environment.build == python::Build::conda &&
                               is_path_within(library->found.real, environment.prefix);
        Finding finding{
            .severity = Severity::error,
            .title = fmt::format("the C++ library is too old for {}: it has no {}",
                                 libraries.framework,
                                 symbol->name),
            .evidence = {shown(*library),
                         fmt::format("{}: needs {}", symbol->asked_by, symbol->name)},
            .fix = {.text = "an image with a newer libstdc++6, or an older release of " +
                            libraries.framework}};
        if (is_condas) {
            finding.fix = {.commands = {conda(notebook, "install") +
                                        " -c conda-forge --update-deps libstdcxx-ng"},
                           .text = {}};
        } else if (library->found.how == FoundBy::variable) {
            finding.fix = out_of_the_way(facts, notebook, *library, {});
        }
        return finding;
    }
    return std::nullopt;
}

std::optional<Finding> noexec_mount(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& /*data*/) {
    const std::string& mount = notebook.libraries.noexec_mount;
    const Framework* const torch = torch_for_cuda(facts, notebook);
    if (mount.empty() || torch == nullptr) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title =
                       "torch lies on a mount from which nothing may be run: its libraries "
                       "cannot be loaded",
                   .evidence = {mount + ": mounted with noexec", "torch: " + torch->module.path},
                   .fix = {.commands = {"sudo mount -o remount,exec " + shell_quoted(mount)},
                           .text = "where that is refused, move the environment to another disk"}};
}

std::optional<Finding> executable_stack(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const CompatData& /*data*/) {
    const auto glibc = Version::parse(notebook.libraries.glibc);
    if (!glibc || *glibc < *Version::parse("2.41") || !has_card(facts)) {
        return std::nullopt;
    }
    for (const FrameworkLibraries& libraries : notebook.libraries.frameworks) {
        if (libraries.executable_stack.empty()) {
            continue;
        }
        const std::string& file = libraries.executable_stack.front();
        return Finding{
            .severity = Severity::error,
            .title = fmt::format("a library of {} asks for an executable stack, which this "
                                 "machine's glibc {} refuses",
                                 libraries.framework,
                                 glibc->text()),
            .evidence = {file + ": its PT_GNU_STACK is executable"},
            .fix = {.commands = {"patchelf --clear-execstack " + shell_quoted(file)},
                    .text = "a newer release of the package does not ask for it"}};
    }
    return std::nullopt;
}

}  // namespace

std::span<const Check> loader_checks() {
    static constexpr std::array checks{
        Check{"ld-noexec-mount", noexec_mount},
        Check{"ld-libstdcxx-old", old_cpp_library},
        Check{"ld-execstack", executable_stack},
        Check{"ld-nvjitlink-old", old_linker},
        Check{"ld-cudnn-mixed", mixed_cudnn},
        Check{"ld-cudnn-hole", hole_in_cudnn},
        Check{"ld-preload-broken", broken_preload},
    };
    return checks;
}

}  // namespace envkeep::gpu
