// SPDX-License-Identifier: MIT
#include "engine/package_managers.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::engine {
namespace {

// What changes an environment, and the words that say that it does; none: whatever it is told.
struct Manager {
    std::string_view name;
    std::array<std::string_view, 8> verbs;
};

constexpr auto managers = std::to_array<Manager>({
    {"apt", {"install", "remove", "purge", "upgrade", "full-upgrade", "autoremove"}},
    {"apt-get", {"install", "remove", "purge", "upgrade", "dist-upgrade", "autoremove"}},
    {"aptitude", {"install", "remove", "purge", "upgrade", "full-upgrade"}},
    {"conda", {"install", "create", "update", "upgrade", "remove", "uninstall", "env"}},
    {"dpkg", {}},
    {"mamba", {"install", "create", "update", "upgrade", "remove", "uninstall", "env"}},
    {"micromamba", {"install", "create", "update", "upgrade", "remove", "uninstall", "env"}},
    {"npm", {"install", "i", "ci", "update", "uninstall", "add", "remove"}},
    {"pip", {"install", "uninstall"}},
    {"pipx", {"install", "uninstall", "upgrade", "inject"}},
    {"uv", {"pip", "sync", "add", "remove", "tool", "venv"}},
});

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// "pip3.11" is pip, "python3.11" is python.
std::string_view without_version(std::string_view name) {
    const std::size_t end = name.find_last_not_of("0123456789.");
    return name.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

const Manager* manager_named(std::string_view word) {
    const std::string_view name = without_version(base_name(word));
    const auto* const found = std::ranges::find(managers, name, &Manager::name);
    return found == managers.end() ? nullptr : found;
}

// Where in the words the manager is: by itself, as a script of Python or Node, or as `-m pip`.
std::size_t place_of_manager(const std::vector<std::string_view>& words) {
    if (!words.empty() && manager_named(words[0]) != nullptr) {
        return 0;
    }
    const std::string_view program = words.empty() ? "" : without_version(base_name(words[0]));
    if (program != "python" && program != "node" && program != "sh" && program != "bash") {
        return words.size();
    }
    constexpr std::size_t most_options = 5;
    for (std::size_t i = 1; i < std::min(words.size(), most_options); ++i) {
        if (words[i] == "-m") {
            return i + 1;
        }
        if (!words[i].starts_with('-')) {
            return i;
        }
    }
    return words.size();
}

}  // namespace

std::string_view package_manager_of(std::string_view command_line) {
    const std::vector<std::string_view> words = split(command_line, '\0');
    const std::size_t at = place_of_manager(words);
    const Manager* const manager = at < words.size() ? manager_named(words[at]) : nullptr;
    if (manager == nullptr) {
        return {};
    }
    const bool changes =
        manager->verbs.front().empty() ||
        std::any_of(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                    words.end(),
                    [&](std::string_view word) {
                        return !word.empty() &&
                               std::ranges::find(manager->verbs, word) != manager->verbs.end();
                    });
    return changes ? manager->name : std::string_view{};
}

bool is_in_inner_container(std::string_view status) {
    constexpr std::string_view field = "NSpid:";
    for (const std::string_view line : split(status, '\n')) {
        if (line.starts_with(field)) {
            return trimmed(line.substr(field.size())).find_first_of(" \t") !=
                   std::string_view::npos;
        }
    }
    return false;
}

std::vector<std::string> package_managers_at_work(const system::Machine& machine) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 20U;
    std::vector<std::string> found;
    for (const std::string& name : machine.names_in("/proc")) {
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const Result<std::string> line =
            machine.read_fact(fmt::format("/proc/{}/cmdline", name), longest);
        const std::string_view manager = line ? package_manager_of(*line) : std::string_view{};
        if (manager.empty()) {
            continue;
        }
        const Result<std::string> status =
            machine.read_fact(fmt::format("/proc/{}/status", name), longest);
        if (!status || !is_in_inner_container(*status)) {
            found.push_back(fmt::format("{} (process {})", manager, name));
        }
    }
    return found;
}

}  // namespace envkeep::engine
