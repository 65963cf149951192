// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstddef>
#include <span>
#include <string_view>

// One command as plain data: parsing, --help, the manual page and the completions are all made from
// it.
namespace envkeep::cli {

class Arguments;
class Context;
struct Reply;

// What a value is, for completion.
enum class ValueKind { text, folder, file, home_path };

struct Flag {
    std::string_view name;                      // "--template"
    std::string_view value;                     // "NAME"; empty: the flag takes none
    std::string_view help;                      // "..."
    std::span<const std::string_view> choices;  // the values that there are; empty: any
    ValueKind kind = ValueKind::text;
    bool is_repeatable = false;
    std::string_view letter;  // "-n"
};

struct Operands {
    std::string_view name;  // "PATH"; empty: the command takes none
    std::size_t least = 0;
    std::size_t most = 0;
    ValueKind kind = ValueKind::text;
    std::span<const std::string_view> choices;
};

inline constexpr std::size_t any_number = static_cast<std::size_t>(-1);

struct Example {
    std::string_view line;
    std::string_view meaning;
};

struct ExitUse {
    int code = 0;
    std::string_view meaning;
};

// Where standard output carries data for programs, people's text goes to standard error.
enum class StandardOutput { text, data };

struct Command {
    std::string_view name;     // "restore", "hook print"
    std::string_view summary;  // one line, lower case, no full stop
    std::string_view details;  // paragraphs, wrapped at 80 columns
    Operands operands;
    std::span<const Flag> flags;
    std::span<const Example> examples;
    std::span<const ExitUse> exits;
    StandardOutput output = StandardOutput::text;
    bool works_with_root = false;  // --root DIR: looks only
    Result<Reply> (*run)(const Arguments& arguments, Context& context) = nullptr;

    // Of "hook print": "hook"; empty where the command stands alone.
    [[nodiscard]] constexpr std::string_view family() const {
        const std::size_t space = name.find(' ');
        return space == std::string_view::npos ? std::string_view{} : name.substr(0, space);
    }
};

}  // namespace envkeep::cli
