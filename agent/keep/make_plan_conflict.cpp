// SPDX-License-Identifier: MIT
#include "keep/make_plan_conflict.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::keep {
namespace {

model::Conflict conflict_of(const Case& one, std::string reason) {
    return {.subject = one.keep.subject,
            .place = one.place,
            .source = one.keep.target,
            .reason = std::move(reason)};
}

std::string move_command(const std::string& path) {
    return fmt::format(
        "mv -nT {} {} && envkeep restore", shell_quoted(path), shell_quoted(path + ".old"));
}

model::Finding waiting_finding(std::vector<std::string> keeps) {
    return {.id = "store-read-only",
            .severity = model::Severity::warning,
            .subject = "store",
            .title = "the store can only be read: " + counted(keeps.size(), "keep") +
                     " could not be taken into it",
            .evidence = std::move(keeps),
            .fix = {.commands = {"envkeep restore"},
                    .text = "make the store writable, then restore again"}};
}

model::Finding mount_point_finding(std::vector<std::string> places) {
    return {.id = "keep-mount-point",
            .severity = model::Severity::info,
            .subject = "mounts",
            .title = counted(places.size(), "mount") +
                     " in kept folders stay as they are: what is in them is not kept",
            .evidence = std::move(places),
            .fix = {.text = "nothing, if they come back with the next session; else keep the "
                            "folder that is mounted there by a path of its own"}};
}

// The user may mean it; so may somebody else who can write to the store.
model::Finding leading_out_finding(std::vector<std::string> keeps) {
    return {.id = "store-side-is-link",
            .severity = model::Severity::warning,
            .subject = "store",
            .title = counted(keeps.size(), "keep") + (keeps.size() == 1 ? " leads" : " lead") +
                     " out of the store, by a link in it",
            .evidence = std::move(keeps),
            .fix = {.text = "if you mean it, name that folder with 'to:' at the entry; else take "
                            "the link out of the store, then 'envkeep restore'"}};
}

}  // namespace

model::Conflict obstacle_conflict(const Case& one) {
    model::Conflict conflict = conflict_of(one, one.seen.problem);
    const std::string& in_the_way = one.seen.in_the_way;
    switch (one.seen.obstacle) {
        case Obstacle::mount_point:
            conflict.commands = {
                fmt::format("umount {} && envkeep restore", shell_quoted(in_the_way)),
                "envkeep release " + shell_quoted(one.place)};
            break;
        case Obstacle::loop:
        case Obstacle::foreign_parent_link:
        case Obstacle::parent_is_file:
        case Obstacle::special:
            conflict.commands = {move_command(in_the_way)};
            break;
        case Obstacle::same_file:
            conflict.commands = {fmt::format(
                "ls -ldi {} {}", shell_quoted(one.place), shell_quoted(one.keep.target))};
            break;
        case Obstacle::unreadable:
        case Obstacle::none:
            conflict.commands = {fmt::format(
                "ls -ld {} {}", shell_quoted(one.place), shell_quoted(one.keep.target))};
            break;
    }
    return conflict;
}

model::Conflict choice_conflict(const Case& one, std::string reason) {
    model::Conflict conflict = conflict_of(one, std::move(reason));
    const std::string place = shell_quoted(one.place);
    conflict.commands = {"envkeep restore --take home " + place,
                         "envkeep restore --take store " + place};
    return conflict;
}

model::Conflict source_conflict(const Case& one, const std::string& other) {
    return move_conflict(one,
                         fmt::format("its source {} is also that of {}, and both have something to "
                                     "put there",
                                     quoted(one.keep.target),
                                     other),
                         one.place);
}

model::Conflict move_conflict(const Case& one, std::string reason, const std::string& in_the_way) {
    model::Conflict conflict = conflict_of(one, std::move(reason));
    conflict.commands = {move_command(in_the_way)};
    return conflict;
}

model::Finding conflict_finding(const model::Conflict& conflict) {
    model::Finding finding{.id = "keep-conflict",
                           .severity = model::Severity::error,
                           .subject = conflict.subject,
                           .title = conflict.reason,
                           .evidence = {conflict.place},
                           .fix = {.commands = conflict.commands}};
    if (!conflict.source.empty()) {
        finding.evidence.push_back(conflict.source);
    }
    return finding;
}

void add_findings(KeepsToTell keeps, std::vector<model::Finding>& findings) {
    if (!keeps.waiting.empty()) {
        findings.push_back(waiting_finding(std::move(keeps.waiting)));
    }
    if (!keeps.mount_points.empty()) {
        findings.push_back(mount_point_finding(std::move(keeps.mount_points)));
    }
    if (!keeps.leading_out.empty()) {
        findings.push_back(leading_out_finding(std::move(keeps.leading_out)));
    }
}

}  // namespace envkeep::keep
