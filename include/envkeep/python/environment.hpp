// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace envkeep::python {

class Folders;

// Who built an interpreter: that decides on its site folders.
enum class Build {
    upstream,  // CPython as released: pyenv, uv, /usr/local of the python images
    debian,    // Debian, Ubuntu, deadsnakes: a patched Lib/site.py with dist-packages
    conda,     // conda-meta/ in its prefix; site folders as upstream
};

// What the site.py of an interpreter does differently from others, read from that file.
struct SiteRules {
    bool has_dist_packages = false;   // Debian's patch
    bool has_usr_local = false;       // Fedora's patch: /usr/local's site folders come first
    bool asks_virtual_env = false;    // Debian until 3.9: VIRTUAL_ENV makes a virtual environment
    bool skips_hidden_files = false;  // no ".x.pth" (since 3.13, 3.12.2, 3.11.8)
    bool skips_byte_order_mark = false;  // of a .pth (since 3.13)

    friend bool operator==(const SiteRules&, const SiteRules&) = default;
};

// pyvenv.cfg (PEP 405).
struct VirtualConfig {
    std::string path;
    std::string home;             // folder of the base's program
    std::string version;          // as written: "3.11.2", "3.11.2.final.0"; may be empty
    bool has_system_site = true;  // include-system-site-packages
    bool is_of_uv = false;        // which made it

    friend bool operator==(const VirtualConfig&, const VirtualConfig&) = default;
};

enum class Fault {
    program_missing,  // nothing there, or a link that leads nowhere
    version_unknown,  // no file tells X.Y
    library_missing,  // no lib/pythonX.Y/os.py belongs to it: it will not start
    home_missing,     // the folder that pyvenv.cfg names is gone
    version_differs,  // pyvenv.cfg was written for another X.Y than the program is now
};

[[nodiscard]] std::string_view word_of(Build build);
[[nodiscard]] std::string_view word_of(Fault fault);

// The environment that a program would run in. Fields that no file tells are empty.
struct Environment {
    std::string program;       // as it was asked for; sys.executable
    std::string real_program;  // links followed; empty if that leads nowhere
    std::string version;       // "3.11"
    std::string abi_flags;     // "t" of a build without the global lock, else empty
    std::string prefix;        // sys.prefix
    std::string base_prefix;   // sys.base_prefix; the same if this is no virtual environment
    std::string library_folder = "lib";  // sys.platlibdir: "lib64" on some
    Build build = Build::upstream;       // of the base
    SiteRules site;
    std::optional<VirtualConfig> virtual_config;
    std::vector<Fault> faults;  // in the order of Fault

    [[nodiscard]] bool is_virtual() const { return virtual_config.has_value(); }

    // "python3.11", the name of its folders.
    [[nodiscard]] std::string library_name() const { return "python" + version + abi_flags; }

    // The folder of its standard library.
    [[nodiscard]] std::string library() const {
        return base_prefix + '/' + library_folder + '/' + library_name();
    }

    friend bool operator==(const Environment&, const Environment&) = default;
};

// `program` is an absolute path, `real_path` the same with links followed; empty if that leads
// nowhere. Folders::environment_of remembers what this reads. As Modules/getpath.py (3.11 and
// later), getpath.c (before) and Lib/site.py find it without variables: pyvenv.cfg beside the
// program or above it, no link resolved for that; then lib/pythonX.Y/os.py from the base's folder
// upwards. Never fails: what is wrong is told by `faults`.
[[nodiscard]] Environment read_environment(Folders& folders,
                                           const std::string& program,
                                           const std::string& real_path);

}  // namespace envkeep::python
