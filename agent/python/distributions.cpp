// SPDX-License-Identifier: MIT
#include "envkeep/python/distributions.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/record.hpp"
#include "python/paths.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t metadata_head = 1U << 20U;
constexpr std::uint64_t largest_record = std::uint64_t{32} << 20U;
constexpr std::size_t most_requirements = 2000;
constexpr std::size_t most_examples = 10;

bool is_separator(char c) {
    return c == '-' || c == '_' || c == '.';
}

// "einops-0.8.0.dist-info", "PyYAML-6.0.egg-info", "six-1.16-py3.11.egg-info".
Distribution named_by(std::string_view stem, DistributionKind kind) {
    const std::size_t dash = std::min(stem.find('-'), stem.size());
    const std::string_view rest = stem.substr(std::min(dash + 1, stem.size()));
    return {.name = normalised_name(stem.substr(0, dash)),
            .version = std::string(rest.substr(0, rest.find('-'))),
            .build = {},
            .kind = kind,
            .path = {},
            .folder = {}};
}

// "pytorch-2.1.0-py3.10_cuda11.8_cudnn8.7.0_0": names may hold dashes, the last two parts none.
Distribution named_by_conda(std::string_view stem) {
    Distribution distribution{.name = {},
                              .version = {},
                              .build = {},
                              .kind = DistributionKind::conda,
                              .path = {},
                              .folder = {}};
    const std::size_t build = stem.rfind('-');
    const std::size_t version =
        build == std::string_view::npos || build == 0 ? build : stem.rfind('-', build - 1);
    if (version != std::string_view::npos && version != 0 && build != version) {
        distribution.name = normalised_name(stem.substr(0, version));
        distribution.version = stem.substr(version + 1, build - version - 1);
        distribution.build = stem.substr(build + 1);
    }
    return distribution;
}

std::string_view without(std::string_view name, std::string_view ending) {
    return name.ends_with(ending) ? name.substr(0, name.size() - ending.size())
                                  : std::string_view();
}

// The value of a header if the line is of that field (case of the field's name apart).
std::string_view value_of(std::string_view line, std::string_view field) {
    const bool is_it = line.size() > field.size() && line[field.size()] == ':' &&
                       std::ranges::equal(line.substr(0, field.size()), field, [](char a, char b) {
                           return lower_case(a) == lower_case(b);
                       });
    return is_it ? trimmed(line.substr(field.size() + 1)) : std::string_view();
}

bool is_name_character(char c) {
    return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || (c >= '0' && c <= '9') ||
           is_separator(c);
}

Requirement parse_requirement(std::string_view text) {
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    Requirement requirement;
    requirement.marker = trimmed(text.substr(std::min(semicolon + 1, text.size())));
    std::string_view body = trimmed(text.substr(0, semicolon));
    const auto end = std::ranges::find_if_not(body, is_name_character);
    const auto length = static_cast<std::size_t>(end - body.begin());
    requirement.name = normalised_name(body.substr(0, length));
    body = trimmed(body.substr(length));
    if (body.starts_with('[')) {  // extras of that distribution
        body = trimmed(body.substr(std::min(body.find(']'), body.size() - 1) + 1));
    }
    if (body.starts_with('(') && body.ends_with(')')) {  // as metadata before 2.1 put it
        body = body.substr(1, body.size() - 2);
    }
    std::string specifier(body);
    std::erase(specifier, ' ');
    requirement.specifier = std::move(specifier);
    return requirement;
}

void check_file(const system::Inspector& machine,
                const std::string& folder,
                const RecordLine& line,
                IsSound is_sound,
                RecordCheck& check) {
    // Thousands of lines, of which few climb.
    const bool climbs = line.path.starts_with('/') || line.path.find("..") != std::string::npos;
    const std::string path = climbs ? absolute(folder, line.path) : joined(folder, line.path);
    const auto node = machine.node(path);
    ++check.checked;
    if (!node || node->kind == system::Kind::absent) {
        ++check.missing;
    } else if (line.size && node->size != *line.size &&
               (is_sound == nullptr || !is_sound(machine, path))) {
        ++check.other_size;
    } else {
        return;
    }
    if (check.examples.size() < most_examples) {
        check.examples.push_back(path);
    }
}

}  // namespace

std::string_view word_of(DistributionKind kind) {
    switch (kind) {
        case DistributionKind::dist_info:
            return "dist-info";
        case DistributionKind::egg_info:
            return "egg-info";
        case DistributionKind::egg_link:
            return "egg-link";
        case DistributionKind::conda:
            break;
    }
    return "conda";
}

