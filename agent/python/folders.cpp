// SPDX-License-Identifier: MIT
#include "envkeep/python/folders.hpp"

#include "python/paths.hpp"

#include <algorithm>

namespace envkeep::python {

const std::vector<system::Entry>& Folders::in(const std::string& folder) {
    const auto found = listed_.find(folder);
    return found != listed_.end() ? found->second
                                  : listed_.emplace(folder, machine_.list(folder)).first->second;
}

const system::Entry* Folders::find(const std::string& folder, std::string_view name) {
    const std::vector<system::Entry>& entries = in(folder);
    const auto found = std::ranges::lower_bound(entries, name, {}, &system::Entry::name);
    return found != entries.end() && found->name == name ? &*found : nullptr;
}

system::Kind Folders::kind_of(const std::string& folder, std::string_view name) {
    const system::Entry* const found = find(folder, name);
    if (found == nullptr) {
        return system::Kind::absent;
    }
    return found->kind == system::Kind::link ? kind_at(machine_, joined(folder, name))
                                             : found->kind;
}

bool Folders::is_folder(const std::string& path) {
    const auto [found, is_new] = is_folder_.try_emplace(path);
    if (is_new) {
        found->second = python::is_folder(machine_, path);
    }
    return found->second;
}

const Environment& Folders::environment_of(const std::string& program) {
    const auto [found, is_new] = environments_.try_emplace(program);
    if (!is_new) {
        return found->second;
    }
    // "python", "python3" and "python3.11" of a folder are one program mostly: all that is told of
    // it follows from where it lies and what it is.
    const std::string real = machine_.real_path(program).value_or(std::string());
    const auto same = std::ranges::find_if(environments_, [&](const auto& known) {
        return !real.empty() && known.second.real_program == real &&
               parent_of(known.first) == parent_of(program);
    });
    found->second =
        same != environments_.end() ? same->second : read_environment(*this, program, real);
    found->second.program = program;
    return found->second;
}

}  // namespace envkeep::python
