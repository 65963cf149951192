// SPDX-License-Identifier: MIT
#pragma once

#include "engine/notice_file.hpp"
#include "envkeep/engine/session.hpp"

#include <string>
#include <vector>

// What the first cell of a session shows: a start-up file of IPython in the home, which is the same
// for every home, and beside the notice for the first terminal the line that it prints.
namespace envkeep::engine {

// Writes the start-up file where the notebooks of this session look for it, or takes it away where
// it is not wanted, also through a link of a kept `.ipython`. A file that is not ours stays as it
// is: conflict if one stands there.
[[nodiscard]] Result<void> keep_notebook_notice(const World& world,
                                                const Session& session,
                                                bool is_wanted);

// Takes the start-up file away, from `.ipython` of the home and from IPYTHONDIR; the paths that it
// had.
[[nodiscard]] Result<std::vector<std::string>> remove_notebook_notice(const World& world,
                                                                      const Session& session);

// What the first cell shows, with whole commands; an empty line takes an earlier one away.
[[nodiscard]] Result<void> write_gpu_notice(const World& world,
                                            system::RootId home,
                                            const std::string& line);

}  // namespace envkeep::engine
