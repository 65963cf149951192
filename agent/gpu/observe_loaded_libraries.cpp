// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/framework_libraries.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_source = 512U << 10U;
constexpr std::uint64_t largest_cudnn = std::uint64_t{8} << 20U;  // of what opens its parts

// "nvidia-cudnn-cu12" for "libcudnn.so.9" and the like.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> packages{
    {{"libcublas", "cublas"},
     {"libcudart", "cuda-runtime"},
     {"libcudnn", "cudnn"},
     {"libcufft", "cufft"},
     {"libcurand", "curand"},
     {"libcusolver", "cusolver"},
     {"libcusparse", "cusparse"},
     {"libnccl", "nccl"},
     {"libnvJitLink", "nvjitlink"},
     {"libnvrtc", "cuda-nvrtc"}}};

// In the order of torch/__init__.py, _load_global_deps().
constexpr std::array<std::string_view, 10> opened_by_torch{"libcublas.so.",
                                                           "libcudnn.so.",
                                                           "libnvrtc.so.",
                                                           "libcudart.so.",
                                                           "libcufft.so.",
                                                           "libcurand.so.",
                                                           "libnvJitLink.so.",
                                                           "libcusparse.so.",
                                                           "libcusolver.so.",
                                                           "libnccl.so."};

// In "libcudnn.so.8.9.7"; none for "libcudnn.so.8".
std::string numbers_in_name(std::string_view real) {
    const std::size_t at = real.rfind(".so.");
    const std::string_view numbers =
        at == std::string_view::npos ? std::string_view() : real.substr(at + 4);
    return std::ranges::count(numbers, '.') >= 2 ? std::string(numbers) : std::string();
}

// torch/__init__.py opens nvJitLink of the wheels itself since 2.5.1, at first only for some CUDA.
bool opens_linker_itself(const system::Inspector& machine, const Framework& torch) {
    const std::string text =
        machine.read(torch.module.path + "/__init__.py", largest_source).value_or(std::string());
    std::size_t at = text.find("_preload_cuda_deps(\"nvjitlink\"");
    at = at == std::string::npos ? text.find("_preload_cuda_lib(\"nvjitlink\"") : at;
    if (at == std::string::npos) {
        return false;
    }
    constexpr std::string_view condition = "version.cuda in [";
    const std::size_t only = text.rfind(condition, at);
    const std::string_view list =
        only == std::string::npos
            ? std::string_view()
            : std::string_view(text).substr(only, text.find(']', only) - only);
    return list.empty() || list.find('"' + torch.cuda + '"') != std::string_view::npos;
}

// cuDNN's first library opens the others by name when they are first used. Of the optional ones
// each version has its own; version 8 can go without those for training.
struct CudnnParts {
    std::string_view major;
    std::vector<std::string_view> needed;
    std::vector<std::string_view> optional;
};

const std::array<CudnnParts, 2>& cudnn_parts() {
    static const std::array<CudnnParts, 2> parts{
        {{"8", {"ops_infer", "cnn_infer"}, {"adv_infer", "ops_train", "cnn_train", "adv_train"}},
         {"9",
          {"graph", "ops", "cnn"},
          {"adv",
           "engines_precompiled",
           "engines_runtime_compiled",
           "heuristic",
           "engines_tensor_ir",
           "ext"}}}};
    return parts;
}

// Whether this cuDNN's own code names a part that does not lie beside it: an older version opens
// none of a newer one's.
bool names_part(LibraryContext& context, const Loading& loading, const std::string& part) {
    return std::ranges::any_of(loading.loaded(), [&](const LoadedLibrary& one) {
        const bool opens_others =
            one.soname.starts_with("libcudnn.so.") || one.soname.starts_with("libcudnn_graph.so.");
        return opens_others && context.machine()
                                       .read_at(one.found.real, 0, largest_cudnn)
                                       .value_or(std::string())
                                       .find(part) != std::string::npos;
    });
}

std::vector<MissingLibrary> open_cudnn(LibraryContext& context, Loading& loading) {
    std::vector<MissingLibrary> missing;
    for (const CudnnParts& parts : cudnn_parts()) {
        const std::string end = ".so." + std::string(parts.major);
        const std::string first = "libcudnn" + end;
        if (loading.library(first) == nullptr) {
            continue;
        }
        const std::string real = loading.library(first)->found.real;
        const std::string folder = real.substr(0, real.rfind('/') + 1);
        for (const std::string_view part : parts.needed) {
            const std::string soname = "libcudnn_" + std::string(part) + end;
            if (!loading.open(soname, first)) {
                missing.push_back({.soname = soname, .asked_by = real, .is_opened_later = true});
            }
        }
        for (const std::string_view part : parts.optional) {
            const std::string name = "libcudnn_" + std::string(part);
            if (context.machine().real_path(folder + name + end) ||
                names_part(context, loading, name)) {
                loading.open(name + end, first);
            }
        }
    }
    return missing;
}

