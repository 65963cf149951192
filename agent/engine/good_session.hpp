// SPDX-License-Identifier: MIT
#pragma once

#include "engine/doctor_context.hpp"
#include "envkeep/core/json.hpp"

#include <optional>
#include <string>
#include <vector>

// What the GPU and its Python were when the quick checks of a start last found nothing broken:
// `gpu/last-good.json` in the store, or `gpu/last-good-PROFILE.json`. It only helps to tell what
// has changed; without it nothing is missing.
namespace envkeep::engine {

// What is not known is empty.
struct GoodSession {
    std::string driver;
    std::vector<std::string> cards;  // "Tesla T4"
    std::string image;               // as it calls itself
    std::string python;              // of the first notebook: "3.11"
    std::string torch;               // that it imports: "2.4.1+cu121", or "none"
    std::string cuda;                // that this torch was built for

    friend bool operator==(const GoodSession&, const GoodSession&) = default;
};

[[nodiscard]] GoodSession as_it_is(const World& world, const DoctorReport& report);

// "driver 525.105.17 -> 550.54, card Quadro M4000 -> A100"; empty if nothing that both know
// differs.
[[nodiscard]] std::string changes_of(const GoodSession& before, const GoodSession& now);

// Adds to a healthy report what has changed since the last session, and to the cause in a broken
// one when it was well.
void compare_with_good_session(const World& world,
                               const DoctorContext& context,
                               DoctorReport& report);

// Remembers it for this container, unless it is remembered already. conflict where a newer
// envkeep's stands, which stays.
[[nodiscard]] Result<void> remember_good_session(const World& world,
                                                 const Session& session,
                                                 const GoodSession& now);

[[nodiscard]] Json to_json(const GoodSession& session);
[[nodiscard]] GoodSession good_session_of(const Json& json);

}  // namespace envkeep::engine
