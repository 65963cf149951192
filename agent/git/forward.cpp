// SPDX-License-Identifier: MIT
#include "git/forward.hpp"

#include "envkeep/core/text.hpp"
#include "git/move.hpp"
#include "git/open_copy.hpp"
#include "git/own_commits.hpp"
#include "git/state.hpp"
#include "git/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

struct Course {
    git_remote* remote = nullptr;
    std::optional<git_oid> head;
    std::string branch;  // of HEAD, full; empty: detached
    Target target;
    std::optional<git_oid> fetched_before;  // what the target's branch was before this fetch
    std::vector<git_oid> at_remote;         // where it was in any that is remembered
};

bool is_same(const git_oid& one, const git_oid& other) {
    return git_oid_equal(&one, &other) != 0;
}

bool is_within(git_repository* repository, const git_oid& commit, const git_oid& later) {
    return is_same(commit, later) || git_graph_descendant_of(repository, &later, &commit) == 1;
}

// Whether all that HEAD has was at the remote in any fetch that is remembered.
bool was_at_remote(git_repository* repository, const Course& course) {
    return std::ranges::any_of(course.at_remote, [&](const git_oid& there) {
        return is_within(repository, *course.head, there);
    });
}

// Whether all that HEAD has is at the remote, as it was fetched.
bool is_at_remote(git_repository* repository, const Course& course) {
    Reference tracked;
    const std::string prefix = tracking_name(course.remote, "");
    git_reference_iterator* names = nullptr;
    if (git_reference_iterator_glob_new(&names, repository, (prefix + "*").c_str()) != 0) {
        return false;
    }
    const Handle<git_reference_iterator, git_reference_iterator_free> owner(names);
    const char* name = nullptr;
    while (git_reference_next_name(&name, names) == 0) {
        const std::optional<git_oid> there = commit_at(repository, name);
        if (there && is_within(repository, *course.head, *there)) {
            return true;
        }
    }
    return course.fetched_before && is_within(repository, *course.head, *course.fetched_before);
}

Result<bool> go(Work& work, git_repository* repository, Mark& mark, const Course& course) {
    const Move move{
        .from = course.head,
        .to = course.target.commit,
        .reference = course.target.branch.empty() ? "" : std::string(heads) + course.target.branch};
    ENVKEEP_TRY(const InTheWay found, move_files(work, repository, mark, move));
    if (!found.is_empty()) {
        tell_in_the_way(work, found, "merge --ff-only " + short_text_of(course.target.commit));
        return false;
    }
    return true;
}

std::size_t commits_between(git_repository* repository, const Course& course) {
    std::size_t ahead = 0;
    std::size_t behind = 0;
    if (course.head) {
        git_graph_ahead_behind(&ahead, &behind, repository, &*course.head, &course.target.commit);
    }
    return behind;
}

