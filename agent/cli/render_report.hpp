// SPDX-License-Identifier: MIT
#pragma once

#include "cli/render_plan.hpp"
#include "cli/reply.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/engine/start.hpp"

namespace envkeep::cli {

// What a restore did: a line per change with why, conflicts, findings, and a summary with the time.
[[nodiscard]] std::string restore_text(const engine::RestoreReport& report,
                                       const AbsoluteOf& absolute,
                                       const View& view);

// Adds run, actions, conflicts, keeps, problems, backups and timings.
void add_restore(Json& members, const engine::RestoreReport& report, const AbsoluteOf& absolute);

// All findings of a report, each once.
[[nodiscard]] std::vector<model::Finding> findings_of(const engine::RestoreReport& report);

// The report of a start: few words, the document for `reports/`, and the notice.
[[nodiscard]] engine::RenderedReport start_report(const Result<engine::RestoreReport>& report,
                                                  const AbsoluteOf& absolute,
                                                  const View& view);

// "11 in order", "9 of 11 in order"; with the word: "11 keeps in order".
[[nodiscard]] std::string in_order_text(const model::Plan& plan);
[[nodiscard]] std::string keeps_text(const model::Plan& plan);
// "1 keep waits for the store"; empty if none does.
[[nodiscard]] std::string waiting_text(const model::Plan& plan);

// The findings that are not shown in another way: as a problem of the manifest or as one of these
// conflicts.
[[nodiscard]] std::vector<model::Finding> other_findings(
    const std::vector<model::Finding>& findings, const std::vector<model::Conflict>& conflicts);

// For --verbose: which home, store and manifest this is about; else empty.
[[nodiscard]] std::string session_text(const engine::Session& session, const View& view);

}  // namespace envkeep::cli
