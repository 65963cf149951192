// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/observe.hpp"
#include "keep/apply_records.hpp"
#include "keep/apply_store_side.hpp"
#include "keep/apply_work.hpp"

#include <cstdint>
#include <functional>
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
    Result<void> check_kind_still(const system::Place& place, const system::Status& seen);
    Result<void> copy_new(const system::Place& from,
                          const system::Place& to,
                          const system::CopyOptions& options);
    Result<void> replace_copy(const model::CopyIn& action, const system::CopyOptions& options);
    Result<void> copy_link_back(const model::CopyBack& action);
    Result<void> replace_in_store(const model::CopyBack& action);
    Result<void> put_journals_aside(const system::Place& database);

    // What this run copied from the home to the store.
    struct Brought {
        system::Place from;
        system::Place to;
        std::vector<RelPath> leaves_out;
        std::uint32_t file_bound = 07777;
        std::uint32_t folder_bound = 07777;
    };

    // What made room at `place`, and where the session sees its content now: `target` is `source`
    // itself behind a link, or the copy of it at the place.
    struct Gone {
        system::Place aside;
        system::Place place;
        system::Place source;
        system::Place target;
        bool is_in_store = false;  // as the plan says: all of it
        std::vector<RelPath> leaves_out;
    };

    // Something aside that the store holds, if nobody wrote meanwhile.
    struct Settling {
        system::Place aside;
        system::Place place;     // that made room
        system::Place original;  // where `aside` stood: the place, or below it
        system::Place target;
        const Brought& brought;
    };

    // Brings what was written meanwhile to where the session sees it, or tells where it is. True if
    // there was nothing of that kind and the store holds all that is aside.
    [[nodiscard]] bool settle_all(const Gone& gone);
    [[nodiscard]] bool settle(const Settling& what);
    Result<void> take_over_new(const Settling& what, const Difference& missing);
    Result<void> take_over_newer(const Settling& what, const Difference& differing);
    [[nodiscard]] Result<void> check_may_change(const Settling& what) const;
    [[nodiscard]] bool is_copied_now(const system::Place& original) const;
    void say_settled(const Settling& what, const RelPath& below, const Result<void>& taken);
    void say_changed(const Settling& what, std::string evidence);

    [[nodiscard]] store::Change changed(store::Change::Kind kind, const system::Place& place) const;
    void went_aside(const system::Place& aside,
                    const system::Place& original,
                    bool is_in_store,
                    std::vector<RelPath> leaves_out = {});
    void tell_lost_attributes(const system::CopyReport& report, const std::string& path);
    void tell_left_out(const system::CopyReport& report, const system::Place& from);

    Work work_;
    system::RootId home_;
    std::function<bool()> may_change_store_;
    StoreSide store_side_;
    Records records_;
    std::vector<Brought> brought_;
    std::vector<store::Aside> asides_;
    std::vector<model::Finding> findings_;
};

}  // namespace envkeep::keep
