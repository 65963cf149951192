// SPDX-License-Identifier: MIT
#include "engine/package_managers.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::engine {
namespace {

// What changes an environment, and the words that say that it does; none: whatever it is told. Of
// two words, the second says what the first of the command's words is to do.
struct Manager {
    std::string_view name;
    std::array<std::string_view, 8> verbs;
};

constexpr auto managers = std::to_array<Manager>({
    {"apt", {"install", "remove", "purge", "upgrade", "full-upgrade", "autoremove", "reinstall"}},
    {"apt-get",
     {"install", "remove", "purge", "upgrade", "dist-upgrade", "autoremove", "reinstall"}},
    {"aptitude", {"install", "remove", "purge", "upgrade", "full-upgrade"}},
    {"conda", {"install", "create", "update", "upgrade", "remove", "uninstall"}},
    {"conda env", {"create", "update", "remove"}},
    {"dpkg", {}},
    {"mamba", {"install", "create", "update", "upgrade", "remove", "uninstall"}},
    {"mamba env", {"create", "update", "remove"}},
    {"micromamba", {"install", "create", "update", "upgrade", "remove", "uninstall"}},
    {"micromamba env", {"create", "update", "remove"}},
    {"npm", {"install", "i", "ci", "update", "uninstall", "add", "remove", "link"}},
    {"pip", {"install", "uninstall"}},
    {"pipx", {"install", "uninstall", "upgrade", "upgrade-all", "inject", "reinstall"}},
    {"uv", {"sync", "add", "remove", "venv"}},
    {"uv pip", {"install", "sync", "uninstall"}},
    {"uv tool", {"install", "upgrade", "uninstall"}},
});

// Options that stand before the command and take the word after them.
constexpr auto options_with_a_word = std::to_array<std::string_view>({"--cache-dir",
                                                                      "--config-file",
                                                                      "--directory",
                                                                      "--prefix",
                                                                      "--project",
                                                                      "--python",
                                                                      "-C",
                                                                      "-c",
                                                                      "-o",
                                                                      "-t"});

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// "pip3.11" is pip, "python3.11" is python.
std::string_view without_version(std::string_view name) {
    const std::size_t end = name.find_last_not_of("0123456789.");
    return name.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

const Manager* manager_named(std::string_view name) {
    const auto* const found = std::ranges::find(managers, name, &Manager::name);
    return found == managers.end() ? nullptr : found;
}

bool is_manager(std::string_view word) {
    return manager_named(without_version(base_name(word))) != nullptr;
}

// Where in the words the manager is: by itself, as a script of Python or Node, or as `-m pip`.
std::size_t place_of_manager(const std::vector<std::string_view>& words) {
    if (!words.empty() && is_manager(words[0])) {
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

// The words that say what is to be done; what else they say ("conda run ... install") is not its.
std::vector<std::string_view> without_options(const std::vector<std::string_view>& words,
                                              std::size_t from) {
    std::vector<std::string_view> left;
    for (std::size_t i = from; i < words.size(); ++i) {
        if (std::ranges::find(options_with_a_word, words[i]) != options_with_a_word.end()) {
            ++i;
        } else if (!words[i].empty() && !words[i].starts_with('-')) {
            left.push_back(words[i]);
        }
    }
    return left;
}

// npm writes its title over them: "npm install x" is one word then.
std::vector<std::string_view> words_of(std::string_view command_line) {
    const std::vector<std::string_view> words = split(command_line, '\0');
    return words.front().starts_with("npm ") ? split(words.front(), ' ') : words;
}

bool changes(const Manager& manager, std::string_view verb) {
    return manager.verbs.front().empty() ||
           (!verb.empty() && std::ranges::find(manager.verbs, verb) != manager.verbs.end());
}

}  // namespace

std::string_view package_manager_of(std::string_view command_line) {
    const std::vector<std::string_view> words = words_of(command_line);
    const std::size_t at = place_of_manager(words);
    const Manager* const manager =
        at < words.size() ? manager_named(without_version(base_name(words[at]))) : nullptr;
    if (manager == nullptr) {
        return {};
    }
    const std::vector<std::string_view> told = without_options(words, at + 1);
    const std::string_view verb = told.empty() ? std::string_view{} : told[0];
    if (const Manager* const of = manager_named(fmt::format("{} {}", manager->name, verb))) {
        return told.size() > 1 && changes(*of, told[1]) ? manager->name : std::string_view{};
    }
    return changes(*manager, verb) ? manager->name : std::string_view{};
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

std::vector<std::string> package_managers_at_work(const World& world) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 20U;
    const system::Machine& machine = world.machine;
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
    // Whoever changes packages by the library of apt or dpkg is no program of that name.
    for (const char* const lock : {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"}) {
        if (world.processes != nullptr && world.processes->is_locked(lock).value_or(false)) {
            found.push_back(fmt::format("dpkg ('{}' is locked)", lock));
        }
    }
    return found;
}

Result<void> check_nobody_installs(const World& world) {
    const std::vector<std::string> at_work = package_managers_at_work(world);
    if (at_work.empty()) {
        return {};
    }
    return failure(ErrorKind::busy,
                   fmt::format("a package manager is at work: {}", at_work.front()),
                   "'envkeep snapshot --wait' takes the snapshot when it is done");
}

}  // namespace envkeep::engine
