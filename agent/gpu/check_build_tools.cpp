// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

// The toolkit and the compilers, which torch itself goes without.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

// Packages that compile for the card when they are first used.
constexpr std::array<std::string_view, 5> compiling{
    "deepspeed", "exllamav2", "flashinfer-python", "gsplat", "nerfacc"};

// Packages that have kernels of triton's and no others.
constexpr std::array<std::string_view, 6> needing_triton{
    "flash-linear-attention", "liger-kernel", "mamba-ssm", "sglang", "unsloth", "vllm"};

// The first of them that is installed; null if there is none.
const python::Distribution* that_compiles(const NotebookPython& notebook,
                                          std::span<const std::string_view> names = compiling) {
    for (const std::string_view name : names) {
        if (const python::Distribution* const one = notebook.distribution(name)) {
            return one;
        }
    }
    return nullptr;
}

// A warning where something that is installed compiles at run time.
Severity severity_for(const NotebookPython& notebook,
                      std::span<const std::string_view> names = compiling) {
    return that_compiles(notebook, names) != nullptr ? Severity::warning : Severity::info;
}

void add_who_compiles(const NotebookPython& notebook,
                      Finding& finding,
                      std::span<const std::string_view> names = compiling) {
    if (const python::Distribution* const one = that_compiles(notebook, names)) {
        finding.evidence.push_back(
            fmt::format("{} {}: compiles when it is first used", one->name, one->version));
    }
}

std::string shown(const BuildTools& tools) {
    return fmt::format("{}: CUDA {}, by {}", printable(tools.cuda_home), tools.cuda, tools.because);
}

std::optional<Finding> other_toolkit(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const CompatData& /*data*/) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const auto toolkit = Version::parse(notebook.tools.cuda);
    const auto cuda = torch == nullptr ? std::nullopt : Version::parse(torch->cuda);
    if (!toolkit || !cuda || !notebook.tools.has_nvcc || toolkit->major() == cuda->major()) {
        return std::nullopt;
    }
    Finding finding{
        .severity = severity_for(notebook),
        .title = fmt::format("extensions of torch cannot be compiled: the toolkit is CUDA {}, "
                             "torch's is {}",
                             toolkit->text(),
                             cuda->text()),
        .evidence = {shown(notebook.tools),
                     fmt::format("torch {}: {}", torch->version, torch->module.path)},
        .fix = {.text = fmt::format("take ready-made wheels, or point CUDA_HOME to a toolkit of "
                                    "CUDA {}",
                                    cuda->major())}};
    add_who_compiles(notebook, finding);
    return finding;
}

std::optional<Finding> no_toolkit(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& /*data*/) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const BuildTools& tools = notebook.tools;
    // Images without a toolkit are many; what leads nowhere was meant to lead to one.
    const bool leads_nowhere = !tools.cuda_home.empty() && !tools.has_home;
    if (torch == nullptr || tools.has_nvcc ||
        (that_compiles(notebook) == nullptr && !leads_nowhere)) {
        return std::nullopt;
    }
    const auto cuda = Version::parse(torch->cuda).value_or(Version());
    std::string dashed = cuda.release().text();
    std::ranges::replace(dashed, '.', '-');
    Finding finding{
        .severity = severity_for(notebook),
        .title = "extensions of torch cannot be compiled: there is no nvcc",
        .evidence = {tools.cuda_home.empty() ? "CUDA_HOME, PATH, /usr/local/cuda: no toolkit"
                                             : fmt::format("{} (by {}): no bin/nvcc",
                                                           printable(tools.cuda_home),
                                                           tools.because)},
        .fix = {.commands = {"sudo apt-get install -y cuda-nvcc-" + dashed},
                .text = "from NVIDIA's repository; nothing else needs it"}};
    add_who_compiles(notebook, finding);
    return finding;
}

std::optional<Finding> no_libdevice(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& /*data*/) {
    // Whoever finds CUDA's libraries would come to compile for the card.
    const auto uses_card = [&](std::string_view name) {
        const FrameworkLibraries* const libraries = notebook.libraries.of(name);
        return libraries != nullptr && !libraries->loaded.empty();
    };
    if (!has_card(facts) || !(uses_card("tensorflow") || uses_card("jaxlib")) ||
        !notebook.tools.libdevice.empty()) {
        return std::nullopt;
    }
    const bool is_cuda_13 = notebook.distribution("jax-cuda13-plugin") != nullptr;
    return Finding{
        .severity = Severity::warning,
        .title =
            "libdevice.10.bc, which XLA compiles with, is not here: jit_compile and jax.jit "
            "may fail",
        .evidence = {"nvvm/libdevice/libdevice.10.bc: not below the toolkit, nvidia/cuda_nvcc and "
                     "the environment"},
        .fix = {.commands = {pip_install(
                    notebook,
                    {is_cuda_13 ? "nvidia-cuda-nvcc" : "nvidia-cuda-nvcc-cu12"},
                    notebook.framework(uses_card("tensorflow") ? "tensorflow" : "jaxlib"))},
                .text = "where a toolkit lies elsewhere: "
                        "XLA_FLAGS=--xla_gpu_cuda_data_dir=FOLDER"}};
}

