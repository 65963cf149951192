// SPDX-License-Identifier: MIT
#include "python/on_path.hpp"

#include "python/paths.hpp"

namespace envkeep::python {

std::optional<std::string> on_path(const system::Inspector& machine,
                                   std::string_view path,
                                   std::string_view name) {
    constexpr std::uint32_t any_may_run = 0111;
    for (const std::string& folder : absolute_folders(path)) {
        const std::string program = joined(folder, name);
        const auto node = machine.node(program);
        if (node && node->kind == system::Kind::file && (node->mode & any_may_run) != 0) {
            return program;
        }
    }
    return std::nullopt;
}

}  // namespace envkeep::python
