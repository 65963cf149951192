// SPDX-License-Identifier: MIT
#include "envkeep/packages/files_of.hpp"

#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{64} << 20U;

// The folder of metadata, by its real path.
std::string metadata_of(Taking& taking, const Spot& site, const Package& package) {
    for (const system::Entry& entry : taking.list(site.real)) {
        if (entry.name.ends_with(".dist-info") &&
            normalised(from_folder_name(entry.name).name) == package.name) {
            return site.child(entry.name).real;
        }
    }
    return {};
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
        if (!path.empty() && path != record) {
            (is_path_within(path, metadata) ? about : code).insert(std::move(path));
        }
    }
    std::vector<std::string> found(code.begin(), code.end());
    found.insert(found.end(), about.begin(), about.end());
    found.push_back(record);
    return found;
}

}  // namespace envkeep::packages
