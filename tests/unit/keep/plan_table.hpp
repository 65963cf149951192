// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/plan.hpp"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

// One row of docs/conflicts.md as a test: a keep `~/.x`, what stands there, what is to be done.
namespace envkeep::keep::testing {

inline constexpr system::RootId home_root{0};
inline constexpr system::RootId store_root{1};

[[nodiscard]] std::string absolute(const system::Place& place);
[[nodiscard]] system::Place at_home(const std::string& path);
[[nodiscard]] system::Place at_store(const std::string& path);

// `~/.x`, kept in `home/.x`.
[[nodiscard]] WantedKeep keep_of(const std::string& path, Form form = Form::link);

[[nodiscard]] system::Status a_file(std::uint64_t size = 1);
[[nodiscard]] system::Status a_folder();
[[nodiscard]] system::Status a_link();

struct Row {
    std::string name;
    std::function<void(WantedKeep&, KeepSeen&)> given;
    std::vector<std::string> expected;
    std::function<void(PlanContext&)> with = {};
};

std::ostream& operator<<(std::ostream& out, const Row& row);

[[nodiscard]] PlanContext plan_context();
void read_only(PlanContext& context);
[[nodiscard]] std::function<void(PlanContext&)> take(Take side);

[[nodiscard]] model::Plan plan_of(const std::vector<WantedKeep>& keeps,
                                  const std::vector<KeepSeen>& seen,
                                  const PlanContext& context = plan_context());
[[nodiscard]] std::vector<std::string> lines_for(const Row& row, Form form);

}  // namespace envkeep::keep::testing
