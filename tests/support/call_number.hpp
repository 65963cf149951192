// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace envkeep::testing {

// The number of the call at which a run is met, from 0 to each next one, or to each `step`th. Where
// ENVKEEP_CALL_STRIDE is N, only every Nth of all, or every second of those that `step` leaves if
// these are fewer, from a place of its own in each test: tests of the same code meet others. Which
// they are is printed.
class CallNumber {
  public:
    explicit CallNumber(std::size_t step = 1);

    operator std::size_t() const { return number_; }

    CallNumber& operator++() {
        number_ += stride_;
        return *this;
    }

  private:
    std::size_t stride_ = 1;
    std::size_t number_ = 0;
};

}  // namespace envkeep::testing