std::string normalised_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (!is_separator(c)) {
            out += lower_case(c);
        } else if (!out.ends_with('-')) {
            out += '-';
        }
    }
    return out;
}

std::vector<Distribution> distributions_in(Folders& folders, const std::string& site) {
    using Ending = std::pair<std::string_view, DistributionKind>;
    constexpr std::array<Ending, 3> endings{Ending{".dist-info", DistributionKind::dist_info},
                                            Ending{".egg-info", DistributionKind::egg_info},
                                            Ending{".egg-link", DistributionKind::egg_link}};
    std::vector<Distribution> found;
    for (const system::Entry& entry : folders.in(site)) {
        for (const auto& [ending, kind] : endings) {
            const std::string_view stem = without(entry.name, ending);
            if (!stem.empty() && !stem.starts_with('~')) {
                Distribution distribution = named_by(stem, kind);
                if (distribution.name.empty()) {
                    continue;  // "-1.0.dist-info"
                }
                distribution.path = joined(site, entry.name);
                distribution.folder = site;
                found.push_back(std::move(distribution));
            }
        }
    }
    return found;
}

std::vector<Distribution> conda_distributions(Folders& folders, const std::string& prefix) {
    const std::string folder = prefix + "/conda-meta";
    std::vector<Distribution> found;
    for (const system::Entry& entry : folders.in(folder)) {
        Distribution distribution = named_by_conda(without(entry.name, ".json"));
        if (!distribution.name.empty()) {
            distribution.path = joined(folder, entry.name);
            distribution.folder = folder;
            found.push_back(std::move(distribution));
        }
    }
    return found;
}

std::vector<std::string> leftovers_in(Folders& folders, const std::string& site) {
    std::vector<std::string> names;
    for (const system::Entry& entry : folders.in(site)) {
        if (entry.name.starts_with('~')) {
            names.push_back(entry.name);
        }
    }
    return names;
}

// Only "==" and "===" pin, without a wildcard.
std::string Requirement::pinned_version() const {
    if (!specifier.starts_with("==") || specifier.find_first_of(",*") != std::string::npos) {
        return {};
    }
    return specifier.substr(std::min(specifier.find_first_not_of('='), specifier.size()));
}

std::vector<Requirement> parse_requirements(std::string_view metadata) {
    std::vector<Requirement> requirements;
    for (std::string_view line : split(metadata, '\n')) {
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || requirements.size() >= most_requirements) {
            break;  // the description follows
        }
        if (const std::string_view value = value_of(line, "Requires-Dist"); !value.empty()) {
            if (Requirement one = parse_requirement(value); !one.name.empty()) {
                requirements.push_back(std::move(one));
            }
        }
    }
    return requirements;
}

Result<std::vector<Requirement>> requirements_of(const system::Inspector& machine,
                                                 const Distribution& distribution) {
    std::string path = distribution.path;
    if (distribution.kind == DistributionKind::dist_info) {
        path += "/METADATA";
    } else if (is_folder(machine, path)) {
        path += "/PKG-INFO";
    }
    ENVKEEP_TRY(const std::string text, machine.read_at(path, 0, metadata_head));
    return parse_requirements(text);
}

Result<RecordCheck> check_record(const system::Inspector& machine,
                                 const Distribution& distribution,
                                 std::string_view below,
                                 std::uint64_t most_files,
                                 IsSound is_sound) {
    ENVKEEP_TRY(const std::string text,
                machine.read(distribution.path + "/RECORD", largest_record));
    RecordCheck check;
    for_each_line_of_record(text, [&](const RecordLine& line) {
        if (!line.path.starts_with(below) || line.path.ends_with(".pyc")) {
            return true;
        }
        if (check.checked == most_files) {
            check.is_cut_short = true;
            return false;
        }
        check_file(machine, distribution.folder, line, is_sound, check);
        return true;
    });
    return check;
}

Result<RecordCheck> check_needed_files(const system::Inspector& machine,
                                       const Distribution& distribution,
                                       IsSound is_sound) {
    constexpr std::uint64_t largest = 512U << 10U;
    ENVKEEP_TRY(const std::string text, machine.read(distribution.path + "/RECORD", largest));
    RecordCheck check;
    for_each_line_of_record(text, [&](const RecordLine& line) {
        if (line.path.ends_with("/__init__.py")) {
            check_file(
                machine, distribution.folder, {.path = line.path, .size = {}}, is_sound, check);
        } else if (line.path.ends_with(".so")) {
            check_file(machine, distribution.folder, line, is_sound, check);
        }
        return true;
    });
    return check;
}

}  // namespace envkeep::python