std::optional<Finding> new_gcc(const Facts& facts,
                               const NotebookPython& notebook,
                               const CompatData& /*data*/) {
    const BuildTools& tools = notebook.tools;
    const auto& variables = notebook.launch.variables;
    if (!has_card(facts) || !tools.has_nvcc || !tools.gcc || !tools.newest_gcc ||
        *tools.gcc <= *tools.newest_gcc || variables.contains("NVCC_CCBIN") ||
        variables.contains("CC")) {
        return std::nullopt;
    }
    const unsigned right = *tools.newest_gcc;
    Finding finding{
        .severity = severity_for(notebook),
        .title = fmt::format(
            "nvcc of CUDA {} refuses gcc {}: it takes {} at most", tools.cuda, *tools.gcc, right),
        .evidence = {shown(tools), fmt::format("gcc on PATH: {}", *tools.gcc)},
        .fix = {
            .commands = {fmt::format("sudo apt-get install -y g++-{}", right),
                         fmt::format("export CC=gcc-{0} CXX=g++-{0} NVCC_CCBIN=g++-{0}", right)},
            .text = {}}};
    add_who_compiles(notebook, finding);
    return finding;
}

const Framework* triton_for_cuda(const Facts& facts, const NotebookPython& notebook) {
    return torch_for_cuda(facts, notebook) == nullptr ? nullptr : notebook.framework("triton");
}

std::optional<Finding> no_compiler(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& /*data*/) {
    const Framework* const triton = triton_for_cuda(facts, notebook);
    if (triton == nullptr || !notebook.tools.c_compiler.empty() ||
        !notebook.launch.variables.contains("PATH")) {
        return std::nullopt;
    }
    Finding finding{
        .severity = severity_for(notebook, needing_triton),
        .title = "triton finds no C compiler: torch.compile fails",
        .evidence = {"CC and PATH: no gcc, no clang",
                     fmt::format("triton {}: {}", triton->version, triton->module.path)},
        .fix = {.commands = {"sudo apt-get install -y gcc"}, .text = {}}};
    add_who_compiles(notebook, finding, needing_triton);
    return finding;
}

std::optional<Finding> no_headers(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& /*data*/) {
    const Framework* const triton = triton_for_cuda(facts, notebook);
    const python::Environment& environment = notebook.environment;
    if (triton == nullptr || notebook.tools.has_python_headers || environment.version.empty()) {
        return std::nullopt;
    }
    Finding finding{.severity = severity_for(notebook, needing_triton),
                    .title = fmt::format("Python.h of Python {} is not here: torch.compile fails",
                                         environment.version),
                    .evidence = {fmt::format("{}/include/{}/Python.h: not there",
                                             environment.base_prefix,
                                             environment.library_name())},
                    .fix = {}};
    if (environment.build == python::Build::debian) {
        finding.fix.commands.push_back(
            fmt::format("sudo apt-get install -y python{}-dev", environment.version));
    } else {
        finding.fix.text = "an installation of this Python with its headers";
    }
    add_who_compiles(notebook, finding, needing_triton);
    return finding;
}

// numba makes PTX with the toolkit's own compiler, which a driver of the same major version may
// refuse; torch, cupy and triton make code for the card itself.
std::optional<Finding> new_ptx(const Facts& facts,
                               const NotebookPython& notebook,
                               const CompatData& data) {
    const auto driver = facts.driver.version();
    const auto highest = driver ? data.highest_cuda(*driver) : std::nullopt;
    // The old numba is there for processors too.
    const python::Distribution* const target = notebook.distribution("numba-cuda");
    const python::Distribution* const numba =
        target == nullptr ? notebook.distribution("numba") : target;
    if (!highest || numba == nullptr || !has_card(facts) || facts.libcuda.is_compat) {
        return std::nullopt;
    }
    std::string where;
    std::optional<Version> compiler;
    for (const std::string_view name :
         {"nvidia-cuda-nvcc-cu12", "nvidia-cuda-nvcc", "cuda-nvvm-impl", "cudatoolkit"}) {
        if (const python::Distribution* const one = notebook.distribution(name);
            one != nullptr && !compiler) {
            compiler = Version::parse(one->version);
            where = one->path + ": " + one->version;
        }
    }
    if (!compiler && notebook.tools.has_nvcc) {
        compiler = Version::parse(notebook.tools.cuda);
        where = shown(notebook.tools);
    }
    if (!compiler || compiler->release() <= *highest) {
        return std::nullopt;
    }
    return Finding{
        .severity = target != nullptr ? Severity::warning : Severity::info,
        .title = fmt::format("numba compiles for CUDA {}, and driver {} reads {} at most (error "
                             "222)",
                             compiler->release().text(),
                             driver->text(),
                             highest->text()),
        .evidence = {where, fmt::format("{} {}: {}", numba->name, numba->version, numba->path)},
        .fix = {
            .commands = {pip_install(
                notebook,
                {fmt::format(
                     "{}=={}.*", nvidia_package("cuda-nvcc", highest->major()), highest->text()),
                 fmt::format("{}=={}.*",
                             nvidia_package("cuda-nvrtc", highest->major()),
                             highest->text())})},
            .text = "or a machine with a newer driver"}};
}

}  // namespace

std::span<const Check> build_tool_checks() {
    static constexpr std::array checks{
        Check{"tk-nvcc-torch-mismatch", other_toolkit},
        Check{"tk-cuda-home-missing", no_toolkit},
        Check{"tk-libdevice-missing", no_libdevice},
        Check{"tk-gcc-too-new", new_gcc},
        Check{"tk-no-c-compiler", no_compiler},
        Check{"tk-no-python-headers", no_headers},
        Check{"tk-ptx-newer-than-driver", new_ptx},
    };
    return checks;
}

}  // namespace envkeep::gpu
