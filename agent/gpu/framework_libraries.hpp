// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/loaded_libraries.hpp"
#include "envkeep/gpu/python_facts.hpp"
#include "envkeep/python/folders.hpp"
#include "envkeep/system/machine.hpp"
#include "gpu/library_search.hpp"
#include "gpu/loading.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the compiled files of a notebook's frameworks load.
namespace envkeep::gpu {

struct LibraryContext {
    const LibrarySearch& search;  // of the notebook's process
    python::Folders& folders;
    const NotebookPython& notebook;  // with its path, distributions and frameworks

    [[nodiscard]] const system::Inspector& machine() const { return folders.machine(); }
};

// By its name ("libcudnn.so.8.9.7"), else of the one package of NVIDIA's that brought it; empty
// where none did, or two could have.
[[nodiscard]] std::string version_of(const std::string& real, const NotebookPython& notebook);

// In the folders `nvidia/*/lib` of sys.path: of that name or, where it ends with a dot, the first
// that begins so. Empty if there is none.
[[nodiscard]] std::string in_packages(LibraryContext& context, std::string_view soname);

// Compiled modules in a folder with that beginning, which this Python would import.
[[nodiscard]] std::vector<std::string> extensions_in(LibraryContext& context,
                                                     const std::string& folder,
                                                     std::string_view beginning);

[[nodiscard]] FrameworkLibraries told_by(std::string framework,
                                         const Loading& loading,
                                         LibraryContext& context);

[[nodiscard]] FrameworkLibraries libraries_of_torch(LibraryContext& context,
                                                    const Framework& torch);

// What opens CUDA by name and leaves torch alone: jax, TensorFlow, onnxruntime, ctranslate2.
[[nodiscard]] std::vector<FrameworkLibraries> libraries_of_others(LibraryContext& context);

// What is compiled for one torch, against the names that this torch's libraries have.
[[nodiscard]] std::vector<FrameworkLibraries> extensions_of_torch(LibraryContext& context,
                                                                  const Framework& torch);

// Of LD_PRELOAD, and of /etc/ld.so.preload, whose lines are `lines`.
[[nodiscard]] std::vector<BrokenPreload> broken_preloads(LibraryContext& context,
                                                         const std::vector<std::string>& lines);

// Of one notebook's process; `preloaded` are the lines of /etc/ld.so.preload.
[[nodiscard]] LibraryFacts observe_loaded_libraries(LibraryContext& context,
                                                    const std::vector<system::Mount>& mounts,
                                                    const std::vector<std::string>& preloaded);

}  // namespace envkeep::gpu
