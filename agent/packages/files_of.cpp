// SPDX-License-Identifier: MIT
#include "envkeep/packages/files_of.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/record.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "packages/json_scan.hpp"
#include "packages/metadata.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::size_t metadata_head = std::size_t{8} << 10U;
constexpr std::string_view dist_info = ".dist-info";
constexpr std::string_view conda_meta = "/conda-meta";
constexpr std::string_view dpkgs_lists = "/var/lib/dpkg/info";

// The folder of metadata, by its real path. Another version may be there beside it.
std::string metadata_of(Taking& taking, const Spot& site, const Package& package) {
    for (const system::Entry& entry : taking.list(site.real)) {
        const NameAndVersion by_folder = from_folder_name(entry.name);
        if (!entry.name.ends_with(".dist-info") || normalised(by_folder.name) != package.name) {
            continue;
        }
        const std::string path = site.child(entry.name).real;
        const std::string head = taking.head(path + "/METADATA", metadata_head);
        const std::string_view version = header_field(head, "Version");
        if (package.version == (version.empty() ? by_folder.version : version)) {
            return path;
        }
    }
    return {};
}

// All that a removal leaves that was killed at its end.
bool has_only_metadata(Taking& taking, const std::string& folder) {
    std::vector<system::Entry> entries = taking.list(folder);
    std::erase_if(entries,
                  [](const system::Entry& entry) { return system::is_temporary_name(entry.name); });
    return entries.size() == 1 && entries.front().name == "METADATA";
}

std::vector<std::string> files_of_conda(const std::string& prefix, std::string_view text) {
    std::vector<std::string> found;
    static_cast<void>(scan_members(text, [&](const std::string& key, std::string_view value) {
        if (key == "files") {
            static_cast<void>(scan_elements(value, [&](std::string_view one) {
                found.push_back(resolved(prefix, string_of(one), prefix));
                return true;
            }));
        }
        return true;
    }));
    return found;
}

}  // namespace

std::optional<Metadata> metadata_at(const std::string& path) {
    const std::string folder = parent_of(path);
    const std::string name(name_of(path));
    if (name.ends_with(dist_info)) {
        return Metadata{.domain = Domain::python,
                        .place = folder,
                        .name = normalised(from_folder_name(name).name)};
    }
    if (folder.ends_with(conda_meta) && name.ends_with(".json")) {
        // NAME-VERSION-BUILD.json: a name may have dashes, the two others have none.
        const std::size_t version = name.rfind('-', name.rfind('-') - 1);
        return version == 0 || version >= name.rfind('-')
                   ? std::nullopt
                   : std::optional(Metadata{.domain = Domain::conda,
                                            .place = parent_of(folder),
                                            .name = name.substr(0, version)});
    }
    if (folder == dpkgs_lists && name.ends_with(".list")) {
        return Metadata{
            .domain = Domain::apt, .place = {}, .name = name.substr(0, name.rfind('.'))};
    }
    return std::nullopt;
}

std::string list_at(const std::string& path, Domain domain) {
    return domain == Domain::python ? path + "/RECORD" : path;
}

std::vector<std::string> files_in_list(const Metadata& metadata, std::string_view text) {
    std::vector<std::string> found;
    if (metadata.domain == Domain::python) {
        const std::string prefix = parent_of(parent_of(parent_of(metadata.place)));
        python::for_each_line_of_record(text, [&](const python::RecordLine& line) {
            found.push_back(resolved(metadata.place, line.path, prefix));
            return true;
        });
    } else if (metadata.domain == Domain::conda) {
        found = files_of_conda(metadata.place, text);
    } else {
        for (const std::string_view line : lines_of(text)) {
            found.emplace_back(line);
        }
    }
    std::erase_if(found, [](const std::string& one) {
        return !one.starts_with('/') || one == "/." || !RelPath::parse(one.substr(1));
    });
    return found;
}

Result<std::vector<std::string>> files_of_distribution(const Package& package,
                                                       system::FileReader& files,
                                                       const system::Machine& machine) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    const InventoryOptions reading;
    Taking taking(reading, files, machine, root);
    const auto site = taking.spot(package.place);
    const std::string metadata = site ? metadata_of(taking, *site, package) : std::string();
    const std::string record = metadata + "/RECORD";
    if (!metadata.empty() && has_only_metadata(taking, metadata)) {
        return std::vector<std::string>{record, metadata + "/METADATA"};
    }
    const auto text =
        metadata.empty() ? std::nullopt : taking.read(record, largest_list_of_files, package);
    if (!text) {
        return failure(ErrorKind::not_found,
                       "there is no list of the files of " + quoted(package.name));
    }
    std::set<std::string> code;
    std::set<std::string> about;
    for (std::string& path : files_in_list({.place = site->real}, *text)) {
        if (path != record && path != metadata + "/METADATA") {
            (is_path_within(path, metadata) ? about : code).insert(std::move(path));
        }
    }
    std::vector<std::string> found(code.begin(), code.end());
    found.insert(found.end(), about.begin(), about.end());
    found.push_back(record);
    found.push_back(metadata + "/METADATA");
    return found;
}

}  // namespace envkeep::packages
