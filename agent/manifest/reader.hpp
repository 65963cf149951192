// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/read.hpp"
#include "manifest/source_text.hpp"
#include "manifest/yaml_tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::manifest {

// A line for people: printable, one column a character, without the passwords of URLs.
[[nodiscard]] std::string snippet_of(std::string_view line);

// One file while it is read: where its values stand, and what is wrong with them.
class Reader {
  public:
    // The source and the list must outlive the reader.
    Reader(const SourceText& source,
           std::string file,
           std::uint32_t file_index,
           std::vector<Problem>& problems)
        : source_(&source), file_(std::move(file)), file_index_(file_index), problems_(&problems) {}

    void report(std::uint32_t position, std::string message, std::string hint = {});

    void report(const Value& value, std::string message, std::string hint = {}) {
        report(value.position(), std::move(message), std::move(hint));
    }

    void report(const Value& value, const Error& error) {
        report(value.position(), error.message, error.hint);
    }

    void report(const Mark& mark, std::string message, std::string hint) {
        add({.line = mark.line, .column = mark.column}, std::move(message), std::move(hint));
    }

    // Grows with each problem: the same before and after means that nothing was wrong.
    [[nodiscard]] std::size_t count() const { return count_; }

    [[nodiscard]] Mark mark(const Value& value) const;

    [[nodiscard]] const SourceText& source() const { return *source_; }

    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    void add(const Spot& spot, std::string message, std::string hint);

    const SourceText* source_;
    std::string file_;
    std::uint32_t file_index_;
    std::vector<Problem>* problems_;
    std::size_t count_ = 0;
};

}  // namespace envkeep::manifest
