// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::cli {

// What was given to one command beside the flags that every command takes.
class Arguments {
  public:
    std::vector<std::string> operands;

    void add(std::string_view flag, std::string value = {}) {
        given_.emplace_back(flag, std::move(value));
    }

    [[nodiscard]] bool has(std::string_view flag) const { return count(flag) > 0; }

    [[nodiscard]] std::size_t count(std::string_view flag) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(given_, [&](const auto& one) { return one.first == flag; }));
    }

    // The last value of that flag; empty if it was not given.
    [[nodiscard]] std::string value(std::string_view flag) const {
        const auto found = std::ranges::find_if(
            given_.rbegin(), given_.rend(), [&](const auto& one) { return one.first == flag; });
        return found == given_.rend() ? std::string{} : found->second;
    }

    [[nodiscard]] std::vector<std::string> values(std::string_view flag) const {
        std::vector<std::string> all;
        for (const auto& [name, value] : given_) {
            if (name == flag) {
                all.push_back(value);
            }
        }
        return all;
    }

  private:
    std::vector<std::pair<std::string, std::string>> given_;
};

}  // namespace envkeep::cli
