// SPDX-License-Identifier: MIT
#pragma once

#include "keep/make_plan_rules.hpp"

#include <functional>
#include <map>
#include <string>

namespace envkeep::keep {

// What the plan so far writes into sources. Two keeps may lead to one source, or to two of which
// one lies in the other; but what both would bring there was compared with the store as it is now,
// so only the first may.
class SourceWrites {
  public:
    explicit SourceWrites(const std::function<std::string(const system::Place&)>& absolute)
        : absolute_(absolute) {}

    // The subject of the keep that brings something there already; empty if none does. Whoever only
    // makes an empty source where another keep brings one needs not.
    [[nodiscard]] std::string other_in(const Case& one, Decision& decision) const;

    void note(const Case& one, const Decision& decision);

  private:
    struct Write {
        std::string subject;
        std::size_t group = 0;
        bool is_empty = false;  // an empty file or folder
    };

    [[nodiscard]] const Write* met_by(const std::string& path,
                                      bool is_empty,
                                      std::size_t group) const;
    [[nodiscard]] bool is_needless(const Case& one, const Task& task) const;

    const std::function<std::string(const system::Place&)>& absolute_;
    std::map<std::string, Write> writes_;  // by absolute path
};

}  // namespace envkeep::keep
