// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "git/clone.hpp"
#include "git/forward.hpp"
#include "git/lfs.hpp"
#include "git/move.hpp"
#include "git/open_copy.hpp"
#include "git/standing.hpp"
#include "git/state.hpp"
#include "git/submodules.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::git {
namespace {

constexpr std::uint32_t usual_mode = 0755;

Result<void> bring_existing(Work& work, git_repository* repository) {
    if (const std::optional<git_oid> head = commit_at(repository, "HEAD")) {
        work.report.before = text_of(*head);
    } else if (git_repository_head_unborn(repository) != 1) {
        return failure(ErrorKind::unsupported, "the commit that HEAD names cannot be read");
    }
    ENVKEEP_TRY(Mark mark, Mark::take(repository, work.wish.folder, work.local));
    work.callbacks.at_each_report(mark.renewal());
    if (is_held_up(work, repository)) {
        return {};
    }
    ENVKEEP_CHECK(finish_killed_move(work, repository, mark));
    ENVKEEP_CHECK(forward(work, repository, mark));
    if (work.wish.submodules) {
        bring_submodules(work, repository);
    }
    return {};
}

void existing(Work& work, git_repository* repository) {
    if (const Result<void> done = bring_existing(work, repository); !done) {
        work.tell(done.error());
    }
    if (const std::optional<git_oid> head = commit_at(repository, "HEAD")) {
        work.report.after = text_of(*head);
    }
    tell_of_lfs(work, repository);
}

// An empty folder that stays whatever is to take its place.
void tell_immovable(Work& work) {
    work.tell(model::Finding{
        .id = "git-folder-in-use",
        .severity = model::Severity::error,
        .subject = work.wish.subject,
        .title = fmt::format("{} is a folder that nothing can take the place of, such as one where "
                             "a disk is mounted: nothing was cloned",
                             quoted(work.wish.folder)),
        .fix = {.text = fmt::format("name a folder in it in the manifest, such as {}",
                                    quoted(work.wish.folder + "/work"))}});
}

void bring_what_is_there(Work& work, bool may_clone) {
    const std::string& folder = work.wish.folder;
    const Opened opened = open_copy(folder, work.local);
    if (tell_of_standing(work, opened)) {
        return;
    }
    if (opened.standing == Standing::working_copy) {
        remove_left_overs(folder, work.local);
        existing(work, opened.repository.get());
        return;
    }
    if (!may_clone) {
        tell_immovable(work);
        return;
    }
    const auto there = work.local.files.follow(folder);
    const bool is_folder = there && there->kind == system::Kind::folder;
    const CloneEnd end = clone(work, is_folder ? there->mode : usual_mode);
    if (end == CloneEnd::was_taken) {
        work.report = CopyReport{.subject = work.wish.subject};
        bring_what_is_there(work, false);
    } else if (end == CloneEnd::done) {
        if (const Opened made = open_copy(folder, work.local); made.repository) {
            tell_of_lfs(work, made.repository.get());
            tell_of_submodules(work, made.repository.get());
        }
    }
}

}  // namespace

CopyReport bring(const Wish& wish, const RemoteAccess& access, const LocalAccess& local) {
    const LibGit library(local.home);
    Work work(wish, access, local);
    if (!is_ready(work, library)) {
        return std::move(work.report);
    }
    bring_what_is_there(work, true);
    return std::move(work.report);
}

}  // namespace envkeep::git
