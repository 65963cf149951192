// SPDX-License-Identifier: MIT
// A tool of the build: writes of compat.json what the program carries.
//   compact_compat_data IN OUT
#include "gpu/compat_text.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

bool write(const char* path, std::string_view text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    return !out.fail();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: compact_compat_data IN OUT\n";
        return 2;
    }
    std::ifstream in(arguments[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto json = envkeep::Json::parse(text);
    if (!json) {
        std::cerr << arguments[1] << ": " << json.error().message << '\n';
        return 1;
    }
    return write(arguments[2], envkeep::gpu::compat_text(*json)) ? 0 : 1;
}
