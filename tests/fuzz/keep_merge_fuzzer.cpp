// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "fuzz/given.hpp"
#include "keep/merge_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

// Any bytes, in parts between NULs, as the histories of a store and a home, and as the home's of
// before. Whatever they are: each line of the store is there as often afterwards, each line that is
// new in the home is there, and no line is anybody else's.
namespace envkeep::keep {
namespace {

using given::require;

std::map<std::string_view, std::size_t> lines_in(std::string_view text) {
    std::map<std::string_view, std::size_t> lines;
    for (const std::string_view line : split(text, '\n')) {
        ++lines[line];
    }
    return lines;
}

void check_lines(const Histories& histories, std::string_view all) {
    const auto there = lines_in(all);
    const auto stored = lines_in(histories.store);
    const auto home = lines_in(histories.home);
    const auto before = lines_in(histories.before.value_or(""));
    for (const auto& [line, count] : stored) {
        require(line.empty() || (there.contains(line) && there.at(line) >= count));
    }
    for (const auto& [line, count] : home) {
        require(line.empty() || before.contains(line) || there.contains(line));
    }
    for (const auto& [line, count] : there) {
        require(line.empty() || stored.contains(line) || home.contains(line));
    }
}

void check(const Histories& histories) {
    const std::string all = united(histories);
    check_lines(histories, all);
    // Once more brings nothing more.
    require(united({.before = histories.home,
                    .store = all,
                    .home = histories.home,
                    .is_newest_first = histories.is_newest_first}) == all);
    require(holds_all(all, all) && holds_all(histories.home, histories.home));
}

}  // namespace
}  // namespace envkeep::keep

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    keep::Histories histories{.is_newest_first = given::take_choice(text, 2) == 1};
    histories.store = given::take_part(text);
    histories.home = given::take_part(text);
    given::require(keep::is_history(histories.store) && keep::is_history(histories.home));
    keep::check(histories);
    histories.before = given::take_part(text);
    keep::check(histories);
    return 0;
}