// The copy stands at another branch, or detached: it moves only where nothing is lost by it.
Result<void> change_place(Work& work,
                          git_repository* repository,
                          Mark& mark,
                          const Course& course) {
    const std::string wanted =
        course.target.branch.empty() ? short_text_of(course.target.commit) : course.target.branch;
    const bool is_default = work.wish.branch.empty() && !course.target.branch.empty();
    ENVKEEP_TRY(const bool clean, is_clean(repository));
    const std::optional<git_oid> ours =
        course.target.branch.empty()
            ? std::nullopt
            : commit_at(repository, std::string(heads) + course.target.branch);
    const bool is_branch_behind = !ours || is_within(repository, *ours, course.target.commit);
    Buffer upstream;
    const bool has_upstream =
        course.branch.empty() ||
        git_branch_upstream_name(upstream.get(), repository, course.branch.c_str()) == 0;
    if (!clean || !is_branch_behind || !has_upstream ||
        (course.head && !is_at_remote(repository, course))) {
        work.tell(model::Finding{
            .id = "git-other-branch",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = fmt::format(
                "it stands at {}, and {} {}; it was left as it is",
                course.branch.empty() ? "no branch" : quoted(course.branch.substr(heads.size())),
                is_default ? "the remote's default branch is" : "the manifest wants",
                quoted(wanted)),
            .evidence = {clean ? "it has commits, or a branch, that the remote has not"
                               : "files in it were changed"},
            .fix = {.commands = {git_command(
                        work.wish.folder,
                        (course.target.branch.empty() ? "switch --detach " : "switch ") +
                            shell_quoted(wanted))},
                    .text = "takes your changes along, or says which files stand against it; your "
                            "commits stay on their branch"}});
        return {};
    }
    ENVKEEP_TRY(const bool went, go(work, repository, mark, course));
    if (!went) {
        return {};
    }
    if (!course.target.branch.empty() && !ours) {
        Reference branch;
        if (git_branch_lookup(
                into(branch), repository, course.target.branch.c_str(), GIT_BRANCH_LOCAL) == 0) {
            (void)git_branch_set_upstream(
                branch.get(),
                fmt::format("{}/{}", git_remote_name(course.remote), course.target.branch).c_str());
        }
    }
    work.report.change = CopyChange::checked_out;
    return {};
}

// Both sides have commits of their own.
Result<void> meet(Work& work,
                  git_repository* repository,
                  Mark& mark,
                  const Course& course,
                  std::pair<std::size_t, std::size_t> ahead_behind) {
    const bool has_nothing_own = was_at_remote(repository, course);
    ENVKEEP_TRY(const bool clean, is_clean(repository));
    const std::string theirs =
        fmt::format("{}/{}", git_remote_name(course.remote), course.target.branch);
    if (!has_nothing_own) {
        const auto [ahead, behind] = ahead_behind;
        ENVKEEP_TRY(const OwnCommits own,
                    own_commits(repository, *course.head, course.target.commit, course.at_remote));
        tell_diverged(work, ahead, behind, theirs, own.count < ahead);
        return {};
    }
    const std::string old = text_of(*course.head);
    model::Finding finding{.id = "git-upstream-rewritten",
                           .severity = model::Severity::warning,
                           .subject = work.wish.subject,
                           .evidence = {"all that was committed here was at the remote before",
                                        "the copy was at " + old}};
    const std::string& folder = work.wish.folder;
    const std::string keep_old = git_command(folder, "branch before-it " + old);
    if (!clean) {
        finding.title = "somebody pushed another history by force, and files here were changed";
        finding.fix = {.commands = {git_command(folder, "stash"),
                                    git_command(folder, "reset --keep " + shell_quoted(theirs)),
                                    git_command(folder, "stash pop")},
                       .text =
                           "they put your changes upon the new history, and the last says "
                           "where you have to decide"};
    } else if (work.wish.only_forward) {
        finding.title = "somebody pushed another history by force; the copy stays as it is";
        finding.fix = {.commands = {sync_command(work.wish)},
                       .text = fmt::format("follows it; '{}' first keeps the old history under a "
                                           "name, if you need it",
                                           keep_old)};
    } else {
        ENVKEEP_TRY(const bool went, go(work, repository, mark, course));
        if (!went) {
            return {};
        }
        work.report.change = CopyChange::checked_out;
        finding.severity = model::Severity::info;
        finding.title = "somebody pushed another history by force; the copy follows it";
        finding.fix = {.commands = {keep_old},
                       .text = "keeps the old history under a name, if you need it"};
    }
    work.tell(std::move(finding));
    return {};
}

