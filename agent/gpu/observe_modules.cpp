// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/elf.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

using python::PathEntry;
using python::PathKind;

constexpr std::size_t most_local = 500;
constexpr std::size_t most_entries = 200;  // of a sys.path that is looked through for each of them
constexpr std::size_t most_unseen = 1000;
constexpr std::size_t most_dependents = 40;

// A compiled module that a package cannot do without.
struct Compiled {
    std::string_view package;
    std::string_view distribution;
    std::string_view folders;  // below the package, between blanks; any of them
    std::string_view module;
};

constexpr std::array<Compiled, 12> compiled{
    {{"numpy", "numpy", "_core core", "_multiarray_umath"},
     {"zmq", "pyzmq", "backend/cython", "_zmq"},
     {"pandas", "pandas", "_libs", "lib"},
     {"scipy", "scipy", "_lib", "_ccallback_c"},
     {"PIL", "pillow", ".", "_imaging"},
     {"sklearn", "scikit-learn", "__check_build", "_check_build"},
     {"matplotlib", "matplotlib", ".", "ft2font"},
     {"pydantic_core", "pydantic-core", ".", "_pydantic_core"},
     {"regex", "regex", ".", "_regex"},
     {"h5py", "h5py", ".", "defs"},
     {"grpc", "grpcio", "_cython", "cygrpc"},
     {"lxml", "lxml", ".", "etree"}}};

// Without which a notebook or its frameworks do not work, and whose RECORD is short.
constexpr std::array<std::string_view, 15> important{"numpy",
                                                     "ipykernel",
                                                     "pyzmq",
                                                     "tornado",
                                                     "jupyter-client",
                                                     "scipy",
                                                     "pandas",
                                                     "pillow",
                                                     "scikit-learn",
                                                     "torchvision",
                                                     "torchaudio",
                                                     "tokenizers",
                                                     "safetensors",
                                                     "bitsandbytes",
                                                     "xformers"};

// Packages that pin others, and that images bring.
constexpr std::array<std::string_view, 22> pinning{
    "accelerate",  "datasets",        "diffusers",  "fastai",         "fastapi",  "gradio",
    "jax",         "jaxlib",          "jupyterlab", "jupyter-server", "notebook", "numba",
    "onnxruntime", "onnxruntime-gpu", "pandas",     "scikit-learn",   "scipy",    "spacy",
    "tensorboard", "tensorflow",      "torch",      "transformers"};

// Modules whose distribution has another name.
constexpr std::array<std::string_view, 6> well_known{
    "PIL", "bs4", "cv2", "skimage", "sklearn", "yaml"};

// "pip", "conda", "uv"; empty where it is not told.
std::string installer_of(const system::Inspector& machine, const python::Distribution& one) {
    constexpr std::uint64_t longest = 64;
    return std::string(trimmed(machine.read(one.path + "/INSTALLER", longest).value_or("")));
}

class Looker {
  public:
    Looker(python::Folders& folders, NotebookPython& notebook)
        : folders_(folders), notebook_(notebook), search_(folders, notebook.environment) {
        for (const PathEntry& entry : notebook.path.entries) {
            path_.push_back(entry.folder);
        }
    }

    void look(bool is_first) {
        find_unseen();
        for (const Compiled& one : compiled) {
            look_at(one);
        }
        find_local();
        if (is_first) {
            find_damaged();
            find_dependents();
        }
    }

  private:
    // With another HOME than the user's it is another folder.
    void find_unseen() {
        python::Launch at_home = notebook_.launch;
        at_home.variables["HOME"] = at_home.passwd_home;
        for (const python::Launch& launch : {notebook_.launch, at_home}) {
            const std::string folder = python::user_site_of(notebook_.environment, launch);
            if (folder.starts_with('/') && notebook_.unseen.empty() &&
                std::ranges::find(path_, folder) == path_.end()) {
                notebook_.unseen = python::distributions_in(folders_, folder);
                notebook_.unseen.resize(std::min(notebook_.unseen.size(), most_unseen));
                notebook_.unseen_folder = notebook_.unseen.empty() ? std::string() : folder;
            }
        }
    }

    [[nodiscard]] PathEntry entry_of(const std::string& folder) const {
        const auto found = std::ranges::find(notebook_.path.entries, folder, &PathEntry::folder);
        return found == notebook_.path.entries.end() ? PathEntry() : *found;
    }

    void look_at(const Compiled& one) {
        const std::vector<python::Module> found = search_.find(path_, one.package);
        if (found.empty() || found.front().kind != python::ModuleKind::package) {
            return;
        }
        const python::Module& package = found.front();
        std::vector<python::ForeignExtension> foreign;
        for (const std::string_view below : split(one.folders, ' ')) {
            const std::string folder =
                below == "." ? package.path : package.path + '/' + std::string(below);
            if (!search_.find({folder}, one.module).empty()) {
                return;
            }
            std::ranges::move(search_.foreign_extensions(folder, one.module),
                              std::back_inserter(foreign));
        }
        if (!foreign.empty()) {
            notebook_.foreign.push_back({.name = std::string(one.distribution),
                                         .entry = entry_of(package.in_folder),
                                         .file = std::move(foreign.front()),
                                         .hides_another = found.size() > 1});
        }
    }

