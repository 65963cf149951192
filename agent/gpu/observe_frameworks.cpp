// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/elf.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

// Which frameworks a notebook imports, by files that they bring themselves.
namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_file = 256U << 10U;

struct Known {
    std::string_view module;
    std::string_view distributions;  // that bring it, between blanks
};

constexpr std::array<Known, 15> known_modules{
    {{"torch", "torch"},
     {"torchvision", "torchvision"},
     {"torchaudio", "torchaudio"},
     {"triton", "triton"},
     {"tensorflow", "tensorflow tensorflow-cpu tensorflow-intel tensorflow-gpu tf-nightly"},
     {"jax", "jax"},
     {"jaxlib", "jaxlib"},
     {"onnxruntime", "onnxruntime-gpu onnxruntime"},
     {"cupy", "cupy-cuda13x cupy-cuda12x cupy-cuda11x cupy"},
     {"bitsandbytes", "bitsandbytes"},
     {"flash_attn", "flash-attn"},
     {"xformers", "xformers"},
     {"exllamav2", "exllamav2"},
     {"ctranslate2", "ctranslate2"},
     {"numpy", "numpy"}}};

// What stands between quotes behind `=` in a line `name = ...` or `name: type = ...`; none if there
// is no such line, empty for None and the like.
std::optional<std::string> assigned(std::string_view text, std::string_view name) {
    for (std::string_view line : split(text, '\n')) {
        line = trimmed(line);
        const std::size_t equals = line.find('=');
        const std::string_view left = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || trimmed(left.substr(0, left.find(':'))) != name) {
            continue;
        }
        const std::string_view right = trimmed(line.substr(equals + 1));
        const std::size_t end =
            right.size() < 2 ? std::string_view::npos : right.find(right.front(), 1);
        const bool is_text = right.starts_with('\'') || right.starts_with('"');
        return is_text && end != std::string_view::npos ? std::string(right.substr(1, end - 1))
                                                        : std::string();
    }
    return std::nullopt;
}

// Behind 'name' and a comma or colon, in the dictionary that TensorFlow writes in one line.
std::string_view value_of(std::string_view text, std::string_view name) {
    for (const char quote : {'\'', '"'}) {
        const std::string key = quote + std::string(name) + quote;
        if (const std::size_t at = text.find(key); at != std::string_view::npos) {
            std::string_view rest = trimmed(text.substr(at + key.size()));
            return rest.empty() ? rest : trimmed(rest.substr(1));
        }
    }
    return {};
}

std::string quoted(std::string_view text) {
    const bool is_text = text.starts_with('\'') || text.starts_with('"');
    const std::size_t end = is_text ? text.find(text.front(), 1) : std::string_view::npos;
    return end == std::string_view::npos ? std::string() : std::string(text.substr(1, end - 1));
}

// torch/version.py and those after its model (torch: tools/generate_torch_version.py).
void read_version_file(const system::Inspector& machine, Framework& framework) {
    const auto text = machine.read(framework.module.path + "/version.py", largest_file);
    if (!text) {
        return;
    }
    framework.version = assigned(*text, "__version__").value_or(std::string());
    if (framework.name != "torch") {
        return;
    }
    framework.cuda = assigned(*text, "cuda").value_or(std::string());
    framework.rocm = assigned(*text, "hip").value_or(std::string());
    framework.has_cuda = !framework.cuda.empty();
}

// tensorflow/python/platform/build_info.py (tensorflow: tools/build_info/gen_build_info.py).
void read_build_info(const system::Inspector& machine, Framework& framework) {
    const auto text =
        machine.read(framework.module.path + "/python/platform/build_info.py", largest_file);
    if (!text) {
        return;
    }
    if (const std::string_view is_cuda = value_of(*text, "is_cuda_build"); !is_cuda.empty()) {
        framework.has_cuda = is_cuda.starts_with("True");
    }
    framework.cuda = quoted(value_of(*text, "cuda_version"));
    framework.cudnn = quoted(value_of(*text, "cudnn_version"));
    std::string_view list = value_of(*text, "cuda_compute_capabilities");
    list = list.substr(0, list.find(']'));
    for (const std::string_view one : split(list, ',')) {
        const std::size_t quote = one.find_first_of("'\"");
        if (std::string code = quote == std::string_view::npos ? "" : quoted(one.substr(quote));
            !code.empty()) {
            framework.code.push_back(std::move(code));
        }
    }
}

