// SPDX-License-Identifier: MIT
#include "envkeep/packages/lock.hpp"

#include "packages/lock_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::packages {
namespace {

// '[' begins a section where it begins a line.
bool stands_for_itself(char c) {
    return c > ' ' && c < '\x7f' && c != '\\' && c != '[';
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    return c >= 'a' && c <= 'f' ? std::optional(static_cast<unsigned>(c - 'a') + 10) : std::nullopt;
}

void add_field(std::string& line, std::string_view key, std::string_view value) {
    if (!value.empty()) {
        line += ' ';
        line += key;
        line += lock_word(value);
    }
}

std::string line_of(const Package& package) {
    std::string line = lock_word(package.name) + ' ' + lock_word(package.version);
    if (package.asked != Asked::unknown) {
        line += package.asked == Asked::asked_for ? " req" : " auto";
    }
    if (package.origin != Origin::unknown) {
        line += package.origin == Origin::image ? " image" : " session";
    }
    line += package.is_editable ? " editable" : "";
    line += package.is_held ? " hold" : "";
    add_field(line, "by:", package.installer);
    add_field(line, "build:", package.build);
    add_field(line, "url:", package.url);
    add_field(line, "commit:", package.commit);
    add_field(line, "rec:", package.record);
    add_field(line, "bytes:", package.size == 0 ? std::string{} : std::to_string(package.size));
    return line + '\n';
}

std::string section_of(const Package& package) {
    const std::string place =
        package.place.empty() ? std::string{} : ' ' + lock_word(package.place);
    return fmt::format("[{}{}]\n", word_of(package.domain), place);
}

std::string base_lines(const Base& base) {
    std::string text = fmt::format("{} {}\nimage {} {} {} {} {}\n",
                                   lock_head,
                                   lock_version,
                                   lock_word(base.os),
                                   lock_word(base.os_version),
                                   lock_word(base.machine),
                                   lock_word(base.libc),
                                   lock_word(base.fingerprint));
    std::vector<Runtime> runtimes = base.runtimes;
    std::ranges::sort(runtimes);
    for (const Runtime& runtime : runtimes) {
        text += fmt::format("runtime {} {} {} {}\n",
                            lock_word(runtime.language),
                            lock_word(runtime.path),
                            lock_word(runtime.version),
                            lock_word(runtime.abi));
    }
    return text;
}

std::string note_line(const Note& note) {
    return fmt::format("{} {} {} {} {}\n",
                       word_of(note.kind),
                       word_of(note.domain),
                       lock_word(note.place),
                       lock_word(note.name),
                       lock_word(note.detail));
}

}  // namespace

std::string lock_word(std::string_view text) {
    if (text.empty()) {
        return "-";
    }
    if (text == "-") {
        return "\\x2d";
    }
    if (std::ranges::all_of(text, stands_for_itself)) {
        return std::string(text);
    }
    std::string out;
    for (const char c : text) {
        if (stands_for_itself(c)) {
            out += c;
        } else {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::optional<std::string> text_of_lock_word(std::string_view word) {
    if (word.empty()) {
        return std::nullopt;
    }
    std::string out;
    if (word == "-") {
        return out;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (stands_for_itself(word[i])) {
            out += word[i];
            continue;
        }
        if (word[i] != '\\' || i + 3 >= word.size() || word[i + 1] != 'x') {
            return std::nullopt;
        }
        const auto high = hex_digit(word[i + 2]);
        const auto low = hex_digit(word[i + 3]);
        if (!high || !low) {
            return std::nullopt;
        }
        out += static_cast<char>((*high << 4U) | *low);
        i += 3;
    }
    return out;
}

std::string lock_text(const Inventory& inventory) {
    std::string text = base_lines(inventory.base);
    std::vector<Package> packages = inventory.packages;
    std::ranges::sort(packages);
    const Package* before = nullptr;
    for (const Package& package : packages) {
        if (before == nullptr || before->domain != package.domain ||
            before->place != package.place) {
            text += section_of(package);
        }
        text += line_of(package);
        before = &package;
    }
    std::vector<Note> notes = inventory.notes;
    std::ranges::sort(notes);
    text += notes.empty() ? "" : "[notes]\n";
    for (const Note& note : notes) {
        text += note_line(note);
    }
    return text;
}

}  // namespace envkeep::packages
