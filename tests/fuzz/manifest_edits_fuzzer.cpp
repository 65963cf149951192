// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/manifest/read.hpp"
#include "fuzz/given.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

// Any bytes as a manifest that is edited, and a path behind a NUL. Whatever they are: an edit says
// what it was asked for or fails with a reason, and leaves every line but its own byte for byte, in
// their order.
namespace envkeep::manifest {
namespace {

using given::require;
using Lines = std::vector<std::string_view>;

// How many lines of `before` are not in `after`, taken in their order.
std::size_t lines_lost(const Lines& before, const Lines& after) {
    std::size_t lost = 0;
    auto at = after.begin();
    for (const std::string_view line : before) {
        const auto found = std::find(at, after.end(), line);
        if (found == after.end()) {
            ++lost;
        } else {
            at = std::next(found);
        }
    }
    return lost;
}

// How many lines lie between what stands as it was at the beginning and at the end.
std::size_t lines_changed(std::string_view before_text, std::string_view after_text) {
    const Lines before = split(before_text, '\n');
    const Lines after = split(after_text, '\n');
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t first = 0;
    while (first < shorter && before[first] == after[first]) {
        ++first;
    }
    std::size_t last = 0;
    while (last < shorter - first &&
           before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
        ++last;
    }
    return before.size() - first - last;
}

Reading read_of(const std::string& text) {
    auto reading = read("/m.yaml", [&](const std::string&) -> Result<std::string> { return text; });
    require(reading.has_value());
    return *std::move(reading);
}

void require_reason(const Error& error) {
    require(!error.message.empty());
}

void check_added(const std::string& text, const std::string& path) {
    const auto added = add_keep(text, {.path = path});
    if (!added) {
        require_reason(added.error());
        return;
    }
    require(lines_changed(text, *added) <= 1);
    const auto again = add_keep(*added, {.path = path});
    require(again.has_value() && *again == *added);
    const auto removed = remove_keep(*added, path);
    require(removed || *added == text);
    require(!removed || *added == text ||
            lines_lost(split(text, '\n'), split(*removed, '\n')) <= 1);
}

void check_removed(const std::string& text, const std::string& path) {
    const auto removed = remove_keep(text, path);
    if (!removed) {
        require_reason(removed.error());
        return;
    }
    const Lines before = split(text, '\n');
    require(lines_lost(split(*removed, '\n'), before) <= 1);  // `keep: []` in the place of the last
    const Reading after = read_of(*removed);
    require(std::ranges::none_of(after.manifest.keeps,
                                 [&](const Keep& keep) { return keep.path == path; }) ||
            !read_of(text).problems.empty());
}

void check_changed(const std::string& text, const std::string& path) {
    const auto changed = change_keep(text, path, {.how = How::copy, .per_python = false});
    if (!changed) {
        require_reason(changed.error());
        return;
    }
    const auto again = change_keep(*changed, path, {.how = How::copy, .per_python = false});
    require(again.has_value() && *again == *changed);
    require(read_of(*changed).manifest.keeps.size() == read_of(text).manifest.keeps.size());
}

void check_variable(const std::string& text, const std::string& name) {
    const auto removed = remove_variable(text, name);
    require(!removed || removed->size() < text.size());
    require(!removed || lines_lost(split(*removed, '\n'), split(text, '\n')) <= 1);
}

void check_dotfiles(const std::string& text, const std::string& path) {
    const auto ignored = ignore_dotfile(text, path);
    require(!ignored || lines_changed(text, *ignored) <= 1);
    const auto added = add_dotfiles(text, {.url = "https://h.example/d", .branch = "main"});
    require(!added || lines_lost(split(text, '\n'), split(*added, '\n')) <= 1);
}

void check_values(const std::string& path) {
    const auto quoted_path = add_keep("envkeep: 1\n", {.path = path});
    if (quoted_path) {
        const Reading reading = read_of(*quoted_path);
        require(reading.problems.empty() && reading.manifest.keeps.size() == 1);
        require(reading.manifest.keeps.front().path == path);
    }
}

}  // namespace
}  // namespace envkeep::manifest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string path(given::take_part(bytes));
    const std::string text(bytes);
    manifest::check_values(path);
    manifest::check_added(text, path);
    manifest::check_removed(text, path);
    manifest::check_changed(text, path);
    manifest::check_variable(text, path);
    manifest::check_dotfiles(text, path);
    for (const manifest::Keep& keep : manifest::read_of(text).manifest.keeps) {
        manifest::check_removed(text, keep.path);
        manifest::check_changed(text, keep.path);
        break;  // one shows it
    }
    return 0;
}