// Beside the module.
std::optional<python::Distribution> distribution_of(const NotebookPython& notebook,
                                                    const std::string& folder,
                                                    std::string_view names) {
    for (const std::string_view name : split(names, ' ')) {
        for (const python::Distribution& one : notebook.distributions) {
            if (one.name == name && one.folder == folder) {
                return one;
            }
        }
    }
    return std::nullopt;
}

// libbitsandbytes_cuda121.so, libbitsandbytes_cuda121_nocublaslt.so
void look_into_bitsandbytes(python::Folders& folders, Framework& framework) {
    constexpr std::string_view start = "libbitsandbytes_cuda";
    for (const system::Entry& entry : folders.in(framework.module.path)) {
        if (entry.name.starts_with(start) && entry.name.ends_with(".so")) {
            const std::string_view rest = std::string_view(entry.name).substr(start.size());
            framework.cuda_libraries.emplace_back(rest.substr(0, rest.find_first_of("._")));
        }
    }
}

// What is compiled, and must be there for `import torch` to work.
void look_into_torch(python::Folders& folders, python::ModuleSearch& search, Framework& torch) {
    const system::Inspector& machine = folders.machine();
    if (torch.installed && !is_record_stale(machine, *torch.installed)) {
        if (auto check =
                python::check_record(machine, *torch.installed, "torch/lib/", 1000, is_whole_elf)) {
            torch.record = *std::move(check);
        }
    }
    if (search.find({torch.module.in_folder}, "torch._C").empty()) {
        torch.unusable = search.foreign_extensions(torch.module.path, "_C");
    }
}

// What works with some versions of another framework alone.
constexpr std::array<std::string_view, 6> bound_to_another{
    "torch", "torchvision", "torchaudio", "xformers", "flash_attn", "jax"};

class Reader {
  public:
    Reader(python::Folders& folders, const NotebookPython& notebook)
        : folders_(folders), notebook_(notebook), search_(folders, notebook.environment) {
        for (const python::PathEntry& entry : notebook.path.entries) {
            path_.push_back(entry.folder);
        }
    }

    std::optional<Framework> read(const Known& known) {
        std::vector<python::Module> found = search_.find(path_, known.module);
        if (found.empty()) {
            return std::nullopt;
        }
        Framework winner = read_copy(known, std::move(found.front()));
        for (std::size_t i = 1; i < found.size(); ++i) {
            winner.other.push_back(read_copy(known, std::move(found[i])));
        }
        return winner;
    }

  private:
    Framework read_copy(const Known& known, python::Module module) {
        const system::Inspector& machine = folders_.machine();
        Framework framework{.name = std::string(known.module), .module = std::move(module)};
        const auto entry = std::ranges::find(
            notebook_.path.entries, framework.module.in_folder, &python::PathEntry::folder);
        if (entry != notebook_.path.entries.end()) {
            framework.entry = *entry;
        }
        framework.installed =
            distribution_of(notebook_, framework.module.in_folder, known.distributions);
        read_version_file(machine, framework);
        if (framework.name == "tensorflow") {
            read_build_info(machine, framework);
        }
        if (framework.name == "torch") {
            look_into_torch(folders_, search_, framework);
            framework.code = measured_code_of(notebook_, framework, built_in_compat_data());
        }
        if (framework.name == "bitsandbytes") {
            look_into_bitsandbytes(folders_, framework);
        }
        if (framework.name == "onnxruntime" && framework.installed) {
            if (auto check =
                    python::check_record(machine, *framework.installed, "onnxruntime/capi/", 100)) {
                framework.record = *std::move(check);
            }
        }
        if (framework.installed && framework.version.empty()) {
            framework.version = framework.installed->version;
        }
        if (framework.installed &&
            std::ranges::find(bound_to_another, framework.name) != bound_to_another.end()) {
            framework.requirements = python::requirements_of(machine, *framework.installed)
                                         .value_or(std::vector<python::Requirement>());
        }
        return framework;
    }

    python::Folders& folders_;
    const NotebookPython& notebook_;
    python::ModuleSearch search_;
    std::vector<std::string> path_;
};

}  // namespace

std::vector<Framework> frameworks_of(python::Folders& folders, const NotebookPython& notebook) {
    Reader reader(folders, notebook);
    std::vector<Framework> frameworks;
    for (const Known& one : known_modules) {
        if (auto framework = reader.read(one)) {
            frameworks.push_back(*std::move(framework));
        }
    }
    return frameworks;
}

}  // namespace envkeep::gpu
