// SPDX-License-Identifier: MIT
#include "cli/facts_json.hpp"
#include "cli/render_json.hpp"

namespace envkeep::cli {
namespace {

Json loaded_json(const gpu::LoadedLibrary& library) {
    const auto& [soname, found, asked_by, beside, version] = library;
    const auto& [path, real, how, because] = found;
    return Json()
        .set("soname", json_bytes(soname))
        .set("version", json_bytes(version))
        .set("path", json_bytes(real))
        .set("found_at", json_bytes(path))
        .set("found_by", gpu::word_of(how))
        .set("because", json_bytes(because))
        .set("asked_by", json_bytes(asked_by))
        .set("beside", json_bytes(beside));
}

Json missing_json(const gpu::MissingLibrary& library) {
    const auto& [soname, asked_by, is_opened_later, elsewhere] = library;
    return Json()
        .set("soname", json_bytes(soname))
        .set("asked_by", json_bytes(asked_by))
        .set("opened_later", is_opened_later)
        .set("elsewhere", json_bytes(elsewhere));
}

Json undefined_json(const gpu::MissingSymbol& symbol) {
    const auto& [name, asked_by, provider] = symbol;
    return Json()
        .set("name", json_bytes(name))
        .set("asked_by", json_bytes(asked_by))
        .set("provider", json_bytes(provider));
}

Json framework_json(const gpu::FrameworkLibraries& libraries) {
    const auto& [framework,
                 loaded,
                 missing,
                 undefined,
                 executable_stack,
                 least_cudnn,
                 made_for,
                 is_cut_short] = libraries;
    return Json()
        .set("framework", framework)
        .set("loaded", list_of(loaded, loaded_json))
        .set("missing", list_of(missing, missing_json))
        .set("undefined", list_of(undefined, undefined_json))
        .set("executable_stack", paths_json(executable_stack))
        .set("least_cudnn", json_bytes(least_cudnn))
        .set("made_for", json_bytes(made_for))
        .set("cut_short", is_cut_short);
}

Json owner_json(const gpu::SharedFile::Owner& owner) {
    const auto& [name, version, is_as_recorded] = owner;
    return Json()
        .set("name", json_bytes(name))
        .set("version", json_bytes(version))
        .set("as_recorded", is_as_recorded);
}

Json shared_json(const gpu::SharedFile& file) {
    const auto& [path, owners] = file;
    return Json().set("path", json_bytes(path)).set("owners", list_of(owners, owner_json));
}

Json preload_json(const gpu::BrokenPreload& preload) {
    const auto& [library, named_in, problem, stops_start] = preload;
    return Json()
        .set("library", json_bytes(library))
        .set("named_in", named_in)
        .set("problem", json_bytes(problem))
        .set("stops_start", stops_start);
}

Json number_json(const unsigned& number) {
    return std::int64_t{number};
}

}  // namespace

Json json_of(const gpu::LibraryFacts& facts) {
    const auto& [frameworks,
                 shared_files,
                 broken_preloads,
                 glibc,
                 noexec_mount,
                 folders,
                 not_loaded] = facts;
    return Json()
        .set("variable_folders", paths_json(folders))
        .set("frameworks", list_of(frameworks, framework_json))
        .set("not_loaded", list_of(not_loaded, loaded_json))
        .set("shared_files", list_of(shared_files, shared_json))
        .set("broken_preloads", list_of(broken_preloads, preload_json))
        .set("glibc", json_bytes(glibc))
        .set("noexec_mount", json_bytes(noexec_mount));
}

Json json_of(const gpu::BuildTools& tools) {
    const auto& [cuda_home,
                 because,
                 has_home,
                 has_nvcc,
                 cuda,
                 libdevice,
                 c_compiler,
                 gcc,
                 newest_gcc,
                 has_python_headers,
                 knows_loader_cache,
                 cached_libcuda,
                 is_libcuda_on_path,
                 unlinked_libcuda] = tools;
    return Json()
        .set("cuda_home", json_bytes(cuda_home))
        .set("because", json_bytes(because))
        .set("home_exists", has_home)
        .set("nvcc", has_nvcc)
        .set("cuda", json_bytes(cuda))
        .set("libdevice", json_bytes(libdevice))
        .set("c_compiler", json_bytes(c_compiler))
        .set("gcc", or_null(gcc, number_json))
        .set("newest_gcc", or_null(newest_gcc, number_json))
        .set("python_headers", has_python_headers)
        .set("loader_cache_known", knows_loader_cache)
        .set("cached_libcuda", json_bytes(cached_libcuda))
        .set("libcuda_in_variable", is_libcuda_on_path)
        .set("unlinked_libcuda", json_bytes(unlinked_libcuda));
}

}  // namespace envkeep::cli
