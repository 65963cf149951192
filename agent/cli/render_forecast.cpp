// SPDX-License-Identifier: MIT
#include "cli/render_forecast.hpp"

#include "cli/render_json.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace envkeep::cli {
namespace {

// A few of each kind; all of them with --verbose.
void add_rows(std::string_view verb,
              std::string_view why,
              const std::vector<std::string>& paths,
              const View& view,
              std::string& text) {
    constexpr std::size_t most = 10;
    const std::size_t shown = view.verbose ? paths.size() : std::min(most, paths.size());
    std::vector<Row> rows;
    for (std::size_t i = 0; i < shown; ++i) {
        rows.push_back({.tone = Tone::change,
                        .verb = std::string(verb),
                        .subject = view.path(paths[i]),
                        .why = std::string(why)});
    }
    text += rows_text(rows, view);
    if (shown < paths.size()) {
        text += view.line(fmt::format("{} {} more, see --verbose", verb, paths.size() - shown), 2);
    }
}

std::string counts_of(const engine::LayerForecast& forecast) {
    std::string text;
    const auto add = [&](std::uint64_t count, std::string what) {
        if (count > 0) {
            text += (text.empty() ? "" : ", ") + std::move(what);
        }
    };
    add(forecast.files,
        fmt::format(
            "{} of {} to bring back", counted(forecast.files, "file"), human_size(forecast.bytes)));
    add(forecast.replaced.size(),
        fmt::format("{} of them in place of what is here", forecast.replaced.size()));
    add(forecast.attributes,
        fmt::format("mode, owner or time of {} to set", counted(forecast.attributes, "file")));
    add(forecast.folders, fmt::format("{} to make or set", counted(forecast.folders, "folder")));
    add(forecast.aside.size(), fmt::format("{} to move aside", forecast.aside.size()));
    add(forecast.removed.size(), fmt::format("{} to remove", forecast.removed.size()));
    add(forecast.debs.size(),
        fmt::format("{} for dpkg to put back", counted(forecast.debs.size(), "Debian package")));
    add(forecast.not_here.size(), fmt::format("{} that does not fit", forecast.not_here.size()));
    return text.empty() ? std::string("nothing to do") : text;
}

}  // namespace

std::string forecast_text(const engine::LayerForecast& forecast, const View& view) {
    if (!forecast.record) {
        return {};
    }
    std::string text;
    add_rows("aside", "neither the image's nor in the store", forecast.aside, view, text);
    add_rows("replace", {}, forecast.replaced, view, text);
    add_rows("remove", {}, forecast.removed, view, text);
    if (view.verbose) {
        for (const std::string& one : forecast.not_here) {
            text += view.line("not on this machine: " + printable(one), 4);
        }
    }
    if (view.quiet) {
        return text;
    }
    return text + view.line(fmt::format("snapshot {} of {}: {}",
                                        printable(forecast.record->id),
                                        printable(forecast.record->created),
                                        counts_of(forecast)),
                            4);
}

Json json_of(const engine::LayerForecast& forecast) {
    if (!forecast.record) {
        return {};
    }
    Json json = Json::object();
    json.set("id", forecast.record->id)
        .set("created", forecast.record->created)
        .set("same_image", forecast.is_same_image)
        .set("files", forecast.files)
        .set("bytes", forecast.bytes)
        .set("folders", forecast.folders)
        .set("attributes", forecast.attributes)
        .set("replaced", paths_json(forecast.replaced))
        .set("aside", paths_json(forecast.aside))
        .set("removed", paths_json(forecast.removed))
        .set("debs", json_of(forecast.debs))
        .set("not_here", json_of(forecast.not_here));
    return json;
}

}  // namespace envkeep::cli
