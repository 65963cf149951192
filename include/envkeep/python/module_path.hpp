// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/python/folders.hpp"
#include "envkeep/python/launch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

enum class PathKind {
    working_folder,    // "" of -c and of a notebook, the folder that -m was started in
    script,            // where the script lies
    variable,          // PYTHONPATH
    standard_library,  // pythonXY.zip, lib/pythonX.Y, lib-dynload
    user_site,         // ~/.local/lib/pythonX.Y/site-packages
    site,
    path_file,  // a line of a .pth file in one of the site folders
};

[[nodiscard]] std::string_view word_of(PathKind kind);

struct PathEntry {
    std::string text;    // as in sys.path; "" is the working folder
    std::string folder;  // absolute
    PathKind kind = PathKind::site;
    std::string path_file;  // of what a .pth file brings
    unsigned line = 0;      // in that file, from 1 on

    friend bool operator==(const PathEntry&, const PathEntry&) = default;
};

// A line of a .pth file that Python would run. It may add any folder; it was not run here.
struct CodeLine {
    std::string path_file;
    unsigned line = 0;
    std::string text;  // its first 1000 bytes

    friend bool operator==(const CodeLine&, const CodeLine&) = default;
};

struct ModulePath {
    std::vector<PathEntry> entries;
    std::vector<CodeLine> code;
    std::vector<std::string> unread;  // .pth files that are not read whole: too large or many

    friend bool operator==(const ModulePath&, const ModulePath&) = default;
};

// sys.path of a process in that environment, entry by entry, as Modules/getpath.py and Lib/site.py
// make it (3.8 to 3.14, Debian's patches too). For ipykernel it is what a cell finds: the launcher
// drops the working folder (ipykernel_launcher.py, where it is new enough) and IPython puts ""
// before the first site-packages or dist-packages (IPython/core/shellapp.py, init_path()). What
// code in .pth files, sitecustomize and start-up files add is not in it. Empty if the environment's
// version is not known.
[[nodiscard]] ModulePath module_path(Folders& folders,
                                     const Environment& environment,
                                     const Launch& launch);

// The user's site folder in such a process, whether it is there and used or not; empty if the
// version is not known.
[[nodiscard]] std::string user_site_of(const Environment& environment, const Launch& launch);

// Whether such a process takes the user's site folder, if it is there.
[[nodiscard]] bool uses_user_site(const Environment& environment, const Launch& launch);

}  // namespace envkeep::python
