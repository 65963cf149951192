// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/python/folders.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

enum class ModuleKind {
    package,            // a folder with __init__
    extension,          // NAME.cpython-311-x86_64-linux-gnu.so, NAME.abi3.so, NAME.so
    source,             // NAME.py
    bytecode,           // NAME.pyc, without its source
    namespace_package,  // a folder without __init__ (PEP 420): counts where nothing else does
};

[[nodiscard]] std::string_view word_of(ModuleKind kind);

// A file or folder that `import NAME` could take.
struct Module {
    ModuleKind kind = ModuleKind::package;
    std::string path;       // of a package its folder
    std::string init;       // of a package: "__init__.py", an extension, ...
    std::string in_folder;  // the entry of sys.path, or the folder of the package it is in

    friend bool operator==(const Module&, const Module&) = default;
};

// A compiled module that this interpreter passes over: made for another Python or machine.
struct ForeignExtension {
    std::string path;
    std::string tag;  // "cpython-39-x86_64-linux-gnu"

    friend bool operator==(const ForeignExtension&, const ForeignExtension&) = default;
};

// The import of modules by an interpreter (Lib/importlib/_bootstrap_external.py, FileFinder and
// PathFinder). Modules that are built in or frozen (sys, zipimport, ...) are not known here, nor
// what is in zip files, nor finders that code in .pth files adds.
class ModuleSearch {
  public:
    ModuleSearch(Folders& folders, const Environment& environment);

    // What `import NAME` would find in those folders, the one it takes first, then those it would
    // take if that one were gone. Of "a.b", b in what wins for a. Namespace packages come last.
    [[nodiscard]] std::vector<Module> find(const std::vector<std::string>& path,
                                           std::string_view name);

    // Compiled modules of that name in a folder that do not count.
    [[nodiscard]] std::vector<ForeignExtension> foreign_extensions(const std::string& folder,
                                                                   std::string_view name);

    // In the order in which they are tried: ".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so".
    [[nodiscard]] const std::vector<std::string>& extension_suffixes() const { return suffixes_; }

  private:
    void find_in(const std::string& folder, const std::string& name, std::vector<Module>& found);
    bool find_package(const std::string& folder,
                      const std::string& name,
                      std::vector<Module>& found);

    Folders& folders_;
    std::vector<std::string> suffixes_;
};

}  // namespace envkeep::python
