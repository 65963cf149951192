// SPDX-License-Identifier: MIT
#include "envkeep/store/lease.hpp"

#include "envkeep/store/fields.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "store/lease_files.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;

constexpr std::string_view lease_suffix = ".json";
constexpr std::chrono::hours lease_forgotten_after{24};

Place file_of(const Store& store, const Lease& lease) {
    return store.place(names::leases).child(lease.id + std::string(lease_suffix));
}

std::string text_of(const Lease& lease) {
    Json json = Json::object();
    json.set("id", json_bytes(lease.id));
    add_to(json,
           {.container = lease.container,
            .process = lease.process,
            .host = lease.host,
            .started = lease.started});
    json.set("home", json_bytes(lease.home));
    json.set("snapshot", json_bytes(lease.snapshot));
    if (lease.is_of_run) {
        json.set("run", true);
    }
    return json.compact() + '\n';
}

struct FoundLease {
    Lease lease;
    WallTime renewed;
};

// A lease that cannot be read (another user's, or noise) is known by its name and age only.
std::optional<FoundLease> read_lease(const Place& file, system::FileReader& files) {
    const std::string_view name = file.path.name();
    std::string id(name.substr(0, name.size() - lease_suffix.size()));
    const auto read = read_holder_file(file, files).value_or(std::nullopt);
    if (!read) {
        const auto seen = files.status(file);
        if (!seen || seen->kind != Kind::file) {
            return std::nullopt;
        }
        return FoundLease{.lease = {.id = std::move(id)}, .renewed = seen->modified};
    }
    const Holder holder = holder_of(read->json);
    return FoundLease{.lease = {.id = std::move(id),
                                .container = holder.container,
                                .process = holder.process,
                                .host = holder.host,
                                .home = bytes_member(read->json, "home"),
                                .started = holder.started,
                                .snapshot = bytes_member(read->json, "snapshot"),
                                .is_of_run = read->json.flag_or("run", false)},
                      .renewed = read->seen.modified};
}

LeaseState state_of(const Lease& lease, std::chrono::seconds age, const system::Machine& machine) {
    if (is_dead({.container = lease.container, .process = lease.process}, machine)) {
        return LeaseState::dead;
    }
    return std::chrono::abs(age) > lease_stale_after ? LeaseState::stale : LeaseState::live;
}

// Below zero only where the lease is ahead by more than whoever renews it can be.
std::chrono::seconds age_of(const FoundLease& one, WallTime now) {
    const auto age = std::chrono::floor<std::chrono::seconds>(now - one.renewed);
    return age < -lease_stale_after ? age : std::max(std::chrono::seconds{0}, age);
}

// This machine's clock, set right by the freshest lease of a process that lives here: at the store
// that one was renewed within the last minute.
WallTime time_by(const std::vector<FoundLease>& leases, const system::Machine& machine) {
    constexpr std::chrono::seconds most = 2 * lease_renewal;
    std::optional<WallTime> renewed;
    for (const FoundLease& one : leases) {
        if (is_alive_here({.container = one.lease.container, .process = one.lease.process},
                          machine)) {
            renewed = std::max(renewed, std::optional(one.renewed));
        }
    }
    const WallTime now = machine.now();
    return renewed ? std::clamp(now, *renewed, *renewed + most) : now;
}

Result<std::vector<system::Entry>> list_files(const Store& store, system::FileReader& files) {
    auto entries = files.list(store.place(names::leases));
    if (!entries && entries.error().kind == ErrorKind::not_found) {
        return std::vector<system::Entry>{};
    }
    if (!entries) {
        return tl::unexpected(std::move(entries).error().while_doing("reading the leases"));
    }
    std::erase_if(*entries, [](const system::Entry& one) { return one.kind != Kind::file; });
    return entries;
}

