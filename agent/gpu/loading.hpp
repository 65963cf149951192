// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/loaded_libraries.hpp"
#include "gpu/library_search.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// The loader at work in one process: breadth first, and what is there under the same name, SONAME
// or file is not loaded again. What every Python has loaded already (the C library) is left out.
class Loading {
  public:
    // `program` is the interpreter, whose DT_RPATH counts for all.
    Loading(const LibrarySearch& search, const std::string& program);

    // dlopen(3) of a file. False if nothing readable is there.
    bool open(const std::string& path);
    // The same by name, from code in the library `caller` that is loaded. False if nothing is
    // found.
    bool open(const std::string& soname, std::string_view caller);

    [[nodiscard]] const LoadedLibrary* library(std::string_view soname) const;

    [[nodiscard]] const std::vector<LoadedLibrary>& loaded() const { return loaded_; }

    // Of CUDA alone; where one of them was opened later by its path, it is no longer missing.
    [[nodiscard]] std::vector<MissingLibrary> missing() const;
    // nvJitLink's functions and versions of the C++ library.
    [[nodiscard]] std::vector<MissingSymbol> undefined() const;
    [[nodiscard]] std::vector<std::string> executable_stack() const;

    [[nodiscard]] bool is_cut_short() const { return is_cut_short_; }

  private:
    struct Object {
        const Elf* elf = nullptr;  // null: no sound ELF file
        std::optional<std::size_t> loader;
    };

    bool is_loaded(const std::string& name) const;
    void add(std::string soname, FoundLibrary found, std::optional<std::size_t> loader);
    void load_needed();
    [[nodiscard]] std::optional<FoundLibrary> find(const std::string& soname, std::size_t object);
    [[nodiscard]] std::string beside(const std::string& soname,
                                     const FoundLibrary& found,
                                     std::size_t loader) const;

    const LibrarySearch& search_;
    const Elf* program_ = nullptr;
    std::vector<Object> objects_;  // as loaded_
    std::vector<LoadedLibrary> loaded_;
    std::vector<MissingLibrary> missing_;
    std::size_t searches_ = 0;
    std::size_t next_ = 0;  // the first object whose needs were not looked at
    bool is_cut_short_ = false;
};

}  // namespace envkeep::gpu
