// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace envkeep::testing {

[[nodiscard]] inline std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Compares a text with a file of the source tree; with ENVKEEP_ACCEPT=1 writes the file instead.
inline void expect_file(const std::string& below_source, const std::string& text) {
    const std::string path = std::string(ENVKEEP_SOURCE_DIR) + "/" + below_source;
    const char* const accept = std::getenv("ENVKEEP_ACCEPT");
    if (accept != nullptr && std::string(accept) == "1") {
        std::ofstream(path, std::ios::binary) << text;
    }
    EXPECT_EQ(text, content_of(path)) << below_source << ": ENVKEEP_ACCEPT=1 writes it anew";
}

inline void expect_golden(const std::string& name, const std::string& text) {
    expect_file("tests/unit/cli/golden/" + name + ".txt", text);
}

}  // namespace envkeep::testing
