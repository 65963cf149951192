// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is installed, read straight from files: no interpreter and no package manager is started.
namespace envkeep::packages {

enum class Domain : std::uint8_t {
    python,  // distributions in site directories, whoever put them there
    conda,   // what conda-meta of a prefix names
    apt,
    npm,     // global packages
    kernel,  // kernelspecs of Jupyter
    lab,     // prebuilt extensions of JupyterLab
    r,
    code,   // extensions of VS Code, code-server
    tool,   // programs with an environment of their own, by pipx or uv
    cargo,  // programs
    model,  // model caches: listed, never captured
};

// "python", "conda", ...
[[nodiscard]] std::string_view word_of(Domain domain);
[[nodiscard]] std::optional<Domain> domain_of(std::string_view word);

enum class Asked : std::uint8_t { unknown, asked_for, brought_along };

enum class Origin : std::uint8_t { unknown, image, session };

// Texts hold any bytes that files gave; whoever prints them escapes them (core/text.hpp).
struct Package {
    Domain domain = Domain::python;
    std::string place;    // site directory, conda prefix, folder of the extensions; "" for apt
    std::string name;     // python: as PEP 503 normalises; apt: "zlib1g", foreign "zlib1g:i386"
    std::string version;  // may be empty
    // conda: build string; apt: architecture; kernel: the program it starts; r: "R 4.2.2";
    // code: target platform; model: the kind of cache.
    std::string build;
    Asked asked = Asked::unknown;
    Origin origin = Origin::unknown;
    std::string installer;  // python: "pip", "uv", "conda", "debian"; "" where nobody signed
    std::string url;        // where it came from, credentials removed; VCS as pip writes it
    std::string commit;     // of a VCS install, of a model
    // Tells other bytes under the same version: of python 16 digits of RECORD's BLAKE3, of conda
    // the archive's MD5, of npm 16 digits of the integrity's BLAKE3.
    std::string record;
    bool is_editable = false;
    bool is_held = false;    // apt: on hold; conda: pinned
    std::uint64_t size = 0;  // bytes, of models only

    friend bool operator==(const Package&, const Package&) = default;
    friend auto operator<=>(const Package&, const Package&) = default;
};

enum class NoteKind : std::uint8_t {
    duplicate,          // two versions of one distribution in one place
    interrupted_pip,    // a `~name` folder that pip left
    half_installed,     // dpkg did not finish
    shadowed,           // pip's copy lies over conda's
    broken_kernel,      // a kernelspec whose program is gone
    damaged,            // metadata that cannot be understood
    too_large,          // metadata of a size that cannot be right
    link,               // a link where a file or folder of metadata should be
    interrupted_conda,  // conda did not finish
};

[[nodiscard]] std::string_view word_of(NoteKind kind);

// Something about the packages that a user should know, or that makes this list less certain.
struct Note {
    NoteKind kind = NoteKind::damaged;
    Domain domain = Domain::python;
    std::string place;
    std::string name;    // of the package, file or folder
    std::string detail;  // may be empty

    friend bool operator==(const Note&, const Note&) = default;
    friend auto operator<=>(const Note&, const Note&) = default;
};

// An interpreter of Python, or a Node.js.
struct Runtime {
    std::string language;  // "python", "node"
    std::string path;      // the program
    std::string version;   // "3.11", "20.11.1"
    std::string abi;       // "cpython-311-x86_64-linux-gnu", "115"; may be empty

    friend bool operator==(const Runtime&, const Runtime&) = default;
    friend auto operator<=>(const Runtime&, const Runtime&) = default;
};

struct Base {
    std::string os;           // ID of os-release: "ubuntu"
    std::string os_version;   // VERSION_ID: "22.04"
    std::string machine;      // "x86_64"
    std::string libc;         // "glibc-2.35", "musl"
    std::string fingerprint;  // of the image, as the options gave it
    std::vector<Runtime> runtimes;

    friend bool operator==(const Base&, const Base&) = default;
};

struct Inventory {
    Base base;
    std::vector<Package> packages;  // sorted
    std::vector<Note> notes;        // sorted

    friend bool operator==(const Inventory&, const Inventory&) = default;
};

struct InventoryOptions {
    std::string home;                       // absolute
    std::vector<std::string> work_folders;  // absolute; environments up to two levels below count
    std::vector<std::string> environments;  // absolute: further folders that hold a pyvenv.cfg
    std::string fingerprint;
    bool asks_variables = true;  // else VIRTUAL_ENV and its like name no place
    // Metadata that changed (ctime) at or after this is the session's, else the image's.
    std::optional<WallTime> watermark = std::nullopt;
    // Answers instead of the watermark, for the absolute path of a package's metadata.
    std::function<bool(const std::string&)> is_of_session;
};

// Fails only where "/" cannot be opened: what cannot be read or understood becomes a note.
[[nodiscard]] Result<Inventory> take_inventory(const InventoryOptions& options,
                                               system::FileReader& files,
                                               const system::Machine& machine);

// As PEP 503 normalises: "Foo._-Bar" is "foo-bar".
[[nodiscard]] std::string normalised(std::string_view name);

}  // namespace envkeep::packages
