// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/apply.hpp"
#include "keep/apply_records.hpp"
#include "keep/apply_store_side.hpp"
#include "keep/apply_work.hpp"

#include <string>
#include <vector>

namespace envkeep::keep {

// Carries out the actions of a plan one by one, and gathers what they leave: things aside, records
// of files, findings.
class Actions {
  public:
    Actions(const model::Plan& plan,
            const ApplyContext& context,
            system::FileReader& files,
            system::FileWriter& writer);

    [[nodiscard]] Result<void> carry_out(const model::Action& action);

    // For the light actions, links and modes, whose journal lines are written for many at once: the
    // change, and the action without its lines.
    [[nodiscard]] bool is_light(const model::Action& action);
    [[nodiscard]] store::Change change_of(const model::Action& action) const;
    [[nodiscard]] Result<void> carry_out_light(const model::Action& action);

    [[nodiscard]] Work& work() { return work_; }

    [[nodiscard]] std::vector<model::Finding>& findings() { return findings_; }

    [[nodiscard]] std::vector<store::Aside>& asides() { return asides_; }

    [[nodiscard]] Records& records() { return records_; }

  private:
    Result<void> carry_out(const model::MakeFolder& action);
    Result<void> carry_out(const model::MakeFile& action);
    Result<void> carry_out(const model::MakeLink& action);
    Result<void> carry_out(const model::ReplaceLink& action);
    Result<void> carry_out(const model::ReplaceLinkByFolder& action);
    Result<void> carry_out(const model::Seed& action);
    Result<void> carry_out(const model::ReplaceByLink& action);
    Result<void> carry_out(const model::MoveAside& action);
    Result<void> carry_out(const model::CopyIn& action);
    Result<void> carry_out(const model::CopyBack& action);
    Result<void> carry_out(const model::SetMode& action);

    Result<void> make_link(const model::MakeLink& action);
    Result<void> set_mode(const model::SetMode& action);
    Result<void> copy_new(const system::Place& from,
                          const system::Place& to,
                          const system::CopyOptions& options);
    Result<void> replace_copy(const model::CopyIn& action, const system::CopyOptions& options);
    Result<void> replace_in_store(const model::CopyBack& action);
    Result<void> keep_version(const model::CopyBack& action, const system::Place& kept);

    [[nodiscard]] store::Change changed(store::Change::Kind kind, const system::Place& place) const;
    void went_aside(const system::Place& aside, const system::Place& original, bool is_in_store);
    void tell_left_out(const system::CopyReport& report, const system::Place& from);

    Work work_;
    system::RootId home_;
    StoreSide store_side_;
    Records records_;
    std::vector<store::Aside> asides_;
    std::vector<model::Finding> findings_;
};

}  // namespace envkeep::keep