// The mount that runs no code on which a file lies; empty if there is none such.
std::string noexec_mount_of(const std::string& path, const std::vector<system::Mount>& mounts) {
    const system::Mount* deepest = nullptr;
    for (const system::Mount& mount : mounts) {
        if (is_path_within(path, mount.point) &&
            (deepest == nullptr || mount.point.size() >= deepest->point.size())) {
            deepest = &mount;
        }
    }
    return deepest != nullptr && deepest->is_no_exec ? deepest->point : std::string();
}

// NCCL's packages for different CUDA write one file.
std::vector<SharedFile> shared_files(LibraryContext& context) {
    std::vector<SharedFile> files;
    for (const python::Distribution& one : context.notebook.distributions) {
        if (!one.name.starts_with("nvidia-nccl-cu")) {
            continue;
        }
        constexpr std::string_view below = "nvidia/nccl/lib/";
        const auto record = python::check_record(context.machine(), one, below);
        if (!record || record->checked == 0) {
            continue;
        }
        const std::string path = one.folder + '/' + std::string(below) + "libnccl.so.2";
        auto known = std::ranges::find(files, path, &SharedFile::path);
        if (known == files.end()) {
            files.push_back({.path = path, .owners = {}});
            known = files.end() - 1;
        }
        known->owners.push_back(
            {.name = one.name, .version = one.version, .is_as_recorded = record->is_whole()});
    }
    std::erase_if(files, [](const SharedFile& file) { return file.owners.size() < 2; });
    return files;
}

// "2.36", of the C library that programs of this machine start with.
std::string glibc_of(const LibrarySearch& search) {
    const auto found = search.find("libc.so.6");
    const Result<Elf>* const elf = found ? &search.elf(found->real) : nullptr;
    if (elf == nullptr || !*elf) {
        return {};
    }
    const std::string names = dynamic_strings(search.machine(), **elf).value_or(std::string());
    const std::string highest = highest_version(names, "GLIBC").value_or(std::string());
    return highest.substr(std::min<std::size_t>(6, highest.size()));
}

}  // namespace

const LoadedLibrary* FrameworkLibraries::library(std::string_view soname) const {
    const auto found = std::ranges::find(loaded, soname, &LoadedLibrary::soname);
    return found == loaded.end() ? nullptr : &*found;
}

const FrameworkLibraries* LibraryFacts::of(std::string_view framework) const {
    const auto found = std::ranges::find(frameworks, framework, &FrameworkLibraries::framework);
    return found == frameworks.end() ? nullptr : &*found;
}

std::string version_of(const std::string& real, const NotebookPython& notebook) {
    if (std::string told = numbers_in_name(real); !told.empty()) {
        return told;
    }
    const std::size_t at = real.rfind("/nvidia/");
    const std::string_view name = std::string_view(real).substr(real.rfind('/') + 1);
    const auto package = std::ranges::find_if(
        packages, [&](const auto& one) { return name.starts_with(one.first); });
    if (at == std::string::npos || package == packages.end()) {
        return {};
    }
    const std::string base = "nvidia-" + std::string(package->second);
    std::string version;
    for (const python::Distribution& one : notebook.distributions) {
        const bool is_of_package = one.name == base || (one.name.starts_with(base + "-cu") &&
                                                        one.name.size() == base.size() + 5);
        if (!is_of_package || one.folder != real.substr(0, at)) {
            continue;
        }
        if (!version.empty() && version != one.version) {
            return {};
        }
        version = one.version;
    }
    return version;
}

std::string in_packages(LibraryContext& context, std::string_view soname) {
    for (const python::PathEntry& entry : context.notebook.path.entries) {
        if (entry.kind == python::PathKind::standard_library ||
            !context.folders.has_folder(entry.folder, "nvidia")) {
            continue;
        }
        const std::string nvidia = entry.folder + "/nvidia";
        for (const system::Entry& package : context.folders.in(nvidia)) {
            const std::string folder = nvidia + '/' + package.name;
            if (!context.folders.has_folder(folder, "lib")) {
                continue;
            }
            for (const system::Entry& file : context.folders.in(folder + "/lib")) {
                const std::string_view name = file.name;
                if (name == soname || (soname.ends_with('.') && name.starts_with(soname))) {
                    return folder + "/lib/" + file.name;
                }
            }
        }
    }
    return {};
}

