// SPDX-License-Identifier: MIT
#pragma once

#include "engine/make_real.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/keep/wanted.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::engine {

// What a release does with each keep: first all become real in this home, then what the store has
// of them goes out of the way, but for what others need there.
class TakeOut {
  public:
    // `still` are the keeps that stay; all must live on.
    TakeOut(const World& world,
            const Session& session,
            const std::vector<keep::WantedKeep>& still,
            const UnderClaim& under,
            ReleaseReport& report)
        : world_(world), session_(session), still_(still), under_(under), report_(report) {}

    [[nodiscard]] Result<void> release_one(const keep::WantedKeep& keep);
    // What a run before had begun with: what stands there by now stays.
    [[nodiscard]] Result<void> end_one(const keep::WantedKeep& keep);

    // Those that are real now, a source before those that lie in it.
    [[nodiscard]] std::vector<keep::WantedKeep> real() const;
    [[nodiscard]] Result<void> put_away(const keep::WantedKeep& keep);
    void say_what_stays(const std::string& command);

  private:
    Result<void> take_out(const keep::WantedKeep& keep);
    bool is_anybody_else_here();
    void note_kept_at(const keep::WantedKeep& keep, std::string kept_at);

    const World& world_;
    const Session& session_;
    const std::vector<keep::WantedKeep>& still_;
    UnderClaim under_;
    ReleaseReport& report_;
    std::vector<keep::WantedKeep> real_;
    std::vector<std::pair<std::string, std::string>> moved_;  // from where to where
    std::vector<std::string> shared_;
    std::optional<std::vector<std::string>> others_;  // sessions elsewhere, once asked for
    std::vector<std::string> in_use_;
};

// Why one could not be released, and how to go on.
[[nodiscard]] model::Finding not_released(const keep::WantedKeep& keep, const Error& why);
// That it ends with the container, and where the kept copies are.
void say_temporary(ReleaseReport& report);

}  // namespace envkeep::engine
