// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/model/finding.hpp"

#include <string>
#include <vector>

namespace envkeep::cli {

// What a command gives back; written out in one place (see cli/run.cpp).
struct Reply {
    engine::Ending ending = engine::Ending::well;
    std::string text;                      // for people
    std::string errors;                    // for people, always to standard error
    std::string data;                      // for programs, written to standard output as it is
    std::vector<model::Finding> findings;  // all of them, for --json
    Json members = Json::object();         // what else --json shows
    std::string document;                  // a whole JSON document, made elsewhere; usually empty
};

}  // namespace envkeep::cli
