// SPDX-License-Identifier: MIT
#include "keep/own_names.hpp"

#include "envkeep/store/layout.hpp"
#include "envkeep/system/temporary_name.hpp"

namespace envkeep::keep {

bool is_own_name(std::string_view name) {
    return name == store::names::aside || name == store::names::state ||
           system::is_temporary_name(name);
}

}  // namespace envkeep::keep
