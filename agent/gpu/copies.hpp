// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Of several copies of a package the one that `import` takes, and the one that would work.
namespace envkeep::gpu {

[[nodiscard]] bool is_whole(const Framework& torch);

// What it has code for, by the data, else as it says itself; empty where neither is known.
[[nodiscard]] const std::vector<std::string>& code_of(const Framework& torch,
                                                      const CompatData& data);

// For one of the cards at least, or it is not known.
[[nodiscard]] bool has_code_for_a_card(const Framework& torch,
                                       const Facts& facts,
                                       const CompatData& data);

// This torch would start on this machine, as far as files tell.
[[nodiscard]] bool is_usable(const Framework& torch, const Facts& facts, const CompatData& data);

// A torch that works, hidden by one that does not and that does not belong to the environment
// itself: it is the user's, or comes by PYTHONPATH, a .pth file or the folder of the notebook.
[[nodiscard]] const Framework* hidden_torch(const Framework& torch,
                                            const Facts& facts,
                                            const CompatData& data);

// "cu121" of CUDA 12.1.
[[nodiscard]] std::string moniker_of(const std::string& cuda);

// The row of the data for it. Null for what is newer, and for builds of conda, of NVIDIA's images
// and of one's own, which have code for other cards.
[[nodiscard]] const TorchBuild* build_of(const Framework& torch, const CompatData& data);

// "torch 2.4.1+cpu: /root/.local/lib/python3.11/site-packages/torch, built without CUDA"
[[nodiscard]] std::string shown(const Framework& one);

// "/usr/lib/python3/dist-packages/jax-0.8.1.dist-info: 0.8.1"
[[nodiscard]] std::string installed_at(const python::Distribution& one);

// That the notebook imports, where there is a card for it; else null.
[[nodiscard]] const Framework* in_notebook(const Facts& facts,
                                           const NotebookPython& notebook,
                                           std::string_view name);

// Beside a torch that has CUDA the processor may be meant.
[[nodiscard]] bool has_cuda_torch(const NotebookPython& notebook);

// The driver that a build for this CUDA needs, where this machine's is older. None where that is
// not known, and with a newer libcuda of a compatibility package in the place of a newer driver.
[[nodiscard]] std::optional<Version> driver_missed(const Facts& facts,
                                                   const std::optional<Version>& cuda,
                                                   const CompatData& data);

// "kernel driver: 535.104.05, which gives CUDA 12.2 at most", of one that is known.
[[nodiscard]] std::string shown_driver(const Facts& facts, const CompatData& data);

// Whether a version surely breaks "<2,>=1.22"; what is no plain number is passed over.
[[nodiscard]] bool breaks(const python::Requirement& requirement, const Version& version);

// "kernel python3: /usr/bin/python3.11, Python 3.11"
[[nodiscard]] std::string interpreter_of(const NotebookPython& notebook);

// How a folder of sys.path got there.
[[nodiscard]] python::PathKind kind_of(const NotebookPython& notebook, const std::string& folder);

// A virtual environment that does not start any more, or not with its packages.
[[nodiscard]] bool is_broken(const python::Environment& environment);

// The same Python with the same packages.
[[nodiscard]] bool is_same(const python::Environment& one, const python::Environment& other);

// "a, b, c and 9 more".
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);

}  // namespace envkeep::gpu
