// SPDX-License-Identifier: MIT
#include "envkeep/core/result.hpp"

namespace envkeep {

Error Error::while_doing(std::string_view activity) && {
    message.insert(0, ": ").insert(0, activity);
    return std::move(*this);
}

}  // namespace envkeep
