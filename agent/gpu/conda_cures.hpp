// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/model/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

// Commands for what conda installed: pip would write over its files, and conda over pip's.
namespace envkeep::gpu {

// That brought it; null if that was another installer, or one that wrote over it since.
[[nodiscard]] const python::Distribution* conda_package_of(const NotebookPython& notebook,
                                                           const Framework& one);

// The code that the data knows that package of conda's torch to have; empty where there is none.
[[nodiscard]] std::vector<std::string> measured_code_of(const NotebookPython& notebook,
                                                        const Framework& torch,
                                                        const CompatData& data);

// "/opt/conda/bin/conda install -y -p /opt/conda": what follows is up to the caller. Verbs are
// those that mamba and micromamba know too.
[[nodiscard]] std::string conda(const NotebookPython& notebook, std::string_view verb);

// Says of a cure with commands of conda where there is none, and of one for an environment of
// pixi's, which takes back what conda does to it: the commands are words for its manifest then.
void mind_who_has_the_environment(const NotebookPython& notebook, model::Fix& fix);

// "-c conda-forge" as a rule; "-c pytorch -c nvidia" for a torch of PyTorch's own channel, which
// ended with 2.5.1.
[[nodiscard]] std::string channels_of(const python::Distribution& package);

// Installs a build for CUDA of that package; `cuda` is "12", or empty for whichever there is.
[[nodiscard]] std::string conda_install_for_cuda(const Facts& facts,
                                                 const NotebookPython& notebook,
                                                 const CompatData& data,
                                                 std::string_view package,
                                                 std::string_view cuda = {});

// The torch for this driver and card that conda has in place of this package.
[[nodiscard]] model::Fix right_conda_torch(const Facts& facts,
                                           const NotebookPython& notebook,
                                           const CompatData& data,
                                           const python::Distribution& package);

}  // namespace envkeep::gpu
