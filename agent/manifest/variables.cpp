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

// What follows "${": "NAME}" or "NAME:-otherwise}".
Result<Piece> braced_piece(std::string_view all, std::string_view inside) {
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
    return !text.empty() && begins_name(text.front()) &&
           std::all_of(text.begin(), text.end(), continues_name);
}

Result<std::vector<Piece>> split_variables(std::string_view text) {
    std::vector<Piece> pieces;
    const auto add_plain = [&](std::string_view plain) {
        if (pieces.empty() || pieces.back().is_variable) {
            pieces.push_back({});
        }
        pieces.back().text += plain;
    };
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t dollar = rest.find('$');
        if (dollar != 0) {
            add_plain(rest.substr(0, dollar));
            rest.remove_prefix(std::min(dollar, rest.size()));
            continue;
        }
        rest.remove_prefix(1);
        if (rest.starts_with('$')) {
            add_plain("$");
            rest.remove_prefix(1);
        } else if (rest.starts_with('{')) {
            const std::size_t end = rest.find('}');
            if (end == std::string_view::npos) {
                return wrong_dollar(text, "'${' is never closed");
            }
            ENVKEEP_TRY(Piece piece, braced_piece(text, rest.substr(1, end - 1)));
            pieces.push_back(std::move(piece));
            rest.remove_prefix(end + 1);
        } else {
            const auto end = std::find_if_not(rest.begin(), rest.end(), continues_name);
            const auto length = static_cast<std::size_t>(end - rest.begin());
            if (!is_variable_name(rest.substr(0, length))) {
                return wrong_dollar(text, "'$' without a name");
            }
            pieces.push_back({.text = std::string(rest.substr(0, length)),
                              .is_variable = true,
                              .otherwise = std::nullopt});
            rest.remove_prefix(length);
        }
    }
    return pieces;
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