// What takers of claims, renewals and readers of the store's clock left when they were killed.
Result<void> remove_leftovers(const Store& store,
                              WallTime now,
                              system::FileReader& files,
                              system::FileWriter& writer) {
    ENVKEEP_TRY(const auto entries, list_files(store, files));
    for (const system::Entry& entry : entries) {
        if (!entry.name.starts_with(right_prefix) && !entry.name.starts_with(clock_prefix) &&
            !system::is_temporary_name(entry.name)) {
            continue;
        }
        const Place file = store.place(names::leases).child(entry.name);
        const auto seen = files.status(file);
        if (seen && seen->kind == Kind::file &&
            std::chrono::abs(now - seen->modified) > lease_forgotten_after) {
            // Whoever was quicker has removed it.
            static_cast<void>(writer.remove_file(file, *seen).has_value());
        }
    }
    return {};
}

}  // namespace

Result<Lease> take_lease(const Store& store,
                         const std::string& home,
                         const system::Machine& machine,
                         system::FileWriter& writer) {
    Holder self = this_process(machine);
    Lease lease{.id = machine.random_id(),
                .container = std::move(self.container),
                .process = self.process,
                .host = std::move(self.host),
                .home = home,
                .started = std::move(self.started)};
    auto taken = writer.make_folders(store.place(names::leases), 0700).and_then([&] {
        return writer.write_file(file_of(store, lease), text_of(lease), 0644, std::nullopt);
    });
    if (!taken) {
        return tl::unexpected(std::move(taken).error().while_doing("taking a lease on the store"));
    }
    return lease;
}

Result<void> renew_lease(const Store& store, const Lease& lease, system::FileWriter& writer) {
    return writer.overwrite_own_file(file_of(store, lease), text_of(lease), 0644);
}

Result<void> release_lease(const Store& store,
                           const Lease& lease,
                           system::FileReader& files,
                           system::FileWriter& writer) {
    const Place file = file_of(store, lease);
    ENVKEEP_TRY(const system::Status seen, files.status(file));
    if (seen.kind == Kind::absent) {
        return {};
    }
    auto removed = writer.remove_file(file, seen);
    if (!removed && removed.error().kind != ErrorKind::not_found) {
        return removed;
    }
    return {};
}

Result<std::vector<LeaseSeen>> list_leases(const Store& store,
                                           const system::Machine& machine,
                                           system::FileReader& files,
                                           system::FileWriter* writer) {
    ENVKEEP_TRY(const auto entries, list_files(store, files));
    std::vector<FoundLease> found;
    for (const system::Entry& entry : entries) {
        if (!entry.name.ends_with(lease_suffix) || entry.name.starts_with('.')) {
            continue;
        }
        if (auto lease = read_lease(store.place(names::leases).child(entry.name), files)) {
            found.push_back(*std::move(lease));
        }
    }
    if (found.empty()) {
        return std::vector<LeaseSeen>{};
    }
    const std::optional<WallTime> by_store =
        writer == nullptr ? std::nullopt : store_time(store, machine, files, *writer);
    const WallTime now = by_store ? *by_store : time_by(found, machine);
    std::vector<LeaseSeen> leases;
    for (FoundLease& one : found) {
        const auto age = age_of(one, now);
        const LeaseState state = state_of(one.lease, age, machine);
        leases.push_back({.lease = std::move(one.lease), .state = state, .age = age});
    }
    return leases;
}

Result<std::size_t> remove_old_leases(const Store& store,
                                      const system::Machine& machine,
                                      system::FileReader& files,
                                      system::FileWriter& writer) {
    ENVKEEP_TRY(const auto leases, list_leases(store, machine, files, &writer));
    std::size_t removed = 0;
    for (const LeaseSeen& one : leases) {
        const bool is_forgotten =
            one.state == LeaseState::stale && std::chrono::abs(one.age) > lease_forgotten_after;
        if (one.state == LeaseState::dead || is_forgotten) {
            ENVKEEP_CHECK(release_lease(store, one.lease, files, writer));
            ++removed;
        }
    }
    const WallTime now = store_time(store, machine, files, writer).value_or(machine.now());
    ENVKEEP_CHECK(remove_leftovers(store, now, files, writer));
    return removed;
}

}  // namespace envkeep::store
