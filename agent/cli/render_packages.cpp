// SPDX-License-Identifier: MIT
#include "cli/render_packages.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::cli {
namespace {

using packages::ChangeKind;
using packages::Package;
using packages::PackageChange;

std::string_view word_of(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::added:
            return "added";
        case ChangeKind::removed:
            return "removed";
        case ChangeKind::changed:
            return "changed";
        case ChangeKind::changed_below:
            return "changed below";
        case ChangeKind::flags:
            break;
    }
    return "marked otherwise";
}

std::string version_of(const Package& package) {
    std::string text = printable(package.version);
    if (!package.build.empty() && package.domain == packages::Domain::conda) {
        text += '-' + printable(package.build);
    }
    return text;
}

std::string subject_of(const PackageChange& change) {
    const std::string name = printable(change.package().name);
    switch (change.kind) {
        case ChangeKind::changed:
            return fmt::format(
                "{} {} -> {}", name, version_of(change.before), version_of(change.after));
        case ChangeKind::added:
        case ChangeKind::removed:
        case ChangeKind::changed_below:
        case ChangeKind::flags:
            break;
    }
    const std::string version = version_of(change.package());
    return version.empty() ? name : fmt::format("{} {}", name, version);
}

std::string_view asked_text(packages::Asked asked) {
    switch (asked) {
        case packages::Asked::asked_for:
            return ", asked for";
        case packages::Asked::brought_along:
            return ", brought along";
        case packages::Asked::unknown:
            break;
    }
    return {};
}

std::string why_of(const PackageChange& change) {
    const Package& package = change.package();
    const std::string by = package.installer.empty() || package.installer == "pip"
                               ? std::string(packages::word_of(package.domain))
                               : printable(package.installer);
    switch (change.kind) {
        case ChangeKind::changed_below:
            return by + ", the same version with other bytes";
        case ChangeKind::flags:
            return fmt::format(
                "{}{}{}", by, asked_text(package.asked), package.is_held ? ", on hold" : "");
        case ChangeKind::added:
        case ChangeKind::removed:
        case ChangeKind::changed:
            break;
    }
    return fmt::format(
        "{}{}{}", by, asked_text(package.asked), package.is_editable ? ", editable" : "");
}

constexpr auto kinds = std::to_array<ChangeKind>({ChangeKind::added,
                                                  ChangeKind::removed,
                                                  ChangeKind::changed,
                                                  ChangeKind::changed_below,
                                                  ChangeKind::flags});

Tone tone_of(ChangeKind kind) {
    return kind == ChangeKind::added     ? Tone::good
           : kind == ChangeKind::removed ? Tone::error
                                         : Tone::change;
}

std::string_view sign_of(ChangeKind kind) {
    return kind == ChangeKind::added ? "+" : kind == ChangeKind::removed ? "-" : "~";
}

std::string base_text(const packages::Base& base) {
    return fmt::format("{} {} {} {}",
                       printable(base.os),
                       printable(base.os_version),
                       printable(base.machine),
                       printable(base.libc));
}

Json json_of(const Package& package) {
    if (package.name.empty()) {
        return {};
    }
    Json json = Json::object();
    json.set("domain", packages::word_of(package.domain))
        .set("place", json_bytes(package.place))
        .set("name", printable(package.name))
        .set("version", printable(package.version))
        .set("build", printable(package.build))
        .set("asked_for", package.asked == packages::Asked::asked_for)
        .set("editable", package.is_editable)
        .set("url", printable(package.url))
        .set("record", json_bytes(package.record));
    return json;
}

}  // namespace

std::string changes_text(const packages::Comparison& comparison, const View& view) {
    std::string text;
    if (comparison.image) {
        text += view.line(fmt::format("{} {} -> {}",
                                      view.painted(Tone::warning, "another image:"),
                                      base_text(comparison.image->before),
                                      base_text(comparison.image->after)),
                          4);
    }
    std::vector<Row> rows;
    for (const PackageChange& change : comparison.changes) {
        rows.push_back({.tone = tone_of(change.kind),
                        .verb = std::string(sign_of(change.kind)),
                        .subject = subject_of(change),
                        .detail = view.path(change.package().place),
                        .why = why_of(change)});
    }
    return text + rows_text(rows, view);
}

std::string changes_summary(const packages::Comparison& comparison) {
    std::string text;
    for (const ChangeKind kind : kinds) {
        const auto count = static_cast<std::size_t>(
            std::ranges::count(comparison.changes, kind, &PackageChange::kind));
        if (count > 0) {
            text += text.empty() ? counted(count, "package") : fmt::format(", {}", count);
            text += fmt::format(" {}", word_of(kind));
        }
    }
    return text;
}

Json json_of(const packages::Comparison& comparison) {
    Json changes = Json::array();
    for (const PackageChange& change : comparison.changes) {
        std::string kind(word_of(change.kind));
        std::ranges::replace(kind, ' ', '-');
        changes.add(Json::object()
                        .set("kind", std::move(kind))
                        .set("before", json_of(change.before))
                        .set("after", json_of(change.after)));
    }
    return changes;
}

}  // namespace envkeep::cli
