// SPDX-License-Identifier: MIT
#include "keep/modes_findings.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {
namespace {

using model::Severity;

// Enough to see what it is about; a pattern may match a hundred thousand files.
std::vector<std::string> shortened(std::vector<std::string> evidence) {
    constexpr std::size_t most = 10;
    std::ranges::sort(evidence);
    if (evidence.size() > most) {
        const std::size_t more = evidence.size() - most;
        evidence.resize(most);
        evidence.push_back(fmt::format("and {} more", more));
    }
    return evidence;
}

}  // namespace

void ModesFindings::widened(const std::string& pattern, std::string evidence) {
    widened_[pattern].push_back(std::move(evidence));
}

void ModesFindings::opens_key(const std::string& pattern, std::string path) {
    keys_[pattern].push_back(std::move(path));
}

void ModesFindings::locks_folder(const std::string& pattern, std::string path) {
    folders_[pattern].push_back(std::move(path));
}

void ModesFindings::bad_pattern(const std::string& pattern, const Error& error) {
    findings_.push_back({.id = "mode-refused",
                         .severity = Severity::error,
                         .subject = pattern,
                         .title = error.message,
                         .is_cause = false,
                         .evidence = {},
                         .fix = {.who = model::Who::user, .commands = {}, .text = error.hint}});
}

void ModesFindings::not_looked_at(const Error& error) {
    problems_.push_back(error.message);
}

void ModesFindings::store_ignores_modes(std::vector<std::string> subjects,
                                        std::vector<std::string> in_store) {
    const bool all_are_local = in_store.empty();
    findings_.push_back(
        {.id = "store-modes-ignored",
         .severity = all_are_local ? Severity::info : Severity::warning,
         .subject = "store",
         .title = all_are_local
                      ? "the store does not keep modes: private files are copies in this home"
                      : "the store does not keep modes: others may be able to read private files",
         .is_cause = false,
         .evidence = shortened(all_are_local ? std::move(subjects) : std::move(in_store)),
         .fix = {.who = model::Who::user,
                 .commands = {},
                 .text = all_are_local ? "changes go back to the store by themselves, or with "
                                         "'envkeep save'; give keys on it a passphrase"
                                       : "write 'how: copy' for them in the manifest"}});
}

std::vector<model::Finding> ModesFindings::take() {
    const auto add = [&](ByPattern& found, std::string_view id, Severity severity, auto title) {
        for (auto& [pattern, evidence] : found) {
            findings_.push_back({.id = std::string(id),
                                 .severity = severity,
                                 .subject = pattern,
                                 .title = title(pattern),
                                 .is_cause = false,
                                 .evidence = shortened(std::move(evidence)),
                                 .fix = {}});
        }
    };
    const auto fix_last = [&](std::size_t from, std::string_view text) {
        for (std::size_t i = from; i < findings_.size(); ++i) {
            findings_[i].fix.text = text;
        }
    };
    add(widened_, "mode-widened", Severity::info, [](const std::string& pattern) {
        return "rule " + quoted(pattern) + " gives more rights than there were";
    });
    std::size_t begin = findings_.size();
    add(keys_, "mode-refused", Severity::error, [](const std::string& pattern) {
        return "rule " + quoted(pattern) + " would open a private key to others";
    });
    fix_last(begin, "take the keys out of the pattern: ssh refuses a key that others can read");
    begin = findings_.size();
    add(folders_, "mode-refused", Severity::error, [](const std::string& pattern) {
        return "rule " + quoted(pattern) + " would lock a folder";
    });
    fix_last(begin, R"(a folder needs 'x' for its owner: write "0700" or "0755")");
    if (!problems_.empty()) {
        findings_.push_back(
            {.id = "mode-failed",
             .severity = Severity::warning,
             .subject = "modes",
             .title = fmt::format("{} could not be looked at", counted(problems_.size(), "place")),
             .is_cause = false,
             .evidence = shortened(std::move(problems_)),
             .fix = {}});
    }
    return std::move(findings_);
}

}  // namespace envkeep::keep
