// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/gpu/facts.hpp"

#include <optional>
#include <vector>

// The parts of `json_of(const gpu::Facts&)`. Values are taken apart whole, so that a new member
// does not compile until somebody has seen to it that it is shown.
namespace envkeep::cli {

[[nodiscard]] Json json_of(const gpu::PythonFacts& facts);
[[nodiscard]] Json json_of(const gpu::LibraryFacts& facts);
[[nodiscard]] Json json_of(const gpu::BuildTools& tools);

template <class One>
Json list_of(const std::vector<One>& all, Json (*json_of_one)(const One&)) {
    Json list = Json::array();
    for (const One& one : all) {
        list.add(json_of_one(one));
    }
    return list;
}

template <class One>
Json or_null(const std::optional<One>& one, Json (*json_of_one)(const One&)) {
    return one ? json_of_one(*one) : Json();
}

}  // namespace envkeep::cli
