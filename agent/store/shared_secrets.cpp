// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"
#include "envkeep/store/findings.hpp"
#include "envkeep/store/secret_paths.hpp"
#include "store/private_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;

constexpr std::size_t longest_key_head = 1024;

// Whether the group or all others come to a file: execute on each folder, read on the file.
class Reach {
  public:
    explicit Reach(system::FileReader& files) : files_(files) {}

    bool is_open_to_others(const Store& store, const Place& file) {
        std::uint32_t classes = class_bits(mode_of(file), 0040, 0004);
        for (Place folder = file.parent(); classes != 0; folder = folder.parent()) {
            classes &= class_bits(mode_of(folder), 0010, 0001);
            if (folder.path.is_root()) {
                break;
            }
        }
        return (classes & class_bits(mode_of({.root = store.base, .path = {}}), 0010, 0001)) != 0;
    }

  private:
    static std::uint32_t class_bits(std::uint32_t mode, std::uint32_t group, std::uint32_t other) {
        return ((mode & group) != 0 ? 1U : 0U) | ((mode & other) != 0 ? 2U : 0U);
    }

    std::uint32_t mode_of(const Place& place) {
        const auto status = files_.status(place);
        return status ? status->mode : 0;
    }

    system::FileReader& files_;
};

// A file that holds something, and those of a folder of such.
void add_tokens(const Place& place, system::FileReader& files, std::vector<Place>& secrets) {
    const auto status = files.status(place);
    if (status && status->kind == Kind::file && status->size > 0) {
        secrets.push_back(place);
    }
    if (!status || status->kind != Kind::folder) {
        return;
    }
    const auto entries = files.list(place);
    for (const system::Entry& entry : entries ? *entries : std::vector<system::Entry>{}) {
        const auto below = files.status(place.child(entry.name));
        if (below && below->kind == Kind::file && below->size > 0) {
            secrets.push_back(place.child(entry.name));
        }
    }
}

std::vector<Place> secrets_in(const Store& store, system::FileReader& files) {
    std::vector<Place> secrets;
    const Place folder = store.place("home/.ssh");
    const auto entries = files.list(folder);
    for (const system::Entry& entry : entries ? *entries : std::vector<system::Entry>{}) {
        const Place file = folder.child(entry.name);
        if (entry.kind != Kind::file) {
            continue;
        }
        const auto head = files.read_head(file, longest_key_head);
        if (head && is_open_private_key(*head)) {
            secrets.push_back(file);
        }
    }
    for (const auto& list : {secret_paths(), secret_names()}) {
        for (const std::string_view name : list) {
            add_tokens(store.place(fmt::format("{}/{}", names::home, name)), files, secrets);
        }
    }
    return secrets;
}

// File systems that other machines can mount too; their roots read everything there.
bool is_network(std::string_view type) {
    constexpr std::array<std::string_view, 9> types{
        "nfs", "nfs4", "cifs", "smb3", "ceph", "lustre", "glusterfs", "9p", "beegfs"};
    return type.starts_with("fuse") || std::ranges::find(types, type) != types.end();
}

model::Finding finding_of(const Store& store) {
    return {.id = "store-shared-secrets",
            .subject = "store",
            .fix = {.text = fmt::format(
                        "give a key a passphrase ('ssh-keygen -p -f {}/home/.ssh/KEY') and use an "
                        "agent, or use a deploy key for one repository",
                        store.path)}};
}

std::optional<model::Finding> open_by_mode(const Store& store,
                                           bool modes_are_honoured,
                                           const std::vector<Place>& secrets,
                                           system::FileReader& files) {
    model::Finding finding = finding_of(store);
    finding.severity = model::Severity::warning;
    finding.title = "others on this machine can read these secrets";
    std::string paths;
    for (const Place& place : secrets) {
        if (Reach(files).is_open_to_others(store, place)) {
            const std::string path = files.absolute(place);
            const auto status = files.status(place);
            finding.evidence.push_back(
                fmt::format("{}: mode {}", printable(path), octal(status ? status->mode : 0)));
            paths += ' ' + shell_quoted(path);
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    if (modes_are_honoured) {
        finding.fix.commands = {"chmod go-rwx" + paths};
    }
    return finding;
}

std::optional<model::Finding> open_by_network(const Store& store,
                                              const std::vector<Place>& secrets,
                                              const system::Machine& machine,
                                              system::FileReader& files) {
    const auto mount = mount_of(store.path, machine);
    if (!mount || !is_network(mount->type)) {
        return std::nullopt;
    }
    model::Finding finding = finding_of(store);
    finding.severity = model::Severity::info;
    finding.title = "your team can read these secrets: whoever mounts this store as root can";
    finding.evidence.push_back(
        fmt::format("{}: mounted as {}", printable(mount->point), printable(mount->type)));
    for (const Place& place : secrets) {
        finding.evidence.push_back(printable(files.absolute(place)));
    }
    return finding;
}

}  // namespace

std::optional<model::Finding> shared_secrets(const Store& store,
                                             const std::optional<Probe>& probe,
                                             const system::Machine& machine,
                                             system::FileReader& files) {
    const std::vector<Place> secrets = secrets_in(store, files);
    if (secrets.empty()) {
        return std::nullopt;
    }
    const bool modes_are_honoured = !probe || !probe->ignores_modes();
    if (auto finding = open_by_mode(store, modes_are_honoured, secrets, files)) {
        return finding;
    }
    return open_by_network(store, secrets, machine, files);
}

}  // namespace envkeep::store
