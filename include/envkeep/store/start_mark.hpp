// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace envkeep::store {

// Where a start is: `starts/ID.json` in the store names its step, and goes when the start ends. A
// start that is killed leaves it to those after it, mostly of other containers. What cannot be
// written leaves no mark. Store, machine, files and writer must live on.
class StartMark {
  public:
    StartMark(const Store& store,
              std::string home,
              const system::Machine& machine,
              system::FileReader& files,
              system::FileWriter& writer);

    // Written only where the step is another than before.
    void set(const std::string& step);
    void remove();

  private:
    const Store& store_;
    std::string home_;
    const system::Machine& machine_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    system::Place file_;
    std::string step_;
};

struct KilledStart {
    std::string step;
    std::string host;
    std::string began;  // UTC text
};

// A start of another container counts as killed once its mark is that old by the store's clock.
inline constexpr std::chrono::minutes start_lost_after{2};

// The last two starts of this home that were killed, the newest first. Marks of older ones go.
[[nodiscard]] std::vector<KilledStart> last_killed_starts(const Store& store,
                                                          const std::string& home,
                                                          const system::Machine& machine,
                                                          system::FileReader& files,
                                                          system::FileWriter& writer);

// All of them: a start came to its end.
void forget_killed_starts(const Store& store,
                          const std::string& home,
                          const system::Machine& machine,
                          system::FileReader& files,
                          system::FileWriter& writer);

}  // namespace envkeep::store
