// SPDX-License-Identifier: MIT
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/git/address.hpp"
#include "git/forward.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <span>
#include <string_view>

namespace envkeep::git {
namespace {

// As git has it configured, where somebody may have written a password or a token into it.
std::string without_password(const char* url) {
    Result<Address> address = parse_address(url);
    if (!address) {
        return masked(url);
    }
    if (address->way == Way::http || address->way == Way::https) {
        address->user.clear();
    }
    return address->url();
}

void tell_locks(Work& work, const std::vector<Lock>& locks) {
    std::vector<std::string> evidence;
    std::vector<std::string> commands;
    for (const Lock& lock : locks) {
        evidence.push_back(told(lock, work.local.machine.now()));
        commands.push_back("rm " + shell_quoted(lock.path));
    }
    const bool is_at_work = is_git_at_work(work.wish.folder, work.local.machine);
    if (is_at_work) {
        evidence.emplace_back("a git of this machine is at work in it");
        commands.clear();
    }
    work.tell(model::Finding{
        .id = "git-locked",
        .severity = model::Severity::warning,
        .subject = work.wish.subject,
        .title = "lock files of git are in it: nothing was changed",
        .evidence = some_of(evidence),
        .fix = {.commands = std::move(commands),
                .text = is_at_work
                            ? "run the same again when it has ended"
                            : "no git of this machine works there: they are of a killed one, or of "
                              "another session; remove them if none is at work"}});
}

}  // namespace

bool is_held_up(Work& work, git_repository* repository) {
    if (const std::vector<Lock> locks = locks_of(repository, work.local.files); !locks.empty()) {
        tell_locks(work, locks);
        return true;
    }
    const std::string unfinished = unfinished_of(repository);
    if (unfinished.empty()) {
        return false;
    }
    work.tell(model::Finding{
        .id = "git-unfinished",
        .severity = model::Severity::warning,
        .subject = work.wish.subject,
        .title = fmt::format("a {} was begun in it and not ended: nothing was changed", unfinished),
        .fix = {.commands = {git_command(work.wish.folder, "status")},
                .text = "it says how to go on with it, or to give it up"}});
    return true;
}

Remote remote_or_tell(Work& work, git_repository* repository) {
    Remote remote = remote_of(repository, work.wish);
    if (remote) {
        return remote;
    }
    std::vector<std::string> evidence;
    bool has_origin = false;
    git_strarray names{};
    if (git_remote_list(&names, repository) == 0) {
        for (const char* const name : std::span(names.strings, names.count)) {
            Remote other;
            has_origin = has_origin || std::string_view(name) == "origin";
            if (git_remote_lookup(into(other), repository, name) == 0 &&
                git_remote_url(other.get()) != nullptr) {
                evidence.push_back(printable(
                    fmt::format("{}: {}", name, without_password(git_remote_url(other.get())))));
            }
        }
        git_strarray_dispose(&names);
    }
    work.tell(model::Finding{
        .id = "git-other-url",
        .severity = model::Severity::error,
        .subject = work.wish.subject,
        .title = fmt::format("the working copy at {} is of another repository than {}",
                             quoted(work.wish.folder),
                             printable(work.wish.url)),
        .evidence =
            evidence.empty() ? std::vector<std::string>{"it has no remote"} : some_of(evidence),
        .fix = {.commands = {git_command(work.wish.folder,
                                         fmt::format("remote {} origin {}",
                                                     has_origin ? "set-url" : "add",
                                                     shell_quoted(work.wish.url)))},
                .text = "if it is the same one under another name; else correct the manifest, or "
                        "move the folder away"}});
    return {};
}

void tell_in_the_way(Work& work, const InTheWay& found, const std::string& take) {
    const std::string& folder = work.wish.folder;
    if (!found.changed.empty()) {
        work.tell(model::Finding{
            .id = "git-changed-here",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "what came changes files that you changed too: they were left as they are",
            .evidence = some_of(found.changed),
            .fix = {.commands = {push_command(work.wish),
                                 git_command(folder, "stash"),
                                 git_command(folder, take),
                                 git_command(folder, "stash pop")},
                    .text =
                        "the first commits and pushes yours; the others take theirs below yours, "
                        "and the last says where you have to decide"}});
    }
    if (!found.untracked.empty()) {
        work.tell(model::Finding{
            .id = "git-untracked-in-the-way",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "files that git does not know stand where new ones belong: they were left as "
                     "they are",
            .evidence = some_of(found.untracked),
            .fix = {.text = "move them away, then run the same again"}});
    }
}

void tell_branch_gone(Work& work,
                      const std::string& name,
                      const std::string& default_branch,
                      BranchAtRemote at_remote) {
    model::Finding finding{
        .id = "git-branch-gone",
        .severity = model::Severity::warning,
        .subject = work.wish.subject,
        .title = fmt::format("the remote has no branch {}{}",
                             quoted(name),
                             at_remote == BranchAtRemote::was_there ? " any more" : ""),
        .fix = {.commands = {push_command(work.wish)},
                .text = "makes it there, with what was committed here"}};
    if (work.wish.branch.empty()) {
        finding.evidence.emplace_back("no branch is named in the manifest");
    }
    if (default_branch.starts_with(heads)) {
        finding.fix = {
            .commands = {git_command(
                work.wish.folder, "switch " + shell_quoted(default_branch.substr(heads.size())))},
            .text = fmt::format("or '{}', which makes it there, with what was committed here",
                                push_command(work.wish))};
    }
    work.tell(std::move(finding));
}

void tell_diverged(Work& work,
                   std::size_t ahead,
                   std::size_t behind,
                   const std::string& theirs,
                   bool is_rewritten) {
    work.tell(model::Finding{
        .id = "git-diverged",
        .severity = model::Severity::warning,
        .subject = work.wish.subject,
        .title =
            fmt::format("it has {} that the remote has not, and lacks {}; it was left as it is",
                        counted(ahead, "commit"),
                        counted(behind, "commit")),
        .fix = {.commands = {push_command(work.wish),
                             git_command(work.wish.folder,
                                         fmt::format("rebase --autostash {}{}",
                                                     is_rewritten ? "--fork-point " : "",
                                                     shell_quoted(theirs)))},
                .text = "either brings yours upon theirs"}});
}

}  // namespace envkeep::git
