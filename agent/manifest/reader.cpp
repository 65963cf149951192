// SPDX-License-Identifier: MIT
#include "manifest/reader.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

constexpr std::size_t most_problems = 500;
constexpr std::size_t longest_snippet = 160;  // characters

// One column a character, so that a caret below it finds its place.
std::string printable_line(std::string_view line) {
    std::string out;
    for (std::size_t columns = 0; !line.empty(); ++columns) {
        if (columns == longest_snippet) {
            return out + "...";
        }
        const std::size_t length = std::max<std::size_t>(character_length(line), 1);
        const std::string_view character = line.substr(0, length);
        if (character == "\t") {
            out += ' ';
        } else {
            out += printable(character) == character ? character : "\uFFFD";
        }
        line.remove_prefix(length);
    }
    return out;
}

}  // namespace

std::string snippet_of(std::string_view line) {
    // Reports are read by others than the manifest's owner. Of a line without end only what can be
    // shown is looked at: there may be hundreds of problems in it.
    return printable_line(masked(line.substr(0, 8 * longest_snippet)));
}

void Reader::report(std::uint32_t position, std::string message, std::string hint) {
    if (problems_->size() < most_problems) {
        add(source_->spot(position), std::move(message), std::move(hint));
    } else {
        ++count_;
    }
}

void Reader::add(const Spot& spot, std::string message, std::string hint) {
    ++count_;
    if (problems_->size() >= most_problems) {
        return;
    }
    Problem problem{.file = file_,
                    .line = spot.line,
                    .column = spot.column,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .snippet = snippet_of(source_->line(spot.line - 1))};
    if (problems_->size() + 1 == most_problems) {
        problem.message = fmt::format("more than {} problems", most_problems - 1);
        problem.hint = "mend those above first";
    }
    problems_->push_back(std::move(problem));
}

Mark Reader::mark(const Value& value) const {
    const Spot spot = source_->spot(value.position());
    return {.file = file_index_, .line = spot.line, .column = spot.column};
}

}  // namespace envkeep::manifest
