// SPDX-License-Identifier: MIT
#include "envkeep/store/layout.hpp"

namespace envkeep::store {

system::Place Store::place(std::string_view below) const {
    return {.root = root, .path = RelPath::parse(below).value()};
}

}  // namespace envkeep::store
