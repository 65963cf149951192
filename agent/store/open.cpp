// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"
#include "store/identity.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Status;

constexpr std::string_view init_hint =
    "run 'envkeep init' to make one here, or name another folder with --store DIR";

// The persistent folder and what is in it of ours, before anything is believed.
struct FoundStore {
    system::RootId base;
    Status ours;  // of `envkeep`
};

tl::unexpected<Error> store_missing(std::string message, std::string_view hint) {
    return failure(ErrorKind::store_missing, std::move(message), std::string(hint));
}

// Whatever keeps a store from being opened: nothing was done, and it is the store that needs a
// cure.
tl::unexpected<Error> store_missing(Error cause, std::string_view activity) {
    cause.kind = ErrorKind::store_missing;
    return tl::unexpected(std::move(cause).while_doing(activity));
}

// Whether what is written there would be lost with the container, as far as the mounts tell.
bool is_on_the_root_mount(const std::string& base, const system::Machine& machine) {
    const auto mount = mount_of(base, machine);
    return mount && mount->point == "/" && base != "/";
}

Result<system::RootId> open_base(const StoreChoice& choice, system::FileReader& files) {
    auto base = files.open_root(choice.base);
    if (base) {
        return *base;
    }
    if (base.error().kind != ErrorKind::not_found) {
        return store_missing(std::move(base).error(), "opening the store");
    }
    const auto there = files.follow(choice.base);
    const bool is_there = there && there->kind != Kind::absent;
    return store_missing(
        fmt::format("store folder {} ({}) {}",
                    quoted(choice.base),
                    choice.because,
                    is_there ? "is no folder" : "does not exist"),
        "check that the persistent storage is attached to this machine, or name another "
        "folder with --store DIR");
}

Result<FoundStore> look_into(const StoreChoice& choice, system::FileReader& files) {
    ENVKEEP_TRY(const system::RootId base, open_base(choice, files));
    const system::Place ours = system::Place{.root = base, .path = {}}.child(names::folder);
    const Result<Status> seen = files.status(ours);
    if (!seen) {
        return store_missing(seen.error(), "looking into the store");
    }
    const Status& status = *seen;
    if (status.kind == Kind::link) {
        return store_missing(
            fmt::format("{} is a link, and a store is never opened through one",
                        quoted(files.absolute(ours))),
            "put the folder itself there, or name the folder above the real one with --store DIR");
    }
    if (status.kind != Kind::absent && status.kind != Kind::folder) {
        constexpr std::uint32_t any_may_run = 0111;
        const std::string path = files.absolute(ours);
        return store_missing(
            fmt::format("{} is no folder, and the store would be one of that name", quoted(path)),
            status.kind == Kind::file && (status.mode & any_may_run) != 0
                ? fmt::format("if it is envkeep itself: mv {0} {0}-program && {0}-program init",
                              shell_quoted(path))
                : "move it away and run 'envkeep init'");
    }
    return FoundStore{.base = base, .ours = status};
}

// The folder that was named is a store's own, not the one that it lies in.
std::optional<Error> own_folder_named(const StoreChoice& choice,
                                      const std::vector<system::Entry>& entries,
                                      const system::Machine& machine) {
    if (std::ranges::find(entries, names::identity, &system::Entry::name) == entries.end()) {
        return std::nullopt;
    }
    const std::string own = machine.real_path(choice.base).value_or(choice.base);
    return Error{.kind = ErrorKind::store_missing,
                 .message = fmt::format("{} ({}) is the store's own folder, not the one above it",
                                        quoted(choice.base),
                                        choice.because),
                 .hint = "give the folder above: --store " +
                         shell_quoted(own.substr(0, std::max(own.rfind('/'), std::size_t{1})))};
}

// Three ways in which a folder holds no store, each with its own cure.
tl::unexpected<Error> no_store_in(const StoreChoice& choice,
                                  system::RootId base,
                                  const system::Machine& machine,
                                  system::FileReader& files) {
    const auto entries = files.list({.root = base, .path = {}});
    if (!entries) {
        return store_missing(entries.error(), "looking into the store");
    }
    const std::string where = fmt::format("{} ({})", quoted(choice.base), choice.because);
    if (entries->empty() && is_on_the_root_mount(choice.base, machine)) {
        return store_missing(
            fmt::format("store folder {} is empty and nothing is mounted there", where),
            "attach the persistent storage or restart the machine; to keep things in this folder "
            "all the same: 'envkeep init --store DIR'");
    }
    if (auto error = own_folder_named(choice, *entries, machine)) {
        return tl::unexpected(*std::move(error));
    }
    return store_missing(fmt::format("no envkeep in {} yet", where), init_hint);
}

