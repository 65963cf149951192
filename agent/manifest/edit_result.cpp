// SPDX-License-Identifier: MIT
#include "manifest/edit_result.hpp"

#include "envkeep/core/text.hpp"
#include "manifest/marks.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/read_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

constexpr std::string_view by_hand =
    "make this change by hand: envkeep manifest check tells whether "
    "it is sound";

std::vector<std::string> messages(const Reading& reading) {
    std::vector<std::string> all;
    all.reserve(reading.problems.size());
    for (const Problem& problem : reading.problems) {
        all.push_back(problem.message);
    }
    return all;
}

std::string normal(std::string_view path) {
    return written_path(path).value_or(std::string(path));
}

}  // namespace

Reading read_for_edit(std::string_view text) {
    return read_one_text(text, "manifest");
}

Result<std::string> checked(std::string changed, const Reading& before, const Manifest& wanted) {
    const Reading after = read_for_edit(changed);
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

Result<FoundEntry> find_entry(const Page& page,
                              const Reading& reading,
                              std::string_view path,
                              std::string_view what_to_do) {
    const std::vector<const Keep*> found = keeps_of(reading.manifest, path);
    if (found.empty()) {
        return failure(ErrorKind::not_found,
                       fmt::format("{} is not kept by this manifest", quoted(path)),
                       fmt::format("an entry of an included file: {} it there", what_to_do));
    }
    if (found.size() > 1) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is kept by {} entries with conditions, in lines {} and {}",
                                   quoted(path),
                                   found.size(),
                                   found[0]->mark.line,
                                   found[1]->mark.line),
                       fmt::format("{} by hand those that are meant", what_to_do));
    }
    if (!page.is_editable()) {
        return not_editable(reading);
    }
    const std::vector<std::uint32_t>& positions = page.list().positions;
    const auto entry = std::ranges::find_if(positions, [&](std::uint32_t position) {
        const Spot spot = page.source().spot(position);
        return spot.line == found[0]->mark.line && spot.column == found[0]->mark.column;
    });
    if (entry == positions.end()) {
        return not_editable(reading);
    }
    return FoundEntry{.keep = static_cast<std::size_t>(found[0] - reading.manifest.keeps.data()),
                      .index = static_cast<std::size_t>(entry - positions.begin())};
}

}  // namespace envkeep::manifest
