// SPDX-License-Identifier: MIT
#pragma once

#include "keep/apply_work.hpp"

#include <functional>
#include <string>

namespace envkeep::keep {

// What stands at a place, and what shall stand there instead.
struct Replacement {
    system::Place place;
    system::Status seen;
    std::string old_target;  // if a link stands there
    bool keeps_old = true;   // else it is a link of ours: the journal remembers it well enough
    store::Change made;      // how the journal names the new thing at the place
    // Makes the new thing at a place where nothing stands, and takes away what it made there.
    std::function<Result<void>(const system::Place&)> make;
    std::function<Result<void>(const system::Place&)> discard;
};

// The new thing is made aside and both are exchanged in one step; where the kernel or the file
// system cannot do that, the old thing is moved first (see move_apart). Gives the place where the
// old thing is now. After an error the old thing stands where it stood, or the error says where it
// is.
[[nodiscard]] Result<system::Place> replace(Work& work, const Replacement& replacement);

// A link in place of whatever stands there.
[[nodiscard]] Replacement by_link(Work& work,
                                  const system::Place& place,
                                  const system::Status& seen,
                                  const std::string& target);

}  // namespace envkeep::keep
