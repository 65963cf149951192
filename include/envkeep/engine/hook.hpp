// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/store/find.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

enum class HookFor {
    pre_run,
    container_command,
    profile,
    notebook_cell,
    jupyter_config,
    lifecycle_script
};

// Their names, in that order.
inline constexpr std::array<std::string_view, 6> hook_uses{"pre-run",
                                                           "container-command",
                                                           "profile",
                                                           "notebook-cell",
                                                           "jupyter-config",
                                                           "lifecycle-script"};

// The one with that name; pre_run for any other.
[[nodiscard]] HookFor hook_use(std::string_view name);

// What to paste where this image reads it.
[[nodiscard]] std::string hook_text(HookFor use,
                                    const std::string& store_base,
                                    const store::Advice& advice);

struct HookReport {
    std::string file;  // absolute: /storage/pre-run.sh
    std::string line;
    bool was_there = false;
    std::vector<std::string> changed;  // files that were written
};

// Puts our line into <store>/pre-run.sh (made if missing, everything else in it kept, also its
// mode) and writes hook.sh. Running it again changes nothing.
[[nodiscard]] Result<HookReport> install_hook(const World& world, const store::Store& store);
// Takes our line out again, and hook.sh.
[[nodiscard]] Result<HookReport> remove_hook(const World& world, const store::Store& store);

// The notice for the first terminal: a file of our own in /etc/profile.d and one marked line in
// /etc/bash.bashrc. As root only, and only for the home that /etc/passwd gives root.
[[nodiscard]] Result<std::vector<std::string>> install_notice(const World& world,
                                                              const std::string& home);
// Where /etc is not ours to write: the line for ~/.bashrc that does the same. None where it is, or
// where the line stands there already.
[[nodiscard]] std::optional<std::string> notice_line(const World& world, const std::string& home);

}  // namespace envkeep::engine
