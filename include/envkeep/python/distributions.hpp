// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/folders.hpp"
#include "envkeep/system/inspector.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is installed in a folder, as far as names of files and the records of installers tell it.
namespace envkeep::python {

enum class DistributionKind {
    dist_info,  // pip, uv, ... (the packaging specification "recording installed packages")
    egg_info,   // setuptools of old, and Debian
    egg_link,   // setup.py develop
    conda,      // PREFIX/conda-meta
};

[[nodiscard]] std::string_view word_of(DistributionKind kind);

struct Distribution {
    std::string name;     // normalised (PEP 503): "nvidia-cublas-cu12"
    std::string version;  // "2.1.0+cu118"; empty where the name of the file tells none
    std::string build;    // of conda: "py3.10_cuda11.8_cudnn8.7.0_0"
    DistributionKind kind = DistributionKind::dist_info;
    std::string path;    // of its folder or file of metadata
    std::string folder;  // the one that was looked into

    friend bool operator==(const Distribution&, const Distribution&) = default;
};

// PEP 503: lower case, with "-" for runs of "-", "_" and ".".
[[nodiscard]] std::string normalised_name(std::string_view name);

// In a site folder, by the names of what is in it and without reading any of that.
[[nodiscard]] std::vector<Distribution> distributions_in(Folders& folders, const std::string& site);

// Of a conda environment.
[[nodiscard]] std::vector<Distribution> conda_distributions(Folders& folders,
                                                            const std::string& prefix);

// Names that begin with "~" in a site folder: what pip left behind when it was interrupted.
[[nodiscard]] std::vector<std::string> leftovers_in(Folders& folders, const std::string& site);

// A line "Requires-Dist" (PEP 508).
struct Requirement {
    std::string name;       // normalised
    std::string specifier;  // "==12.1.3.1", ">=3.0,<4"; empty for any
    std::string marker;     // "platform_system == 'Linux'"; empty for always

    // Only for an extra that somebody must ask for.
    [[nodiscard]] bool is_of_extra() const { return marker.find("extra") != std::string::npos; }

    // The one version that will do; empty if there is none such.
    [[nodiscard]] std::string pinned_version() const;

    friend bool operator==(const Requirement&, const Requirement&) = default;
};

[[nodiscard]] std::vector<Requirement> parse_requirements(std::string_view metadata);

// From METADATA or PKG-INFO, of which the first MiB counts; not_found if there is none.
[[nodiscard]] Result<std::vector<Requirement>> requirements_of(const system::Inspector& machine,
                                                               const Distribution& distribution);

// Where the files of a distribution differ from its RECORD: by size only, nothing is read.
struct RecordCheck {
    std::uint64_t checked = 0;
    std::uint64_t missing = 0;
    std::uint64_t other_size = 0;
    std::vector<std::string> examples;  // the first 10, as absolute paths
    bool is_cut_short = false;          // more than `most_files`: the others were not looked at

    [[nodiscard]] bool is_whole() const { return missing == 0 && other_size == 0; }

    friend bool operator==(const RecordCheck&, const RecordCheck&) = default;
};

// Whether a file of another size than its RECORD tells is sound all the same, as one that was
// stripped is.
using IsSound = bool (*)(const system::Inspector& machine, const std::string& path);

// Of files below `below` ("torch/lib/") alone, if that is given. Compiled .pyc files do not count,
// Python makes them anew. not_found if there is no RECORD.
[[nodiscard]] Result<RecordCheck> check_record(const system::Inspector& machine,
                                               const Distribution& distribution,
                                               std::string_view below = {},
                                               std::uint64_t most_files = 50000,
                                               IsSound is_sound = nullptr);

// Of what `import` cannot do without: compiled files, and the `__init__.py` of packages. Sizes
// count of compiled files alone, since users mend sources. unsupported for a RECORD of more than
// 512 KiB.
[[nodiscard]] Result<RecordCheck> check_needed_files(const system::Inspector& machine,
                                                     const Distribution& distribution,
                                                     IsSound is_sound = nullptr);

}  // namespace envkeep::python
