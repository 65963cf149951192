// SPDX-License-Identifier: MIT
#include "support/call_number.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>

namespace envkeep::testing {
namespace {

// FNV-1a: the same on each machine, other than std::hash.
std::size_t hash_of(std::string_view text) {
    std::size_t hash = 0xcbf29ce484222325;
    for (const char byte : text) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    }
    return hash;
}

// The days since 1970.
std::size_t turn_of_the_day() {
    const char* const repeated = std::getenv("ENVKEEP_CALL_TURN");
    constexpr std::time_t day = 24 * 60 * 60;
    return repeated != nullptr ? std::stoul(repeated)
                               : static_cast<std::size_t>(std::time(nullptr) / day);
}

}  // namespace

CallNumber::CallNumber(std::size_t step) : stride_(step) {
    const char* stride = std::getenv("ENVKEEP_CALL_STRIDE");
    if (stride == nullptr) {
        return;
    }
    const std::size_t wanted = std::stoul(stride);
    if (wanted == 0) {
        throw std::invalid_argument("ENVKEEP_CALL_STRIDE is 0");
    }
    is_thinned_ = true;
    stride_ = step == 1 ? wanted : std::max(wanted, 2 * step);
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    const std::size_t turn = turn_of_the_day();
    number_ = (hash_of(std::string(test.test_suite_name()) + test.name()) + turn) % stride_;
    std::printf(
        "met at call %zu, then at one in %zu: ENVKEEP_CALL_TURN=%zu\n", number_, stride_, turn);
}

}  // namespace envkeep::testing
