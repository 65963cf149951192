// SPDX-License-Identifier: MIT
#include "engine/start_steps.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

std::string start_step_of(const model::Step& step) {
    const bool is_quick = std::holds_alternative<model::MakeFolder>(step.action) ||
                          std::holds_alternative<model::MakeFile>(step.action) ||
                          std::holds_alternative<model::MakeLink>(step.action) ||
                          std::holds_alternative<model::ReplaceLink>(step.action) ||
                          std::holds_alternative<model::ReplaceLinkByFolder>(step.action) ||
                          std::holds_alternative<model::SetMode>(step.action);
    return is_quick ? "links and modes" : step.subject;
}

StartSteps::StartSteps(const World& world, const Session& session)
    : world_(world),
      session_(session),
      mark_(session.store, session.home_path, world.machine, world.files, *world.writer) {
    if (session.store.is_read_only) {
        return;
    }
    killed_ = store::last_killed_starts(
        session.store, session.home_path, world.machine, world.files, *world.writer);
    if (killed_.size() == 2 && killed_[0].step == killed_[1].step) {
        left_out_ = killed_[0].step;
    }
}

bool StartSteps::begin(std::string_view step) {
    if (!left_out_.empty() && step == left_out_) {
        return false;
    }
    mark_.set(std::string(step));
    return true;
}

void StartSteps::end() {
    mark_.remove();
    // What is left out stays so until a restore by hand has come to its end.
    if (!killed_.empty() && left_out_.empty()) {
        forget_killed_starts(world_, session_);
    }
}

void forget_killed_starts(const World& world, const Session& session) {
    if (!session.store.is_read_only) {
        store::forget_killed_starts(
            session.store, session.home_path, world.machine, world.files, *world.writer);
    }
}

std::optional<model::Finding> StartSteps::finding() const {
    if (left_out_.empty()) {
        return std::nullopt;
    }
    model::Finding finding{
        .id = "start-step-left-out",
        .severity = model::Severity::error,
        .subject = "start",
        .title = fmt::format("left out: {}; the last two starts were killed in it",
                             printable(left_out_)),
        .fix = {.commands = {"envkeep restore"},
                .text = "does it by hand; when that ends well the next start does it again"}};
    for (const store::KilledStart& start : killed_) {
        finding.evidence.push_back(
            fmt::format("began at {} on {}", printable(start.began), quoted(start.host)));
    }
    return finding;
}

}  // namespace envkeep::engine
