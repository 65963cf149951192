// SPDX-License-Identifier: MIT
#include "envkeep/packages/files_of.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "packages/metadata.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{64} << 20U;

constexpr std::size_t metadata_head = std::size_t{8} << 10U;

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

}  // namespace

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
    const auto text = metadata.empty() ? std::nullopt : taking.read(record, largest_list, package);
    if (!text) {
        return failure(ErrorKind::not_found,
                       "there is no list of the files of " + quoted(package.name));
    }
    const std::string prefix = parent_of(parent_of(parent_of(site->real)));
    std::set<std::string> code;
    std::set<std::string> about;
    for (const std::string& one : record_paths(*text)) {
        std::string path = resolved(site->real, one, prefix);
        if (!path.empty() && path != record && path != metadata + "/METADATA") {
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
