// SPDX-License-Identifier: MIT
#include "engine/unsaved.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

tl::unexpected<Error> not_saved(const keep::Unsaved& what, const std::string& undone) {
    return failure(
        ErrorKind::conflict,
        fmt::format(
            "what changed in {} could not be saved: {}; {}", what.subject, what.reason, undone),
        fmt::format("{}; once 'envkeep save' ends well, run the same command again",
                    what.cure.empty() ? "end what writes there or has it open" : what.cure));
}

}  // namespace envkeep::engine
