// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/packages/lock.hpp"
#include "packages/lock_words.hpp"
#include "packages/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace envkeep::packages {
namespace {

using Words = std::vector<std::string_view>;

bool parse_number(std::string_view text, std::uint64_t& value) {
    const auto [stop, code] = std::from_chars(text.begin(), text.end(), value);
    return code == std::errc{} && stop == text.end();
}

class LockParser {
  public:
    Result<LockReading> parse(std::string_view text) && {
        while (!text.empty()) {
            ++line_;
            const std::size_t end = text.find('\n');
            if (end == std::string_view::npos) {
                return damaged("is cut short");
            }
            ENVKEEP_CHECK(take_line(text.substr(0, end)));
            text.remove_prefix(end + 1);
        }
        if (line_ == 0) {
            ++line_;
            return damaged("is empty");
        }
        std::ranges::sort(reading_.inventory.base.runtimes);
        std::ranges::sort(reading_.inventory.packages);
        std::ranges::sort(reading_.inventory.notes);
        return std::move(reading_);
    }

  private:
    enum class Section { head, packages, notes, unknown };

    [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const {
        return failure(ErrorKind::io, fmt::format("line {} of the lock {}", line_, what));
    }

    void pass_over(std::string_view what) {
        reading_.passed_over.push_back(fmt::format("line {}: {}", line_, printable(what)));
    }

    Result<void> take_line(std::string_view line) {
        if (line_ == 1) {
            return take_first(line);
        }
        if (line.empty()) {
            return {};
        }
        if (line.front() == '[') {
            return take_section(line);
        }
        const Words words = split(line, ' ');
        switch (section_) {
            case Section::head:
                return take_head(words);
            case Section::packages:
                return take_package(words);
            case Section::notes:
                return take_note(words);
            case Section::unknown:
                return {};
        }
        return {};
    }

    Result<void> take_first(std::string_view line) {
        const Words words = split(line, ' ');
        if (words.size() != 2 || words[0] != lock_head) {
            return damaged("is not 'envkeep-lock 1'");
        }
        if (words[1] != lock_version) {
            return failure(ErrorKind::unsupported,
                           "the lock is of version " + quoted(words[1]) + ", not 1",
                           "a newer envkeep reads it");
        }
        return {};
    }

    Result<void> take_section(std::string_view line) {
        if (!line.ends_with(']')) {
            return damaged("begins a section without end");
        }
        const Words words = split(line.substr(1, line.size() - 2), ' ');
        place_.clear();
        const auto domain = domain_of(words[0]);
        if (words[0] == "notes" && words.size() == 1) {
            section_ = Section::notes;
        } else if (!domain || words.size() > 2) {
            section_ = Section::unknown;
            pass_over(line);
        } else {
            section_ = Section::packages;
            domain_ = *domain;
            if (words.size() == 2) {
                return take_word(words[1], place_);
            }
        }
        return {};
    }

    Result<void> take_word(std::string_view word, std::string& into) const {
        auto text = text_of_lock_word(word);
        if (!text) {
            return damaged("has a word that cannot be read");
        }
        into = *std::move(text);
        return {};
    }

    // The words from the second on, one into each.
    Result<void> take_words(const Words& words, const std::vector<std::string*>& into) const {
        if (words.size() != into.size() + 1) {
            return damaged("has a wrong number of words");
        }
        for (std::size_t i = 0; i < into.size(); ++i) {
            ENVKEEP_CHECK(take_word(words[i + 1], *into[i]));
        }
        return {};
    }

    Result<void> take_head(const Words& words) {
        Base& base = reading_.inventory.base;
        if (words[0] == "image") {
            return take_words(
                words, {&base.os, &base.os_version, &base.machine, &base.libc, &base.fingerprint});
        }
        if (words[0] == "runtime") {
            Runtime& one = base.runtimes.emplace_back();
            return take_words(words, {&one.language, &one.path, &one.version, &one.abi});
        }
        pass_over(words[0]);
        return {};
    }

    Result<void> take_note(const Words& words) {
        Note note;
        std::string domain;
        ENVKEEP_CHECK(take_words(words, {&domain, &note.place, &note.name, &note.detail}));
        const auto kind = value_of_word<NoteKind>(note_words, words[0]);
        const auto of = domain_of(domain);
        if (!kind || !of) {
            pass_over(words[0]);
            return {};
        }
        note.kind = *kind;
        note.domain = *of;
        reading_.inventory.notes.push_back(std::move(note));
        return {};
    }

    Result<void> take_package(const Words& words) {
        if (words.size() < 2) {
            return damaged("has no version");
        }
        Package package{.domain = domain_, .place = place_};
        ENVKEEP_CHECK(take_word(words[0], package.name));
        ENVKEEP_CHECK(take_word(words[1], package.version));
        for (std::size_t i = 2; i < words.size(); ++i) {
            if (!take_flag(words[i], package)) {
                ENVKEEP_CHECK(take_field(words[i], package));
            }
        }
        reading_.inventory.packages.push_back(std::move(package));
        return {};
    }

    static bool take_flag(std::string_view word, Package& package) {
        if (word == "req" || word == "auto") {
            package.asked = word == "req" ? Asked::asked_for : Asked::brought_along;
        } else if (word == "image" || word == "session") {
            package.origin = word == "image" ? Origin::image : Origin::session;
        } else if (word == "editable") {
            package.is_editable = true;
        } else if (word == "hold") {
            package.is_held = true;
        } else {
            return false;
        }
        return true;
    }

    Result<void> take_field(std::string_view word, Package& package) {
        const std::size_t colon = word.find(':');
        const std::string_view key = word.substr(0, colon);
        if (colon == std::string_view::npos || key.empty()) {
            return damaged("has a word that cannot be read");
        }
        const std::string_view value = word.substr(colon + 1);
        if (key == "bytes") {
            return parse_number(value, package.size) ? Result<void>{}
                                                     : damaged("has a size that is no number");
        }
        const std::array<std::pair<std::string_view, std::string*>, 5> fields{
            {{"by", &package.installer},
             {"build", &package.build},
             {"url", &package.url},
             {"commit", &package.commit},
             {"rec", &package.record}}};
        for (const auto& [name, text] : fields) {
            if (name == key) {
                return take_word(value, *text);
            }
        }
        pass_over(word);
        return {};
    }

    std::size_t line_ = 0;
    Section section_ = Section::head;
    Domain domain_ = Domain::python;
    std::string place_;
    LockReading reading_;
};

}  // namespace

Result<LockReading> parse_lock(std::string_view text) {
    return LockParser().parse(text);
}

}  // namespace envkeep::packages
