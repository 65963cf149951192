// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace envkeep::testing {

// The number of the call at which a run is met, from 0 to each next one. Where ENVKEEP_CALL_STRIDE
// is N, only every Nth, from a place of its own in each test: tests of the same code meet others.
class CallNumber {
  public:
    CallNumber();

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
