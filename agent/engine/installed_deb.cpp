// SPDX-License-Identifier: MIT
#include "engine/installed_deb.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Package;
using snapshot::DebContent;
using snapshot::EntryKind;
using system::Kind;

constexpr std::uint64_t largest_text = std::uint64_t{128} << 20U;
constexpr std::string_view info_folder = "var/lib/dpkg/info";

std::string_view first_part(std::string_view name) {
    return name.substr(0, name.find(':'));
}

// Images leave these away, by `path-exclude` of dpkg's configuration; what works works without.
bool may_be_missing(std::string_view path) {
    constexpr std::array<std::string_view, 8> folders{"/usr/share/doc",
                                                      "/usr/share/man",
                                                      "/usr/share/info",
                                                      "/usr/share/locale",
                                                      "/usr/share/lintian",
                                                      "/usr/share/linda",
                                                      "/usr/share/groff",
                                                      "/usr/share/help"};
    return std::ranges::any_of(
        folders, [&](std::string_view folder) { return is_path_within(path, folder); });
}

bool is_dpkgs_own(std::string_view field) {
    constexpr std::array<std::string_view, 6> own{"Status",
                                                  "Conffiles",
                                                  "Config-Version",
                                                  "Triggers-Awaited",
                                                  "Triggers-Pending",
                                                  "Auto-Installed"};
    return std::ranges::find(own, field) != own.end();
}

std::string_view field_of(std::string_view paragraph, std::string_view field) {
    for (const std::string_view line : split(paragraph, '\n')) {
        if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == ':') {
            return trimmed(line.substr(field.size() + 1));
        }
    }
    return {};
}

std::string without_own_fields(std::string_view paragraph) {
    std::string out;
    bool is_left_out = false;
    for (const std::string_view line : split(paragraph, '\n')) {
        if (line.empty()) {
            continue;
        }
        if (line.front() != ' ' && line.front() != '\t') {
            is_left_out = is_dpkgs_own(line.substr(0, line.find(':')));
        }
        if (!is_left_out) {
            out += line;
            out += '\n';
        }
    }
    return out;
}

}  // namespace

std::string control_of(std::string_view status,
                       std::string_view name,
                       std::string_view architecture) {
    const std::string start = "Package: " + std::string(name) + '\n';
    std::size_t at = 0;
    while ((at = status.find(start, at)) != std::string_view::npos) {
        const std::size_t end = std::min(status.find("\n\n", at), status.size());
        const std::string_view paragraph = status.substr(at, end - at);
        const bool is_at_start = at == 0 || status[at - 1] == '\n';
        if (is_at_start && field_of(paragraph, "Architecture") == architecture) {
            return without_own_fields(paragraph);
        }
        at = end;
    }
    return {};
}

Result<InstalledDebs> InstalledDebs::read(system::FileReader& files, const snapshot::Scope& scope) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    InstalledDebs debs(root, files, scope);
    ENVKEEP_TRY(debs.status_, debs.read("var/lib/dpkg/status"));
    ENVKEEP_TRY(const RelPath info, RelPath::parse(info_folder));
    ENVKEEP_TRY(const std::vector<system::Entry> entries, files.list({.root = root, .path = info}));
    for (const system::Entry& entry : entries) {
        debs.info_names_.push_back(entry.name);
    }
    // Three lines each: what, where it goes instead, and who may have the first.
    const std::string diversions = debs.read("var/lib/dpkg/diversions").value_or(std::string());
    const std::vector<std::string_view> lines = split(diversions, '\n');
    for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
        debs.diverted_[std::string(lines[i])] = lines[i + 2];
    }
    debs.find_merged_folders();
    return debs;
}

Result<std::string> InstalledDebs::read(const std::string& path) {
    ENVKEEP_TRY(const RelPath place, RelPath::parse(path));
    return files_.read_file({.root = root_, .path = place}, largest_text);
}

void InstalledDebs::find_merged_folders() {
    for (const std::string_view folder : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
        const Result<std::string> real = files_.real_path(std::string(folder));
        if (real && *real != folder && real->size() > 1) {
            merged_.emplace_back(std::string(folder) + '/', real->substr(1) + '/');
        }
    }
}

std::string InstalledDebs::stem_of(const Package& package) {
    const std::string name(first_part(package.name));
    const std::string full = name + ':' + package.build;
    return std::ranges::find(info_names_, full + ".list") != info_names_.end() ? full : name;
}

