// SPDX-License-Identifier: MIT
#include "snapshot/layer_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::snapshot {
namespace {

using Word = std::pair<Domain, std::string_view>;

constexpr std::array<Word, 6> domains{Word{Domain::files, "files"},
                                      Word{Domain::apt, "apt"},
                                      Word{Domain::python, "python"},
                                      Word{Domain::conda, "conda"},
                                      Word{Domain::npm, "npm"},
                                      Word{Domain::jupyter, "jupyter"}};

}  // namespace

std::string_view word_of(Domain domain) {
    return std::ranges::find(domains, domain, &Word::first)->second;
}

std::optional<Domain> domain_of(std::string_view word) {
    const auto* const found = std::ranges::find(domains, word, &Word::second);
    return found == domains.end() ? std::nullopt : std::optional(found->first);
}

char letter_of(EntryKind kind, bool is_sparse) {
    switch (kind) {
        case EntryKind::folder:
            return 'd';
        case EntryKind::link:
            return 'l';
        case EntryKind::hard_link:
            return 'h';
        case EntryKind::file:
            break;
    }
    return is_sparse ? 's' : 'f';
}

std::optional<EntryKind> kind_of(std::string_view letter) {
    if (letter.size() != 1) {
        return std::nullopt;
    }
    switch (letter[0]) {
        case 'd':
            return EntryKind::folder;
        case 'f':
        case 's':
            return EntryKind::file;
        case 'l':
            return EntryKind::link;
        case 'h':
            return EntryKind::hard_link;
        default:
            return std::nullopt;
    }
}

}  // namespace envkeep::snapshot