Result<Store> opened(const StoreChoice& choice,
                     system::RootId base,
                     const system::Machine& machine,
                     system::FileReader& files) {
    Store store{.base = base,
                .base_path = choice.base,
                .path = fmt::format("{}/{}", choice.base == "/" ? "" : choice.base, names::folder)};
    const Result<system::RootId> root = files.open_root(store.path);
    if (!root) {
        return store_missing(root.error(), "opening the store");
    }
    store.root = *root;
    ENVKEEP_TRY(Identity identity, read_identity(store.place(names::identity), files));
    store.id = std::move(identity.id);
    store.created = std::move(identity.created);
    const auto mount = mount_of(store.path, machine);
    store.is_read_only = mount && mount->is_read_only;
    return store;
}

Result<void> make_missing_parts(const Store& store,
                                const system::Machine& machine,
                                system::FileWriter& writer) {
    constexpr std::array<std::string_view, 5> folders{
        names::home, names::backups, names::journal, names::leases, names::reports};
    for (const std::string_view folder : folders) {
        ENVKEEP_CHECK(writer.make_folders(store.place(folder), 0700));
    }
    ENVKEEP_CHECK(writer.make_folders(store.place("bin"), 0755));
    auto written =
        writer.write_file(store.place(names::identity), new_identity(machine), 0644, std::nullopt);
    // Whoever was quicker has made the store: theirs is as good.
    if (!written && written.error().kind != ErrorKind::already_exists) {
        return written;
    }
    return {};
}

}  // namespace

Result<Store> open_store(const StoreChoice& choice,
                         const system::Machine& machine,
                         system::FileReader& files) {
    ENVKEEP_TRY(const FoundStore found, look_into(choice, files));
    if (found.ours.kind == Kind::absent) {
        return no_store_in(choice, found.base, machine, files);
    }
    return opened(choice, found.base, machine, files);
}

bool awaits_mount(const StoreChoice& choice,
                  const system::Machine& machine,
                  system::FileReader& files) {
    const auto ours = files.follow(fmt::format("{}/{}", choice.base, names::folder));
    if (ours && ours->kind != Kind::absent) {
        return false;
    }
    const auto base = files.follow(choice.base);
    return base &&
           (base->kind == Kind::absent || (base->kind == Kind::folder && !base->is_mount_point &&
                                           machine.names_in(choice.base).empty()));
}

Result<Store> create_store(const StoreChoice& choice,
                           const system::Machine& machine,
                           system::FileReader& files,
                           system::FileWriter& writer) {
    ENVKEEP_TRY(const FoundStore found, look_into(choice, files));
    Store store{.base = found.base, .base_path = choice.base};
    const system::Place ours = system::Place{.root = store.base, .path = {}}.child(names::folder);
    const system::Place identity = ours.child(names::identity);
    ENVKEEP_TRY(const Status identity_seen, files.status(identity));
    if (identity_seen.kind != Kind::absent) {
        return opened(choice, found.base, machine, files);
    }
    ENVKEEP_TRY(const std::vector<system::Entry> entries,
                files.list({.root = found.base, .path = {}}));
    if (auto error = own_folder_named(choice, entries, machine)) {
        return tl::unexpected(*std::move(error));
    }
    if (choice.must_be_mounted && is_on_the_root_mount(choice.base, machine)) {
        return store_missing(
            fmt::format("nothing is mounted at {} ({}): what is kept there would be lost with this "
                        "container",
                        quoted(choice.base),
                        choice.because),
            "attach the persistent storage or restart the machine; to keep things in this folder "
            "all the same, name it: --store " +
                shell_quoted(choice.base));
    }
    const auto make = [&]() -> Result<void> {
        ENVKEEP_CHECK(writer.make_folders(ours, 0700));
        ENVKEEP_TRY(store.root, files.open_root(files.absolute(ours)));
        return make_missing_parts(store, machine, writer);
    };
    if (auto made = make(); !made) {
        return tl::unexpected(std::move(made).error().while_doing(
            fmt::format("making the store in {}", quoted(choice.base))));
    }
    return opened(choice, found.base, machine, files);
}

}  // namespace envkeep::store
