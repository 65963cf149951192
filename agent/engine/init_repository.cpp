// SPDX-License-Identifier: MIT
#include "engine/init_repository.hpp"

#include "engine/carry_out.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/lease.hpp"
#include "envkeep/store/working_copies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

using store::Change;

git::LocalAccess local_in(const World& world, const std::string& home) {
    return {.files = world.files, .writer = *world.writer, .machine = world.machine, .home = home};
}

manifest::Dotfiles section_of(const git::HomeRepository& repository) {
    return {.url = repository.url, .branch = repository.branch};
}

// What is only in the repository is still there for whoever has synced by other means.
void say_there_already(const std::string& copy,
                       const git::HomeRepository& repository,
                       ManifestPlan& plan) {
    plan.findings.push_back(
        {.id = "import-there-already",
         .severity = model::Severity::info,
         .subject = "dotfiles",
         .title = "the manifest has dotfiles already: nothing was imported",
         .evidence = {fmt::format("{}: not looked into", printable(repository.folder))},
         .fix = {.commands = {fmt::format("git -C {} fetch {} {}",
                                          shell_quoted(copy),
                                          shell_quoted(repository.folder),
                                          shell_quoted(repository.branch))},
                 .text = "brings what was committed only there, as FETCH_HEAD"}});
}

// What the repository has is no keep of the template's too.
Result<void> leave_out_tracked(const git::HomeRepository& repository, ManifestPlan& plan) {
    for (const manifest::Keep& keep : plan.reading.manifest.keeps) {
        if (std::ranges::binary_search(repository.tracked, keep.path)) {
            ENVKEEP_TRY(plan.text, manifest::remove_keep(plan.text, keep.path));
        }
    }
    return {};
}

Result<void> take_in(const World& world,
                     const Session& session,
                     const git::HomeRepository& repository,
                     store::Journal& journal) {
    const system::Place target = session.store.place(store::names::repositories).child("dotfiles");
    const system::Place folder = session.store.place(store::names::backups).child(journal.run().id);
    const system::Place made = folder.child("dotfiles");
    ENVKEEP_CHECK(world.writer->make_folders(target.parent(), 0755));
    ENVKEEP_CHECK(world.writer->make_folders(folder, 0700));
    ENVKEEP_CHECK(git::copy_home_repository(repository, made, local_in(world, session.home_path)));
    ENVKEEP_TRY(const std::size_t number,
                journal.intend({.kind = Change::Kind::moved,
                                .is_in_store = true,
                                .path = world.files.absolute(target),
                                .other = world.files.absolute(made)}));
    if (Result<void> moved = world.writer->move(made, target); !moved) {
        ENVKEEP_CHECK(journal.gave_up(number));
        (void)world.writer->remove_own_tree(made);
        return moved;
    }
    return journal.done(number);
}

}  // namespace

bool names_repository(const World& world, const std::string& home, const std::string& path) {
    return git::home_repository_at(path, local_in(world, home)).has_value();
}

Result<void> plan_repository(const World& world,
                             const std::string& home,
                             const std::string& store_base,
                             const InitOptions& init,
                             ManifestPlan& plan) {
    const git::LocalAccess local = local_in(world, home);
    const auto folder =
        init.import_from ? git::home_repository_at(*init.import_from, local) : std::nullopt;
    if (!folder || !plan.reading.problems.empty()) {
        return {};
    }
    ENVKEEP_TRY(git::HomeRepository found, git::look_at_home_repository(*folder, local));
    const std::string copy = fmt::format("{}/{}/{}/dotfiles",
                                         store_base == "/" ? "" : store_base,
                                         store::names::folder,
                                         store::names::repositories);
    if (plan.reading.manifest.dotfiles) {
        say_there_already(copy, found, plan);
        return {};
    }
    if (plan.is_new) {
        ENVKEEP_CHECK(leave_out_tracked(found, plan));
    }
    ENVKEEP_CHECK(manifest::add_dotfiles(plan.text, section_of(found)));
    const auto there = world.files.follow(copy);
    if (!there || there->kind != system::Kind::absent) {
        return failure(
            ErrorKind::conflict,
            fmt::format("{} is there already, and the manifest has no dotfiles", quoted(copy)),
            fmt::format("if you do not need it: mv {0} {0}.before", shell_quoted(copy)));
    }
    plan.repository = std::move(found);
    return {};
}

Result<void> import_repository(const World& world,
                               const Options& options,
                               const ManifestPlan& plan,
                               const Listener& listener,
                               InitReport& report) {
    const git::HomeRepository& repository = *plan.repository;
    Options of_store = options;
    of_store.manifest.reset();
    ENVKEEP_TRY(const Session session, open_session(world, of_store));
    ENVKEEP_TRY(const ManifestText before, read_manifest_text(world, session));
    ENVKEEP_TRY(const std::string text,
                manifest::add_dotfiles(before.text, section_of(repository)));
    const std::string command = "init --import " + shell_quoted(repository.folder);
    ENVKEEP_TRY(const store::ChangesClaim claim,
                claim_store(world, session.store, command, listener));
    store::Journal journal(journal_folder(session),
                           store::new_run(command, session.home_path, world.machine),
                           world.files,
                           *world.writer);
    if (listener.phase) {
        listener.phase("copying the repository to the store");
    }
    ENVKEEP_CHECK(take_in(world, session, repository, journal));
    // It begins with the working copy: a run that ends here leaves a manifest without dotfiles, and
    // a copy that nothing uses.
    ENVKEEP_CHECK(write_manifest_text(world, session, before, text, journal));
    ENVKEEP_CHECK(journal.finish());
    report.run = journal.run().id;
    report.changed.push_back(fmt::format("edited {}", plan.path));
    report.imported.push_back(
        fmt::format("{} -> {}", repository.folder, store::dotfiles_folder(session.store)));
    report.findings.insert(
        report.findings.end(), repository.findings.begin(), repository.findings.end());
    report.findings.push_back(
        {.id = "import-original-stays",
         .severity = model::Severity::info,
         .subject = "dotfiles",
         .title = "the repository in this home stays as it was; the one in the store is yours now",
         .evidence = {repository.folder},
         .fix = {.commands = {"envkeep restore"},
                 .text = "links the files; what is committed from now on in the old one stays "
                         "in this container"}});
    return {};
}

}  // namespace envkeep::engine
