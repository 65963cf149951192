// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/diagnose.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

[[nodiscard]] std::span<const Check> card_checks();
[[nodiscard]] std::span<const Check> module_checks();
[[nodiscard]] std::span<const Check> node_checks();
[[nodiscard]] std::span<const Check> container_checks();
[[nodiscard]] std::span<const Check> libcuda_checks();
[[nodiscard]] std::span<const Check> variable_checks();
[[nodiscard]] std::span<const Check> setting_checks();
[[nodiscard]] std::span<const Check> kernel_checks();
[[nodiscard]] std::span<const Check> environment_checks();
[[nodiscard]] std::span<const Check> python_path_checks();
[[nodiscard]] std::span<const Check> users_site_checks();
[[nodiscard]] std::span<const Check> package_checks();
[[nodiscard]] std::span<const Check> framework_checks();
[[nodiscard]] std::span<const Check> jax_checks();
[[nodiscard]] std::span<const Check> torch_checks();
[[nodiscard]] std::span<const Check> torch_build_checks();
[[nodiscard]] std::span<const Check> loader_checks();
[[nodiscard]] std::span<const Check> cuda_library_checks();
[[nodiscard]] std::span<const Check> opened_library_checks();
[[nodiscard]] std::span<const Check> build_tool_checks();
[[nodiscard]] std::span<const Check> resource_checks();
[[nodiscard]] std::span<const Check> probe_checks();
[[nodiscard]] std::span<const Check> probe_use_checks();

// The driver knows of it: it is loaded, or says its version.
[[nodiscard]] bool has_driver(const Facts& facts);
// The cards that the driver has, or could have.
[[nodiscard]] bool has_card(const Facts& facts);
// There is a card, and a way to it: the notebook's settings count. WSL and gVisor show no module.
[[nodiscard]] bool is_worth_a_look(const Facts& facts);

// By the model's name, of those that were made with one size: "A100 SXM4 40GB".
[[nodiscard]] std::optional<std::uint64_t> memory_of(std::string_view name);

// A value of CUDA_VISIBLE_DEVICES that hides every card.
[[nodiscard]] bool hides_cards(std::string_view value);
// A value of JAX_PLATFORMS that leaves the card out.
[[nodiscard]] bool keeps_from_card(std::string_view value);
// A kernelspec sets that variable to that value, which its server has not: what is wrong with it is
// told of the kernelspec.
[[nodiscard]] bool is_set_by_kernel(const Facts& facts,
                                    const std::string& name,
                                    const std::string& value);

// The torch that the notebook imports, if it is built for CUDA and there is a card for it.
[[nodiscard]] const Framework* torch_for_cuda(const Facts& facts, const NotebookPython& notebook);

// Of another framework that cannot use the card: a warning where that torch is whole, built for
// this driver and finds its libraries, since the card works then; else an error.
[[nodiscard]] model::Severity harm_beside_torch(const Facts& facts,
                                                const NotebookPython& notebook,
                                                const CompatData& data);

// "libcudnn.so.9: /usr/lib/libcudnn.so.9.1.0 by LD_LIBRARY_PATH /usr/lib, version 9.1.0".
[[nodiscard]] std::string shown(const LoadedLibrary& library);

// Texts that many findings share.
inline constexpr std::string_view restart_elsewhere =
    "stop the notebook and start it again, which gives another machine; if it comes back, tell the "
    "provider";

}  // namespace envkeep::gpu
