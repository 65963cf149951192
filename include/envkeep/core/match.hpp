// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <variant>

namespace envkeep {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

// Calls the one case that fits what `variant` holds; a forgotten case does not compile.
template <typename Variant, typename... Cases>
decltype(auto) match(Variant&& variant, Cases&&... cases) {
    return std::visit(Overloaded{std::forward<Cases>(cases)...}, std::forward<Variant>(variant));
}

}  // namespace envkeep
