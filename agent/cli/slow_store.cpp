// SPDX-License-Identifier: MIT
#include "cli/slow_store.hpp"

#include "cli/progress.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace envkeep::cli {
namespace {

std::string waiting_text(const std::string& base,
                         std::chrono::milliseconds delay,
                         const system::Output& err) {
    return fmt::format(
        "{}envkeep: still waiting after {} s: the store {}answers slowly or not at "
        "all\n",
        err.is_terminal() ? Progress::clear_line : "",
        std::chrono::duration_cast<std::chrono::seconds>(delay).count(),
        base.empty() ? "" : fmt::format("at {} ", quoted(base)));
}

}  // namespace

SlowStore::SlowStore(system::Output& err, const std::string& base, std::chrono::milliseconds delay)
    : ticker_(delay, [&err, text = waiting_text(base, delay, err)] {
          err.write(text);
          return std::nullopt;
      }) {}

}  // namespace envkeep::cli
