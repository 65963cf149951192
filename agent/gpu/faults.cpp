// SPDX-License-Identifier: MIT
#include "envkeep/gpu/faults.hpp"

#include "embedded/faults.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace envkeep::gpu {
namespace {

struct StageWords {
    std::string_view name;  // in faults.txt
    std::string_view word;
};

constexpr std::array<StageWords, 12> stages{{{"card", "graphics card"},
                                             {"module", "kernel driver"},
                                             {"nodes", "device nodes"},
                                             {"container", "container"},
                                             {"libcuda", "driver library"},
                                             {"variables", "environment variables"},
                                             {"framework", "framework"},
                                             {"wheel", "build of the framework"},
                                             {"libraries", "libraries"},
                                             {"companions", "companions"},
                                             {"resources", "resources"},
                                             {"probe", "use of the card"}}};

// The file is part of this program: a line that is no fault is a comment or empty.
std::vector<Fault> faults_in(std::string_view text) {
    std::vector<Fault> faults;
    for (const std::string_view line : split(text, '\n')) {
        std::vector<std::string_view> cells = split(line, '|');
        if (line.starts_with('#') || cells.size() != 6) {
            continue;
        }
        std::ranges::transform(cells, cells.begin(), trimmed);
        const auto stage = std::ranges::find(stages, cells[1], &StageWords::name);
        faults.push_back({.id = cells[0],
                          .stage = static_cast<Stage>(stage - stages.begin()),
                          .who = cells[2],
                          .sees = cells[3],
                          .cause = cells[4],
                          .cure = cells[5]});
    }
    return faults;
}

}  // namespace

std::string_view word_of(Stage stage) {
    return stages.at(static_cast<std::size_t>(stage)).word;
}

std::span<const Fault> all_faults() {
    static const std::vector<Fault> faults = faults_in(embedded::faults::faults_txt);
    return faults;
}

const Fault* find_fault(std::string_view id) {
    static const std::vector<Fault> by_id = [] {
        std::vector<Fault> sorted(all_faults().begin(), all_faults().end());
        std::ranges::sort(sorted, {}, &Fault::id);
        return sorted;
    }();
    const auto found = std::ranges::lower_bound(by_id, id, {}, &Fault::id);
    return found == by_id.end() || found->id != id ? nullptr : &*found;
}

}  // namespace envkeep::gpu
