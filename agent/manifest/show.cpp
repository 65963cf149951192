// SPDX-License-Identifier: MIT
#include "envkeep/manifest/show.hpp"

#include "embedded/manifest_schema.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "manifest/words.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::manifest {
namespace {

constexpr std::size_t longest_key = 900;  // YAML takes no more than 1024 characters before the ':'

std::string pair(std::string_view indentation, std::string_view key, std::string_view yaml) {
    const std::string written = yaml_text(key);
    return written.size() > longest_key
               ? fmt::format("{0}? {1}\n{0}: {2}\n", indentation, written, yaml)
               : fmt::format("{}{}: {}\n", indentation, written, yaml);
}

std::string duration_text(std::chrono::milliseconds duration) {
    struct Unit {
        std::string_view name;
        std::int64_t milliseconds;
    };

    constexpr std::array<Unit, 4> units{
        {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}}};
    for (const Unit& unit : units) {
        if (duration.count() > 0 && duration.count() % unit.milliseconds == 0) {
            return fmt::format("{}{}", duration.count() / unit.milliseconds, unit.name);
        }
    }
    return fmt::format("{}ms", duration.count());
}

std::string memory_text(std::uint64_t bytes) {
    constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;
    return bytes % gibibyte == 0 ? fmt::format("{}GiB", bytes / gibibyte)
                                 : fmt::format("{}MiB", bytes >> 20U);
}

void add_modes(const Manifest& manifest, std::string& text) {
    text += manifest.modes.empty() ? "" : "modes:\n";
    for (const ModeRule& rule : manifest.modes) {
        text += pair("  ", rule.pattern, fmt::format("\"{}\"", octal(rule.mode)));
    }
}

void add_dotfiles(const Dotfiles& dotfiles, std::string& text) {
    text += "dotfiles:\n";
    text += pair("  ", "url", yaml_text(dotfiles.url));
    if (!dotfiles.branch.empty()) {
        text += pair("  ", "branch", yaml_text(dotfiles.branch));
    }
    if (!dotfiles.subfolder.empty()) {
        text += pair("  ", "subfolder", yaml_text(dotfiles.subfolder));
    }
    if (dotfiles.link_auto) {
        text += pair("  ", "link", "auto");
    } else if (!dotfiles.link_file.empty()) {
        text += pair("  ", "link", yaml_text(dotfiles.link_file));
    } else {
        text += "  link:\n";
        for (const auto& [from, to] : dotfiles.links) {
            text += pair("    ", from, yaml_text(to));
        }
    }
    if (!dotfiles.ignore.empty()) {
        text += pair("  ", "ignore", yaml_texts(dotfiles.ignore));
    }
    if (dotfiles.submodules) {
        text += pair("  ", "submodules", "true");
    }
    if (!dotfiles.token.empty()) {
        text += pair("  ", "token", dotfiles.token);
    }
    text += pair("  ", "push", word_of(push_words, dotfiles.push));
    if (dotfiles.when) {
        text += pair("  ", "when", yaml_condition(*dotfiles.when));
    }
}

std::string repository_text(const Repository& repository) {
    FlowMap map;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) {
            map.add(key, yaml_text(value));
        }
    };
    add("url", repository.url);
    add("dir", repository.dir);
    add("branch", repository.branch);
    add("tag", repository.tag);
    add("commit", repository.commit);
    add("subfolder", repository.subfolder);
    if (repository.shallow) {
        map.add("shallow", "true");
    }
    if (repository.submodules) {
        map.add("submodules", "true");
    }
    add("token", repository.token);
    if (repository.push != Push::never) {
        map.add("push", word_of(push_words, repository.push));
    }
    if (repository.when) {
        map.add("when", yaml_condition(*repository.when));
    }
    return map.text();
}

std::string variable_text(const Variable& variable) {
    if (variable.value && !variable.when) {
        return yaml_text(*variable.value);
    }
    FlowMap map;
    if (variable.value) {
        map.add("set", yaml_text(*variable.value));
    }
    if (!variable.prepend.empty()) {
        map.add("prepend", yaml_texts(variable.prepend));
    }
    if (!variable.append.empty()) {
        map.add("append", yaml_texts(variable.append));
    }
    if (variable.when) {
        map.add("when", yaml_condition(*variable.when));
    }
    return map.text();
}

