// SPDX-License-Identifier: MIT
#include "envkeep/engine/cure.hpp"

#include "engine/carry_out.hpp"
#include "engine/loader.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

using model::RepairKind;
using model::StepResult;

void refuse(Cure& cure, std::string why) {
    cure.result = StepResult::skipped;
    cure.note = std::move(why);
}

// The place of a path in the home or in our part of the store, where a kept folder leads.
std::optional<system::Place> place_of(const World& world,
                                      const Session& session,
                                      const std::string& absolute) {
    const std::size_t slash = absolute.rfind('/');
    const auto parent = world.files.real_path(absolute.substr(0, std::max<std::size_t>(slash, 1)));
    const auto home = world.files.real_path(session.home_path);
    const auto store = world.files.real_path(session.store.path);
    if (slash == std::string::npos || !parent || !home || !store) {
        return std::nullopt;
    }
    const std::string path = *parent + absolute.substr(slash);
    for (const auto& [root, folder] :
         {std::pair(session.store.root, *store), std::pair(session.home, *home)}) {
        if (path.starts_with(folder + '/')) {
            auto below = RelPath::parse(path.substr(folder.size() + 1));
            return below ? std::optional(system::Place{.root = root, .path = *std::move(below)})
                         : std::nullopt;
        }
    }
    return std::nullopt;
}

class Carrier {
  public:
    Carrier(const World& world, Session& session, CureReport& report, const Listener& listener)
        : world_(world), session_(session), report_(report), listener_(listener) {}

    Result<void> carry_out_all() {
        ENVKEEP_TRY(const ManifestText before, read_manifest_text(world_, session_));
        text_ = before.text;
        for (std::size_t i = 0; i < report_.cures.size(); ++i) {
            prepare(i);
        }
        return change_files(before);
    }

  private:
    void prepare(std::size_t index) {
        Cure& cure = report_.cures[index];
        if (cure.repair.kind == RepairKind::drop_variable) {
            drop_variable(cure);
        } else if (cure.repair.kind == RepairKind::run_ldconfig) {
            prepare_loader_cache(cure);
        } else if (auto refusal = add_step(index)) {
            refuse(cure, *std::move(refusal));
        }
    }

    // Why not, where it cannot be done.
    std::optional<std::string> add_step(std::size_t index) {
        const model::Repair& repair = report_.cures[index].repair;
        const auto place = place_of(world_, session_, repair.subject);
        if (!place) {
            return "it lies outside the home and the store: the command does it";
        }
        const Result<system::Status> seen = world_.files.status(*place);
        if (!seen || seen->kind == system::Kind::absent) {
            return "it is not there any more";
        }
        model::Step step{
            .group = index,
            .action =
                model::SetMode{
                    .place = *place, .seen = *seen, .new_mode = repair.mode, .widens = true},
            .subject = repair.subject,
            .why = "envkeep doctor"};
        if (repair.kind == RepairKind::move_aside) {
            const bool is_link = seen->kind == system::Kind::link;
            step.action = model::MoveAside{
                .place = *place,
                .seen = *seen,
                .old_target = is_link ? world_.files.read_link(*place).value_or("") : ""};
        }
        plan_.steps.push_back(std::move(step));
        return std::nullopt;
    }

    void drop_variable(Cure& cure) {
        Result<std::string> changed = manifest::remove_variable(text_, cure.repair.subject);
        if (changed) {
            text_ = *std::move(changed);
            cure.result = StepResult::done;
            cure.note = "out of the manifest; it counts from the next start on";
        } else {
            refuse(cure,
                   changed.error().kind == ErrorKind::not_found
                       ? "the manifest does not set it: the command does it"
                       : changed.error().message);
        }
    }

    void prepare_loader_cache(Cure& cure) {
        if (world_.processes == nullptr || world_.machine.effective_uid() != 0) {
            refuse(cure, "only root can");
        } else {
            loader_cache_ = &cure;
        }
    }

    Result<void> change_files(const ManifestText& before) {
        const bool is_edited = text_ != before.text;
        if (plan_.steps.empty() && !is_edited && loader_cache_ == nullptr) {
            return {};
        }
        CarryOutOptions options{.command = "doctor --fix"};
        if (is_edited || loader_cache_ != nullptr) {
            options.before = [&](store::Journal& journal) -> Result<void> {
                ENVKEEP_CHECK(write_manifest_text(world_, session_, before, text_, journal));
                write_loader_cache(journal);
                return {};
            };
        }
        ENVKEEP_TRY(CarriedOut carried, carry_out(world_, session_, plan_, options, listener_));
        ENVKEEP_CHECK(commit_state(world_, session_));
        report_.run = carried.outcome.run;
        report_.findings = std::move(carried.findings);
        for (const model::StepOutcome& outcome : carried.outcome.steps) {
            Cure& cure = report_.cures[plan_.steps[outcome.step].group];
            cure.result = outcome.result;
            cure.note = outcome.error ? outcome.error->message : outcome.note;
        }
        return {};
    }

    // One that fails does not stop the others.
    void write_loader_cache(store::Journal& journal) {
        if (loader_cache_ == nullptr) {
            return;
        }
        const Result<bool> is_new = renew_loader_cache(world_, session_, journal);
        loader_cache_->result = is_new ? StepResult::done : StepResult::failed;
        if (!is_new) {
            loader_cache_->note = is_new.error().message;
        } else if (!*is_new) {
            loader_cache_->note = "it was as it would be";
        }
    }

    const World& world_;
    Session& session_;
    CureReport& report_;
    const Listener& listener_;
    std::string text_;  // of the manifest
    model::Plan plan_;
    Cure* loader_cache_ = nullptr;  // what is to write it anew
};

}  // namespace

std::vector<Cure> cures_of(const std::vector<model::Finding>& findings) {
    std::vector<Cure> cures;
    for (const model::Finding& finding : findings) {
        for (const model::Repair& repair : finding.fix.repairs) {
            if (std::ranges::find(cures, repair, &Cure::repair) == cures.end()) {
                cures.push_back({.finding = finding.id, .repair = repair, .note = {}});
            }
        }
    }
    return cures;
}

Result<CureReport> cure(const World& world,
                        const Options& options,
                        std::vector<Cure> cures,
                        const Listener& listener) {
    if (world.writer == nullptr) {
        return failure(ErrorKind::usage,
                       "with --root that machine is only looked at",
                       "run 'envkeep doctor --fix' on the machine itself");
    }
    CureReport report{.ending = Ending::well, .cures = std::move(cures), .run = {}, .findings = {}};
    if (report.cures.empty()) {
        return report;
    }
    ENVKEEP_TRY(Session session, open_session(world, options));
    ENVKEEP_CHECK(Carrier(world, session, report, listener).carry_out_all());
    const bool is_any_failed = std::ranges::any_of(
        report.cures, [](const Cure& one) { return one.result == StepResult::failed; });
    report.ending = is_any_failed ? Ending::partly : Ending::well;
    return report;
}

}  // namespace envkeep::engine
