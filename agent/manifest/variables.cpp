// SPDX-License-Identifier: MIT
#include "manifest/variables.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_name(char c) {
    return begins_name(c) || (c >= '0' && c <= '9');
}

tl::unexpected<Error> wrong_dollar(std::string_view text, std::string_view why) {
    return failure(ErrorKind::invalid_manifest,
                   fmt::format("in {}: {}", quoted(text), why),
                   "write $NAME, ${NAME} or ${NAME:-otherwise}; '$$' is a plain dollar sign");
}

void add_plain(std::vector<Piece>& pieces, std::string_view plain) {
    if (plain.empty()) {
        return;
    }
    if (pieces.empty() || pieces.back().is_variable) {
        pieces.push_back({});
    }
    pieces.back().text += plain;
}

// Of "$NAME" or "${...}" at the beginning; 0 if it is neither.
std::size_t length_of_variable(std::string_view text) {
    if (text.starts_with("${")) {
        const std::size_t end = text.find('}');
        return end == std::string_view::npos ? 0 : end + 1;
    }
    std::size_t length = 1;
    while (length < text.size() && continues_name(text[length])) {
        ++length;
    }
    return is_variable_name(text.substr(1, length - 1)) ? length : 0;
}

// "$NAME", "${NAME}" or "${NAME:-otherwise}".
Result<Piece> variable_piece(std::string_view all, std::string_view written) {
    const bool has_braces = written.starts_with("${");
    const std::string_view inside =
        has_braces ? written.substr(2, written.size() - 3) : written.substr(1);
    const std::size_t colon = inside.find(":-");
    const std::string_view name = inside.substr(0, colon);
    if (!is_variable_name(name)) {
        return wrong_dollar(all, fmt::format("{} is no name of a variable", quoted(name)));
    }
    Piece piece{.text = std::string(name), .is_variable = true, .otherwise = std::nullopt};
    if (colon != std::string_view::npos) {
        piece.otherwise = inside.substr(colon + 2);
        if (piece.otherwise->find_first_of("${") != std::string::npos) {
            return wrong_dollar(all, "a variable inside another is not read");
        }
    }
    return piece;
}

}  // namespace

bool is_variable_name(std::string_view text) {
    return !text.empty() && begins_name(text.front()) && std::ranges::all_of(text, continues_name);
}

Result<std::vector<Piece>> split_variables(std::string_view text) {
    std::vector<Piece> pieces;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t dollar = std::min(rest.find('$'), rest.size());
        add_plain(pieces, rest.substr(0, dollar));
        rest.remove_prefix(dollar);
        if (rest.empty()) {
            break;
        }
        if (rest.starts_with("$$")) {
            add_plain(pieces, "$");
            rest.remove_prefix(2);
            continue;
        }
        const std::size_t length = length_of_variable(rest);
        if (length == 0) {
            return wrong_dollar(
                text, rest.starts_with("${") ? "'${' is never closed" : "'$' without a name");
        }
        ENVKEEP_TRY(Piece piece, variable_piece(text, rest.substr(0, length)));
        pieces.push_back(std::move(piece));
        rest.remove_prefix(length);
    }
    return pieces;
}

std::string without_variables(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c;
        if (c == '$') {
            escaped += c;
        }
    }
    return escaped;
}

Result<std::string> expand_variables(std::string_view text, const Lookup& lookup) {
    if (text.find('$') == std::string_view::npos) {
        return std::string(text);
    }
    ENVKEEP_TRY(const std::vector<Piece> pieces, split_variables(text));
    std::string expanded;
    for (const Piece& piece : pieces) {
        if (!piece.is_variable) {
            expanded += piece.text;
            continue;
        }
        const std::optional<std::string> value = lookup(piece.text);
        const bool is_set = value && !value->empty();
        if (!is_set && !piece.otherwise) {
            return failure(ErrorKind::invalid_manifest,
                           fmt::format("in {}: the variable {} is {}",
                                       quoted(text),
                                       quoted(piece.text),
                                       value ? "empty" : "not set"),
                           fmt::format("set it before the start line, or write ${{{}:-otherwise}}",
                                       piece.text));
        }
        expanded += is_set ? *value : *piece.otherwise;
    }
    return expanded;
}

}  // namespace envkeep::manifest
