// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the user wants, as typed values. Paths are as written until `evaluate` has expanded them.
namespace envkeep::manifest {

// Where something stands in a file of the user's, counted from 1.
struct Mark {
    std::uint32_t file = 0;  // index into Manifest::files
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
};

enum class KeepKind { any, file, folder };
enum class How { link, copy, merge, packed };
enum class OnConflict { by_table, store, home, stop };
enum class Preset { none, ssh, secrets };

// All that is given must hold; of a list one must. Texts are glob patterns.
struct Condition {
    std::vector<std::string> platform;  // "gradient", "container", ...
    std::vector<std::string> image;
    std::vector<std::string> host;
    std::optional<bool> gpu;
    std::vector<std::pair<std::string, std::optional<std::string>>> variable;  // name, value if any
    std::vector<std::string> file;                                             // each must exist
    std::vector<Condition> none_of;                                            // `not:`

    friend bool operator==(const Condition&, const Condition&) = default;
};

struct Keep {
    std::string path;  // home path, "~/...", absolute, or a pattern
    std::optional<std::string>
        to;  // store side where it is not `home/PATH`; absolute, or below the store
    KeepKind kind = KeepKind::any;
    How how = How::link;
    bool children = false;    // the entries of the folder are linked one by one
    bool per_python = false;  // `per: python`
    OnConflict on_conflict = OnConflict::by_table;
    std::optional<Preset> preset;      // none given: by name (`.ssh` -> ssh, `.netrc` -> secrets)
    std::vector<std::string> exclude;  // patterns below the path that stay out
    std::optional<Condition> when;
    Mark mark;

    friend bool operator==(const Keep&, const Keep&) = default;
};

// Sets exactly this mode on what the pattern matches.
struct ModeRule {
    std::string pattern;  // home path with `*`, `?`, `[...]` inside components, `**` over several
    std::uint32_t mode = 0;
    Mark mark;

    friend bool operator==(const ModeRule&, const ModeRule&) = default;
};

struct Variable {
    std::string name;                  // [A-Za-z_][A-Za-z0-9_]*
    std::optional<std::string> value;  // set to this...
    std::vector<std::string> prepend;  // ...or these joined by ':' before
    std::vector<std::string> append;   // and after what is there
    std::optional<Condition> when;
    Mark mark;

    friend bool operator==(const Variable&, const Variable&) = default;
};

enum class Push { on_snapshot, on_sync, never };

struct Dotfiles {
    std::string url;
    std::string branch;  // empty: the remote's default
    std::string subfolder;
    bool link_auto = true;
    std::vector<std::pair<std::string, std::string>> links;  // repository path -> home path
    std::string link_file;  // the file of the repository that holds such a map; empty: none
    std::vector<std::string> ignore;
    bool submodules = false;
    std::string token;  // name of the variable that holds a token for https; empty: none named
    Push push = Push::never;
    std::optional<Condition> when;
    Mark mark;

    friend bool operator==(const Dotfiles&, const Dotfiles&) = default;
};

struct Repository {
    std::string url;
    std::string dir;
    std::string branch;
    std::string tag;
    std::string commit;
    std::string subfolder;
    bool shallow = false;
    bool submodules = false;
    std::string token;  // as of Dotfiles
    Push push = Push::never;
    std::optional<Condition> when;
    Mark mark;

    friend bool operator==(const Repository&, const Repository&) = default;
};

// Domains whose packages a snapshot takes and brings back; all of them if nothing is said.
enum class PackagePolicy { off, keep };

struct Packages {
    PackagePolicy apt = PackagePolicy::keep;
    PackagePolicy python = PackagePolicy::keep;
    PackagePolicy conda = PackagePolicy::keep;
    PackagePolicy npm = PackagePolicy::keep;
    Mark mark;

    friend bool operator==(const Packages&, const Packages&) = default;
};

enum class AutoSnapshot { off, on_change };

struct SnapshotRules {
    AutoSnapshot automatic = AutoSnapshot::off;
    std::uint32_t limit_percent = 40;  // of the store's space, for all packs together
    std::string profile;               // snapshots that follow one another; empty: by the image
    std::vector<std::string> include;  // absolute folders beside the usual ones
    std::vector<std::string> exclude;  // patterns of whole paths, or of paths below the home

    friend bool operator==(const SnapshotRules&, const SnapshotRules&) = default;
};

enum class GpuExpectation { optional, required, none };

struct Gpu {
    GpuExpectation expect = GpuExpectation::optional;
    std::string cuda;  // ">=11.8"
    std::vector<std::string> frameworks;
    std::uint64_t memory = 0;      // bytes that one card must have; 0: nothing is said
    bool notebook_notice = false;  // the first cell of a session tells of a broken GPU
    Mark mark;

    friend bool operator==(const Gpu&, const Gpu&) = default;
};

struct Doctor {
    std::vector<std::string> search;  // folders to look for Python environments in
    Mark mark;

    friend bool operator==(const Doctor&, const Doctor&) = default;
};

struct Manifest {
    std::vector<std::string> files;  // the manifest, then what it includes, by absolute path
    std::vector<Keep> keeps;
    std::vector<ModeRule> modes;
    std::optional<Dotfiles> dotfiles;
    std::vector<Repository> repositories;
    std::vector<std::string> known_hosts;  // lines of known_hosts(5): keys of hosts to trust
    std::vector<Variable> environment;
    std::optional<Packages> packages;
    SnapshotRules snapshot;
    std::optional<Gpu> gpu;
    std::optional<Doctor> doctor;
    std::chrono::milliseconds start_limit{15'000};
    std::optional<std::chrono::milliseconds> save_every{60'000};  // none: `save: off`
    std::uint32_t backup_limit_percent = 10;
    std::optional<std::chrono::milliseconds> backup_expiry;  // none: never

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

}  // namespace envkeep::manifest
