// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/keep/undo.hpp"
#include "keep/clean_up_leftovers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {
namespace {

using store::Change;
using store::RunRecord;

bool may_leave_the_old_thing(Change::Kind kind) {
    return kind == Change::Kind::replaced_link || kind == Change::Kind::removed_link ||
           kind == Change::Kind::replaced_file || kind == Change::Kind::made_link ||
           kind == Change::Kind::moved;
}

// Paths where a run that has not ended, dead or alive, may have been at what stood there.
std::set<std::string> contested_paths(const std::vector<RunRecord>& runs) {
    std::set<std::string> paths;
    for (const RunRecord& run : runs) {
        if (run.is_finished) {
            continue;
        }
        for (const RunRecord::Item& item : run.items) {
            if (!item.is_done && may_leave_the_old_thing(item.change.kind)) {
                paths.insert(item.change.path);
                paths.insert(item.change.other);
            }
        }
    }
    return paths;
}

model::Finding finding_of(const RunRecord& run, const Leftovers& leftovers) {
    model::Finding finding{
        .id = "run-was-killed",
        .severity = model::Severity::warning,
        .subject = fmt::format("run {}", printable(run.run.id)),
        .title = fmt::format("'{}' of {} ended in the middle",
                             printable(run.run.command),
                             printable(run.run.started)),
        .fix = {
            .commands = {"envkeep restore"},
            .text = fmt::format("'envkeep restore' finishes what it had begun; 'envkeep undo {}' "
                                "takes back what it had done",
                                printable(run.run.id))}};
    finding.evidence = leftovers.removed();
    finding.evidence.insert(
        finding.evidence.end(), leftovers.told().begin(), leftovers.told().end());
    return finding;
}

}  // namespace

Result<std::vector<model::Finding>> clean_up_after_kills(
    const std::vector<RunRecord>& runs,
    const Reach& reach,
    const system::Machine& machine,
    system::FileReader& files,
    system::FileWriter& writer,
    const std::function<bool(const store::Run&)>& is_dead_elsewhere) {
    std::vector<model::Finding> findings;
    const std::set<std::string> contested = contested_paths(runs);
    bool was_told = false;  // a later run of this container came to its end: it said so then
    for (const RunRecord& run : runs) {
        if (run.is_finished) {
            was_told = was_told || run.is_of_this_container;
            continue;
        }
        const bool is_dead = run.is_of_this_container
                                 ? !machine.is_alive(run.run.process)
                                 : is_dead_elsewhere && is_dead_elsewhere(run.run);
        if (!is_dead || run.items.empty()) {
            continue;
        }
        Leftovers leftovers(run, contested, reach, {.files = files, .writer = writer});
        leftovers.clean_up();
        const bool is_news = !leftovers.told().empty() && !was_told;
        if (is_news || !leftovers.removed().empty()) {
            findings.push_back(finding_of(run, leftovers));
        }
    }
    return findings;
}

}  // namespace envkeep::keep
