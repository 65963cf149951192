// SPDX-License-Identifier: MIT
#include "envkeep/python/scripts.hpp"

#include "envkeep/core/text.hpp"
#include "python/paths.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t script_head = 4096;
constexpr std::size_t most_scripts = 2000;

Shebang words_of(std::string_view line) {
    line = trimmed(line);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    return {.interpreter = std::string(line.substr(0, end)),
            .argument = std::string(trimmed(line.substr(end)))};
}

// "'''exec' /path/python "$0" "$@"" or "'''exec' "/a path/python" ...", as distlib writes it.
std::optional<Shebang> behind_the_shell(std::string_view line) {
    constexpr std::string_view start = "'''exec' ";
    if (!line.starts_with(start)) {
        return std::nullopt;
    }
    line.remove_prefix(start.size());
    if (!line.starts_with('"')) {
        return Shebang{.interpreter = words_of(line).interpreter, .argument = {}};
    }
    line.remove_prefix(1);
    return Shebang{.interpreter = std::string(line.substr(0, line.find('"'))), .argument = {}};
}

bool is_of_python(const Shebang& shebang) {
    const std::string_view name = name_of(shebang.interpreter);
    return name.starts_with("python") || name.starts_with("pypy");
}

Shebang shebang_of(const std::vector<std::string_view>& lines) {
    Shebang shebang = words_of(lines.front().substr(2));
    if (shebang.interpreter == "/bin/sh" && lines.size() > 1) {
        if (auto real = behind_the_shell(lines[1])) {
            return *std::move(real);
        }
    }
    if (name_of(shebang.interpreter) == "env" && !shebang.argument.empty()) {
        std::string_view rest = shebang.argument;
        if (rest.starts_with("-S")) {
            rest = trimmed(rest.substr(2));
        }
        return words_of(rest);
    }
    return shebang;
}

}  // namespace

std::optional<Shebang> parse_shebang(std::string_view head) {
    if (!head.starts_with("#!")) {
        return std::nullopt;
    }
    Shebang shebang = shebang_of(split(head, '\n'));
    const bool is_path =
        !shebang.interpreter.empty() && shebang.interpreter.find('\0') == std::string::npos;
    return is_path ? std::optional(std::move(shebang)) : std::nullopt;
}

std::optional<Script> script_at(const system::Inspector& machine, const std::string& path) {
    const auto head = machine.read_at(path, 0, script_head);
    auto shebang = head ? parse_shebang(*head) : std::nullopt;
    return shebang ? std::optional(Script{.path = path, .shebang = *std::move(shebang)})
                   : std::nullopt;
}

std::vector<Script> python_scripts_in(Folders& folders, const std::string& bin) {
    std::vector<Script> scripts;
    std::size_t looked_at = 0;
    for (const system::Entry& entry : folders.in(bin)) {
        if (entry.kind != system::Kind::file || ++looked_at > most_scripts) {
            continue;
        }
        auto script = script_at(folders.machine(), joined(bin, entry.name));
        if (script && is_of_python(script->shebang)) {
            scripts.push_back(*std::move(script));
        }
    }
    return scripts;
}

}  // namespace envkeep::python
