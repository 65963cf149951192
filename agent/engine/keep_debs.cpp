// SPDX-License-Identifier: MIT
#include "engine/keep_debs.hpp"

#include "engine/installed_deb.hpp"
#include "engine/layer_fit.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/packages/debian_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Package;

// What of the session can be kept: wholly installed.
std::vector<const Package*> session_debs(const packages::Inventory& inventory) {
    std::vector<const Package*> found;
    for (const Package& package : inventory.packages) {
        const bool is_half = std::ranges::any_of(inventory.notes, [&](const packages::Note& note) {
            return note.kind == packages::NoteKind::half_installed && note.name == package.name;
        });
        if (package.domain == packages::Domain::apt && !is_half &&
            package.origin == packages::Origin::session && !package.version.empty()) {
            found.push_back(&package);
        }
    }
    return found;
}

// Debian's dpkg reads zstd since 1.21.18, Ubuntu's for longer.
snapshot::DebPacking packing_of(const packages::Inventory& inventory) {
    const auto dpkg = std::ranges::find_if(inventory.packages, [](const Package& package) {
        return package.domain == packages::Domain::apt && package.name == "dpkg";
    });
    const bool reads_zstd = dpkg != inventory.packages.end() &&
                            (packages::compare_debian_versions(dpkg->version, "1.21.18") >= 0 ||
                             dpkg->version.find("ubuntu") != std::string::npos);
    return reads_zstd ? snapshot::DebPacking::zstd : snapshot::DebPacking::plain;
}

class Keeper {
  public:
    Keeper(const World& world,
           const Session& session,
           const packages::Inventory& inventory,
           const snapshot::Scope& scope)
        : world_(world),
          session_(session),
          scope_(scope),
          folder_(debs_of(session.store)),
          packing_(packing_of(inventory)) {}

    // "x: '/usr/bin/x' is missing", for what could not be kept.
    Result<std::vector<std::string>> keep(const std::vector<const Package*>& wanted) {
        ENVKEEP_TRY(root_, world_.files.open_root("/"));
        ENVKEEP_TRY(const StoreShare share, snapshots_share(world_, session_));
        room_ = share.room();
        std::vector<std::string> not_kept;
        for (const Package* const package : wanted) {
            const std::string name = deb_name(*package);
            const Result<system::Status> kept = world_.files.status(folder_.child(name));
            if (kept && kept->kind == system::Kind::file) {
                continue;
            }
            if (const Result<void> done = keep_one(*package, name); !done) {
                not_kept.push_back(
                    fmt::format("{}: {}", printable(package->name), done.error().message));
                continue;
            }
            const std::uint64_t taken =
                world_.files.status(folder_.child(name)).value_or(system::Status{}).size;
            room_ -= std::min(room_, taken);
        }
        return not_kept;
    }

  private:
    [[nodiscard]] Result<void> check_room(std::uint64_t bytes) const {
        return bytes <= room_ ? Result<void>{}
                              : failure(ErrorKind::no_space,
                                        fmt::format("it takes about {}, and snapshots have {} left",
                                                    human_size(bytes),
                                                    human_size(room_)));
    }

    [[nodiscard]] std::uint64_t size_of(const snapshot::DebContent& content) const {
        std::uint64_t bytes = 0;
        for (const snapshot::DebEntry& one : content.data) {
            bytes += one.entry.size;
        }
        return packing_ == snapshot::DebPacking::plain ? bytes : packed_share(bytes);
    }

    Result<void> keep_one(const Package& package, const std::string& name) {
        if (!RelPath::parse(name) || name.find('/') != std::string::npos) {
            return failure(ErrorKind::unsafe_path, "its name is none for a file");
        }
        ENVKEEP_CHECK(world_.writer->make_folders(folder_, 0700));
        ENVKEEP_TRY(const RelPath archives, RelPath::parse("var/cache/apt/archives"));
        const system::Place fetched = system::Place{.root = root_, .path = archives}.child(name);
        const Result<system::Status> status = world_.files.status(fetched);
        if (status && status->kind == system::Kind::file) {
            ENVKEEP_CHECK(check_room(status->size));
            ENVKEEP_CHECK(world_.writer->copy(fetched, folder_.child(name), {}, std::nullopt));
            return {};
        }
        if (!debs_) {
            ENVKEEP_TRY(InstalledDebs debs, InstalledDebs::read(world_.files, scope_));
            debs_.emplace(std::move(debs));
        }
        ENVKEEP_TRY(const snapshot::DebContent content, debs_->content_of(package));
        ENVKEEP_CHECK(check_room(size_of(content)));
        return snapshot::write_deb(
            content, packing_, root_, *world_.trees, folder_, name, *world_.tree_writer);
    }

    const World& world_;
    const Session& session_;
    const snapshot::Scope& scope_;
    system::Place folder_;
    snapshot::DebPacking packing_;
    std::uint64_t room_ = 0;  // for all that snapshots write
    system::RootId root_;
    std::optional<InstalledDebs> debs_;
};

}  // namespace

system::Place debs_of(const store::Store& store) {
    return store.place(store::names::packages).child("apt");
}

std::set<std::string> kept_debs(const World& world, const Session& session) {
    std::set<std::string> names;
    if (world.processes == nullptr || world.machine.effective_uid() != 0 ||
        !world.machine.exists("/usr/bin/dpkg")) {
        return names;
    }
    if (const auto entries = world.files.list(debs_of(session.store))) {
        for (const system::Entry& entry : *entries) {
            if (entry.kind == system::Kind::file && entry.name.ends_with(".deb")) {
                names.insert(entry.name);
            }
        }
    }
    return names;
}

std::vector<model::Finding> keep_debs(const World& world,
                                      const Session& session,
                                      const packages::Inventory& inventory,
                                      const snapshot::Scope& scope) {
    const manifest::Packages rules = session.manifest.packages.value_or(manifest::Packages{});
    const std::vector<const Package*> wanted = session_debs(inventory);
    if (wanted.empty() || world.machine.effective_uid() != 0 ||
        rules.apt != manifest::PackagePolicy::keep) {
        return {};
    }
    Result<std::vector<std::string>> not_kept =
        Keeper(world, session, inventory, scope).keep(wanted);
    if (not_kept && not_kept->empty()) {
        return {};
    }
    return {{.id = "snapshot-deb-not-kept",
             .severity = model::Severity::info,
             .subject = "apt",
             .title = "some Debian packages come back on this very image only",
             .evidence =
                 not_kept ? *std::move(not_kept) : std::vector{std::move(not_kept).error().message},
             .fix = {.text = "on another image 'apt-get install' brings them, with a network"}}};
}

}  // namespace envkeep::engine
