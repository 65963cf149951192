// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Libraries that TensorFlow, onnxruntime, ctranslate2 and triton open, and extensions of torch.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

std::string sonames_in(const std::vector<MissingLibrary>& missing) {
    std::vector<std::string> names;
    for (const MissingLibrary& one : missing) {
        names.push_back(one.soname);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> evidence_of(const std::vector<MissingLibrary>& missing) {
    std::vector<std::string> evidence;
    for (const MissingLibrary& one : missing) {
        evidence.push_back(fmt::format("{}: asks for {}", one.asked_by, one.soname));
        if (!one.elsewhere.empty()) {
            evidence.push_back(one.elsewhere + ": there, where the loader does not look");
        }
    }
    return evidence;
}

// LD_LIBRARY_PATH with those folders before what it has.
std::string with_folders(const NotebookPython& notebook, std::vector<std::string> folders) {
    std::ranges::copy(notebook.libraries.variable_folders, std::back_inserter(folders));
    return "export LD_LIBRARY_PATH=" + shell_quoted(fmt::format("{}", fmt::join(folders, ":")));
}

// Where Python's packages have all that is missing: their folders, else none.
std::vector<std::string> folders_of(const std::vector<MissingLibrary>& missing) {
    std::vector<std::string> folders;
    for (const MissingLibrary& one : missing) {
        if (one.elsewhere.empty()) {
            return {};
        }
        if (const std::string folder(folder_of(one.elsewhere));
            std::ranges::find(folders, folder) == folders.end()) {
            folders.push_back(folder);
        }
    }
    return folders;
}

// The packages of NVIDIA's that bring such libraries: "nvidia-cublas-cu12".
std::vector<std::string> packages_of(const std::vector<MissingLibrary>& missing,
                                     std::string_view cuda) {
    const unsigned major = Version::parse(cuda).value_or(*Version::parse("12")).major();
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{
        {{"libcublas", "cublas"},
         {"libcudart", "cuda-runtime"},
         {"libcudnn", "cudnn"},
         {"libcufft", "cufft"},
         {"libcurand", "curand"},
         {"libnvrtc", "cuda-nvrtc"},
         {"libnvJitLink", "nvjitlink"}}};
    std::vector<std::string> packages;
    for (const auto& package : known) {
        if (std::ranges::any_of(missing, [&](const MissingLibrary& one) {
                return one.soname.starts_with(package.first);
            })) {
            packages.push_back(nvidia_package(package.second, major));
        }
    }
    return packages;
}

// By the library that says it best: "12" of libcublas.so.12.
template <typename Library>
std::string cuda_of(const std::vector<Library>& libraries) {
    for (const Library& one : libraries) {
        if (one.soname.starts_with("libcublas") || one.soname.starts_with("libcudart")) {
            const std::string_view after =
                std::string_view(one.soname).substr(one.soname.find(".so.") + 4);
            return std::string(after.substr(0, after.find('.')));
        }
    }
    return {};
}

// torch is imported in the same notebook, and has loaded them.
bool brings_all(const NotebookPython& notebook, const std::vector<MissingLibrary>& missing) {
    const FrameworkLibraries* const torch = notebook.libraries.of("torch");
    return std::ranges::all_of(missing, [&](const MissingLibrary& one) {
        return !one.elsewhere.empty() ||
               (torch != nullptr && torch->library(one.soname) != nullptr);
    });
}

std::optional<Finding> tensorflow(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& data) {
    const FrameworkLibraries* const libraries = notebook.libraries.of("tensorflow");
    const Framework* const framework = notebook.framework("tensorflow");
    if (libraries == nullptr || framework == nullptr || libraries->missing.empty() ||
        !has_card(facts)) {
        return std::nullopt;
    }
    const std::vector<MissingLibrary>& missing = libraries->missing;
    const std::vector<std::string> folders = folders_of(missing);
    // That alone is told as cuDNN's.
    if (folders.empty() && missing.size() == 1 && missing.front().soname.starts_with("libcudnn")) {
        return std::nullopt;
    }
    Finding finding{.severity = harm_beside_torch(facts, notebook, data),
                    .title = "TensorFlow does not find libraries, and leaves the GPU alone: " +
                             sonames_in(missing),
                    .evidence = evidence_of(missing),
                    .fix = {}};
    const auto version = Version::parse(framework->version);
    if (!folders.empty()) {
        finding.fix = {.commands = {with_folders(notebook, folders)},
                       .text = where_it_is_set(facts, notebook, "LD_LIBRARY_PATH")};
    } else if (version && *version >= *Version::parse("2.14")) {
        finding.fix.commands.push_back(
            pip_install(notebook, {"tensorflow[and-cuda]==" + version->text()}, framework));
    } else {
        finding.fix.text = fmt::format(
            "install CUDA {} and cuDNN {} (conda's cudatoolkit and cudnn, or the "
            "toolkit), or a TensorFlow since 2.14 with 'tensorflow[and-cuda]'",
            framework->cuda,
            framework->cudnn);
    }
    return finding;
}

std::string onnxruntime_for(const Version& highest) {
    return fmt::format("this driver gives CUDA {} at most: install an onnxruntime-gpu for CUDA {}",
                       highest.text(),
                       highest.major());
}

// It finds all its libraries, and the driver is older than they ask for.
std::optional<Finding> onnxruntime_for_newer_driver(const Facts& facts,
                                                    const NotebookPython& notebook,
                                                    const CompatData& data) {
    const std::string cuda = cuda_of(notebook.libraries.of("onnxruntime")->loaded);
    const auto least = driver_missed(facts, Version::parse(cuda), data);
    if (!least) {
        return std::nullopt;
    }
    const auto highest = data.highest_cuda(*facts.driver.version());
    return Finding{
        .severity = harm_beside_torch(facts, notebook, data),
        .title = fmt::format(
            "onnxruntime-gpu was built for CUDA {}, which needs driver {}; this machine has {}",
            cuda,
            least->text(),
            facts.driver.version()->text()),
        .evidence = {shown(*notebook.framework("onnxruntime")), shown_driver(facts, data)},
        .fix = {.text = highest ? onnxruntime_for(*highest)
                                : std::string("an older onnxruntime-gpu is for this driver")}};
}

std::optional<Finding> onnxruntime(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& data) {
    const FrameworkLibraries* const libraries = notebook.libraries.of("onnxruntime");
    const Framework* const framework = notebook.framework("onnxruntime");
    if (libraries == nullptr || framework == nullptr || !has_card(facts)) {
        return std::nullopt;
    }
    if (libraries->missing.empty()) {
        return onnxruntime_for_newer_driver(facts, notebook, data);
    }
    const std::vector<MissingLibrary>& missing = libraries->missing;
    Finding finding{.severity = harm_beside_torch(facts, notebook, data),
                    .title = "onnxruntime-gpu does not find the CUDA and cuDNN it was built for: " +
                             sonames_in(missing),
                    .evidence = evidence_of(missing),
                    .fix = {}};
    if (brings_all(notebook, missing)) {
        finding.severity = Severity::info;
        finding.title =
            "onnxruntime-gpu finds CUDA only after `import torch` or "
            "`onnxruntime.preload_dlls()`";
        return finding;
    }
    const std::string cuda = cuda_of(missing);
    const auto wanted = Version::parse(cuda);
    const auto driver = facts.driver.version();
    const auto highest = driver ? data.highest_cuda(*driver) : std::nullopt;
    if (wanted && highest && wanted->major() > highest->major()) {
        finding.fix.text = onnxruntime_for(*highest);
    } else if (wanted && wanted->major() < 12) {
        finding.fix.commands.push_back(
            pip_install(notebook, {"--upgrade", "onnxruntime-gpu"}, framework));
    } else {
        std::vector<std::string> packages = packages_of(missing, cuda.empty() ? "12" : cuda);
        if (!packages.empty()) {
            finding.fix.commands.push_back(pip_install(notebook, packages, framework));
        }
        finding.fix.text =
            "then call onnxruntime.preload_dlls() (since 1.21) before the first session";
    }
    return finding;
}

std::optional<Finding> ctranslate2(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& data) {
    const FrameworkLibraries* const libraries = notebook.libraries.of("ctranslate2");
    const Framework* const framework = notebook.framework("ctranslate2");
    if (libraries == nullptr || framework == nullptr || libraries->missing.empty() ||
        !has_card(facts)) {
        return std::nullopt;
    }
    const std::vector<MissingLibrary>& missing = libraries->missing;
    const std::vector<std::string> folders = folders_of(missing);
    const bool comes_with_torch = brings_all(notebook, missing);
    const std::string nvidia = framework->module.in_folder + "/nvidia";
    Finding finding{
        .severity = comes_with_torch ? Severity::info : harm_beside_torch(facts, notebook, data),
        .title = comes_with_torch
                     ? "ctranslate2 finds cuBLAS only after `import torch`"
                     : fmt::format("ctranslate2 needs {}, which is not here", sonames_in(missing)),
        .evidence = evidence_of(missing),
        .fix = {.text = where_it_is_set(facts, notebook, "LD_LIBRARY_PATH")}};
    if (!comes_with_torch) {
        finding.fix.commands.push_back(
            pip_install(notebook, packages_of(missing, cuda_of(missing)), framework));
    }
    finding.fix.commands.push_back(
        with_folders(notebook, folders.empty() ? std::vector{nvidia + "/cublas/lib"} : folders));
    return finding;
}

// It finds libcuda.so.1, and the linker wants the link that toolkits and container runtimes make.
std::optional<Finding> unlinked_libcuda(const NotebookPython& notebook) {
    const std::string& folder = notebook.tools.unlinked_libcuda;
    if (folder.empty()) {
        return std::nullopt;
    }
    const std::string link = folder + "/libcuda.so";
    return Finding{
        .severity = Severity::warning,
        .title =
            "this triton links with libcuda.so, and there is only libcuda.so.1: "
            "torch.compile fails",
        .evidence = {link + ": not there", folder + "/libcuda.so.1: there"},
        .fix = {.commands = {"sudo ln -s libcuda.so.1 " + shell_quoted(link)}, .text = {}}};
}

std::optional<Finding> triton(const Facts& facts,
                              const NotebookPython& notebook,
                              const CompatData& /*data*/) {
    const BuildTools& tools = notebook.tools;
    // Without a compiler there is nothing to link, which is told too.
    if (torch_for_cuda(facts, notebook) != nullptr && !facts.libcuda.is_stub &&
        !tools.c_compiler.empty()) {
        if (auto finding = unlinked_libcuda(notebook)) {
            return finding;
        }
    }
    if (notebook.framework("triton") == nullptr || !facts.libcuda.found || facts.libcuda.is_stub ||
        !tools.knows_loader_cache || !tools.cached_libcuda.empty() || tools.is_libcuda_on_path ||
        notebook.launch.variables.contains("TRITON_LIBCUDA_PATH")) {
        return std::nullopt;
    }
    const std::string folder(folder_of(facts.libcuda.found->path));
    return Finding{
        .severity = Severity::warning,
        .title = "triton does not find libcuda.so.1, which the loader does: torch.compile fails",
        .evidence = {"/etc/ld.so.cache: no libcuda.so.1", facts.libcuda.found->path + ": there"},
        .fix = {.commands = {"sudo ldconfig", "export TRITON_LIBCUDA_PATH=" + shell_quoted(folder)},
                .text = "one of the two is enough"}};
}

// Of flash-attn, xformers and the like: what is compiled for one torch.
std::optional<Finding> extension(const Facts& facts,
                                 const NotebookPython& notebook,
                                 const CompatData& /*data*/) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    Finding finding{.severity = Severity::warning, .title = {}, .evidence = {}, .fix = {}};
    std::vector<std::string> names;
    for (const FrameworkLibraries& one : notebook.libraries.frameworks) {
        const Framework* const framework = notebook.framework(one.framework);
        const bool is_extension = one.framework == "flash_attn" || one.framework == "xformers" ||
                                  one.framework == "exllamav2";
        if (torch == nullptr || framework == nullptr || !is_extension) {
            continue;
        }
        const auto made_for = Version::parse(one.made_for);
        const bool is_for_other =
            made_for &&
            made_for->release() != Version::parse(torch->version).value_or(Version()).release();
        // What it says of itself counts only as a reason: many work with a later torch.
        if (one.undefined.empty()) {
            continue;
        }
        finding.severity = Severity::error;
        names.push_back(one.framework);
        finding.evidence.push_back(fmt::format("{}: needs {}, which torch {} has not",
                                               one.undefined.front().asked_by,
                                               one.undefined.front().name,
                                               torch->version));
        if (is_for_other) {
            finding.evidence.push_back(fmt::format(
                "{} {}: made for torch {}", one.framework, framework->version, made_for->text()));
        }
        const std::string package = one.framework == "flash_attn" ? "flash-attn" : one.framework;
        finding.fix.commands.push_back(
            one.framework == "xformers"
                ? pip_install(notebook, {"--force-reinstall", "--no-deps", package}, framework)
                : pip_install(notebook,
                              {"--force-reinstall",
                               "--no-deps",
                               "--no-build-isolation",
                               "--no-cache-dir",
                               package},
                              framework));
        finding.fix.text = fmt::format(
            "take the release that was built for torch {}; without a ready wheel for it pip "
            "compiles for a long time",
            torch->version);
    }
    if (names.empty()) {
        return std::nullopt;
    }
    finding.title = fmt::format("{} was compiled for another torch, and cannot be imported",
                                fmt::join(names, ", "));
    return finding;
}

}  // namespace

std::span<const Check> opened_library_checks() {
    static constexpr std::array checks{
        Check{"tf-cannot-dlopen", tensorflow},
        Check{"ld-cublas-soname", ctranslate2},
        Check{"ort-cuda-major", onnxruntime},
        Check{"torch-triton-libcuda", triton},
        Check{"torch-extension-abi", extension},
    };
    return checks;
}

}  // namespace envkeep::gpu
