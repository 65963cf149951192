// SPDX-License-Identifier: MIT
#include "git/standing.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::git {
namespace {

// In place of the link stands a copy of what it leads to, which is git's own state; of a dangling
// one nothing.
std::string without_link_command(const std::string& link) {
    const std::string there = shell_quoted(link);
    const std::string copy = shell_quoted(link + ".copy");
    return fmt::format(
        "{{ [ ! -e {0} ] || cp -RL {0} {1}; }} && rm {0} && {{ [ ! -e {1} ] || mv "
        "{1} {0}; }}",
        there,
        copy);
}

std::string safe_command(const std::string& folder) {
    return "git config --global --add safe.directory " + shell_quoted(folder);
}

}  // namespace

bool tell_of_standing(Work& work, const Opened& opened) {
    const std::string& folder = work.wish.folder;
    switch (opened.standing) {
        case Standing::absent:
        case Standing::empty_folder:
            return false;
        case Standing::in_the_way:
            work.tell(model::Finding{
                .id = "git-folder-in-use",
                .severity = model::Severity::error,
                .subject = work.wish.subject,
                .title = fmt::format("{} {}: it was left as it is", quoted(folder), opened.why),
                .fix = {.text = "move it away, or name another folder in the manifest"}});
            return true;
        case Standing::unreadable:
            work.tell(model::Finding{
                .id = "git-unreadable",
                .severity = model::Severity::error,
                .subject = work.wish.subject,
                .title = fmt::format(
                    "the repository in {} cannot be worked with: {}", quoted(folder), opened.why),
                .fix = {.commands = {opened.link.empty() ? git_command(folder, "fsck")
                                                         : without_link_command(opened.link)},
                        .text = "or move it away, and it is cloned anew"}});
            return true;
        case Standing::of_another:
            work.tell(model::Finding{
                .id = "git-owner",
                .severity = model::Severity::error,
                .subject = work.wish.subject,
                .title = fmt::format("{} {}: it was left as it is", quoted(folder), opened.why),
                .evidence = {"whoever owns a repository decides what runs for those who use it"},
                .fix = {.commands = {safe_command(folder)}, .text = "if you trust its owner"}});
            return true;
        case Standing::working_copy:
            break;
    }
    if (opened.is_dubious) {
        work.tell(model::Finding{
            .id = "git-dubious-owner",
            .severity = model::Severity::info,
            .subject = work.wish.subject,
            .title = "the store gives its files to another uid, and git refuses to work in it "
                     "(\"dubious ownership\"); envkeep works there",
            .fix = {.commands = {safe_command(folder)}}});
    }
    return false;
}

}  // namespace envkeep::git
