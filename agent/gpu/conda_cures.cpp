// SPDX-License-Identifier: MIT
#include "gpu/conda_cures.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::gpu {
namespace {

// Their names end as those of its wheels do: "py3.10_cuda11.8_cudnn8.7.0_0", and conda-forge's are
// "cuda126_py311h0d1ca3b_0".
bool is_of_pytorchs_channel(const python::Distribution& package) {
    return package.build.starts_with("py") && package.build.find("_cuda") != std::string::npos;
}

// "12" of ".../whl/cu126".
std::string major_cuda_of(std::string_view index) {
    std::string_view digits = index.substr(index.rfind('/') + 1);
    digits.remove_prefix(std::min(std::string_view("cu").size(), digits.size()));
    return std::string(digits.substr(0, digits.empty() ? 0 : digits.size() - 1));
}

}  // namespace

const python::Distribution* conda_package_of(const NotebookPython& notebook, const Framework& one) {
    const std::string_view other_name = one.name == "torch" ? "pytorch" : "";
    const auto found =
        std::ranges::find_if(notebook.distributions, [&](const python::Distribution& package) {
            return package.kind == python::DistributionKind::conda &&
                   (package.name == one.name || package.name == other_name) &&
                   !package.version.empty() && one.version.starts_with(package.version);
        });
    return found == notebook.distributions.end() ||
                   !is_path_within(one.module.path, notebook.environment.prefix)
               ? nullptr
               : &*found;
}

std::vector<std::string> measured_code_of(const NotebookPython& notebook,
                                          const Framework& torch,
                                          const CompatData& data) {
    const python::Distribution* const condas = conda_package_of(notebook, torch);
    return condas == nullptr ? std::vector<std::string>()
                             : data.code_of_condas(fmt::format(
                                   "{}-{}-{}", condas->name, condas->version, condas->build));
}

std::string conda(const NotebookPython& notebook, std::string_view verb) {
    const std::string& program = notebook.installer.conda;
    return fmt::format("{} {} -y -p {}",
                       program.empty() ? "conda" : shell_quoted(program),
                       verb,
                       shell_quoted(notebook.environment.prefix));
}

void mind_who_has_the_environment(const NotebookPython& notebook, model::Fix& fix) {
    const std::string& prefix = notebook.environment.prefix;
    const std::string of_conda = fmt::format(" -y -p {}", shell_quoted(prefix));
    const std::size_t pixis = prefix.find("/.pixi/envs/");
    const bool is_condas = std::ranges::any_of(fix.commands, [&](const std::string& command) {
        return command.find(of_conda) != std::string::npos;
    });
    if (!is_condas || (pixis == std::string::npos && !notebook.installer.conda.empty())) {
        return;
    }
    std::string words;
    if (pixis == std::string::npos) {
        words =
            "no conda was found here: the commands are for the one that made the environment, "
            "mamba and micromamba know them too";
    } else {
        words = fmt::format(
            "pixi made this environment and takes back what conda does to it: change what {} asks "
            "for, then 'pixi install':",
            prefix.substr(0, pixis) + "/pixi.toml");
        for (const std::string& command : fix.commands) {
            const std::size_t at = command.find(of_conda);
            words += at == std::string::npos ? std::string() : command.substr(at + of_conda.size());
        }
        std::erase_if(fix.commands, [&](const std::string& command) {
            return command.find(of_conda) != std::string::npos;
        });
    }
    fix.text += (fix.text.empty() ? "" : "; ") + words;
}

std::string channels_of(const python::Distribution& package) {
    return is_of_pytorchs_channel(package) ? "-c pytorch -c nvidia" : "-c conda-forge";
}

std::string conda_install_for_cuda(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& data,
                                   std::string_view package,
                                   std::string_view cuda) {
    const auto driver = facts.driver.version();
    const auto highest = driver ? data.highest_cuda(*driver) : std::nullopt;
    // What conda asks the driver for, which it does not find in every container.
    return fmt::format("{}{} -c conda-forge '{}=*=*cuda{}*'",
                       highest ? fmt::format("CONDA_OVERRIDE_CUDA={} ", highest->text()) : "",
                       conda(notebook, "install"),
                       package,
                       cuda);
}

model::Fix right_conda_torch(const Facts& facts,
                             const NotebookPython& notebook,
                             const CompatData& data,
                             const python::Distribution& package) {
    const std::optional<Version> driver = facts.driver.version();
    const std::optional<CardModel> card = weakest_card(facts, data);
    const TorchRecommendation* const advice =
        driver && card ? data.recommended_torch(*driver, card->capability) : nullptr;
    const std::string cuda = advice == nullptr ? std::string() : major_cuda_of(advice->index);
    if (is_of_pytorchs_channel(package) && (cuda == "11" || cuda == "12") &&
        card->capability.major < 10) {
        return {.commands = {fmt::format("{} {} pytorch-cuda={}",
                                         conda(notebook, "install"),
                                         channels_of(package),
                                         cuda == "11" ? "11.8" : "12.1")},
                .text = {}};
    }
    return {.commands = {conda_install_for_cuda(facts, notebook, data, "pytorch", cuda)},
            .text = {}};
}

}  // namespace envkeep::gpu
