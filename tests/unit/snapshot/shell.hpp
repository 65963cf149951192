// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace envkeep::snapshot {

struct Shown {
    std::string text;  // of both outputs
    int status = -1;
};

// Runs a line of shell.
inline Shown shell(const std::string& line) {
    std::FILE* const pipe = ::popen(("{ " + line + "\n} 2>&1").c_str(), "r");
    Shown shown;
    char buffer[4096];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
        shown.text.append(buffer, count);
    }
    shown.status = ::pclose(pipe);
    return shown;
}

}  // namespace envkeep::snapshot
