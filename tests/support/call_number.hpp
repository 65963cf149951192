// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace envkeep::testing {

// The number of the call at which a run is met, from 0 to each next one, or to each `step`th. Where
// ENVKEEP_CALL_STRIDE is N, only every Nth of all, or every second of those that `step` leaves if
// these are fewer, from a place of its own in each test: tests of the same code meet others. On
// each day they are others, so that none is left out for good; ENVKEEP_CALL_TURN repeats those of a
// day. Which they are is printed.
class CallNumber {
  public:
    explicit CallNumber(std::size_t step = 1);

    operator std::size_t() const { return number_; }

    CallNumber& operator++() {
        number_ += stride_;
        return *this;
    }

    // How many a run has that was met anywhere worth it, whatever the day.
    [[nodiscard]] std::size_t least() const { return is_thinned_ ? 3 : 6; }

  private:
    std::size_t stride_ = 1;
    std::size_t number_ = 0;
    bool is_thinned_ = false;
};

}  // namespace envkeep::testing
