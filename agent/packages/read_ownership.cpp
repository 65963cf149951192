// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/packages/ownership.hpp"
#include "envkeep/python/record.hpp"
#include "packages/json_scan.hpp"
#include "packages/metadata.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_file_list = std::uint64_t{64} << 20U;
constexpr std::string_view debians_modules = "/usr/lib/python3/dist-packages";

class Reader {
  public:
    Reader(const Inventory& inventory, const OwnershipOptions& options, Taking& taking)
        : inventory_(inventory), options_(options), taking_(taking) {}

    Ownership read() && {
        for (std::size_t i = 0; i < inventory_.packages.size(); ++i) {
            const Package& package = inventory_.packages[i];
            by_name_[{package.domain, package.place, package.name}] = i;
            places_.emplace(package.domain, package.place);
            // pip and npm write over what apt and conda brought.
            const bool writes_over =
                package.domain == Domain::python || package.domain == Domain::npm;
            owned_.rank(i, writes_over ? 1 : 0);
        }
        read_apt();
        for (const auto& [domain, place] : places_) {
            read_place(domain, place);
        }
        return std::move(owned_);
    }

  private:
    std::optional<std::size_t> index_of(Domain domain,
                                        const std::string& place,
                                        const std::string& name) const {
        const auto found = by_name_.find({domain, place, name});
        return found == by_name_.end() ? std::nullopt : std::optional(found->second);
    }

    void read_place(Domain domain, const std::string& place) {
        const auto spot = place.empty() ? std::nullopt : taking_.spot(place);
        if (!spot) {
            return;
        }
        switch (domain) {
            case Domain::python:
                read_site(*spot);
                break;
            case Domain::conda:
                read_conda(*spot);
                break;
            case Domain::npm:
                read_programs(*spot);
                read_folders(domain, *spot);
                break;
            case Domain::kernel:
            case Domain::lab:
            case Domain::r:
            case Domain::tool:
                read_folders(domain, *spot);
                break;
            case Domain::apt:
            case Domain::code:
            case Domain::cargo:
            case Domain::model:
                break;
        }
    }

    // The owner of a folder of metadata; none where it is conda's or Debian's.
    std::optional<std::size_t> distribution(const Spot& site, const std::string& folder) const {
        if (!folder.ends_with(".dist-info") && !folder.ends_with(".egg-info")) {
            return std::nullopt;
        }
        const auto owner =
            index_of(Domain::python, site.shown, normalised(from_folder_name(folder).name));
        const std::string installer = owner ? inventory_.packages[*owner].installer : std::string{};
        return installer == "conda" || installer == "debian" ? std::nullopt : owner;
    }

    void read_site(const Spot& site) {
        const std::string prefix = parent_of(parent_of(parent_of(site.real)));
        for (const system::Entry& entry : taking_.list(site.real)) {
            const auto owner = distribution(site, entry.name);
            if (!owner) {
                continue;
            }
            const std::string path = site.child(entry.name).real;
            owned_.claim_folder(*owner, path);
            const std::string record =
                taking_.read(path + "/RECORD", largest_file_list, inventory_.packages[*owner])
                    .value_or(std::string{});
            python::for_each_line_of_record(record, [&](const python::RecordLine& line) {
                if (std::string file = resolved(site.real, line.path, prefix); !file.empty()) {
                    owned_.claim(*owner, std::move(file), site.real);
                }
                return true;
            });
        }
    }

    void read_conda(const Spot& prefix) {
        for (const system::Entry& entry : taking_.list(prefix.real + "/conda-meta")) {
            if (!entry.name.ends_with(".json")) {
                continue;
            }
            std::string path = prefix.real + "/conda-meta/" + entry.name;
            const Package about{.domain = Domain::conda, .place = prefix.shown};
            if (const auto text = taking_.read(path, largest_file_list, about)) {
                read_conda_package(prefix, *text, std::move(path));
            }
        }
    }

    void read_conda_package(const Spot& prefix, const std::string& text, std::string path) {
        std::string name;
        std::string_view files;
        const auto scanned =
            scan_members(text, [&](const std::string& key, std::string_view value) {
                if (key == "name") {
                    name = string_of(value);
                } else if (key == "files") {
                    files = value;
                }
                return true;
            });
        const auto owner = index_of(Domain::conda, prefix.shown, name);
        if (!scanned || !owner) {
            return;  // the inventory has a note on it
        }
        owned_.claim(*owner, std::move(path), {});
        const auto claimed = scan_elements(files, [&](std::string_view value) {
            claim_of_conda(*owner, prefix, string_of(value));
            return true;
        });
        if (!claimed) {
            taking_.note(NoteKind::damaged, inventory_.packages[*owner], "files");
        }
    }