Result<DebContent> InstalledDebs::content_of(const Package& package) {
    DebContent content;
    first_names_.clear();
    ENVKEEP_CHECK(add_control(package, content));
    ENVKEEP_CHECK(add_data(package, content));
    return content;
}

Result<void> InstalledDebs::add_control(const Package& package, DebContent& content) {
    std::string control = control_of(status_, first_part(package.name), package.build);
    if (control.empty()) {
        return failure(ErrorKind::not_found, "dpkg's status does not have it");
    }
    content.control.push_back({.name = "control", .text = std::move(control)});
    const std::string stem = stem_of(package) + '.';
    for (const std::string& name : info_names_) {
        const std::string_view kind =
            name.starts_with(stem) ? std::string_view(name).substr(stem.size()) : "";
        if (kind.empty() || kind == "list" || kind.find('.') != std::string_view::npos) {
            continue;
        }
        const std::string path = std::string(info_folder) + '/' + name;
        ENVKEEP_TRY(const RelPath place, RelPath::parse(path));
        ENVKEEP_TRY(const system::Status status, files_.status({.root = root_, .path = place}));
        ENVKEEP_TRY(std::string text, read(path));
        content.control.push_back({.name = std::string(kind),
                                   .text = std::move(text),
                                   .is_program = (status.mode & 0111U) != 0});
    }
    return {};
}

Result<void> InstalledDebs::add_data(const Package& package, DebContent& content) {
    ENVKEEP_TRY(const std::string list,
                read(std::string(info_folder) + '/' + stem_of(package) + ".list"));
    for (const std::string_view line : split(list, '\n')) {
        const std::string path(line);
        if (path.empty() || path == "/." || path.front() != '/') {
            continue;
        }
        const auto diverted = diverted_.find(path);
        if (diverted != diverted_.end() && diverted->second != first_part(package.name)) {
            return failure(ErrorKind::not_found, quoted(path) + " is diverted");
        }
        ENVKEEP_CHECK(add_path(path, content));
    }
    return {};
}

snapshot::Omission InstalledDebs::omission_of(const system::Place& place,
                                              const system::Status& status) {
    const std::string path = place.path.text();
    const snapshot::Omission why = scope_.omission_of(path, status.kind);
    return why == snapshot::Omission::none && !scope_.with_secrets &&
                   snapshot::is_secret(path, status, place, files_)
               ? snapshot::Omission::secret
               : why;
}

Result<void> InstalledDebs::add_path(const std::string& listed, DebContent& content) {
    snapshot::DebEntry one{.entry = {.path = '.' + listed}, .place = listed.substr(1)};
    for (const auto& [from, to] : merged_) {
        if (listed.starts_with(from)) {
            one.place = to + listed.substr(from.size());
        } else if (listed + '/' == from) {
            one.place = to.substr(0, to.size() - 1);
        }
    }
    ENVKEEP_TRY(const RelPath path, RelPath::parse(one.place));
    const system::Place place{.root = root_, .path = path};
    ENVKEEP_TRY(const system::Status status, files_.status(place));
    snapshot::Entry& entry = one.entry;
    entry.attributes = {
        .mode = status.mode, .uid = status.uid, .gid = status.gid, .modified = status.modified};
    if (status.kind == Kind::absent && may_be_missing(listed)) {
        return {};
    }
    if (status.kind == Kind::absent || status.kind == Kind::other) {
        return failure(ErrorKind::not_found, quoted(listed) + " is missing");
    }
    const snapshot::Omission why = omission_of(place, status);
    if (why == snapshot::Omission::secret && status.kind == Kind::file) {
        return failure(ErrorKind::conflict, quoted(listed) + " holds a secret");
    }
    if (why == snapshot::Omission::excluded && status.kind != Kind::folder) {
        return {};
    }
    if (status.kind == Kind::link) {
        entry.kind = EntryKind::link;
        ENVKEEP_TRY(entry.target, files_.read_link(place));
    } else if (status.kind == Kind::file) {
        const auto [first, is_first] =
            first_names_.try_emplace({status.device, status.inode}, entry.path);
        entry.kind = is_first ? EntryKind::file : EntryKind::hard_link;
        entry.size = is_first ? status.size : 0;
        entry.target = is_first ? std::string() : first->second;
    }
    content.data.push_back(std::move(one));
    return {};
}

}  // namespace envkeep::engine
