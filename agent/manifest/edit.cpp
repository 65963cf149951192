// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/read.hpp"
#include "manifest/keep_list.hpp"
#include "manifest/marks.hpp"
#include "manifest/parse_yaml.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/read_files.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace envkeep::manifest {
namespace {

constexpr std::string_view file_name = "manifest";
constexpr std::string_view by_hand =
    "make this change by hand: envkeep manifest check tells whether "
    "it is sound";

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The byte order mark that a text begins with, or nothing.
std::string_view mark_of(std::string_view text) {
    return text.starts_with(byte_order_mark) ? byte_order_mark : std::string_view();
}

// One piece of text put in the place of another.
struct Replacement {
    TextRange range;
    std::string text;
};

std::string with(std::string_view text, std::vector<Replacement> replacements) {
    std::ranges::stable_sort(replacements, [](const Replacement& one, const Replacement& other) {
        return one.range.begin > other.range.begin;
    });
    std::string changed(text);
    for (const Replacement& replacement : replacements) {
        changed.replace(replacement.range.begin,
                        replacement.range.end - replacement.range.begin,
                        replacement.text);
    }
    return changed;
}

Replacement insertion(std::uint32_t position, std::string text) {
    return {.range = {.begin = position, .end = position}, .text = std::move(text)};
}

// A text with what is needed to find places in it.
class Page {
  public:
    explicit Page(std::string_view text)
        : source_(std::string(text)), parsed_(parse_yaml(source_)) {
        const std::optional<Value> root = parsed_.tree.root();
        is_map_ = root && root->is_map();
        if (is_map_) {
            list_ = find_keep_list(parsed_.tree);
        }
    }

    [[nodiscard]] bool is_editable() const {
        return is_map_ && parsed_.faults.empty() && list_.style != ListStyle::other;
    }

    [[nodiscard]] const KeepList& list() const { return list_; }

    [[nodiscard]] const SourceText& source() const { return source_; }

    [[nodiscard]] std::string_view text() const { return source_.text(); }

    [[nodiscard]] std::string_view line_end() const {
        const std::size_t end = text().find('\n');
        return end != std::string_view::npos && end > 0 && text()[end - 1] == '\r' ? "\r\n" : "\n";
    }

    // The end of the line that holds `position`, its line end excluded.
    [[nodiscard]] std::uint32_t end_of_line(std::uint32_t position) const {
        const std::uint32_t line = source_.line_of(position);
        return source_.line_begin(line) + static_cast<std::uint32_t>(source_.line(line).size());
    }

    // One past the comma that follows `position`, blanks between them allowed; else `position`.
    [[nodiscard]] std::uint32_t after_comma(std::uint32_t position) const {
        const std::size_t next = text().find_first_not_of(" \t\r\n", position);
        return next != std::string_view::npos && text()[next] == ','
                   ? static_cast<std::uint32_t>(next) + 1
                   : position;
    }

    // Whether nothing but the entry (a comma and a comment behind it allowed) is on its lines.
    [[nodiscard]] bool has_own_lines(const TextRange& entry) const {
        const std::uint32_t begin = source_.line_begin(source_.line_of(entry.begin));
        const std::uint32_t after = std::min(after_comma(entry.end), end_of_line(entry.end));
        const std::string_view before = text().substr(begin, entry.begin - begin);
        const std::string_view rest = trimmed(text().substr(after, end_of_line(entry.end) - after));
        return begin > 0 && trimmed(before).empty() && (rest.empty() || rest.starts_with('#'));
    }

