// SPDX-License-Identifier: MIT
#include "packages/words.hpp"

#include "envkeep/packages/inventory.hpp"

namespace envkeep::packages {

std::string_view word_of(Domain domain) {
    return domain_words.at(static_cast<std::size_t>(domain));
}

std::optional<Domain> domain_of(std::string_view word) {
    return value_of_word<Domain>(domain_words, word);
}

std::string_view word_of(NoteKind kind) {
    return note_words.at(static_cast<std::size_t>(kind));
}

std::string normalised(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (const char c : name) {
        if (c == '-' || c == '_' || c == '.') {
            if (!out.ends_with('-')) {
                out += '-';
            }
        } else {
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return out;
}

}  // namespace envkeep::packages
