// SPDX-License-Identifier: MIT
#include "envkeep/gpu/compat_data.hpp"
#include "gpu/framework_libraries.hpp"

#include <algorithm>
#include <array>
#include <utility>

// Libraries that frameworks open by name when they first use the card.
namespace envkeep::gpu {
namespace {

// From any of those files that is there: a framework may open them from one or another.
FrameworkLibraries opened_from(LibraryContext& context,
                               std::string framework,
                               const std::vector<std::string>& files,
                               const std::vector<std::string>& sonames) {
    FrameworkLibraries libraries{.framework = std::move(framework)};
    std::vector<const Elf*> askers;
    for (const std::string& file : files) {
        const auto real = context.machine().real_path(file);
        if (real && context.search.elf(*real)) {
            askers.push_back(&*context.search.elf(*real));
        }
    }
    if (askers.empty()) {
        return libraries;
    }
    const Result<Elf>& program = context.search.elf(context.notebook.environment.real_program);
    for (const std::string& soname : sonames) {
        std::optional<FoundLibrary> found;
        for (std::size_t i = 0; i < askers.size() && !found; ++i) {
            std::vector<const Elf*> chain{askers[i]};
            if (program) {
                chain.push_back(&*program);
            }
            found = context.search.find(soname, chain);
        }
        if (found) {
            libraries.loaded.push_back(
                {.soname = soname, .found = *std::move(found), .asked_by = askers.front()->path});
            libraries.loaded.back().version =
                version_of(libraries.loaded.back().found.real, context.notebook);
        } else {
            libraries.missing.push_back({.soname = soname,
                                         .asked_by = askers.front()->path,
                                         .is_opened_later = true,
                                         .elsewhere = in_packages(context, soname)});
        }
    }
    return libraries;
}

std::string major_of(std::string_view version) {
    return std::string(version.substr(0, version.find('.')));
}

// XLA's plugin for CUDA opens cuDNN; which one it wants is in its metadata.
std::optional<FrameworkLibraries> of_jax(LibraryContext& context) {
    for (const std::string_view cuda : {"cuda13", "cuda12"}) {
        const python::Distribution* const plugin =
            context.notebook.distribution("jax-" + std::string(cuda) + "-plugin");
        if (plugin == nullptr) {
            continue;
        }
        std::string least;
        for (const python::Requirement& one : python::requirements_of(context.machine(), *plugin)
                                                  .value_or(std::vector<python::Requirement>())) {
            const std::size_t at = one.specifier.find(">=");
            if (one.name.starts_with("nvidia-cudnn-") && at != std::string::npos) {
                const std::string_view from = std::string_view(one.specifier).substr(at + 2);
                least = from.substr(0, from.find_first_not_of("0123456789."));
            }
        }
        FrameworkLibraries libraries = opened_from(
            context,
            "jaxlib",
            {plugin->folder + "/jax_plugins/xla_" + std::string(cuda) + "/xla_cuda_plugin.so"},
            {"libcudnn.so." + (least.empty() ? std::string("9") : major_of(least))});
        libraries.least_cudnn = least;
        return libraries;
    }
    return std::nullopt;
}

FrameworkLibraries of_tensorflow(LibraryContext& context, const Framework& tensorflow) {
    // It goes without the generator of random numbers, and without the compilers.
    constexpr std::array<std::string_view, 5> opened{
        "libcudart.", "libcublas.", "libcufft.", "libcusolver.", "libcusparse."};
    std::vector<std::string> sonames;
    const auto cuda = Version::parse(tensorflow.cuda);
    if (cuda && tensorflow.has_cuda == true) {
        sonames = built_in_compat_data().sonames_of(*cuda);
    }
    std::erase_if(sonames, [&](const std::string& soname) {
        return std::ranges::none_of(opened,
                                    [&](std::string_view one) { return soname.starts_with(one); });
    });
    if (!sonames.empty() && !tensorflow.cudnn.empty()) {
        sonames.push_back("libcudnn.so." + major_of(tensorflow.cudnn));
    }
    const std::string& folder = tensorflow.module.path;
    FrameworkLibraries libraries = opened_from(context,
                                               tensorflow.name,
                                               {folder + "/libtensorflow_cc.so.2",
                                                folder + "/libtensorflow_framework.so.2",
                                                folder + "/python/_pywrap_tensorflow_internal.so"},
                                               sonames);
    // "8" alone says no more than the name of the library.
    if (tensorflow.cudnn.find('.') != std::string::npos) {
        libraries.least_cudnn = tensorflow.cudnn;
    }
    return libraries;
}

// Its version 3 was built for CUDA 11, 4 for CUDA 12.
FrameworkLibraries of_ctranslate2(LibraryContext& context, const Framework& framework) {
    const std::string beside = framework.module.in_folder + "/ctranslate2.libs";
    std::vector<std::string> files = extensions_in(context, framework.module.path, "_ext.");
    for (const system::Entry& entry : context.folders.in(beside)) {
        if (entry.name.starts_with("libctranslate2")) {
            files.push_back(beside + '/' + entry.name);
        }
    }
    const auto version = Version::parse(framework.version);
    std::vector<std::string> sonames;
    if (version && (version->major() == 3 || version->major() == 4)) {
        sonames.emplace_back(version->major() == 4 ? "libcublas.so.12" : "libcublas.so.11");
    }
    return opened_from(context, framework.name, files, sonames);
}

FrameworkLibraries of_onnxruntime(LibraryContext& context, const Framework& framework) {
    Loading loading(context.search, context.notebook.environment.real_program);
    loading.open(framework.module.path + "/capi/libonnxruntime_providers_cuda.so");
    return told_by(framework.name, loading, context);
}

}  // namespace

std::vector<FrameworkLibraries> libraries_of_others(LibraryContext& context) {
    std::vector<FrameworkLibraries> all;
    if (auto jax = of_jax(context)) {
        all.push_back(*std::move(jax));
    }
    constexpr std::array<
        std::pair<std::string_view, FrameworkLibraries (*)(LibraryContext&, const Framework&)>,
        3>
        known{{{"tensorflow", of_tensorflow},
               {"onnxruntime", of_onnxruntime},
               {"ctranslate2", of_ctranslate2}}};
    for (const auto& [name, observe] : known) {
        if (const Framework* const framework = context.notebook.framework(name)) {
            all.push_back(observe(context, *framework));
        }
    }
    return all;
}

}  // namespace envkeep::gpu
