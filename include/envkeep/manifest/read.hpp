// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/manifest/manifest.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::manifest {

// One thing that is wrong in a file of the user's.
struct Problem {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;  // "unknown key 'kepe'"
    std::string hint;     // "did you mean 'keep'?"; may be empty
    std::string snippet;  // the line itself, printable

    friend bool operator==(const Problem&, const Problem&) = default;
};

// The sound part of a manifest, and all that is wrong with the rest.
struct Reading {
    Manifest manifest;
    std::vector<Problem> problems;
};

// What a repository itself says where its files belong, and all that is wrong with the rest.
struct Links {
    std::vector<std::pair<std::string, std::string>> links;  // repository path -> path in the home
    std::vector<Problem> problems;
};

// A map of repository path: home path, which a repository brings. Nobody vouches for it: what is
// not in the home is refused. `file` is its name in the problems.
[[nodiscard]] Links read_link_file(std::string_view text, const std::string& file);

// In bytes, and of all that it includes together: ten thousand entries have room, and what is read of
// nothing but brackets still fits into memory.
inline constexpr std::size_t largest_manifest = 1U << 20U;

// Gives the content of a file by absolute path (at most `largest_manifest`).
using ReadFile = std::function<Result<std::string>(const std::string&)>;

// Reads a manifest and what it includes. Fails only where the file itself cannot be read; whatever
// is wrong inside becomes a problem, and the entry it stands in is left out.
[[nodiscard]] Result<Reading> read(const std::string& file, const ReadFile& read_file);

// Puts what `evaluate` found wrong beside what `read` found, each with its line, by file, line and
// column. `files` are the manifest's.
void add_problems(std::vector<Problem>& problems,
                  std::vector<Problem> more,
                  const std::vector<std::string>& files,
                  const ReadFile& read_file);

// "manifest.yaml:12:3: error: unknown key ...", the line and a caret, the hint: for a terminal.
[[nodiscard]] std::string problem_text(const Problem& problem);

}  // namespace envkeep::manifest
