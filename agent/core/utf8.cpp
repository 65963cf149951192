// SPDX-License-Identifier: MIT
#include "core/utf8.hpp"

namespace envkeep {
namespace {

// Length and the bounds of the second byte, from the first (Unicode 15, table 3-7).
struct Lead {
    std::size_t length;
    unsigned char low;
    unsigned char high;
};

Lead lead_of(unsigned char first) {
    if (first < 0x80) {
        return {1, 0, 0};
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return {2, 0x80, 0xBF};
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return {3,
                static_cast<unsigned char>(first == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(first == 0xED ? 0x9F : 0xBF)};
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return {4,
                static_cast<unsigned char>(first == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(first == 0xF4 ? 0x8F : 0xBF)};
    }
    return {0, 0, 0};
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
    if (lead.length == 0 || text.size() < lead.length) {
        return 0;
    }
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const unsigned char low = i == 1 ? lead.low : 0x80;
        const unsigned char high = i == 1 ? lead.high : 0xBF;
        if (byte < low || byte > high) {
            return 0;
        }
    }
    return lead.length;
}

bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) {
        return first < 0x20 || first == 0x7F;
    }
    if (sequence.size() == 2) {
        return (first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0) ||
               sequence == "\u061C";
    }
    return sequence == "\u200E" || sequence == "\u200F" ||
           (sequence >= "\u2028" && sequence <= "\u202E") ||
           (sequence >= "\u2066" && sequence <= "\u2069");
}

}  // namespace envkeep
