// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/modes.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::keep {

// Gathers what is to be said about modes: one finding for each thing that is wrong, with the paths.
class ModesFindings {
  public:
    void widened(const std::string& pattern, std::string evidence);
    void opens_key(const std::string& pattern, std::string path);
    void locks_folder(const std::string& pattern, std::string path);
    void bad_pattern(const std::string& pattern, const Error& error);
    void not_looked_at(const Error& error);
    // The keeps with a preset, and those of them that are no local copies.
    void store_ignores_modes(std::vector<std::string> subjects, std::vector<std::string> in_store);

    [[nodiscard]] std::vector<model::Finding> take();

  private:
    using ByPattern = std::map<std::string, std::vector<std::string>>;

    ByPattern widened_;
    ByPattern keys_;
    ByPattern folders_;
    std::vector<std::string> problems_;
    std::vector<model::Finding> findings_;
};

}  // namespace envkeep::keep