    void claim_of_conda(std::size_t owner, const Spot& prefix, const std::string& path) {
        constexpr std::string_view site = "/site-packages";
        std::string file = resolved(prefix.real, path, prefix.real);
        if (!file.empty()) {
            const std::size_t at = file.find(std::string(site) + '/');
            const std::string inside =
                at == std::string::npos ? std::string{} : file.substr(0, at + site.size());
            owned_.claim(owner, std::move(file), inside);
        }
    }

    // Folders that hold a package each, under its name.
    void read_folders(Domain domain, const Spot& place) {
        for (std::size_t i = 0; i < inventory_.packages.size(); ++i) {
            const Package& package = inventory_.packages[i];
            if (package.domain == domain && package.place == place.shown) {
                owned_.claim_folder(i, place.real + '/' + package.name);
            }
        }
    }

    // PREFIX/bin/x, a link to ../lib/node_modules/NAME/...
    void read_programs(const Spot& modules) {
        const std::string folder = parent_of(parent_of(modules.real)) + "/bin";
        constexpr std::string_view start = "../lib/node_modules/";
        for (const system::Entry& entry : taking_.list(folder)) {
            if (entry.kind != system::Kind::link) {
                continue;
            }
            const std::string path = folder + '/' + entry.name;
            const std::string target = taking_.link_target(path);
            if (!target.starts_with(start)) {
                continue;
            }
            std::string name = target.substr(start.size());
            const std::size_t first = name.find('/');
            name.resize(
                std::min(name.find('/', name.starts_with('@') ? first + 1 : 0), name.size()));
            if (const auto owner = index_of(Domain::npm, modules.shown, name)) {
                owned_.claim(*owner, path, {});
            }
        }
    }

    void read_apt() {
        const auto info = taking_.spot("/var/lib/dpkg/info");
        if (options_.apt.empty() || !info) {
            return;
        }
        find_merged_folders();
        const std::set<std::string> wanted(options_.apt.begin(), options_.apt.end());
        for (const system::Entry& entry : taking_.list(info->real)) {
            // "zlib1g:amd64.list", "adduser.postinst"
            const std::string stem = entry.name.substr(0, entry.name.rfind('.'));
            const std::string name = wanted.contains(stem) ? stem : stem.substr(0, stem.find(':'));
            const auto owner =
                wanted.contains(name) ? index_of(Domain::apt, {}, name) : std::nullopt;
            if (!owner || (name != stem &&
                           stem.substr(name.size() + 1) != inventory_.packages[*owner].build)) {
                continue;
            }
            const std::string path = info->real + '/' + entry.name;
            owned_.claim(*owner, path, {});
            if (entry.name.ends_with(".list")) {
                read_list(*owner, path);
            }
        }
    }

    // Since the merge of /bin into /usr/bin lists still speak of /bin.
    void find_merged_folders() {
        for (const std::string_view folder : {"/bin", "/sbin", "/lib", "/lib32", "/lib64"}) {
            const auto spot = taking_.spot(std::string(folder));
            if (spot && spot->real != folder) {
                merged_.emplace_back(std::string(folder) + '/', spot->real + '/');
            }
        }
    }

    void read_list(std::size_t owner, const std::string& path) {
        const auto text = taking_.read(path, largest_file_list, inventory_.packages[owner]);
        const std::vector<std::string_view> lines = lines_of(text ? *text : std::string_view{});
        for (std::size_t i = 0; i < lines.size(); ++i) {
            // Folders are listed before what is in them, by every package that has files there.
            const bool is_folder = i + 1 < lines.size() && lines[i + 1].starts_with(lines[i]) &&
                                   lines[i + 1].substr(lines[i].size()).starts_with('/');
            if (!lines[i].starts_with('/') || is_folder || lines[i] == "/.") {
                continue;
            }
            std::string file(lines[i]);
            for (const auto& [from, to] : merged_) {
                if (file.starts_with(from)) {
                    file.replace(0, from.size(), to);
                    break;
                }
            }
            owned_.claim(owner, std::move(file), debians_modules);
        }
    }

    const Inventory& inventory_;
    const OwnershipOptions& options_;
    Taking& taking_;
    std::map<std::tuple<Domain, std::string, std::string>, std::size_t> by_name_;
    std::set<std::pair<Domain, std::string>> places_;
    std::vector<std::pair<std::string, std::string>> merged_;
    Ownership owned_;
};

}  // namespace

Result<Ownership> read_ownership(const Inventory& inventory,
                                 const OwnershipOptions& options,
                                 system::FileReader& files,
                                 const system::Machine& machine) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    const InventoryOptions reading{.home = options.home};
    Taking taking(reading, files, machine, root);
    return Reader(inventory, options, taking).read();
}

}  // namespace envkeep::packages