Result<void> follow(Work& work, git_repository* repository, Mark& mark, const Course& course) {
    if (course.head && is_same(*course.head, course.target.commit)) {
        return {};
    }
    std::size_t ahead = 0;
    std::size_t behind = 0;
    if (course.head) {
        if (const int code = git_graph_ahead_behind(
                &ahead, &behind, repository, &*course.head, &course.target.commit);
            code != 0) {
            return git_failure(code, "compare with what was fetched");
        }
    }
    if (ahead > 0 && behind > 0) {
        return meet(work, repository, mark, course, {ahead, behind});
    }
    if (ahead > 0) {
        if (was_at_remote(repository, course)) {
            return meet(work, repository, mark, course, {ahead, behind});
        }
        work.tell(model::Finding{.id = "git-unpushed",
                                 .severity = model::Severity::info,
                                 .subject = work.wish.subject,
                                 .title = fmt::format("{} of yours {} not at the remote yet",
                                                      counted(ahead, "commit"),
                                                      ahead == 1 ? "is" : "are"),
                                 .fix = {.commands = {push_command(work.wish)}}});
        return {};
    }
    ENVKEEP_TRY(const bool went, go(work, repository, mark, course));
    if (went) {
        work.report.change = CopyChange::fast_forwarded;
        work.report.commits = commits_between(repository, course);
    }
    return {};
}

// Without a branch in the manifest the copy follows the branch that it stands at.
Result<void> with_the_copys_branch(Work& work,
                                   git_repository* repository,
                                   const Advertised& there,
                                   Course& course) {
    if (!work.wish.branch.empty() || course.target.branch.empty() || course.branch.empty() ||
        course.branch == std::string(heads) + course.target.branch) {
        return {};
    }
    const std::string ours = course.branch.substr(heads.size());
    const std::optional<git_oid> same = there.at(course.branch);
    if (!same) {
        const bool was_there =
            commit_at(repository, tracking_name(course.remote, ours)).has_value();
        tell_branch_gone(work,
                         ours,
                         there.default_branch,
                         was_there ? BranchAtRemote::was_there : BranchAtRemote::never_seen);
        return failure(ErrorKind::not_found, "");
    }
    work.tell(model::Finding{
        .id = "git-not-default-branch",
        .severity = model::Severity::info,
        .subject = work.wish.subject,
        .title = fmt::format("it follows {}, and the remote's default branch is {}",
                             quoted(ours),
                             quoted(course.target.branch)),
        .evidence = {"no branch is named in the manifest"},
        .fix = {.commands = {git_command(work.wish.folder,
                                         "switch " + shell_quoted(course.target.branch))}}});
    course.target = {.commit = *same, .branch = ours};
    return {};
}

}  // namespace

Result<void> forward(Work& work, git_repository* repository, Mark& mark) {
    const Remote remote = remote_or_tell(work, repository);
    if (!remote) {
        return {};
    }
    Course course{.remote = remote.get(), .branch = branch_of_head(repository)};
    const std::string own_branch =
        course.branch.empty() ? work.wish.branch : course.branch.substr(heads.size());
    const std::string wanted = work.wish.branch.empty() ? own_branch : work.wish.branch;
    course.fetched_before = commit_at(repository, tracking_name(remote.get(), wanted));
    std::optional<Advertised> there = fetch(work, repository, remote.get(), History::whole);
    if (!there) {
        return {};
    }
    if (there->default_branch.empty() && there->at(course.branch)) {
        there->default_branch = course.branch;
    }
    const std::optional<Target> target = target_of(work, repository, *there);
    if (!target) {
        return {};
    }
    course.target = *target;
    course.head = commit_at(repository, "HEAD");
    course.at_remote = places_at_remote(repository, remote.get(), wanted, course.fetched_before);
    if (!with_the_copys_branch(work, repository, *there, course)) {
        return {};  // told
    }
    const bool is_in_place =
        course.target.branch.empty()
            ? course.branch.empty() && course.head && is_same(*course.head, course.target.commit)
            : course.branch == std::string(heads) + course.target.branch;
    return is_in_place ? follow(work, repository, mark, course)
                       : change_place(work, repository, mark, course);
}

}  // namespace envkeep::git