  private:
    SourceText source_;
    Parsed parsed_;
    KeepList list_;
    bool is_map_ = false;
};

std::string with_flow_entry(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    if (list.entries.empty()) {
        const TextRange inside{.begin = list.list.begin + 1, .end = list.list.end - 1};
        const bool is_blank =
            trimmed(page.text().substr(inside.begin, inside.end - inside.begin)).empty();
        return with(
            page.text(),
            {{.range = is_blank ? inside : TextRange{.begin = inside.begin, .end = inside.begin},
              .text = entry}});
    }
    const TextRange& last = list.entries.back();
    if (!page.has_own_lines(last)) {
        return with(page.text(), {insertion(last.end, ", " + entry)});
    }
    const std::uint32_t line = page.source().line_of(last.begin);
    const std::string indentation(last.begin - page.source().line_begin(line), ' ');
    const bool ends_with_comma = page.after_comma(last.end) != last.end;
    std::vector<Replacement> changes{insertion(
        page.end_of_line(last.end),
        fmt::format("{}{}{}{}", page.line_end(), indentation, entry, ends_with_comma ? "," : ""))};
    if (!ends_with_comma) {
        changes.push_back(insertion(last.end, ","));
    }
    std::ranges::reverse(changes);
    return with(page.text(), changes);
}

std::string with_new_list(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    const std::string_view text = page.text();
    if (list.is_root_flow) {
        const std::size_t last = text.find_last_not_of(" \t\r\n", list.root.end - 2);
        const bool needs_comma = text[last] != ',' && text[last] != '{';
        return with(text,
                    {insertion(static_cast<std::uint32_t>(last) + 1,
                               fmt::format("{}keep: [{}]", needs_comma ? ", " : " ", entry))});
    }
    const std::string line = fmt::format("{0}keep:{1}{2}- {3}",
                                         std::string(list.root_column, ' '),
                                         page.line_end(),
                                         std::string(list.indentation, ' '),
                                         entry);
    return text.ends_with('\n') ? fmt::format("{}{}{}", text, line, page.line_end())
                                : fmt::format("{}{}{}", text, page.line_end(), line);
}

std::string with_entry(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    const std::string line =
        fmt::format("{}{}- {}", page.line_end(), std::string(list.indentation, ' '), entry);
    switch (list.style) {
        case ListStyle::missing:
            return with_new_list(page, entry);
        case ListStyle::flow:
            return with_flow_entry(page, entry);
        case ListStyle::block:
            return with(page.text(), {insertion(list.entries.back().end, line)});
        case ListStyle::empty:
            break;
        case ListStyle::other:
            return std::string(page.text());
    }
    if (list.is_root_flow) {
        return with(page.text(), {{.range = list.list, .text = fmt::format(" [{}]", entry)}});
    }
    const std::uint32_t end = page.end_of_line(page.source().line_begin(list.key_line));
    return with(page.text(), {{.range = list.list, .text = {}}, insertion(end, line)});
}

std::string without_flow_entry(const Page& page, std::size_t index) {
    const std::vector<TextRange>& entries = page.list().entries;
    const TextRange& entry = entries[index];
    const bool is_last = index + 1 == entries.size();
    std::vector<Replacement> changes;
    if (entries.size() == 1) {
        changes.push_back(
            {.range = {.begin = entry.begin, .end = page.after_comma(entry.end)}, .text = {}});
    } else if (page.has_own_lines(entry)) {
        const std::uint32_t line = page.source().line_of(entry.begin);
        const std::uint32_t begin = page.end_of_line(page.source().line_begin(line - 1));
        changes.push_back(
            {.range = {.begin = begin, .end = page.end_of_line(entry.end)}, .text = {}});
        if (is_last && page.after_comma(entry.end) == entry.end) {
            const std::uint32_t comma = page.after_comma(entries[index - 1].end);
            changes.push_back({.range = {.begin = comma - 1, .end = comma}, .text = {}});
        }
    } else if (is_last) {
        changes.push_back(
            {.range = {.begin = entries[index - 1].end, .end = entry.end}, .text = {}});
    } else {
        const std::uint32_t comma = page.after_comma(entry.end);
        const std::size_t next = page.text().find_first_not_of(' ', comma);
        changes.push_back(
            {.range = {.begin = entry.begin, .end = static_cast<std::uint32_t>(next)}, .text = {}});
    }
    return with(page.text(), changes);
}

std::string without_entry(const Page& page, std::size_t index) {
    if (page.list().style == ListStyle::flow) {
        return without_flow_entry(page, index);
    }
    // The line end before it goes too, so that the last line keeps or lacks its own.
    const TextRange& entry = page.list().entries[index];
    const std::uint32_t line = page.source().line_of(entry.begin);
    const std::uint32_t begin =
        line == 0 ? entry.begin : page.end_of_line(page.source().line_begin(line - 1));
    return with(page.text(), {{.range = {.begin = begin, .end = entry.end}, .text = {}}});
}

std::vector<std::string> messages(const Reading& reading) {
    std::vector<std::string> all;
    all.reserve(reading.problems.size());
    for (const Problem& problem : reading.problems) {
        all.push_back(problem.message);
    }
    return all;
}

// Gives `changed` if it says just what is `wanted` and nothing more is wrong with it than was
// before.
Result<std::string> checked(std::string changed, const Reading& before, const Manifest& wanted) {
    const Reading after = read_one_text(changed, std::string(file_name));
    const std::vector<std::string> known = messages(before);
    for (const Problem& problem : after.problems) {
        if (std::ranges::find(known, problem.message) == known.end()) {
            return failure(ErrorKind::invalid_manifest,
                           fmt::format("cannot change the manifest: {}", problem.message),
                           problem.hint);
        }
    }
    if (messages(after) != known || without_marks(after.manifest) != without_marks(wanted)) {
        return failure(ErrorKind::invalid_manifest,
                       "cannot change the manifest without changing what else it says",
                       std::string(by_hand));
    }
    return changed;
}

tl::unexpected<Error> not_editable(const Reading& reading) {
    if (!reading.problems.empty()) {
        const Problem& first = reading.problems.front();
        return failure(
            ErrorKind::invalid_manifest,
            fmt::format("cannot change the manifest: line {}: {}", first.line, first.message),
            first.hint);
    }
    return failure(ErrorKind::invalid_manifest,
                   "cannot find the list of 'keep:' in the manifest",
                   std::string(by_hand));
}

std::string normal(std::string_view path) {
    return written_path(path).value_or(std::string(path));
}

std::vector<const Keep*> keeps_of(const Manifest& manifest, std::string_view path) {
    std::vector<const Keep*> found;
    const std::string wanted = normal(path);
    for (const Keep& keep : manifest.keeps) {
        if (normal(keep.path) == wanted) {
            found.push_back(&keep);
        }
    }
    return found;
}

bool is_same_but_for_spelling(Keep one, const Keep& other) {
    one.path = other.path;
    one.mark = other.mark;
    return one == other;
}

}  // namespace

