// SPDX-License-Identifier: MIT
#include "engine/git_wishes.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/remote_check.hpp"
#include "envkeep/store/working_copies.hpp"

#include <fmt/format.h>

#include <charconv>

namespace envkeep::engine {
namespace {

constexpr std::uint64_t largest_settings = std::uint64_t{1} << 20U;

// The name of a user in /etc/passwd; empty if there is none.
std::string name_of_user(std::string_view passwd, std::uint32_t uid) {
    const std::string wanted = std::to_string(uid);
    for (const std::string_view line : split(passwd, '\n')) {
        const std::vector<std::string_view> fields = split(line, ':');
        if (fields.size() > 2 && fields[2] == wanted) {
            return std::string(fields[0]);
        }
    }
    return {};
}

// Such as plugins, in the repository of the program that they are for.
void note_nesting(std::vector<WantedCopy>& copies) {
    for (WantedCopy& inner : copies) {
        for (const WantedCopy& outer : copies) {
            const std::string& folder = outer.wish.folder;
            if (folder != inner.wish.folder && is_path_within(inner.wish.folder, folder) &&
                folder.size() > inner.within.size()) {
                inner.within = folder;
            }
        }
    }
}

}  // namespace

std::vector<WantedCopy> wanted_copies(const Session& session) {
    std::vector<WantedCopy> copies;
    const manifest::Manifest& manifest = session.manifest;
    if (const auto& dotfiles = manifest.dotfiles) {
        copies.push_back({.wish = {.subject = "dotfiles",
                                   .url = dotfiles->url,
                                   .folder = store::dotfiles_folder(session.store),
                                   .branch = dotfiles->branch,
                                   .submodules = dotfiles->submodules},
                          .push = dotfiles->push,
                          .token = dotfiles->token,
                          .is_in_store = true});
    }
    for (const manifest::Repository& repository : manifest.repositories) {
        const bool is_in_home = !repository.dir.starts_with('/');
        copies.push_back({.wish = {.subject = (is_in_home ? "~/" : "") + repository.dir,
                                   .url = repository.url,
                                   .folder = store::working_copy_folder(
                                       session.store, session.home_path, repository),
                                   .branch = repository.branch,
                                   .tag = repository.tag,
                                   .commit = repository.commit,
                                   .shallow = repository.shallow,
                                   .submodules = repository.submodules},
                          .push = repository.push,
                          .token = repository.token,
                          .is_in_store = !repository.subfolder.empty()});
    }
    note_nesting(copies);
    return copies;
}

git::RemoteAccess access_of(const World& world,
                            const Session& session,
                            const Options& options,
                            const WantedCopy& copy) {
    const system::Machine& machine = world.machine;
    const auto read = [&machine](const std::string& absolute) {
        return machine.read_fact(absolute, largest_settings);
    };
    const auto variable = [&machine](std::string_view name) { return machine.variable(name); };
    const std::uint32_t uid = machine.effective_uid();
    git::RemoteAccess access{
        .network = *world.network,
        .config = {.read = read,
                   .names_in =
                       [&machine](const std::string& absolute) {
                           return machine.names_in(absolute);
                       },
                   .variable = variable,
                   .home = session.home_path,
                   .local_user = name_of_user(read("/etc/passwd").value_or(std::string()), uid),
                   .local_host = machine.host_name(),
                   .uid = uid},
        .http = {.token_variable = copy.token,
                 .variable = variable,
                 .read = read,
                 .home = session.home_path},
        .mode_of = [&files = world.files,
                    uid](const std::string& absolute) -> std::optional<std::uint32_t> {
            const Result<system::Status> status = files.follow(absolute);
            // ssh looks at the modes of the user's own files only.
            return status && status->kind == system::Kind::file && status->uid == uid
                       ? std::optional(status->mode)
                       : std::nullopt;
        },
        .no_network = options.no_network};
    if (!copy.token.empty()) {
        const auto addresses = git::addresses_of({copy.wish.url}, session.home_path);
        access.http.token_place = addresses[0] ? git::token_place(*addresses[0]) : std::string();
    }
    for (const std::string& line : session.manifest.known_hosts) {
        access.pinned.add(line, "manifest.yaml: known_hosts");
    }
    access.pinned.add_published();
    return access;
}

}  // namespace envkeep::engine
