// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "manifest/edit_page.hpp"
#include "manifest/edit_result.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

// What makes `entry` one more of `ignore:`, whichever way that is written.
Replacement one_more(const Page& page, const Value& dotfiles, const std::string& entry) {
    const std::optional<Value> ignore = dotfiles.find("ignore");
    if (!ignore) {
        return new_field(page, dotfiles, "url", {"ignore", fmt::format("[{}]", entry)});
    }
    const std::vector<Value> entries =
        ignore->is_list() ? ignore->children() : std::vector<Value>{*ignore};
    if (ignore->is_list() && !entries.empty()) {
        const std::uint32_t end = end_of_value(entries.back());
        if (ignore->is_flow()) {
            return insertion(end, ", " + entry);
        }
        const std::uint32_t line =
            page.source().line_begin(page.source().line_of(entries.back().position()));
        const std::size_t dash = page.text().find('-', line);
        return insertion(
            page.end_of_line(end),
            fmt::format("{}{}- {}", page.line_end(), std::string(dash - line, ' '), entry));
    }
    const std::string before = ignore->is_text() ? yaml_text(ignore->text()) + ", " : std::string();
    return {.range = {.begin = ignore->position(), .end = end_of_value(*ignore)},
            .text = fmt::format("[{}{}]", before, entry)};
}

}  // namespace

Result<std::string> add_dotfiles(std::string_view text, const Dotfiles& dotfiles) {
    const Reading before = read_for_edit(text);
    const Page page(text);
    if (!page.is_editable()) {
        return not_editable(before);
    }
    Manifest wanted = before.manifest;
    wanted.dotfiles = dotfiles;
    const std::string url = yaml_text(dotfiles.url);
    const std::string branch = yaml_text(dotfiles.branch);
    const std::string column(page.list().root_column, ' ');
    const std::string changed = with_new_section(
        page,
        fmt::format("dotfiles: {{url: {}, branch: {}, link: auto}}", url, branch),
        fmt::format("{0}dotfiles:{1}{0}  url: {2}{1}{0}  branch: {3}{1}{0}  link: auto",
                    column,
                    page.line_end(),
                    url,
                    branch));
    return checked(fmt::format("{}{}", mark_of(text), changed), before, wanted);
}

Result<std::string> ignore_dotfile(std::string_view text, std::string_view path) {
    const Reading before = read_for_edit(text);
    const Page page(text);
    const std::optional<Value> section = page.section("dotfiles");
    if (!before.manifest.dotfiles || !section || !section->is_map() || !is_utf8(path)) {
        return failure(ErrorKind::not_found,
                       fmt::format("cannot put {} under 'ignore' of 'dotfiles'", quoted(path)),
                       "the section stands in another file: do it there");
    }
    Manifest wanted = before.manifest;
    std::vector<std::string>& ignored = wanted.dotfiles->ignore;
    if (std::ranges::find(ignored, path) != ignored.end()) {
        return std::string(text);
    }
    ignored.emplace_back(path);
    const std::string changed = with(page.text(), {one_more(page, *section, yaml_text(path))});
    return checked(fmt::format("{}{}", mark_of(text), changed), before, wanted);
}

}  // namespace envkeep::manifest
