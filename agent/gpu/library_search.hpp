// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/system/inspector.hpp"
#include "gpu/elf.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// /etc/ld.so.cache of 64 bit x86 libraries: soname -> path, of a variant for newer processors
// "glibc-hwcaps/x86-64-v3/SONAME" -> path. Both formats of glibc: the old one
// (ld.so-1.7.0), with the new one behind it or without, and the new one alone (since glibc 2.32).
// What is damaged ends it.
[[nodiscard]] std::map<std::string, std::string> parse_ld_cache(std::string_view bytes);

// The loader's search in one process (ld.so(8)): DT_RPATH of the object and of those that loaded
// it, unless it has a DT_RUNPATH; LD_LIBRARY_PATH as the process began with it; DT_RUNPATH of the
// object; the cache; the default folders. $ORIGIN is the real folder of the object. In each folder
// the variant in glibc-hwcaps comes first that the processor is new enough for (glibc 2.33).
class LibrarySearch {
  public:
    // Folders that do not begin with '/' are below `working_folder`, the process's own; where that
    // is empty they are left out.
    LibrarySearch(const system::Inspector& machine,
                  std::string_view ld_library_path,
                  std::string working_folder = {});

    // For what `loaders` need or open by name: the object itself first, then those that loaded it,
    // the program last. Without them: for a program that has no search folders of its own.
    [[nodiscard]] std::optional<FoundLibrary> find(
        const std::string& soname, const std::vector<const Elf*>& loaders = {}) const;
    // In the object's DT_RUNPATH, whatever comes before it.
    [[nodiscard]] std::optional<FoundLibrary> in_runpath(const std::string& soname,
                                                         const Elf& object) const;

    // Each file is read once. Stays valid as long as this does.
    [[nodiscard]] const Result<Elf>& elf(const std::string& real) const;
    // Each path is asked for once: a hundred libraries need the same libc.
    [[nodiscard]] const Result<std::string>& real_path(const std::string& path) const;

    // Of another machine or of 32 bits: the loader goes on. What it cannot read at all ends its
    // search as what it takes does.
    [[nodiscard]] bool ends_search(const std::string& real) const;

    [[nodiscard]] const system::Inspector& machine() const { return machine_; }

    // All absolute.
    [[nodiscard]] const std::vector<std::string>& variable_folders() const { return variable_; }

    // There is a cache, and something is in it.
    [[nodiscard]] bool knows_cache() const { return !cache_.empty(); }

    // In the cache, whatever comes before it.
    [[nodiscard]] std::optional<std::string> in_cache(const std::string& soname) const;
    // In a default folder, whatever comes before them.
    [[nodiscard]] std::optional<std::string> in_default_folder(const std::string& soname) const;

  private:
    [[nodiscard]] std::optional<FoundLibrary> in_folders(const std::vector<std::string>& folders,
                                                         const std::string& soname,
                                                         FoundBy how) const;
    [[nodiscard]] std::vector<std::string> expanded(const std::vector<std::string>& folders,
                                                    const Elf& object) const;
    // Where a folder's variants are, the best first, and then the folder itself.
    [[nodiscard]] const std::vector<std::string>& places_in(const std::string& folder) const;
    [[nodiscard]] const std::vector<std::string>& variants() const;
    [[nodiscard]] std::string absolute(std::string folder) const;

    const system::Inspector& machine_;
    std::string working_folder_;
    std::vector<std::string> variable_;
    std::map<std::string, std::string> cache_;
    mutable std::map<std::string, Result<Elf>> read_;
    mutable std::map<std::string, Result<std::string>> real_;
    mutable std::map<std::string, std::vector<std::string>> places_;
    mutable std::optional<std::vector<std::string>> variants_;
};

}  // namespace envkeep::gpu
