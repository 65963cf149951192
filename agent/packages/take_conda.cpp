// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "packages/json_scan.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_conda_record = std::uint64_t{64} << 20U;
constexpr std::uint64_t largest_pins = 1U << 20U;

// requested_spec, or a list of them since conda 24.
bool names_a_spec(std::string_view value) {
    return !string_of(value).empty() || (value.starts_with('[') && value.size() > 2 &&
                                         value.find('"') != std::string_view::npos);
}

struct CondaFields {
    Package package;
    std::string channel;
    std::string subdir;
    std::string file_name;
};

void take_field(CondaFields& fields, const std::string& name, std::string_view value) {
    Package& package = fields.package;
    if (name == "name") {
        package.name = string_of(value);
    } else if (name == "version") {
        package.version = string_of(value);
    } else if (name == "build" || name == "build_string") {
        package.build = string_of(value);
    } else if (name == "url") {
        package.url = scrubbed(string_of(value));
    } else if (name == "md5") {
        package.record = string_of(value);
    } else if (name == "channel") {
        fields.channel = scrubbed(string_of(value));
    } else if (name == "subdir") {
        fields.subdir = string_of(value);
    } else if (name == "fn") {
        fields.file_name = string_of(value);
    } else if ((name == "requested_spec" || name == "requested_specs") && names_a_spec(value)) {
        package.asked = Asked::asked_for;
    }
}

Package package_in(const std::string& text, const Spot& prefix, Taking& taking, std::string file) {
    CondaFields fields;
    fields.package = {.domain = Domain::conda, .place = prefix.shown};
    fields.package.asked = Asked::brought_along;
    const auto scanned = scan_members(text, [&](const std::string& name, std::string_view value) {
        take_field(fields, name, value);
        return true;
    });
    Package& package = fields.package;
    if (!scanned || package.name.empty() || package.version.empty()) {
        if (package.name.empty()) {
            package.name = file.substr(0, file.rfind(".json"));
        }
        taking.note(NoteKind::damaged, package, std::move(file));
    }
    if (package.url.empty() && fields.channel.find("://") != std::string::npos) {
        const std::string folder = fields.channel.ends_with('/' + fields.subdir)
                                       ? fields.channel
                                       : fields.channel + '/' + fields.subdir;
        package.url = folder + '/' + fields.file_name;
    }
    return std::move(fields.package);
}

// The names in conda-meta/pinned: one spec a line, "numpy 1.26.*" or "numpy==1.26".
std::set<std::string> pinned_names(Taking& taking, const std::string& meta) {
    std::set<std::string> names;
    const std::string text = taking.head(meta + "/pinned", largest_pins);
    for (const std::string_view line : lines_of(text)) {
        const std::string_view spec = trimmed(line);
        if (!spec.empty() && spec.front() != '#') {
            const std::string_view name = spec.substr(0, spec.find_first_of(" =<>!~["));
            names.emplace(name.substr(name.rfind(':') + 1));
        }
    }
    return names;
}

// pip's copy over conda's: conda does not know that its files are gone (conda#7880).
void note_shadowed(Taking& taking, const Spot& prefix, std::size_t first) {
    const std::vector<Package>& packages = taking.inventory().packages;
    const std::string below = prefix.shown + "/lib/";
    std::vector<std::pair<Package, std::string>> found;
    for (std::size_t i = first; i < packages.size(); ++i) {
        const std::string name = normalised(packages[i].name);
        for (std::size_t k = 0; k < first; ++k) {
            const Package& other = packages[k];
            if (other.domain == Domain::python && other.name == name &&
                other.installer != "conda" && other.version != packages[i].version &&
                other.place.starts_with(below)) {
                found.emplace_back(packages[i], other.version + " over " + packages[i].version);
            }
        }
    }
    for (auto& [package, detail] : found) {
        taking.note(NoteKind::shadowed, package, std::move(detail));
    }
}

void take_prefix(Taking& taking, const Spot& prefix) {
    const Spot meta = prefix.child("conda-meta");
    const std::optional<Origin> origin = taking.origin_of_all_in(meta.real);
    const std::set<std::string> pinned = pinned_names(taking, meta.real);
    const std::size_t first = taking.inventory().packages.size();
    const Package about{.domain = Domain::conda, .place = prefix.shown};
    if (taking.status(prefix.real + "/.condatmp").kind == system::Kind::folder) {
        taking.note(NoteKind::interrupted_conda, about, ".condatmp");
    }
    for (const system::Entry& entry : taking.list(meta.real)) {
        if (entry.name.ends_with(".json.c~")) {
            taking.note(NoteKind::interrupted_conda, about, "conda-meta/" + entry.name);
        }
        if (!entry.name.ends_with(".json")) {
            continue;
        }
        const std::string path = meta.real + '/' + entry.name;
        const Package file{.domain = Domain::conda, .place = prefix.shown, .name = entry.name};
        const auto text = taking.read(path, largest_conda_record, file);
        if (!text) {
            continue;
        }
        Package package = package_in(*text, prefix, taking, entry.name);
        package.is_held = pinned.contains(package.name);
        package.origin = origin.has_value() ? *origin : taking.origin_of(path);
        taking.add(std::move(package));
    }
    note_shadowed(taking, prefix, first);
}

}  // namespace

void take_conda(Taking& taking, const std::vector<Prefix>& prefixes) {
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind == PrefixKind::conda) {
            take_prefix(taking, prefix.spot);
        }
    }
}

}  // namespace envkeep::packages
