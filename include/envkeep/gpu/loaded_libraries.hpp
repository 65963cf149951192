// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

// What the dynamic loader takes, and why.
namespace envkeep::gpu {

enum class FoundBy { rpath, variable, runpath, cache, default_folder, path };

// "LD_LIBRARY_PATH", "ld.so.cache", ...
[[nodiscard]] std::string_view word_of(FoundBy how);

// A library that the loader would take.
struct FoundLibrary {
    std::string path;  // as the loader finds it
    std::string real;  // links followed
    FoundBy how = FoundBy::cache;
    std::string because;  // the folder of LD_LIBRARY_PATH, ...

    friend bool operator==(const FoundLibrary&, const FoundLibrary&) = default;
};

// In a process that imported a framework.
struct LoadedLibrary {
    std::string soname;  // that was asked for; of what is opened by its path, its own
    FoundLibrary found;
    std::string asked_by;  // the library or module that needs or opens it first; empty: Python
    std::string beside;    // another copy, that the asker brings: in its folder or its runpath
    std::string version;   // by the name of its file or by its package: "8.9.7"; may be empty

    friend bool operator==(const LoadedLibrary&, const LoadedLibrary&) = default;
};

// A library of CUDA that the search does not find.
struct MissingLibrary {
    std::string soname;
    std::string asked_by;
    bool is_opened_later = false;  // by name, when it is first used: the import works without it
    std::string elsewhere;  // a copy in site-packages/nvidia, which only code of Python finds

    friend bool operator==(const MissingLibrary&, const MissingLibrary&) = default;
};

// What a file needs of another one that has not got it.
struct MissingSymbol {
    std::string name;  // of a symbol, or of a version: "GLIBCXX_3.4.30"
    std::string asked_by;
    std::string provider;  // path of the library that should have it; of several, the first

    friend bool operator==(const MissingSymbol&, const MissingSymbol&) = default;
};

// What `import NAME` and the first use of the card load, worked out from the ELF files alone.
struct FrameworkLibraries {
    std::string framework;  // "torch"
    std::vector<LoadedLibrary> loaded;
    std::vector<MissingLibrary> missing;
    std::vector<MissingSymbol> undefined;
    std::vector<std::string> executable_stack;  // files that ask for one
    std::string least_cudnn;                    // that it asks for, where its package tells: "9.8"
    std::string made_for;       // of what is compiled for one torch: its version, as it says itself
    bool is_cut_short = false;  // there were more files than are looked at

    // Null if it is not loaded.
    [[nodiscard]] const LoadedLibrary* library(std::string_view soname) const;

    friend bool operator==(const FrameworkLibraries&, const FrameworkLibraries&) = default;
};

// A file that two packages say is their own, as nvidia-nccl-cu11 and -cu12 do.
struct SharedFile {
    struct Owner {
        std::string name;
        std::string version;
        bool is_as_recorded = false;  // the file has the size that its RECORD tells

        friend bool operator==(const Owner&, const Owner&) = default;
    };

    std::string path;
    std::vector<Owner> owners;

    friend bool operator==(const SharedFile&, const SharedFile&) = default;
};

// A word of LD_PRELOAD or a line of /etc/ld.so.preload that the loader cannot follow.
struct BrokenPreload {
    std::string library;
    std::string named_in;      // "LD_PRELOAD", "/etc/ld.so.preload"
    std::string problem;       // "is not there"
    bool stops_start = false;  // else the loader says so and goes on

    friend bool operator==(const BrokenPreload&, const BrokenPreload&) = default;
};

// Of one notebook's process.
struct LibraryFacts {
    std::vector<FrameworkLibraries> frameworks;
    std::vector<SharedFile> shared_files;
    std::vector<BrokenPreload> broken_preloads;
    std::string glibc;         // "2.36"; read where a file asks for an executable stack
    std::string noexec_mount;  // that a framework's libraries lie on
    std::vector<std::string> variable_folders;  // of its LD_LIBRARY_PATH
    // cuDNN and NCCL that the loader would find for whoever asks by name, and no framework loads.
    std::vector<LoadedLibrary> not_loaded;

    // Null if nothing is known of it.
    [[nodiscard]] const FrameworkLibraries* of(std::string_view framework) const;

    friend bool operator==(const LibraryFacts&, const LibraryFacts&) = default;
};

}  // namespace envkeep::gpu