// A name with several values that depend on conditions has a list of them.
void add_environment(const Manifest& manifest, std::string& text) {
    text += manifest.environment.empty() ? "" : "env:\n";
    const auto& variables = manifest.environment;
    for (std::size_t i = 0; i < variables.size();) {
        const std::string& name = variables[i].name;
        std::string list;
        std::size_t count = 0;
        for (; i + count < variables.size() && variables[i + count].name == name; ++count) {
            list += (count == 0 ? "" : ", ") + variable_text(variables[i + count]);
        }
        text += pair("  ", name, count > 1 ? "[" + list + "]" : list);
        i += count;
    }
}

void add_settings(const Manifest& manifest, std::string& text) {
    if (const auto& packages = manifest.packages) {
        text += fmt::format("packages: {{apt: {}, python: {}, conda: {}, npm: {}}}\n",
                            word_of(policy_words, packages->apt),
                            word_of(policy_words, packages->python),
                            word_of(policy_words, packages->conda),
                            word_of(policy_words, packages->npm));
    }
    if (const SnapshotRules& rules = manifest.snapshot; rules != SnapshotRules{}) {
        FlowMap map;
        map.add("auto", word_of(automatic_words, rules.automatic));
        map.add("limit", fmt::format("{}%", rules.limit_percent));
        if (!rules.profile.empty()) {
            map.add("profile", yaml_text(rules.profile));
        }
        if (!rules.include.empty()) {
            map.add("include", yaml_texts(rules.include));
        }
        if (!rules.exclude.empty()) {
            map.add("exclude", yaml_texts(rules.exclude));
        }
        text += fmt::format("snapshot: {}\n", map.text());
    }
    if (const auto& gpu = manifest.gpu) {
        FlowMap map;
        map.add("expect", word_of(expectation_words, gpu->expect));
        if (!gpu->cuda.empty()) {
            map.add("cuda", yaml_text(gpu->cuda));
        }
        if (!gpu->frameworks.empty()) {
            map.add("frameworks", yaml_texts(gpu->frameworks));
        }
        if (gpu->memory != 0) {
            map.add("memory", memory_text(gpu->memory));
        }
        if (gpu->notebook_notice) {
            map.add("notebook_notice", "true");
        }
        text += fmt::format("gpu: {}\n", map.text());
    }
    if (const auto& doctor = manifest.doctor) {
        text += doctor->search.empty()
                    ? std::string("doctor: {}\n")
                    : fmt::format("doctor: {{search: {}}}\n", yaml_texts(doctor->search));
    }
    text += fmt::format("start: {{limit: {}}}\n", duration_text(manifest.start_limit));
    text += manifest.save_every
                ? fmt::format("save: {{every: {}}}\n", duration_text(*manifest.save_every))
                : std::string("save: off\n");
    text += fmt::format("backups: {{limit: {}%{}}}\n",
                        manifest.backup_limit_percent,
                        manifest.backup_expiry
                            ? fmt::format(", expire: {}", duration_text(*manifest.backup_expiry))
                            : "");
}

}  // namespace

std::string show(const Manifest& manifest) {
    std::string text = "envkeep: 1\n";
    text += manifest.keeps.empty() ? "" : "keep:\n";
    for (const Keep& keep : manifest.keeps) {
        text += fmt::format("  {}\n", keep_text(keep));
    }
    add_modes(manifest, text);
    if (manifest.dotfiles) {
        add_dotfiles(*manifest.dotfiles, text);
    }
    text += manifest.repositories.empty() ? "" : "repos:\n";
    for (const Repository& repository : manifest.repositories) {
        text += fmt::format("  - {}\n", repository_text(repository));
    }
    text += manifest.known_hosts.empty() ? "" : "known_hosts:\n";
    for (const std::string& line : manifest.known_hosts) {
        text += fmt::format("  - {}\n", yaml_text(line));
    }
    add_environment(manifest, text);
    add_settings(manifest, text);
    return text;
}

std::string_view schema() {
    return embedded::manifest_schema::manifest_schema_json;
}

}  // namespace envkeep::manifest
