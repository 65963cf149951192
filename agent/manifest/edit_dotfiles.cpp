// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "manifest/edit_page.hpp"
#include "manifest/edit_result.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
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
    const std::string changed = with(
        page.text(),
        {one_more(page, *section, {.key = "ignore", .under = "url", .entry = yaml_text(path)})});
    return checked(fmt::format("{}{}", mark_of(text), changed), before, wanted);
}

}  // namespace envkeep::manifest