std::string keep_text(const Keep& keep) {
    return "- " + yaml_keep(keep);
}

Result<std::string> add_keep(std::string_view text, const Keep& keep) {
    for (const std::string& path : {keep.path, keep.to.value_or(std::string())}) {
        if (!is_utf8(path)) {
            return failure(ErrorKind::invalid_manifest,
                           fmt::format("{} is no UTF-8, which YAML cannot hold", quoted(path)),
                           "rename it first, or keep the folder that it is in");
        }
    }
    const Reading before = read_one_text(text, std::string(file_name));
    for (const Keep* const other : keeps_of(before.manifest, keep.path)) {
        if (is_same_but_for_spelling(keep, *other)) {
            return std::string(text);
        }
    }
    const Page page(text);
    if (!page.is_editable()) {
        return not_editable(before);
    }
    Manifest wanted = before.manifest;
    wanted.keeps.push_back(keep);
    return checked(
        fmt::format("{}{}", mark_of(text), with_entry(page, yaml_keep(keep))), before, wanted);
}

Result<std::string> remove_keep(std::string_view text, std::string_view path) {
    const Reading before = read_one_text(text, std::string(file_name));
    const std::vector<const Keep*> found = keeps_of(before.manifest, path);
    if (found.empty()) {
        return failure(ErrorKind::not_found,
                       fmt::format("{} is not kept by this manifest", quoted(path)),
                       "an entry of an included file is taken out there");
    }
    if (found.size() > 1) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is kept by {} entries with conditions, in lines {} and {}",
                                   quoted(path),
                                   found.size(),
                                   found[0]->mark.line,
                                   found[1]->mark.line),
                       "take out by hand those that are meant");
    }
    const Page page(text);
    if (!page.is_editable()) {
        return not_editable(before);
    }
    const std::vector<std::uint32_t>& positions = page.list().positions;
    const auto entry = std::ranges::find_if(positions, [&](std::uint32_t position) {
        const Spot spot = page.source().spot(position);
        return spot.line == found[0]->mark.line && spot.column == found[0]->mark.column;
    });
    if (entry == positions.end()) {
        return not_editable(before);
    }
    Manifest wanted = before.manifest;
    wanted.keeps.erase(wanted.keeps.begin() + (found[0] - before.manifest.keeps.data()));
    const auto index = static_cast<std::size_t>(entry - positions.begin());
    return checked(fmt::format("{}{}", mark_of(text), without_entry(page, index)), before, wanted);
}

}  // namespace envkeep::manifest