std::vector<std::string> extensions_in(LibraryContext& context,
                                       const std::string& folder,
                                       std::string_view beginning) {
    const python::Environment& environment = context.notebook.environment;
    std::string tag = ".cpython-" + environment.version + environment.abi_flags + '-';
    tag.erase(std::ranges::find(tag.begin() + 1, tag.end(), '.'));
    std::vector<std::string> files;
    for (const system::Entry& entry : context.folders.in(folder)) {
        const std::string_view name = entry.name;
        if (name.starts_with(beginning) && name.ends_with(".so") &&
            (name.find(".cpython-") == std::string_view::npos ||
             name.find(tag) != std::string_view::npos)) {
            files.push_back(folder + '/' + entry.name);
        }
    }
    return files;
}

FrameworkLibraries told_by(std::string framework, const Loading& loading, LibraryContext& context) {
    FrameworkLibraries libraries{.framework = std::move(framework),
                                 .loaded = loading.loaded(),
                                 .missing = loading.missing(),
                                 .undefined = loading.undefined(),
                                 .executable_stack = loading.executable_stack()};
    libraries.is_cut_short = loading.is_cut_short();
    for (LoadedLibrary& one : libraries.loaded) {
        one.version = version_of(one.found.real, context.notebook);
    }
    for (MissingLibrary& one : libraries.missing) {
        one.elsewhere = in_packages(context, one.soname);
    }
    return libraries;
}

FrameworkLibraries libraries_of_torch(LibraryContext& context, const Framework& torch) {
    Loading loading(context.search, context.notebook.environment.real_program);
    loading.open(torch.module.path + "/lib/libtorch_global_deps.so");
    const auto open_packaged = [&](std::string_view beginning) {
        if (const std::string copy = in_packages(context, beginning); !copy.empty()) {
            loading.open(copy);
        }
    };
    // Where one is not found there, torch/__init__.py opens all that the packages have.
    if (!loading.missing().empty()) {
        std::ranges::for_each(opened_by_torch, open_packaged);
    }
    const auto runtime = std::ranges::find_if(loading.loaded(), [](const LoadedLibrary& one) {
        return one.soname.starts_with("libcudart.so");
    });
    if (runtime != loading.loaded().end() &&
        runtime->found.real.find("/nvidia/") != std::string::npos &&
        opens_linker_itself(context.machine(), torch)) {
        open_packaged("libnvJitLink.so.");
    }
    for (const std::string& file : extensions_in(context, torch.module.path, "_C.")) {
        loading.open(file);
    }
    std::vector<MissingLibrary> later = open_cudnn(context, loading);
    FrameworkLibraries libraries = told_by("torch", loading, context);
    std::ranges::move(later, std::back_inserter(libraries.missing));
    return libraries;
}

// apt's and those of LD_LIBRARY_PATH.
std::vector<LoadedLibrary> idle_libraries(LibraryContext& context, const LibraryFacts& facts) {
    std::vector<LoadedLibrary> all;
    for (const std::string soname : {"libcudnn.so.8", "libcudnn.so.9", "libnccl.so.2"}) {
        auto found = context.search.find(soname);
        const auto is_same = [&](const LoadedLibrary& one) {
            return one.found.real == found->real;
        };
        if (found && std::ranges::none_of(facts.frameworks, [&](const FrameworkLibraries& one) {
                return std::ranges::any_of(one.loaded, is_same);
            })) {
            std::string version = version_of(found->real, context.notebook);
            all.push_back({.soname = soname,
                           .found = *std::move(found),
                           .asked_by = {},
                           .beside = {},
                           .version = std::move(version)});
        }
    }
    return all;
}

LibraryFacts observe_loaded_libraries(LibraryContext& context,
                                      const std::vector<system::Mount>& mounts,
                                      const std::vector<std::string>& preloaded) {
    LibraryFacts facts;
    facts.variable_folders = context.search.variable_folders();
    facts.broken_preloads = broken_preloads(context, preloaded);
    facts.shared_files = shared_files(context);
    const Framework* const torch = context.notebook.framework("torch");
    if (torch != nullptr) {
        facts.frameworks.push_back(libraries_of_torch(context, *torch));
        facts.noexec_mount = noexec_mount_of(torch->module.path, mounts);
        std::ranges::move(extensions_of_torch(context, *torch),
                          std::back_inserter(facts.frameworks));
    }
    std::ranges::move(libraries_of_others(context), std::back_inserter(facts.frameworks));
    facts.not_loaded = idle_libraries(context, facts);
    const bool wants_stack = std::ranges::any_of(
        facts.frameworks,
        [](const FrameworkLibraries& one) { return !one.executable_stack.empty(); });
    facts.glibc = wants_stack ? glibc_of(context.search) : std::string();
    return facts;
}

}  // namespace envkeep::gpu
