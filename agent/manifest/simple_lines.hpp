// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/simple_entry.hpp"
#include "manifest/source_text.hpp"
#include "manifest/tree_builder.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Most of a long manifest is simple entries under one another (see simple_entry.hpp). Such a run
// need not go through the YAML parser, which takes microseconds a word: the parser sees the first
// entry only. If it makes of that just what we make of it, an entry of a block list, then YAML's
// grammar leaves no other reading for the ones below it at the same indentation. If not (they stand
// in a text block, say), the whole text is parsed as it is.
namespace envkeep::manifest {

class SimpleLines {
  public:
    explicit SimpleLines(const SourceText& source);

    // Whether there are lines that the parser can be spared.
    [[nodiscard]] bool is_worth_it() const { return !runs_.empty(); }

    // The text with the first entry of each run only.
    [[nodiscard]] const std::string& shortened() const { return shortened_; }

    // The byte of the source that a line and column (from 0) of the short text stand for.
    [[nodiscard]] std::uint32_t position(std::uint32_t line, std::uint32_t column) const;

    // To be called when the nodes from `begin` on are one whole entry of the innermost list: adds
    // what the run below it holds. False if it is not what it seemed.
    [[nodiscard]] bool add_rest(TreeBuilder& builder, std::uint32_t begin);

    // Whether each run was met.
    [[nodiscard]] bool is_done() const { return next_run_ == runs_.size(); }

  private:
    void keep_lines(std::uint32_t begin, std::uint32_t end);

    struct Run {
        std::uint32_t first_line = 0;  // of the source
        std::uint32_t end_line = 0;
        std::uint32_t position = 0;  // where the value of the first entry begins
    };

    const SourceText* source_;
    std::vector<Run> runs_;
    std::size_t next_run_ = 0;
    std::string shortened_;
    std::vector<std::uint32_t> lines_;  // of the short text -> of the source
    SimpleEntry entry_;
};

}  // namespace envkeep::manifest
