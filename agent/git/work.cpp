// SPDX-License-Identifier: MIT
#include "git/work.hpp"

#include "envkeep/core/text.hpp"
#include "git/open_copy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::git {

void Work::tell(const Error& error) {
    if (error.kind == ErrorKind::no_space) {
        tell(model::Finding{.id = "git-no-space",
                            .severity = model::Severity::error,
                            .subject = wish.subject,
                            .title = "there is no room for it: " + error.message,
                            .fix = {.commands = {"df -h", "envkeep sync"},
                                    .text = error.hint.empty() ? "make room on what the first "
                                                                 "shows to be full; for the store "
                                                                 "see `envkeep gc --help`"
                                                               : error.hint}});
        return;
    }
    if (error.kind == ErrorKind::busy) {
        tell(model::Finding{.id = "git-busy",
                            .severity = model::Severity::warning,
                            .subject = wish.subject,
                            .title = "another program is at work in it: nothing was changed",
                            .evidence = {error.message},
                            .fix = {.text = "run the same again when it has ended"}});
        return;
    }
    if (error.kind == ErrorKind::invalid_manifest) {
        tell(model::Finding{
            .id = "git-config-unreadable",
            .severity = model::Severity::error,
            .subject = wish.subject,
            .title = "git's configuration cannot be read",
            .evidence = {error.message},
            .fix = {.text = error.hint.empty() ? "correct the line of the file that is named; 'git "
                                                 "config --list' says so too"
                                               : error.hint}});
        return;
    }
    model::Finding finding{.id = "git-copy-failed",
                           .severity = model::Severity::error,
                           .subject = wish.subject,
                           .title = error.message,
                           .fix = {.text = error.hint}};
    const auto there = local.files.follow(wish.folder + "/.git");
    if (error.kind == ErrorKind::permission_denied || error.kind == ErrorKind::read_only) {
        finding.fix.text += finding.fix.text.empty() ? "this user must be able to write there: "
                                                       "name another folder in the manifest, or "
                                                       "have whoever owns it let you in"
                                                     : "";
    } else if (there && there->kind != system::Kind::absent) {
        finding.fix.commands = {git_command(wish.folder, "fsck")};
    } else if (finding.fix.text.empty()) {
        finding.fix.text =
            "run again; where it comes back, `git clone` of the same URL may say more";
    }
    tell(std::move(finding));
}

bool is_ready(Work& work, const LibGit& library) {
    if (!library.is_started()) {
        work.tell(Error{.kind = ErrorKind::unsupported, .message = "libgit2 does not start"});
        return false;
    }
    if (library.left_out().empty()) {
        return true;
    }
    work.tell(Error{.kind = ErrorKind::invalid_manifest,
                    .message = quoted(library.left_out()) + " is no regular file",
                    .hint = "move it away: git itself would wait for it without end"});
    return false;
}

Result<void> check_may_go_on(const Work& work) {
    return work.callbacks.may_go_on() ? Result<void>{}
                                      : failure(ErrorKind::busy, "the work was ended");
}

std::vector<std::string> some_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::vector<std::string> told;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
        told.push_back(printable(names[i]));
    }
    if (names.size() > most) {
        told.push_back(fmt::format("and {} more", names.size() - most));
    }
    return told;
}

}  // namespace envkeep::git