    // Where IPython put the folder of the notebook on the path.
    void find_local() {
        const auto own =
            std::ranges::find(notebook_.path.entries, PathKind::working_folder, &PathEntry::kind);
        if (own == notebook_.path.entries.end() || path_.size() > most_entries) {
            return;
        }
        const std::vector<std::string> behind(
            path_.begin() + (own - notebook_.path.entries.begin()) + 1, path_.end());
        const std::string folder = own->folder;
        std::size_t looked_at = 0;
        for (const system::Entry& entry : folders_.in(folder)) {
            const bool is_source = entry.name.ends_with(".py");
            const std::string name =
                is_source ? entry.name.substr(0, entry.name.size() - 3) : entry.name;
            if (name.find('.') == std::string::npos && ++looked_at <= most_local) {
                look_at_local(name, folder, behind);
            }
        }
    }

    void look_at_local(const std::string& name,
                       const std::string& folder,
                       const std::vector<std::string>& behind) {
        const std::vector<python::Module> hidden = search_.find(behind, name);
        if (hidden.empty() || hidden.front().kind == python::ModuleKind::namespace_package ||
            !counts(name, hidden.front())) {
            return;
        }
        const std::vector<python::Module> found = search_.find(path_, name);
        const system::Inspector& machine = folders_.machine();
        if (found.empty() || found.front().in_folder != folder ||
            found.front().kind == python::ModuleKind::namespace_package ||
            machine.real_path(found.front().path).value_or("1") ==
                machine.real_path(hidden.front().path).value_or("2")) {
            return;
        }
        notebook_.local.push_back(
            {.name = name,
             .local = found.front(),
             .hidden = hidden.front(),
             .is_of_project =
                 folders_.names(folder, "pyproject.toml") || folders_.names(folder, "setup.py"),
             .is_incomplete = name == "torch" && search_.find({folder}, "torch._C").empty()});
    }

    // Whether notebooks mean that one by its name: of the standard library, or of a distribution.
    [[nodiscard]] bool counts(const std::string& name, const python::Module& module) const {
        return entry_of(module.in_folder).kind == PathKind::standard_library ||
               notebook_.distribution(python::normalised_name(name)) != nullptr ||
               std::ranges::find(well_known, name) != well_known.end();
    }

    void find_damaged() {
        // Its own RECORD is looked into with the frameworks.
        find_unrecorded(notebook_.distribution("torch"));
        for (const std::string_view name : important) {
            const python::Distribution* const one = notebook_.distribution(name);
            if (one == nullptr || one->kind != python::DistributionKind::dist_info ||
                is_record_stale(folders_.machine(), *one)) {
                continue;
            }
            if (find_unrecorded(one)) {
                continue;
            }
            auto check = python::check_needed_files(folders_.machine(), *one, is_whole_elf);
            if (check && !check->is_whole()) {
                notebook_.damaged.push_back({.distribution = *one, .check = *std::move(check)});
            }
        }
    }

    // Other installers may leave it out; an image may be without any INSTALLER too.
    bool find_unrecorded(const python::Distribution* one) {
        if (one == nullptr || one->kind != python::DistributionKind::dist_info ||
            is_record_stale(folders_.machine(), *one) ||
            installer_of(folders_.machine(), *one) != "pip") {
            return false;
        }
        const auto record = folders_.machine().node(one->path + "/RECORD");
        const bool is_there =
            record ? record->size > 0 : record.error().kind != ErrorKind::not_found;
        if (!is_there) {
            notebook_.damaged.push_back({.distribution = *one, .check = {}, .has_no_record = true});
        }
        return !is_there;
    }

    // Only where the user's copies hide others.
    void find_dependents() {
        const auto is_users = [&](const python::Distribution& one) {
            return entry_of(one.folder).kind == PathKind::user_site;
        };
        std::set<std::string_view> users;
        bool hides_any = false;
        for (const python::Distribution& one : notebook_.distributions) {
            if (is_users(one)) {
                users.insert(one.name);
            } else {
                hides_any = hides_any || users.contains(one.name);
            }
        }
        for (const std::string_view name : pinning) {
            const python::Distribution* const one = notebook_.distribution(name);
            if (!hides_any || one == nullptr || is_users(*one) ||
                one->kind == python::DistributionKind::conda ||
                notebook_.dependents.size() == most_dependents) {
                continue;
            }
            if (auto requirements = python::requirements_of(folders_.machine(), *one)) {
                notebook_.dependents.push_back(
                    {.distribution = *one, .requirements = *std::move(requirements)});
            }
        }
    }

    python::Folders& folders_;
    NotebookPython& notebook_;
    python::ModuleSearch search_;
    std::vector<std::string> path_;
};

}  // namespace

bool is_record_stale(const system::Inspector& machine, const python::Distribution& one) {
    // Where dpkg puts what it brings: stripped, and without the RECORD's other files.
    if (one.folder == "/usr/lib/python3/dist-packages") {
        return true;
    }
    return installer_of(machine, one) == "conda";
}

void look_into_modules(python::Folders& folders, NotebookPython& notebook, bool is_first) {
    Looker(folders, notebook).look(is_first);
}

}  // namespace envkeep::gpu
