// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/store/layout.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// Puts a start's report into the store, where the last 20 stay. What cannot be written is missing
// there only.
void file_report(const World& world,
                 const Options& options,
                 const store::Store& store,
                 const RenderedReport& report);

struct FiledReport {
    std::string at;       // UTC text
    std::string problem;  // why the start could not do its work; empty: it did
};

// The last one of this home in this container.
[[nodiscard]] std::optional<FiledReport> last_report(const World& world, const Session& session);

}  // namespace envkeep::engine
